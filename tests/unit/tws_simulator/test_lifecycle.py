"""Restarts, server resets, the weekly login and a login elsewhere, by the clock and when told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from tws_simulator.__main__ import main
from tws_simulator.clock import VirtualClock, new_york
from tws_simulator.control.api import ControlApi
from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.gateway import Gateway, Settings, create_gateway
from tws_simulator.life_plan import (
    LifePlan,
    ResetWindow,
    next_daily,
    next_weekly,
    next_window,
    outages,
    read_time,
    read_weekly,
    read_window,
)
from tws_simulator.lifecycle import Phase

START = datetime.fromisoformat("2026-01-09T23:40:00-05:00")  # Friday
NIGHTLY = LifePlan(restart_at=time(23, 45), restart_seconds=75.0)


class Door:
    """The port, without sockets."""

    def __init__(self) -> None:
        self.is_open = True

    def shut(self) -> None:
        self.is_open = False

    def open(self) -> None:
        self.is_open = True


class Life:
    """A gateway, its port and its clock."""

    def __init__(self, plan: LifePlan, **settings: Any) -> None:
        self.gateway: Gateway = create_gateway(Settings(seed=3, start=START, paused=True, life=plan, **settings))
        self.door = Door()
        self.gateway.door = self.door
        self.heart = asyncio.create_task(self.gateway.timekeeper.run())

    @property
    def phase(self) -> Phase:
        return self.gateway.lifecycle.phase

    async def pass_time(self, seconds: float) -> None:
        await self.gateway.timekeeper.advance_to(self.gateway.clock.now() + timedelta(seconds=seconds))

    def do(self, action: str, **given: Any) -> dict[str, Any]:
        request = HttpRequest("POST", "/lifecycle", body={"action": action, **given})
        return dict(ControlApi(self.gateway).answer(request))

    def pin(self, bid: str, ask: str) -> None:
        body = {"symbol": "AAPL", "bid": bid, "ask": ask, "frozen": True, "replenish": True}
        ControlApi(self.gateway).answer(HttpRequest("POST", "/prices", body=body))


@pytest.fixture
async def live() -> AsyncIterator[Callable[..., Life]]:
    lives: list[Life] = []

    def make(plan: LifePlan | None = None, **settings: Any) -> Life:
        lives.append(Life(plan or LifePlan(), **settings))
        return lives[-1]

    yield make
    for life in lives:
        life.heart.cancel()
    await asyncio.gather(*(life.heart for life in lives), return_exceptions=True)


def kinds(messages: list[tuple[str, ...]]) -> list[str]:
    return [row[0] for row in messages]


def codes(messages: list[tuple[str, ...]]) -> list[str]:
    return [row[3] if row[1] == "2" else row[2] for row in messages if row[0] == "4"]


# Plans -------------------------------------------------------------------------------------------------------------


def test_times_of_the_day_and_week_are_new_yorks() -> None:
    summer = datetime(2026, 7, 3, 12, 0, tzinfo=UTC)
    assert next_daily(time(23, 45), summer) == datetime(2026, 7, 4, 3, 45, tzinfo=UTC)
    assert next_daily(time(8, 0), summer) == datetime(2026, 7, 4, 12, 0, tzinfo=UTC)
    assert next_weekly(read_weekly("Sun 01:00"), summer) == datetime(2026, 7, 5, 5, 0, tzinfo=UTC)
    assert next_weekly(read_weekly("Friday 07:59"), summer) == datetime(2026, 7, 10, 11, 59, tzinfo=UTC)


def test_a_window_may_pass_midnight_and_is_not_opened_on_a_saturday() -> None:
    window = read_window("23:45-00:45")
    thursday = datetime.fromisoformat("2026-01-08T23:50:00-05:00")
    start, end = next_window(window, thursday)
    assert new_york(start).isoformat() == "2026-01-09T23:45:00-05:00"
    assert end - start == timedelta(hours=1)
    assert new_york(next_window(window, start)[0]).weekday() == 6


@pytest.mark.parametrize("seed", range(20))
def test_outages_lie_in_their_window_one_after_the_other_and_depend_on_the_seed(seed: int) -> None:
    start, end = next_window(ResetWindow(time(0, 15), time(1, 45)), START)
    found = outages(seed, start, end, "mixed")
    assert found == outages(seed, start, end, "mixed")
    assert 1 <= len(found) <= 3
    last = start
    for begins, row in found:
        assert begins >= last
        assert 20 <= row.seconds <= 300
        assert all(0 < at < row.seconds for at in row.repeats)
        assert list(row.repeats) == sorted(row.repeats)
        last = begins + timedelta(seconds=row.seconds)
    assert last <= end
    assert all(row.data_lost for _, row in outages(seed, start, end, "lost"))


@pytest.mark.parametrize("text", ["", "25:00", "12", "12:5", "noon", "-1:00", "12:60"])
def test_a_wrong_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_time(text)


@pytest.mark.parametrize(
    "options",
    [
        ["--restart-at", "25:00"],
        ["--restart-seconds", "0"],
        ["--reset-window", "00:15"],
        ["--reset-window", "00:15-00:15"],
        ["--weekly-login", "Someday 01:00"],
        ["--login-shows", "nothing"],
        ["--auto-login-after", "-5"],
    ],
)
def test_wrong_options_are_refused(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(options)
    assert ended.value.code == 2
    assert options[0] in capsys.readouterr().err


# Restart -----------------------------------------------------------------------------------------------------------


async def test_every_night_the_gateway_restarts(live: Callable[..., Life], make_talk: Callable[..., Any]) -> None:
    life = live(NIGHTLY)
    client = make_talk(life.gateway)
    await life.pass_time(299.75)
    assert (life.phase, life.door.is_open, client.connection.closed) == (Phase.RUNNING, True, False)
    await life.pass_time(0.25)
    assert (life.phase, life.door.is_open, client.connection.closed) == (Phase.RESTARTING, False, True)
    assert life.gateway.sessions == {}
    await life.pass_time(74.75)
    assert not life.door.is_open
    await life.pass_time(0.25)
    assert (life.phase, life.door.is_open, life.gateway.link_is_up) == (Phase.RUNNING, True, True)
    await life.pass_time(86_400)
    assert life.gateway.lifecycle.since == START + timedelta(days=1, seconds=375)


async def test_what_a_restart_leaves_and_what_it_takes(
    live: Callable[..., Life], make_talk: Callable[..., Any]
) -> None:
    """GTC orders, perm ids and the day's fills stay, untransmitted orders go, and no order id comes twice."""
    life = live()
    client = make_talk(life.gateway)
    life.pin("189.99", "190.01")
    client.order(1, "BUY", "100", "MKT")
    client.order(2, "BUY", "100", "LMT", limit="150", tif="GTC")
    client.order(3, "BUY", "100", "LMT", limit="151", tif="GTC", transmit="0")
    working = {row.order_id: row.perm_id for row in life.gateway.broker.open_orders()}
    life.do("restart", seconds=60)
    await life.pass_time(60)
    again = make_talk(life.gateway)
    said = again.news()
    assert ("9", "1", "4") in said
    assert {row.order_id: row.perm_id for row in life.gateway.broker.open_orders()} == {2: working[2]}
    assert [row[1] for row in said if row[0] == "5"] == ["2"]
    assert "11" in kinds(again.ask(7, 3, 9, "", "", "", "", "", "", ""))
    again.order(4, "BUY", "1", "MKT")
    assert life.gateway.broker.find(1, 4) is not None
    assert life.gateway.broker.find(1, 3) is None


