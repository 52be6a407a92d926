"""The Gateway: one brokerage, the clients connected to it, and the faults between them."""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from tws_simulator.audience import MANUAL_CLIENT, audience
from tws_simulator.broker import MAX_OPEN_ORDERS, Broker
from tws_simulator.clock import Clock, SystemClock, VirtualClock, trading_day
from tws_simulator.events import (
    AccountNotice,
    CommissionReported,
    Event,
    ExecutionReported,
    OrderUpdated,
    PositionChanged,
)
from tws_simulator.exchange.calendar import calendar_named
from tws_simulator.exchange.catalogue import futures, instruments, options
from tws_simulator.exchange.instrument_book import InstrumentBook
from tws_simulator.exchange.market import Market
from tws_simulator.exchange.orders import Order
from tws_simulator.faults import FaultBoard, Parameters
from tws_simulator.faults.acts import act
from tws_simulator.faults.agenda import Agenda
from tws_simulator.faults.chaos import ChaosRunner
from tws_simulator.faults.timeline import Scripts
from tws_simulator.flex.service import FlexService
from tws_simulator.guard import Guard
from tws_simulator.ledger.accounts import Account
from tws_simulator.ledger.options import AccountOptions, LedgerRules
from tws_simulator.life_plan import LifePlan
from tws_simulator.lifecycle import Lifecycle
from tws_simulator.messages.versions import MAX_VERSION
from tws_simulator.missed import Missed
from tws_simulator.session.delivery import DELIVERY_FAULTS
from tws_simulator.session.news import Bulletin
from tws_simulator.session.order_errors import after_event
from tws_simulator.session.orders_met import ORDER_FAULTS
from tws_simulator.session.output import OUTPUT_FAULTS
from tws_simulator.session.requests_met import REQUEST_FAULTS
from tws_simulator.session.rights import DataRights
from tws_simulator.session.session import Session
from tws_simulator.session.tick_states import TickBoard
from tws_simulator.state import BrokerState, MemoryStore, Store
from tws_simulator.storage.journal import Journal, StateFileError, read_state
from tws_simulator.timekeeper import Timekeeper
from tws_simulator.turns import Turns
from tws_simulator.wire.log import MessageLog

log = logging.getLogger("tws_simulator")


