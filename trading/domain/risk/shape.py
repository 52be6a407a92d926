"""What makes a ticket an order at all: which terms each type needs and may have, and how long it may live.

The table follows what IB carries out: a combination that it would refuse, or silently change, is refused here first.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from market_data.domain import is_on_tick
from trading.domain.orders import PRICE_NAMES, OrderTicket, OrderType, TimeInForce

T, L = OrderType, TimeInForce

_HUNDRED = Decimal(100)
_LASTING = frozenset({L.DAY, L.GTC, L.GTD})
_DAY = frozenset({L.DAY})
_MAY_BE_ZERO = frozenset({"limit_offset"})
_NOT_ON_TICK = frozenset({"trailing_percent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What an order type needs, what it may have besides, how long it may live, and whether outside regular hours."""

    needs: frozenset[str] = frozenset()
    may_have: frozenset[str] = frozenset()
    lifetimes: frozenset[TimeInForce] = _LASTING
    outside_rth: bool = True

    @property
    def prices(self) -> frozenset[str]:
        """Every price term it can have."""
        return self.needs | self.may_have


_LIMIT, _STOP = frozenset({"limit_price"}), frozenset({"stop_price"})
_TRAIL = frozenset({"trailing_amount", "trailing_percent"})

SHAPES: dict[OrderType, Shape] = {
    T.MKT: Shape(lifetimes=_LASTING | {L.IOC, L.OPG}, outside_rth=False),
    T.LMT: Shape(needs=_LIMIT, lifetimes=frozenset(L)),
    T.STP: Shape(needs=_STOP),
    T.STP_LMT: Shape(needs=_STOP | _LIMIT),
    T.TRAIL: Shape(may_have=_TRAIL | _STOP),
    T.TRAIL_LIMIT: Shape(needs=_STOP | {"limit_offset"}, may_have=_TRAIL),
    T.MIT: Shape(needs=_STOP),
    T.LIT: Shape(needs=_STOP | _LIMIT),
    T.MOC: Shape(lifetimes=_DAY, outside_rth=False),
    T.LOC: Shape(needs=_LIMIT, lifetimes=_DAY, outside_rth=False),
    T.REL: Shape(may_have=_LIMIT | {"offset_amount"}),
    T.MIDPRICE: Shape(may_have=_LIMIT, lifetimes=_DAY, outside_rth=False),
}
_HOURS = {
    T.MKT: "a market order works in regular hours only",
    T.MOC: "an order for the close works in the closing auction only",
    T.LOC: "an order for the close works in the closing auction only",
    T.MIDPRICE: "a midprice order works in regular hours only",
}

Errors = dict[str, list[str]]


def validate_shape(ticket: OrderTicket, min_tick: Decimal, now: datetime | None = None) -> Errors:
    """Mistakes in the ticket itself, by field: sign, missing or surplus terms, prices off the tick, lifetimes.

    `now` is the time that a good-till date is compared with; without it the date is not compared.
    """
    errors: Errors = {}
    _check_quantity(ticket, errors)
    shape = SHAPES[ticket.order_type]
    for name in PRICE_NAMES:
        if (message := _price_error(name, getattr(ticket, name), ticket.order_type, shape, min_tick)) is not None:
            errors.setdefault(name, []).append(message)
    if ticket.order_type.is_trailing:
        _check_trail(ticket, errors)
    _check_lifetime(ticket, shape, now, errors)
    if ticket.outside_rth and not shape.outside_rth:
        errors.setdefault("outside_rth", []).append(_HOURS[ticket.order_type])
    elif ticket.outside_rth and ticket.time_in_force is L.OPG:
        errors.setdefault("outside_rth", []).append("an order for the opening works in the opening auction only")
    return errors


def _check_quantity(ticket: OrderTicket, errors: Errors) -> None:
    if ticket.quantity <= 0:
        errors.setdefault("quantity", []).append("must be greater than zero")
    elif ticket.quantity != ticket.quantity.to_integral_value():
        # IB refuses fractional orders through the API (10241 to 10252, field guide §6.2)
        errors.setdefault("quantity", []).append("must be a whole number: IB takes no fractional orders by API")


def _price_error(
    name: str, price: Decimal | None, order_type: OrderType, shape: Shape, min_tick: Decimal
) -> str | None:
    if price is None:
        return f"is required for {order_type.value} orders" if name in shape.needs else None
    if name not in shape.prices:
        return f"does not belong to {order_type.value} orders"
    if price < 0 or (price == 0 and name not in _MAY_BE_ZERO):
        return "must not be negative" if name in _MAY_BE_ZERO else "must be greater than zero"
    if name not in _NOT_ON_TICK and not is_on_tick(price, min_tick):
        return f"must be a multiple of the tick {min_tick.normalize():f}"
    return None


def _check_trail(ticket: OrderTicket, errors: Errors) -> None:
    amount, percent = ticket.trailing_amount, ticket.trailing_percent
    if amount is None and percent is None:
        message = f"trailing_amount or trailing_percent is required for {ticket.order_type.value} orders"
        errors.setdefault("trailing_amount", []).append(message)
    elif amount is not None and percent is not None:
        for name in ("trailing_amount", "trailing_percent"):
            errors.setdefault(name, []).append("only one of trailing_amount and trailing_percent can be given")
    if percent is not None and percent >= _HUNDRED:
        errors.setdefault("trailing_percent", []).append("must be below 100")


def _check_lifetime(ticket: OrderTicket, shape: Shape, now: datetime | None, errors: Errors) -> None:
    life, date = ticket.time_in_force, ticket.good_till_date
    if life not in shape.lifetimes:
        waits = life in (L.IOC, L.FOK) and "stop_price" in shape.prices
        known = ", ".join(each.value for each in L if each in shape.lifetimes)
        message = f"{life.value} does not go with {ticket.order_type.value} orders: {known}"
        if waits:
            message = f"{life.value} makes no sense for an order that waits for its trigger"
        errors.setdefault("time_in_force", []).append(message)
    if life is L.GTD and date is None:
        errors.setdefault("good_till_date", []).append("is required for GTD orders")
    elif date is not None and life is not L.GTD:
        errors.setdefault("good_till_date", []).append("belongs to GTD orders only")
    elif date is not None and now is not None and date <= now:
        errors.setdefault("good_till_date", []).append("must be in the future")