async def test_orders_are_filled_while_the_gateway_is_away(
    live: Callable[..., Life], make_talk: Callable[..., Any]
) -> None:
    life = live()
    client = make_talk(life.gateway)
    life.pin("189.99", "190.01")
    client.order(1, "BUY", "100", "LMT", limit="189.95", tif="GTC")
    life.do("restart", seconds=60)
    client.news()
    life.pin("189.90", "189.94")
    await life.pass_time(60)
    assert client.news() == []
    again = make_talk(life.gateway)
    assert "5" not in kinds(again.news())
    assert kinds(again.ask(7, 3, 9, "", "", "", "", "", "", "")) == ["11", "59", "55"]


# Server reset ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("data", "code"), [("kept", "1102"), ("lost", "1101")])
async def test_a_reset_says_1100_again_and_again_and_then_tells_what_happened(
    live: Callable[..., Life], make_talk: Callable[..., Any], data: str, code: str
) -> None:
    life = live()
    client = make_talk(life.gateway)
    life.pin("189.99", "190.01")
    client.order(1, "BUY", "100", "LMT", limit="189.95")
    client.ask(1, 11, 11, 265598, "AAPL", "STK", "", "0.0", "", "", "SMART", "", "USD", "", "", 0, "", 0, 0, "")
    client.news()
    life.do("reset", seconds=120, data=data)
    assert life.phase is Phase.RESETTING
    await life.pass_time(60)
    life.pin("189.90", "189.94")
    client.order(2, "BUY", "5", "MKT")
    await life.pass_time(59)
    during = client.news()
    assert set(codes(during)) == {"1100"}
    assert len(during) > 2
    await life.pass_time(1)
    after = client.news()
    assert codes(after)[0] == code
    told = kinds(after)
    assert told.index("11") < told.index("59")
    assert {row[3] if row[0] == "11" else row[1] for row in after if row[0] in {"11", "3"}} >= {"1", "2"}
    assert (len(client.session.quotes) == 1) is (data == "kept")
    assert life.phase is Phase.RUNNING
    assert life.gateway.faults.describe() == {}


