"""The words of an order: side, type, time in force, status, and the ticket a user fills in."""

from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class OrderSide(StrEnum):
    """BUY or SELL; a short sale is a SELL that takes the position below zero."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        """+1 for BUY, -1 for SELL: how a fill moves the position."""
        return 1 if self is OrderSide.BUY else -1


class OrderType(StrEnum):
    """Order types the desk accepts, spelled as IB spells them."""

    MKT = "MKT"
    LMT = "LMT"
    STP = "STP"
    STP_LMT = "STP LMT"
    TRAIL = "TRAIL"
    TRAIL_LIMIT = "TRAIL LIMIT"
    MIT = "MIT"
    LIT = "LIT"
    MOC = "MOC"
    LOC = "LOC"
    REL = "REL"
    MIDPRICE = "MIDPRICE"

    @property
    def is_trailing(self) -> bool:
        """Whether IB moves its stop along with the market."""
        return self in (OrderType.TRAIL, OrderType.TRAIL_LIMIT)


TRAILING = frozenset(each for each in OrderType if each.is_trailing)


class TimeInForce(StrEnum):
    """How long an order stays alive."""

    DAY = "DAY"
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    GTD = "GTD"
    OPG = "OPG"


class OrderStatus(StrEnum):
    """Where an order stands, derived from recorded events alone.

    `UNKNOWN` means that IB has not told us and we do not guess. `SUSPENDED` is IB's Inactive when it may
    come back. `REJECTED` means IB (or our deadline, before anything was sent) said no.
    """

    PENDING_SUBMIT = "pending_submit"
    WORKING = "working"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    PENDING_REPLACE = "pending_replace"
    PENDING_CANCEL = "pending_cancel"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    SUSPENDED = "suspended"

    @property
    def is_terminal(self) -> bool:
        """Whether only fresh evidence (a late fill, a bust) can still change the order."""
        return self in TERMINAL


TERMINAL = frozenset({OrderStatus.FILLED, OrderStatus.CANCELLED, OrderStatus.REJECTED, OrderStatus.EXPIRED})
OPEN = frozenset(OrderStatus) - TERMINAL


class OrderOrigin(StrEnum):
    """Who brought the order into being."""

    DESK = "desk"
    EXTERNAL = "external"
    LIQUIDATION = "liquidation"


class SettledBy(StrEnum):
    """On whose word an order ended."""

    EVIDENCE = ""
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an order says beside its type and size; None is what it does not have. Prices in the instrument's currency.

    `stop_price` sets the order off: a stop, or the trigger of MIT and LIT. Of a trailing order it is where the stop
    starts, and later where IB said that it stood. `limit_offset` is how far the limit of a TRAIL LIMIT stands beyond
    its stop, `offset_amount` how far a REL order betters its side of the quote.
    """

    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trailing_amount: Decimal | None = None
    trailing_percent: Decimal | None = None
    limit_offset: Decimal | None = None
    offset_amount: Decimal | None = None
    good_till_date: datetime | None = None


TERM_NAMES = tuple(term.name for term in fields(Terms))
PRICE_NAMES = tuple(name for name in TERM_NAMES if name != "good_till_date")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTicket(Terms):
    """What a user asks for. Quantities in units of the instrument."""

    side: OrderSide
    quantity: Decimal
    order_type: OrderType
    time_in_force: TimeInForce = TimeInForce.DAY
    outside_rth: bool = False


# A buyer pays at most the limit, and touches from above; everywhere else the market can make it dearer.
_CAPPED_FOR_BUYERS = frozenset(
    {
        OrderType.LMT,
        OrderType.STP_LMT,
        OrderType.TRAIL_LIMIT,
        OrderType.LIT,
        OrderType.LOC,
        OrderType.REL,
        OrderType.MIDPRICE,
        OrderType.MIT,
    }
)


def is_capped(side: OrderSide, order_type: str, terms: Terms) -> bool:
    """Whether the order's own price is the most that it can cost."""
    return (
        side is OrderSide.BUY and order_type in _CAPPED_FOR_BUYERS and _own_price(side, order_type, terms) is not None
    )


def price_of(side: OrderSide, order_type: str, terms: Terms, market: Decimal | None) -> Decimal | None:
    """The price an order is valued at; None when only the market could tell and does not.

    Its own price where that is a cap. Elsewhere the dearer of its own price and the market, so that nobody makes an
    order look small by a price that it will not be filled at: a seller's limit is a floor, a trigger may be touched.
    """
    own = _own_price(side, order_type, terms)
    if own is not None:
        return own if market is None or is_capped(side, order_type, terms) else max(own, market)
    if market is None or side is not OrderSide.BUY or order_type not in (OrderType.TRAIL, OrderType.TRAIL_LIMIT):
        return market
    trail = terms.trailing_amount or market * (terms.trailing_percent or ZERO) / 100
    return market + trail + (terms.limit_offset or ZERO)


def _own_price(side: OrderSide, order_type: str, terms: Terms) -> Decimal | None:
    """Its limit, else its stop; of a TRAIL LIMIT the limit is as far beyond the stop as its offset says."""
    if order_type == OrderType.TRAIL_LIMIT and terms.stop_price is not None and side is OrderSide.BUY:
        return terms.stop_price + (terms.limit_offset or ZERO)
    return terms.limit_price or terms.stop_price


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One execution that counts: the highest revision seen of one execution root."""

    exec_root: str
    revision: int
    quantity: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderState(Terms):
    """Everything about an order that events may change."""

    status: OrderStatus
    quantity: Decimal
    outside_rth: bool = False
    executions: tuple[Execution, ...] = field(default=())
    reject_code: str = ""
    reject_reason: str = ""
    settled_by: SettledBy = SettledBy.EVIDENCE

    @property
    def is_attested(self) -> bool:
        """Whether it ended on a person's word, which any evidence of IB outranks."""
        return self.settled_by is SettledBy.PERSON

    @property
    def filled_quantity(self) -> Decimal:
        """Sum of the executions that count; may exceed `quantity` (IB can overfill)."""
        return sum((e.quantity for e in self.executions), ZERO)

    @property
    def leaves_quantity(self) -> Decimal:
        """What is still to be filled, never below zero."""
        return max(self.quantity - self.filled_quantity, ZERO)

    @property
    def average_fill_price(self) -> Decimal | None:
        """Quantity-weighted price of the executions that count, without commission; None before the first."""
        filled = self.filled_quantity
        if filled == 0:
            return None
        return sum((e.quantity * e.price for e in self.executions), ZERO) / filled

    def moved(self, status: OrderStatus) -> "OrderState":
        """The same order in another status."""
        return replace(self, status=status)
