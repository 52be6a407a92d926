"""The scenario in the official client. Prints what it saw as JSON.

Arguments: port, control port.
"""

import json
import logging
import sys
import threading
import time
from collections import defaultdict
from decimal import Decimal

from control import Control
from ibapi.client import EClient
from ibapi.contract import Contract
from ibapi.execution import ExecutionFilter
from ibapi.order import Order
from ibapi.order_cancel import OrderCancel
from ibapi.wrapper import EWrapper

PORT, CONTROL_PORT = int(sys.argv[1]), int(sys.argv[2])
CLIENT_ID = 21
logging.disable(logging.CRITICAL)
control = Control(CONTROL_PORT)
seen: dict = {}


class App(EWrapper, EClient):
    """Keeps every answer it gets, by kind and request id."""

    def __init__(self) -> None:
        EClient.__init__(self, self)
        self.got: dict = defaultdict(list)
        self.errors: list[tuple[int, int]] = []
        self.ended: set = set()
        self.next_id = 0
        self.request_id = 100_000

    def error(self, req_id, *rest) -> None:
        # Newer versions put the time of the error before its code.
        numbers = [part for part in rest if isinstance(part, int)]
        self.errors.append((req_id, numbers[1] if len(numbers) > 1 else numbers[0]))

    def nextValidId(self, order_id) -> None:
        self.next_id = max(self.next_id, order_id)

    def managedAccounts(self, accounts) -> None:
        self.got["accounts"] = accounts.split(",")

    def contractDetails(self, req_id, details) -> None:
        self.got["details", req_id].append(details)

    def contractDetailsEnd(self, req_id) -> None:
        self.ended.add(req_id)

    def symbolSamples(self, req_id, descriptions) -> None:
        self.got["symbols", req_id] = descriptions
        self.ended.add(req_id)

    def marketRule(self, rule_id, increments) -> None:
        self.got["rule", rule_id] = increments

    def tickPrice(self, req_id, kind, price, attributes) -> None:
        self.got["price", req_id, kind].append(price)

    def tickSize(self, req_id, kind, size) -> None:
        self.got["size", req_id, kind].append(size)

    def tickSnapshotEnd(self, req_id) -> None:
        self.ended.add(req_id)

    def historicalData(self, req_id, bar) -> None:
        self.got["bars", req_id].append(bar)

    def historicalDataEnd(self, req_id, start, end) -> None:
        self.ended.add(req_id)

    def historicalDataUpdate(self, req_id, bar) -> None:
        self.got["updates", req_id].append(bar)

    def headTimestamp(self, req_id, text) -> None:
        self.got["head", req_id] = text
        self.ended.add(req_id)

    def openOrder(self, order_id, contract, order, state) -> None:
        self.got["open", order_id].append((contract, order, state))

    def openOrderEnd(self) -> None:
        self.ended.add("open orders")

    def orderStatus(self, order_id, status, filled, remaining, *rest) -> None:
        self.got["status", order_id].append((status, float(filled), float(remaining), rest[1], rest[5]))

    def execDetails(self, req_id, contract, execution) -> None:
        self.got["fills", execution.orderId].append(execution)
        self.got["asked", req_id].append(execution)

    def execDetailsEnd(self, req_id) -> None:
        self.ended.add(req_id)

    def commissionAndFeesReport(self, report) -> None:
        self.got["commission", report.execId] = report

    def position(self, account, contract, position, cost) -> None:
        self.got["positions"][:] = [row for row in self.got["positions"] if row[0] != contract.conId]
        self.got["positions"].append((contract.conId, float(position), cost))

    def positionEnd(self) -> None:
        self.ended.add("positions")

    def updateAccountValue(self, key, value, currency, account) -> None:
        self.got["values"].append((key, value, currency))

    def updatePortfolio(self, contract, position, *rest) -> None:
        self.got["portfolio", contract.symbol] = float(position)

    def accountDownloadEnd(self, account) -> None:
        self.ended.add("account")

    def accountSummary(self, req_id, account, tag, value, currency) -> None:
        self.got["summary", req_id].append(tag)

    def accountSummaryEnd(self, req_id) -> None:
        self.ended.add(req_id)

    def pnl(self, req_id, daily, unrealized, realized) -> None:
        self.got["pnl", req_id] = realized

    def pnlSingle(self, req_id, position, daily, unrealized, realized, value) -> None:
        self.got["single", req_id] = float(position)

    def completedOrder(self, contract, order, state) -> None:
        self.got["completed"].append(state.status)

    def completedOrdersEnd(self) -> None:
        self.ended.add("completed")

    def currentTime(self, seconds) -> None:
        self.got["time"] = seconds

    def new_id(self) -> int:
        self.request_id += 1
        return self.request_id

    def new_order_id(self) -> int:
        self.next_id += 1
        return self.next_id - 1


