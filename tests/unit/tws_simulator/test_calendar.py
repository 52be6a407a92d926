"""Trading hours by the rules of the New York exchanges."""

from datetime import UTC, date, datetime

import pytest
from tws_simulator.clock import NEW_YORK
from tws_simulator.exchange.calendar import AlwaysOpen, NewYorkHours

HOURS = NewYorkHours()


def at(text: str) -> datetime:
    """A moment on New York's wall clock."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


# Published by the NYSE for 2024 to 2027.
@pytest.mark.parametrize(
    "day",
    [
        *("2024-01-01", "2024-01-15", "2024-02-19", "2024-03-29", "2024-05-27", "2024-06-19", "2024-07-04"),
        *("2024-09-02", "2024-11-28", "2024-12-25", "2025-04-18", "2026-04-03", "2026-06-19", "2026-07-03"),
        *("2026-11-26", "2027-01-01", "2027-03-26", "2027-06-18", "2027-07-05", "2027-12-24"),
    ],
)
def test_holidays_are_closed(day: str) -> None:
    assert HOURS.session(date.fromisoformat(day), regular=True) is None


@pytest.mark.parametrize("day", ["2024-07-03", "2024-11-29", "2024-12-24", "2025-07-03", "2026-11-27", "2026-12-24"])
def test_early_closes_end_at_one(day: str) -> None:
    session = HOURS.session(date.fromisoformat(day), regular=True)
    assert session is not None
    assert session.end == at(f"{day}T13:00")


def test_new_year_on_a_saturday_is_not_made_up_for() -> None:
    assert HOURS.session(date(2021, 12, 31), regular=True) is not None


@pytest.mark.parametrize(
    ("moment", "regular", "is_open"),
    [
        ("2026-11-24T09:29:59", True, False),
        ("2026-11-24T09:30:00", True, True),
        ("2026-11-24T15:59:59", True, True),
        ("2026-11-24T16:00:00", True, False),
        ("2026-11-24T04:00:00", False, True),
        ("2026-11-24T19:59:59", False, True),
        ("2026-11-24T20:00:00", False, False),
        ("2026-11-22T12:00:00", False, False),
    ],
)
def test_open_and_closed(moment: str, regular: bool, is_open: bool) -> None:
    assert HOURS.is_open(at(moment), regular=regular) is is_open


def test_the_next_opening_skips_weekend_and_holiday() -> None:
    assert HOURS.next_open(at("2026-11-25T16:30")) == at("2026-11-27T09:30")
    assert HOURS.close_of(at("2026-11-25T10:00")) == at("2026-11-25T16:00")
    assert HOURS.close_of(at("2026-11-25T18:00")) == at("2026-11-27T13:00")
    assert HOURS.previous_close(at("2026-11-30T08:00")) == at("2026-11-27T13:00")


def test_summer_time_is_new_yorks() -> None:
    session = HOURS.session(date(2026, 7, 1), regular=True)
    assert session is not None
    assert session.start.astimezone(UTC).hour == 13


def test_hours_are_written_as_tws_does() -> None:
    text = HOURS.hours_text(date(2026, 11, 25), 4, regular=True)
    assert text == ("20261125:0930-20261125:1600;20261126:CLOSED;20261127:0930-20261127:1300;20261128:CLOSED")
    assert HOURS.hours_text(date(2026, 11, 25), 1, regular=False) == "20261125:0400-20261125:2000"


def test_trading_days_count_back_over_closed_ones() -> None:
    assert HOURS.trading_days(date(2026, 11, 30), 3) == [date(2026, 11, 25), date(2026, 11, 27), date(2026, 11, 30)]


def test_outside_all_sessions_the_last_moment_counts() -> None:
    assert HOURS.last_moment(at("2026-11-22T12:00")) == at("2026-11-20T20:00")
    assert HOURS.last_moment(at("2026-11-24T05:00")) == at("2026-11-24T05:00")


def test_the_other_calendar_never_closes() -> None:
    always = AlwaysOpen()
    assert always.is_open(at("2026-12-25T03:00"))
    assert always.last_moment(at("2026-12-25T03:00")) == at("2026-12-25T03:00")
    assert always.close_of(at("2026-12-25T03:00")) == at("2026-12-26T00:00")
    assert always.hours_text(date(2026, 12, 25), 1, regular=True) == "20261225:0000-20261226:0000"
