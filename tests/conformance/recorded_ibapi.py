"""A short day in the official client, to be recorded and replayed. Prints what it saw as JSON.

Arguments: port, client id, quantity, order reference.
"""

import json
import logging
import sys
import threading
import time
from decimal import Decimal

from ibapi.client import EClient
from ibapi.contract import Contract
from ibapi.order import Order
from ibapi.order_cancel import OrderCancel
from ibapi.wrapper import EWrapper

PORT, CLIENT_ID, QUANTITY, REFERENCE = *map(int, sys.argv[1:4]), sys.argv[4]
logging.disable(logging.CRITICAL)


class App(EWrapper, EClient):
    """Keeps what it is told."""

    def __init__(self) -> None:
        EClient.__init__(self, self)
        self.next_id = 0
        self.accounts: list[str] = []
        self.con_id = 0
        self.bars: list[str] = []
        self.ended: set = set()
        self.statuses: dict[int, list] = {}
        self.references: dict[int, str] = {}
        self.positions: list[list] = []

    def nextValidId(self, order_id) -> None:
        self.next_id = order_id

    def managedAccounts(self, accounts) -> None:
        self.accounts = accounts.split(",")

    def contractDetails(self, req_id, details) -> None:
        self.con_id = details.contract.conId

    def contractDetailsEnd(self, req_id) -> None:
        self.ended.add(req_id)

    def historicalData(self, req_id, bar) -> None:
        self.bars.append(bar.date)

    def historicalDataEnd(self, req_id, start, end) -> None:
        self.ended.add(req_id)

    def openOrder(self, order_id, contract, order, state) -> None:
        self.references[order_id] = order.orderRef

    def orderStatus(self, order_id, status, filled, remaining, average, *rest) -> None:
        self.statuses.setdefault(order_id, []).append([status, average])

    def position(self, account, contract, position, cost) -> None:
        self.positions.append([contract.conId, float(position), cost])

    def positionEnd(self) -> None:
        self.ended.add("positions")


def until(app: App, condition, seconds: float = 8) -> None:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end and app.isConnected():
        time.sleep(0.01)


def last(app: App, order_id: int) -> list:
    return (app.statuses.get(order_id) or [["", 0]])[-1]


def main() -> dict:
    app = App()
    app.connect("127.0.0.1", PORT, CLIENT_ID)
    threading.Thread(target=app.run, daemon=True).start()
    until(app, lambda: app.next_id and app.accounts)
    apple = Contract()
    apple.symbol, apple.secType, apple.exchange, apple.currency = "AAPL", "STK", "SMART", "USD"
    app.reqContractDetails(1001, apple)
    until(app, lambda: 1001 in app.ended)
    app.reqHistoricalData(1002, apple, "", "2 D", "1 day", "TRADES", 1, 1, False, [])
    until(app, lambda: 1002 in app.ended)
    order = Order()
    order.action, order.totalQuantity, order.orderType, order.tif = "BUY", Decimal(QUANTITY), "MKT", "DAY"
    order.orderRef = REFERENCE
    first, second = app.next_id, app.next_id + 1
    app.placeOrder(first, apple, order)
    until(app, lambda: last(app, first)[0] == "Filled")
    order.orderType, order.lmtPrice, order.totalQuantity = "LMT", 100.0, Decimal(10)
    app.placeOrder(second, apple, order)
    until(app, lambda: last(app, second)[0] == "Submitted")
    app.cancelOrder(second, OrderCancel())
    until(app, lambda: last(app, second)[0] == "Cancelled")
    app.reqPositions()
    until(app, lambda: "positions" in app.ended)
    seen = {
        "accounts": app.accounts,
        "bars": app.bars,
        "bought": [*last(app, first), app.references.get(first)],
        "resting": last(app, second)[0],
        "positions": app.positions,
    }
    app.disconnect()
    return seen


print(json.dumps(main()))
