"""Planned interruptions: what the settings may say, and what it means on every day of the year."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.domain.planned_windows import DAYS, RESTART, Plan, Window, parse_clock, parse_spans, plan_of

NEW_YORK = ZoneInfo("America/New_York")
ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Hong_Kong", "UTC")


def plan(restart: str = "", windows: str = "", *, zone: str = "America/New_York", notice: int = 60) -> Plan:
    return plan_of(
        restart_time=restart,
        restart_lasts=timedelta(seconds=180),
        windows=windows,
        zone=zone,
        notice=timedelta(seconds=notice),
    )


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]


moments = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))
clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0, tzinfo=None))


def spelled(at: time) -> str:
    return f"{at:%H:%M}"


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    ends = st.tuples(st.sampled_from(DAYS), clocks).map(lambda end: f"{end[0].title()} {spelled(end[1])}")
    weekly = [f"{draw(ends)}-{draw(ends)} weekly login" for _ in range(draw(st.integers(0, 2)))]
    daily = [f"{spelled(draw(clocks))}-{spelled(draw(clocks))} reset" for _ in range(draw(st.integers(0, 1)))]
    restart = draw(st.one_of(st.just(""), clocks.map(spelled)))
    return plan(restart, "; ".join(weekly + daily), zone=draw(st.sampled_from(ZONES)), notice=draw(st.integers(0, 600)))


def test_without_a_plan_nothing_is_planned() -> None:
    now = utc(2026, 11, 24, 12)
    assert (plan().current(now), plan().next(now), plan().last_end(now)) == (None, None, None)


def test_a_restart_closes_before_it_and_ends_after_it() -> None:
    nightly, at = plan("23:45"), utc(2026, 11, 25, 4, 45)  # 23:45 in New York, winter
    expected = Window(
        name=RESTART, closes_at=at - timedelta(minutes=1), starts_at=at, ends_at=at + timedelta(minutes=3)
    )
    assert nightly.next(at - timedelta(hours=5)) == expected
    assert nightly.current(at - timedelta(minutes=1, microseconds=1)) is None
    assert nightly.current(at - timedelta(minutes=1)) == expected
    assert nightly.current(at + timedelta(minutes=3)) is None
    assert nightly.last_end(at + timedelta(minutes=3)) == expected.ends_at


@pytest.mark.parametrize(
    ("text", "at"), [("23:45", time(23, 45)), ("11:45 PM", time(23, 45)), ("12:05 am", time(0, 5))]
)
def test_times_as_people_and_ibs_settings_write_them(text: str, at: time) -> None:
    assert parse_clock(text) == at


@pytest.mark.parametrize("text", ["", "24:00", "13:00 PM", "noon", "9", "23:60", "-1:00"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError):
        parse_clock(text)


@pytest.mark.parametrize("text", ["Sun", "Foo 01:00-02:00", "01:00-Sun 02:00", "Sun 01:00", "Sun 01:00-02:00-03:00;x"])
def test_what_is_no_window(text: str) -> None:
    with pytest.raises(ValueError):
        parse_spans(text)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd"])
def test_what_is_no_zone(zone: str) -> None:
    with pytest.raises(ValueError):
        plan("23:45", zone=zone)


def test_a_window_over_a_night_and_one_over_the_weekend() -> None:
    weekend = plan(windows="Fri 23:00-Sat 03:00 weekend reset; 23:00-01:00 nightly", notice=0)
    friday = datetime(2026, 11, 27, 23, 30, tzinfo=NEW_YORK)
    inside = weekend.current(friday)
    assert inside is not None
    assert (inside.name, inside.ends_at) == ("weekend reset", datetime(2026, 11, 28, 3, 0, tzinfo=NEW_YORK))
    monday = weekend.current(datetime(2026, 11, 24, 0, 30, tzinfo=NEW_YORK))
    assert monday is not None
    assert monday.name == "nightly"


def test_a_time_that_comes_twice_counts_from_its_first_to_its_second_coming() -> None:
    # 2026-11-01 in New York: 01:30 is 05:30 UTC in summer time and 06:30 UTC in winter time
    window = plan("01:30").next(utc(2026, 11, 1, 0))
    assert window is not None
    assert (window.starts_at, window.ends_at) == (utc(2026, 11, 1, 5, 30), utc(2026, 11, 1, 6, 33))


def test_a_time_that_is_left_out_still_has_its_window() -> None:
    # 2026-03-08 in New York: 02:30 does not exist; 06:30 UTC is 01:30, 07:30 UTC is 03:30
    window = plan("02:30").next(utc(2026, 3, 8, 0))
    assert window is not None
    assert (window.starts_at, window.ends_at) == (utc(2026, 3, 8, 6, 30), utc(2026, 3, 8, 7, 33))


@given(plans(), moments)
def test_the_window_of_now_contains_now_and_the_next_one_is_ahead(any_plan: Plan, now: datetime) -> None:
    current, ahead, over = any_plan.current(now), any_plan.next(now), any_plan.last_end(now)
    assert current is None or current.closes_at <= now < current.ends_at
    assert ahead is None or ahead.closes_at <= ahead.starts_at <= ahead.ends_at
    assert (ahead is None) == (over is None) == (not any_plan.spans)
    if ahead is not None and over is not None:
        assert over <= now < ahead.starts_at
        assert ahead.starts_at - now < timedelta(days=8)


@given(clocks, st.sampled_from(ZONES), moments)
def test_every_local_day_has_its_restart_whatever_the_clocks_do(at: time, zone: str, now: datetime) -> None:
    nightly, local = plan(spelled(at), zone=zone), ZoneInfo(zone)
    window = nightly.next(now)
    assert window is not None
    assert timedelta(0) < window.starts_at - now <= timedelta(hours=25)
    # either the wall clock shows the time at the start, or the time is left out on this day
    shown = window.starts_at.astimezone(local)
    exists = datetime.combine(shown.date(), at, tzinfo=local).astimezone(UTC).astimezone(local).time() == at
    assert shown.time() == at or not exists
    # whenever the wall clock shows that time, orders are refused
    for fold in (0, 1):
        coming = datetime.combine(shown.date(), at, tzinfo=local).replace(fold=fold).astimezone(UTC)
        assert window.contains(coming)


@given(plans(), moments, st.timedeltas(timedelta(0), timedelta(days=2)))
def test_a_window_that_has_begun_is_known_until_it_is_over(any_plan: Plan, now: datetime, later: timedelta) -> None:
    current = any_plan.current(now)
    if current is None:
        return
    then = now + later
    if then < current.ends_at:
        assert any_plan.current(then) is not None
    else:
        over = any_plan.last_end(then)
        assert over is not None
        assert over >= current.ends_at
