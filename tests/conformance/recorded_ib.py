"""A short day in ib_insync and ib_async, to be recorded and replayed. Prints what it saw as JSON.

Arguments: library name, port, client id, quantity, order reference.
"""

import importlib
import json
import logging
import sys
import time

LIBRARY, PORT, CLIENT_ID, QUANTITY, REFERENCE = sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5]
lib = importlib.import_module(LIBRARY)
logging.disable(logging.CRITICAL)


def until(ib, condition, seconds: float = 8) -> None:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end and ib.isConnected():
        ib.sleep(0.01)


def main() -> dict:
    ib = lib.IB()
    ib.RequestTimeout = 5
    ib.connect("127.0.0.1", PORT, clientId=CLIENT_ID, timeout=8)
    apple = lib.Stock("AAPL", "SMART", "USD")
    ib.qualifyContracts(apple)
    bars = ib.reqHistoricalData(apple, "", "2 D", "1 day", "TRADES", True)
    bought = ib.placeOrder(apple, lib.MarketOrder("BUY", QUANTITY, orderRef=REFERENCE))
    until(
        ib, lambda: bought.orderStatus.status == "Filled" and bought.fills and bought.fills[0].commissionReport.execId
    )
    resting = ib.placeOrder(apple, lib.LimitOrder("BUY", 10, 100, orderRef=REFERENCE))
    until(ib, lambda: resting.orderStatus.status == "Submitted")
    ib.cancelOrder(resting.order)
    until(ib, lambda: resting.orderStatus.status == "Cancelled")
    positions = [[row.contract.conId, row.position, row.avgCost] for row in ib.reqPositions()]
    seen = {
        "accounts": ib.managedAccounts(),
        "bars": [str(bar.date) for bar in bars],
        "bought": [bought.orderStatus.status, bought.orderStatus.avgFillPrice, bought.order.orderRef],
        "mine": bought.order.clientId,
        "resting": resting.orderStatus.status,
        "positions": positions,
    }
    ib.disconnect()
    return seen


print(json.dumps(main()))
