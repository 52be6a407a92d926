"""Faults of single messages: lost, doubled, late, in another order, or false."""

from typing import Any

import pytest

from tests.unit.tws_simulator.catalogue import shows
from tests.unit.tws_simulator.fault_helpers import (
    EXECUTIONS,
    UNSET,
    Trader,
    executions,
    kinds,
    order_fields,
    statuses,
    trader,
)

__all__ = ["trader"]
NORMAL = ["5", "3", "11", "5", "3", "5", "3", "59"]


def test_without_faults_nothing_is_meddled_with(trader: Trader) -> None:
    assert kinds(trader.buy(1)) == NORMAL
    assert not trader.desk.gateway.meddles_with_messages


@shows(fault="lose_messages")
def test_messages_are_lost_for_one_order(trader: Trader) -> None:
    trader.on("lose_messages", messages=[11], order_ref="mine")
    assert "11" not in kinds(trader.buy(1, ref="mine"))
    assert "11" in kinds(trader.buy(2, ref="other"))


@shows(fault="repeat_messages")
def test_messages_come_several_times(trader: Trader) -> None:
    trader.on("repeat_messages", messages=[59], times=2)
    assert kinds(trader.buy(1)).count("59") == 3


@shows(fault="delay_messages")
def test_messages_come_late_by_the_clock(trader: Trader) -> None:
    trader.on("delay_messages", messages=[3, 5], seconds=10)
    assert kinds(trader.buy(1)) == ["11", "59"]
    assert trader.wait(9.75) == []
    assert kinds(trader.wait(0.25)) == ["5", "3", "5", "3", "5", "3"]


@shows(fault="reorder_messages")
def test_messages_are_overtaken(trader: Trader) -> None:
    trader.on("reorder_messages", messages=[11], behind=2)
    assert kinds(trader.buy(1)) == ["5", "3", "5", "3", "11", "5", "3", "59"]


@shows(fault="edit_messages")
def test_a_field_reads_otherwise(trader: Trader) -> None:
    trader.on("edit_messages", message=62, field=1, value="9")
    assert trader.ask(61, 1) == [("62", "9")]


@shows(fault="shorten_messages")
def test_a_message_lacks_its_last_fields(trader: Trader) -> None:
    trader.on("shorten_messages", messages=[49], fields=1)
    assert trader.ask(49, 1) == [("49", "1")]


@shows(fault="lose_order_status")
def test_chosen_statuses_are_lost(trader: Trader) -> None:
    trader.on("lose_order_status", statuses=["Filled"])
    assert statuses(trader.buy(1)) == ["PreSubmitted"]


@shows(fault="delay_order_status")
def test_chosen_statuses_are_late(trader: Trader) -> None:
    trader.on("delay_order_status", statuses=["Filled"], seconds=5)
    assert statuses(trader.buy(1)) == ["PreSubmitted"]
    assert statuses(trader.wait(5)) == ["Filled", "Filled"]


@shows(fault="repeat_order_status")
def test_statuses_come_twice(trader: Trader) -> None:
    trader.on("repeat_order_status")
    assert statuses(trader.rest(1)) == ["PreSubmitted", "PreSubmitted", "Submitted", "Submitted"]


@shows(fault="reorder_order_status")
def test_statuses_change_places(trader: Trader) -> None:
    trader.on("reorder_order_status")
    assert statuses(trader.rest(1)) == ["Submitted", "PreSubmitted"]
    trader.rest(2)
    assert statuses(trader.cancel(2)) == []
    assert statuses(trader.wait(10)) == ["Cancelled"]


@shows(fault="contradict_order_status")
def test_a_status_is_denied(trader: Trader) -> None:
    trader.on("contradict_order_status", statuses=["Cancelled"], status="Submitted")
    trader.rest(1)
    assert statuses(trader.cancel(1)) == ["Cancelled", "Submitted"]


@shows(fault="unknown_order_status")
def test_a_status_nobody_knows(trader: Trader) -> None:
    trader.on("unknown_order_status", statuses=["Submitted"], status="WarnState")
    assert statuses(trader.rest(1)) == ["PreSubmitted", "WarnState"]


