"""Keeps every answer the official client gets, by kind and request id."""

from collections import defaultdict
from typing import Any

from ibapi.wrapper import EWrapper


class Recorder(EWrapper):
    """All callbacks the scenarios need."""

    def __init__(self) -> None:
        EWrapper.__init__(self)
        self.got: dict[Any, Any] = defaultdict(list)
        self.errors: list[tuple[int, int]] = []
        self.ended: set[Any] = set()
        self.next_id = 0
        self.fills: dict[int, dict[str, Any]] = defaultdict(dict)
        self.reports: dict[str, Any] = {}
        self.positions: dict[tuple[str, int], list[Any]] = {}
        self.quotes: dict[int, dict[int, float]] = defaultdict(dict)
        self.greeks: dict[tuple[int, int], tuple[float, ...]] = {}
        self.books: dict[int, tuple[list[Any], list[Any]]] = defaultdict(lambda: ([], []))

    def error(self, req_id: int, *rest: Any) -> None:
        # Newer versions put the time of the error before its code.
        numbers = [part for part in rest if isinstance(part, int)]
        self.errors.append((req_id, numbers[1] if len(numbers) > 1 else numbers[0]))

    def nextValidId(self, order_id: int) -> None:
        self.next_id = max(self.next_id, order_id)

    def managedAccounts(self, accounts: str) -> None:
        self.got["accounts"] = [name for name in accounts.split(",") if name]

    def currentTime(self, seconds: int) -> None:
        self.got["time"] = seconds

    # Orders ------------------------------------------------------------------------------------------------------

    def openOrder(self, order_id: int, contract: Any, order: Any, state: Any) -> None:
        self.got["open", order_id].append((contract, order, state))
        self.got["listed"].append((contract, order, state))

    def openOrderEnd(self) -> None:
        self.ended.add("open orders")

    def orderStatus(self, order_id: int, status: str, filled: Any, remaining: Any, average: float, *rest: Any) -> None:
        why_held = rest[4]
        self.got["status", order_id].append((status, float(filled), float(remaining), float(average), why_held))

    def completedOrder(self, contract: Any, order: Any, state: Any) -> None:
        self.got["completed"].append((contract, order, state))

    def completedOrdersEnd(self) -> None:
        self.ended.add("completed")

    def execDetails(self, req_id: int, contract: Any, execution: Any) -> None:
        self.fills[execution.orderId][execution.execId] = execution
        self.got["asked", req_id].append((contract, execution))

    def execDetailsEnd(self, req_id: int) -> None:
        self.ended.add(req_id)

    def commissionAndFeesReport(self, report: Any) -> None:
        self.reports[report.execId] = report

    # Accounts ----------------------------------------------------------------------------------------------------

    def position(self, account: str, contract: Any, position: Any, cost: float) -> None:
        self.positions[account, contract.conId] = [account, contract.symbol, float(position), round(cost, 4)]

    def positionEnd(self) -> None:
        self.ended.add("positions")

    def updateAccountValue(self, key: str, value: str, currency: str, account: str) -> None:
        self.got["values"].append((key, value, currency, account))

    def accountDownloadEnd(self, account: str) -> None:
        self.ended.add("account")

    def accountSummary(self, req_id: int, account: str, tag: str, value: str, currency: str) -> None:
        self.got["summary", req_id].append((account, tag, value))

    def accountSummaryEnd(self, req_id: int) -> None:
        self.ended.add(req_id)

    def pnl(self, req_id: int, daily: float, unrealized: float, realized: float) -> None:
        self.got["pnl", req_id] = {"realized": realized, "unrealized": unrealized}

    def pnlSingle(
        self, req_id: int, position: Any, daily: float, unrealized: float, realized: float, value: float
    ) -> None:
        self.got["pnl", req_id] = {"realized": realized, "unrealized": unrealized, "position": float(position)}

    # Contracts ---------------------------------------------------------------------------------------------------

    def contractDetails(self, req_id: int, details: Any) -> None:
        self.got["details", req_id].append(details)

    def contractDetailsEnd(self, req_id: int) -> None:
        self.ended.add(req_id)

    def symbolSamples(self, req_id: int, descriptions: list[Any]) -> None:
        self.got["symbols", req_id] = descriptions
        self.ended.add(req_id)

    def marketRule(self, rule_id: int, increments: list[Any]) -> None:
        self.got["rule", rule_id] = increments

    def securityDefinitionOptionParameter(
        self,
        req_id: int,
        exchange: str,
        con_id: int,
        trading_class: str,
        multiplier: str,
        expirations: Any,
        strikes: Any,
    ) -> None:
        self.got["chains", req_id].append(
            {
                "exchange": exchange,
                "class": trading_class,
                "multiplier": multiplier,
                "expirations": sorted(expirations),
                "strikes": sorted(strikes),
            }
        )

    def securityDefinitionOptionParameterEnd(self, req_id: int) -> None:
        self.ended.add(req_id)

    def scannerData(self, req_id: int, rank: int, details: Any, *rest: Any) -> None:
        self.got["scan", req_id].append(details.contract.symbol)

    def scannerDataEnd(self, req_id: int) -> None:
        self.ended.add(req_id)

    # Market data -------------------------------------------------------------------------------------------------

    def tickPrice(self, req_id: int, kind: int, price: float, attributes: Any) -> None:
        self.quotes[req_id][kind] = price

    def tickSize(self, req_id: int, kind: int, size: Any) -> None:
        self.quotes[req_id][kind] = float(size)

    def tickGeneric(self, req_id: int, kind: int, value: float) -> None:
        self.quotes[req_id][kind] = value

    def tickOptionComputation(self, req_id: int, kind: int, attribute: int, *greeks: Any) -> None:
        self.greeks[req_id, kind] = greeks

    def tickSnapshotEnd(self, req_id: int) -> None:
        self.ended.add(req_id)

    def updateMktDepth(self, req_id: int, place: int, operation: int, side: int, price: float, size: Any) -> None:
        rows = self.books[req_id][side]
        if operation == 0:
            rows.insert(place, (price, float(size)))
        elif operation == 1:
            rows[place] = (price, float(size))
        else:
            del rows[place]

    def updateMktDepthL2(
        self, req_id: int, place: int, maker: str, operation: int, side: int, price: float, size: Any, smart: bool
    ) -> None:
        self.updateMktDepth(req_id, place, operation, side, price, size)

    def tickByTickBidAsk(self, req_id: int, at: int, bid: float, ask: float, *rest: Any) -> None:
        self.got["ticks", req_id].append([bid, ask])

    def tickByTickAllLast(self, req_id: int, kind: int, at: int, price: float, size: Any, *rest: Any) -> None:
        self.got["ticks", req_id].append([price, float(size)])

    def historicalData(self, req_id: int, bar: Any) -> None:
        self.got["bars", req_id].append(bar)

    def historicalDataEnd(self, req_id: int, start: str, end: str) -> None:
        self.ended.add(req_id)

    def historicalTicks(self, req_id: int, ticks: list[Any], done: bool) -> None:
        self.got["past ticks", req_id] += ticks
        if done:
            self.ended.add(req_id)

    historicalTicksBidAsk = historicalTicks
    historicalTicksLast = historicalTicks

    def realtimeBar(
        self, req_id: int, at: int, begin: float, high: float, low: float, close: float, *rest: Any
    ) -> None:
        self.got["live", req_id].append([at, begin, high, low, close])
