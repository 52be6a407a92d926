"""Price increments and IB's text for trading hours."""

from datetime import UTC, datetime
from decimal import Decimal as D

import pytest

from market_data.domain import is_on_tick, is_open, next_open, parse_sessions, zone


@pytest.mark.parametrize(
    ("price", "tick", "fits"),
    [("190.01", "0.01", True), ("190.015", "0.01", False), ("1.00005", "0.00005", True), ("7", "0", True)],
)
def test_tick(price: str, tick: str, fits: bool) -> None:
    assert is_on_tick(D(price), D(tick)) is fits


HOURS = "20260105:0930-20260105:1600;20260106:CLOSED;20260107:1800-20260108:1700"


def test_sessions_are_read_in_the_exchanges_time_zone() -> None:
    first, second = parse_sessions(HOURS, "US/Eastern")
    assert first.start == datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
    assert second.end == datetime(2026, 1, 8, 22, 0, tzinfo=UTC)


def test_the_old_form_joins_sessions_by_commas_and_leaves_out_the_second_date() -> None:
    sessions = parse_sessions("20260105:0930-1200,1300-1600", "America/New_York")
    assert [s.start.hour for s in sessions] == [14, 18]


def test_a_session_that_ends_before_it_starts_ends_the_next_day() -> None:
    (session,) = parse_sessions("20260105:1800-1700", "America/New_York")
    assert session.end == datetime(2026, 1, 6, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["nonsense", "20260105:0930", "20260105:9930-20260105:1600"])
def test_hours_nobody_can_read_are_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_sessions(text, "US/Eastern")


def test_open_and_next_open() -> None:
    sessions = parse_sessions(HOURS, "US/Eastern")
    during, between = datetime(2026, 1, 5, 15, tzinfo=UTC), datetime(2026, 1, 6, 15, tzinfo=UTC)
    assert is_open(sessions, during)
    assert not is_open(sessions, between)
    assert next_open(sessions, between) == datetime(2026, 1, 7, 23, 0, tzinfo=UTC)
    assert next_open(sessions, datetime(2026, 2, 1, tzinfo=UTC)) is None


def test_the_end_of_a_session_is_outside_it() -> None:
    (session, _) = parse_sessions(HOURS, "US/Eastern")
    assert session.contains(session.start)
    assert not session.contains(session.end)


def test_legacy_zone_names_are_known_and_nonsense_is_not() -> None:
    assert zone("MET").key == "Europe/Berlin"
    with pytest.raises(ValueError, match="Mars"):
        zone("Mars/Olympus")