@shows(fault="reject_sequence")
@pytest.mark.parametrize(
    ("first", "seconds", "at_once", "later"),
    [
        ("error", 0, ["4", "5", "3"], []),
        ("status", 0, ["5", "3", "4"], []),
        ("error_only", 0, ["4"], []),
        ("status_only", 0, ["5", "3"], []),
        ("status", 0.5, ["5", "3"], ["4"]),
        ("error", 0.5, ["4"], ["5", "3"]),
    ],
)
def test_a_refusal_is_told_in_any_order(
    trader: Trader, first: str, seconds: float, at_once: list[str], later: list[str]
) -> None:
    trader.on("reject_sequence", first=first, seconds=seconds)
    assert kinds(trader.buy(1, "1000000")) == at_once
    assert kinds(trader.wait(0.5)) == later
    assert trader.order(1).status == "Inactive"


@shows(fault="filled_before_executions")
def test_filled_comes_before_the_execution(trader: Trader) -> None:
    trader.on("filled_before_executions")
    messages = trader.buy(1)
    assert kinds(messages) == ["5", "3", "5", "3", "11", "5", "3", "59"]
    assert messages[3][2] == "Filled"


@shows(fault="filled_before_executions")
def test_the_execution_and_its_commission_may_be_much_later(trader: Trader) -> None:
    trader.on("filled_before_executions", seconds=60)
    assert {"11", "59"} & set(kinds(trader.buy(1))) == set()
    assert kinds(trader.wait(60)) == ["11", "59"]


@shows(fault="execution_before_acknowledgement")
def test_the_execution_is_the_first_sign_of_life(trader: Trader) -> None:
    trader.on("execution_before_acknowledgement")
    assert kinds(trader.buy(1)) == ["11", "5", "3", "5", "3", "5", "3", "59"]
    assert trader.rest(2) == []
    assert kinds(trader.wait(30)) == ["5", "3", "5", "3"]


@shows(fault="executions_only")
def test_only_executions_are_heard(trader: Trader) -> None:
    trader.on("executions_only", symbol="AAPL")
    assert kinds(trader.buy(1)) == ["11", "59"]
    trader.rest(2)
    assert kinds(trader.ask(5, 1)) == ["5", "3", "53"]


@shows(fault="open_order_after_final_status")
def test_cancelled_and_executions_come_before_open_order(trader: Trader) -> None:
    trader.on("open_order_after_final_status")
    assert statuses(trader.rest(1)) == ["PreSubmitted", "Submitted"]
    assert kinds(trader.cancel(1)) == ["3", "5", "5", "4"]
    assert kinds(trader.buy(2))[:4] == ["3", "11", "3", "5"]


@shows(fault="repeat_open_order")
def test_the_first_open_order_comes_again_after_a_fill(trader: Trader) -> None:
    trader.on("repeat_open_order")
    messages = trader.buy(1)
    assert kinds(messages) == ["5", "3", "11", "5", "3", "5", "5", "3", "5", "59"]
    assert messages[5] == messages[0]


@shows(fault="commission_before_execution")
def test_the_commission_comes_first(trader: Trader) -> None:
    trader.on("commission_before_execution")
    assert kinds(trader.buy(1))[-2:] == ["59", "11"]


@shows(fault="repeat_executions")
def test_an_execution_comes_twice_but_is_one_when_asked_for(trader: Trader) -> None:
    trader.on("repeat_executions")
    fills = executions(trader.buy(1))
    assert len(fills) == 2
    assert fills[0] == fills[1]
    assert len(executions(trader.ask(*EXECUTIONS))) == 1


@shows(fault="shift_execution_time")
@pytest.mark.parametrize(
    ("hours", "form", "text"),
    [
        ("2", "zone", "20261124 12:00:00 US/Eastern"),
        ("-0.5", "zone", "20261124 09:30:00 US/Eastern"),
        ("0", "utc", "20261124-15:00:00"),
        ("0", "bare", "20261124  10:00:00"),
    ],
)
def test_execution_times_are_wrong_or_written_otherwise(trader: Trader, hours: str, form: str, text: str) -> None:
    trader.on("shift_execution_time", hours=hours, format=form)
    assert executions(trader.buy(1))[0][15] == text
    assert executions(trader.ask(*EXECUTIONS))[0][15] == "20261124 10:00:00 US/Eastern"


