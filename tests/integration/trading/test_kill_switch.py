"""The kill switch with a real gateway process and a simulator: nothing goes, all is cancelled, all is closed, once."""

import io
import json
import os
import signal
import time
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.core.management import call_command
from django.db import Error as DatabaseError

from accounts.models import Position
from config.shared.errors import DeskError
from tests.fixtures.gateway import LiveDesk, stays, wait_status
from tests.fixtures.waiting import eventually
from tests.integration.trading.test_gateway_crash_points import at_ib, die_at, take_over
from trading import publish
from trading.models import GatewayCommand, KillSwitch, KillSwitchEvent, Order, RiskDecision
from trading.services.kill_switch import Mover, engage, release

pytestmark = pytest.mark.django_db(transaction=True)
SYMBOLS = ("AAPL", "MSFT", "KO", "PG")  # IB takes at most 20 working orders of one side in each


@pytest.fixture
def desk(own_desk: LiveDesk) -> LiveDesk:
    """IB does not know yet whom it will meet."""
    return own_desk


def on(desk: LiveDesk, **more: Any) -> KillSwitch:
    return engage(mover=Mover.person(desk.user, "api"), reason="a test", **more)


def off(desk: LiveDesk) -> KillSwitch:
    return release(mover=Mover.person(desk.user, "api"), reason="over")


def position_of(symbol: str) -> D:
    row = Position.objects.filter(instrument__symbol=symbol).first()
    return D(0) if row is None else row.quantity


def hold(desk: LiveDesk, symbol: str, quantity: int) -> None:
    """Buy it, and wait until IB says so."""
    before = position_of(symbol)
    desk.pin(symbol, "189.99", "190.01", replenish=True)
    wait_status(desk.submit(symbol, quantity), "filled", within=60)
    eventually(lambda: position_of(symbol) == before + quantity, within=60)


def known_to_ib(desk: LiveDesk) -> int:
    """How many orders of the desk have reached IB."""
    return len([row for row in desk.simulator.control.get("/state")["orders"] if row.get("order_ref")])


def closing_orders() -> list[Order]:
    return list(Order.objects.filter(client_order_id__startswith="kill-switch-").order_by("created_at"))


def test_it_blocks_orders_and_added_risk_and_lets_cancels_and_less_risk_through(desk: LiveDesk) -> None:
    desk.gateway.start()
    desk.pin("AAPL", "189.99", "190.01")
    order = wait_status(desk.submit("AAPL", 10, "180.00"), "working", within=60)
    on(desk, cancel_orders=False)
    with pytest.raises(DeskError) as refused:
        desk.submit("AAPL", 1, "180.00")
    assert refused.value.code == "TRADING_HALTED"
    assert "a test" in refused.value.message
    assert RiskDecision.objects.filter(is_allowed=False, rule="kill_switch").count() == 1
    for terms in ({"quantity": "11"}, {"limit_price": "181"}):
        with pytest.raises(DeskError) as refused:
            desk.modify(order, **terms)
        assert refused.value.code == "TRADING_HALTED"
    desk.modify(order, quantity="5")
    eventually(lambda: Order.objects.get(pk=order.pk).quantity == 5, within=60)
    desk.cancel(order)
    wait_status(order, "cancelled")
    off(desk)
    wait_status(desk.submit("AAPL", 1, "180.00"), "working", within=60)


def test_what_was_queued_before_it_is_never_sent_not_even_after_its_release(desk: LiveDesk) -> None:
    desk.gateway.start()
    desk.pin("AAPL", "189.99", "190.01")
    desk.instrument("AAPL")
    held = wait_status(desk.submit("AAPL", 1, "180.00"), "working", within=60)
    os.kill(desk.gateway.pid, signal.SIGSTOP)  # nobody claims meanwhile
    try:
        order = desk.submit("AAPL", 10, "180.00")
        on(desk, cancel_orders=False)
        off(desk)
    finally:
        os.kill(desk.gateway.pid, signal.SIGCONT)
    order = wait_status(order, "rejected", within=60)
    assert order.reject_code == "TRADING_HALTED"
    assert "before the kill switch was released" in order.reject_reason
    assert at_ib(desk, order) == []
    assert at_ib(desk, held)[0]["status"] == "Submitted"


def test_everything_is_cancelled_and_closed_once_and_stays_flat(desk: LiveDesk) -> None:
    desk.gateway.start()
    hold(desk, "AAPL", 30)
    hold(desk, "MSFT", 20)
    resting = [wait_status(desk.submit("AAPL", 1, "100.00"), "working", within=60) for _ in range(5)]
    on(desk, flatten=True)
    on(desk, flatten=True)  # a repeat changes nothing
    switch = eventually(lambda: KillSwitch.objects.filter(flat_at__isnull=False).first(), within=60)
    assert {order.status for order in Order.objects.filter(pk__in=[o.pk for o in resting])} == {"cancelled"}
    assert sorted((o.symbol, o.side, o.filled_quantity) for o in closing_orders()) == [
        ("AAPL", "SELL", D(30)),
        ("MSFT", "SELL", D(20)),
    ]
    assert switch.cancelled_at is not None
    assert stays(lambda: position_of("AAPL") == position_of("MSFT") == 0, for_seconds=3)
    assert len(closing_orders()) == 2
    actions = list(KillSwitchEvent.objects.order_by("id").values_list("action", "actor_name"))
    assert actions[0] == ("engaged", "trader")
    assert ("flat", "gateway") in actions
    assert [action for action, _ in actions].count("engaged") == 1


