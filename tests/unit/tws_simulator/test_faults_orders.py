"""Faults of orders, cancels, previews, commissions and requests, and the actions on orders."""

from collections.abc import Callable
from typing import Any

import pytest
from tws_simulator.faults import FaultError

from tests.unit.tws_simulator.catalogue import shows
from tests.unit.tws_simulator.fault_helpers import (
    CONTRACT,
    EXECUTIONS,
    QUOTES,
    UNSET,
    Trader,
    errors,
    executions,
    kinds,
    order_fields,
    statuses,
    trader,
)

__all__ = ["trader"]


@shows(fault="swallow_orders")
def test_some_orders_of_a_batch_vanish(trader: Trader) -> None:
    trader.on("swallow_orders", after=1, count=2)
    assert [bool(trader.buy(number)) for number in range(1, 6)] == [True, False, False, True, True]
    assert trader.position == 300


@shows(fault="swallow_cancels")
def test_the_cancel_of_one_order_vanishes(trader: Trader) -> None:
    trader.on("swallow_cancels", order_id=1)
    trader.rest(1)
    trader.rest(2)
    assert trader.cancel(1) == []
    assert statuses(trader.cancel(2)) == ["Cancelled"]


@shows(fault="reject_orders")
def test_orders_are_refused_by_symbol(trader: Trader) -> None:
    trader.on("reject_orders", code=460, text="No trading permissions.", symbol="AAPL")
    messages = trader.buy(1)
    assert (statuses(messages), errors(messages)) == (["Inactive"], [("1", "460")])


@shows(fault="reject_orders")
def test_only_orders_against_an_open_one_are_refused(trader: Trader) -> None:
    trader.on("reject_orders", opposite_only=True)
    trader.rest(1)
    assert errors(trader.rest(2)) == []
    assert errors(trader.ask(*order_fields(3, "SELL", kind="LMT", limit="250"))) == [("3", "201")]


@shows(fault="lose_acknowledgement")
def test_an_order_works_unheard(trader: Trader) -> None:
    trader.on("lose_acknowledgement", order_ref="mine")
    assert trader.buy(1, ref="mine") == []
    assert trader.position == 100


@shows(fault="slow_cancel")
def test_a_fill_crosses_a_slow_cancel(trader: Trader) -> None:
    trader.rest(1)
    trader.on("slow_cancel", seconds=5)
    assert statuses(trader.cancel(1)) == ["PendingCancel"]
    trader.client.news()
    trader.desk.pin("149.98", "149.99", "100000")
    assert statuses(trader.client.news())[-1] == "Filled"
    assert trader.wait(10) == []


@shows(fault="stuck_pending_submit")
def test_an_order_is_stuck_and_so_is_its_cancel(trader: Trader) -> None:
    trader.on("stuck_pending_submit", seconds=3600)
    assert statuses(trader.buy(1)) == ["PendingSubmit"]
    trader.off()
    assert trader.wait(600) == []
    assert statuses(trader.cancel(1)) == ["PendingCancel"]
    trader.desk.pin("189.99", "190.01", "100000")
    assert trader.wait(600) == []
    assert trader.position == 0
    assert statuses(trader.wait(2400)) == ["Cancelled"]


@shows(fault="stuck_pending_submit")
def test_a_stuck_order_works_once_it_is_freed(trader: Trader) -> None:
    trader.on("stuck_pending_submit", seconds=60, count=1)
    trader.buy(1)
    assert statuses(trader.wait(60))[-1] == "Filled"


@shows(fault="held_for_locate")
def test_an_order_held_for_locate_is_inactive_and_lives(trader: Trader) -> None:
    trader.on("held_for_locate", seconds=60)
    messages = trader.ask(*order_fields(1, "SELL"))
    assert statuses(messages) == ["Inactive"]
    assert messages[1][10] == "locate"
    assert errors(messages) == [("1", "404")]
    assert kinds(trader.ask(5, 1)) == ["5", "3", "53"]
    assert statuses(trader.wait(60)) == ["PreSubmitted", "Filled", "Filled"]


@shows(fault="split_modify")
def test_a_change_makes_a_second_live_order(trader: Trader) -> None:
    trader.rest(1, ref="mine")
    trader.on("split_modify", count=1)
    messages = trader.buy(1, limit="151", ref="mine")
    perms = {message[6] for message in messages if message[0] == "3"}
    listed = [message for message in trader.ask(5, 1) if message[0] == "5"]
    assert len(listed) == 2
    assert {message[1] for message in listed} == {"1"}
    assert perms < {message[25] for message in listed}
    trader.desk.pin("149.00", "149.01", "100000")
    assert trader.position == 200


