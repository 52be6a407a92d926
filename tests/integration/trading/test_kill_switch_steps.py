"""The steps in which positions are closed, from what PostgreSQL says alone: never against a figure that is too old."""

from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Position
from tests.factories import (
    AccountFactory,
    AccountGrantFactory,
    AppleFactory,
    FillFactory,
    GatewayCommandFactory,
    GatewayStateFactory,
    OrderFactory,
    PositionFactory,
    StaffFactory,
    person_with,
)
from trading.models import GatewayCommand, KillSwitch, KillSwitchEvent, Order
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


def test_orders_are_cancelled_where_the_person_may_cancel_and_elsewhere_when_another_asks(held: Position) -> None:
    theirs, elsewhere = OrderFactory(account=held.account), OrderFactory()
    trader = person_with("trader", [held.account])
    AccountGrantFactory(user=trader, account=elsewhere.account, role="viewer")
    engage(mover=Mover.person(trader, "api"), reason="a test")
    carry_on()
    cancels = GatewayCommand.objects.filter(kind="cancel")
    assert [command.order for command in cancels] == [theirs]
    (note,) = [row["note"] for row in full_report()["orders_left"] if row["order_id"] == str(elsewhere.pk)]
    assert "may not cancel orders of this account" in note
    Order.objects.filter(pk=theirs.pk).update(status="cancelled")
    carry_on()
    assert KillSwitch.objects.get().cancelled_at is None
    manager = person_with("risk_manager", [elsewhere.account])
    engage(mover=Mover.person(manager, "api"), reason="mine too")
    carry_on()
    assert cancels.filter(order=elsewhere).exists()
    engage(mover=Mover.person(trader, "api"), reason="again")
    events = KillSwitchEvent.objects.order_by("id").values_list("action", "actor_name")
    assert list(events) == [("engaged", trader.username), ("extended", manager.username)]


def test_who_may_cancel_everywhere_has_orders_cancelled_in_accounts_that_appear_later_as_well(held: Position) -> None:
    engage(mover=Mover.person(person_with("trader", [held.account]), "api"), reason="a test")
    late = OrderFactory()
    carry_on()
    assert GatewayCommand.objects.filter(kind="cancel", order=late).exists()


def test_asking_for_the_cancels_later_cancels_them_where_that_person_may(held: Position) -> None:
    theirs, elsewhere = OrderFactory(account=held.account), OrderFactory()
    engage(mover=Mover.person(StaffFactory(), "api"), reason="a test", cancel_orders=False)
    carry_on()
    assert not GatewayCommand.objects.filter(kind="cancel").exists()
    engage(mover=Mover.person(person_with("trader", [held.account]), "api"), reason="and the orders")
    carry_on()
    assert [command.order for command in GatewayCommand.objects.filter(kind="cancel")] == [theirs]
    assert not KillSwitch.objects.get().cancels_in(elsewhere.account_id)
