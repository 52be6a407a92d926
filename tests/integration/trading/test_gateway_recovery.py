"""Kills, lost links and lost answers: no order is lost, none is sent twice, and nobody guesses."""

import asyncio
import time
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Account
from config.shared.errors import DeskError, ErrorCode
from config.shared.gateway_queries import ask_gateway
from config.shared.redis import redis_client
from market_data.models import Instrument
from market_data.services import fresh_quote
from tests.fixtures.gateway import (
    ACCOUNT,
    CLIENT_ID,
    GatewayProcess,
    LiveDesk,
    anomalies_of,
    events_of,
    fills_of,
    other_client,
    stays,
    wait_status,
    words_of,
)
from tests.fixtures.waiting import eventually
from trading.domain.orders import OrderSide, OrderTicket, OrderType
from trading.gateway.commands import CommandDesk
from trading.gateway.ib_library import IbLibrary, load_ib_library
from trading.models import Fill, GatewayCommand, GatewayLease, GatewayState, Order, StreamEvent
from trading.services.orders import request_reconnect, submit_order


@pytest.fixture
def desk(own_desk: LiveDesk) -> LiveDesk:
    """A desk in sync; AAPL at 189.99 to 190.01."""
    own_desk.gateway.start()
    own_desk.pin("AAPL", "189.99", "190.01")
    return own_desk


def at_the_simulator(desk: LiveDesk, order: Order) -> list[dict[str, Any]]:
    """What the other side has of an order, however often it was sent."""
    return [row for row in desk.simulator.control.get("/state")["orders"] if row.get("order_ref") == str(order.pk)]


def claim_as_the_gateway_does(next_valid_id: int = 1) -> None:
    """Everything up to the commit that precedes the socket: what a process killed in that moment leaves behind."""

    async def load() -> IbLibrary:  # it wants a running loop
        return load_ib_library()

    epoch = GatewayLease.objects.get().epoch
    desk = CommandDesk(library=asyncio.run(load()), client_id=CLIENT_ID, lease_epoch=lambda: epoch)
    assert len(desk.claim(limit=10, next_valid_id=next_valid_id, may_send=True)) == 1


def submit_while_the_gateway_is_dead(desk: LiveDesk, *ticket: Any) -> Order:
    """The row says ready for a few seconds after a `kill -9`: that is the window this is about."""
    assert fresh_quote(desk.instrument("AAPL")) is not None
    desk.gateway.kill()
    return desk.submit(*ticket)


def test_a_kill_between_reserving_and_sending_is_unknown_and_never_sent_again(desk: LiveDesk) -> None:
    order = submit_while_the_gateway_is_dead(desk, "AAPL", 10, "180.00")
    claim_as_the_gateway_does()
    desk.gateway.start()
    order = wait_status(order, "unknown")
    assert GatewayCommand.objects.get(order=order).status == "unknown"
    assert stays(lambda: Order.objects.get(pk=order.pk).status == "unknown", for_seconds=4)
    assert at_the_simulator(desk, order) == []
    assert order.ib_order_id is not None
    following = wait_status(desk.submit("AAPL", 10, "180.00"), "working")
    assert following.ib_order_id > order.ib_order_id


def test_a_kill_right_after_sending_is_settled_by_what_ib_has(desk: LiveDesk) -> None:
    assert fresh_quote(desk.instrument("AAPL")) is not None
    desk.fault("delay_ms", ms=3000)  # the order arrives, its answers come too late
    filled, working = desk.submit("AAPL", 10), desk.submit("AAPL", 10, "180.00")
    eventually(lambda: at_the_simulator(desk, filled) and at_the_simulator(desk, working))
    desk.gateway.kill()
    desk.no_faults()
    assert {Order.objects.get(pk=o.pk).status for o in (filled, working)} == {"pending_submit"}
    desk.gateway.start()
    filled, working = wait_status(filled, "filled"), wait_status(working, "working")
    assert [len(at_the_simulator(desk, order)) for order in (filled, working)] == [1, 1]
    assert filled.events.filter(type="order_filled", source="sync").exists()
    assert "outcome_unknown" in events_of(working)
    wait_status(desk.cancel(working), "cancelled")  # the same client id: still ours to cancel


def test_an_order_that_ib_never_answers_is_asked_about_and_stays_unknown(desk: LiveDesk) -> None:
    desk.fault("swallow_orders", count=1)
    order = desk.submit("AAPL", 10, "180.00")
    order = wait_status(order, "unknown", within=20)
    assert at_the_simulator(desk, order) == []
    assert events_of(order) == ["order_submitted", "send_reserved", "outcome_unknown"]


