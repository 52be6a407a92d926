"""Receives IB's callbacks: orders become records on a queue, answers finish their request, data goes to its feed.

Callbacks run inside the socket's read and must return at once; nothing here touches the database.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from config.shared.correlation import get_logger
from trading.gateway.records import IbRecord, Item, Kind
from trading.metrics import IB_ERRORS_TOTAL, IB_MESSAGES_TOTAL

log = get_logger(__name__)

# Request ids live far above order ids, so that an error's id says which of the two it means. Java ints end at 2^31-1.
FIRST_REQUEST_ID = 1_500_000_000
# orderStatus, error, openOrder, execDetails, commissionReport, completedOrder (tws-protocol §5)
_ORDER_MESSAGES = frozenset({"3", "4", "5", "11", "59", "101"})


class AccountFeed(Protocol):
    """Who wants accounts' figures."""

    def account_value(self, account: str, tag: str, value: str, currency: str) -> None: ...
    def portfolio(self, account: str, contract: Any, figures: dict[str, float]) -> None: ...
    def position(self, account: str, contract: Any, quantity: float, average_cost: float) -> None: ...
    def pnl(self, req_id: int, daily: float, unrealized: float, realized: float) -> None: ...
    def position_pnl(self, req_id: int, daily: float, unrealized: float, realized: float, value: float) -> None: ...
    def account_time(self) -> None: ...


class QuoteFeed(Protocol):
    """Who wants ticks."""

    def price(self, req_id: int, tick_type: int, price: float, size: float) -> None: ...
    def size(self, req_id: int, tick_type: int, size: float) -> None: ...
    def data_type(self, req_id: int, data_type: int) -> None: ...
    def refused(self, req_id: int, code: int, text: str) -> bool: ...


class Answers:
    """Requests under way: what has come so far, and the future that their end marker resolves."""

    def __init__(self) -> None:
        self.rows: dict[Any, list[Any]] = {}
        self._futures: dict[Any, asyncio.Future[list[Any]]] = {}

    def start(self, key: Any) -> asyncio.Future[list[Any]]:
        """A request begins."""
        self.rows[key] = []
        self._futures[key] = asyncio.get_running_loop().create_future()
        return self._futures[key]

    def add(self, key: Any, row: Any) -> None:
        """One row, if anybody waits for it."""
        if key in self.rows:
            self.rows[key].append(row)

    def is_open(self, key: Any) -> bool:
        """Whether somebody waits for this answer."""
        return key in self._futures

    def is_any_open(self, name: str) -> bool:
        """Whether somebody waits for any answer of this kind."""
        return any(isinstance(key, tuple) and key[0] == name for key in self._futures)

    def end(self, key: Any) -> None:
        """The end marker came: the answer is complete."""
        future, rows = self._futures.pop(key, None), self.rows.pop(key, [])
        if future is not None and not future.done():
            future.set_result(rows)

    def fail(self, key: Any, error: Exception) -> None:
        """IB refused the request, or nobody waits any more."""
        future = self._futures.pop(key, None)
        self.rows.pop(key, None)
        if future is not None and not future.done():
            future.set_exception(error)

    def fail_all(self, error: Exception) -> None:
        """The connection is gone."""
        for key in list(self._futures):
            self.fail(key, error)


