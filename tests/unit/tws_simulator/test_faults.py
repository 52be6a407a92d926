"""Each fault as a client meets it."""

from collections.abc import Callable
from typing import Any

import pytest
from tws_simulator.faults import ACTIONS, SWITCHES, FaultBoard, FaultError

from tests.unit.tws_simulator.test_session import errors, kinds, order_fields


@pytest.fixture
def trading(desk: Any, client: Any) -> Any:
    desk.pin("189.99", "190.01", "100000")
    client.news()
    return client


def test_the_board_counts_and_knows_clients() -> None:
    board = FaultBoard()
    board.switch_on("swallow_orders", {"count": 2, "client_id": 5})
    assert board.use("swallow_orders", 4) is None
    assert [board.use("swallow_orders", 5) is not None for _ in range(3)] == [True, True, False]
    board.switch_on("delay_ms", {"ms": 5})
    assert board.describe() == {"delay_ms": {"ms": 5, "client_id": None, "count": None}}
    board.switch_off("delay_ms")
    assert not board.on("delay_ms")


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("no_such_fault", {}),
        ("delay_ms", {}),
        ("delay_ms", {"ms": "5"}),
        ("delay_ms", {"ms": True}),
        ("delay_ms", {"ms": 5, "speed": 1}),
        ("late_commission", {"seconds": -1}),
        ("swallow_orders", {"count": 0}),
        ("swallow_orders", {"client_id": "x"}),
        ("lose_messages", {"messages": 3}),
    ],
)
def test_a_wrong_setting_is_refused(name: str, parameters: dict[str, Any]) -> None:
    with pytest.raises(FaultError):
        FaultBoard().switch_on(name, parameters)


def test_an_unknown_fault_cannot_be_switched_off_or_done(desk: Any) -> None:
    with pytest.raises(FaultError):
        FaultBoard().switch_off("nothing")
    with pytest.raises(FaultError):
        desk.gateway.act("nothing", {})


def test_names_do_not_clash_and_all_are_described() -> None:
    assert not set(SWITCHES) & set(ACTIONS)
    assert all(spec.doc for spec in (*SWITCHES.values(), *ACTIONS.values()))
    assert all(set(spec.defaults) <= set(spec.parameters) for spec in (*SWITCHES.values(), *ACTIONS.values()))


def test_swallowed_orders_leave_no_trace(desk: Any, trading: Any) -> None:
    desk.gateway.faults.switch_on("swallow_orders", {"count": 1})
    assert trading.ask(*order_fields(1)) == []
    assert desk.broker.state.orders == {}
    assert trading.ask(*order_fields(1))


def test_swallowed_cancels_and_requests(desk: Any, trading: Any) -> None:
    trading.ask(*order_fields(1, kind="LMT", limit="180"))
    desk.gateway.faults.switch_on("swallow_cancels", {})
    desk.gateway.faults.switch_on("swallow_requests", {"requests": ["req_positions"]})
    assert trading.ask(4, 1, 1, "") == []
    assert trading.ask(61, 1) == []
    desk.gateway.clear_faults()
    assert trading.ask(61, 1) == [("62", "1")]
    assert kinds(trading.ask(4, 1, 1, "")) == ["3", "4"]


def test_injected_refusals(desk: Any, trading: Any) -> None:
    desk.gateway.faults.switch_on("reject_orders", {"count": 1})
    messages = trading.ask(*order_fields(1))
    assert (kinds(messages), errors(messages)) == (["5", "3", "4"], [("1", "201")])
    desk.gateway.faults.switch_on("reject_orders", {"code": 10349, "text": "TIF", "inactive": False})
    assert errors(trading.ask(*order_fields(2))) == [("2", "10349")]
    assert desk.broker.account("").positions == {}


def test_an_order_can_live_unheard(desk: Any, trading: Any) -> None:
    desk.gateway.faults.switch_on("lose_acknowledgement", {"count": 1})
    assert trading.ask(*order_fields(1)) == []
    assert desk.broker.account("").quantity(265598) == 100
    assert kinds(trading.ask(7, 3, 5, 0, "", "", "", "", "", "")) == ["11", "59", "55"]
    assert trading.ask(*order_fields(2))


def test_a_slow_cancel_is_pending_first(desk: Any, trading: Any) -> None:
    trading.ask(*order_fields(1, kind="LMT", limit="180"))
    desk.gateway.faults.switch_on("slow_cancel", {"seconds": 5, "count": 1})
    messages = trading.ask(4, 1, 1, "")
    assert [message[2] for message in messages if message[0] == "3"] == ["PendingCancel"]
    trading.news()
    desk.pass_time(4)
    assert trading.news() == []
    desk.pass_time(1)
    assert kinds(trading.news()) == ["3", "4"]


