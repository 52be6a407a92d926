"""Every order type and lifetime on its whole way to the simulator: taken, echoed, changed, set off, filled, ended."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from config.shared.errors import DeskError, ErrorCode
from tests.fixtures.gateway import LiveDesk, anomalies_of, events_of, fills_of, stays, wait_status, words_of
from tests.fixtures.waiting import eventually
from trading.domain.orders import OrderSide, OrderTicket, OrderType, TimeInForce
from trading.models import Order
from trading.services.orders import request_modify, submit_order
from trading.services.preview import preview_order


@pytest.fixture(scope="module")
def db(shared_desk: LiveDesk) -> None:
    """pytest-django builds the test database for tests that use a fixture of this name; here no test rolls back."""


@pytest.fixture
def desk(db: None, calm_desk: LiveDesk) -> LiveDesk:
    """AAPL at 189.99 to 190.01."""
    calm_desk.pin("AAPL", "189.99", "190.01")
    return calm_desk


def ticket(order_type: str, side: str = "BUY", *, life: str = "DAY", **terms: Any) -> OrderTicket:
    known = {name: D(term) if isinstance(term, str) else term for name, term in terms.items()}
    return OrderTicket(
        side=OrderSide(side),
        quantity=D(100),
        order_type=OrderType(order_type),
        time_in_force=TimeInForce(life),
        **known,
    )


def place(desk: LiveDesk, asked: OrderTicket, *statuses: str) -> Order:
    order, _ = submit_order(user=desk.user, account=desk.account, instrument=desk.instrument("AAPL"), ticket=asked)
    return wait_status(order, *(statuses or ("working",)))


def change(desk: LiveDesk, order: Order, **terms: Any) -> Order:
    known = {name: D(term) if isinstance(term, str) else term for name, term in terms.items()}
    request_modify(order_id=order.pk, user=desk.user, **known)
    changed = wait_status(order, "working")
    assert {name: getattr(changed, name) for name in known} == known
    assert "terms_confirmed" in events_of(changed)
    return changed


# A resting order of each type, what it says at IB, and a change of everything that can be changed.
RESTING: list[tuple[str, dict[str, str], dict[str, Any], dict[str, str]]] = [
    ("LMT", {"limit_price": "180"}, {"limit_price": 180.0}, {"limit_price": "181.5", "quantity": "50"}),
    ("STP", {"stop_price": "200"}, {"aux_price": 200.0}, {"stop_price": "201.25", "quantity": "50"}),
    (
        "STP LMT",
        {"stop_price": "200", "limit_price": "201"},
        {"aux_price": 200.0, "limit_price": 201.0},
        {"stop_price": "202", "limit_price": "203"},
    ),
    ("TRAIL", {"trailing_amount": "5"}, {"aux_price": 5.0}, {"trailing_amount": "6.5", "quantity": "70"}),
    (
        "TRAIL",
        {"trailing_percent": "2.5", "stop_price": "194"},
        {"trailing_percent": 2.5, "trail_stop_price": 194.0},
        {"trailing_percent": "3.25"},
    ),
    (
        "TRAIL LIMIT",
        {"trailing_amount": "5", "stop_price": "194", "limit_offset": "0.5"},
        {"aux_price": 5.0, "trail_stop_price": 194.0, "limit_offset": 0.5},
        {"trailing_amount": "6", "limit_offset": "0.75"},
    ),
    ("MIT", {"stop_price": "180"}, {"aux_price": 180.0}, {"stop_price": "181"}),
    (
        "LIT",
        {"stop_price": "180", "limit_price": "180.5"},
        {"aux_price": 180.0, "limit_price": 180.5},
        {"stop_price": "181", "limit_price": "181.5"},
    ),
    ("MOC", {}, {}, {"quantity": "60"}),
    ("LOC", {"limit_price": "190"}, {"limit_price": 190.0}, {"limit_price": "189.5"}),
    (
        "REL",
        {"limit_price": "185", "offset_amount": "0.02"},
        {"limit_price": 185.0, "aux_price": 0.02},
        {"limit_price": "184", "offset_amount": "0.05"},
    ),
    ("MIDPRICE", {"limit_price": "185"}, {"limit_price": 185.0}, {"limit_price": "186"}),
]


@pytest.mark.parametrize(("order_type", "terms", "echo", "changes"), RESTING)
def test_a_resting_order_is_echoed_changed_and_cancelled(
    desk: LiveDesk, order_type: str, terms: dict[str, str], echo: dict[str, Any], changes: dict[str, str]
) -> None:
    order = place(desk, ticket(order_type, **terms))
    assert {name: getattr(order, name) for name in terms} == {name: D(text) for name, text in terms.items()}
    said = words_of(order, "openOrder")[-1]
    assert said["order_type"] == order_type
    assert {name: said[name] for name in echo} == echo
    change(desk, order, **changes)
    desk.cancel(order)
    ended = wait_status(order, "cancelled")
    assert anomalies_of(ended) == []
    assert fills_of(ended) == []


@pytest.mark.parametrize(
    ("order_type", "side", "terms", "moves"),
    [
        ("STP", "SELL", {"stop_price": "189"}, [("188.89", "188.91")]),
        ("STP LMT", "SELL", {"stop_price": "189", "limit_price": "188"}, [("188.89", "188.91")]),
        ("MIT", "SELL", {"stop_price": "191"}, [("191.09", "191.11")]),
        ("LIT", "SELL", {"stop_price": "191", "limit_price": "191"}, [("191.09", "191.11")]),
        # up, so that the stop follows to 191, and down to it
        ("TRAIL", "SELL", {"trailing_amount": "1"}, [("191.99", "192.01"), ("190.79", "190.81")]),
        ("TRAIL", "SELL", {"trailing_percent": "0.5"}, [("191.99", "192.01"), ("190.79", "190.81")]),
        (
            "TRAIL LIMIT",
            "SELL",
            {"trailing_amount": "1", "stop_price": "188", "limit_offset": "0.5"},
            [("191.99", "192.01"), ("190.79", "190.81")],
        ),
        ("REL", "SELL", {"limit_price": "190.50", "offset_amount": "0.05"}, [("190.60", "190.62")]),
    ],
)
def test_the_market_comes_and_the_order_is_filled(
    desk: LiveDesk, order_type: str, side: str, terms: dict[str, str], moves: list[tuple[str, str]]
) -> None:
    order = place(desk, ticket(order_type, side, **terms))
    assert fills_of(order) == []
    for bid, ask in moves:
        assert Order.objects.get(pk=order.pk).status == "working"
        desk.pin("AAPL", bid, ask)
    filled = wait_status(order, "filled")
    assert sum(quantity for quantity, _ in fills_of(filled)) == 100
    assert anomalies_of(filled) == []


def test_the_stop_of_a_trailing_order_is_what_ib_last_said(desk: LiveDesk) -> None:
    order = place(desk, ticket("TRAIL", "SELL", trailing_amount="5"))
    desk.pin("AAPL", "192.99", "193.01")
    change(desk, order, quantity="40")
    stop = eventually(lambda: Order.objects.get(pk=order.pk).stop_price)
    assert D(185) <= stop <= D("188.01")
    # set by hand it counts as changed only when IB says exactly that
    change(desk, order, stop_price="189.25")


def test_a_change_of_one_term_is_not_confirmed_by_the_others(desk: LiveDesk) -> None:
    order = place(desk, ticket("LIT", stop_price="180", limit_price="180.5"))
    request_modify(order_id=order.pk, user=desk.user, stop_price=D("181"), limit_price=D("181.25"))
    changed = wait_status(order, "working")
    assert (changed.stop_price, changed.limit_price) == (D(181), D("181.25"))
    confirmed = changed.events.get(type="terms_confirmed").data
    assert confirmed == {"quantity": "100", "stop_price": "181", "limit_price": "181.25", "outside_rth": False}


def test_hours_can_be_changed(desk: LiveDesk) -> None:
    order = place(desk, ticket("LMT", limit_price="180"))
    assert change(desk, order, outside_rth=True).outside_rth is True
    assert words_of(order, "openOrder")[-1]["outside_rth"] is True


def test_good_till_a_date(desk: LiveDesk) -> None:
    till = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    order = place(desk, ticket("LMT", life="GTD", limit_price="180", good_till_date=till))
    assert order.good_till_date == till
    assert words_of(order, "openOrder")[-1]["good_till_date"] == f"{till:%Y%m%d-%H:%M:%S}"
    later = till + timedelta(hours=3)
    assert change(desk, order, good_till_date=later).good_till_date == later


def test_what_is_good_till_a_moment_ends_then(desk: LiveDesk) -> None:
    till = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4)
    order = place(desk, ticket("LMT", life="GTD", limit_price="180", good_till_date=till))
    ended = wait_status(order, "cancelled", "expired", within=20)
    assert ended.filled_quantity == 0


def test_fill_or_kill_takes_all_or_nothing(desk: LiveDesk) -> None:
    desk.pin("AAPL", "189.99", "190.01", size="60")
    killed = place(desk, ticket("LMT", life="FOK", limit_price="190.01"), "cancelled")
    assert killed.filled_quantity == 0
    desk.pin("AAPL", "189.99", "190.01", size="500")
    assert place(desk, ticket("LMT", life="FOK", limit_price="190.01"), "filled").filled_quantity == 100


@pytest.mark.parametrize("terms", [{"order_type": "MKT"}, {"order_type": "LMT", "limit_price": "190"}])
def test_an_order_for_the_opening_waits(desk: LiveDesk, terms: dict[str, str]) -> None:
    order = place(desk, ticket(life="OPG", **terms))
    assert words_of(order, "openOrder")[-1]["time_in_force"] == "OPG"
    assert stays(lambda: fills_of(order) == [], for_seconds=0.5)
    desk.cancel(order)
    wait_status(order, "cancelled")


@pytest.mark.parametrize(("order_type", "terms"), [(kind, terms) for kind, terms, *_ in RESTING])
def test_a_preview_asks_ib_about_each_type(desk: LiveDesk, order_type: str, terms: dict[str, str]) -> None:
    preview = preview_order(
        account=desk.account, instrument=desk.instrument("AAPL"), ticket=ticket(order_type, **terms), user=desk.user
    )
    assert preview.breaches == []
    assert preview.estimated_value is not None
    assert preview.estimated_value > D(15000)
    assert preview.what_if["init_margin_change"] is not None


def test_terms_of_another_type_cannot_be_changed_in(desk: LiveDesk) -> None:
    order = place(desk, ticket("TRAIL", trailing_amount="5"))
    for wrong in ({"limit_price": D(190)}, {"trailing_percent": D(2)}, {"limit_offset": D(1)}, {"outside_rth": None}):
        if wrong == {"outside_rth": None}:
            assert request_modify(order_id=order.pk, user=desk.user, **wrong).status == "working"
            continue
        with pytest.raises(DeskError) as refused:
            request_modify(order_id=order.pk, user=desk.user, **wrong)
        assert refused.value.code is ErrorCode.ORDER_VALIDATION_FAILED
        assert set(refused.value.details) == set(wrong)
    assert events_of(order).count("modify_requested") == 0
