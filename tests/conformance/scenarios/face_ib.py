"""ib_insync and ib_async, whose interfaces are the same."""

import importlib
import logging
import math
from typing import Any

from face import Face, OrderView

_QUOTE = [
    "bid",
    "ask",
    "last",
    "close",
    "open",
    "high",
    "low",
    "bidSize",
    "askSize",
    "lastSize",
    "volume",
    "markPrice",
    "halted",
    "callOpenInterest",
]
_GREEKS = ["delta", "gamma", "vega", "theta", "impliedVol", "optPrice", "undPrice"]


class IbFace(Face):
    """An `IB`."""

    def __init__(self, port: int, client_id: int, library: str = "") -> None:
        super().__init__(port, client_id)
        self.library = library or type(self).library
        self.lib = importlib.import_module(self.library)
        logging.disable(logging.CRITICAL)
        self.ib = self.lib.IB()
        self.ib.errorEvent += lambda req_id, code, text, contract: self.errors.append((req_id, code))
        self.ib.connect("127.0.0.1", port, clientId=client_id, timeout=8)
        self.ib.client.MaxRequests = 0
        self.version = self.ib.client.serverVersion()
        self._kept: dict[int, Any] = {}

    def another(self, client_id: int) -> Face:
        return IbFace(self.port, client_id, self.library)

    def wait(self, seconds: float) -> None:
        self.ib.sleep(seconds)

    def close(self) -> None:
        self.ib.disconnect()

    # Orders ------------------------------------------------------------------------------------------------------

    def contract(self, **fields: Any) -> Any:
        return self.lib.Contract(**fields)

    def order(self, action: str, quantity: float, kind: str, **fields: Any) -> Any:
        return self.lib.Order(
            action=action,
            totalQuantity=quantity,
            orderType=kind,
            **{"tif": "DAY", "account": self.accounts()[0], **fields},
        )

    def price_condition(self, con_id: int, *, above: bool, price: float) -> Any:
        return self.lib.PriceCondition(isMore=above, price=price, conId=con_id, exch="SMART")

    def time_condition(self, *, after: bool, moment: str) -> Any:
        return self.lib.TimeCondition(isMore=after, time=moment)

    def new_id(self) -> int:
        return self.ib.client.getReqId()

    def place(self, contract: Any, order: Any, order_id: int = 0) -> int:
        order.orderId = order_id or order.orderId
        return self.ib.placeOrder(contract, order).order.orderId

    def cancel(self, order_id: int) -> None:
        self.ib.client.cancelOrder(order_id, "")

    def cancel_all(self) -> None:
        self.ib.reqGlobalCancel()

    def _trade(self, order_id: int) -> Any:
        return next((row for row in self.ib.trades() if row.order.orderId == order_id), None)

    def view(self, order_id: int) -> OrderView:
        trade = self._trade(order_id)
        if trade is None:
            return OrderView()
        status, reports = trade.orderStatus, [row.commissionReport for row in trade.fills]
        reports = [row for row in reports if row.execId]
        words = [entry.status for entry in trade.log]
        return OrderView(
            status.status,
            float(status.filled),
            float(status.remaining),
            float(status.avgFillPrice),
            status.whyHeld,
            [[float(row.execution.shares), row.execution.price] for row in trade.fills],
            [row.commission for row in reports],
            [round(row.realizedPNL, 2) for row in reports],
            [word for place, word in enumerate(words) if place == 0 or words[place - 1] != word],
        )

    def what_if(self, contract: Any, order: Any) -> dict[str, Any]:
        state = self.ib.whatIfOrder(contract, order)
        return {"margin": float(state.initMarginChange), "commission": state.commission, "in": state.commissionCurrency}

    def open_orders(self, *, of_all: bool = False) -> list[dict[str, Any]]:
        trades = self.ib.reqAllOpenOrders() if of_all else self.ib.reqOpenOrders()
        return [_row(row) for row in trades]

    def completed(self) -> list[dict[str, Any]]:
        return [_row(row) for row in self.ib.reqCompletedOrders(False)]

    def executions(self, **filters: Any) -> list[dict[str, Any]]:
        fills = self.ib.reqExecutions(self.lib.ExecutionFilter(**filters))
        return [
            {
                "symbol": row.contract.symbol,
                "side": row.execution.side,
                "shares": float(row.execution.shares),
                "price": row.execution.price,
                "ref": row.execution.orderRef,
                "account": row.execution.acctNumber,
            }
            for row in fills
        ]

    def bind(self) -> None:
        self.ib.reqAutoOpenOrders(True)

    # Accounts ----------------------------------------------------------------------------------------------------

    def accounts(self) -> list[str]:
        return self.ib.managedAccounts()

    def positions(self) -> list[list[Any]]:
        rows = self.ib.reqPositions()
        return [[row.account, row.contract.symbol, float(row.position), round(row.avgCost, 4)] for row in rows]

    def values(self, account: str) -> dict[str, str]:
        self.ib.reqAccountUpdates(account)
        return {row.tag: row.value for row in self.ib.accountValues(account) if row.currency != "BASE"}

    def summary(self, tags: str) -> dict[str, str]:
        wanted = set(tags.split(","))
        return {f"{row.account} {row.tag}": row.value for row in self.ib.accountSummary() if row.tag in wanted}

    def pnl(self, account: str, con_id: int = 0) -> dict[str, float]:
        row = self.ib.reqPnLSingle(account, "", con_id) if con_id else self.ib.reqPnL(account)
        self.until(lambda: not math.isnan(row.unrealizedPnL or math.nan) or not math.isnan(row.dailyPnL))
        told = {"realized": row.realizedPnL, "unrealized": row.unrealizedPnL}
        if con_id:
            told["position"] = row.position
            self.ib.cancelPnLSingle(account, "", con_id)
        else:
            self.ib.cancelPnL(account)
        return {name: round(value, 2) for name, value in told.items() if value < 1e300}

    # Contracts ---------------------------------------------------------------------------------------------------

    def details(self, contract: Any) -> list[Any]:
        return self.ib.reqContractDetails(contract)

    def symbols(self, pattern: str) -> list[str]:
        return [row.contract.symbol for row in self.ib.reqMatchingSymbols(pattern)]

    def chains(self, symbol: str, con_id: int, exchange: str = "", sec_type: str = "STK") -> list[dict[str, Any]]:
        return [
            {
                "exchange": row.exchange,
                "class": row.tradingClass,
                "multiplier": row.multiplier,
                "expirations": sorted(row.expirations),
                "strikes": sorted(row.strikes),
            }
            for row in self.ib.reqSecDefOptParams(symbol, exchange, sec_type, con_id)
        ]

    def rule(self, number: int) -> list[list[float]]:
        return [[row.lowEdge, row.increment] for row in self.ib.reqMarketRule(number)]

    # Market data -------------------------------------------------------------------------------------------------

    def _keep(self, thing: Any) -> int:
        self._kept[len(self._kept) + 1] = thing
        return len(self._kept)

    def watch(self, contract: Any, generic: str = "", *, snapshot: bool = False) -> int:
        return self._keep(self.ib.reqMktData(contract, generic, snapshot))

    def quote(self, number: int) -> dict[str, float]:
        ticker = self._kept[number]
        told = {name: getattr(ticker, name) for name in (*_QUOTE, "putOpenInterest")}
        greeks = ticker.modelGreeks
        if greeks is not None:
            told |= {name: getattr(greeks, name) for name in _GREEKS}
        return {name: value for name, value in told.items() if value is not None and not math.isnan(value)}

    def unwatch(self, number: int) -> None:
        self.ib.cancelMktData(self._kept[number].contract)

    def data_type(self, number: int) -> None:
        self.ib.reqMarketDataType(number)

    def depth(self, contract: Any, rows: int, *, smart: bool = False) -> int:
        return self._keep(self.ib.reqMktDepth(contract, rows, smart))

    def book(self, number: int) -> tuple[list[list[float]], list[list[float]]]:
        ticker = self._kept[number]
        return _levels(ticker.domBids), _levels(ticker.domAsks)

    def each_tick(self, contract: Any, kind: str) -> int:
        ticker = self.ib.reqTickByTickData(contract, kind)
        came: list[Any] = []
        ticker.updateEvent += lambda changed: came.extend(changed.tickByTicks)
        return self._keep(came)

    def ticks(self, number: int) -> list[list[float]]:
        return [
            [row.bidPrice, row.askPrice] if hasattr(row, "bidPrice") else [row.price, float(row.size)]
            for row in self._kept[number]
        ]

    def bars(self, contract: Any, end: str, duration: str, size: str, what: str, *, rth: bool = True) -> list[Any]:
        rows = self.ib.reqHistoricalData(contract, end, duration, size, what, rth)
        return [[str(row.date)[:19], row.open, row.high, row.low, row.close, float(row.volume)] for row in rows]

    def past_ticks(self, contract: Any, start: str, count: int, what: str) -> list[list[float]]:
        rows = self.ib.reqHistoricalTicks(contract, start, "", count, what, False, True)
        return [
            [row.time.timestamp(), row.priceBid, row.priceAsk]
            if hasattr(row, "priceBid")
            else [row.time.timestamp(), row.price, float(row.size)]
            for row in rows
        ]

    def real_time_bars(self, contract: Any) -> int:
        return self._keep(self.ib.reqRealTimeBars(contract, 5, "TRADES", False))

    def live_bars(self, number: int) -> list[list[float]]:
        return [[row.time.timestamp(), row.open_, row.high, row.low, row.close] for row in self._kept[number]]

    def scan(self, code: str) -> list[str]:
        wanted = self.lib.ScannerSubscription(
            numberOfRows=10, instrument="STK", locationCode="STK.US.MAJOR", scanCode=code
        )
        return [row.contractDetails.contract.symbol for row in self.ib.reqScannerData(wanted)]

    def time(self) -> int:
        return int(self.ib.reqCurrentTime().timestamp())


def _levels(rows: list[Any]) -> list[list[float]]:
    return [[row.price, float(row.size)] for row in rows]


def _row(trade: Any) -> dict[str, Any]:
    order = trade.order
    return {
        "symbol": trade.contract.symbol,
        "action": order.action,
        "quantity": float(order.totalQuantity),
        "type": order.orderType,
        "limit": order.lmtPrice,
        "status": trade.orderStatus.status,
        "ref": order.orderRef,
    }
