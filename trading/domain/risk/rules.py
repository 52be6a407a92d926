"""Pre-trade checks: pure rules that look at one order and say what it breaks.

Every rule returns at most one breach; `check_order` runs them all in the order below, so that the first
breach is the one a client is told and all of them are recorded.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trading.domain.orders import ZERO, OrderSide, OrderTicket, TimeInForce, price_of

RULES_VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an account may do. None means no limit; amounts in the account's base currency."""

    max_order_quantity: Decimal | None = None
    max_order_notional: Decimal | None = None
    max_position_quantity: Decimal | None = None
    allowed_symbols: frozenset[str] = frozenset()
    blocked_symbols: frozenset[str] = frozenset()
    trading_halted: bool = False
    halt_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the rules may know besides the ticket.

    `position` is signed; `working_buys` and `working_sells` are the leaves of other open orders in the same
    instrument, both positive. `reference_price` is a fresh price per unit, None when there is none; `price_doubt`
    then says why: a stale price is never used.
    `available_funds` is IB's figure less what open orders have reserved since.
    """

    symbol: str
    min_tick: Decimal
    multiplier: Decimal
    position: Decimal
    working_buys: Decimal
    working_sells: Decimal
    reference_price: Decimal | None
    available_funds: Decimal | None
    initial_margin_rate: Decimal
    is_session_open: bool | None
    opens_at: datetime | None = None
    price_doubt: str = ""

    def no_price(self) -> str:
        """What is missing, and why."""
        return f"a fresh price for {self.symbol}" + (f" ({self.price_doubt})" if self.price_doubt else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One rule that said no: its name, the error code, the sentence for a person, the numbers that decided."""

    rule: str
    code: str
    message: str
    numbers: dict[str, str | None]


def _plain(number: Decimal) -> str:
    """A number as a person writes it: database columns carry zeros that mean nothing."""
    return f"{number.normalize():f}" if number else "0"


Rule = Callable[[OrderTicket, Limits, Surroundings], Breach | None]


def check_order(ticket: OrderTicket, limits: Limits, around: Surroundings) -> list[Breach]:
    """All breaches of `ticket`, worst kind first; an empty list means it may go."""
    return [breach for rule in RULES if (breach := rule(ticket, limits, around)) is not None]


def working_price(ticket: OrderTicket, around: Surroundings) -> Decimal | None:
    """The price the order is valued at, by its type; None when only the market could tell and does not."""
    return price_of(ticket.side, ticket.order_type, ticket, around.reference_price)


def notional(ticket: OrderTicket, around: Surroundings) -> Decimal | None:
    """Value of the order in the instrument's currency, None when no price is known."""
    price = working_price(ticket, around)
    return None if price is None else price * ticket.quantity * around.multiplier


def _halted(ticket: OrderTicket, limits: Limits, around: Surroundings) -> Breach | None:
    if not limits.trading_halted:
        return None
    reason = limits.halt_reason or "no reason given"
    return Breach(rule="trading_halted", code="TRADING_HALTED", message=f"Trading is halted: {reason}.", numbers={})


def _symbol(ticket: OrderTicket, limits: Limits, around: Surroundings) -> Breach | None:
    listed = not limits.allowed_symbols or around.symbol in limits.allowed_symbols
    if listed and around.symbol not in limits.blocked_symbols:
        return None
    message = f"{around.symbol} may not be traded in this account."
    return Breach(rule="allowed_symbols", code="SYMBOL_NOT_ALLOWED", message=message, numbers={})


def _market_hours(ticket: OrderTicket, limits: Limits, around: Surroundings) -> Breach | None:
    # What lives longer may wait for the opening; unknown hours are no reason to refuse (IB answers 399 and holds it).
    if around.is_session_open is not False or _can_wait(ticket, around):
        return None
    opens = around.opens_at.isoformat().replace("+00:00", "Z") if around.opens_at else None
    hint = f"; it opens at {opens}" if opens else ""
    message = f"The market for {around.symbol} is closed{hint}."
    return Breach(rule="market_hours", code="MARKET_CLOSED", message=message, numbers={"opens_at": opens})


