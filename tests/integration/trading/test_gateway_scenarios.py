"""The desk lives through the simulator's named scenarios: bugs that users of other systems met.

Each test starts one by name, trades, and asks at the end whether desk and IB tell the same story.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal as D
from typing import Any

import pytest

from config.shared.errors import DeskError, ErrorCode
from market_data.services import fresh_quote
from tests.fixtures.gateway import (
    CLIENT_ID,
    LiveDesk,
    anomalies_of,
    events_of,
    fills_of,
    stays,
    wait_status,
)
from tests.fixtures.waiting import eventually
from trading.domain.incidents import Choice
from trading.domain.orders import OrderSide, OrderTicket, OrderType
from trading.models import Fill, GatewayState, Incident, Order
from trading.services.incident_choices import resolve_incident
from trading.services.preview import preview_order


@pytest.fixture
def db(shared_desk: LiveDesk) -> None:
    """The module's desk owns the database: nothing is rolled back between tests."""


@pytest.fixture
def desk(db: None, calm_desk: LiveDesk) -> Iterator[LiveDesk]:
    calm_desk.pin("AAPL", "189.99", "190.01", replenish=True)
    calm_desk.gateway.wait_for("ready")
    yield calm_desk
    calm_desk.simulator.control.delete("/chaos")


@contextmanager
def scenario(desk: LiveDesk, name: str, **parameters: Any) -> Iterator[None]:
    """Runs for the length of the block."""
    desk.simulator.control.post(f"/scenarios/{name}", parameters)
    try:
        yield
    finally:
        desk.simulator.control.delete(f"/scenarios/{name}")


def at_ib(desk: LiveDesk, order: Order) -> list[dict[str, Any]]:
    """What the simulator has of an order, past everything a client may have been told."""
    return [row for row in desk.simulator.control.get("/state")["orders"] if row["order_ref"] == str(order.pk)]


def executions_at_ib(desk: LiveDesk, order: Order) -> D:
    rows = desk.simulator.control.get("/state")["executions"]
    return sum((D(row["quantity"]) for row in rows if row["order_ref"] == str(order.pk)), D(0))


def agrees(desk: LiveDesk, order: Order) -> bool:
    """One order at IB, and as much of it filled as the desk has fills."""
    rows = at_ib(desk, order)
    return len(rows) == 1 and D(rows[0]["filled"]) == sum((q for q, _ in fills_of(order)), D(0))


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def is_ready() -> bool:
    return GatewayState.objects.get(pk="main").is_ready


# What IB says, and in which order -------------------------------------------------------------------------------


def test_executions_and_cancels_before_their_order(desk: LiveDesk) -> None:
    with scenario(desk, "open_order_after_status"):
        filled = wait_status(desk.submit("AAPL", 10), "filled")
        gone = wait_status(desk.submit("AAPL", 10, "150.00", time_in_force="IOC"), "cancelled", "expired")
    assert agrees(desk, filled)
    assert agrees(desk, gone)
    assert anomalies_of(filled) == anomalies_of(gone) == []


def test_a_market_order_of_which_only_executions_tell(desk: LiveDesk) -> None:
    with scenario(desk, "executions_only"):
        order = wait_status(desk.submit("AAPL", 10), "filled")
    assert agrees(desk, order)
    assert anomalies_of(order) == []


@pytest.mark.parametrize(
    ("kind", "seconds", "commission"),
    [("before_execution", 0, D("1")), ("late", 1, D("1")), ("missing", 0, None), ("placeholder", 0, None)],
)
def test_the_commission_is_ibs_or_it_is_none(desk: LiveDesk, kind: str, seconds: float, commission: D | None) -> None:
    with scenario(desk, "commission_trouble", kind=kind, seconds=float(seconds)):
        order = wait_status(desk.submit("AAPL", 10), "filled")
        if commission is not None:
            eventually(lambda: fresh(order).commission == commission)
        else:
            assert stays(lambda: not fresh(order).commission, for_seconds=1)
            assert {fill.commission for fill in Fill.objects.filter(order=order)} == {None}


def test_an_acknowledgement_that_comes_again_after_fills(desk: LiveDesk) -> None:
    desk.pin("AAPL", "189.99", "190.01", size="40")
    with scenario(desk, "open_order_repeated_after_fills"):
        order = wait_status(desk.submit("AAPL", 100, "190.01"), "partially_filled")
        assert stays(lambda: fresh(order).status == "partially_filled", for_seconds=1.5)
    assert fresh(order).filled_quantity == D(40)
    wait_status(desk.cancel(order), "cancelled")
    assert agrees(desk, order)


