"""Which terms each order type needs and may have, how long it may live: every type against every term."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from trading.domain.orders import PRICE_NAMES, OrderSide, OrderTicket, OrderType, Terms, TimeInForce, price_of
from trading.domain.risk import validate_shape

NOW = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
TICK = D("0.01")
T, L = OrderType, TimeInForce
# The smallest valid order of each type.
LEAST: dict[OrderType, dict[str, D]] = {
    T.MKT: {},
    T.LMT: {"limit_price": D(190)},
    T.STP: {"stop_price": D(185)},
    T.STP_LMT: {"limit_price": D(184), "stop_price": D(185)},
    T.TRAIL: {"trailing_amount": D(2)},
    T.TRAIL_LIMIT: {"trailing_percent": D("1.255"), "stop_price": D(185), "limit_offset": D(0)},
    T.MIT: {"stop_price": D(195)},
    T.LIT: {"limit_price": D(196), "stop_price": D(195)},
    T.MOC: {},
    T.LOC: {"limit_price": D(190)},
    T.REL: {},
    T.MIDPRICE: {},
}
OPTIONAL = {
    T.TRAIL: {"stop_price", "trailing_percent"},
    T.TRAIL_LIMIT: {"trailing_amount"},
    T.REL: {"limit_price", "offset_amount"},
    T.MIDPRICE: {"limit_price"},
}
LIVES = {
    T.MKT: "DAY GTC GTD IOC OPG",
    T.LMT: "DAY GTC GTD IOC FOK OPG",
    T.MOC: "DAY",
    T.LOC: "DAY",
    T.MIDPRICE: "DAY",
}


def ticket(order_type: OrderType, **changes: Any) -> OrderTicket:
    known = {"side": OrderSide.SELL, "quantity": D(100), "order_type": order_type, **LEAST[order_type], **changes}
    return OrderTicket(**known)


def wrong(order: OrderTicket) -> set[str]:
    return set(validate_shape(order, TICK, NOW))


@pytest.mark.parametrize("order_type", list(T))
def test_the_least_order_of_each_type_is_valid(order_type: OrderType) -> None:
    assert wrong(ticket(order_type)) == set()


@pytest.mark.parametrize("order_type", list(T))
@pytest.mark.parametrize("name", PRICE_NAMES)
def test_every_term_of_every_type(order_type: OrderType, name: str) -> None:
    least, optional = LEAST[order_type], OPTIONAL.get(order_type, set())
    given = ticket(order_type, **{name: D(3)})
    if name in least:
        missing = "trailing_amount" if name.startswith("trailing") else name
        assert wrong(ticket(order_type, **{name: None})) == {missing}
        assert wrong(ticket(order_type, **{name: D(-1)})) >= {name}
    elif name in optional and name.startswith("trailing"):
        assert wrong(given) == {"trailing_amount", "trailing_percent"}  # one of the two
    elif name in optional:
        assert wrong(given) == set()
    else:
        assert wrong(given) == {name}
        assert "does not belong" in validate_shape(given, TICK, NOW)[name][0]


@pytest.mark.parametrize(
    ("order_type", "name"),
    [
        (T.LIT, "limit_price"),
        (T.LIT, "stop_price"),
        (T.TRAIL, "trailing_amount"),
        (T.TRAIL, "stop_price"),
        (T.TRAIL_LIMIT, "limit_offset"),
        (T.REL, "offset_amount"),
    ],
)
def test_prices_and_distances_are_on_the_tick(order_type: OrderType, name: str) -> None:
    assert wrong(ticket(order_type, **{name: D("1.005")})) == {name}


@pytest.mark.parametrize("percent", ["0", "-0.5", "100", "250"])
def test_a_percentage_is_between_nothing_and_all(percent: str) -> None:
    assert wrong(ticket(T.TRAIL, trailing_amount=None, trailing_percent=D(percent))) == {"trailing_percent"}


def test_only_an_offset_may_be_zero() -> None:
    assert wrong(ticket(T.TRAIL_LIMIT, limit_offset=D(0))) == set()
    assert wrong(ticket(T.REL, offset_amount=D(0))) == {"offset_amount"}


@pytest.mark.parametrize("order_type", list(T))
@pytest.mark.parametrize("life", list(L))
def test_every_lifetime_of_every_type(order_type: OrderType, life: TimeInForce) -> None:
    till = NOW + timedelta(hours=1) if life is L.GTD else None
    order = ticket(order_type, time_in_force=life, good_till_date=till)
    allowed = life.value in LIVES.get(order_type, "DAY GTC GTD").split()
    assert wrong(order) == (set() if allowed else {"time_in_force"})


@pytest.mark.parametrize("order_type", list(T))
def test_outside_regular_hours(order_type: OrderType) -> None:
    never = order_type in (T.MKT, T.MOC, T.LOC, T.MIDPRICE)
    assert wrong(ticket(order_type, outside_rth=True)) == ({"outside_rth"} if never else set())


def test_the_opening_auction_is_in_regular_hours() -> None:
    assert wrong(ticket(T.LMT, time_in_force=L.OPG, outside_rth=True)) == {"outside_rth"}


@pytest.mark.parametrize(
    ("life", "till", "fields"),
    [
        (L.GTD, None, {"good_till_date"}),
        (L.GTD, NOW, {"good_till_date"}),
        (L.GTD, NOW - timedelta(seconds=1), {"good_till_date"}),
        (L.GTD, NOW + timedelta(seconds=1), set()),
        (L.DAY, NOW + timedelta(days=1), {"good_till_date"}),
        (L.GTC, NOW + timedelta(days=1), {"good_till_date"}),
    ],
)
def test_a_date_belongs_to_what_is_good_till_it(life: TimeInForce, till: datetime | None, fields: set[str]) -> None:
    assert wrong(ticket(T.LMT, time_in_force=life, good_till_date=till)) == fields


@pytest.mark.parametrize(
    ("order_type", "side", "terms", "price"),
    [
        (T.MKT, "BUY", {}, "190"),
        (T.MOC, "SELL", {}, "190"),
        (T.LMT, "BUY", {"limit_price": "189"}, "189"),
        (T.LOC, "BUY", {"limit_price": "189"}, "189"),
        (T.STP, "SELL", {"stop_price": "180"}, "190"),
        (T.STP, "BUY", {"stop_price": "0.01"}, "190"),  # through its stop already: it buys at the market
        (T.STP, "BUY", {"stop_price": "195"}, "195"),
        (T.LMT, "SELL", {"limit_price": "0.01"}, "190"),  # a floor is not what it sells for
        (T.LMT, "SELL", {"limit_price": "200"}, "200"),
        (T.MIT, "SELL", {"stop_price": "0.01"}, "190"),
        (T.LIT, "SELL", {"stop_price": "0.01", "limit_price": "0.01"}, "190"),
        (T.TRAIL, "SELL", {"trailing_amount": "2", "stop_price": "0.01"}, "190"),
        (T.TRAIL, "BUY", {"trailing_amount": "2", "stop_price": "0.01"}, "190"),
        (T.MIT, "BUY", {"stop_price": "180"}, "180"),
        (T.STP_LMT, "BUY", {"stop_price": "195", "limit_price": "196"}, "196"),
        (T.LIT, "BUY", {"stop_price": "185", "limit_price": "186"}, "186"),
        (T.TRAIL, "SELL", {"trailing_amount": "2"}, "190"),
        (T.TRAIL, "BUY", {"trailing_amount": "2"}, "192"),
        (T.TRAIL, "BUY", {"trailing_percent": "10"}, "209"),
        (T.TRAIL, "BUY", {"trailing_amount": "2", "stop_price": "195"}, "195"),
        (T.TRAIL_LIMIT, "BUY", {"trailing_amount": "2", "stop_price": "195", "limit_offset": "0.5"}, "195.5"),
        (T.TRAIL_LIMIT, "SELL", {"trailing_amount": "2", "stop_price": "185", "limit_offset": "0.5"}, "190"),
        (T.TRAIL_LIMIT, "BUY", {"trailing_amount": "2", "limit_offset": "0.5"}, "192.5"),
        (T.REL, "BUY", {"offset_amount": "0.02"}, "190"),
        (T.REL, "BUY", {"offset_amount": "0.02", "limit_price": "191"}, "191"),
        (T.MIDPRICE, "BUY", {}, "190"),
        (T.MIDPRICE, "BUY", {"limit_price": "189"}, "189"),
    ],
)
def test_the_price_an_order_is_valued_at(order_type: OrderType, side: str, terms: dict[str, str], price: str) -> None:
    known = Terms(**{name: D(text) for name, text in terms.items()})
    assert price_of(OrderSide(side), order_type, known, D(190)) == D(price)


def test_without_a_market_the_orders_own_price_is_all_there_is() -> None:
    assert price_of(OrderSide.SELL, T.LMT, Terms(limit_price=D(180)), None) == D(180)


@pytest.mark.parametrize("order_type", [T.MKT, T.MOC, T.REL, T.MIDPRICE, T.TRAIL])
def test_without_a_market_some_orders_have_no_value(order_type: OrderType) -> None:
    order = replace(ticket(order_type), side=OrderSide.BUY)
    assert price_of(order.side, order_type, order, None) is None