async def test_what_happened_meanwhile_may_only_be_told_to_who_asks(
    live: Callable[..., Life], make_talk: Callable[..., Any]
) -> None:
    life = live()
    client = make_talk(life.gateway)
    life.pin("189.99", "190.01")
    client.order(1, "BUY", "100", "LMT", limit="189.95")
    client.news()
    life.do("reset", seconds=30, data="kept", report_missed=False)
    life.pin("189.90", "189.94")
    await life.pass_time(31)
    assert set(codes(client.news())) == {"1100", "1102"}
    assert kinds(client.ask(7, 3, 9, "", "", "", "", "", "", "")) == ["11", "59", "55"]


async def test_account_values_are_not_ready_during_a_reset(
    live: Callable[..., Life], make_talk: Callable[..., Any]
) -> None:
    life = live()
    client = make_talk(life.gateway)
    life.do("reset", seconds=30)
    assert ("6", "2", "AccountReady", "false", "", "DU1234567") in client.ask(6, 2, 1, "")


async def test_the_window_of_the_night_brings_its_outages(
    live: Callable[..., Life], make_talk: Callable[..., Any]
) -> None:
    plan = LifePlan(reset_window=ResetWindow(time(0, 15), time(1, 45)))
    life = live(plan)
    client = make_talk(life.gateway)
    start, end = next_window(plan.reset_window, START)
    planned = outages(3, start, end, "mixed")
    client.news()
    await life.pass_time((end - START).total_seconds())
    said = codes(client.news())
    ends = [code for code in said if code != "1100"]
    assert ends == ["1101" if row.data_lost else "1102" for _, row in planned]
    assert said.count("1100") == sum(1 + len(row.repeats) for _, row in planned)


async def test_a_restart_in_the_middle_of_a_reset_leaves_the_link_down_until_its_end(
    live: Callable[..., Life], make_talk: Callable[..., Any]
) -> None:
    life = live()
    life.do("reset", seconds=100, data="kept")
    life.do("restart", seconds=20)
    await life.pass_time(20)
    assert (life.phase, life.gateway.link_is_up) == (Phase.RESETTING, False)
    client = make_talk(life.gateway)
    assert codes(client.news()) == ["1100"]
    await life.pass_time(80)
    assert (life.phase, life.gateway.link_is_up) == (Phase.RUNNING, True)
    assert codes(client.news())[-1] == "1102"


async def test_a_reset_that_ends_during_a_restart_is_over_when_the_gateway_is_back(live: Callable[..., Life]) -> None:
    life = live()
    life.do("reset", seconds=10, data="kept")
    life.do("restart", seconds=20)
    await life.pass_time(20)
    assert (life.phase, life.gateway.link_is_up) == (Phase.RUNNING, True)


async def test_beginning_again_ends_a_reset(live: Callable[..., Life]) -> None:
    life = live()
    life.do("reset", seconds=1000)
    ControlApi(life.gateway).answer(HttpRequest("POST", "/reset", body={}))
    assert (life.phase, life.gateway.link_is_up, life.gateway.faults.describe()) == (Phase.RUNNING, True, {})
    await life.pass_time(1000)
    assert life.phase is Phase.RUNNING


# Login -------------------------------------------------------------------------------------------------------------


async def test_after_sunday_the_nightly_restart_waits_for_a_login(live: Callable[..., Life]) -> None:
    life = live(LifePlan(restart_at=time(23, 45), weekly_login=read_weekly("Sun 01:00"), auto_login_after=600.0))
    await life.pass_time(86_400 * 1.2)  # Sunday after the expiry
    assert (life.phase, life.gateway.lifecycle.login_expired) == (Phase.RUNNING, True)
    clock = life.gateway.clock
    await life.pass_time((datetime.fromisoformat("2026-01-11T23:46:15-05:00") - clock.now()).total_seconds())
    assert (life.phase, life.door.is_open) == (Phase.LOGIN_REQUIRED, False)
    await life.pass_time(600)
    assert (life.phase, life.door.is_open) == (Phase.RUNNING, True)
    assert not life.gateway.lifecycle.login_expired