@shows(fault="what_if_unset_first")
def test_a_preview_is_unset_first(trader: Trader) -> None:
    trader.on("what_if_unset_first", seconds=1)
    (first,) = trader.buy(1, what_if=1)
    assert first.count(UNSET) >= 9
    assert any("will not be placed" in field for field in first)
    (second,) = trader.wait(1)
    assert second.count(UNSET) < first.count(UNSET) - 8
    assert trader.order(1) is None


@shows(fault="what_if_unanswered")
def test_a_preview_is_never_answered(trader: Trader) -> None:
    trader.on("what_if_unanswered")
    assert trader.buy(1, what_if=1) == []


@shows(fault="what_if_refused")
def test_a_preview_has_numbers_and_an_error(trader: Trader) -> None:
    trader.on("what_if_refused")
    messages = trader.buy(1, what_if=1)
    assert kinds(messages) == ["5", "4"]
    assert errors(messages) == [("1", "201")]


@shows(fault="no_commission")
def test_a_commission_never_comes(trader: Trader) -> None:
    trader.on("no_commission")
    assert "59" not in kinds(trader.buy(1))
    assert "59" not in kinds(trader.ask(*EXECUTIONS))


@shows(fault="late_commission")
def test_a_commission_is_minutes_late(trader: Trader) -> None:
    trader.on("late_commission", seconds=180)
    assert "59" not in kinds(trader.buy(1))
    assert kinds(trader.wait(180))[-1] == "59"


# Requests --------------------------------------------------------------------------------------------------------


@shows(fault="swallow_requests")
def test_requests_are_never_answered(trader: Trader) -> None:
    trader.on("swallow_requests", requests=["req_positions"])
    assert trader.ask(61, 1) == []
    assert trader.ask(49, 1) != []


@shows(fault="late_answers")
def test_requests_are_answered_late(trader: Trader) -> None:
    trader.on("late_answers", requests=["req_positions"], seconds=3)
    assert trader.ask(61, 1) == []
    assert trader.wait(3) == [("62", "1")]


@shows(fault="refuse_requests")
def test_requests_are_refused(trader: Trader) -> None:
    trader.on("refuse_requests", requests=["req_market_data"], code=354, text="not subscribed")
    assert errors(trader.ask(*QUOTES)) == [("9", "354")]


@shows(fault="lose_end_markers")
@pytest.mark.parametrize(
    ("name", "request_fields"),
    [
        ("open_orders", (5, 1)),
        ("executions", EXECUTIONS),
        ("completed_orders", (99, 0)),
        ("positions", (61, 1)),
        ("account_updates", (6, 2, 1, "")),
        ("account_updates_multi", (76, 1, 5, "DU1234567", "", 0)),
        ("account_summary", (62, 1, 7, "All", "NetLiquidation")),
        ("positions_multi", (74, 1, 5, "", "")),
        ("contract_details", (9, 8, 5, *CONTRACT, 0, "", "", "")),
        ("snapshot", (1, 11, 9, *CONTRACT, 0, "", 1, 0, "")),
    ],
)
def test_the_end_of_an_answer_is_lost(trader: Trader, name: str, request_fields: Any) -> None:
    complete = trader.ask(*request_fields)
    trader.ask(2, 2, 9)
    trader.on("lose_end_markers", names=[name])
    if name == "account_summary":
        trader.ask(63, 1, 7)
    if name in {"account_updates_multi", "positions_multi"}:
        trader.ask(77, 1, 5)
    assert len(trader.ask(*request_fields)) == len(complete) - 1


@shows(fault="empty_answers")
def test_an_answer_is_complete_but_empty(trader: Trader) -> None:
    trader.buy(1)
    trader.rest(2)
    names = ["open_orders", "completed_orders", "executions", "positions", "account_updates"]
    trader.on("empty_answers", names=names)
    assert kinds(trader.ask(5, 1)) == ["53"]
    assert kinds(trader.ask(16, 1)) == ["53"]
    assert kinds(trader.ask(99, 0)) == ["102"]
    assert kinds(trader.ask(*EXECUTIONS)) == ["55"]
    assert kinds(trader.ask(61, 1)) == ["62"]
    assert kinds(trader.ask(6, 2, 1, "")) == ["54"]
    assert "11" in kinds(trader.buy(3))