def _can_wait(ticket: OrderTicket, around: Surroundings) -> bool:
    if ticket.time_in_force is TimeInForce.GTD and ticket.good_till_date and around.opens_at:
        return ticket.good_till_date > around.opens_at
    return ticket.time_in_force in (TimeInForce.GTC, TimeInForce.GTD, TimeInForce.OPG)


def _order_quantity(ticket: OrderTicket, limits: Limits, around: Surroundings) -> Breach | None:
    limit = limits.max_order_quantity
    if limit is None or ticket.quantity <= limit:
        return None
    return Breach(
        rule="max_order_quantity",
        code="ORDER_VALIDATION_FAILED",
        message=f"Quantity {_plain(ticket.quantity)} is above the limit of {_plain(limit)} per order.",
        numbers={"quantity": _plain(ticket.quantity), "limit": _plain(limit)},
    )


def _order_notional(ticket: OrderTicket, limits: Limits, around: Surroundings) -> Breach | None:
    limit, value = limits.max_order_notional, notional(ticket, around)
    if limit is None or (value is not None and value <= limit):
        return None
    if value is None:
        message = f"The check of the order's value needs {around.no_price()}, which the desk does not have."
    else:
        message = f"Order value {value:.2f} is above the limit of {_plain(limit)} per order."
    return Breach(
        rule="max_order_notional",
        code="ORDER_VALIDATION_FAILED",
        message=message,
        numbers={"notional": None if value is None else _plain(value), "limit": _plain(limit)},
    )


def _position(ticket: OrderTicket, limits: Limits, around: Surroundings) -> Breach | None:
    limit = limits.max_position_quantity
    if limit is None:
        return None
    before, after = (
        worst_position(ticket.side, ZERO, around),
        worst_position(ticket.side, ticket.quantity, around),
    )
    if abs(after) <= limit or abs(after) < abs(before):
        return None  # an order that only brings a too large position down is always allowed
    return Breach(
        rule="max_position_quantity",
        code="POSITION_LIMIT_EXCEEDED",
        message=f"The position in {around.symbol} could reach {_plain(after)}; the limit is {_plain(limit)}.",
        numbers={"position": _plain(around.position), "worst_case": _plain(after), "limit": _plain(limit)},
    )


def worst_position(side: OrderSide, quantity: Decimal, around: Surroundings) -> Decimal:
    """The position if this order and every working order on its side were filled and none on the other side."""
    working = around.working_buys if side is OrderSide.BUY else around.working_sells
    return around.position + side.sign * (working + quantity)


def opening_quantity(ticket: OrderTicket, around: Surroundings) -> Decimal:
    """How much of the order opens a position instead of closing one."""
    closable = around.position * -ticket.side.sign
    working = around.working_buys if ticket.side is OrderSide.BUY else around.working_sells
    free = max(closable - working, ZERO) if closable > 0 else ZERO
    return max(ticket.quantity - free, ZERO)


def _funds(ticket: OrderTicket, limits: Limits, around: Surroundings) -> Breach | None:
    price, funds = working_price(ticket, around), around.available_funds
    opening = opening_quantity(ticket, around)
    if opening == 0:
        return None
    needed = None if price is None else opening * price * around.multiplier * around.initial_margin_rate
    if funds is not None and needed is not None and needed <= funds:
        return None
    if funds is None or needed is None:
        missing = "available funds" if funds is None else around.no_price()
        message = f"The funds check needs {missing}, which the desk does not have."
    else:
        message = f"The order needs about {needed:.2f} of margin; {funds:.2f} is available."
    return Breach(
        rule="available_funds",
        code="INSUFFICIENT_FUNDS" if funds is not None and needed is not None else "ORDER_VALIDATION_FAILED",
        message=message,
        numbers={
            "needed": None if needed is None else _plain(needed),
            "available_funds": None if funds is None else _plain(funds),
        },
    )


RULES: Iterable[Rule] = (_halted, _symbol, _market_hours, _order_quantity, _order_notional, _position, _funds)

RULE_NAMES = frozenset(
    {
        "trading_halted",
        "allowed_symbols",
        "market_hours",
        "max_order_quantity",
        "max_order_notional",
        "max_position_quantity",
        "available_funds",
    }
)