def test_missing_and_late_commissions(desk: Any, trading: Any) -> None:
    desk.gateway.faults.switch_on("no_commission", {"count": 1})
    assert "59" not in kinds(trading.ask(*order_fields(1)))
    desk.gateway.faults.switch_on("late_commission", {"seconds": 10})
    assert "59" not in kinds(trading.ask(*order_fields(2)))
    desk.gateway.clear_faults("late_commission")
    trading.news()
    desk.pass_time(9)
    assert "59" not in kinds(trading.news())
    desk.pass_time(2)
    assert kinds(trading.news()) == ["5", "3", "59"]
    assert kinds(trading.ask(7, 3, 5, 0, "", "", "", "", "", "")) == ["11", "11", "59", "55"]


def test_lost_and_doubled_messages(desk: Any, trading: Any) -> None:
    desk.gateway.faults.switch_on("lose_messages", {"messages": [62], "count": 1})
    assert trading.ask(61, 1) == []
    desk.gateway.faults.switch_on("repeat_messages", {"messages": [62]})
    assert trading.ask(61, 1) == [("62", "1"), ("62", "1")]


def test_handshakes_without_id_or_accounts(desk: Any, make_client: Callable[..., Any]) -> None:
    desk.gateway.faults.switch_on("no_next_valid_id", {"count": 1})
    assert kinds(make_client(1).news()) == ["15", "4", "4", "4"]
    desk.gateway.faults.switch_on("no_managed_accounts", {"count": 1})
    assert kinds(make_client(2).news()) == ["9", "4", "4", "4"]
    desk.gateway.faults.switch_on("client_id_in_use", {"client_id": 3})
    assert errors(make_client(3).news()) == [("-1", "326")]


def test_an_account_that_is_not_ready(desk: Any, trading: Any) -> None:
    desk.gateway.faults.switch_on("account_not_ready", {})
    assert ("6", "2", "AccountReady", "false", "", "DU1234567") in trading.ask(6, 2, 1, "")


def test_frozen_quotes(desk: Any, client: Any) -> None:
    client.ask(1, 11, 9, *(265598, "AAPL", "STK", "", "0", "", "", "SMART", "", "USD", "", ""), 0, "", 0, 0, "")
    client.news()
    desk.gateway.faults.switch_on("freeze_quotes", {})
    desk.pass_time(60)
    assert client.news() == []
    desk.gateway.clear_faults()
    desk.pass_time(1)
    assert client.news()


def test_during_an_outage_orders_are_held_and_fills_unheard(desk: Any, trading: Any) -> None:
    trading.ask(*order_fields(1, kind="LMT", limit="189"))
    trading.news()
    desk.gateway.act("link_down", {})
    assert errors(trading.news()) == [("-1", "1100")]
    desk.pin("188.98", "188.99", "100000")  # the resting order fills meanwhile
    assert trading.ask(*order_fields(2)) == []
    desk.pass_time(5)
    assert trading.news() == []
    desk.gateway.act("link_up", {})
    messages = trading.news()
    assert errors(messages)[0] == ("-1", "1102")
    assert kinds(messages).count("11") == 1  # the held order; the other fill must be asked for
    assert kinds(trading.ask(7, 3, 5, 0, "", "", "", "", "", "")).count("11") == 2


def test_after_an_outage_data_can_be_lost_and_orders_discarded(
    desk: Any, trading: Any, make_client: Callable[..., Any]
) -> None:
    trading.ask(1, 11, 9, *(265598, "AAPL", "STK", "", "0", "", "", "SMART", "", "USD", "", ""), 0, "", 0, 0, "")
    desk.gateway.act("link_down", {})
    assert errors(make_client(4).news()) == [("-1", "1100")]
    trading.ask(*order_fields(2))
    desk.gateway.act("link_up", {"data_lost": True, "discard_held": True})
    assert ("-1", "1101") in errors(trading.news())
    assert desk.broker.state.orders == {}
    desk.pin("200.00", "200.02")
    desk.pass_time(1)
    assert trading.news() == []


def test_an_order_written_in_an_outage_goes_out_though_its_client_left(desk: Any, trading: Any) -> None:
    desk.gateway.act("link_down", {})
    trading.ask(*order_fields(1))
    trading.session.close()
    desk.gateway.act("link_up", {})
    assert desk.broker.account("").quantity(265598) == 100


def test_farms_errors_and_rolled_back_ids(desk: Any, trading: Any, make_client: Callable[..., Any]) -> None:
    for order_id in (1, 2, 3):
        trading.ask(*order_fields(order_id))
    trading.news()
    desk.gateway.act("farms_down", {})
    desk.gateway.act("farms_up", {})
    desk.gateway.act("error", {"code": 10197, "id": 7})
    desk.gateway.act("error", {"code": 10197, "client_id": 99})
    assert [code for _, code in errors(trading.news())] == ["2103", "2105", "2157", "2104", "2106", "2158", "10197"]
    desk.gateway.act("roll_back_order_ids", {"client_id": 1, "by": 2})
    assert trading.ask(8, 1, 1) == [("9", "1", "2")]
    assert trading.ask(*order_fields(2))[0][0] == "5"
    assert len(desk.broker.state.orders) == 4
