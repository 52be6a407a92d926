"""Time that is paused, stepped and run at any speed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tws_simulator.__main__ import main
from tws_simulator.clock import VirtualClock, next_slot, slot_at_or_after
from tws_simulator.control.api import ControlApi
from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.exchange.calendar import calendar_named
from tws_simulator.exchange.open_hours import OpenHours
from tws_simulator.gateway import Gateway, Settings, create_gateway
from tws_simulator.snapshot import restore, take
from tws_simulator.storage.journal import StateFileError
from tws_simulator.timekeeper import ClockBusy, ClockError

APPLE = (265598, "AAPL", "STK", "", "0.0", "", "", "SMART", "", "USD", "", "")
ISLAND = tuple("ISLAND" if field == "SMART" else field for field in APPLE)
START = datetime.fromisoformat("2026-01-05T15:59:50-05:00")  # Monday, ten seconds before the close
SECOND = timedelta(seconds=1)


def make(**settings: Any) -> Gateway:
    return create_gateway(Settings(**{"seed": 3, "calendar": "exchange", "start": START, "paused": True, **settings}))


@asynccontextmanager
async def passing(gateway: Gateway) -> AsyncIterator[Gateway]:
    """A gateway whose time passes as it does in the running program."""
    heart = asyncio.create_task(gateway.timekeeper.run())
    try:
        yield gateway
    finally:
        heart.cancel()
        await asyncio.gather(heart, return_exceptions=True)


async def post(gateway: Gateway, **body: Any) -> dict[str, Any]:
    return dict(await ControlApi(gateway).answer(HttpRequest("POST", "/clock", body=body)))


async def refused(gateway: Gateway, **body: Any) -> int:
    with pytest.raises(HttpError) as caught:
        await post(gateway, **body)
    return caught.value.status


# Slots -------------------------------------------------------------------------------------------------------------


def test_slots_begin_with_the_second() -> None:
    whole = datetime(2026, 1, 5, tzinfo=UTC)
    assert next_slot(whole) == whole + SECOND / 4
    assert next_slot(whole + SECOND / 3) == whole + SECOND / 2
    assert slot_at_or_after(whole) == whole
    assert slot_at_or_after(whole + SECOND / 3) == whole + SECOND / 2


def test_a_virtual_clock_does_not_go_back() -> None:
    clock = VirtualClock(START)
    clock.move_to(START + SECOND)
    with pytest.raises(ValueError, match="is before"):
        clock.move_to(START)


@pytest.mark.parametrize("name", ["always", "exchange"])
def test_open_hours_say_what_the_calendar_says(name: str) -> None:
    calendar = calendar_named(name)
    hours = OpenHours(calendar)
    for regular in (True, False):
        for step in range(0, 8 * 24 * 60, 7):
            at = START + timedelta(minutes=step)
            opens = hours.next_trading("us_equity", at, regular=regular)
            assert (opens == at) is calendar.is_open(at, regular=regular) or calendar.next_open(at - SECOND) == at
            if opens != at:
                assert opens == calendar.next_open(at, regular=regular)


# Stepping ----------------------------------------------------------------------------------------------------------


async def test_a_step_visits_every_slot_in_order_while_something_is_going_on(make_talk: Callable[..., Any]) -> None:
    gateway = make()
    make_talk(gateway).ask(1, 11, 11, *APPLE, 0, "", 0, 0, "")
    seen: list[datetime] = []
    tick = gateway.broker._timing.tick
    gateway.broker._timing.tick = lambda now: (seen.append(now), tick(now))  # type: ignore[method-assign]
    async with passing(gateway):
        assert await gateway.timekeeper.advance_to(START + 2 * SECOND)
    assert seen == [START + SECOND / 4 * count for count in range(1, 9)]
    assert gateway.clock.now() == START + 2 * SECOND


async def test_a_quiet_week_takes_no_time_and_its_days_turn() -> None:
    gateway = make()
    async with passing(gateway):
        await gateway.timekeeper.advance_to(START + timedelta(days=7))
    assert gateway.timekeeper.ticks < 20
    assert gateway.broker.account("").day == (START + timedelta(days=7)).date()


@pytest.mark.parametrize(
    "subscribe", ["quotes", "book", "ticks", "bars", "five seconds", "pnl", "summary", "order", "all"]
)
async def test_what_is_passed_over_would_have_said_nothing(subscribe: str, make_talk: Callable[..., Any]) -> None:
    """Over close and next opening, a clock that visits every slot and one that passes over some say the same."""
    said = []
    for every_slot in (True, False):
        gateway = make()
        client = make_talk(gateway)
        requests = {
            "quotes": [
                (1, 11, 11, *APPLE, 0, "233,236,318", 0, 0, ""),
                (59, 1, 2),
                (1, 11, 12, *APPLE, 0, "", 0, 0, ""),
            ],
            "book": [(10, 5, 21, *ISLAND, 5, 0, "")],
            "ticks": [(97, 22, *APPLE, "AllLast", 0, 1), (97, 23, *APPLE, "BidAsk", 0, 0)],
            "five seconds": [(50, 3, 13, *APPLE, 5, "TRADES", 0, "")],
            "bars": [],
            "pnl": [(92, 15, "DU1234567", "")],
            "summary": [(62, 1, 16, "All", "NetLiquidation"), (6, 2, 1, "")],
            "order": [],
        }
        for name in requests if subscribe == "all" else [subscribe]:
            for fields in requests[name]:
                client.ask(*fields)
        if subscribe in {"bars", "all"}:
            client.ask(20, 14, *APPLE, 0, "", "1 min", "1800 S", 0, "TRADES", 1, 1, "")
            await asyncio.gather(*client.session._tasks.values())
        if subscribe in {"order", "all"}:
            client.order(1, "BUY", "100", "MKT", tif="GTC")
            client.order(2, "SELL", "100", "LMT", limit="170.01", tif="GTC")
            client.order(3, "SELL", "100", "STP", stop="200", tif="GTC")
            client.order(4, "SELL", "100", "TRAIL", stop="0.05", tif="GTC")
            client.order(5, "BUY", "100", "REL", stop="0.01")
            client.order(6, "BUY", "100", "LOC", limit="400")
            client.order(7, "BUY", "100", "LMT", limit="400", tif="GTC", good_after="20260106 04:00:10 US/Eastern")
        if every_slot:
            gateway.timekeeper._next_due = lambda now: now  # type: ignore[method-assign]
        await play(gateway)
        said.append(client.news())
        ticks = gateway.timekeeper.ticks
    assert said[0] == said[1]
    assert said[0]
    assert ticks < 4 * 125


async def play(gateway: Gateway) -> None:
    """Half a minute each around the close, the evening's end and the next morning's two openings."""
    clock = gateway.clock
    assert isinstance(clock, VirtualClock)
    async with passing(gateway):
        for hours in (0, 4, 12, 17.5):
            if hours:
                clock.move_to(START + timedelta(hours=hours))
            for seconds in (9, 22.1):
                await gateway.timekeeper.advance_to(clock.now() + timedelta(seconds=seconds))


async def test_what_was_just_asked_or_changed_is_looked_at_in_the_next_slot() -> None:
    gateway = make(start=START + timedelta(hours=6))
    async with passing(gateway):
        await gateway.timekeeper.advance_to(gateway.clock.now() + SECOND)
        quiet = gateway.timekeeper.ticks
        api = ControlApi(gateway)
        api.answer(HttpRequest("POST", "/prices", body={"symbol": "AAPL", "price": "150"}))
        await gateway.timekeeper.advance_to(gateway.clock.now() + SECOND)
    assert (quiet, gateway.timekeeper.ticks) == (0, 1)


async def test_a_pause_ends_a_step_where_it_is(make_talk: Callable[..., Any]) -> None:
    gateway = make(calendar="always")
    make_talk(gateway).ask(1, 11, 11, *APPLE, 0, "", 0, 0, "")
    async with passing(gateway):
        step = asyncio.create_task(post(gateway, advance_to=(START + timedelta(days=300)).isoformat()))
        await asyncio.sleep(0.02)
        assert await refused(gateway, step_seconds=1) == 409
        assert ControlApi(gateway).answer(HttpRequest("GET", "/clock"))["stepping_to"] is not None
        await post(gateway, paused=True)
        assert (await step)["reached"] is False
        stopped = gateway.clock.now()
        await asyncio.sleep(0.02)
        assert START < stopped < START + timedelta(days=300)
        assert gateway.clock.now() == stopped


async def test_a_failing_tick_does_not_stop_time(make_talk: Callable[..., Any]) -> None:
    gateway = make()
    client = make_talk(gateway)
    client.ask(1, 11, 11, *APPLE, 0, "", 0, 0, "")

    def broken(now: datetime) -> None:
        raise RuntimeError("broken")

    gateway.broker._timing.tick = broken  # type: ignore[method-assign]
    client.news()
    async with passing(gateway):
        await gateway.timekeeper.advance_to(START + 5 * SECOND)
    assert gateway.timekeeper.ticks == 20
    assert client.news()


# Running -----------------------------------------------------------------------------------------------------------


async def test_a_running_clock_keeps_its_speed_and_pauses_where_it_was_told() -> None:
    gateway = make()
    async with passing(gateway):
        began = asyncio.get_running_loop().time()
        await post(gateway, speed=1000, until=(START + 60 * SECOND).isoformat())
        while not gateway.timekeeper.is_paused:
            await asyncio.sleep(0.001)
        assert 0.05 < asyncio.get_running_loop().time() - began < 2
    assert gateway.clock.now() == START + 60 * SECOND


async def test_the_speed_can_be_changed_while_it_runs() -> None:
    gateway = make(paused=False, speed=0.1)
    async with passing(gateway):
        await asyncio.sleep(0.01)
        assert gateway.clock.now() == START
        await post(gateway, speed=500)
        while gateway.clock.now() < START + 10 * SECOND:
            await asyncio.sleep(0.001)
        answer = await post(gateway, paused=True)
    assert (answer["speed"], answer["paused"]) == (500, True)


@pytest.mark.alone
async def test_a_clock_that_cannot_follow_says_how_far_it_is_behind(make_talk: Callable[..., Any]) -> None:
    gateway = make(calendar="always")
    make_talk(gateway).ask(1, 11, 11, *APPLE, 0, "", 0, 0, "")
    tick = gateway.broker._timing.tick

    def heavy(now: datetime) -> None:
        end = asyncio.get_running_loop().time() + 0.002
        while asyncio.get_running_loop().time() < end:
            pass
        tick(now)

    gateway.broker._timing.tick = heavy  # type: ignore[method-assign]
    async with passing(gateway):
        await post(gateway, speed=1000)
        longest = 0.0
        for _ in range(20):
            before = asyncio.get_running_loop().time()
            await asyncio.sleep(0.005)
            longest = max(longest, asyncio.get_running_loop().time() - before)
        reading = ControlApi(gateway).answer(HttpRequest("GET", "/clock"))
    assert reading["lag_seconds"] > 5
    assert longest < 0.25  # the event loop has its turn all the time


async def test_time_waits_for_a_client_that_reads_slowly_but_not_for_one_that_never_reads(
    make_talk: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = make(calendar="always")
    make_talk(gateway).ask(1, 11, 11, *APPLE, 0, "", 0, 0, "")

    class Reader:
        backlog, client_id, peer = 3 << 20, 1, "test"

    reader = Reader()
    gateway.connections.add(reader)
    async with passing(gateway):
        step = asyncio.create_task(post(gateway, step_seconds=1))
        for _ in range(3):
            await asyncio.sleep(0.02)
            reader.backlog -= 1 << 19
            assert gateway.timekeeper.ticks == 0
        reader.backlog = 0
        assert (await step)["reached"] is True
        monkeypatch.setattr("tws_simulator.timekeeper._PATIENCE", 0.02)
        reader.backlog = 3 << 20
        assert (await post(gateway, step_seconds=1))["reached"] is True
        assert (await post(gateway, step_seconds=1))["reached"] is True


async def test_time_and_other_requests_wait_for_a_long_answer(make_talk: Callable[..., Any]) -> None:
    gateway = make()
    first, second = make_talk(gateway, 1), make_talk(gateway, 2)
    first.news(), second.news()
    async with passing(gateway):
        first.ask(20, 14, *APPLE, 0, "", "1 min", "2 D", 0, "TRADES", 1, 0, "")
        assert first.ask(49, 1) == second.ask(49, 1) == []
        await post(gateway, step_seconds=5)
    assert [row[0] for row in first.news()] == ["17", "49"]
    assert second.news() == [("49", "1", str(int(START.timestamp())))]


# Saved states ------------------------------------------------------------------------------------------------------


async def test_a_saved_state_brings_its_time_along_and_what_follows_is_the_same(make_talk: Callable[..., Any]) -> None:
    gateway = make(calendar="always")
    first = make_talk(gateway)
    first.order(1, "BUY", "100", "MKT", tif="GTC")
    first.order(2, "BUY", "100", "LMT", limit="250.00", tif="GTC")
    heard = []
    async with passing(gateway):
        await gateway.timekeeper.advance_to(START + 5 * SECOND)
        saved = take(gateway)
        for _ in range(2):
            gateway.sessions.clear()
            client = make_talk(gateway)
            client.order(3, "SELL", "300", "MKT")
            await gateway.timekeeper.advance_to(gateway.clock.now() + timedelta(hours=9))
            client.ask(7, 3, 9, "", "", "", "", "", "", "")
            client.ask(62, 1, 16, "All", "NetLiquidation")
            heard.append(client.news())
            restore(gateway, saved)
            assert gateway.clock.now() == START + 5 * SECOND
    assert heard[0] == heard[1]
    assert len(heard[0]) > 10


async def test_a_saved_state_ends_a_restart(make_talk: Callable[..., Any]) -> None:
    gateway = make()
    saved = take(gateway)
    gateway.lifecycle.restart(60)
    restore(gateway, saved)
    assert gateway.lifecycle.describe()["state"] == "running"
    assert gateway.link_is_up


def test_a_virtual_clock_does_not_begin_before_its_state_file(tmp_path: Path, make_talk: Callable[..., Any]) -> None:
    file = tmp_path / "state"
    gateway = make(state_file=file)
    make_talk(gateway).order(1, "BUY", "100", "LMT", limit="1.00", tif="GTC")
    gateway.close()
    assert make(state_file=file).broker.find(1, 1) is not None
    with pytest.raises(StateFileError, match="--start must not be before"):
        make(state_file=file, start=START - SECOND)


# Refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"speed": 0}, 400),
        ({"speed": 1001}, 400),
        ({"speed": True}, 400),
        ({"step_seconds": 0}, 400),
        ({"step_seconds": -1}, 400),
        ({"step_seconds": 1, "speed": 2}, 400),
        ({"advance_to": "tomorrow"}, 400),
        ({"advance_to": "2026-02-01T00:00:00"}, 400),
        ({"paused": True, "until": "next_open"}, 400),
        ({"backwards": 1}, 400),
        ({"advance_to": "2026-01-05T09:30:00-05:00"}, 422),
        ({"advance_to": "2028-01-05T09:30:00-05:00"}, 422),
        ({"speed": 1, "until": "2026-01-05T09:30:00-05:00"}, 422),
        ({"step_seconds": 1e12}, 422),
    ],
)
async def test_nonsense_is_refused(body: dict[str, Any], status: int) -> None:
    gateway = make()
    assert await refused(gateway, **body) == status
    assert gateway.clock.now() == START


async def test_a_real_clock_cannot_be_steered() -> None:
    gateway = make(start=None)
    for body in ({"paused": True}, {"speed": 2}, {"step_seconds": 1}, {"advance_to": "next_open"}):
        assert await refused(gateway, **body) == 409
    assert ControlApi(gateway).answer(HttpRequest("GET", "/clock"))["kind"] == "real"
    with pytest.raises(ClockBusy):
        gateway.timekeeper.run_at(1)


async def test_a_moment_too_far_is_refused_in_process_too() -> None:
    with pytest.raises(ClockError, match="more than 400 days"):
        await make().timekeeper.advance_to(START + timedelta(days=401))


@pytest.mark.parametrize("word", ["next_open", "next_close"])
async def test_words_for_moments(word: str) -> None:
    gateway = make()
    async with passing(gateway):
        answer = await post(gateway, advance_to=word)
    expected = {"next_open": "2026-01-06T09:30:00-05:00", "next_close": "2026-01-05T16:00:00-05:00"}[word]
    assert (answer["new_york"], answer["market_open"]) == (expected, word == "next_open")


@pytest.mark.parametrize(
    "options",
    [
        ["--start", "2026-01-05T09:30:00-05:00"],
        ["--speed", "5"],
        ["--paused"],
        ["--clock", "virtual", "--speed", "2000"],
        ["--clock", "virtual", "--speed", "fast"],
        ["--clock", "virtual", "--start", "2026-01-05T09:30:00"],
        ["--clock", "virtual", "--start", "soon"],
        ["--clock", "virtual", "--paused", "--speed", "2"],
        ["--clock", "sundial"],
    ],
)
def test_options_that_make_no_sense_are_refused(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(options)
    assert ended.value.code == 2
    assert "error" in capsys.readouterr().err
