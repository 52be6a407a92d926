"""Timelines, their checks and their end; chaos from a seed; both through the control port's routes."""

from collections.abc import Callable
from typing import Any

import pytest
from tws_simulator.control.api import ControlApi
from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.faults.chaos import KINDS
from tws_simulator.faults.scenarios import SCENARIOS

from tests.unit.tws_simulator.fault_helpers import Trader, errors, kinds, statuses, trader

__all__ = ["trader"]
Control = Callable[..., Any]


@pytest.fixture
def control(trader: Trader) -> Control:
    api = ControlApi(trader.desk.gateway)
    return lambda method, path, body=None: api.answer(HttpRequest(method, path, body=body))


def refused(control: Control, *request: Any) -> HttpError:
    with pytest.raises(HttpError) as caught:
        control(*request)
    return caught.value


def test_steps_are_done_at_their_times(trader: Trader, control: Control) -> None:
    script = control(
        "POST",
        "/timeline",
        {
            "steps": [
                {"at": 10, "action": "link_up"},
                {"at": 5, "action": "link_down"},
                {"fault": "swallow_orders", "for": 2},
                {"at": "2026-11-24T15:00:20+00:00", "price": {"symbol": "AAPL", "price": "150.00", "size": "500"}},
                {"at": 30, "scenario": "executions_only"},
                {"at": 40, "clear": True},
            ]
        },
    )
    assert [row["state"] for row in script["steps"]] == ["waiting", "waiting", "done", "waiting", "waiting", "waiting"]
    assert trader.rest(1) == []
    trader.wait(2)
    assert statuses(trader.buy(2, limit="150.01"))[-1] == "Submitted"
    assert errors(trader.wait(3)) == [("-1", "1100")]
    assert errors(trader.wait(5)) == [("-1", "1102")]
    assert statuses(trader.wait(10))[-1] == "Filled"
    trader.wait(10)
    assert kinds(trader.buy(3)) == ["11", "59"]
    trader.wait(10)
    done = control("GET", f"/timeline/{script['id']}")
    assert {row["state"] for row in done["steps"]} == {"done"}
    assert (done["state"], done["steps"][4]["done_at"]) == ("done", "2026-11-24T15:00:30+00:00")
    assert control("GET", "/timeline")["timelines"] == [done]


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (5, "must be an object"),
        ({}, "names one of"),
        ({"fault": "stall", "action": "link_down"}, "names one of"),
        ({"fault": "nothing"}, "no switchable fault"),
        ({"fault": "delay_ms"}, "missing parameters ms"),
        ({"fault": "stall", "count": 1}, "cannot be counted"),
        ({"fault": "stall", "at": -1}, "at must be seconds"),
        ({"fault": "stall", "at": True}, "at must be seconds"),
        ({"fault": "stall", "at": "2026-11-24T14:00:00+00:00"}, "in the past"),
        ({"fault": "stall", "at": "2026-11-24T16:00:00"}, "lacks an offset"),
        ({"fault": "stall", "at": "noon"}, "neither seconds nor a time"),
        ({"action": "link_down", "for": 5}, "only a fault or a scenario lasts"),
        ({"action": "nothing"}, "no fault named"),
        ({"action": "link_down", "times": 0}, "times must be 1 to 1000"),
        ({"action": "external_order", "symbol": "NOSUCH", "side": "BUY", "quantity": "1"}, "no instrument"),
        ({"clear": "nothing"}, "no switchable fault"),
        ({"clear": "stall", "count": 1}, "takes no count"),
        ({"scenario": "nothing"}, "no scenario"),
        ({"scenario": "link_outage", "seconds": "x"}, "must be of type float"),
        ({"scenario": "code_at_order_state", "code": 9999}, "those listed"),
        ({"price": {"symbol": "NOSUCH", "price": "1"}}, "no instrument"),
        ({"price": {"symbol": "AAPL", "price": "150.001"}}, "is not a price of AAPL"),
        ({"price": {"symbol": "AAPL", "bid": "150"}}, "bid and ask"),
        ({"price": {"symbol": "AAPL", "bid": "150", "ask": "150"}}, "bid must be below"),
        ({"price": {"symbol": "AAPL", "speed": "1"}}, "a price has symbol"),
        ({"price": {"symbol": "AAPL"}, "count": 1}, "stands alone"),
    ],
)
def test_an_impossible_script_is_refused_whole(trader: Trader, control: Control, step: Any, reason: str) -> None:
    error = refused(control, "POST", "/timeline", {"steps": [{"fault": "executions_only"}, step]})
    assert error.status == 400
    assert reason in str(error)
    assert "1" in str(error)
    assert trader.desk.gateway.faults.describe() == {}
    assert control("GET", "/timeline") == {"timelines": []}


