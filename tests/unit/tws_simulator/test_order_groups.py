"""Orders that depend on each other: brackets, untransmitted chains, and one-cancels-all groups."""

from typing import Any

import pytest
from tws_simulator.events import OrderRefused
from tws_simulator.exchange.orders import Order

from tests.unit.tws_simulator.trading import D, S, Trader


@pytest.fixture
def trader(desk: Any) -> Trader:
    desk.pin("189.99", "190.01", "500", last="190")
    return Trader(desk)


def bracket(trader: Trader, quantity: str = "100", price: str = "190.01") -> tuple[Order, Order, Order]:
    """A bought parent with a profit taker and a stop loss; the last one transmits them all."""
    parent = trader.limit("BUY", price, quantity, transmit=False)
    more = {"parent_id": parent.order_id}
    taker = trader.limit("SELL", "195", quantity, transmit=False, **more)
    stop = trader.place("SELL", quantity, "STP", stop_price="185", **more)
    return parent, taker, stop


def test_a_bracket_says_nothing_until_its_last_order_is_sent(trader: Trader) -> None:
    parent = trader.limit("BUY", "180", transmit=False)
    taker = trader.limit("SELL", "195", transmit=False, parent_id=parent.order_id)
    trader.desk.pass_time()
    assert (trader.words, parent.status, taker.status) == ([], S.API_PENDING, S.API_PENDING)
    stop = trader.place("SELL", kind="STP", stop_price="175", parent_id=parent.order_id)
    assert trader.words == [
        (1, "PreSubmitted", ""),
        (2, "PreSubmitted", "child"),
        (3, "PreSubmitted", "child"),
        (1, "Submitted", ""),
    ]
    assert {row.parent_perm_id for row in (taker, stop)} == {parent.perm_id}
    assert {row.group for row in (taker, stop)} == {str(parent.perm_id)}


def test_children_come_alive_when_the_parent_fills(trader: Trader) -> None:
    parent, taker, stop = bracket(trader)
    assert (parent.status, taker.status, stop.status) == (S.FILLED, S.SUBMITTED, S.PRE_SUBMITTED)
    assert (taker.why_held, stop.why_held) == ("", "trigger")
    trader.desk.pin("195.00", "195.02")
    assert (taker.status, taker.average_price, stop.status) == (S.FILLED, D(195), S.CANCELLED)
    assert trader.words[-1] == (3, "Cancelled", 202)
    assert trader.broker.account("").quantity(265598) == 0


def test_the_stop_of_a_bracket_cancels_the_profit_taker(trader: Trader) -> None:
    _, taker, stop = bracket(trader)
    trader.desk.pin("184.00", "184.02", last="184")
    assert (stop.status, taker.status) == (S.FILLED, S.CANCELLED)


def test_children_work_for_the_filled_part_of_their_parent(trader: Trader) -> None:
    parent, taker, stop = bracket(trader, "800")
    assert (parent.filled, taker.status, stop.why_held) == (D(500), S.SUBMITTED, "trigger")
    trader.desk.pin("195.00", "195.02", "10000")
    assert (taker.filled, taker.remaining) == (D(500), D(300))
    assert (stop.ticket.quantity, trader.broker.allowance(stop)) == (D(300), D(0))
    trader.desk.pin("184.00", "184.02", "200", last="184")
    assert (parent.filled, stop.filled) == (D(700), D(200))
    assert trader.broker.account("").quantity(265598) == 0


def test_a_parent_cancelled_with_a_part_filled_leaves_its_children_that_part(trader: Trader) -> None:
    parent, taker, stop = bracket(trader, "800")
    trader.cancel(parent)
    assert (parent.status, taker.ticket.quantity, stop.ticket.quantity) == (S.CANCELLED, D(500), D(500))
    assert (taker.status, stop.status) == (S.SUBMITTED, S.PRE_SUBMITTED)
    trader.desk.pin("195.00", "195.02", "10000")
    assert (taker.status, stop.status) == (S.FILLED, S.CANCELLED)
    assert trader.broker.account("").quantity(265598) == 0


def test_children_go_with_a_cancelled_parent(trader: Trader) -> None:
    parent, taker, stop = bracket(trader, price="180")
    trader.cancel(parent)
    assert [row.status for row in (parent, taker, stop)] == [S.CANCELLED] * 3
    assert trader.words[-3:] == [(1, "Cancelled", 202), (2, "Cancelled", 202), (3, "Cancelled", 202)]


def test_children_go_with_a_refused_parent(trader: Trader) -> None:
    parent, taker, stop = bracket(trader, "1000000")
    assert (parent.status, taker.status, stop.status) == (S.INACTIVE, S.CANCELLED, S.CANCELLED)
    assert isinstance(trader.told[0], OrderRefused)


def test_a_cancelled_child_leaves_the_others(trader: Trader) -> None:
    parent, taker, stop = bracket(trader, price="180")
    trader.cancel(taker)
    assert (parent.status, taker.status, stop.status) == (S.SUBMITTED, S.CANCELLED, S.PRE_SUBMITTED)


def test_a_child_can_take_its_parent_with_it(trader: Trader) -> None:
    parent = trader.limit("BUY", "180", transmit=False)
    child = trader.limit("SELL", "195", parent_id=parent.order_id, auto_cancel_parent=True)
    trader.cancel(child)
    assert parent.status is S.CANCELLED


