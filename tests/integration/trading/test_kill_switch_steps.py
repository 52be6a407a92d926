"""The steps in which positions are closed, from what PostgreSQL says alone: never against a figure that is too old."""

from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Position
from tests.factories import (
    AccountFactory,
    AppleFactory,
    FillFactory,
    GatewayCommandFactory,
    GatewayStateFactory,
    OrderFactory,
    PositionFactory,
    StaffFactory,
)
from trading.models import GatewayCommand, KillSwitch, Order
from trading.services.kill_switch import Mover, engage
from trading.services.kill_switch_report import full_report
from trading.services.kill_switch_work import carry_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def held() -> Position:
    """Thirty shares that were bought through the desk; IB and the ledger agree."""
    account, apple = AccountFactory(), AppleFactory()
    GatewayStateFactory(accounts=[account.code])
    _traded(account, apple, "BUY", 30)
    return PositionFactory(account=account, instrument=apple, quantity=D(30), ledger_quantity=D(30))


def _traded(account: Any, instrument: Any, side: str, quantity: int, **order: Any) -> Order:
    made = OrderFactory(
        account=account,
        instrument=instrument,
        side=side,
        quantity=D(quantity),
        status=order.pop("status", "filled"),
        filled_quantity=D(quantity),
        **order,
    )
    FillFactory(order=made, quantity=D(quantity))
    return made


def flatten() -> KillSwitch:
    return engage(mover=Mover.person(StaffFactory(), "api"), reason="a test", flatten=True)


def closing() -> list[Order]:
    commands = GatewayCommand.objects.filter(kind="place", payload__has_key="kill_switch").order_by("id")
    return [command.order for command in commands.select_related("order") if command.order is not None]


def filled(order: Order, **status: Any) -> None:
    """IB has executed it; its word about the position has not come yet."""
    quantity = status.get("filled_quantity", order.quantity)
    Order.objects.filter(pk=order.pk).update(**{"status": "filled", "filled_quantity": quantity, **status})
    order.refresh_from_db()
    FillFactory(order=order, quantity=quantity)


def test_a_filled_closing_order_is_not_repeated_before_ib_tells_the_new_position(held: Position) -> None:
    flatten()
    carry_on()
    (order,) = closing()
    assert (order.side, order.quantity, order.order_type) == ("SELL", D(30), "MKT")
    carry_on()
    assert closing() == [order]
    filled(order)
    # both figures beside the position are still the old ones: they agree, and are of no use
    carry_on()
    assert closing() == [order]
    (left,) = full_report()["positions_left"]
    assert "next word of IB" in left["note"]
    Position.objects.update(quantity=0, as_of=timezone.now())
    carry_on()
    assert closing() == [order]
    assert KillSwitch.objects.get().flat_at is not None


def test_what_a_closing_order_left_is_closed_in_a_next_round_and_not_at_once(held: Position) -> None:
    flatten()
    carry_on()
    (order,) = closing()
    filled(order, status="cancelled", filled_quantity=D(20))
    Position.objects.update(quantity=10, as_of=timezone.now())
    carry_on()
    assert closing() == [order], "a late execution may still come"
    Order.objects.filter(pk=order.pk).update(updated_at=timezone.now() - timedelta(seconds=3))
    carry_on()
    assert [o.quantity for o in closing()] == [D(30), D(10)]


def test_a_ledger_that_differs_for_good_yields_to_ibs_word_of_well_after_the_last_execution(held: Position) -> None:
    Position.objects.update(quantity=D(50), as_of=timezone.now())
    flatten()
    carry_on()
    assert closing() == []
    Position.objects.update(as_of=timezone.now() + timedelta(seconds=11))
    carry_on()
    assert [order.quantity for order in closing()] == [D(50)]


def test_a_name_like_that_of_a_closing_order_neither_hinders_it_nor_saves_an_order(held: Position) -> None:
    name = f"kill-switch-1-{held.instrument_id}-1"
    theirs = OrderFactory(account=held.account, instrument=held.instrument, client_order_id=name)
    GatewayCommandFactory(order=theirs)
    other = PositionFactory(quantity=D(-7), instrument__symbol="MSFT")
    KillSwitch.objects.filter(pk="main").delete()
    flatten()
    carry_on()
    theirs.refresh_from_db()
    assert theirs.status == "pending_cancel"
    assert [(o.instrument_id, o.side, o.quantity) for o in closing()] == [(other.instrument_id, "BUY", D(7))]
    Order.objects.filter(pk=theirs.pk).update(status="cancelled")
    carry_on()
    assert [(o.instrument_id, o.side) for o in closing()] == [
        (other.instrument_id, "BUY"),
        (held.instrument_id, "SELL"),
    ]
    assert closing()[1].client_order_id.startswith(f"{name}-")
