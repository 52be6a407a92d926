"""The thirty scenarios of users: what a client sees on the wire when each is started by name."""

from collections.abc import Callable
from typing import Any

import pytest
from tws_simulator.faults import FaultError
from tws_simulator.faults.scenarios import start, stop

from tests.unit.tws_simulator.catalogue import shows
from tests.unit.tws_simulator.fault_helpers import (
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


def begin(trader: Trader, name: str, **given: Any) -> Any:
    """Start a scenario; what its first steps bring stays to be read."""
    trader.client.news()
    return start(trader.desk.gateway, name, given)


def heard(trader: Trader) -> list[tuple[str, ...]]:
    return list(trader.client.news())


@shows(scenario="open_order_after_status")
def test_1_executions_and_cancelled_before_open_order(trader: Trader) -> None:
    begin(trader, "open_order_after_status")
    assert kinds(trader.buy(1)).index("11") < kinds(trader.buy(2)).index("5")
    trader.rest(3)
    assert kinds(trader.cancel(3))[:2] == ["3", "5"]


@shows(scenario="executions_only")
def test_2_only_executions(trader: Trader) -> None:
    begin(trader, "executions_only", count=4)
    assert kinds(trader.buy(1))[:2] == ["11", "5"]


@shows(scenario="commission_trouble")
@pytest.mark.parametrize(
    ("kind", "last"),
    [("missing", ["3"]), ("late", ["3"]), ("placeholder", ["59"]), ("before_execution", ["59", "11"])],
)
def test_3_commissions(trader: Trader, kind: str, last: list[str]) -> None:
    begin(trader, "commission_trouble", kind=kind, seconds=60)
    messages = trader.buy(1)
    assert kinds(messages)[-len(last) :] == last
    assert kind != "placeholder" or messages[-1][3] == "-1.0"
    assert ("59" in kinds(trader.wait(60))) == (kind == "late")


@shows(scenario="open_order_repeated_after_fills")
def test_4_open_order_again_after_fills(trader: Trader) -> None:
    begin(trader, "open_order_repeated_after_fills")
    messages = trader.buy(1)
    assert messages.count(messages[0]) > 1


@shows(scenario="open_orders_without_fills")
def test_5_open_orders_say_filled_zero(trader: Trader) -> None:
    trader.desk.pin("189.99", "190.01", "40")
    trader.buy(1, limit="190.01")
    begin(trader, "open_orders_without_fills")
    assert trader.ask(16, 1)[1][3:5] == ("0", "100")


@shows(scenario="external_orders_with_id_zero")
def test_6_several_orders_with_id_zero(trader: Trader) -> None:
    begin(trader, "external_orders_with_id_zero", orders=3)
    listed = [message for message in trader.ask(16, 1) if message[0] == "5"]
    assert [message[1] for message in listed] == ["0", "0", "0"]
    assert len({message[25] for message in listed}) == 3


@shows(scenario="position_and_partly_filled_order")
def test_7_a_position_and_its_partly_filled_order(trader: Trader) -> None:
    begin(trader, "position_and_partly_filled_order", bid="189.99", ask="190.01", client_id=0, order_id=0)
    assert trader.ask(61, 1)[0][14] == "40"
    assert trader.ask(16, 1)[1][3:5] == ("40", "60")


@shows(scenario="queries_time_out")
def test_8_queries_are_never_answered(trader: Trader) -> None:
    begin(trader, "queries_time_out")
    assert [trader.ask(*fields) for fields in ((5, 1), (16, 1), (99, 0), EXECUTIONS, (61, 1))] == [[]] * 5
    stop(trader.desk.gateway, "queries_time_out")
    assert kinds(trader.ask(5, 1)) == ["53"]


@shows(scenario="client_id_lingers")
def test_9_the_client_id_lingers(trader: Trader, make_client: Callable[..., Any]) -> None:
    trader.desk.gateway.connections.add(trader.client.connection)
    trader.client.connection.client_id = 1
    trader.client.connection.cut = lambda reset=False: trader.client.session.close()
    begin(trader, "client_id_lingers", seconds=60, client_id=1)
    assert errors(make_client(1).news()) == [("-1", "326")]
    trader.desk.pass_time(60)
    assert errors(make_client(1).news())[0] == ("-1", "2104")


@shows(scenario="closed_during_cleanup")
def test_10_the_socket_closes_while_a_client_cleans_up(trader: Trader) -> None:
    begin(trader, "closed_during_cleanup")
    trader.ask(61, 1)
    assert trader.client.connection.closed is False
    trader.ask(64, 1)
    assert trader.client.connection.closed is True


@shows(scenario="farm_back_without_data")
def test_11_the_farm_is_back_but_not_its_data(trader: Trader) -> None:
    trader.ask(*QUOTES)
    begin(trader, "farm_back_without_data", seconds=30)
    assert errors(heard(trader)) == [("-1", "2103")]
    trader.desk.pin("191.00", "191.02")
    assert errors(trader.wait(30)) == [("-1", "2104")]
    assert trader.wait(60) == []
    stop(trader.desk.gateway, "farm_back_without_data")
    assert "1" in kinds(trader.wait(1))


@shows(scenario="link_outage")
@pytest.mark.parametrize(("data_lost", "code"), [(True, "1101"), (False, "1102")])
def test_12_data_subscriptions_are_lost_or_kept(trader: Trader, data_lost: bool, code: str) -> None:
    trader.ask(*QUOTES)
    begin(trader, "link_outage", seconds=10, data_lost=data_lost, times=3)
    assert errors(heard(trader)) == [("-1", "1100")] * 3
    trader.desk.pin("191.00", "191.02")
    messages = trader.wait(10)
    assert errors(messages) == [("-1", code)] * 3
    assert ("1" in kinds(messages + trader.wait(1))) is not data_lost


@shows(scenario="link_outage")
def test_12_a_stopped_outage_ends(trader: Trader) -> None:
    begin(trader, "link_outage", seconds=1000)
    stop(trader.desk.gateway, "link_outage")
    assert trader.desk.gateway.link_is_up
    assert trader.wait(1000) == []


@shows(scenario="ticker_ids_disputed")
def test_13_a_ticker_id_is_a_duplicate_and_then_unknown(trader: Trader) -> None:
    begin(trader, "ticker_ids_disputed")
    assert errors(trader.ask(*QUOTES)) == [("9", "322")]
    assert errors(trader.ask(2, 2, 9)) == [("9", "300")]
    assert errors(trader.ask(*QUOTES)) == []


@shows(scenario="competing_session")
def test_14_a_competing_session_comes_and_goes(trader: Trader) -> None:
    trader.ask(*QUOTES)
    begin(trader, "competing_session", seconds=20)
    assert errors(heard(trader)) == [("9", "10197")]
    assert statuses(trader.buy(1))[-1] == "Filled"
    trader.desk.pin("191.00", "191.02")
    assert kinds(trader.wait(19)) == []
    trader.wait(1)
    trader.desk.pin("192.00", "192.02")
    assert "1" in kinds(trader.wait(1))


@shows(scenario="code_at_order_state")
@pytest.mark.parametrize(
    ("code", "state", "status"),
    [
        (10349, "submitted", "Submitted"),
        (399, "presubmitted", "Submitted"),
        (202, "submitted", "Submitted"),
        (201, "submitted", "Inactive"),
        (110, "pending", "Inactive"),
        (10147, "submitted", "Submitted"),
        (10148, "submitted", "Submitted"),
        (321, "pending", None),
        (200, "pending", "Inactive"),
        (460, "presubmitted", "Inactive"),
    ],
)
def test_15_any_code_at_any_state(trader: Trader, code: int, state: str, status: str | None) -> None:
    begin(trader, "code_at_order_state", code=code, state=state, order_ref="mine")
    assert errors(trader.rest(1, ref="other")) == []
    assert errors(trader.rest(2, ref="mine")) == [("2", str(code))]
    order = trader.order(2)
    assert (order.status if order else None) == status


@shows(scenario="inactive_alive_or_dead")
@pytest.mark.parametrize(("kind", "text", "end"), [("locate", "404", "Filled"), ("margin", "201", "Inactive")])
def test_16_inactive_is_alive_or_dead(trader: Trader, kind: str, text: str, end: str) -> None:
    begin(trader, "inactive_alive_or_dead", kind=kind, seconds=30)
    messages = trader.buy(1)
    assert (statuses(messages), errors(messages)) == (["Inactive"], [("1", text)])
    trader.wait(30)
    assert trader.order(1).status == end


@shows(scenario="batch_partly_swallowed")
def test_17_some_of_a_batch_are_swallowed(trader: Trader) -> None:
    begin(trader, "batch_partly_swallowed", first=1, swallowed=2)
    assert [bool(trader.rest(number)) for number in range(1, 5)] == [True, False, False, True]


@shows(scenario="modify_while_link_drops")
def test_18_a_change_in_an_outage_makes_a_second_order(trader: Trader) -> None:
    trader.rest(1, ref="mine")
    begin(trader, "modify_while_link_drops", seconds=30)
    assert trader.buy(1, limit="151", ref="mine") == []
    trader.wait(30)
    listed = [message for message in trader.ask(5, 1) if message[0] == "5"]
    assert {message[1] for message in listed} == {"1"}
    assert len({message[25] for message in listed}) == 2
    assert sorted(message[16] for message in listed) == ["150.0", "151.0"]


@shows(scenario="forced_liquidation", action="liquidate")
def test_19_a_position_is_closed_by_force(trader: Trader) -> None:
    trader.buy(1)
    begin(trader, "forced_liquidation", symbol="AAPL", quantity="-60")
    messages = heard(trader)
    assert errors(messages) == [("-1", "2148")]
    assert trader.position == 40
    fill = executions(trader.ask(*EXECUTIONS))[-1]
    assert (fill[2], fill[18], fill[19], fill[23]) == ("-1", "SLD", "60", "1")
    with pytest.raises(FaultError, match="does not close"):
        trader.act("liquidate", symbol="AAPL", quantity="10")


@shows(scenario="assignment_overnight")
def test_20_an_assignment_without_an_event(trader: Trader) -> None:
    option = trader.desk.broker.book.get(next(row for row in option_ids(trader)))
    trader.act("position_jump", symbol=option.local_symbol, quantity="-1", price="2.50")
    trader.ask(61, 1)
    begin(trader, "assignment_overnight", option=option.local_symbol, contracts="1", shares="-100", price="200")
    assert trader.client.news() == []
    assert [row[14] for row in trader.ask(61, 1) if row[0] == "61"] == ["-100"]
    assert kinds(trader.ask(*EXECUTIONS)) == ["55"]


def option_ids(trader: Trader) -> list[int]:
    """Contract ids of AAPL's options, as a client is told them."""
    contract = (0, "AAPL", "OPT", "", "0.0", "", "", "SMART", "", "USD", "", "")
    return [int(row[12]) for row in trader.ask(9, 8, 5, *contract, 0, "", "", "") if row[0] == "10"]


@shows(scenario="execution_corrected", action="correct_execution")
@pytest.mark.parametrize(
    ("kind", "value", "quantity", "price", "position"),
    [
        ("price", "189.50", "100", "189.5", 100),
        ("quantity", "60", "60", "190.01", 60),
        ("bust", None, "0", "190.01", 0),
    ],
)
def test_21_an_execution_is_corrected(
    trader: Trader, kind: str, value: str | None, quantity: str, price: str, position: int
) -> None:
    before = executions(trader.buy(1))[0]
    begin(trader, "execution_corrected", kind=kind, value=value, client_id=1)
    (after,) = executions(heard(trader))
    assert (before[14][:-1], after[14]) == (after[14][:-1], before[14][:-1] + "2")
    assert (after[19], after[20], trader.position) == (quantity, price, position)


@shows(scenario="execution_corrected", action="repeat_execution")
def test_21_the_same_fill_twice(trader: Trader) -> None:
    before = executions(trader.buy(1))[0]
    begin(trader, "execution_corrected", kind="duplicate", client_id=1, order_id=1)
    messages = heard(trader)
    assert executions(messages) == [before]
    assert "59" in kinds(messages)
    assert trader.position == 100


@shows(scenario="odd_contracts")
@pytest.mark.parametrize(
    ("kind", "symbol", "currency", "quantity"),
    [("magnifier", "VOD", "GBP", "10"), ("currency", "SAP", "EUR", "10"), ("fractional", "AAPL", "USD", "0.5")],
)
def test_26_contracts_that_are_not_plain(trader: Trader, kind: str, symbol: str, currency: str, quantity: str) -> None:
    begin(trader, "odd_contracts", kind=kind)
    trader.wait(5)
    (fill,) = executions(trader.ask(*EXECUTIONS))
    assert (fill[4], fill[11], fill[19]) == (symbol, currency, quantity)
    assert float(fill[20]) > 0
    listed = [row for row in trader.ask(61, 1) if row[0] == "61"]
    assert [(row[4], row[14]) for row in listed] == [(symbol, quantity)]


@shows(scenario="odd_contracts")
def test_26_a_negative_price(trader: Trader) -> None:
    begin(trader, "odd_contracts", kind="negative_price")
    assert executions(trader.buy(1))[0][20:26:5] == ("-1.25", "-1.25")


@shows(scenario="what_if_unset_first")
def test_22_a_preview_is_unset_first(trader: Trader) -> None:
    begin(trader, "what_if_unset_first")
    first, second = trader.buy(1, what_if=1)
    assert first.count(UNSET) > second.count(UNSET) + 8


@shows(scenario="executions_without_end")
def test_23_executions_without_end(trader: Trader) -> None:
    trader.buy(1)
    begin(trader, "executions_without_end")
    assert kinds(trader.ask(*EXECUTIONS)) == ["11", "59"]


@shows(scenario="zombie_gateway")
def test_24_no_next_valid_id(trader: Trader, make_client: Callable[..., Any]) -> None:
    begin(trader, "zombie_gateway")
    assert "9" not in kinds(make_client(2).news())


@shows(scenario="order_ids_rolled_back")
def test_25_ids_below_those_of_open_orders(trader: Trader, make_client: Callable[..., Any]) -> None:
    for order_id in range(1, 6):
        trader.rest(order_id)
    begin(trader, "order_ids_rolled_back", client_id=1, by=4)
    trader.client.session.close()
    again = make_client(1)
    greeting = again.news()
    assert ("9", "1", "2") in greeting
    assert [message[1] for message in greeting if message[0] == "5"] == ["1", "2", "3", "4", "5"]
    assert statuses(again.ask(*order_fields(2, kind="LMT", limit="140")))[-1] == "Submitted"


@shows(scenario="completed_orders_zeroed")
def test_27_completed_orders_are_zeroed(trader: Trader) -> None:
    trader.buy(1, ref="mine")
    begin(trader, "completed_orders_zeroed")
    row = trader.ask(99, 0)[0]
    assert (row[13], row[22], row[23]) == ("0", "mine", "0")


@shows(scenario="reset_night")
def test_28_a_night_without_login(trader: Trader) -> None:
    begin(trader, "reset_night", seconds=60)
    assert errors(heard(trader)) == [("-1", "1100")] * 3
    trader.desk.pin("149.00", "149.01", "100000")
    faults = trader.desk.gateway.faults
    trader.wait(1)
    assert faults.on("refuse_connections")
    assert errors(trader.wait(59)) == [("-1", "1101")] * 2
    assert not faults.on("refuse_connections")


@shows(scenario="both_sides_refused")
def test_29_both_sides_of_a_contract(trader: Trader) -> None:
    begin(trader, "both_sides_refused")
    trader.rest(1)
    messages = trader.ask(*order_fields(2, "SELL", kind="LMT", limit="250"))
    assert errors(messages) == [("2", "201")]
    assert "both sides" in messages[-1][4]


def test_a_scenario_is_checked_before_it_starts(trader: Trader) -> None:
    for name, given, reason in (
        ("nothing", {}, "no scenario"),
        ("link_outage", {"seconds": -1}, "must be of type float"),
        ("link_outage", {"client_id": 1}, "cannot be narrowed"),
        ("commission_trouble", {"kind": "odd"}, "must be of missing"),
        ("third_summary_refused", {}, "always behaves"),
        ("position_and_partly_filled_order", {"bid": "2", "ask": "1"}, "bid must be below"),
    ):
        with pytest.raises(FaultError, match=reason):
            start(trader.desk.gateway, name, given)
    assert trader.desk.gateway.faults.describe() == {}


def test_stopping_undoes_only_what_the_scenario_did(trader: Trader) -> None:
    trader.on("executions_only", client_id=9)
    begin(trader, "executions_only")
    stop(trader.desk.gateway, "executions_only")
    assert trader.desk.gateway.faults.describe() == {"executions_only": {"client_id": 9, "count": None}}
    assert executions(trader.buy(1))
