"""A change that IB made and never echoed, for the connection went: the end of the order tells its terms (seed 5)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from tests.factories import GatewayCommandFactory
from tests.fixtures.ib_words import Ib, fresh, nothing_open
from trading.gateway.records import Snapshot
from trading.models import Order
from trading.models.gateway import CommandKind, CommandStatus

pytestmark = pytest.mark.django_db(transaction=True)
TILL = datetime(2030, 1, 5, 14, 30, tzinfo=UTC)


@pytest.fixture
def ib() -> Ib:
    return Ib()


def changed(ib: Ib, status: str, **terms: str) -> Order:
    """A working order of 100 at 190 whose change was sent, and of which nothing more was heard."""
    order = ib.order(quantity=D(100), limit_price=D(190))
    ib.says(ib.open_order(order))
    GatewayCommandFactory(order=order, kind=CommandKind.MODIFY, payload=terms, status=CommandStatus.UNKNOWN)
    Order.objects.filter(pk=order.pk).update(status=status)
    return order


@pytest.mark.parametrize("status", ["pending_replace", "unknown"])
def test_reduced_and_filled(ib: Ib, status: str) -> None:
    order = changed(ib, status, quantity="40")
    ib.says(ib.completed(order, "Filled", "Filled Size: 40", quantity=40.0))
    ib.says(ib.execution(order, "0001.02.01.01", 40, 190.0), nothing_open())
    ib.says(ib.completed(order, "Filled", "Filled Size: 40", quantity=40.0))
    order = fresh(order)
    assert (order.status, order.quantity, order.filled_quantity) == ("filled", D(40), D(40))


@pytest.mark.parametrize("status", ["pending_replace", "unknown"])
def test_another_price_and_filled(ib: Ib, status: str) -> None:
    order = changed(ib, status, limit_price="191")
    ib.says(ib.completed(order, "Filled", "Filled Size: 100", limit_price=191.0))
    ib.says(ib.execution(order, "0001.02.01.01", 100, 191.0))
    order = fresh(order)
    assert (order.status, order.limit_price) == ("filled", D(191))


@pytest.mark.parametrize("status", ["pending_replace", "unknown"])
def test_changed_and_cancelled(ib: Ib, status: str) -> None:
    order = changed(ib, status, quantity="40", limit_price="191")
    ib.says(ib.completed(order, "Cancelled", "Cancelled by Trader", quantity=40.0, limit_price=191.0))
    order = fresh(order)
    assert (order.status, order.quantity, order.limit_price) == ("cancelled", D(40), D(191))


def held_open(ib: Ib, *perm_ids: int) -> Snapshot:
    """IB's complete answer a minute later."""
    keys = frozenset((perm_id, "") for perm_id in perm_ids)
    return Snapshot(asked_at=datetime.now(UTC) + timedelta(seconds=60), open_orders=keys)


def test_a_change_that_ib_made_in_part_is_refused_and_what_ib_holds_is_known(ib: Ib) -> None:
    """Otherwise the next change would begin with terms that IB does not have, and undo the part that it made."""
    order = changed(ib, "pending_replace", quantity="40", limit_price="191")
    ib.says(ib.open_order(order, sync=True, quantity=40.0), held_open(ib, 9001))
    order = fresh(order)
    assert (order.status, order.quantity, order.limit_price) == ("working", D(40), D(190))
    reason = order.events.get(type="modify_rejected").data["reason"]
    assert reason == "IB holds the order on other terms than were asked for"


def test_a_change_that_ib_did_not_make_leaves_the_old_terms(ib: Ib) -> None:
    order = changed(ib, "pending_replace", quantity="40")
    ib.says(ib.open_order(order, sync=True), held_open(ib, 9001))
    order = fresh(order)
    assert (order.status, order.quantity) == ("working", D(100))
    assert order.events.get(type="modify_rejected").data["reason"] == "IB still holds the order on its old terms"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"order_type": "LIMIT"}, {"limit_price": D(190)}),
        ({"limit_price": 0.0}, {"limit_price": D(190)}),
        ({"time_in_force": "GTD", "good_till_date": "20260105 09:30:01 MEZ"}, {"good_till_date": TILL}),
    ],
)
def test_what_ib_does_not_say_of_our_order_is_not_forgotten(ib: Ib, said: dict[str, Any], kept: dict[str, Any]) -> None:
    order = ib.order(quantity=D(100), limit_price=D(190), time_in_force="GTD", good_till_date=TILL)
    ib.says(ib.open_order(order, **{"time_in_force": "GTD", "good_till_date": f"{TILL:%Y%m%d-%H:%M:%S}", **said}))
    order = fresh(order)
    assert {name: getattr(order, name) for name in kept} == kept


def test_an_end_that_says_nothing_of_the_terms_leaves_them(ib: Ib) -> None:
    order = changed(ib, "pending_replace", quantity="40")
    ib.says(ib.completed(order, "Cancelled", "Cancelled by Trader", quantity=0.0, perm_id=0))
    order = fresh(order)
    assert (order.status, order.quantity) == ("cancelled", D(100))