def test_a_stopped_timeline_undoes_what_it_did(trader: Trader, control: Control) -> None:
    steps = [
        {"fault": "executions_only"},
        {"action": "link_down"},
        {"action": "farm_notice", "code": 2103},
        {"scenario": "duplicate_statuses"},
        {"price": {"symbol": "AAPL", "bid": "150.00", "ask": "150.02"}},
        {"at": 60, "action": "drop_connections"},
    ]
    number = control("POST", "/timeline", {"steps": steps})["id"]
    assert len(trader.desk.gateway.faults.describe()) == 3
    stopped = control("DELETE", f"/timeline/{number}")
    assert (stopped["state"], stopped["steps"][-1]["state"]) == ("stopped", "cancelled")
    assert trader.desk.gateway.faults.describe() == {}
    assert trader.desk.gateway.link_is_up
    assert trader.desk.broker.market.pinned == {}
    trader.wait(60)
    assert not trader.client.connection.closed
    assert refused(control, "GET", "/timeline/99").status == 404
    assert control("DELETE", "/timeline") == {"timelines": []}


def test_a_step_that_fails_later_is_reported(trader: Trader, control: Control) -> None:
    body = {"steps": [{"at": 1, "action": "cancel_order", "client_id": 1, "order_id": 7}, {"at": 1, "fault": "stall"}]}
    number = control("POST", "/timeline", body)["id"]
    trader.wait(1)
    first, second = control("GET", f"/timeline/{number}")["steps"]
    assert (first["state"], first["reason"]) == ("failed", "cancel_order: client 1 has no order 7")
    assert second["state"] == "done"


def test_scenarios_are_listed_started_and_stopped(trader: Trader, control: Control) -> None:
    listing = control("GET", "/scenarios")
    assert set(listing["scenarios"]) == set(SCENARIOS)
    assert "users 9" in listing["scenarios"]["client_id_lingers"]["sources"]
    assert control("POST", "/scenarios/link_outage", {"seconds": 5})["state"] == "running"
    assert errors(trader.client.news()) == [("-1", "1100")]
    assert control("DELETE", "/scenarios/link_outage")["runs"][0]["state"] == "stopped"
    assert errors(trader.client.news()) == [("-1", "1102")]
    assert control("POST", "/scenarios/account_not_ready")["state"] == "done"
    assert [row["title"] for row in control("GET", "/scenarios")["runs"]] == [
        "scenario link_outage",
        "scenario account_not_ready",
    ]
    assert refused(control, "POST", "/scenarios/nothing").status == 404
    assert refused(control, "DELETE", "/scenarios/nothing").status == 404
    assert refused(control, "POST", "/scenarios/link_outage", {"speed": 1}).status == 400
    wrong = refused(control, "POST", "/scenarios/overfill", {"client_id": 1, "order_id": 9, "quantity": "1"})
    assert (wrong.status, "no order 9" in str(wrong)) == (409, True)


def test_a_reset_ends_scripts_and_chaos(trader: Trader, control: Control) -> None:
    control("POST", "/timeline", {"steps": [{"at": 5, "fault": "stall"}, {"fault": "executions_only"}]})
    control("POST", "/chaos", {"rate_per_minute": 600})
    trader.desk.gateway.reset()
    trader.wait(60)
    assert trader.desk.gateway.faults.describe() == {}
    assert control("GET", "/chaos")["on"] is False


# Chaos -----------------------------------------------------------------------------------------------------------


def test_the_same_seed_strikes_the_same_way(make_desk: Callable[..., Any]) -> None:
    def run(seed: int, step: float) -> list[Any]:
        desk = make_desk()
        desk.gateway.chaos.start(seed, 30.0, [], None)
        moments = int(600 / step)
        for _ in range(moments):
            desk.pass_time(step)
        return [(row["at"], row["kind"], row["steps"]) for row in desk.gateway.chaos.describe()["struck"]]

    first = run(7, 0.5)
    assert 200 < len(first) < 400
    assert first == run(7, 10)
    assert first != run(8, 0.5)
    assert {kind for _, kind, _ in first} == set(KINDS)


def test_chaos_shows_what_struck_and_what_is_next(trader: Trader, control: Control) -> None:
    plan = control("POST", "/chaos", {"seed": 7, "rate_per_minute": 6, "kinds": ["farm", "slow"], "seconds": 120})
    assert plan["on"] is True
    assert {row["kind"] for row in plan["next"]} == {"farm", "slow"}
    assert all(row["at"] <= 120 for row in plan["next"])
    trader.wait(60)
    now = control("GET", "/chaos")
    assert [row["number"] for row in now["struck"]] == list(range(1, len(now["struck"]) + 1))
    assert now["struck"] + now["next"] != []
    assert [row["at"] for row in now["struck"] + now["next"]] == [row["at"] for row in plan["next"]]
    trader.wait(120)
    assert control("GET", "/chaos")["on"] is False
    control("DELETE", "/chaos")
    assert trader.desk.gateway.faults.describe() == {}


def test_wrong_chaos_is_refused(control: Control) -> None:
    for body in ({"kinds": ["nothing"]}, {"rate_per_minute": 0}, {"rate_per_minute": 6001}, {"seed": "x"}):
        assert refused(control, "POST", "/chaos", body).status == 400