class Door(Protocol):
    """A port that can be shut and opened again."""

    def shut(self) -> None:
        """Refuse connections."""

    def open(self) -> None:
        """Accept connections."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a simulator is set up. `starting_cash` in the base currency of each account."""

    seed: int = 1
    accounts: tuple[str, ...] = ("DU1234567",)
    calendar: str = "always"
    starting_cash: Decimal = Decimal(1_000_000)
    account_options: dict[str, AccountOptions] = field(default_factory=dict)
    """How an account begins that does not begin like all others, by number."""
    rules: LedgerRules = field(default_factory=LedgerRules)
    state_file: Path | None = None
    server_version: int = MAX_VERSION
    account_interval: float = 180.0
    """Seconds between account updates without a change, three minutes at IB."""
    master_client_id: int | None = None
    """The client that hears of the orders of all."""
    fill_model: str = "touch"
    """How resting orders are filled by what others trade: `touch`, `queue` or `mid`."""
    max_open_orders: int = MAX_OPEN_ORDERS
    """Working orders allowed per account, contract and side; 0 for any number."""
    start: datetime | None = None
    """When a virtual clock begins; None for the machine's clock."""
    speed: float = 1.0
    """Seconds of a virtual clock per real second."""
    paused: bool = False
    """Whether a virtual clock begins paused."""
    life: LifePlan = field(default_factory=LifePlan)
    """Restarts, resets and logins that happen by themselves."""

    def first_account(self, name: str) -> Account:
        """An account as it begins."""
        options = self.account_options.get(name) or AccountOptions(name)
        return options.account(self.starting_cash)

    def fresh_account(self, account: Account, cash: Decimal | None = None) -> Account:
        """An account set back to its beginning, with this cash in its base currency if any is given."""
        options = AccountOptions(account.name, account.base, {}, account.kind, account.plan)
        if cash is None:
            return (self.account_options.get(account.name) or options).account(self.starting_cash)
        return options.account(cash)


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
    silent: bool = False
    """Nobody is told anything of what happens at the broker now."""
    lingering: dict[int, datetime] = field(default_factory=dict)
    """Client ids that stay taken until a moment though their sockets are gone."""
    agenda: Agenda = field(default_factory=Agenda)
    scripts: Scripts = field(init=False)
    chaos: ChaosRunner = field(init=False)
    flex: FlexService = field(init=False)
    hold_next: Callable[[Order], None] | None = None
    """What a fault does to the next order that is acknowledged, before its owner hears of it."""
    errors_injected: set[tuple[int, str, int]] = field(default_factory=set)
    """Perm id, state and code of what was injected: an order reaches a state once, however often it is told."""
    _after: list[Callable[[], None]] = field(default_factory=list)
    meddles_with_messages: bool = False
    meddles_with_orders: bool = False
    meddles_with_requests: bool = False
    meddles_with_output: bool = False
    enforces_pacing: bool = False
    history_turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    data: DataRights = field(default_factory=DataRights)
    """Which market data clients may see, and how much of it at a time."""
    ticks: TickBoard = field(default_factory=TickBoard)
    bulletins: list[Bulletin] = field(default_factory=list)

    stirred: bool = False
    """Whether anybody asked for or changed anything since the last tick."""
    guard: Guard = field(default_factory=Guard)
    door: Door | None = None
    """The port clients connect to; none while the program runs without sockets."""
    turns: Turns = field(init=False)
    timekeeper: Timekeeper = field(init=False)
    lifecycle: Lifecycle = field(init=False)
    missed: Missed = field(default_factory=Missed)

    def __post_init__(self) -> None:
        self.faults.changed.append(self._note_faults)
        self.faults.knows_symbol = lambda symbol: self.broker.book.by_symbol(symbol) is not None
        self.scripts = Scripts(self)
        self.chaos = ChaosRunner(self)
        self.flex = FlexService(self)
        self.lifecycle = Lifecycle(self, self.settings.life)
        virtual = isinstance(self.clock, VirtualClock)
        self.turns = Turns(strict=virtual)
        self.timekeeper = Timekeeper(
            self, speed=self.settings.speed if virtual else 1.0, paused=virtual and self.settings.paused
        )

    @property
    def clock(self) -> Clock:
        """The clock everything runs by."""
        return self.broker.clock

    def now_epoch(self) -> int:
        """Seconds since the epoch."""
        return int(self.clock.now().timestamp())

    def tick(self) -> None:
        """Let time act on appointments and orders, then tell clients what they subscribed to."""
        now, due = self.clock.now(), self.agenda.next_at()
        self.stirred = self.lifecycle.tick(now)
        if due is not None and due <= now:
            self.stirred = True
            self.guard.run("an appointment", partial(self.agenda.run, now))
        self.guard.run("letting time act on orders", self.broker.tick)
        if self.link_is_up:
            for session in list(self.sessions.values()):
                self.guard.run("the updates of a client", session.on_tick)
        self.guard.run("writing the state", self.broker.store.commit)

    def on_event(self, event: Event) -> None:
        """Pass on what happened at the broker."""
        if self.silent:
            return
        if not self.link_is_up:
            self.missed.note(event)
        if isinstance(event, PositionChanged):
            if self.link_is_up:
                for session in list(self.sessions.values()):
                    self.guard.run("telling a client of a position", partial(session.on_position, event))
            return
        if isinstance(event, AccountNotice):
            self.broadcast_error(event.code, event.text)
            return
        perm_id, client_id, order_id = _owner(event)
        if self.mute_next:
            self.muted.add(perm_id)
        if self.hold_next is not None and isinstance(event, OrderUpdated):
            hold, self.hold_next = self.hold_next, None
            hold(event.order)
        if self.link_is_up and perm_id not in self.muted:
            for hearer in audience(event, client_id, order_id, self.settings.master_client_id):
                self._tell(hearer, event, owns=hearer == client_id)
        while self._after:
            self._after.pop(0)()
        if self.meddles_with_orders:
            after_event(self, event)

    def _tell(self, client_id: int, event: Event, *, owns: bool) -> None:
        session = self.sessions.get(client_id)
        if session is not None:
            self.guard.run("telling a client of an order", session.on_order_event, event, owns)

    def after_news(self, work: Callable[[], None]) -> None:
        """Do something once the event that is being told has been told."""
        self._after.append(work)

    def act(self, name: str, given: Parameters) -> None:
        """Do a one-time fault. Raises FaultError."""
        act(self, name, given)

    @contextmanager
    def silence(self, silent: bool = True) -> Iterator[None]:
        """Let things happen at the broker of which nobody is told."""
        before, self.silent = self.silent, silent
        try:
            yield
        finally:
            self.silent = before

    def on_session_closed(self, session: Session) -> None:
        """Remember the id of a client that lingers; without client 0 nobody binds manual orders as they come."""
        if session.client_id is None or self.sessions.get(session.client_id) is not session:
            return
        if session.client_id == MANUAL_CLIENT:
            self.broker.binding.automatic = False
        given = self.faults.use("lingering_client_id", session.client_id)
        if given is not None:
            self.lingering[session.client_id] = self.clock.now() + timedelta(seconds=given["seconds"])

    def is_lingering(self, client_id: int) -> bool:
        """Whether an id counts as taken though its client is gone."""
        until = self.lingering.get(client_id)
        return until is not None and self.clock.now() < until

    def clear_faults(self, name: str | None = None) -> None:
        """Switch one fault or all off, and let stalled connections go on."""
        self.errors_injected.clear()
        if name is None:
            self.faults.clear()
        else:
            self.faults.switch_off(name)
        self.resume_connections()

    def resume_connections(self) -> None:
        """Let connections that were stalled work off what waited, and messages go that were held back."""
        for session in self.chosen(None):
            session.delivery.release_all()
        for connection in list(self.connections):
            connection.resume()

    def hang_up(self) -> None:
        """Close every connection and forget its client."""
        for connection in list(self.connections):
            connection.end()
        for session in list(self.sessions.values()):
            session.close()
            session.connection.close()

    def reset(self, starting_cash: Decimal | None = None) -> None:
        """Begin again: no orders, fills, positions or faults. Counters go on, so no id is used twice."""
        self.clear_faults()
        self.link_is_up = True
        self.held.clear()
        self.chaos.stop()
        self.scripts.stop_all()
        self.agenda.clear()
        self.lifecycle.on_reset()
        self.lingering.clear()
        self.muted.clear()
        state = self.broker.state
        state.accounts = {
            name: self.settings.fresh_account(account, starting_cash) for name, account in state.accounts.items()
        }
        state.orders.clear()
        state.executions.clear()
        self.broker.market.reset()
        self.data = DataRights()
        self.bulletins.clear()
        self.broker.reload()
        self.broker.store.rewrite(state)

    def close(self) -> None:
        """Save what is to be saved."""
        self.broker.store.close()

    def broadcast_error(self, code: int, text: str, *, req_id: int = -1, client_id: int | None = None) -> None:
        """Send an error message to all clients, or one."""
        for session in self.chosen(client_id):
            session.error(req_id, code, text)

    def chosen(self, client_id: int | None) -> list[Session]:
        """The sessions of one client, or of all."""
        return [row for key, row in list(self.sessions.items()) if client_id is None or key == client_id]

    def _note_faults(self) -> None:
        """Keep at hand whether messages, requests and bytes can go straight through."""
        self.meddles_with_messages = self.faults.any_of(DELIVERY_FAULTS)
        self.meddles_with_orders = self.faults.any_of(ORDER_FAULTS)
        self.meddles_with_requests = self.faults.any_of(REQUEST_FAULTS)
        self.meddles_with_output = self.faults.any_of(OUTPUT_FAULTS)
        self.enforces_pacing = self.faults.has("enforce_pacing")
        self.stirred = True