@shows(fault="stale_open_orders")
def test_open_orders_list_what_has_ended(trader: Trader) -> None:
    trader.rest(1)
    trader.cancel(1)
    trader.on("stale_open_orders", seconds=60)
    messages = trader.ask(5, 1)
    assert (kinds(messages), statuses(messages)) == (["5", "3", "53"], ["Submitted"])
    trader.wait(61)
    assert kinds(trader.ask(5, 1)) == ["53"]


@shows(fault="read_only_api")
def test_a_read_only_api_refuses_what_changes_something(trader: Trader, make_client: Callable[..., Any]) -> None:
    trader.rest(1)
    trader.on("read_only_api")
    for messages in (trader.buy(2), trader.cancel(1), trader.ask(58, 1), trader.ask(99, 0)):
        assert [code for _, code in errors(messages)] == ["321"]
        assert "Read-Only" in messages[0][4]
    assert errors(make_client(0).ask(15, 1, 1)) == [("-1", "321")]
    assert kinds(trader.ask(5, 1)) == ["5", "3", "53"]


@shows(fault="account_not_ready")
def test_the_account_is_not_ready_for_one_client(trader: Trader, make_client: Callable[..., Any]) -> None:
    trader.on("account_not_ready", client_id=1)
    assert ("6", "2", "AccountReady", "false", "", "DU1234567") in trader.ask(6, 2, 1, "")
    assert ("6", "2", "AccountReady", "true", "", "DU1234567") in make_client(2).ask(6, 2, 1, "")


@shows(fault="empty_account_values")
def test_account_values_are_empty_at_first(trader: Trader) -> None:
    trader.on("empty_account_values", seconds=5)
    messages = trader.ask(6, 2, 1, "")
    assert {message[3] for message in messages if message[0] == "6"} == {""}
    assert messages[-1][0] == "54"
    later = trader.wait(5)
    assert ("6", "2", "NetLiquidation", "1000000.00", "USD", "DU1234567") in later


@shows(fault="account_end_before_values")
def test_the_end_of_the_account_comes_before_its_values(trader: Trader) -> None:
    trader.on("account_end_before_values")
    messages = trader.ask(6, 2, 1, "")
    assert messages[0][0] == "54"
    assert {"6", "8"} <= set(kinds(messages[1:]))


@shows(fault="freeze_quotes")
def test_quotes_freeze_by_symbol(desk: Any, client: Any) -> None:
    microsoft = (272093, "MSFT", "STK", "", "0", "", "", "SMART", "", "USD", "", "")
    client.ask(*QUOTES)
    client.ask(1, 11, 10, *microsoft, 0, "", 0, 0, "")
    desk.gateway.faults.switch_on("freeze_quotes", {"symbol": "AAPL"})
    client.news()
    desk.pass_time(60)
    assert {message[2] for message in client.news()} == {"10"}


def test_books_ticks_and_bars_freeze_too(desk: Any, client: Any) -> None:
    client.ask(10, 5, 1, *CONTRACT, 5, 0, "")
    client.ask(97, 2, *CONTRACT, "BidAsk", 0, 0)
    client.ask(50, 3, 3, *CONTRACT, 5, "TRADES", 0, "")
    client.news()
    desk.pass_time(10)
    assert {"13", "99", "50"} & set(kinds(client.news())) >= {"99", "50"}
    desk.gateway.faults.switch_on("freeze_quotes", {})
    desk.pass_time(10)
    assert client.news() == []
    desk.gateway.clear_faults()
    desk.pass_time(10)
    assert {"99", "50"} <= set(kinds(client.news()))


@shows(fault="competing_session", action="competing_session_starts")
def test_a_competing_session_takes_the_data(trader: Trader) -> None:
    trader.ask(*QUOTES)
    trader.client.news()
    trader.act("competing_session_starts")
    assert errors(trader.client.news()) == [("9", "10197")]
    trader.desk.pin("191.00", "191.02")
    assert trader.wait(60) == []
    assert errors(trader.ask(1, 11, 10, *CONTRACT, 0, "", 0, 0, "")) == [("10", "10197")]
    assert statuses(trader.buy(1))[-1] == "Filled"


