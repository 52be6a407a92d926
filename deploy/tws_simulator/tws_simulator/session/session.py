"""What one client has subscribed to, and the way of its requests to the handlers."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tws_simulator.errors import BrokerError
from tws_simulator.events import Event, PositionChanged
from tws_simulator.messages import replies
from tws_simulator.messages.decoding import UnknownRequest, decode_request
from tws_simulator.messages.replies import Message
from tws_simulator.messages.requests import Request
from tws_simulator.session import (
    accounts,
    contracts,
    depth,
    history,
    news,
    options,
    orders,
    quotes,
    scanner,
    system,
    ticks,
    unavailable,
)
from tws_simulator.session.delivery import Delivery
from tws_simulator.session.pacing import Pacer
from tws_simulator.session.pacing_history import HistoryPacer
from tws_simulator.session.requests_met import meet
from tws_simulator.session.subscriptions import (
    AccountSubscription,
    BarSubscription,
    BookSubscription,
    PnlSubscription,
    QuoteSubscription,
    ScanSubscription,
    TickSubscription,
)
from tws_simulator.wire.fields import FieldError
from tws_simulator.wire.framing import frame, split_fields

if TYPE_CHECKING:
    from tws_simulator.gateway import Gateway
    from tws_simulator.session.connection import Connection

log = logging.getLogger("tws_simulator.session")
Handler = Callable[["Session", Request], None]
HANDLERS: dict[str, Handler] = {
    **system.HANDLERS,
    **contracts.HANDLERS,
    **quotes.HANDLERS,
    **depth.HANDLERS,
    **ticks.HANDLERS,
    **options.HANDLERS,
    **history.HANDLERS,
    **scanner.HANDLERS,
    **news.HANDLERS,
    **accounts.HANDLERS,
    **orders.HANDLERS,
    **unavailable.HANDLERS,
}
# Requests that reach out to IB's servers: while the link is down they are held or go unanswered, as the link does.
ORDER_REQUESTS = {"place_order", "cancel_order", "req_global_cancel"}


class Session:
    """A client after the handshake."""

    def __init__(self, gateway: "Gateway", connection: "Connection", version: int) -> None:
        self.gateway = gateway
        self.connection = connection
        self.version = version
        self.client_id: int | None = None
        self.market_data_type = 1
        self.quotes: dict[int, QuoteSubscription] = {}
        self.bars: dict[int, BarSubscription] = {}
        self.real_time_bars: dict[int, BarSubscription] = {}
        self.books: dict[int, BookSubscription] = {}
        self.tick_streams: dict[int, TickSubscription] = {}
        self.scanners: dict[int, ScanSubscription] = {}
        self.wants_bulletins = False
        self.pnl: dict[int, PnlSubscription] = {}
        self.summaries: dict[int, AccountSubscription] = {}
        self.updates: AccountSubscription | None = None
        self.updates_multi: dict[int, AccountSubscription] = {}
        self.positions = False
        self.positions_multi: dict[int, str] = {}
        self.started_at = gateway.clock.now()
        self.delivery = Delivery(self)
        self.answering = ""
        """The request being answered; empty when something is told because it happened."""
        self.closed = False
        self.greeted = False
        self._pacer = Pacer(self)
        self.history_pacer = HistoryPacer()
        self._tasks: dict[int, asyncio.Task[None]] = {}

    # Talking -----------------------------------------------------------------------------------------------------

    @property
    def is_meddled_with(self) -> bool:
        """Whether faults look at what is sent, field by field."""
        return self.gateway.meddles_with_messages or self.delivery.is_holding

    def send(self, message: Message) -> None:
        """Send one message, unless a fault has it otherwise."""
        if self.gateway.meddles_with_messages or self.delivery.is_holding:  # as `is_meddled_with`, a call less
            self.delivery.send(message)
        else:
            self.connection.send(message)

    def send_encoded(self, payload: bytes) -> None:
        """Send one message that is encoded already; faults get to see its fields."""
        if self.is_meddled_with:
            number, *rest = split_fields(payload)
            self.delivery.send((int(number), *rest))
        else:
            self.connection.send_payload(payload)

    def send_all(self, payloads: list[bytes]) -> None:
        """Send messages that are encoded already."""
        if self.is_meddled_with:
            for payload in payloads:
                self.send_encoded(payload)
        elif payloads:
            self.connection.send_many(payloads, b"".join([frame(payload) for payload in payloads]))

    def error(self, req_id: int, code: int, text: str) -> None:
        """Send an error or information message."""
        self.send(replies.error(req_id, code, text, version=self.version))

    # Listening ---------------------------------------------------------------------------------------------------

    def receive(self, payload: bytes) -> None:
        """Take one message of the client. Whatever is wrong with it, the conversation goes on."""
        if self.gateway.turns.put_off(self, payload) or (self.closed and self.client_id is None):
            return
        self.gateway.stirred = True
        if self.gateway.enforces_pacing and not self._pacer.admits(payload):
            return
        self.work_off(payload)

    def work_off(self, payload: bytes) -> None:
        """Decode and handle one message."""
        fields = split_fields(payload)
        try:
            request = decode_request(fields, self.version)
        except UnknownRequest as unknown:
            self.error(-1, 320, f"Error reading request. Unknown message id {str(unknown)[:20]}")
            return
        except FieldError as wrong:
            self.error(_likely_id(fields), 320, f"Error reading request. Unable to parse data. {str(wrong)[:200]}")
            return
        if self.client_id is None and request.name != "start_api":
            self.error(-1, 321, "Error validating request.-'b0' : cause - the API has not been started")
            return
        if self.gateway.meddles_with_requests and meet(self, request):
            return
        self.take(request)

    def take(self, request: Request) -> None:
        """Carry out a request, now or when the link is back."""
        if not self.gateway.link_is_up and request.name in ORDER_REQUESTS:
            self.gateway.held.append((self, request))
            return
        self.perform(request)

    def perform(self, request: Request) -> None:
        """Answer a request; a refusal becomes an error message."""
        before, self.answering = self.answering, request.name
        try:
            HANDLERS[request.name](self, request)
        except BrokerError as refused:
            self.error(_id_of(request), refused.code, refused.text)
        except Exception:
            # One client's request must not end the exchange for all.
            log.exception("request %s of client %s failed", request.name, self.client_id)
            self.error(_id_of(request), 322, f"Error processing request.-'b0' : cause - {request.name} failed")
        finally:
            self.answering = before

    def refuse(self, request: Request, code: int, text: str) -> None:
        """Answer a request by an error."""
        self.error(_id_of(request), code, text)

    def greet_early(self) -> None:
        """Say what follows startApi before it has come."""
        system.greet(self, 0)
        self.greeted = True

    def start_task(self, req_id: int, work: Coroutine[Any, Any, None]) -> None:
        """Run a long answer beside the conversation."""
        self.cancel_task(req_id)
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[req_id] = task
        self.gateway.turns.begin()
        task.add_done_callback(lambda done: self._task_ended(req_id, done))

    @property
    def pending(self) -> int:
        """How many long answers are being worked on."""
        return len(self._tasks)

    def is_answering(self, req_id: int) -> bool:
        """Whether a long answer to a request is being worked on."""
        return req_id in self._tasks

    def answered(self, req_id: int) -> None:
        """A long answer is about to be sent: its number is free again."""
        self._tasks.pop(req_id, None)

    def cancel_task(self, req_id: int) -> bool:
        """Stop a long answer. Returns whether there was one."""
        task = self._tasks.pop(req_id, None)
        return task.cancel() if task is not None else False

    # Being told --------------------------------------------------------------------------------------------------

    def on_tick(self) -> None:
        """Time went on. Whoever is added here is asked in `next_due` too: a virtual clock passes over quiet slots."""
        quotes.on_tick(self)
        depth.on_tick(self)
        ticks.on_tick(self)
        history.on_tick(self)
        scanner.on_tick(self)
        accounts.on_tick(self)

    def next_due(self, now: datetime) -> datetime | None:
        """When `on_tick` can next have anything to say; `now` if at any moment, None if never."""
        earliest: datetime | None = None
        for part in (quotes, depth, ticks, history, scanner, accounts):
            moment = part.next_due(self, now)
            if moment is None:
                continue
            if moment <= now:
                return now
            earliest = moment if earliest is None else min(earliest, moment)
        return earliest

    def on_order_event(self, event: Event, owns: bool = True) -> None:
        """Something happened to one of this client's orders, or, if it `owns` it not, to one of another's."""
        orders.on_event(self, event, owns=owns)

    def on_position(self, event: PositionChanged) -> None:
        """Some account's position and cash changed."""
        accounts.on_position(self, event)

    def drop_market_data(self) -> None:
        """Lose all data subscriptions, as the link may."""
        self.quotes.clear()
        self.bars.clear()
        self.real_time_bars.clear()
        self.books.clear()
        self.tick_streams.clear()
        self.scanners.clear()

    def close(self) -> None:
        """The socket is gone."""
        self.closed = True
        self.gateway.on_session_closed(self)
        for task in list(self._tasks.values()):
            task.cancel()
        if self.client_id is not None and self.gateway.sessions.get(self.client_id) is self:
            del self.gateway.sessions[self.client_id]
        self.gateway.held = [row for row in self.gateway.held if row[0] is not self or row[1].name == "place_order"]

    def _task_ended(self, req_id: int, task: "asyncio.Task[None]") -> None:
        if self._tasks.get(req_id) is task:
            del self._tasks[req_id]
        try:
            self._tell_failure(req_id, task)
        finally:
            self.gateway.turns.end()

    def _tell_failure(self, req_id: int, task: "asyncio.Task[None]") -> None:
        if task.cancelled() or task.exception() is None:
            return
        failure = task.exception()
        if isinstance(failure, BrokerError):
            self.error(req_id, failure.code, failure.text)
        else:
            log.error("a long answer to client %s failed", self.client_id, exc_info=failure)
            self.error(req_id, 322, "Error processing request.-'b0' : cause - internal failure")


def _id_of(request: Request) -> int:
    for name in ("req_id", "order_id"):
        value = request.values.get(name)
        if isinstance(value, int):
            return value
    return -1


def _likely_id(fields: list[str]) -> int:
    """The request or order id of a message that could not be read, -1 if it cannot be told."""
    # Orders and requests without a version field have it first, all others second.
    position = (
        1 if (fields and fields[0] in {"3", "20"}) or (fields and fields[0].isdigit() and int(fields[0]) >= 78) else 2
    )
    if len(fields) > position and fields[position].isdigit():
        return int(fields[position])
    return -1