async def test_without_a_nightly_restart_the_expiry_itself_ends_the_session(live: Callable[..., Life]) -> None:
    life = live(LifePlan(weekly_login=read_weekly("Sun 01:00")))
    await life.pass_time(86_400 * 2)
    assert (life.phase, life.door.is_open) == (Phase.LOGIN_REQUIRED, False)
    ControlApi(life.gateway).answer(HttpRequest("POST", "/login", body={}))
    assert (life.phase, life.door.is_open) == (Phase.RUNNING, True)
    assert life.gateway.lifecycle.describe()["next"][0]["event"] == "login_expires"


async def test_a_client_that_waits_for_its_ids_gets_them_with_the_login(
    live: Callable[..., Life], make_talk: Callable[..., Any]
) -> None:
    life = live()
    life.do("require_login", shows="no_ids")
    assert life.door.is_open
    client = make_talk(life.gateway)
    await life.pass_time(100)
    client.order(1, "BUY", "5", "MKT")
    assert client.news() == []
    life.do("login")
    said = client.news()
    assert {"15", "9"} <= set(kinds(said))
    assert "11" in kinds(said)  # the order was kept and is sent now
    assert life.gateway.link_is_up


async def test_a_login_elsewhere_ends_this_session(live: Callable[..., Life], make_talk: Callable[..., Any]) -> None:
    life = live(NIGHTLY)
    client = make_talk(life.gateway)
    life.do("logoff")
    assert client.connection.closed
    await life.pass_time(86_400)
    assert (life.phase, life.door.is_open) == (Phase.LOGGED_OFF, False)  # nothing reconnects by itself
    life.do("login")
    assert (life.phase, life.door.is_open) == (Phase.RUNNING, True)


async def test_a_login_elsewhere_may_leave_the_sockets_open(
    live: Callable[..., Life], make_talk: Callable[..., Any]
) -> None:
    life = live()
    client = make_talk(life.gateway)
    client.news()
    life.do("logoff", keep_sockets=True)
    client.order(1, "BUY", "5", "MKT")
    await life.pass_time(500)
    assert codes(client.news()) == ["1100"]
    life.do("login")
    said = client.news()
    assert codes(said)[0] == "1101"
    assert "11" in kinds(said)


@pytest.mark.parametrize(
    ("before", "action", "given", "status"),
    [
        ([], "login", {}, 409),
        (["restart"], "restart", {}, 409),
        (["restart"], "reset", {}, 409),
        (["reset"], "reset", {}, 409),
        (["require_login"], "require_login", {}, 409),
        (["require_login"], "logoff", {}, 409),
        (["logoff"], "require_login", {}, 409),
        ([], "explode", {}, 400),
        ([], "restart", {"seconds": 0}, 400),
        ([], "restart", {"data": "kept"}, 400),
        ([], "login", {"seconds": 5}, 400),
        ([], "require_login", {"shows": "nothing"}, 400),
    ],
)
async def test_what_does_not_fit_is_refused(
    live: Callable[..., Life], before: list[str], action: str, given: dict[str, Any], status: int
) -> None:
    life = live()
    for earlier in before:
        life.do(earlier)
    phase = life.phase
    with pytest.raises(HttpError) as refused:
        life.do(action, **given)
    assert refused.value.status == status
    assert life.phase is phase


async def test_the_state_is_seen_everywhere(live: Callable[..., Life]) -> None:
    life = live(NIGHTLY)
    life.do("restart")
    api = ControlApi(life.gateway)
    shown = api.answer(HttpRequest("GET", "/lifecycle"))
    assert (shown["state"], shown["shows"]) == ("restarting", "refused")
    assert [row["event"] for row in shown["next"]] == ["restart_ends", "restart"]
    assert api.answer(HttpRequest("GET", "/health"))["lifecycle"] == "restarting"
    assert api.answer(HttpRequest("GET", "/state"))["lifecycle"] == shown


async def test_a_fault_that_cut_the_link_is_not_mended_by_a_restart(live: Callable[..., Life]) -> None:
    life = live()
    life.gateway.act("link_down", {})
    life.do("restart", seconds=10)
    await life.pass_time(10)
    assert (life.phase, life.gateway.link_is_up) == (Phase.RUNNING, False)
    assert isinstance(life.gateway.clock, VirtualClock)