def test_a_list_of_open_orders_that_knows_no_fills(desk: LiveDesk) -> None:
    desk.pin("AAPL", "189.99", "190.01", size="40")
    with scenario(desk, "open_orders_without_fills"):
        order = wait_status(desk.submit("AAPL", 100, "190.01"), "partially_filled")
        session = desk.gateway.wait_for("ready").session
        desk.fault("drop_connections")
        desk.gateway.wait_for_a_new_connection(than=session)
    assert fresh(order).filled_quantity == D(40)
    assert fresh(order).status == "partially_filled"
    wait_status(desk.cancel(order), "cancelled")


# Orders placed elsewhere ----------------------------------------------------------------------------------------


def test_orders_without_a_number_are_told_apart(desk: LiveDesk) -> None:
    with scenario(desk, "external_orders_with_id_zero", symbol="KO", orders=3, limit_price="1.00"):
        session = desk.gateway.wait_for("ready").session
        desk.fault("drop_connections")
        desk.gateway.wait_for_a_new_connection(than=session)
        rows = eventually(
            lambda: (found := Order.objects.filter(symbol="KO", origin="external")).count() == 3 and found
        )
    assert len({row.ib_perm_id for row in rows}) == 3


def test_a_position_and_the_open_order_that_made_it_count_once(desk: LiveDesk) -> None:
    names = {"symbol": "PEP", "bid": "169.98", "ask": "170.00", "quantity": "100", "filled": "40"}
    with scenario(desk, "position_and_partly_filled_order", **names):
        session = desk.gateway.wait_for("ready").session
        desk.fault("drop_connections")
        desk.gateway.wait_for_a_new_connection(than=session)
        position = eventually(lambda: desk.account.positions.filter(instrument__symbol="PEP").first())
        order = eventually(lambda: Order.objects.filter(symbol="PEP", origin="external").first())
        assert position.quantity == D(40)
        eventually(lambda: fresh(order).filled_quantity == D(40))
        assert sum(quantity for quantity, _ in fills_of(order)) == D(40)


# Questions without answers --------------------------------------------------------------------------------------


def test_a_question_that_times_out_is_not_none(desk: LiveDesk) -> None:
    order = wait_status(desk.submit("AAPL", 10, "180.00"), "working")
    with scenario(desk, "queries_time_out"):
        desk.fault("drop_connections")
        eventually(lambda: not is_ready())
        assert stays(lambda: not is_ready() and fresh(order).status == "working", for_seconds=4)
    desk.gateway.wait_for("ready", within=60)
    assert fresh(order).status == "working"
    wait_status(desk.cancel(order), "cancelled")


def test_executions_without_an_end_are_no_answer(desk: LiveDesk) -> None:
    with scenario(desk, "executions_without_end"):
        desk.fault("drop_connections")
        eventually(lambda: not is_ready())
        assert stays(lambda: not is_ready(), for_seconds=4)
    desk.gateway.wait_for("ready", within=60)


def test_a_gateway_without_ids_is_not_ready_and_says_so(desk: LiveDesk) -> None:
    with scenario(desk, "zombie_gateway"):
        eventually(lambda: not is_ready())
        assert stays(lambda: not is_ready(), for_seconds=3)
        with pytest.raises(DeskError) as refused:
            desk.submit("AAPL", 1, "180.00")
        assert refused.value.code == ErrorCode.IB_CONNECTION_FAILED
    desk.gateway.wait_for("ready", within=60)


def test_a_client_id_that_lingers_is_waited_for(desk: LiveDesk) -> None:
    began = time.monotonic()
    with scenario(desk, "client_id_lingers", seconds=7.0, client_id=CLIENT_ID):
        eventually(lambda: "326" in GatewayState.objects.get().reason, every=0.02)
        desk.gateway.wait_for("ready", within=30)
    assert time.monotonic() - began >= 7
    assert [row["client_id"] for row in desk.simulator.control.get("/state")["clients"]] == [CLIENT_ID]