@pytest.mark.parametrize("point", ["after_the_claim", "after_the_write", "in_the_batch"])
def test_a_gateway_killed_while_it_closes_doubles_nothing(desk: LiveDesk, point: str) -> None:
    desk.gateway.start()
    hold(desk, "AAPL", 30)
    resting = wait_status(desk.submit("AAPL", 1, "100.00"), "working", within=60)
    desk.gateway.stop()
    die_at(desk, point, "place")
    on(desk, flatten=True)
    take_over(desk)
    wait_status(resting, "cancelled", within=60)
    if point == "after_the_claim":
        # nobody knows whether IB has it: until a person says so, or IB does, nothing is sent a second time
        (order,) = closing_orders()
        assert wait_status(order, "unknown", within=60)
        assert stays(lambda: len(closing_orders()) == 1, for_seconds=3)
        assert at_ib(desk, order) == []
        return
    eventually(lambda: KillSwitch.objects.filter(flat_at__isnull=False).exists(), within=60)
    assert stays(lambda: position_of("AAPL") == 0, for_seconds=2)
    assert sum(order.filled_quantity for order in closing_orders()) == 30


def test_a_gateway_killed_while_it_cancels_is_followed_by_one_that_goes_on(desk: LiveDesk) -> None:
    die_at(desk, "before_the_write", "cancel")
    desk.pin("AAPL", "189.99", "190.01")
    orders = [wait_status(desk.submit("AAPL", 1, "100.00"), "working", within=60) for _ in range(6)]
    on(desk)
    take_over(desk)
    for order in orders:
        wait_status(order, "cancelled", within=60)
    eventually(lambda: KillSwitch.objects.filter(cancelled_at__isnull=False).exists(), within=60)


def test_an_order_that_cannot_be_cancelled_now_is_asked_for_again_and_named(desk: LiveDesk) -> None:
    desk.gateway.start()
    desk.pin("AAPL", "189.99", "190.01")
    order = wait_status(desk.submit("AAPL", 1, "100.00"), "working", within=60)
    desk.gateway.kill()
    on(desk)
    report = io.StringIO()
    call_command("kill_switch", "status", stdout=report)
    (left,) = json.loads(report.getvalue())["orders_left"]
    assert left["order_id"] == str(order.pk)
    desk.gateway.start()
    wait_status(order, "cancelled", within=60)


def test_the_command_line_moves_it_and_says_who(desk: LiveDesk) -> None:
    told = io.StringIO()
    call_command("kill_switch", "on", reason="stop", keep_orders=True, stdout=told)
    assert json.loads(told.getvalue())["engaged"] is True
    call_command("kill_switch", "off", reason="go", user="trader", stdout=io.StringIO())
    rows = list(KillSwitchEvent.objects.order_by("id").values_list("action", "via", "actor_name"))
    assert rows[0][:2] == ("engaged", "command")
    assert rows[0][2].endswith("at the command line")
    assert rows[1] == ("released", "command", "trader")
    with pytest.raises(DatabaseError):
        KillSwitchEvent.objects.update(reason="nobody was it")


def test_within_a_tenth_of_a_second_nothing_is_written_any_more(desk: LiveDesk, settings: Any) -> None:
    """Orders queue up behind IB's pacing; from a tenth of a second after the commit none of them reaches IB."""
    # recording them all takes a busy machine a while
    settings.IB_COMMAND_DEADLINE = timedelta(seconds=120)
    desk.gateway.environment["IB_COMMAND_DEADLINE_SECONDS"] = "120"
    desk.gateway.start()
    for symbol in SYMBOLS:
        desk.pin(symbol, "189.99", "190.01")
        desk.instrument(symbol)
    with publish.recording():  # one commit: the gateway meets all of them at once
        orders = [desk.submit(symbol, 1, f"{100 + n}.00") for n in range(18) for symbol in SYMBOLS]
    eventually(lambda: known_to_ib(desk) > 0, within=20, every=0.01)
    on(desk, cancel_orders=False)
    time.sleep(0.1)
    sent = known_to_ib(desk)
    assert stays(lambda: known_to_ib(desk) == sent, for_seconds=3)
    ended = [wait_status(order, "working", "rejected", within=60) for order in orders]
    refused = [order for order in ended if order.status == "rejected"]
    assert refused, "the pacing should have held some of them back"
    assert {order.reject_code for order in refused} == {"TRADING_HALTED"}
    assert len(ended) - len(refused) == sent
    assert not GatewayCommand.objects.filter(kind="place", status__in=["queued", "sent"]).exists()
