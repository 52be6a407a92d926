"""Restarts, logins and rules of accounts travel with the whole state."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from tws_simulator import snapshot
from tws_simulator.clock import VirtualClock
from tws_simulator.gateway import Gateway, Settings, create_gateway
from tws_simulator.ledger.options import LedgerRules
from tws_simulator.life_plan import LifePlan, ResetWindow, WeeklyTime

from tests.unit.tws_simulator.test_snapshot import document_of

START = datetime(2026, 1, 5, 4, 50, tzinfo=UTC)  # 23:50 of Sunday in New York
PLAN = LifePlan(
    restart_at=time(23, 55),
    reset_window=ResetWindow(time(23, 51), time(1, 45)),
    weekly_login=WeeklyTime(6, time(23, 53)),
    login_shows="no_handshake",
    auto_login_after=90.0,
)


class Holder:
    """What `document_of` asks for."""

    def __init__(self, plan: LifePlan = PLAN, start: datetime = START) -> None:
        settings = Settings(start=start, paused=True, life=plan)
        self.clock = VirtualClock(start)
        self.gateway: Gateway = create_gateway(settings, self.clock)

    def pass_time(self, seconds: float) -> None:
        end = self.clock.now() + timedelta(seconds=seconds)
        while self.gateway.timekeeper.pass_slot(self.clock, end):
            pass

    @property
    def life(self) -> dict[str, Any]:
        return self.gateway.lifecycle.describe()


def states(holder: Holder, minutes: int) -> list[Any]:
    """What happens in so many minutes, looked at every ten seconds."""
    seen = []
    for _ in range(minutes * 6):
        holder.pass_time(10)
        seen.append((holder.clock.now(), holder.life, holder.gateway.link_is_up, len(holder.gateway.held)))
    return seen


@pytest.mark.parametrize("seconds", [0, 61, 200, 301, 330, 400, 500])
def test_another_simulator_lives_on_as_the_first_would_have(seconds: float) -> None:
    first, second = Holder(), Holder(LifePlan(), START + timedelta(days=9))
    first.pass_time(seconds)
    document = document_of(first)
    snapshot.restore(second.gateway, document)
    if first.life["state"] == "resetting":  # an outage ends with the state it was in
        assert second.life["state"] == "running"
        return
    assert second.life == first.life
    assert second.gateway.link_is_up == first.gateway.link_is_up
    assert document_of(second) == document
    assert states(second, 120) == states(first, 120)


def test_the_parts_of_a_night_are_all_met() -> None:
    first = Holder()
    met = {row[1]["state"] for row in states(first, 120)}
    assert met == {"running", "resetting", "restarting", "login_required"}


def test_a_gateway_logged_off_stays_so(make_desk: Callable[..., Any]) -> None:
    first, second = make_desk(), make_desk(seed=5)
    first.gateway.lifecycle.logoff(keep_sockets=True)
    snapshot.restore(second.gateway, document_of(first))
    assert second.gateway.lifecycle.describe() == first.gateway.lifecycle.describe()
    assert not second.gateway.link_is_up
    second.gateway.lifecycle.login()
    assert second.gateway.link_is_up


def test_rules_of_accounts_travel(make_desk: Callable[..., Any]) -> None:
    first, second = make_desk(), make_desk()
    rules = LedgerRules(None, timedelta(seconds=2.5), refuses_day_traders=True, pays_interest=True)
    first.broker.rules = first.broker.ledger.rules = rules
    snapshot.restore(second.gateway, document_of(first))
    assert second.broker.rules == second.broker.ledger.rules == rules


def test_a_document_without_them_leaves_them_as_they_are(make_desk: Callable[..., Any]) -> None:
    first, second = make_desk(), make_desk()
    document = document_of(first)
    del document["lifecycle"], document["rules"]["accounts"]
    rules = second.broker.rules = second.broker.ledger.rules = LedgerRules(pays_interest=True)
    second.gateway.lifecycle.plan = PLAN
    second.gateway.lifecycle.require_login()
    snapshot.restore(second.gateway, document)
    assert second.broker.ledger.rules == rules
    assert second.gateway.lifecycle.plan == PLAN
    assert second.gateway.lifecycle.describe()["state"] == "running"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"phase": "asleep"}, "lifecycle.phase"),
        ({"phase": "login_required", "shows": None}, "lifecycle.shows: is missing"),
        ({"phase": "restarting"}, "lifecycle.ends_at: is missing"),
        ({"shows": "pink"}, "lifecycle.shows: is none of"),
        ({"since": "2026-01-05T10:00:00"}, "need their offset"),
        ({"plan": {"restart_at": "25:00"}}, "lifecycle.plan.restart_at"),
        ({"plan": {"weekly_login": {"weekday": 7, "at": "01:00"}}}, "lifecycle.plan.weekly_login.weekday"),
        ({"plan": {"reset_data": "gone"}}, "lifecycle.plan.reset_data"),
    ],
)
def test_what_no_gateway_can_be_in_is_refused(
    make_desk: Callable[..., Any], change: dict[str, Any], reason: str
) -> None:
    desk = make_desk()
    document = document_of(desk)
    document["lifecycle"].update(change)
    with pytest.raises(snapshot.SnapshotError, match=reason):
        snapshot.restore(desk.gateway, document)


def test_rules_that_cannot_be_are_refused(make_desk: Callable[..., Any]) -> None:
    desk = make_desk()
    document = document_of(desk)
    document["rules"]["accounts"]["locate_after"] = "soon"
    with pytest.raises(snapshot.SnapshotError, match=r"rules\.accounts\.locate_after"):
        snapshot.restore(desk.gateway, document)
