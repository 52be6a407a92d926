"""The Gateway: one brokerage, the clients connected to it, and the faults between them."""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tws_simulator.broker import Broker
from tws_simulator.clock import Clock, SystemClock
from tws_simulator.events import CommissionReported, Event, ExecutionReported, PositionChanged
from tws_simulator.exchange.calendar import calendar_named
from tws_simulator.exchange.catalogue import instruments
from tws_simulator.exchange.instruments import InstrumentBook
from tws_simulator.exchange.market import Market
from tws_simulator.exchange.orders import Order
from tws_simulator.faults import ACTIONS, FaultBoard, FaultError, Parameters, checked
from tws_simulator.ledger.accounts import Account
from tws_simulator.messages.versions import MAX_VERSION
from tws_simulator.session.notices import FARMS_DOWN, FARMS_UP, LINK_DOWN, LINK_UP_KEPT, LINK_UP_LOST
from tws_simulator.session.session import Session
from tws_simulator.state import BrokerState, MemoryStore, Store
from tws_simulator.storage.journal import Journal, read_state
from tws_simulator.wire.log import MessageLog

log = logging.getLogger("tws_simulator")


@dataclass(frozen=True, slots=True)
class Settings:
    """How a simulator is set up. `starting_cash` in USD for each account."""

    seed: int = 1
    accounts: tuple[str, ...] = ("DU1234567",)
    calendar: str = "always"
    starting_cash: Decimal = Decimal(1_000_000)
    state_file: Path | None = None
    server_version: int = MAX_VERSION
    account_interval: float = 180.0
    """Seconds between account updates without a change, three minutes at IB."""


@dataclass(slots=True)
class Gateway:
    """Everything behind the ports."""

    settings: Settings
    broker: Broker
    faults: FaultBoard = field(default_factory=FaultBoard)
    log: MessageLog = field(default_factory=MessageLog)
    sessions: dict[int, Session] = field(default_factory=dict)
    connections: set[Any] = field(default_factory=set)
    link_is_up: bool = True
    held: list[tuple[Session, Any]] = field(default_factory=list)
    muted: set[int] = field(default_factory=set)
    """Perm ids of orders whose owner is told nothing."""
    mute_next: bool = False
    history_turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def clock(self) -> Clock:
        """The clock everything runs by."""
        return self.broker.clock

    def now_epoch(self) -> int:
        """Seconds since the epoch."""
        return int(self.clock.now().timestamp())

    def tick(self) -> None:
        """Let time act on orders, then tell clients what they subscribed to."""
        self.broker.tick()
        if self.link_is_up:
            for session in list(self.sessions.values()):
                session.on_tick()
        self.broker.store.commit()

    def on_event(self, event: Event) -> None:
        """Pass on what happened at the broker."""
        if isinstance(event, PositionChanged):
            if self.link_is_up:
                for session in list(self.sessions.values()):
                    session.on_position(event)
            return
        perm_id, client_id = _owner(event)
        if self.mute_next:
            self.muted.add(perm_id)
        owner = self.sessions.get(client_id)
        if owner is not None and self.link_is_up and perm_id not in self.muted:
            owner.on_order_event(event)

    def act(self, name: str, given: Parameters) -> None:
        """Do a one-time fault. Raises FaultError."""
        spec = ACTIONS.get(name)
        if spec is None:
            raise FaultError(f"no fault named {name!r}")
        parameters = checked(spec, given, name)
        getattr(self, f"_act_{name}")(**parameters)

    def clear_faults(self, name: str | None = None) -> None:
        """Switch one fault or all off, and let stalled connections go on."""
        if name is None:
            self.faults.clear()
        else:
            self.faults.switch_off(name)
        self.resume_connections()

    def resume_connections(self) -> None:
        """Let connections that were stalled work off what waited."""
        for connection in list(self.connections):
            connection.resume()

    def reset(self, starting_cash: Decimal | None = None) -> None:
        """Begin again: no orders, fills, positions or faults. Counters go on, so no id is used twice."""
        self.clear_faults()
        self.link_is_up = True
        self.held.clear()
        self.muted.clear()
        state = self.broker.state
        cash = starting_cash if starting_cash is not None else self.settings.starting_cash
        state.accounts = {name: Account(name, cash) for name in state.accounts}
        state.orders.clear()
        state.executions.clear()
        self.broker.market.reset()
        self.broker.reload()
        self.broker.store.rewrite(state)

    def close(self) -> None:
        """Save what is to be saved."""
        self.broker.store.close()

    def broadcast_error(self, code: int, text: str, *, req_id: int = -1, client_id: int | None = None) -> None:
        """Send an error message to all clients, or one."""
        for session in self._chosen(client_id):
            session.error(req_id, code, text)

    def _chosen(self, client_id: int | None) -> Iterable[Session]:
        return [row for key, row in list(self.sessions.items()) if client_id is None or key == client_id]

    def _act_drop_connections(self, client_id: int | None) -> None:
        for connection in list(self.connections):
            if client_id is None or connection.client_id == client_id:
                connection.abort()

    def _act_link_down(self) -> None:
        self.broadcast_error(*LINK_DOWN)
        self.link_is_up = False

    def _act_link_up(self, data_lost: bool, discard_held: bool) -> None:
        self.link_is_up = True
        for session in self._chosen(None):
            if data_lost:
                session.drop_market_data()
            session.error(-1, *(LINK_UP_LOST if data_lost else LINK_UP_KEPT))
        held, self.held = self.held, []
        if not discard_held:
            for session, request in held:
                session.perform(request)

    def _act_farms_down(self) -> None:
        for code, text in FARMS_DOWN:
            self.broadcast_error(code, text)

    def _act_farms_up(self) -> None:
        for code, text in FARMS_UP:
            self.broadcast_error(code, text)

    def _act_error(self, code: int, text: str, id: int, client_id: int | None) -> None:
        self.broadcast_error(code, text, req_id=id, client_id=client_id)

    def _act_roll_back_order_ids(self, client_id: int, by: int) -> None:
        state = self.broker.state
        state.next_order_ids[client_id] = max(1, self.broker.next_order_id(client_id) - by)
        self.broker.forget_order_ids(client_id, state.next_order_ids[client_id])