# The link and the data ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data_lost", [False, True])
def test_fills_during_an_outage_are_found_after_it(desk: LiveDesk, data_lost: bool) -> None:
    order = wait_status(desk.submit("AAPL", 10, "189.50"), "working")
    with scenario(desk, "link_outage", seconds=2.0, data_lost=data_lost, times=3):
        eventually(lambda: GatewayState.objects.get().state == "degraded")
        desk.pin("AAPL", "189.00", "189.02")
        assert fresh(order).status == "working"
        order = wait_status(order, "filled")
        desk.gateway.wait_for("ready", within=30)
    assert agrees(desk, order)


def test_a_farm_that_comes_back_without_its_data(desk: LiveDesk) -> None:
    assert fresh_quote(desk.instrument("AAPL")) is not None
    with scenario(desk, "farm_back_without_data", seconds=1.0, data_returns=False):
        assert stays(is_ready, for_seconds=2)
        order = wait_status(desk.submit("AAPL", 10, "180.00"), "working")
        wait_status(desk.cancel(order), "cancelled")


def test_another_session_takes_the_data_and_orders_go_on(desk: LiveDesk) -> None:
    assert fresh_quote(desk.instrument("AAPL")) is not None
    with scenario(desk, "competing_session", seconds=2.0):
        order = wait_status(desk.submit("AAPL", 10, "180.00"), "working")
        wait_status(desk.cancel(order), "cancelled")
    eventually(lambda: fresh_quote(desk.instrument("AAPL")) is not None, within=30)


def test_a_night_of_resets(desk: LiveDesk) -> None:
    order = wait_status(desk.submit("AAPL", 10, "180.00", time_in_force="GTC"), "working")
    with scenario(desk, "reset_night", seconds=4.0):
        eventually(lambda: not is_ready())
        desk.gateway.wait_for("ready", within=60)
    assert fresh(order).status == "working"
    wait_status(desk.cancel(order), "cancelled")


# Refusals, holds and silence ------------------------------------------------------------------------------------

CODES = (10349, 399, 202, 110, 10147, 10148, 321, 200, 460)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("state", ["pending", "submitted"])
def test_whatever_code_comes_the_desk_ends_where_ib_does(desk: LiveDesk, code: int, state: str) -> None:
    with scenario(desk, "code_at_order_state", code=code, state=state):
        order = desk.submit("AAPL", 10, "180.00")

        def same() -> bool:
            rows = at_ib(desk, order)
            status = fresh(order).status
            if not rows:
                return status == "rejected"
            expected = {"Submitted": {"working"}, "PreSubmitted": {"working"}, "Inactive": {"rejected"}}
            return status in expected.get(rows[0]["status"], {"cancelled", "rejected"})

        eventually(same, within=20)
        assert stays(same, for_seconds=1)
    assert fresh(order).filled_quantity == 0
    if fresh(order).status == "working":
        wait_status(desk.cancel(order), "cancelled")


def test_an_order_held_for_a_locate_is_alive(desk: LiveDesk) -> None:
    with scenario(desk, "inactive_alive_or_dead", kind="locate", seconds=2.0):
        order = desk.submit("AAPL", 10, "195.00", side="SELL")
        held = wait_status(order, "suspended", "working")
        assert held.status != "rejected"
        wait_status(order, "working")
    wait_status(desk.cancel(order), "cancelled")


def test_an_inactive_order_refused_for_its_margin_is_dead(desk: LiveDesk) -> None:
    with scenario(desk, "inactive_alive_or_dead", kind="margin"):
        order = wait_status(desk.submit("AAPL", 10, "180.00"), "rejected")
    assert order.reject_code == ErrorCode.INSUFFICIENT_FUNDS


def test_orders_of_both_sides_that_ib_refuses(desk: LiveDesk) -> None:
    buy = wait_status(desk.submit("AAPL", 10, "180.00"), "working")
    with scenario(desk, "both_sides_refused"):
        sell = wait_status(desk.submit("AAPL", 10, "195.00", side="SELL"), "rejected")
    assert "both sides" in sell.reject_reason
    assert fresh(buy).status == "working"
    wait_status(desk.cancel(buy), "cancelled")


def test_a_batch_of_which_some_vanish(desk: LiveDesk) -> None:
    with scenario(desk, "batch_partly_swallowed", first=1, swallowed=2):
        orders = [desk.submit("AAPL", 10, "180.00") for _ in range(4)]
        eventually(
            lambda: sorted(fresh(row).status for row in orders) == ["unknown", "unknown", "working", "working"],
            within=25,
        )
    for order in orders:
        known = at_ib(desk, order)
        assert len(known) == (1 if fresh(order).status == "working" else 0)
        if known:
            desk.cancel(order)


