"""The official client."""

import logging
import threading
import time
from decimal import Decimal
from typing import Any

from face import Face, OrderView
from ibapi.client import EClient
from ibapi.contract import Contract
from ibapi.execution import ExecutionFilter
from ibapi.order import Order
from ibapi.order_cancel import OrderCancel
from ibapi.order_condition import PriceCondition, TimeCondition
from ibapi.scanner import ScannerSubscription
from recorder import Recorder

_PRICES = {1: "bid", 2: "ask", 4: "last", 6: "high", 7: "low", 9: "close", 14: "open", 37: "markPrice"}
_SIZES = {0: "bidSize", 3: "askSize", 5: "lastSize", 8: "volume", 27: "callOpenInterest", 28: "putOpenInterest"}
_DELAYED = {66: 1, 67: 2, 68: 4, 72: 6, 73: 7, 75: 9, 76: 14, 69: 0, 70: 3, 71: 5, 74: 8}
_GREEKS = ["impliedVol", "delta", "optPrice", "pvDividend", "gamma", "vega", "theta", "undPrice"]


class _App(Recorder, EClient):
    def __init__(self) -> None:
        Recorder.__init__(self)
        EClient.__init__(self, self)


class IbapiFace(Face):
    """An `EClient`."""

    library = "ibapi"

    def __init__(self, port: int, client_id: int) -> None:
        super().__init__(port, client_id)
        logging.disable(logging.CRITICAL)
        self.app = _App()
        self.errors = self.app.errors
        self.app.connect("127.0.0.1", port, client_id)
        threading.Thread(target=self._run, daemon=True).start()
        if not self.until(lambda: self.app.next_id and self.app.got["accounts"], 8):
            raise RuntimeError(f"not connected: {self.errors}")
        self.version = self.app.serverVersion()
        self._next_request = 100_000

    def _run(self) -> None:
        try:
            self.app.run()
        except TypeError:  # the client's own, when it is disconnected while it works
            if self.app.serverVersion() is not None:
                raise

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def close(self) -> None:
        self.app.disconnect()

    def _ask(self, method: str, *arguments: Any, seconds: float = 5) -> int:
        """Send a request and wait for its end or an error."""
        number = self._number()
        getattr(self.app, method)(number, *arguments)
        self.until(lambda: number in self.app.ended or self.codes(number), seconds)
        return number

    def _number(self) -> int:
        self._next_request += 1
        return self._next_request

    def _told(self, method: str, end: str, *arguments: Any) -> None:
        self.app.ended.discard(end)
        getattr(self.app, method)(*arguments)
        self.until(lambda: end in self.app.ended)

    # Orders ------------------------------------------------------------------------------------------------------

    def contract(self, **fields: Any) -> Any:
        return _with(Contract(), fields)

    def order(self, action: str, quantity: float, kind: str, **fields: Any) -> Any:
        order = _with(Order(), {"tif": "DAY", "account": self.accounts()[0], **fields})
        order.action, order.totalQuantity, order.orderType = action, Decimal(str(quantity)), kind
        return order

    def price_condition(self, con_id: int, *, above: bool, price: float) -> Any:
        return PriceCondition(PriceCondition.TriggerMethodEnum.Default, con_id, "SMART", above, price)

    def time_condition(self, *, after: bool, moment: str) -> Any:
        return TimeCondition(after, moment)

    def new_id(self) -> int:
        self.app.next_id += 1
        return self.app.next_id - 1

    def place(self, contract: Any, order: Any, order_id: int = 0) -> int:
        order_id = order_id or order.orderId or self.new_id()
        self.app.placeOrder(order_id, contract, order)
        return order_id

    def cancel(self, order_id: int) -> None:
        self.app.cancelOrder(order_id, OrderCancel())

    def cancel_all(self) -> None:
        self.app.reqGlobalCancel(OrderCancel())

    def view(self, order_id: int) -> OrderView:
        told = self.app.got["status", order_id]
        fills = list(self.app.fills[order_id].values())
        reports = [self.app.reports[row.execId] for row in fills if row.execId in self.app.reports]
        last = told[-1] if told else ("", 0.0, 0.0, 0.0, "")
        words = [row[0] for row in told]
        return OrderView(
            *last,
            [[float(row.shares), row.price] for row in fills],
            [row.commissionAndFees for row in reports],
            [round(row.realizedPNL, 2) if row.realizedPNL < 1e300 else 0.0 for row in reports],
            [word for place, word in enumerate(words) if place == 0 or words[place - 1] != word],
        )

    def what_if(self, contract: Any, order: Any) -> dict[str, Any]:
        order.whatIf = True
        order_id = self.new_id()
        self.app.placeOrder(order_id, contract, order)

        def answers() -> list[Any]:
            return [row for row in self.app.got["open", order_id] if row[2].initMarginChange.find("E308") < 0]

        self.until(lambda: answers() or self.codes(order_id))
        state = answers()[-1][2]
        commission = state.commissionAndFees
        return {
            "margin": float(state.initMarginChange),
            "commission": commission,
            "in": state.commissionAndFeesCurrency,
        }

    def open_orders(self, *, of_all: bool = False) -> list[dict[str, Any]]:
        self.app.got["listed"] = []
        self._told("reqAllOpenOrders" if of_all else "reqOpenOrders", "open orders")
        return [_row(*row) for row in self.app.got["listed"]]

    def completed(self) -> list[dict[str, Any]]:
        self.app.got["completed"] = []
        self._told("reqCompletedOrders", "completed", False)
        return [_row(*row) for row in self.app.got["completed"]]

    def executions(self, **filters: Any) -> list[dict[str, Any]]:
        number = self._ask("reqExecutions", _with(ExecutionFilter(), filters))
        return [
            {
                "symbol": contract.symbol,
                "side": row.side,
                "shares": float(row.shares),
                "price": row.price,
                "ref": row.orderRef,
                "account": row.acctNumber,
            }
            for contract, row in self.app.got["asked", number]
        ]

    def bind(self) -> None:
        self.app.reqAutoOpenOrders(True)

    # Accounts ----------------------------------------------------------------------------------------------------

    def accounts(self) -> list[str]:
        return self.app.got["accounts"]

    def positions(self) -> list[list[Any]]:
        self.app.positions.clear()
        self._told("reqPositions", "positions")
        self.app.cancelPositions()
        return list(self.app.positions.values())

    def values(self, account: str) -> dict[str, str]:
        self.app.got["values"] = []
        self._told("reqAccountUpdates", "account", True, account)
        told = {key: value for key, value, currency, _ in self.app.got["values"] if currency != "BASE"}
        self.app.reqAccountUpdates(False, account)
        return told

    def summary(self, tags: str) -> dict[str, str]:
        number = self._ask("reqAccountSummary", "All", tags)
        self.app.cancelAccountSummary(number)
        return {f"{account} {tag}": value for account, tag, value in self.app.got["summary", number]}

    def pnl(self, account: str, con_id: int = 0) -> dict[str, float]:
        number = self._number()
        if con_id:
            self.app.reqPnLSingle(number, account, "", con_id)
        else:
            self.app.reqPnL(number, account, "")
        self.until(lambda: self.app.got["pnl", number])
        told = dict(self.app.got["pnl", number])
        if con_id:
            self.app.cancelPnLSingle(number)
        else:
            self.app.cancelPnL(number)
        return {name: round(float(value), 2) for name, value in told.items() if float(value) < 1e300}

    # Contracts ---------------------------------------------------------------------------------------------------

    def details(self, contract: Any) -> list[Any]:
        return self.app.got["details", self._ask("reqContractDetails", contract)]

    def symbols(self, pattern: str) -> list[str]:
        number = self._ask("reqMatchingSymbols", pattern)
        return [row.contract.symbol for row in self.app.got["symbols", number]]

    def chains(self, symbol: str, con_id: int, exchange: str = "", sec_type: str = "STK") -> list[dict[str, Any]]:
        number = self._ask("reqSecDefOptParams", symbol, exchange, sec_type, con_id)
        return self.app.got["chains", number]

    def rule(self, number: int) -> list[list[float]]:
        self.app.reqMarketRule(number)
        self.until(lambda: self.app.got["rule", number])
        return [[row.lowEdge, row.increment] for row in self.app.got["rule", number]]

    # Market data -------------------------------------------------------------------------------------------------

    def watch(self, contract: Any, generic: str = "", *, snapshot: bool = False) -> int:
        number = self._number()
        self.app.reqMktData(number, contract, generic, snapshot, False, [])
        return number

    def quote(self, number: int) -> dict[str, float]:
        told: dict[str, float] = {}
        for kind, value in dict(self.app.quotes[number]).items():
            kind = _DELAYED.get(kind, kind)
            name = _PRICES.get(kind) or _SIZES.get(kind)
            if name:
                told[name] = float(value)
        if 49 in self.app.quotes[number]:
            told["halted"] = self.app.quotes[number][49]
        for kind in (13, 83):
            greeks = self.app.greeks.get((number, kind))
            if greeks is not None:
                told |= {name: value for name, value in zip(_GREEKS, greeks, strict=True) if value is not None}
        return told

    def unwatch(self, number: int) -> None:
        self.app.cancelMktData(number)

    def data_type(self, number: int) -> None:
        self.app.reqMarketDataType(number)

    def depth(self, contract: Any, rows: int, *, smart: bool = False) -> int:
        number = self._number()
        self.app.reqMktDepth(number, contract, rows, smart, [])
        return number

    def book(self, number: int) -> tuple[list[list[float]], list[list[float]]]:
        asks, bids = self.app.books[number]
        return [list(row) for row in bids], [list(row) for row in asks]

    def each_tick(self, contract: Any, kind: str) -> int:
        number = self._number()
        self.app.reqTickByTickData(number, contract, kind, 0, False)
        return number

    def ticks(self, number: int) -> list[list[float]]:
        return list(self.app.got["ticks", number])

    def bars(self, contract: Any, end: str, duration: str, size: str, what: str, *, rth: bool = True) -> list[Any]:
        number = self._ask("reqHistoricalData", contract, end, duration, size, what, int(rth), 1, False, [])
        rows = self.app.got["bars", number]
        return [[_date(row.date), row.open, row.high, row.low, row.close, float(row.volume)] for row in rows]

    def past_ticks(self, contract: Any, start: str, count: int, what: str) -> list[list[float]]:
        number = self._ask("reqHistoricalTicks", contract, start, "", count, what, 0, True, [])
        return [
            [row.time, row.priceBid, row.priceAsk]
            if hasattr(row, "priceBid")
            else [row.time, row.price, float(row.size)]
            for row in self.app.got["past ticks", number]
        ]

    def real_time_bars(self, contract: Any) -> int:
        number = self._number()
        self.app.reqRealTimeBars(number, contract, 5, "TRADES", False, [])
        return number

    def live_bars(self, number: int) -> list[list[float]]:
        return list(self.app.got["live", number])

    def scan(self, code: str) -> list[str]:
        wanted = ScannerSubscription()
        wanted.numberOfRows, wanted.instrument, wanted.locationCode = 10, "STK", "STK.US.MAJOR"
        wanted.scanCode = code
        number = self._ask("reqScannerSubscription", wanted, [], [])
        self.app.cancelScannerSubscription(number)
        return self.app.got["scan", number]

    def time(self) -> int:
        self.app.got.pop("time", None)
        self.app.reqCurrentTime()
        self.until(lambda: self.app.got.get("time"))
        return self.app.got["time"]


def _with(thing: Any, fields: dict[str, Any]) -> Any:
    for name, value in fields.items():
        if not hasattr(thing, name):
            raise AttributeError(name)
        setattr(thing, name, value)
    return thing


def _date(text: str) -> str:
    day = f"{text[:4]}-{text[4:6]}-{text[6:8]}"
    return day + text[8:17] if len(text) > 8 else day


def _row(contract: Any, order: Any, state: Any) -> dict[str, Any]:
    return {
        "symbol": contract.symbol,
        "action": order.action,
        "quantity": float(order.totalQuantity),
        "type": order.orderType,
        "limit": order.lmtPrice,
        "status": state.status,
        "ref": order.orderRef,
    }
