"""The hours of exchanges all over the world, compared with a public calendar library."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import exchange_calendars
import pandas
import pytest
from tws_simulator.exchange.calendar import calendar_named
from tws_simulator.exchange.calendar.schedules import SCHEDULES

pytestmark = pytest.mark.filterwarnings("ignore:.*day_of_week.*")
EXCHANGE = calendar_named("exchange")
ALWAYS = calendar_named("always")
BY_CODE = {
    "XNYS": "us_equity", "XLON": "lse", "XETR": "xetra", "XPAR": "euronext", "XAMS": "euronext", "XMAD": "madrid",
    "XSWX": "six", "XTKS": "tokyo", "XHKG": "hong_kong", "XTSE": "toronto", "XASX": "sydney",
}  # fmt: skip
TYPHOON = date(2024, 9, 6)  # Hong Kong closed for Super Typhoon Yagi: no rule tells such days


@pytest.mark.parametrize(("code", "hours"), BY_CODE.items())
def test_sessions_are_those_of_the_exchange(code: str, hours: str) -> None:
    theirs = exchange_calendars.get_calendar(code, start="2023-12-01", end="2027-09-30")
    ours = EXCHANGE.of(hours)
    schedule = theirs.schedule.loc["2024-01-01":]  # type: ignore[misc]
    expected = {
        row.Index.date(): (row.open.to_pydatetime(), row.close.to_pydatetime()) for row in schedule.itertuples()
    }
    found = {}
    for index in range((date(2027, 9, 30) - date(2024, 1, 1)).days + 1):
        day = date(2024, 1, 1) + timedelta(days=index)
        session = ours.session(day, regular=True)
        if session is not None and not (code == "XHKG" and day == TYPHOON):
            found[day] = (session.start.astimezone(UTC), session.end.astimezone(UTC))
    assert len(expected) > 900
    assert found == expected


@pytest.mark.parametrize(("code", "hours"), [("XTKS", "tokyo"), ("XHKG", "hong_kong")])
def test_breaks_are_those_of_the_exchange(code: str, hours: str) -> None:
    theirs = exchange_calendars.get_calendar(code, start="2026-11-01", end="2026-12-20")
    row = theirs.schedule.loc[pandas.Timestamp("2026-11-24")]
    morning, afternoon = EXCHANGE.of(hours).sessions(date(2026, 11, 24), regular=True)
    assert morning.end == row.break_start.to_pydatetime()
    assert afternoon.start == row.break_end.to_pydatetime()


def at(text: str, zone: str) -> datetime:
    """A moment on the wall clock of a place."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_a_lunch_break_is_closed_but_the_day_goes_on() -> None:
    tokyo = EXCHANGE.of("tokyo")
    lunch = at("2026-11-24T12:00", "Asia/Tokyo")
    assert not tokyo.is_open(lunch)
    assert tokyo.next_open(lunch) == at("2026-11-24T12:30", "Asia/Tokyo")
    assert tokyo.close_of(lunch) == at("2026-11-24T15:30", "Asia/Tokyo")
    assert tokyo.last_moment(lunch) == at("2026-11-24T11:30", "Asia/Tokyo")
    assert tokyo.previous_close(lunch) == at("2026-11-20T15:30", "Asia/Tokyo")


@pytest.mark.parametrize(
    ("hours", "moment", "regular", "is_open"),
    [
        ("cme_index", "2026-11-22T16:59", False, False),
        ("cme_index", "2026-11-22T17:00", False, True),
        ("cme_index", "2026-11-22T17:00", True, False),
        ("cme_index", "2026-11-24T16:30", False, False),
        ("cme_index", "2026-11-24T08:30", True, True),
        ("cme_index", "2026-11-27T17:30", False, False),
        ("cme_index", "2026-11-26T11:59", False, True),
        ("cme_index", "2026-11-26T12:00", False, False),
        ("cme_index", "2026-12-25T10:00", False, False),
    ],
)
def test_futures_trade_around_the_clock(hours: str, moment: str, regular: bool, is_open: bool) -> None:
    assert EXCHANGE.of(hours).is_open(at(moment, "America/Chicago"), regular=regular) is is_open


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-22T17:14", False),
        ("2026-11-22T17:15", True),
        ("2026-11-24T17:05", False),
        ("2026-11-24T03:00", True),
        ("2026-11-27T16:59", True),
        ("2026-11-27T17:00", False),
        ("2026-11-28T12:00", False),
    ],
)
def test_forex_trades_from_sunday_to_friday(moment: str, is_open: bool) -> None:
    assert EXCHANGE.of("forex").is_open(at(moment, "America/New_York")) is is_open


def test_an_evening_belongs_to_the_next_trading_day() -> None:
    futures = EXCHANGE.of("cme_index")
    assert futures.trading_day(at("2026-11-22T18:00", "America/Chicago")) == date(2026, 11, 23)
    assert futures.trading_day(at("2026-11-23T10:00", "America/Chicago")) == date(2026, 11, 23)
    assert futures.trading_day(at("2026-11-23T17:00", "America/Chicago")) == date(2026, 11, 24)


def test_hours_are_written_as_tws_does() -> None:
    first = date(2026, 11, 26)
    texts = {hours: EXCHANGE.of(hours).hours_text(first, 3, regular=False) for hours in SCHEDULES}
    assert texts["tokyo"] == (
        "20261126:0900-20261126:1130;20261126:1230-20261126:1530;"
        "20261127:0900-20261127:1130;20261127:1230-20261127:1530;20261128:CLOSED"
    )
    assert texts["cme_index"] == "20261125:1700-20261126:1200;20261126:1700-20261127:1215;20261128:CLOSED"
    assert texts["lse"] == "20261126:0800-20261126:1630;20261127:0800-20261127:1630;20261128:CLOSED"
    # The evening of Sunday is Monday's; Sunday has no entry of its own.
    assert EXCHANGE.of("forex").hours_text(date(2026, 11, 28), 3, regular=True) == (
        "20261128:CLOSED;20261129:1715-20261130:1700"
    )


def test_every_schedule_has_a_zone_that_tws_names() -> None:
    names = {schedule.zone_name for schedule in SCHEDULES.values()}
    assert names == {"US/Eastern", "US/Central", "MET", "GB-Eire", "Japan", "Hongkong", "Australia/NSW"}
    for hours in SCHEDULES:
        assert EXCHANGE.of(hours).of("us_equity") is EXCHANGE
        assert ALWAYS.of(hours).name == "always"


def test_a_market_that_is_always_open_turns_its_day_where_it_is() -> None:
    sydney = ALWAYS.of("sydney")
    assert sydney.is_open(at("2026-12-25T03:00", "Australia/Sydney"))
    assert sydney.close_of(at("2026-12-25T03:00", "Australia/Sydney")) == at("2026-12-26T00:00", "Australia/Sydney")
    with pytest.raises(KeyError):
        ALWAYS.of("atlantis")


@pytest.mark.parametrize("year", range(2024, 2031))
def test_every_year_has_a_plausible_number_of_trading_days(year: int) -> None:
    for hours in SCHEDULES:
        calendar = EXCHANGE.of(hours)
        days = [date(year, 1, 1) + timedelta(days=index) for index in range(365)]
        count = sum(bool(calendar.sessions(day, regular=True)) for day in days)
        assert 240 <= count <= 262, hours
