"""The behaviours of the field guide's section 10: what a client sees when each is started by name."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tws_simulator.faults.scenarios import start, stop

from tests.unit.tws_simulator.catalogue import shows
from tests.unit.tws_simulator.fault_helpers import (
    CONTRACT,
    EXECUTIONS,
    UNSET,
    Trader,
    errors,
    executions,
    kinds,
    order_fields,
    statuses,
    trader,
)
from tests.unit.tws_simulator.wire_client import Port, port

__all__ = ["port", "trader"]


def begin(trader: Any, name: str, **given: Any) -> Any:
    return start(trader.desk.gateway, name, given)


# Acks ------------------------------------------------------------------------------------------------------------


@shows(scenario="no_acknowledgement")
def test_no_acknowledgement(trader: Trader) -> None:
    begin(trader, "no_acknowledgement", count=1)
    assert trader.rest(1) == []
    assert kinds(trader.ask(5, 1)) == ["5", "3", "53"]


@shows(scenario="late_acknowledgement")
@pytest.mark.parametrize("seconds", [10, 300])
def test_a_late_acknowledgement(trader: Trader, seconds: int) -> None:
    begin(trader, "late_acknowledgement", seconds=seconds)
    assert trader.rest(1) == []
    assert trader.wait(seconds - 1) == []
    assert statuses(trader.wait(1)) == ["PreSubmitted", "Submitted"]


@shows(scenario="execution_before_acknowledgement")
def test_an_execution_before_the_acknowledgement(trader: Trader) -> None:
    begin(trader, "execution_before_acknowledgement")
    assert kinds(trader.buy(1))[0] == "11"


@shows(scenario="duplicate_statuses")
def test_duplicate_statuses(trader: Trader) -> None:
    begin(trader, "duplicate_statuses")
    assert statuses(trader.rest(1)) == ["PreSubmitted", "PreSubmitted", "Submitted", "Submitted"]


@shows(scenario="reordered_statuses")
def test_reordered_statuses(trader: Trader) -> None:
    begin(trader, "reordered_statuses")
    assert statuses(trader.rest(1)) == ["Submitted", "PreSubmitted"]


@shows(scenario="missing_statuses")
def test_missing_statuses(trader: Trader) -> None:
    begin(trader, "missing_statuses")
    assert kinds(trader.buy(1)) == ["5", "11", "5", "5", "59"]


@shows(scenario="contradicting_statuses")
def test_contradicting_statuses(trader: Trader) -> None:
    begin(trader, "contradicting_statuses")
    assert statuses(trader.buy(1))[-1] == "Submitted"
    assert trader.order(1).status == "Filled"


@shows(scenario="filled_before_executions")
def test_filled_before_executions(trader: Trader) -> None:
    begin(trader, "filled_before_executions", seconds=5)
    assert (statuses(messages := trader.buy(1))[-1], executions(messages)) == ("Filled", [])
    assert kinds(trader.wait(5)) == ["11", "59"]


@shows(scenario="unknown_status")
def test_an_unknown_status(trader: Trader) -> None:
    begin(trader, "unknown_status", status="PreCancelled")
    assert set(statuses(trader.rest(1))) == {"PreCancelled"}


# Rejects ---------------------------------------------------------------------------------------------------------


@shows(scenario="inactive_then_reject")
def test_inactive_then_201(trader: Trader) -> None:
    begin(trader, "inactive_then_reject", seconds=0.25)
    assert kinds(trader.rest(1)) == ["5", "3"]
    assert errors(trader.wait(0.25)) == [("1", "201")]


@shows(scenario="reject_then_inactive")
def test_201_then_inactive(trader: Trader) -> None:
    begin(trader, "reject_then_inactive")
    assert kinds(trader.rest(1)) == ["4", "5", "3"]


@shows(scenario="reject_alone")
def test_201_alone(trader: Trader) -> None:
    begin(trader, "reject_alone")
    messages = trader.rest(1)
    assert (kinds(messages), "in sufficient" in messages[0][4]) == (["4"], True)


@shows(scenario="html_in_reject")
def test_html_in_a_reject(trader: Trader) -> None:
    begin(trader, "html_in_reject")
    assert "<br>" in trader.buy(1, "1000000")[-1][4]


@shows(scenario="reject_json")
def test_json_in_a_reject(trader: Trader) -> None:
    begin(trader, "reject_json")
    assert "rejects" in trader.buy(1, "1000000")[-1][5]


@shows(scenario="what_if_unanswered")
def test_a_preview_unanswered(trader: Trader) -> None:
    begin(trader, "what_if_unanswered")
    assert trader.buy(1, what_if=1) == []


@shows(scenario="what_if_refused")
def test_a_preview_refused(trader: Trader) -> None:
    begin(trader, "what_if_refused")
    assert kinds(trader.buy(1, what_if=1)) == ["5", "4"]


# Cancels and changes ---------------------------------------------------------------------------------------------


@shows(scenario="cancel_crossed_by_fill")
def test_a_fill_crosses_a_cancel(trader: Trader) -> None:
    trader.rest(1)
    begin(trader, "cancel_crossed_by_fill", seconds=5)
    assert statuses(trader.cancel(1)) == ["PendingCancel"]
    trader.client.news()
    trader.desk.pin("149.00", "149.01", "100000")
    assert statuses(trader.client.news())[-1] == "Filled"
    assert trader.wait(10) == []


@shows(scenario="partial_then_cancelled")
def test_partly_filled_then_cancelled(trader: Trader) -> None:
    trader.rest(1)
    trader.client.news()
    begin(trader, "partial_then_cancelled", client_id=1, order_id=1, quantity="40", seconds=1)
    assert statuses(trader.client.news())[-1] == "Submitted"
    messages = trader.wait(1)
    assert [message[2:5] for message in messages if message[0] == "3"] == [("Cancelled", "40", "60")]


@shows(scenario="fill_after_cancelled")
def test_a_fill_after_cancelled(trader: Trader) -> None:
    trader.rest(1)
    trader.cancel(1)
    trader.client.news()
    begin(trader, "fill_after_cancelled", client_id=1, order_id=1, quantity="100", price="150")
    messages = trader.client.news()
    assert (len(executions(messages)), statuses(messages)[-1], trader.position) == (1, "Cancelled", 100)


@shows(scenario="cancel_unanswered")
def test_a_cancel_unanswered(trader: Trader) -> None:
    trader.rest(1)
    begin(trader, "cancel_unanswered")
    assert trader.cancel(1) == []
    assert trader.order(1).status == "Submitted"


@shows(scenario="pending_submit_stuck")
def test_pending_submit_over_a_weekend(trader: Trader) -> None:
    begin(trader, "pending_submit_stuck")
    assert statuses(trader.rest(1, tif="GTC")) == ["PendingSubmit"]
    assert trader.wait(2 * 86_400) == []
    assert statuses(trader.cancel(1)) == ["PendingCancel"]
    assert trader.wait(86_400) == []
    assert trader.order(1).status == "PendingCancel"


# Fills -----------------------------------------------------------------------------------------------------------


@shows(scenario="overfill")
def test_an_overfill(trader: Trader) -> None:
    trader.buy(1)
    trader.client.news()
    begin(trader, "overfill", client_id=1, order_id=1, quantity="20")
    messages = trader.client.news()
    assert executions(messages)[0][24] == "120"
    assert [row[3:5] for row in messages if row[0] == "3"][-1] == ("120", "-20")


@shows(scenario="foreign_order")
def test_a_foreign_order_and_its_execution(trader: Trader) -> None:
    begin(trader, "foreign_order", client_id=99, order_id=-1)
    assert trader.client.news() == []
    (fill,) = executions(trader.ask(*EXECUTIONS))
    assert (fill[2], fill[22]) == ("-1", "99")


@shows(scenario="executions_without_perm_id")
def test_executions_without_perm_id(trader: Trader) -> None:
    begin(trader, "executions_without_perm_id")
    assert executions(trader.buy(1))[0][21] == "0"
    assert executions(trader.ask(*EXECUTIONS))[0][21] == "0"


@shows(scenario="combination_and_legs", fault="combination_executions")
def test_a_combination_and_its_leg(trader: Trader) -> None:
    begin(trader, "combination_and_legs")
    for messages in (trader.buy(1), trader.ask(*EXECUTIONS)):
        whole, leg = executions(messages)
        assert (whole[5], leg[5], whole[19], leg[19]) == ("BAG", "STK", "100", "100")
        assert (whole[14].count("."), leg[14].count(".")) == (4, 3)
        assert [row[2] for row in messages if row[0] == "59"] == [leg[14]]
    assert trader.position == 100


@shows(scenario="foreign_ids_above_own")
def test_ids_of_others_are_above_ones_own(trader: Trader) -> None:
    begin(trader, "foreign_ids_above_own")
    assert [row[1] for row in trader.ask(16, 1) if row[0] == "5"] == ["1000000"]
    assert trader.ask(8, 1, 1) == [("9", "1", "1")]
    assert statuses(trader.rest(1))[-1] == "Submitted"


@shows(scenario="executions_twice")
def test_executions_twice(trader: Trader) -> None:
    begin(trader, "executions_twice")
    fills = executions(trader.buy(1))
    assert len(fills) == 2 == fills.count(fills[0])


@shows(scenario="fractional_quantity")
def test_a_fraction_of_a_share(trader: Trader) -> None:
    begin(trader, "fractional_quantity", quantity="0.5")
    assert executions(trader.ask(*EXECUTIONS))[0][19] == "0.5"


@shows(scenario="execution_time_wrong")
def test_an_execution_is_hours_off(trader: Trader) -> None:
    begin(trader, "execution_time_wrong", hours="-2")
    assert executions(trader.buy(1))[0][15] == "20261124 08:00:00 US/Eastern"
    assert executions(trader.ask(*EXECUTIONS))[0][15] == "20261124 10:00:00 US/Eastern"


@shows(scenario="execution_time_format")
def test_two_time_formats(trader: Trader) -> None:
    begin(trader, "execution_time_format", format="utc")
    assert executions(trader.buy(1))[0][15] == "20261124-15:00:00"
    assert executions(trader.ask(*EXECUTIONS))[0][15] == "20261124-15:00:00"


# Commissions -----------------------------------------------------------------------------------------------------


@shows(scenario="commission_rebate")
def test_a_rebate(trader: Trader) -> None:
    begin(trader, "commission_rebate")
    assert trader.buy(1)[-1][3] == "-0.35"


@shows(scenario="realized_pnl_unset")
def test_realised_profit_unset(trader: Trader) -> None:
    trader.buy(1)
    begin(trader, "realized_pnl_unset")
    assert trader.ask(*order_fields(2, "SELL"))[-1][5] == UNSET


# Identity --------------------------------------------------------------------------------------------------------


@shows(scenario="order_ref_missing")
def test_the_reference_is_missing(trader: Trader) -> None:
    begin(trader, "order_ref_missing")
    assert all("mine" not in message for message in trader.buy(1, ref="mine"))
    assert trader.order(1).ticket.order_ref == "mine"


@shows(scenario="orders_lost_at_restart")
def test_orders_are_lost_and_their_ids_used_again(trader: Trader, make_client: Callable[..., Any]) -> None:
    trader.rest(1)
    trader.rest(2)
    begin(trader, "orders_lost_at_restart", client_id=1, orders=1)
    trader.client.session.close()
    greeting = make_client(1).news()
    assert ("9", "1", "2") in greeting
    assert [message[1] for message in greeting if message[0] == "5"] == ["1"]


# The link --------------------------------------------------------------------------------------------------------


@shows(scenario="socket_frozen")
async def test_a_frozen_socket(port: Port) -> None:
    client = await port.client()
    begin(port, "socket_frozen", seconds=30)
    client.send(49, 1)
    assert await client.is_silent()
    port.desk.pass_time(30)
    assert (await client.read())[0] == "49"


@shows(scenario="accepted_then_eof")
async def test_accepted_then_eof(port: Port) -> None:
    begin(port, "accepted_then_eof")
    assert await (await port.open()).rest() == b""


@shows(scenario="handshake_hangs")
async def test_a_hanging_handshake(port: Port) -> None:
    old = await port.client()
    begin(port, "handshake_hangs")
    client = await port.open()
    client.hello()
    assert await client.is_silent()
    assert await old.is_alive()


@shows(scenario="closed_at_order")
@pytest.mark.parametrize("taken", [True, False])
async def test_closed_in_the_moment_of_an_order(port: Port, taken: bool) -> None:
    client = await port.client()
    begin(port, "closed_at_order", taken=taken)
    client.place(1, ref="mine")
    assert await client.rest() == b""
    assert [row.ticket.order_ref for row in port.desk.broker.state.orders.values()] == (["mine"] if taken else [])


@shows(scenario="port_changed")
async def test_the_port_changes(port: Port) -> None:
    client = await port.client()
    begin(port, "port_changed", port=4009)
    assert (await client.read())[3] == "1300"
    assert await client.rest() == b""


@shows(scenario="server_link_broken")
def test_2110(trader: Trader) -> None:
    begin(trader, "server_link_broken", seconds=5)
    assert errors(trader.client.news()) == [("-1", "2110")]
    assert trader.rest(1) == []
    messages = trader.wait(5)
    assert (errors(messages), statuses(messages)[-1]) == ([("-1", "1102")], "Submitted")


# Queries and account ---------------------------------------------------------------------------------------------


@shows(scenario="end_marker_lost")
def test_an_end_marker_is_lost(trader: Trader) -> None:
    begin(trader, "end_marker_lost", names=["positions", "open_orders"])
    assert trader.ask(61, 1) == []
    assert trader.ask(5, 1) == []


@shows(scenario="empty_but_complete")
def test_empty_but_complete(trader: Trader) -> None:
    trader.rest(1)
    begin(trader, "empty_but_complete")
    assert kinds(trader.ask(5, 1)) == ["53"]


@shows(scenario="read_only_api")
def test_a_read_only_api(trader: Trader) -> None:
    begin(trader, "read_only_api")
    assert errors(trader.rest(1)) == [("1", "321")]


@shows(scenario="stale_open_orders")
def test_stale_open_orders(trader: Trader) -> None:
    trader.buy(1)
    begin(trader, "stale_open_orders")
    assert statuses(trader.ask(5, 1)) == ["Submitted"]


@shows(scenario="history_to_midnight")
def test_executions_reach_back_to_midnight(trader: Trader) -> None:
    trader.buy(1)
    assert kinds(trader.ask(*EXECUTIONS)) == ["11", "59", "55"]
    trader.wait(timedelta(hours=14, minutes=1).total_seconds())
    assert kinds(trader.ask(*EXECUTIONS)) == ["55"]
    assert kinds(trader.ask(99, 0)) == ["102"]


@shows(scenario="third_summary_refused")
def test_the_third_summary_is_refused(trader: Trader) -> None:
    answers = [trader.ask(62, 1, number, "All", "NetLiquidation") for number in (1, 2, 3)]
    assert [errors(row) for row in answers] == [[], [], [("3", "322")]]


@shows(scenario="account_not_ready")
def test_the_account_is_not_ready(trader: Trader) -> None:
    begin(trader, "account_not_ready")
    assert ("6", "2", "AccountReady", "false", "", "DU1234567") in trader.ask(6, 2, 1, "")


@shows(scenario="account_values_empty")
def test_account_values_are_empty_at_first(trader: Trader) -> None:
    begin(trader, "account_values_empty", seconds=5)
    assert ("6", "2", "NetLiquidation", "", "USD", "DU1234567") in trader.ask(6, 2, 1, "")
    assert ("6", "2", "NetLiquidation", "1000000.00", "USD", "DU1234567") in trader.wait(5)


@shows(scenario="account_end_before_values")
def test_the_account_ends_before_its_values(trader: Trader) -> None:
    begin(trader, "account_end_before_values")
    assert kinds(trader.ask(6, 2, 1, ""))[:2] == ["54", "6"]


@shows(scenario="account_refresh")
def test_account_values_come_every_three_minutes(trader: Trader) -> None:
    trader.buy(1)
    trader.ask(6, 2, 1, "")
    trader.wait(1)
    trader.desk.pin("195.00", "195.02")
    assert "6" not in kinds(trader.wait(170))
    assert "6" in kinds(trader.wait(15))


@shows(scenario="base_currency_rows")
def test_account_values_are_given_in_base_too(trader: Trader) -> None:
    currencies = {message[4] for message in trader.ask(6, 2, 1, "") if message[0] == "6"}
    assert {"USD", "BASE"} <= currencies


@shows(scenario="several_accounts")
def test_a_login_with_several_accounts(make_desk: Callable[..., Any]) -> None:
    from tests.unit.tws_simulator.conftest import Client

    desk = make_desk(accounts=("DU1", "DU2"))
    client = Client(desk.gateway, 1, 178)
    assert client.news()[0] == ("15", "1", "DU1,DU2")
    assert errors(client.ask(*order_fields(1))) == [("1", "435")]


# Pacing and calendar ---------------------------------------------------------------------------------------------


@shows(scenario="pacing_reject")
def test_three_strikes(trader: Trader) -> None:
    begin(trader, "pacing_reject")
    for second in range(3):
        answers = [trader.ask(49, 1) for _ in range(51)]
        assert (len([row for row in answers if row[0][0] == "49"]), errors(answers[-1])) == (50, [("-1", "100")])
        assert trader.client.connection.closed is (second == 2)
        trader.wait(1)


@shows(scenario="pacing_queue")
def test_a_queue(trader: Trader) -> None:
    begin(trader, "pacing_queue", per_second=2)
    assert [len(trader.ask(49, 1)) for _ in range(5)] == [1, 1, 0, 0, 0]
    assert [len(trader.wait(1)) for _ in range(3)] == [2, 1, 0]


@shows(scenario="few_data_lines")
def test_data_lines_run_out(trader: Trader) -> None:
    begin(trader, "few_data_lines", lines=2)
    answers = [trader.ask(1, 11, number, *CONTRACT, 0, "", 0, 0, "") for number in (1, 2, 3)]
    assert [errors(row) for row in answers] == [[], [], [("3", "101")]]


@shows(scenario="daily_restart")
async def test_a_daily_restart(port: Port) -> None:
    client = await port.client()
    begin(port, "daily_restart", seconds=75)
    assert await client.rest() == b""
    with pytest.raises((EOFError, ConnectionError)):
        await (await port.open()).read()
    port.desk.pass_time(75)
    assert await (await port.client()).is_alive()


@shows(scenario="sunday_login")
@pytest.mark.parametrize("accepts", [True, False])
async def test_a_login_that_waits_for_somebody(port: Port, accepts: bool) -> None:
    begin(port, "sunday_login", accepts=accepts, seconds=600)
    client = await port.open()
    if accepts:
        client.hello()
        assert await client.is_silent()
    else:
        assert await client.rest() == b""
    stop(port.desk.gateway, "sunday_login")
    assert await (await port.client()).is_alive()