@shows(fault="zero_execution_perm_id")
def test_an_execution_has_no_perm_id(trader: Trader) -> None:
    trader.on("zero_execution_perm_id")
    assert executions(trader.buy(1))[0][21] == "0"


@shows(fault="lose_order_ref")
def test_echoes_lack_the_reference(trader: Trader) -> None:
    trader.on("lose_order_ref", messages=[5, 101])
    messages = trader.buy(1, ref="mine")
    assert "mine" not in messages[0]
    assert "mine" in executions(messages)[0]
    assert "mine" not in trader.ask(99, 0)[0]


@shows(fault="report_commission")
def test_a_commission_is_a_placeholder(trader: Trader) -> None:
    trader.on("report_commission", count=1)
    assert trader.buy(1)[-1][3] == "-1.0"
    assert trader.buy(2)[-1][3] == "1.0"


@shows(fault="unset_realized_pnl")
def test_realised_profit_is_not_set(trader: Trader) -> None:
    trader.buy(1)
    trader.on("unset_realized_pnl")
    assert trader.ask(*order_fields(2, "SELL"))[-1][5] == UNSET


@shows(fault="html_in_errors")
def test_a_reject_contains_html(trader: Trader) -> None:
    trader.on("html_in_errors")
    assert "<br>" in trader.buy(1, "1000000")[-1][4]


@shows(fault="reject_json")
def test_a_reject_carries_json_from_version_166(trader: Trader, make_client: Any) -> None:
    trader.on("reject_json")
    assert trader.buy(1, "1000000")[-1][5].startswith('{"rejects"')
    old = make_client(2, 165)
    assert len(old.ask(*order_fields(0))[-1]) == 5


@shows(fault="zero_filled_in_open_orders")
def test_open_orders_know_of_no_fills(trader: Trader) -> None:
    trader.desk.pin("189.99", "190.01", "40")
    assert trader.buy(1, limit="190.01")[-2][3] == "40"
    trader.on("zero_filled_in_open_orders")
    assert trader.ask(5, 1)[1][3:6] == ("0", "100", "0.0")


@shows(fault="zeroed_completed_orders")
def test_completed_orders_have_nothing_but_their_reference(trader: Trader) -> None:
    trader.buy(1, ref="mine")
    before = trader.ask(99, 0)[0]
    trader.on("zeroed_completed_orders")
    after = trader.ask(99, 0)[0]
    changed = {number for number, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]}
    assert {after[number] for number in changed} == {"0"}
    assert {before[number] for number in changed} >= {"100", str(trader.order(1).perm_id)}
    assert "mine" in after


def test_previews_are_answered_while_acknowledgements_wait(trader: Trader) -> None:
    for name in ("execution_before_acknowledgement", "executions_only", "open_order_after_final_status"):
        trader.on(name)
    assert kinds(trader.buy(1, what_if=1)) == ["5"]


def test_an_order_acknowledged_before_is_repeated_too(trader: Trader) -> None:
    trader.rest(1)
    trader.on("repeat_open_order")
    trader.client.news()
    trader.desk.pin("149.00", "149.01", "100000")
    assert kinds(trader.client.news())[:4] == ["11", "5", "3", "5"]


def test_an_order_that_has_traded_is_not_before_its_execution(trader: Trader) -> None:
    trader.desk.pin("189.99", "190.01", "40")
    trader.buy(1, limit="190.01")
    trader.on("execution_before_acknowledgement")
    assert statuses(trader.cancel(1)) == ["Cancelled"]


def test_what_is_held_back_goes_out_when_the_faults_are_cleared(trader: Trader) -> None:
    trader.on("delay_messages", messages=[3, 5], seconds=300)
    trader.buy(1)
    trader.client.news()
    trader.off()
    assert kinds(trader.client.news()) == ["5", "3", "5", "3", "5", "3"]


def test_what_is_held_back_is_lost_with_its_client(trader: Trader) -> None:
    trader.on("delay_messages", messages=[3, 5], seconds=5)
    trader.buy(1)
    trader.client.session.close()
    assert trader.wait(10) == []