@shows(action="competing_session_ends")
def test_the_data_comes_back_when_it_ends(trader: Trader) -> None:
    trader.ask(*QUOTES)
    trader.act("competing_session_starts")
    trader.desk.pin("191.00", "191.02")
    trader.act("competing_session_ends")
    assert "1" in kinds(trader.wait(1))


# Actions on orders -----------------------------------------------------------------------------------------------


@shows(action="roll_back_order_ids")
def test_an_order_id_is_given_out_again(trader: Trader) -> None:
    trader.rest(1)
    trader.rest(2)
    trader.act("roll_back_order_ids", client_id=1, by=1)
    assert trader.ask(8, 1, 1) == [("9", "1", "2")]
    trader.rest(2)
    listed = [message[1] for message in trader.ask(5, 1) if message[0] == "5"]
    assert listed == ["1", "2", "2"]


@shows(action="forget_orders")
def test_an_acknowledged_order_is_lost(trader: Trader) -> None:
    trader.rest(1)
    trader.rest(2)
    trader.act("forget_orders", client_id=1)
    assert trader.wait(1) == []
    assert [message[1] for message in trader.ask(5, 1) if message[0] == "5"] == ["1"]
    assert errors(trader.cancel(2)) == [("2", "10147")]
    with pytest.raises(FaultError, match="has 1 working orders"):
        trader.act("forget_orders", client_id=1, last=2)


@shows(action="cancel_order")
def test_ib_cancels_an_order_by_itself(trader: Trader) -> None:
    trader.rest(1)
    trader.rest(2)
    trader.client.news()
    trader.act("cancel_order", client_id=1, order_id=1, text="Order Canceled - reason:Too far")
    messages = trader.client.news()
    assert (statuses(messages), messages[-1][3:5]) == (["Cancelled"], ("202", "Order Canceled - reason:Too far"))
    trader.act("cancel_order", client_id=1, order_id=2, silent=True)
    assert trader.client.news() == []
    assert kinds(trader.ask(5, 1)) == ["53"]
    with pytest.raises(FaultError, match="is Cancelled"):
        trader.act("cancel_order", client_id=1, order_id=2)


@shows(action="fill_order")
def test_an_order_fills_after_its_end_and_beyond_its_quantity(trader: Trader) -> None:
    trader.rest(1)
    trader.cancel(1)
    trader.client.news()
    trader.act("fill_order", client_id=1, order_id=1, quantity="30", price="149.50")
    messages = trader.client.news()
    assert (executions(messages)[0][19:21], statuses(messages)[-1]) == (("30", "149.5"), "Cancelled")
    trader.buy(2)
    trader.client.news()
    trader.act("fill_order", client_id=1, order_id=2, quantity="50")
    messages = trader.client.news()
    assert executions(messages)[0][24] == "150"
    assert [message for message in messages if message[0] == "3"][-1][3:5] == ("150", "-50")
    assert trader.position == 180


@shows(action="external_order")
def test_orders_from_elsewhere_are_seen_by_who_asks(trader: Trader, make_client: Callable[..., Any]) -> None:
    given = {"symbol": "AAPL", "side": "BUY", "quantity": "10", "limit_price": "150"}
    trader.act("external_order", **given)
    trader.act("external_order", **given)
    trader.act("external_order", **given, client_id=99, order_id=-5, order_ref="theirs")
    assert trader.client.news() == []
    listed = [message for message in trader.ask(16, 1) if message[0] == "5"]
    assert [(message[1], message[24]) for message in listed] == [("0", "0"), ("0", "0"), ("-5", "99")]
    trader.desk.pin("149.00", "149.01", "100000")
    assert len(executions(trader.ask(*EXECUTIONS))) == 3
    with pytest.raises(FaultError, match="no instrument"):
        trader.act("external_order", symbol="NOSUCH", side="BUY", quantity="10")


@shows(action="position_jump")
def test_a_position_changes_without_an_order(trader: Trader) -> None:
    trader.ask(61, 1)
    trader.client.news()
    trader.act("position_jump", symbol="AAPL", quantity="-100", price="180", silent=True)
    assert trader.client.news() == []
    trader.act("position_jump", symbol="AAPL", quantity="50", price="180")
    assert [message[14] for message in trader.client.news() if message[0] == "61"] == ["-50"]
    assert kinds(trader.ask(*EXECUTIONS)) == ["55"]
