"""The orders of one instrument as the exchange works on them."""

from dataclasses import dataclass, field
from decimal import Decimal

from tws_simulator.exchange.book import Book
from tws_simulator.exchange.market import Quote
from tws_simulator.exchange.orders import Order
from tws_simulator.model import ZERO


@dataclass(frozen=True, slots=True)
class Phase:
    """Which trading goes on in an instrument."""

    regular: bool
    extended: bool

    def admits(self, order: Order) -> bool:
        """Whether an order may trade in it."""
        return self.regular or (self.extended and order.ticket.outside_rth)


@dataclass(frozen=True, slots=True)
class Taken:
    """What has been taken of one showing, by price."""

    showing: tuple[int, int]
    by_buyers: dict[Decimal, Decimal]
    by_sellers: dict[Decimal, Decimal]


@dataclass(slots=True)
class Lane:
    """Active orders are in the book, the others wait for something. All by perm id."""

    book: Book = field(default_factory=Book)
    active: dict[int, Order] = field(default_factory=dict)
    waiting: dict[int, Order] = field(default_factory=dict)
    floating: dict[int, Order] = field(default_factory=dict)
    """Active orders whose price follows the quote."""
    reaching: set[int] = field(default_factory=set)
    """Active orders that take at better than the price they stand at, by a discretionary amount."""
    cancelling: set[int] = field(default_factory=set)
    """Active orders that cancel themselves under conditions."""
    patient: bool = True
    """Whether nothing can happen here until the quote moves."""
    seen: tuple[Quote, Phase] | None = None
    """The market at the last look."""
    taken_key: tuple[int, int] = (-1, -1)
    taken: dict[bool, dict[Decimal, Decimal]] = field(default_factory=lambda: {True: {}, False: {}})
    """What has been taken of the shown sizes, by the side that took and price; `taken_key` names the showing."""
    trade_slot: int = -1
    trade_left: Decimal = ZERO
    """What is left of the trade of others in a slot."""

    def stand(self, order: Order, price: Decimal | None) -> None:
        """Let an order stand in the book at a price."""
        self.waiting.pop(order.perm_id, None)
        self.active[order.perm_id] = order
        if order.ticket.discretionary_amount:
            self.reaching.add(order.perm_id)
        if order.ticket.conditions_cancel:
            self.cancelling.add(order.perm_id)
        self.book.put(order.perm_id, is_buy=order.ticket.is_buy, price=price, priority=order.priority)

    def wait(self, order: Order) -> None:
        """Keep an order that is not active."""
        self.remove(order)
        self.waiting[order.perm_id] = order
        self.patient = False

    def remove(self, order: Order) -> None:
        """Forget an order."""
        self.book.take_out(order.perm_id)
        self.active.pop(order.perm_id, None)
        self.waiting.pop(order.perm_id, None)
        self.floating.pop(order.perm_id, None)
        self.reaching.discard(order.perm_id)
        self.cancelling.discard(order.perm_id)

    def already_taken(self, key: tuple[int, int]) -> dict[bool, dict[Decimal, Decimal]]:
        """What has been taken of this showing."""
        if self.taken_key != key:
            self.taken_key = key
            self.taken = {True: {}, False: {}}
        return self.taken
