"""The kill switch's rules: what it lets through while it is engaged, and when to ask again."""

from dataclasses import dataclass
from decimal import Decimal

from trading.domain.orders import OrderSide

LONGEST_PAUSE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What of an order decides how much it can cost."""

    side: OrderSide
    quantity: Decimal
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    others: tuple[object, ...] = ()
    """Terms of which nobody says which way is the safe one: trails, offsets, dates, hours."""


def increases_risk(before: Terms, after: Terms) -> bool:
    """Whether a change could make the order trade more, sooner, or at a worse price.

    Only a smaller quantity, a limit further from the market and a trigger further away do not.
    """
    if after.quantity > before.quantity or after.others != before.others:
        return True
    if before.stop_price is None and after.stop_price is not None:
        return True
    sign = before.side.sign
    if _moved(before.limit_price, after.limit_price) * sign > 0:
        return True  # a buyer who pays more, a seller who takes less
    # a stop to buy triggers sooner when it comes down, one to sell when it goes up
    return _moved(before.stop_price, after.stop_price) * sign < 0


def _moved(before: Decimal | None, after: Decimal | None) -> Decimal:
    if before is None or after is None:
        return Decimal(0)
    return after - before


def pause_before(attempt: int) -> float:
    """Seconds from attempt `attempt` (from 1) to the next: IB, or the connection, may need a while."""
    return min(2.0 ** min(attempt, 10), LONGEST_PAUSE)


def closing_side(position: Decimal) -> OrderSide:
    """The side that brings a position to zero."""
    return OrderSide.SELL if position > 0 else OrderSide.BUY


def whole_units(position: Decimal) -> Decimal:
    """How much of it can be closed by API: IB takes no fractions there."""
    return abs(position).to_integral_value(rounding="ROUND_DOWN")
