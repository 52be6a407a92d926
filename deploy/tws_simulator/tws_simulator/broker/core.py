"""What all parts of the brokerage share: its state, the indexes over it, and how it speaks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

from tws_simulator.clock import Clock, trading_day
from tws_simulator.events import Event
from tws_simulator.exchange.calendar import Calendar
from tws_simulator.exchange.instrument_book import InstrumentBook
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Market, Quote
from tws_simulator.exchange.open_hours import OpenHours
from tws_simulator.exchange.orders import Execution, Order, OrderStatus
from tws_simulator.ledger.accounts import Account
from tws_simulator.ledger.ledger import Ledger
from tws_simulator.ledger.margin import Balances
from tws_simulator.ledger.options import LedgerRules
from tws_simulator.model import ZERO
from tws_simulator.state import BrokerState, Store

CANCEL_TEXT = "Order Canceled - reason:"
MAX_OPEN_ORDERS = 20


def default_commission_delay(_client_id: int) -> timedelta | None:
    """Commissions are reported at once."""
    return timedelta(0)


@dataclass
class Core:
    """State, market and accounts of one brokerage, and what can be read from them."""

    clock: Clock
    calendar: Calendar
    market: Market
    book: InstrumentBook
    state: BrokerState
    store: Store
    seed: int
    commission_delay: Callable[[int], timedelta | None] = default_commission_delay
    """Time from a client's fill to its commission report; None means it never comes."""
    rules: LedgerRules = field(default_factory=LedgerRules)
    listeners: list[Callable[[Event], None]] = field(default_factory=list)
    max_open_orders: int = MAX_OPEN_ORDERS
    """Working orders allowed per account, contract and side; 0 for any number."""
    by_client: dict[tuple[int, int], int] = field(default_factory=dict, repr=False)
    """Perm ids by client id and order id."""
    open: dict[int, Order] = field(default_factory=dict, repr=False)
    """Orders that can still trade, by perm id, oldest first."""
    by_instrument: dict[int, dict[int, Order]] = field(default_factory=dict, repr=False)
    """The same orders by contract id."""
    groups: dict[tuple[str, str], dict[int, Order]] = field(default_factory=dict, repr=False)
    """The same orders by account and OCA group."""
    children: dict[int, dict[int, Order]] = field(default_factory=dict, repr=False)
    """The same orders by the perm id of the order they are attached to."""
    last_priority: int = 0
    when_complete: list[Callable[[Order], None]] = field(default_factory=list, repr=False)
    """Called when an order is done, before anybody is told."""
    when_ended: list[Callable[[Order], None]] = field(default_factory=list, repr=False)
    """Called when an order has ended otherwise than by its last fill, and this has been told."""
    when_pass_ended: list[Callable[[], None]] = field(default_factory=list, repr=False)
    """Called when the orders at work have all had their turn."""
    ledger: Ledger = field(init=False)
    hours: OpenHours = field(init=False, repr=False)

    def index(self) -> None:
        """Rebuild the indexes from the state."""
        self.hours = OpenHours(self.calendar)
        self.ledger = Ledger(
            self.state.accounts,
            instruments=self.book,
            quote=self.quote,
            now=self.clock.now,
            open_orders=lambda: self.open.values(),
            executions=lambda: self.state.executions,
            rules=self.rules,
        )
        # What was not transmitted does not survive.
        for perm_id in [key for key, row in self.state.orders.items() if row.status is OrderStatus.API_PENDING]:
            del self.state.orders[perm_id]
        self.by_client = {(row.client_id, row.order_id): row.perm_id for row in self.state.orders.values()}
        self.open = {}
        self.by_instrument = {}
        self.groups = {}
        self.children = {}
        self.last_priority = max((row.priority for row in self.state.orders.values()), default=0)
        for _, order in sorted(self.state.orders.items()):
            if not order.is_done:
                self.list_open(order)

    # Reading ---------------------------------------------------------------------------------------------------

    @property
    def accounts(self) -> list[str]:
        """Account numbers in order."""
        return list(self.state.accounts)

    def instrument(self, con_id: int) -> Instrument:
        """A known instrument."""
        found = self.book.listed.get(con_id) or self.book.get(con_id)
        assert found is not None, con_id
        return found

    def quote(self, con_id: int) -> Quote:
        """The quote now."""
        return self.market.quote(self.book.listed.get(con_id) or self.instrument(con_id), self.clock.now())

    def mark(self, con_id: int) -> Decimal:
        """The mark price now."""
        return self.quote(con_id).mark

    def calendar_of(self, con_id: int) -> Calendar:
        """The trading hours of an instrument."""
        return self.calendar.of(self.instrument(con_id).hours)

    def account(self, name: str) -> Account:
        """An account by number; empty means the only one. Raises BrokerError 321 when there is none or several."""
        return self.ledger.account(name)

    def balances(self, name: str) -> Balances:
        """Balances of an account at market prices now."""
        return self.ledger.balances(name)

    def find(self, client_id: int, order_id: int) -> Order | None:
        """A client's order by its own number; 0 is none."""
        if order_id == 0:
            return None
        perm_id = self.by_client.get((client_id, order_id))
        return self.state.orders.get(perm_id) if perm_id is not None else None

    def open_orders(self, client_id: int | None = None) -> list[Order]:
        """Orders that can still trade, of one client or of all, oldest first."""
        return [row for row in self.open.values() if client_id is None or row.client_id == client_id]

    def completed_orders(self) -> list[Order]:
        """Orders of this trading day that are done, oldest first."""
        today = trading_day(self.clock.now())
        return [
            row
            for row in self.state.orders.values()
            if row.is_done and row.completed_at is not None and trading_day(row.completed_at) == today
        ]

    def executions_today(self) -> list[Execution]:
        """Fills since midnight in New York, as a Gateway keeps them: of corrected ones the last revision."""
        today = trading_day(self.clock.now())
        return [row for row in self.state.executions if not row.replaced_by and trading_day(row.at) == today]

    def next_order_id(self, client_id: int) -> int:
        """The first order number this client has not used."""
        return self.state.next_order_ids.get(client_id, 1)

    def may_trade(self, order: Order, now: datetime) -> bool:
        """Whether the market of an order is open to it."""
        if order.con_id in self.market.halted:
            return False
        schedule = self.instrument(order.con_id).hours
        return self.hours.next_trading(schedule, now, regular=not order.ticket.outside_rth) <= now

    def parent_of(self, order: Order) -> Order | None:
        """The order this one is attached to, also if it is done."""
        return self.state.orders.get(order.parent_perm_id) if order.parent_perm_id else None

    def children_of(self, parent: Order) -> list[Order]:
        """The open orders attached to this one, oldest first."""
        return list(self.children.get(parent.perm_id, {}).values())

    def allowance(self, order: Order) -> Decimal:
        """How much an order may trade now: a child no more than the share of its parent that is filled."""
        parent = self.parent_of(order)
        if parent is None or parent.is_done:
            return order.remaining
        return max(self.share_of(order, parent) - order.filled, ZERO)

    @staticmethod
    def share_of(child: Order, parent: Order) -> Decimal:
        """As much of a child as belongs to the filled part of its parent, less what its group took off it."""
        whole = child.ticket.quantity + child.reduced
        share = (whole * parent.filled / parent.ticket.quantity).to_integral_value(ROUND_FLOOR)
        return max(share - child.reduced, ZERO)

    # Writing ---------------------------------------------------------------------------------------------------

    def keep(self, order: Order) -> None:
        """Take a new order into the state."""
        self.state.orders[order.perm_id] = order
        self.by_client[(order.client_id, order.order_id)] = order.perm_id

    def list_open(self, order: Order) -> None:
        """Count an order among those that can trade."""
        self.open[order.perm_id] = order
        self.by_instrument.setdefault(order.con_id, {})[order.perm_id] = order
        if order.parent_perm_id:
            self.children.setdefault(order.parent_perm_id, {})[order.perm_id] = order
        self.join_group(order)

    def join_group(self, order: Order) -> None:
        """Count an order in its OCA group, if it has one."""
        if order.group:
            self.groups.setdefault((order.ticket.account, order.group), {})[order.perm_id] = order

    def next_priority(self) -> int:
        """The place behind all orders so far."""
        self.last_priority += 1
        return self.last_priority

    def complete(self, order: Order, status: OrderStatus, text: str) -> None:
        """Let an order be done. Nobody is told."""
        order.status = status
        order.why_held = ""
        order.completed_at = self.clock.now()
        order.completed_status = text
        self.unlist(order)
        self.store.order(order)

    def unlist(self, order: Order) -> None:
        """Count an order no longer among those that can trade."""
        self.open.pop(order.perm_id, None)
        self.by_instrument.get(order.con_id, {}).pop(order.perm_id, None)
        siblings = self.children.get(order.parent_perm_id)
        if siblings is not None:
            siblings.pop(order.perm_id, None)
            if not siblings:
                del self.children[order.parent_perm_id]
        group = self.groups.get((order.ticket.account, order.group))
        if group is not None:
            group.pop(order.perm_id, None)
            if not group:
                del self.groups[(order.ticket.account, order.group)]
        for call in self.when_complete:
            call(order)

    def ended(self, order: Order) -> None:
        """Say to the other parts that an order has ended unfilled or partly filled."""
        for call in self.when_ended:
            call(order)

    def pass_ended(self) -> None:
        """Say to the other parts that the orders at work have all had their turn."""
        for call in self.when_pass_ended:
            call()

    def tell(self, event: Event) -> None:
        """Tell all listeners."""
        for listener in self.listeners:
            listener(event)