def test_an_acknowledgement_that_was_lost_is_found_by_asking(desk: LiveDesk) -> None:
    desk.fault("lose_acknowledgement", count=1)
    order = wait_status(desk.submit("AAPL", 10, "180.00"), "working", within=20)
    assert order.events.filter(source="sync", type="order_found_open").exists()
    assert order.ib_perm_id


@pytest.mark.alone
def test_a_killed_simulator_is_noticed_at_once_and_nothing_is_missed(desk: LiveDesk) -> None:
    desk.pin("MSFT", "99.99", "100.01", size="300")  # far from where its market goes on after a restart
    working = wait_status(desk.submit("AAPL", 10, "180.00"), "working")
    partly = wait_status(desk.submit("MSFT", 1000, "100.01"), "partially_filled")
    desk.simulator.kill()
    killed_at = time.monotonic()
    state = desk.gateway.wait_for("disconnected", within=3)
    assert time.monotonic() - killed_at < 1.5
    assert state.accounts == [ACCOUNT]
    with pytest.raises(DeskError) as refused:
        desk.submit("AAPL", 10, "180.00")
    assert refused.value.code == ErrorCode.IB_CONNECTION_FAILED
    desk.simulator.start()
    desk.gateway.wait_for("ready", within=30)
    assert wait_status(working, "working").ib_order_id == working.ib_order_id
    assert wait_status(partly, "partially_filled").filled_quantity == D(300)
    assert GatewayState.objects.get().reconnects == 1
    pushed = StreamEvent.objects.filter(channel="gateway").order_by("seq").values_list("data__state", flat=True)
    states = list(pushed)
    since = states[states.index("ready") + 1 :]
    assert since[0] == "disconnected"
    assert since[-1] == "ready"
    wait_status(desk.cancel(working), "cancelled")


def test_fills_missed_while_down_are_booked_once_with_their_commission(desk: LiveDesk) -> None:
    order = wait_status(desk.submit("AAPL", 10, "185.00"), "working")
    desk.gateway.stop()
    desk.pin("AAPL", "184.98", "184.99")
    eventually(lambda: at_the_simulator(desk, order)[0]["status"] == "Filled")
    assert Order.objects.get(pk=order.pk).status == "working"
    desk.gateway.start()
    order = wait_status(order, "filled")
    assert fills_of(order) == [(D(10), D("185.00"))] or fills_of(order) == [(D(10), D("184.99"))]
    assert order.events.get(type="order_filled").source == "sync"
    assert eventually(lambda: Fill.objects.get(order=order).commission)
    desk.gateway.stop()
    desk.gateway.start()
    assert Fill.objects.filter(order=order).count() == 1
    assert anomalies_of(order) == []


def test_an_order_cancelled_while_nobody_was_connected(desk: LiveDesk) -> None:
    order = wait_status(desk.submit("AAPL", 10, "180.00"), "working")
    desk.gateway.stop()
    other_client(desk.simulator, "cancel", str(order.ib_order_id), client_id=CLIENT_ID)
    desk.gateway.start()
    order = wait_status(order, "cancelled")
    assert order.events.get(type="order_cancelled").source == "sync"


def test_an_order_of_another_client_appears_with_its_origin_and_its_fills(desk: LiveDesk) -> None:
    desk.pin("KO", "59.99", "60.00", size="40")
    _, perm_id, _ = other_client(desk.simulator, "place", "BUY", "100", "KO", "60.00").split()
    desk.fault("drop_connections", client_id=CLIENT_ID)
    order = eventually(lambda: Order.objects.filter(perm_ids__perm_id=int(perm_id)).first(), within=20)
    order = wait_status(order, "partially_filled")
    assert (order.origin, order.quantity, order.filled_quantity) == ("external", D(100), D(40))
    assert (order.symbol, order.limit_price, order.ib_client_id) == ("KO", D("60.00"), 55)
    assert eventually(lambda: Instrument.objects.get(symbol="KO").long_name)  # described by IB, not only named
    assert events_of(order)[0] == "external_order_seen"
    with pytest.raises(DeskError) as refused:
        desk.cancel(order)
    assert refused.value.code == ErrorCode.CONFLICT


def test_another_clients_finished_order_is_complete_from_the_start(desk: LiveDesk) -> None:
    desk.pin("KO", "59.99", "60.00", size="40", replenish=True)
    _, perm_id, _ = other_client(desk.simulator, "place", "BUY", "100", "KO", "60.00").split()
    eventually(lambda: [r for r in desk.simulator.control.get("/state")["orders"] if r["status"] == "Filled"])
    desk.fault("drop_connections", client_id=CLIENT_ID)
    order = eventually(lambda: Order.objects.filter(perm_ids__perm_id=int(perm_id)).first(), within=20)
    order = wait_status(order, "filled")
    assert (order.quantity, order.filled_quantity) == (D(100), D(100))
    assert sum(quantity for quantity, _ in fills_of(order)) == D(100)


