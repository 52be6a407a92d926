"""The account in euros as the official client reads it after another client has traded. Prints JSON. Argument: port."""

import json
import logging
import sys
import threading
import time

from ibapi.client import EClient
from ibapi.execution import ExecutionFilter
from ibapi.wrapper import EWrapper

PORT, ACCOUNT = int(sys.argv[1]), "DU3"
logging.disable(logging.CRITICAL)


class App(EWrapper, EClient):
    """Keeps what it is told of the account."""

    def __init__(self) -> None:
        EClient.__init__(self, self)
        self.ready = threading.Event()
        self.ended: set = set()
        self.seen: dict = {"positions": [], "portfolio": [], "ledger": {}, "reports": []}
        self.values: dict = {}

    def nextValidId(self, order_id) -> None:
        self.ready.set()

    def position(self, account, contract, position, average_cost) -> None:
        if account == ACCOUNT:
            row = [contract.secType, contract.localSymbol, float(position), round(average_cost, 4)]
            self.seen["positions"].append(row)

    def positionEnd(self) -> None:
        self.ended.add("positions")

    def updatePortfolio(self, contract, position, price, value, cost, unrealized, realized, account) -> None:
        figures = [round(price, 4), round(value, 2), round(cost, 4), round(unrealized, 2), round(realized, 2)]
        self.seen["portfolio"].append([contract.localSymbol, float(position), *figures])

    def updateAccountValue(self, key, value, currency, account) -> None:
        self.values[key, currency] = value

    def accountDownloadEnd(self, account) -> None:
        self.ended.add("updates")

    def accountSummary(self, req_id, account, tag, value, currency) -> None:
        if account == ACCOUNT:
            self.seen["ledger"][f"{tag} {currency}"] = value

    def accountSummaryEnd(self, req_id) -> None:
        self.ended.add("summary")

    def execDetailsEnd(self, req_id) -> None:
        self.ended.add("executions")

    def commissionReport(self, report) -> None:
        self._report(report.commission, report)

    def commissionAndFeesReport(self, report) -> None:
        self._report(report.commissionAndFees, report)

    def _report(self, commission, report) -> None:
        realized = round(report.realizedPNL, 2) if report.realizedPNL < 1e300 else 0.0
        self.seen["reports"].append([round(commission, 4), report.currency, realized])


def wait(name: str) -> None:
    until = time.monotonic() + 10
    while name not in app.ended and time.monotonic() < until:
        time.sleep(0.01)
    assert name in app.ended, name


app = App()
app.connect("127.0.0.1", PORT, 42)
threading.Thread(target=app.run, daemon=True).start()
assert app.ready.wait(8)
app.reqPositions()
wait("positions")
app.reqAccountUpdates(True, ACCOUNT)
wait("updates")
app.reqAccountSummary(9, "All", "$LEDGER:ALL")
wait("summary")
app.reqExecutions(10, ExecutionFilter())
wait("executions")
app.disconnect()
app.seen["positions"].sort()
app.seen["portfolio"].sort()
app.seen["values"] = {
    tag: app.values[tag, "EUR"] for tag in ("NetLiquidation", "InitMarginReq", "InitMarginReq-C", "SMA")
}
print(json.dumps(app.seen))