def connect(client_id: int = CLIENT_ID) -> App:
    app = App()
    app.connect("127.0.0.1", PORT, client_id)
    threading.Thread(target=app.run, daemon=True).start()
    until(lambda: app.next_id and app.got["accounts"])
    return app


def until(condition, seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return bool(condition())


def stock(symbol: str, con_id: int = 0) -> Contract:
    contract = Contract()
    contract.conId, contract.symbol = con_id, symbol
    contract.secType, contract.exchange, contract.currency = "STK", "SMART", "USD"
    return contract


def order(action: str, quantity, kind: str = "MKT", **more) -> Order:
    made = Order()
    made.action, made.totalQuantity, made.orderType = action, Decimal(str(quantity)), kind
    made.tif = more.pop("tif", "DAY")
    for name, value in more.items():
        setattr(made, name, value)
    return made


def ask(app: App, method: str, *arguments) -> int:
    """Send a request and wait for its end or an error."""
    req_id = app.new_id()
    getattr(app, method)(req_id, *arguments)
    until(lambda: req_id in app.ended or any(row[0] == req_id for row in app.errors))
    return req_id


def codes_of(app: App, req_id: int) -> list[int]:
    return [code for owner, code in app.errors if owner == req_id]


def place(app: App, contract: Contract, what: Order) -> int:
    order_id = app.new_order_id()
    app.placeOrder(order_id, contract, what)
    return order_id


def status(app: App, order_id: int) -> str:
    known = app.got["status", order_id]
    return known[-1][0] if known else ""


def fills(app: App, order_id: int) -> list[list]:
    return [[float(row.shares), row.price] for row in app.got["fills", order_id]]


def reports(app: App, order_id: int) -> list:
    return [app.got["commission", row.execId] for row in app.got["fills", order_id]]


def has_reports(app: App, order_id: int) -> bool:
    return bool(app.got["fills", order_id]) and all(reports(app, order_id))


def contracts(app: App, aapl: Contract) -> None:
    details = app.got["details", ask(app, "reqContractDetails", stock("AAPL"))][0]
    seen["details"] = [details.contract.conId, details.contract.primaryExchange, details.minTick, details.longName]
    seen["hours"] = [details.timeZoneId, details.tradingHours.count(";")]
    seen["symbols"] = app.got["symbols", ask(app, "reqMatchingSymbols", "AAPL")][0].contract.conId
    rule = int(details.marketRuleIds.split(",")[0])
    app.reqMarketRule(rule)
    until(lambda: app.got["rule", rule])
    seen["market_rule"] = [[row.lowEdge, row.increment] for row in app.got["rule", rule]]
    seen["unknown_contract"] = codes_of(app, ask(app, "reqContractDetails", stock("NOSUCH")))[-1]


def market_data(app: App, aapl: Contract) -> None:
    req_id = app.new_id()
    app.reqMktData(req_id, aapl, "", False, False, [])

    def price(kind: int) -> list:
        return app.got["price", req_id, kind]

    until(lambda: all(price(kind) for kind in (1, 2, 4, 6, 7, 9)))
    sizes = app.got["size", req_id, 0][-1] > 0
    seen["quotes"] = [
        price(1)[-1] < price(2)[-1],
        sizes,
        app.got["size", req_id, 8][-1] > 0,
        price(7)[-1] <= price(6)[-1],
    ]
    seen["quotes_move"] = until(lambda: len(price(1)) > 1, 8)
    app.cancelMktData(req_id)
    snapshot = ask(app, "reqMktData", stock("MSFT"), "", True, False, [])
    seen["snapshot"] = app.got["price", snapshot, 1][-1] < app.got["price", snapshot, 2][-1]
    bars = app.got["bars", ask(app, "reqHistoricalData", aapl, "", "2 D", "1 hour", "TRADES", 1, 1, False, [])]
    seen["bars"] = [len(bars) > 12, all(bar.low <= min(bar.open, bar.close) for bar in bars), bars[-1].volume >= 0]
    end = "20260601 16:00:00 US/Eastern"
    days = app.got["bars", ask(app, "reqHistoricalData", aapl, end, "5 D", "1 day", "MIDPOINT", 1, 1, False, [])]
    text = days[-1].date
    seen["days"] = [len(days), f"{text[:4]}-{text[4:6]}-{text[6:]}"]
    head = app.got["head", ask(app, "reqHeadTimeStamp", aapl, "TRADES", 1, 1)]
    seen["head"] = f"{head[:4]}-{head[4:6]}-{head[6:8]}"
    live = ask(app, "reqHistoricalData", aapl, "", "600 S", "1 min", "TRADES", 0, 1, True, [])
    seen["bars_kept_up"] = until(lambda: app.got["updates", live], 8)
    app.cancelHistoricalData(live)
    seen["depth"] = codes_of(app, ask(app, "reqMktDepth", aapl, 5, False, []))[-1]


def orders(app: App, aapl: Contract) -> None:
    control.pin("AAPL", "189.99", "190.01")
    market = place(app, aapl, order("BUY", 100, orderRef="ref-1"))
    until(lambda: status(app, market) == "Filled" and has_reports(app, market))
    report = reports(app, market)[0]
    seen["market"] = [fills(app, market), report.commissionAndFees, report.currency, status(app, market)]
    seen["market_ref"] = app.got["fills", market][0].orderRef

    limit = place(app, aapl, order("BUY", 100, "LMT", lmtPrice=189.5))
    until(lambda: status(app, limit) == "Submitted")
    app.placeOrder(limit, aapl, order("BUY", 100, "LMT", lmtPrice=189.6))
    until(lambda: app.got["open", limit][-1][1].lmtPrice == 189.6)
    perm_id = app.got["open", limit][-1][1].permId
    server = [row for row in control.get("/state")["orders"] if row["perm_id"] == perm_id]
    seen["modified"] = server[0]["limit_price"]
    app.cancelOrder(limit, OrderCancel())
    until(lambda: status(app, limit) == "Cancelled" and codes_of(app, limit))
    seen["cancelled"] = [status(app, limit), codes_of(app, limit)]

    stop = place(app, aapl, order("SELL", 100, "STP", auxPrice=189.0))
    until(lambda: status(app, stop) == "PreSubmitted")
    seen["stop_held"] = [status(app, stop), app.got["status", stop][-1][4]]
    control.pin("AAPL", "188.90", "188.92")
    until(lambda: status(app, stop) == "Filled" and has_reports(app, stop))
    seen["stop"] = [fills(app, stop), round(reports(app, stop)[0].realizedPNL, 2)]

    control.pin("AAPL", "189.99", "190.01", "500")
    partial = place(app, aapl, order("BUY", 1200, "LMT", lmtPrice=190.01))
    until(lambda: app.got["status", partial] and app.got["status", partial][-1][1] == 500)
    seen["partly"] = [status(app, partial), app.got["status", partial][-1][2]]
    control.pin("AAPL", "189.99", "190.01", "500")
    until(lambda: app.got["status", partial][-1][1] == 1000)
    control.pin("AAPL", "189.98", "190.00", "500")
    until(lambda: status(app, partial) == "Filled" and has_reports(app, partial))
    total = round(sum(row.commissionAndFees for row in reports(app, partial)), 4)
    seen["partial"] = [fills(app, partial), total, status(app, partial)]

    ioc = place(app, aapl, order("SELL", 100, "LMT", lmtPrice=191.0, tif="IOC"))
    until(lambda: status(app, ioc) == "Cancelled" and codes_of(app, ioc))
    seen["ioc"] = [status(app, ioc), codes_of(app, ioc)]
    what_if = place(app, aapl, order("BUY", 100, "LMT", lmtPrice=190.0, whatIf=True))
    until(lambda: app.got["open", what_if])
    state = app.got["open", what_if][-1][2]
    seen["what_if"] = [
        float(state.initMarginChange) > 0,
        state.commissionAndFees,
        state.commissionAndFeesCurrency,
    ]
    seen["filled_order"] = market


def refused(app: App, aapl: Contract) -> None:
    def code(contract: Contract, what: Order) -> int:
        order_id = place(app, contract, what)
        until(lambda: codes_of(app, order_id))
        return codes_of(app, order_id)[0]

    seen["bad_tick"] = code(aapl, order("BUY", 100, "LMT", lmtPrice=190.005))
    seen["bad_contract"] = code(stock("NOSUCH"), order("BUY", 1))
    seen["zero"] = code(aapl, order("BUY", 0))
    seen["fraction"] = code(aapl, order("BUY", "0.5"))
    seen["bad_type"] = code(aapl, order("BUY", 1, "PEG MID"))
    seen["margin"] = code(aapl, order("BUY", 1_000_000))
    seen["bad_account"] = code(aapl, order("BUY", 1, account="DU0000000"))
    filled = seen.pop("filled_order")
    for name, order_id in (("cancel_unknown", 987654), ("cancel_finished", filled)):
        app.cancelOrder(order_id, OrderCancel())
        until(lambda order_id=order_id: codes_of(app, order_id))
        seen[name] = codes_of(app, order_id)[-1]
    before = len(app.errors)
    app.placeOrder(filled, aapl, order("BUY", 100))
    until(lambda: len(app.errors) > before)
    seen["modify_filled"] = app.errors[-1][1]
    # An id below the highest one used, never used itself.
    skipped = app.new_order_id()
    place(app, aapl, order("BUY", 100, "LMT", lmtPrice=1, whatIf=True))
    before = len(app.errors)
    app.placeOrder(skipped, aapl, order("BUY", 100))
    until(lambda: len(app.errors) > before)
    seen["duplicate_id"] = app.errors[-1][1]


def account(app: App, aapl: Contract) -> None:
    app.reqPositions()
    until(lambda: "positions" in app.ended)
    seen["positions"] = [[con_id, position, round(cost, 3)] for con_id, position, cost in app.got["positions"]]
    app.reqAccountUpdates(True, "")
    until(lambda: "account" in app.ended)
    seen["portfolio"] = [["AAPL", app.got["portfolio", "AAPL"]]]
    values = {key: value for key, value, currency in app.got["values"] if currency in {"USD", ""}}
    seen["values"] = [values["AccountReady"], float(values["NetLiquidation"]) > 900_000, "BuyingPower" in values]
    summary = ask(app, "reqAccountSummary", "All", "NetLiquidation,TotalCashValue,BuyingPower")
    seen["summary"] = set(app.got["summary", summary]) == {"NetLiquidation", "TotalCashValue", "BuyingPower"}
    app.cancelAccountSummary(summary)
    name = app.got["accounts"][0]
    pnl, single = app.new_id(), app.new_id()
    app.reqPnL(pnl, name, "")
    app.reqPnLSingle(single, name, "", 265598)
    seen["pnl"] = until(lambda: ("pnl", pnl) in app.got and app.got["single", single] == 1200)
    seen["pnl_realized"] = round(app.got["pnl", pnl], 2)
    seen["executions"] = len(app.got["asked", ask(app, "reqExecutions", ExecutionFilter())])
    sells = ExecutionFilter()
    sells.symbol, sells.side = "AAPL", "SELL"
    seen["executions_filtered"] = len(app.got["asked", ask(app, "reqExecutions", sells)])
    app.reqCompletedOrders(False)
    until(lambda: "completed" in app.ended)
    seen["completed"] = sorted(set(app.got["completed"]))


def again(app: App, aapl: Contract) -> App:
    """Leave an order, come back with the same client id, and find it."""
    resting = place(app, aapl, order("BUY", 100, "LMT", lmtPrice=150.0, tif="GTC", orderRef="kept"))
    until(lambda: status(app, resting) == "Submitted")
    second = App()
    second.connect("127.0.0.1", PORT, CLIENT_ID)
    threading.Thread(target=second.run, daemon=True).start()
    until(lambda: not second.isConnected() or second.next_id, 3)
    seen["duplicate_client"] = "connected" if second.next_id else "refused"
    app.disconnect()
    # The client's reader thread keeps the socket open up to a second after disconnect().
    until(lambda: CLIENT_ID not in control.get("/health")["clients"])
    app = connect()
    app.reqOpenOrders()
    until(lambda: "open orders" in app.ended)
    kept = {key[1]: rows[-1][1] for key, rows in app.got.items() if key[0] == "open"}
    seen["open_after"] = [[row.orderRef, row.lmtPrice, row.tif] for row in kept.values()]
    seen["executions_after"] = len(app.got["asked", ask(app, "reqExecutions", ExecutionFilter())])
    seen["ids_grow"] = app.next_id > resting
    other = connect(CLIENT_ID + 1)
    counts = []
    for method in ("reqOpenOrders", "reqAllOpenOrders"):
        other.ended.discard("open orders")
        getattr(other, method)()
        until(lambda: "open orders" in other.ended)
        counts.append(len([key for key in other.got if key[0] == "open"]))
    seen["others_orders"] = counts
    other.reqGlobalCancel(OrderCancel())
    seen["global_cancel"] = until(lambda: status(app, resting) == "Cancelled")
    other.disconnect()
    return app


def main() -> None:
    app = connect()
    until(lambda: len(app.errors) >= 3)
    seen["connect"] = [app.serverVersion(), app.got["accounts"]]
    seen["farms"] = sorted({code for _, code in app.errors})
    aapl = stock("AAPL", 265598)
    contracts(app, aapl)
    market_data(app, aapl)
    orders(app, aapl)
    refused(app, aapl)
    account(app, aapl)
    app = again(app, aapl)
    app.reqCurrentTime()
    until(lambda: app.got["time"])
    seen["time"] = abs(app.got["time"] - time.time()) < 5
    app.disconnect()
    print(json.dumps(seen))


main()