def test_a_bust_does_not_make_an_order_of_nothing(ib: Ib) -> None:
    """Completed orders name a quantity of zero, and after a bust zero is what is filled (drill, seed 301)."""
    order = ib.order(quantity=D(100), limit_price=D(190))
    ib.says(ib.open_order(order), ib.execution(order, "0001.02.01.01", 100, 190.0))
    ib.says(ib.execution(order, "0001.02.01.02", 0, 190.0))
    ib.says(ib.completed(order, "Filled", "Filled Size: 100", quantity=0.0))
    order = fresh(order)
    assert (order.status, order.quantity, order.filled_quantity) == ("unknown", D(100), D(0))


LIT = {"order_type": "LIT", "stop_price": D(180), "limit_price": D("180.5")}
TRAIL = {"order_type": "TRAIL", "side": "SELL", "trailing_percent": D("2.5"), "stop_price": D(185)}


def awaiting(ib: Ib, payload: dict[str, Any], **terms: Any) -> Order:
    """An order with these terms whose change was sent."""
    order = ib.order(quantity=D(100), **{"limit_price": None, **terms})
    GatewayCommandFactory(order=order, kind=CommandKind.MODIFY, payload=payload, status=CommandStatus.SENT)
    Order.objects.filter(pk=order.pk).update(status="pending_replace")
    return order


@pytest.mark.parametrize(
    ("echo", "is_confirmed"),
    [
        ({"aux_price": 181.0, "limit_price": 180.5}, False),
        ({"aux_price": 180.0, "limit_price": 181.5}, False),
        ({"aux_price": 181.0, "limit_price": 181.5, "quantity": 99.0}, False),
        ({"aux_price": 181.0, "limit_price": 181.5}, True),
    ],
)
def test_only_the_echo_of_all_terms_confirms(ib: Ib, echo: dict[str, float], is_confirmed: bool) -> None:
    order = awaiting(ib, {"stop_price": "181", "limit_price": "181.5"}, **LIT)
    ib.says(ib.open_order(order, **echo))
    order = fresh(order)
    assert order.status == ("working" if is_confirmed else "pending_replace")
    assert (order.stop_price, order.limit_price) == ((D(181), D("181.5")) if is_confirmed else (D(180), D("180.5")))


def trailing(percent: float, stop: float, quantity: float = 100.0) -> dict[str, float]:
    return {"trailing_percent": percent, "trail_stop_price": stop, "limit_price": 183.0, "quantity": quantity}


@pytest.mark.parametrize(
    ("asked", "echo", "is_confirmed"),
    [
        ({"quantity": "40"}, trailing(2.5, 187.31, 40.0), True),  # IB moves the stop meanwhile
        ({"quantity": "40"}, trailing(2.4, 185.0, 40.0), False),
        ({"trailing_percent": "3"}, trailing(3.0, 186.0), True),
        ({"stop_price": "184"}, trailing(2.5, 186.0), False),  # where it stood, or a move: not what was asked for
        ({"stop_price": "184"}, trailing(2.5, 184.0), True),
    ],
)
def test_the_stop_of_a_trailing_order(
    ib: Ib, asked: dict[str, str], echo: dict[str, float], is_confirmed: bool
) -> None:
    order = awaiting(ib, asked, **TRAIL)
    ib.says(ib.open_order(order, **echo))
    order = fresh(order)
    assert order.status == ("working" if is_confirmed else "pending_replace")
    if is_confirmed:
        assert order.stop_price == D(str(echo["trail_stop_price"]))
        assert order.limit_price is None


@pytest.mark.parametrize(
    ("said", "terms"),
    [
        ({"order_type": "TRAIL LIMIT", "aux_price": 2.0, "trail_stop_price": 185.0, "limit_offset": 0.5}, {}),
        ({"order_type": "LIT", "aux_price": 180.0, "limit_price": 181.0}, {"stop_price": 180, "limit_price": 181}),
        ({"order_type": "REL", "aux_price": 0.02, "limit_price": 0.0}, {"offset_amount": "0.02"}),
        ({"order_type": "MOC", "limit_price": 12.0}, {"limit_price": None}),
        ({"order_type": "PEG BENCH", "limit_price": 12.0, "aux_price": 3.0}, {"limit_price": None, "stop_price": None}),
    ],
)
def test_an_order_placed_elsewhere_shows_its_fields(ib: Ib, said: dict[str, Any], terms: dict[str, Any]) -> None:
    mine = ib.order(quantity=D(100))
    elsewhere = {"perm_id": 777, "order_ref": "", "client_id": 55, "order_id": 3, **said}
    ib.says(ib.open_order(mine, time_in_force="GTD", good_till_date="20261231 16:00:00 US/Eastern", **elsewhere))
    order = Order.objects.get(ib_perm_id=777)
    known = terms or {"trailing_amount": 2, "stop_price": 185, "limit_offset": "0.5"}
    for name, value in known.items():
        assert getattr(order, name) == (None if value is None else D(value)), name
    assert (order.order_type, order.time_in_force) == (said["order_type"], "GTD")
    assert order.good_till_date == datetime(2026, 12, 31, 21, tzinfo=UTC)