def test_a_lost_link_stops_orders_until_everything_is_compared(desk: LiveDesk) -> None:
    order = wait_status(desk.submit("AAPL", 10, "185.00"), "working")
    desk.fault("link_down")
    state = desk.gateway.wait_for("degraded", within=5)
    assert "1100" in state.reason
    with pytest.raises(DeskError) as refused:
        desk.submit("AAPL", 10, "180.00")
    assert refused.value.code == ErrorCode.IB_CONNECTION_FAILED
    desk.pin("AAPL", "184.98", "184.99")  # fills nobody hears of
    desk.fault("link_up", data_lost=True)
    desk.gateway.wait_for("ready", within=20)
    order = wait_status(order, "filled")
    assert order.events.get(type="order_filled").source == "sync"


def test_a_silent_socket_is_given_up(desk: LiveDesk) -> None:
    desk.fault("stall")
    state = desk.gateway.wait_for("disconnected", within=15)
    assert "silent" in state.reason
    desk.no_faults()
    desk.gateway.wait_for("ready", within=40)


def test_a_command_past_its_deadline_is_never_sent(desk: LiveDesk) -> None:
    order = submit_while_the_gateway_is_dead(desk, "AAPL", 10)
    GatewayCommand.objects.filter(order=order).update(deadline_at=timezone.now())
    desk.gateway.start()
    order = wait_status(order, "rejected")
    assert (order.reject_code, order.ib_order_id) == ("IB_CONNECTION_FAILED", None)
    assert GatewayCommand.objects.get(order=order).status == "expired"
    assert at_the_simulator(desk, order) == []


def test_an_order_id_that_ib_rolled_back_is_not_used_twice(desk: LiveDesk) -> None:
    first = wait_status(desk.submit("AAPL", 10, "180.00"), "working")
    desk.fault("roll_back_order_ids", client_id=CLIENT_ID, by=20)
    session = GatewayState.objects.get().session
    desk.fault("drop_connections", client_id=CLIENT_ID)
    desk.gateway.wait_for_a_new_connection(than=session)
    second = wait_status(desk.submit("AAPL", 11, "180.00"), "working")
    assert second.ib_order_id > first.ib_order_id
    assert wait_status(first, "working").quantity == D(10)


def test_an_unfinished_answer_is_not_an_empty_one(desk: LiveDesk) -> None:
    order = wait_status(desk.submit("AAPL", 10, "180.00"), "working")
    desk.fault("lose_messages", messages=[53])  # the end of open orders
    desk.fault("drop_connections", client_id=CLIENT_ID)
    eventually(lambda: "Could not come in sync" in GatewayState.objects.get().reason, within=30)
    assert Order.objects.get(pk=order.pk).status == "working"
    desk.no_faults()
    desk.gateway.wait_for("ready", within=60)
    assert Order.objects.get(pk=order.pk).status == "working"


def test_a_polite_stop_says_so(desk: LiveDesk) -> None:
    assert desk.gateway.stop() == 0
    state = GatewayState.objects.get()
    assert (state.state, state.is_alive) == ("disconnected", False)
    assert "stopped" in state.reason


def test_a_second_gateway_stands_by_and_takes_over(desk: LiveDesk) -> None:
    second = GatewayProcess(desk.gateway.log_file.parent, desk.simulator)
    second.log_file = second.log_file.with_name("second.log")
    second.launch()
    try:
        eventually(lambda: "standing by" in second.log(), within=20)
        wait_status(desk.submit("AAPL", 10), "filled")
        assert GatewayState.objects.get().state == "ready"
        desk.gateway.kill()
        second.wait_for("ready", within=30)
        wait_status(desk.submit("AAPL", 10), "filled")
    finally:
        second.stop()


def test_words_and_order_survive_what_cannot_be_understood(desk: LiveDesk) -> None:
    desk.fault("error", code=201, text="x" * 100_000, id=999_999)
    order = wait_status(desk.submit("AAPL", 10), "filled")
    assert words_of(order, "execDetails")


