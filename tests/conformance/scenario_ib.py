"""The scenario in ib_insync and ib_async, whose interfaces are the same. Prints what it saw as JSON.

Arguments: library name, port, control port.
"""

import importlib
import json
import logging
import sys
import time

from control import Control

LIBRARY, PORT, CONTROL_PORT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
CLIENT_ID = 11
lib = importlib.import_module(LIBRARY)
logging.disable(logging.CRITICAL)
control = Control(CONTROL_PORT)
errors: list[tuple[int, int]] = []
seen: dict = {}


def connect(client_id: int = CLIENT_ID):
    ib = lib.IB()
    ib.errorEvent += lambda req_id, code, text, contract: errors.append((req_id, code))
    ib.connect("127.0.0.1", PORT, clientId=client_id, timeout=8)
    ib.client.MaxRequests = 0
    return ib


def until(ib, condition, seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        ib.sleep(0.02)
    return bool(condition())


def codes_of(order_id: int) -> list[int]:
    return [code for req_id, code in errors if req_id == order_id]


def statuses(trade) -> list[str]:
    words: list[str] = []
    for entry in trade.log:
        if not words or words[-1] != entry.status:
            words.append(entry.status)
    return words


def fills(trade) -> list[list]:
    return [[fill.execution.shares, fill.execution.price] for fill in trade.fills]


def contracts(ib, aapl) -> None:
    details = ib.reqContractDetails(aapl)[0]
    seen["details"] = [details.contract.conId, details.contract.primaryExchange, details.minTick, details.longName]
    seen["hours"] = details.timeZoneId, details.tradingHours.count(";")
    seen["symbols"] = ib.reqMatchingSymbols("AAPL")[0].contract.conId
    rule = ib.reqMarketRule(int(details.marketRuleIds.split(",")[0]))
    seen["market_rule"] = [[row.lowEdge, row.increment] for row in rule]
    before = len(errors)
    ib.reqContractDetails(lib.Stock("NOSUCH", "SMART", "USD"))
    seen["unknown_contract"] = errors[before:][-1][1]


def market_data(ib, aapl) -> None:
    ticker = ib.reqMktData(aapl)
    until(ib, lambda: ticker.bid > 0 and ticker.ask > 0 and ticker.last > 0 and ticker.close > 0)
    first = ticker.bid
    seen["quotes"] = [ticker.bid < ticker.ask, ticker.bidSize > 0, ticker.volume > 0, ticker.low <= ticker.high]
    seen["quotes_move"] = until(ib, lambda: ticker.bid != first or ticker.time is None, 8)
    ib.cancelMktData(aapl)
    msft = lib.Stock("MSFT", "SMART", "USD")
    ib.qualifyContracts(msft)
    snapshot = ib.reqTickers(msft)[0]
    seen["snapshot"] = snapshot.bid < snapshot.ask
    bars = ib.reqHistoricalData(aapl, "", "2 D", "1 hour", "TRADES", True)
    seen["bars"] = [len(bars) > 12, all(bar.low <= min(bar.open, bar.close) for bar in bars), bars[-1].volume >= 0]
    days = ib.reqHistoricalData(aapl, "20260601 16:00:00 US/Eastern", "5 D", "1 day", "MIDPOINT", True, formatDate=1)
    seen["days"] = [len(days), str(days[-1].date)]
    seen["head"] = str(ib.reqHeadTimeStamp(aapl, "TRADES", True))[:10]
    live = ib.reqHistoricalData(aapl, "", "600 S", "1 min", "TRADES", False, keepUpToDate=True)
    updates: list = []
    live.updateEvent += lambda bars, new: updates.append(new)
    seen["bars_kept_up"] = until(ib, lambda: updates, 8)
    ib.cancelHistoricalData(live)
    before = len(errors)
    ib.reqMktDepth(aapl)
    until(ib, lambda: len(errors) > before, 2)
    seen["depth"] = errors[-1][1]


def orders(ib, aapl) -> None:
    control.pin("AAPL", "189.99", "190.01")
    market = ib.placeOrder(aapl, lib.MarketOrder("BUY", 100, orderRef="ref-1"))
    until(ib, lambda: market.isDone() and market.fills and market.fills[0].commissionReport.execId)
    report = market.fills[0].commissionReport
    seen["market"] = [fills(market), report.commission, report.currency, market.orderStatus.status]
    seen["market_ref"] = market.fills[0].execution.orderRef

    limit = ib.placeOrder(aapl, lib.LimitOrder("BUY", 100, 189.5))
    until(ib, lambda: limit.orderStatus.status == "Submitted")
    limit.order.lmtPrice = 189.6
    ib.placeOrder(aapl, limit.order)
    until(ib, lambda: limit.orderStatus.status == "Submitted" and len(limit.log) > 3, 1)
    server = [row for row in control.get("/state")["orders"] if row["perm_id"] == limit.orderStatus.permId]
    seen["modified"] = server[0]["limit_price"]
    ib.cancelOrder(limit.order)
    until(ib, limit.isDone)
    until(ib, lambda: 202 in codes_of(limit.order.orderId))
    seen["cancelled"] = [limit.orderStatus.status, codes_of(limit.order.orderId)]

    stop = ib.placeOrder(aapl, lib.StopOrder("SELL", 100, 189.0))
    until(ib, lambda: stop.orderStatus.status == "PreSubmitted" and stop.orderStatus.permId)
    seen["stop_held"] = [stop.orderStatus.status, stop.orderStatus.whyHeld]
    control.pin("AAPL", "188.90", "188.92")
    until(ib, lambda: stop.isDone() and stop.fills and stop.fills[0].commissionReport.execId)
    seen["stop"] = [fills(stop), round(stop.fills[0].commissionReport.realizedPNL, 2)]

    control.pin("AAPL", "189.99", "190.01", "500")
    partial = ib.placeOrder(aapl, lib.LimitOrder("BUY", 1200, 190.01))
    until(ib, lambda: partial.orderStatus.filled == 500)
    seen["partly"] = [partial.orderStatus.status, partial.orderStatus.remaining]
    control.pin("AAPL", "189.99", "190.01", "500")
    until(ib, lambda: partial.orderStatus.filled == 1000)
    control.pin("AAPL", "189.98", "190.00", "500")
    until(ib, lambda: partial.isDone() and all(fill.commissionReport.execId for fill in partial.fills))
    total = round(sum(fill.commissionReport.commission for fill in partial.fills), 4)
    seen["partial"] = [fills(partial), total, partial.orderStatus.status]

    before = len(errors)
    ioc = ib.placeOrder(aapl, lib.LimitOrder("SELL", 100, 191.0, tif="IOC"))
    until(ib, ioc.isDone)
    until(ib, lambda: len(errors) > before)
    seen["ioc"] = [ioc.orderStatus.status, codes_of(ioc.order.orderId)]
    preview = ib.whatIfOrder(aapl, lib.LimitOrder("BUY", 100, 190.0))
    seen["what_if"] = [float(preview.initMarginChange) > 0, preview.commission, preview.commissionCurrency]
    seen["filled_order"] = market.order.orderId


def refused(ib, aapl) -> None:
    def code(contract, order) -> int:
        trade = ib.placeOrder(contract, order)
        until(ib, lambda: codes_of(trade.order.orderId))
        return codes_of(trade.order.orderId)[0]

    seen["bad_tick"] = code(aapl, lib.LimitOrder("BUY", 100, 190.005))
    seen["bad_contract"] = code(lib.Stock("NOSUCH", "SMART", "USD"), lib.MarketOrder("BUY", 1))
    seen["zero"] = code(aapl, lib.MarketOrder("BUY", 0))
    seen["fraction"] = code(aapl, lib.MarketOrder("BUY", 0.5))
    seen["bad_type"] = code(aapl, lib.Order(action="BUY", totalQuantity=1, orderType="PEG MID"))
    seen["margin"] = code(aapl, lib.MarketOrder("BUY", 1_000_000))
    seen["bad_account"] = code(aapl, lib.MarketOrder("BUY", 1, account="DU0000000"))
    for name, order_id in (("cancel_unknown", 987654), ("cancel_finished", seen["filled_order"])):
        ib.client.cancelOrder(order_id, "")
        until(ib, lambda order_id=order_id: any(code > 10000 for code in codes_of(order_id)))
        seen[name] = codes_of(order_id)[-1]
    before = len(errors)
    ib.client.placeOrder(seen.pop("filled_order"), aapl, lib.MarketOrder("BUY", 100))
    until(ib, lambda: len(errors) > before)
    seen["modify_filled"] = errors[-1][1]
    before = len(errors)
    ib.client.placeOrder(1, aapl, lib.MarketOrder("BUY", 100))
    until(ib, lambda: len(errors) > before)
    seen["duplicate_id"] = errors[-1][1]


def account(ib, aapl) -> None:
    until(ib, lambda: any(row.position == 1200 for row in ib.positions()))
    seen["positions"] = [[row.contract.conId, row.position, round(row.avgCost, 3)] for row in ib.positions()]
    seen["portfolio"] = [[row.contract.symbol, row.position] for row in ib.portfolio()]
    values = {row.tag: row.value for row in ib.accountValues() if row.currency in {"USD", ""}}
    seen["values"] = [values["AccountReady"], float(values["NetLiquidation"]) > 900_000, "BuyingPower" in values]
    summary = {row.tag for row in ib.accountSummary()}
    seen["summary"] = {"NetLiquidation", "TotalCashValue", "BuyingPower"} <= summary
    pnl = ib.reqPnL(ib.managedAccounts()[0])
    single = ib.reqPnLSingle(ib.managedAccounts()[0], "", aapl.conId)
    seen["pnl"] = until(ib, lambda: pnl.realizedPnL == pnl.realizedPnL and single.position == 1200)
    seen["pnl_realized"] = round(pnl.realizedPnL, 2)
    seen["executions"] = len(ib.reqExecutions())
    seen["executions_filtered"] = len(ib.reqExecutions(lib.ExecutionFilter(symbol="AAPL", side="SELL")))
    done = sorted({trade.orderStatus.status for trade in ib.reqCompletedOrders(False)})
    seen["completed"] = done


def again(ib, aapl):
    """Leave an order, come back with the same client id, and find it."""
    resting = ib.placeOrder(aapl, lib.LimitOrder("BUY", 100, 150, tif="GTC", orderRef="kept"))
    until(ib, lambda: resting.orderStatus.status == "Submitted")
    second = lib.IB()
    try:
        second.connect("127.0.0.1", PORT, clientId=CLIENT_ID, timeout=1)
        seen["duplicate_client"] = "connected"
    except Exception:
        seen["duplicate_client"] = "refused"
    used = resting.order.orderId
    ib.disconnect()
    ib = connect()
    seen["open_after"] = [[row.order.orderRef, row.order.lmtPrice, row.order.tif] for row in ib.openTrades()]
    seen["executions_after"] = len(ib.fills())
    seen["ids_grow"] = ib.client.getReqId() > used
    other = connect(CLIENT_ID + 1)
    seen["others_orders"] = [len(other.reqOpenOrders()), len(other.reqAllOpenOrders())]
    other.reqGlobalCancel()
    seen["global_cancel"] = until(ib, lambda: not ib.openTrades())
    other.disconnect()
    return ib


def main() -> None:
    ib = connect()
    seen["connect"] = [ib.client.serverVersion(), ib.managedAccounts()]
    seen["farms"] = sorted({code for _, code in errors})
    aapl = lib.Stock("AAPL", "SMART", "USD")
    ib.qualifyContracts(aapl)
    contracts(ib, aapl)
    market_data(ib, aapl)
    orders(ib, aapl)
    refused(ib, aapl)
    account(ib, aapl)
    ib = again(ib, aapl)
    seen["time"] = abs(ib.reqCurrentTime().timestamp() - time.time()) < 5
    ib.disconnect()
    print(json.dumps(seen))


main()