def test_a_night_on_which_order_ids_go_back(desk: LiveDesk) -> None:
    first = wait_status(desk.submit("AAPL", 10, "180.00", time_in_force="GTC"), "working")
    session = desk.gateway.wait_for("ready").session
    with scenario(desk, "order_ids_rolled_back", client_id=CLIENT_ID, by=4):
        desk.gateway.wait_for_a_new_connection(than=session)
    second = wait_status(desk.submit("AAPL", 10, "181.00"), "working")
    assert (second.ib_order_id or 0) > (first.ib_order_id or 0) > 0
    assert len(at_ib(desk, first)) == len(at_ib(desk, second)) == 1


def test_completed_orders_without_any_number(desk: LiveDesk) -> None:
    """The order ends while nobody listens, and the list of completed orders has lost its ids; the reference is left."""
    order = wait_status(desk.submit("AAPL", 10, "180.00"), "working")
    with scenario(desk, "completed_orders_zeroed"):
        session = desk.gateway.wait_for("ready").session
        known = at_ib(desk, order)[0]
        desk.simulator.control.post("/faults", {"name": "refuse_connections"})
        desk.fault("drop_connections")
        eventually(lambda: not is_ready())
        desk.fault("cancel_order", client_id=CLIENT_ID, order_id=known["order_id"], silent=True)
        desk.simulator.control.post("/faults", {"name": "refuse_connections", "on": False})
        desk.gateway.wait_for_a_new_connection(than=session)
        order = wait_status(order, "cancelled", "unknown")
    assert order.status in {"cancelled", "unknown"}
    assert order.filled_quantity == 0


def test_a_change_sent_into_an_outage_that_becomes_a_second_order(desk: LiveDesk) -> None:
    """Nothing can prevent it at IB (nautilus_trader#4564): both fills must be on the books, whatever was asked for."""
    order = wait_status(desk.submit("AAPL", 10, "185.00"), "working")
    desk.fault("split_modify", count=1)
    desk.modify(order, limit_price="186.00")
    eventually(lambda: len(at_ib(desk, order)) == 2)
    desk.pin("AAPL", "184.00", "184.02", replenish=True)
    eventually(lambda: executions_at_ib(desk, order) == D(20))
    eventually(lambda: sum((q for q, _ in fills_of(order)), D(0)) == D(20), within=20)
    assert fresh(order).filled_quantity == D(20)
    assert "order_filled" in events_of(order)


def test_two_live_orders_for_one_intent_call_a_person(desk: LiveDesk) -> None:
    order = wait_status(desk.submit("AAPL", 10, "185.00"), "working")
    desk.fault("split_modify", count=1)
    desk.modify(order, limit_price="186.00")
    numbers = {row["perm_id"] for row in eventually(lambda: len(at_ib(desk, order)) == 2 and at_ib(desk, order))}
    doubled = Incident.objects.filter(kind="doubled_at_ib", order=order)
    incident = eventually(lambda: doubled.filter(resolved_at=None).first(), within=20)
    assert set(incident.evidence["live_perm_ids"]) == numbers
    assert set(order.perm_ids.values_list("perm_id", flat=True)) == numbers
    resolve_incident(incident_id=incident.pk, user=desk.user, choice=Choice.SEND_CANCEL)
    eventually(lambda: not doubled.filter(resolved_at=None).exists(), within=20)
    assert fresh(order).status != "cancelled"  # one of the two is alive
    desk.pin("AAPL", "184.00", "184.02", replenish=True)
    eventually(lambda: sum((q for q, _ in fills_of(order)), D(0)) == D(10), within=20)


def test_a_preview_whose_first_answer_is_unset(desk: LiveDesk) -> None:
    ticket = OrderTicket(side=OrderSide.BUY, quantity=D(100), order_type=OrderType.LMT, limit_price=D("190.00"))
    with scenario(desk, "what_if_unset_first", seconds=0.2):
        answer = preview_order(account=desk.account, instrument=desk.instrument("AAPL"), ticket=ticket)
    assert D(answer.what_if["init_margin_change"]) > 0