def create_gateway(settings: Settings, clock: Clock | None = None) -> Gateway:
    """Build a Gateway, with the state of its file if there is one. Raises StateFileError, ValueError."""
    clock = clock or (VirtualClock(settings.start) if settings.start else SystemClock())
    calendar = calendar_named(settings.calendar)
    loaded = read_state(settings.state_file) if settings.state_file else None
    if loaded is not None and isinstance(clock, VirtualClock):
        _check_start(clock, loaded)
    state = loaded or _first_state(settings, clock)
    for name in settings.accounts:
        state.accounts.setdefault(name, settings.first_account(name))
    store: Store = Journal(settings.state_file, state) if settings.state_file else MemoryStore()
    listed = instruments()
    book = InstrumentBook(listed, futures(), options(listed), today=lambda: trading_day(clock.now()))
    broker = Broker(
        clock=clock,
        calendar=calendar,
        market=Market(settings.seed, calendar, book.get),
        book=book,
        state=state,
        store=store,
        seed=settings.seed,
        rules=settings.rules,
        max_open_orders=settings.max_open_orders,
        fill_model=settings.fill_model,
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


def _check_start(clock: VirtualClock, state: BrokerState) -> None:
    """A virtual clock must not begin before what a state file tells of. Raises StateFileError."""
    newest = max(
        (
            *(row.completed_at or row.created_at for row in state.orders.values()),
            *(row.at for row in state.executions),
        ),
        default=clock.now(),
    )
    if clock.now() < newest:
        raise StateFileError(f"the state file tells of {newest.isoformat()}: --start must not be before that")


def _first_state(settings: Settings, clock: Clock) -> BrokerState:
    """An empty state whose ids differ from those of other runs, but not for the same seed and starting time."""
    epoch = int(clock.now().timestamp() * 1000)
    digest = hashlib.blake2b(f"{settings.seed} {epoch}".encode(), digest_size=4).digest()
    first = 100_000_000 + int.from_bytes(digest, "big") % 1_800_000_000
    return BrokerState(accounts={}, epoch=epoch, last_perm_id=first)


def _owner(event: Event) -> tuple[int, int, int]:
    """Perm id, client id and order id of what an event is about."""
    if isinstance(event, (ExecutionReported, CommissionReported)):
        return event.execution.perm_id, event.execution.client_id, event.execution.order_id
    assert not isinstance(event, (PositionChanged, AccountNotice))
    order: Order = event.order
    return order.perm_id, order.client_id, order.order_id
