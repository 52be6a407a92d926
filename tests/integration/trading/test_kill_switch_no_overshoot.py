"""The kill switch never closes more of a position than nothing else could still close."""

import asyncio
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
    KillSwitchEventFactory,
    KillSwitchFactory,
    OrderFactory,
    PositionFactory,
    StaffFactory,
)
from trading.gateway import kill_switch as gate
from trading.gateway.commands import CommandDesk
from trading.gateway.ib_library import load_ib_library
from trading.models import GatewayCommand, GatewayLease, Order
from trading.services.kill_switch_report import full_report
from trading.services.kill_switch_work import AT_MOST, carry_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def held() -> Position:
    """A hundred shares, bought through the desk; everything was asked to be closed a minute ago, in vain so far."""
    account, apple = AccountFactory(), AppleFactory()
    GatewayStateFactory(accounts=[account.code])
    bought = OrderFactory(account=account, instrument=apple, status="filled", filled_quantity=D(100))
    FillFactory(order=bought, quantity=D(100))
    long_ago = timezone.now() - timedelta(minutes=1)
    KillSwitchFactory(
        engaged=True,
        engagement=1,
        cancel_orders=True,
        flatten=True,
        changed_at=long_ago,
        changed_by=StaffFactory(),
        changed_by_name="trader",
    )
    KillSwitchEventFactory(cancel_orders=True, flatten=True, at=long_ago)
    return PositionFactory(account=account, instrument=apple, quantity=D(100), ledger_quantity=D(100))


def order_of(held: Position, side: str, quantity: int, **more: Any) -> Order:
    return OrderFactory(account=held.account, instrument=held.instrument, side=side, quantity=D(quantity), **more)


def closing() -> list[D]:
    """How much has been ordered to close it, order by order."""
    commands = GatewayCommand.objects.filter(kind="place", payload__has_key="kill_switch").order_by("id")
    return [command.order.quantity for command in commands.select_related("order") if command.order is not None]


def note() -> str:
    (left,) = full_report()["positions_left"]
    return str(left["note"])


def cancels_sent(ago: float) -> None:
    """The gateway has written to the socket what it was asked to cancel."""
    queued = GatewayCommand.objects.filter(kind="cancel", status="queued")
    queued.update(status="sent", sent_at=timezone.now() - timedelta(seconds=ago))


def confirm(*orders: Order) -> None:
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(status="cancelled")


def test_a_stop_that_is_being_cancelled_after_an_outage_is_not_overtaken(held: Position) -> None:
    stop = order_of(held, "SELL", 100, order_type="STP", limit_price=None, stop_price=D(180))
    carry_on()
    assert GatewayCommand.objects.filter(kind="cancel", order=stop).count() == 1
    assert closing() == []
    cancels_sent(ago=30)  # as long as IB says nothing it may fill
    carry_on()
    assert closing() == []
    assert f"waits for order {stop.pk}" in note()
    confirm(stop)
    carry_on()
    assert closing() == [D(100)]


def test_the_wait_counts_from_the_last_cancel_that_was_sent(held: Position) -> None:
    opening = order_of(held, "BUY", 10)
    carry_on()
    assert closing() == []
    assert "being cancelled first" in note()
    cancels_sent(ago=2)
    carry_on()
    assert closing() == []
    assert "being cancelled first" in note()
    GatewayCommand.objects.filter(order=opening).update(sent_at=timezone.now() - timedelta(seconds=6))
    GatewayCommand.objects.filter(order=opening).update(created_at=timezone.now())  # not due again
    carry_on()
    assert closing() == [D(100)], "it could only make the position larger: a next round closes that"


def test_orders_beyond_those_of_one_step_count_as_long_as_they_live(held: Position) -> None:
    many = [order_of(held, "SELL", 2) for _ in range(AT_MOST + 5)]
    carry_on()
    assert closing() == []
    asked = list(Order.objects.filter(commands__kind="cancel"))
    assert len(asked) == AT_MOST
    cancels_sent(ago=30)
    confirm(*asked)
    carry_on()
    assert closing() == []
    confirm(*many)
    carry_on()
    assert closing() == [D(100)]


def test_what_was_placed_elsewhere_keeps_its_share_until_it_has_ended(held: Position) -> None:
    elsewhere = order_of(held, "SELL", 50, filled_quantity=D(10), origin="external", status="partially_filled")
    FillFactory(order=elsewhere, quantity=D(10))
    Position.objects.update(quantity=D(90), as_of=timezone.now())
    carry_on()
    assert closing() == [D(50)]
    order = Order.objects.get(order_type="MKT")
    Order.objects.filter(pk=order.pk).update(status="filled", filled_quantity=D(50))
    FillFactory(order=order, quantity=D(50))
    Position.objects.update(quantity=D(40), as_of=timezone.now())
    carry_on()
    assert closing() == [D(50)]
    assert "placed elsewhere has to be cancelled there" in note()


def test_an_order_nobody_knows_about_counts_in_full(held: Position) -> None:
    order_of(held, "SELL", 70, status="unknown")
    carry_on()
    cancels_sent(ago=30)
    carry_on()
    assert closing() == [D(30)]


def test_a_larger_quantity_that_ib_may_have_already_counts(held: Position) -> None:
    order = order_of(held, "SELL", 10, origin="external")
    GatewayCommandFactory(order=order, kind="modify", status="sent", payload={"quantity": "60"})
    carry_on()
    assert closing() == [D(40)]


def claimed() -> list[Any]:
    """What the gateway would write to the socket of what is queued."""

    async def load() -> Any:  # the library wants a running loop
        return load_ib_library()

    GatewayLease.objects.get_or_create(name="main", defaults={"holder": "me", "epoch": 1})
    desk = CommandDesk(library=asyncio.run(load()), client_id=7, lease_epoch=lambda: 1)
    return desk.claim(limit=50, next_valid_id=1, may_send=True)


def test_a_closing_order_that_still_fits_is_sent(held: Position) -> None:
    carry_on()
    order = Order.objects.get(order_type="MKT")
    assert [sending.order_id for sending in claimed()] == [order.pk]
    command = order.commands.get()
    assert gate.bar_now(command.pk)[0] == ""
    Position.objects.update(quantity=D(30))
    assert "the position is 30 now" in gate.bar_now(command.pk)[0], "asked again while it waits for the socket"


@pytest.mark.parametrize("quantity", ["60", "0", "-20"])
def test_a_closing_order_is_not_sent_against_another_position(held: Position, quantity: str) -> None:
    carry_on()
    Position.objects.update(quantity=D(quantity), as_of=timezone.now() + timedelta(seconds=30))
    assert claimed() == []
    order = Order.objects.get(order_type="MKT")
    assert order.status == "rejected"
    assert "position" in order.reject_reason


def test_a_closing_order_is_not_sent_after_an_execution_ib_has_not_counted_yet(held: Position) -> None:
    stop = order_of(held, "SELL", 100, status="cancelled")
    carry_on()
    assert closing() == [D(100)]
    FillFactory(order=stop, quantity=D(100))
    assert claimed() == []
    assert "executions differ" in Order.objects.get(order_type="MKT").reject_reason


def test_a_closing_order_is_not_sent_beside_an_order_that_appeared_meanwhile(held: Position) -> None:
    carry_on()
    order_of(held, "SELL", 1, origin="external")
    assert claimed() == []
    assert "waits for order" in Order.objects.get(order_type="MKT").reject_reason
