"""The last stretch to a client: where faults lose, double, change, delay and reorder messages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tws_simulator.exchange.orders import Order
from tws_simulator.faults.table_messages import MESSAGES
from tws_simulator.faults.table_requests import REQUESTS
from tws_simulator.messages import positions
from tws_simulator.messages.replies import Message
from tws_simulator.session.rules import RULES, Rule

if TYPE_CHECKING:
    from tws_simulator.session.session import Session

DELIVERY_FAULTS = frozenset(rule.name for rule in RULES)
assert set(MESSAGES) <= DELIVERY_FAULTS
assert {*MESSAGES, *REQUESTS} >= DELIVERY_FAULTS


@dataclass(slots=True, eq=False)
class Held:
    """A message that waits until another one has passed."""

    message: Message
    until: Callable[[Message], bool]
    before: bool = False
    """Whether it leaves just before the one it waited for."""
    released: bool = field(default=False)


class Delivery:
    """Sends one session's messages, as the faults that are on want it."""

    def __init__(self, session: "Session") -> None:
        self.session = session
        self._held: list[Held] = []

    def send(self, message: Message) -> None:
        """Pass one message on."""
        faults = self.session.gateway.faults
        batch = [message]
        for rule in RULES:
            if faults.has(rule.name):
                batch = [out for row in batch for out in self._apply(rule, row)]
        for out in batch:
            self.emit(out)

    def hold(
        self, message: Message, until: Callable[[Message], bool], *, seconds: float | None, before: bool = False
    ) -> None:
        """Keep a message until another passes that fits, or so many seconds are over."""
        held = Held(message, until, before)
        self._held.append(held)
        if seconds is not None:
            self.after(seconds, lambda: self._release(held))

    def after(self, seconds: float, work: Callable[[], None]) -> None:
        """Do something later, unless the client has left."""
        if not seconds:
            work()
            return
        gateway = self.session.gateway
        gateway.agenda.at(
            gateway.clock.now() + timedelta(seconds=seconds), lambda: None if self.session.closed else work()
        )

    @property
    def is_holding(self) -> bool:
        """Whether a message is waiting."""
        return bool(self._held)

    def is_held(self, fits: Callable[[Message], bool]) -> bool:
        """Whether a message that fits is waiting."""
        return any(fits(row.message) for row in self._held)

    def emit(self, message: Message) -> None:
        """Send a message, and what waited for it."""
        ready = [row for row in self._held if row.until(message)]
        for row in [row for row in ready if row.before]:
            self._release(row)
        self.session.connection.send(message)
        for row in [row for row in ready if not row.before]:
            self._release(row)

    def release_all(self) -> None:
        """Let everything that waits go, in the order in which it came."""
        for row in list(self._held):
            self._release(row)

    def facts(self, message: Message) -> dict[str, Any]:
        """Which order a message is about: order id, reference and symbol."""
        order = self.order(message)
        if order is None:
            return {}
        instrument = self.session.gateway.broker.instrument(order.con_id)
        return {"order_id": order.order_id, "order_ref": order.ticket.order_ref, "symbol": instrument.symbol}

    def order(self, message: Message) -> Order | None:
        """The order a message is about, as it stands at the broker."""
        broker = self.session.gateway.broker
        if message[0] == positions.COMMISSION:
            rows = (row for row in reversed(broker.state.executions) if row.exec_id == message[positions.REPORT_EXEC])
            execution = next(rows, None)
            return broker.state.orders.get(execution.perm_id) if execution else None
        perm_id = positions.perm_id(message)
        if perm_id is not None:
            return broker.state.orders.get(perm_id)
        number = positions.order_id(message)
        return broker.find(self.session.client_id or 0, number) if number is not None else None

    def _apply(self, rule: Rule, message: Message) -> list[Message]:
        if rule.kinds is not None and message[0] not in rule.kinds:
            return [message]
        faults = self.session.gateway.faults
        facts = self.facts(message) if faults.narrowed(rule.name) else {}
        batch = [message]
        for parameters in faults.take_all(
            rule.name, lambda given: rule.wants(self, given, message), self.session.client_id, **facts
        ):
            batch = [out for row in batch for out in rule.work(self, parameters, row)]
        return batch

    def _release(self, held: Held) -> None:
        if held.released:
            return
        held.released = True
        self._held.remove(held)
        self.emit(held.message)