def test_parents_and_children_can_be_changed(trader: Trader) -> None:
    parent, taker, stop = bracket(trader, price="180")
    trader.limit("SELL", "196", parent_id=parent.order_id, order_id=taker.order_id)
    assert (taker.limit_now, taker.why_held, taker.status) == (D(196), "child", S.PRE_SUBMITTED)
    trader.limit("BUY", "190.01", order_id=parent.order_id)
    assert (parent.status, taker.status) == (S.FILLED, S.SUBMITTED)
    trader.limit("SELL", "197", order_id=taker.order_id)  # the parent is done: its number may be left away
    assert taker.limit_now == D(197)
    trader.desk.pin("197.00", "197.02")
    assert (taker.status, stop.status) == (S.FILLED, S.CANCELLED)


def test_a_child_needs_a_living_parent(trader: Trader) -> None:
    done = trader.place()
    assert trader.refusal(kind="STP", action="SELL", stop_price="185", parent_id=77) == 10006
    assert trader.refusal(kind="STP", action="SELL", stop_price="185", parent_id=done.order_id) == 10006
    leaving = trader.limit("BUY", "180")
    trader.broker.begin_cancel(client_id=1, order_id=leaving.order_id)
    assert trader.refusal(kind="STP", action="SELL", stop_price="185", parent_id=leaving.order_id) == 201


def test_an_untransmitted_order_is_discarded(trader: Trader) -> None:
    order = trader.limit("BUY", "180", transmit=False)
    trader.cancel(order)
    assert trader.words == [(1, 202), (1, 161)]
    assert trader.broker.state.orders == {}
    assert trader.refusal(kind="LMT", limit_price="180", order_id=1) == 103


def test_untransmitted_orders_do_not_survive_a_restart(trader: Trader) -> None:
    parent = trader.limit("BUY", "180", transmit=False)
    kept = trader.limit("BUY", "180")
    trader.broker.reload()
    assert trader.broker.open_orders() == [kept]
    assert trader.broker.find(1, parent.order_id) is None


def oca(trader: Trader, kind: int, *orders: tuple[str, str, str]) -> list[Order]:
    return [trader.limit(side, price, size, oca_group="g", oca_type=kind) for side, price, size in orders]


def test_one_cancels_all(trader: Trader) -> None:
    first, second, third = oca(trader, 1, ("BUY", "189", "100"), ("BUY", "188", "300"), ("SELL", "195", "50"))
    trader.desk.pin("188.98", "189.00", "40")
    assert (first.filled, first.status) == (D(40), S.SUBMITTED)
    assert (second.status, third.status) == (S.CANCELLED, S.CANCELLED)


def test_reduce_with_block_takes_the_same_share_from_all(trader: Trader) -> None:
    first, second = oca(trader, 2, ("BUY", "189", "100"), ("BUY", "188", "300"))
    trader.desk.pin("188.98", "189.00", "40")
    assert (first.remaining, second.ticket.quantity, second.remaining) == (D(60), D(180), D(180))
    trader.desk.pin("188.97", "188.99", "30")
    assert (first.remaining, second.remaining) == (D(30), D(90))
    trader.desk.pin("188.96", "188.98", "30")
    assert (first.status, second.status) == (S.FILLED, S.CANCELLED)


@pytest.mark.parametrize(("kind", "filled"), [(1, D(0)), (2, D(0)), (3, D(100))])
def test_only_reducing_without_block_can_overfill(trader: Trader, kind: int, filled: Any) -> None:
    first, second = oca(trader, kind, ("BUY", "189", "100"), ("BUY", "188", "100"))
    trader.desk.pin("187.98", "188.00", "1000")
    assert first.status is S.FILLED
    assert second.filled == filled
    assert second.is_done


def test_a_member_cancelled_by_hand_leaves_the_group_alone(trader: Trader) -> None:
    first, second = oca(trader, 1, ("BUY", "189", "100"), ("BUY", "188", "100"))
    trader.cancel(first)
    assert second.status is S.SUBMITTED


def test_the_group_of_an_order_cannot_be_changed(trader: Trader) -> None:
    (order,) = oca(trader, 1, ("BUY", "189", "100"))
    change = {"kind": "LMT", "limit_price": "188", "order_id": order.order_id}
    assert trader.refusal(**change, oca_group="other", oca_type=1) == 10326
    assert trader.refusal(**change, oca_group="g", oca_type=2) == 10327
    trader.place(**change, oca_group="g", oca_type=1)
    assert order.limit_now == D(188)


def test_groups_of_different_accounts_are_different(make_desk: Any) -> None:
    desk = make_desk(accounts=("DU1", "DU2"))
    desk.pin("189.99", "190.01", "500")
    trader = Trader(desk)
    mine = trader.limit("BUY", "189", oca_group="g", oca_type=1, account="DU1")
    other = trader.limit("BUY", "185", oca_group="g", oca_type=1, account="DU2")
    desk.pin("188.98", "189.00")
    assert (mine.status, other.status) == (S.FILLED, S.SUBMITTED)


def test_a_bracket_lives_on_in_the_next_run(make_desk: Any, tmp_path: Any) -> None:
    path = tmp_path / "state"
    desk = make_desk(state_file=path)
    desk.pin("189.99", "190.01", "500", last="190")
    parent, taker, stop = bracket(Trader(desk), price="188")
    desk.gateway.close()
    again = make_desk(state_file=path)
    again.pin("189.99", "190.01", "500", last="190")
    trader = Trader(again)
    assert trader.order(parent.order_id) == parent
    again.pin("187.98", "188.00", "500", last="188")
    orders = [trader.order(row.order_id) for row in (parent, taker, stop)]
    assert [(row.status, row.why_held) for row in orders] == [
        (S.FILLED, ""),
        (S.SUBMITTED, ""),
        (S.PRE_SUBMITTED, "trigger"),
    ]
    again.pin("195.00", "195.02", "500", last="195")
    assert [row.status for row in orders] == [S.FILLED, S.FILLED, S.CANCELLED]