class RequestRefused(Exception):
    """IB answered a request with an error."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"IB error {code}: {text}")
        self.code = code
        self.text = text


class _LibraryNeeds:
    """What the decoders look up on `wrapper.ib`: the zone of times that name none (we read IB's own text)."""

    TimezoneTWS = ""


class IbWrapper:
    """The callbacks the library's decoder calls; method names are the TWS API's."""

    def __init__(
        self,
        *,
        accounts: AccountFeed,
        quotes: QuoteFeed,
        on_system: Callable[[int, str], None],
        on_record: asyncio.Event,
    ) -> None:
        self.ib = _LibraryNeeds()
        self.defaultTimezone = UTC  # ib_async looks for it here
        self.records: deque[Item] = deque()
        self.answers = Answers()
        self.next_valid_id = 0
        self.last_heard = time.monotonic()
        self.has_heard = False
        self.wire: tuple[str, ...] = ()
        self._was_read = False
        self._accounts = accounts
        self._quotes = quotes
        self._on_system = on_system
        self._has_record = on_record

    # what the library's client needs

    def tcpDataArrived(self) -> None:
        self.last_heard, self.has_heard = time.monotonic(), True

    def setEventsDone(self) -> None:
        """ib_insync's own subscriptions end here; the desk has none of those."""

    def connectionClosed(self) -> None:
        self.answers.fail_all(ConnectionError("the connection to IB was lost"))

    def connectAck(self) -> None:
        """The handshake is through; what counts is `nextValidId`."""

    def heard(self, fields: list[str]) -> None:
        """Keep the raw fields of the message about to be decoded: IB's own words for the record."""
        self.wire = tuple(fields)
        self._was_read = False
        IB_MESSAGES_TOTAL.labels(direction="in").inc()

    def decoded(self) -> None:
        """The library swallows what it cannot decode: of a message about an order at least the raw fields are kept."""
        if not self._was_read and self.wire and self.wire[0] in _ORDER_MESSAGES:
            log.error("ib_message_unreadable", ib_event_type=self.wire[0])
            self._record(Kind.UNREADABLE)

    # orders

    def _record(self, kind: Kind, is_sync: bool = False, **payload: Any) -> None:
        self._was_read = True
        payload["wire"] = list(self.wire)
        self.records.append(
            IbRecord(
                kind=kind, payload=payload, received_at=datetime.now(UTC), is_sync=is_sync, arrived=time.monotonic()
            )
        )
        self._has_record.set()

    def openOrder(self, order_id: int, contract: Any, order: Any, state: Any) -> None:
        if order.whatIf:
            self._was_read = True
            self._what_if(order_id, state)
            return
        payload = _order_payload(order_id, contract, order, state)
        is_sync = self.answers.is_open("open_orders")
        self.answers.add("open_orders", payload)
        self._record(Kind.OPEN_ORDER, is_sync, **payload)

    def _what_if(self, order_id: int, state: Any) -> None:
        key = ("what_if", order_id)
        if self.answers.is_open(key):
            self.answers.add(key, state)
            # the first answer can be empty, with only a warning; the figures follow (field guide §6.3)
            if "E308" not in str(state.initMarginChange).upper().replace("E+308", "E308"):
                self.answers.end(key)

    def openOrderEnd(self) -> None:
        self.answers.end("open_orders")

    def orderStatus(
        self,
        order_id: int,
        status: str,
        filled: float,
        remaining: float,
        avg_fill_price: float,
        perm_id: int,
        parent_id: int,
        last_fill_price: float,
        client_id: int,
        why_held: str,
        mkt_cap_price: float = 0.0,
    ) -> None:
        self._record(
            Kind.ORDER_STATUS,
            self.answers.is_open("open_orders"),
            order_id=order_id,
            client_id=client_id,
            perm_id=perm_id,
            status=status,
            filled=filled,
            remaining=remaining,
            average_fill_price=avg_fill_price,
            why_held=why_held,
        )

    def execDetails(self, req_id: int, contract: Any, execution: Any) -> None:
        payload = {
            **_contract_payload(contract),
            "exec_id": execution.execId,
            "time": self._wire_execution_time(execution),
            "account": execution.acctNumber,
            "exchange": execution.exchange,
            "side": execution.side,
            "quantity": execution.shares,
            "price": execution.price,
            "perm_id": execution.permId,
            "client_id": execution.clientId,
            "order_id": execution.orderId,
            "liquidation": execution.liquidation,
            "order_ref": execution.orderRef,
        }
        is_sync = self.answers.is_open(("executions", req_id))
        self.answers.add(("executions", req_id), payload)
        self._record(Kind.EXEC_DETAILS, is_sync, **payload)

    def _wire_execution_time(self, execution: Any) -> str:
        """IB's own text for the time: it stands right after the execution id (tws-protocol §5)."""
        try:
            return self.wire[self.wire.index(execution.execId) + 1]
        except (ValueError, IndexError):
            return str(execution.time)

    def execDetailsEnd(self, req_id: int) -> None:
        self.answers.end(("executions", req_id))

    def commissionReport(self, report: Any) -> None:
        self._record(
            Kind.COMMISSION_REPORT,
            self.answers.is_any_open("executions"),
            exec_id=report.execId,
            commission=report.commission,
            currency=report.currency,
            realized_pnl=report.realizedPNL,
        )

    def completedOrder(self, contract: Any, order: Any, state: Any) -> None:
        payload = _order_payload(0, contract, order, state)
        payload["completed_status"] = state.completedStatus
        payload["completed_time"] = state.completedTime
        self.answers.add("completed_orders", payload)
        self._record(Kind.COMPLETED_ORDER, True, **payload)

    def completedOrdersEnd(self) -> None:
        self.answers.end("completed_orders")

    # errors and notices

    def error(self, req_id: int, code: int, text: str, advanced_reject: str = "") -> None:
        self._was_read = True
        IB_ERRORS_TOTAL.labels(code=str(code)).inc()
        log.info("ib_message", ib_event_type="error", ib_error_code=code, ib_text=text, ib_id=req_id)
        if req_id < 0:
            self._on_system(code, text)
        elif req_id >= FIRST_REQUEST_ID:
            self._request_failed(req_id, code, text)
        elif self.answers.is_open(("what_if", req_id)):
            self.answers.fail(("what_if", req_id), RequestRefused(code, text))
        else:
            self._record(Kind.ERROR, order_id=req_id, code=code, text=text, advanced_reject=advanced_reject)

    def _request_failed(self, req_id: int, code: int, text: str) -> None:
        if self._quotes.refused(req_id, code, text) or 2100 <= code < 2200:
            return
        for key in (req_id, ("executions", req_id)):
            self.answers.fail(key, RequestRefused(code, text))

    # handshake, time

    def nextValidId(self, order_id: int) -> None:
        self.next_valid_id = max(self.next_valid_id, order_id)

    def managedAccounts(self, accounts: str) -> None:
        """The client keeps the list."""

    def currentTime(self, seconds: int) -> None:
        self.answers.add("time", seconds)
        self.answers.end("time")

    # accounts

    def updateAccountValue(self, tag: str, value: str, currency: str, account: str) -> None:
        self._accounts.account_value(account, tag, value, currency)

    def accountUpdateMulti(self, req_id: int, account: str, model: str, tag: str, value: str, currency: str) -> None:
        self._accounts.account_value(account, tag, value, currency)

    def accountUpdateMultiEnd(self, req_id: int) -> None:
        self.answers.end(req_id)

    def updateAccountTime(self, text: str) -> None:
        self._accounts.account_time()

    def accountDownloadEnd(self, account: str) -> None:
        self.answers.end("account")

    def updatePortfolio(
        self,
        contract: Any,
        quantity: float,
        market_price: float,
        market_value: float,
        average_cost: float,
        unrealized: float,
        realized: float,
        account: str,
    ) -> None:
        figures = {
            "quantity": quantity,
            "average_cost": average_cost,
            "market_price": market_price,
            "market_value": market_value,
            "unrealized_pnl": unrealized,
            "realized_pnl": realized,
        }
        self._accounts.portfolio(account, contract, figures)

    def position(self, account: str, contract: Any, quantity: float, average_cost: float) -> None:
        row = {
            **_contract_payload(contract),
            "account": account,
            "quantity": quantity,
            "average_cost": average_cost,
        }
        self.answers.add("positions", row)
        self._accounts.position(account, contract, quantity, average_cost)

    def positionEnd(self) -> None:
        self.answers.end("positions")

    def pnl(self, req_id: int, daily: float, unrealized: float, realized: float) -> None:
        self._accounts.pnl(req_id, daily, unrealized, realized)

    def pnlSingle(
        self, req_id: int, quantity: int, daily: float, unrealized: float, realized: float, value: float
    ) -> None:
        self._accounts.position_pnl(req_id, daily, unrealized, realized, value)

    # instruments and history

    def contractDetails(self, req_id: int, details: Any) -> None:
        self.answers.add(req_id, details)

    bondContractDetails = contractDetails

    def contractDetailsEnd(self, req_id: int) -> None:
        self.answers.end(req_id)

    def symbolSamples(self, req_id: int, descriptions: list[Any]) -> None:
        for description in descriptions:
            self.answers.add(req_id, description)
        self.answers.end(req_id)

    def historicalData(self, req_id: int, bar: Any) -> None:
        self.answers.add(req_id, bar)

    def historicalDataEnd(self, req_id: int, start: str, end: str) -> None:
        self.answers.end(req_id)

    # quotes

    def priceSizeTick(self, req_id: int, tick_type: int, price: float, size: float) -> None:
        self._quotes.price(req_id, tick_type, price, size)

    def tickSize(self, req_id: int, tick_type: int, size: float) -> None:
        self._quotes.size(req_id, tick_type, size)

    def marketDataType(self, req_id: int, data_type: int) -> None:
        self._quotes.data_type(req_id, data_type)


def _contract_payload(contract: Any) -> dict[str, Any]:
    return {
        "con_id": contract.conId,
        "symbol": contract.symbol,
        "sec_type": contract.secType,
        "exchange": contract.exchange,
        "currency": contract.currency,
        "multiplier": contract.multiplier,
        "local_symbol": contract.localSymbol,
        "trading_class": contract.tradingClass,
    }


def _order_payload(order_id: int, contract: Any, order: Any, state: Any) -> dict[str, Any]:
    return {
        **_contract_payload(contract),
        "order_id": order_id,
        "client_id": order.clientId,
        "perm_id": order.permId,
        "order_ref": order.orderRef,
        "account": order.account,
        "side": order.action,
        "quantity": order.totalQuantity,
        "order_type": order.orderType,
        "limit_price": order.lmtPrice,
        "aux_price": order.auxPrice,
        "trail_stop_price": order.trailStopPrice,
        "trailing_percent": order.trailingPercent,
        "limit_offset": order.lmtPriceOffset,
        "good_till_date": order.goodTillDate,
        "time_in_force": order.tif,
        "outside_rth": order.outsideRth,
        "filled_quantity": order.filledQuantity,
        "status": state.status,
        "warning": state.warningText,
    }