def create_gateway(settings: Settings, clock: Clock | None = None) -> Gateway:
    """Build a Gateway, with the state of its file if there is one. Raises StateFileError, ValueError."""
    clock = clock or SystemClock()
    calendar = calendar_named(settings.calendar)
    loaded = read_state(settings.state_file) if settings.state_file else None
    state = loaded or _first_state(settings, clock)
    for name in settings.accounts:
        state.accounts.setdefault(name, Account(name, settings.starting_cash))
    store: Store = Journal(settings.state_file, state) if settings.state_file else MemoryStore()
    broker = Broker(
        clock=clock,
        calendar=calendar,
        market=Market(settings.seed, calendar),
        book=InstrumentBook(instruments()),
        state=state,
        store=store,
        seed=settings.seed,
    )
    gateway = Gateway(settings, broker)
    broker.commission_delay = gateway_commission_delay(gateway)
    broker.listeners.append(gateway.on_event)
    return gateway


def gateway_commission_delay(gateway: Gateway) -> Callable[[int], timedelta | None]:
    """How long a client's commission reports take under the faults that are on."""

    def delay(client_id: int) -> timedelta | None:
        if gateway.faults.use("no_commission", client_id) is not None:
            return None
        late = gateway.faults.use("late_commission", client_id)
        return timedelta(seconds=late["seconds"]) if late else timedelta(0)

    return delay


def _first_state(settings: Settings, clock: Clock) -> BrokerState:
    """An empty state whose ids differ from those of other runs, but not for the same seed and starting time."""
    epoch = int(clock.now().timestamp() * 1000)
    digest = hashlib.blake2b(f"{settings.seed} {epoch}".encode(), digest_size=4).digest()
    first = 100_000_000 + int.from_bytes(digest, "big") % 1_800_000_000
    return BrokerState(accounts={}, epoch=epoch, last_perm_id=first)


def _owner(event: Event) -> tuple[int, int]:
    if isinstance(event, (ExecutionReported, CommissionReported)):
        return event.execution.perm_id, event.execution.client_id
    assert not isinstance(event, PositionChanged)
    order: Order = event.order
    return order.perm_id, order.client_id