def backends() -> set[int]:
    """Connections to the test database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return {row[0] for row in cursor.fetchall()}


def test_cut_database_connections_cost_nothing(own_desk: LiveDesk) -> None:
    desk, of_the_tests = own_desk, backends()
    desk.gateway.start()
    working = wait_status(desk.submit("AAPL", 10, "100.00"), "working")
    of_the_gateway = sorted(backends() - of_the_tests)
    assert len(of_the_gateway) >= 3  # Django's, the listener's, the lease's
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", [of_the_gateway])
    desk.cancel(working)
    wait_status(working, "cancelled")
    wait_status(desk.submit("AAPL", 10), "filled")
    assert desk.gateway.is_running
    assert "lease_in_doubt" in desk.gateway.log()
    assert GatewayState.objects.get().reconnects == 0


def test_cut_redis_connections_cost_nothing(desk: LiveDesk) -> None:
    desk.instrument("AAPL")  # asked before the cut: a question may be lost with Redis, an order may not
    redis_client().execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    redis_client().connection_pool.disconnect()  # ours are cut as well
    wait_status(desk.submit("AAPL", 10), "filled")
    assert eventually(_answers_questions, within=30)


def _answers_questions() -> bool:
    """A question may be lost with Redis; whoever asked asks again."""
    try:
        return bool(ask_gateway("instrument_details", symbol="MSFT", timeout=3)["symbol"] == "MSFT")
    except DeskError:
        return False


@pytest.mark.alone
def test_a_burst_is_sent_at_ibs_pace_and_each_order_once(desk: LiveDesk) -> None:
    desk.pin("AAPL", "189.99", "190.01", size="100000", replenish=True)
    orders = [desk.submit("AAPL", 1) for _ in range(60)]
    wait_status(orders[-1], "filled", within=60)
    for order in orders:
        assert wait_status(order, "filled").filled_quantity == D(1)
        assert len(at_the_simulator(desk, order)) == 1
    ids = [Order.objects.get(pk=order.pk).ib_order_id for order in orders]
    assert ids == sorted(set(ids))
    sent = sorted(GatewayCommand.objects.filter(order__in=orders).values_list("sent_at", flat=True))
    for start in sent:
        assert sum(1 for at in sent if timedelta(0) <= at - start < timedelta(seconds=0.9)) <= 50


def test_a_cancel_on_the_heels_of_its_order(desk: LiveDesk) -> None:
    order = desk.submit("AAPL", 10, "180.00")
    desk.cancel(order)
    order = wait_status(order, "cancelled")
    assert anomalies_of(order) == []


def test_a_reconnect_that_somebody_asked_for(desk: LiveDesk) -> None:
    session = GatewayState.objects.get().session
    command = request_reconnect()
    desk.gateway.wait_for_a_new_connection(than=session)
    assert GatewayCommand.objects.get(pk=command.pk).status == "done"


def test_two_accounts_of_one_login(own_desk: LiveDesk) -> None:
    own_desk.simulator.kill()
    own_desk.simulator.start("--accounts", "DU1234567,DU7654321")
    own_desk.gateway.start()
    own_desk.pin("AAPL", "189.99", "190.01")
    second = eventually(lambda: Account.objects.filter(pk="DU7654321").first())
    assert eventually(lambda: second.values.filter(tag="NetLiquidation", amount__gt=0).exists())
    ticket = OrderTicket(side=OrderSide.BUY, quantity=D(10), order_type=OrderType.MKT)
    order, _ = submit_order(user=own_desk.user, account=second, instrument=own_desk.instrument("AAPL"), ticket=ticket)
    order = wait_status(order, "filled")
    assert Fill.objects.get(order=order).account_id == "DU7654321"
    assert eventually(lambda: second.positions.filter(quantity=10).exists())
    assert not Account.objects.get(pk=ACCOUNT).positions.filter(quantity=10).exists()
    own_desk.fault("link_down")
    own_desk.gateway.wait_for("degraded", within=10)
    own_desk.fault("link_up")
    own_desk.gateway.wait_for("ready", within=20)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("client_id_in_use", "client id is in use"),
        ("refuse_connections", "closed"),
        ("account_not_ready", "not ready"),
    ],
)
def test_why_there_is_no_connection_is_said_and_the_gateway_goes_on_trying(
    desk: LiveDesk, fault: str, reason: str
) -> None:
    desk.fault(fault)
    desk.fault("drop_connections", client_id=CLIENT_ID)
    eventually(lambda: GatewayState.objects.filter(state="disconnected", reason__icontains=reason).exists(), within=20)
    desk.no_faults()
    desk.gateway.wait_for("ready", within=30)


def test_an_order_of_another_client_id_is_not_ours_to_cancel(desk: LiveDesk) -> None:
    order = wait_status(desk.submit("AAPL", 10, "180.00"), "working")
    desk.gateway.stop()
    desk.gateway.environment["IB_CLIENT_ID"] = "8"
    desk.gateway.start()
    desk.cancel(order)
    order = wait_status(order, "working")
    refused = order.events.get(type="cancel_rejected")
    assert refused.data["code"] == "IB_ORDER_REJECTED"
    assert at_the_simulator(desk, order)[0]["status"] == "Submitted"
