"""Historical bars."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from tws_simulator.clock import NEW_YORK
from tws_simulator.errors import BrokerError
from tws_simulator.exchange.bars import Bar, bar_query, forming_bar, make_bars, parse_time
from tws_simulator.exchange.calendar import AlwaysOpen, Calendar, NewYorkHours
from tws_simulator.exchange.catalogue import instruments
from tws_simulator.exchange.market import Market

AAPL = instruments()[265598]
NOW = datetime(2026, 11, 24, 15, 7, tzinfo=UTC)  # 10:07 in New York


def bars(
    duration: str, size: str, *, calendar: Calendar | None = None, kind: str = "TRADES", end: str = ""
) -> list[Bar]:
    calendar = calendar or NewYorkHours()
    query = bar_query(calendar=calendar, now=NOW, end=end, duration=duration, bar_size=size, kind=kind, regular=True)
    return list(make_bars(Market(7, calendar), calendar, AAPL, query))


def test_minutes_of_today() -> None:
    found = bars("1 D", "5 mins")
    assert [bar.start.astimezone(NEW_YORK).strftime("%H:%M") for bar in found][:2] == ["09:30", "09:35"]
    assert len(found) == 8  # the last one is being made
    assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in found)
    assert all(AAPL.is_on_tick(bar.close) and bar.volume % 100 == 0 and bar.count > 0 for bar in found)


def test_one_bar_ends_where_the_next_begins() -> None:
    found = bars("1 D", "1 min")
    assert all(left.close == right.open for left, right in itertools.pairwise(found))


def test_sizes_agree_at_their_ends() -> None:
    minutes, hours = bars("1 D", "1 min"), bars("1 D", "1 hour")
    assert minutes[0].open == hours[0].open
    assert minutes[-1].close == hours[-1].close


@pytest.mark.parametrize(
    ("duration", "size", "count"),
    [
        ("5 D", "1 day", 5),
        ("2 W", "1 day", 10),
        ("1 Y", "1 month", 13),
        ("4 W", "1 week", 5),
        ("600 S", "1 min", 10),
        ("2 D", "8 hours", 2),
    ],
)
def test_the_number_of_bars(duration: str, size: str, count: int) -> None:
    assert len(bars(duration, size)) == count


def test_a_past_end_gives_only_what_came_before() -> None:
    found = bars("2 D", "1 day", end="20261120 18:00:00 US/Eastern")
    assert [bar.start.astimezone(NEW_YORK).day for bar in found] == [19, 20]


def test_quotes_have_no_volume_and_stand_in_order() -> None:
    bid, middle, ask = (bars("1 D", "30 mins", kind=kind)[0] for kind in ("BID", "MIDPOINT", "ASK"))
    assert bid.open < middle.open < ask.open
    assert (bid.volume, bid.count, bid.average) == (-1, -1, Decimal(-1))
    merged = bars("3 W", "1 week", kind="BID")
    assert {bar.volume for bar in merged} == {-1}


def test_the_market_that_never_closes_has_bars_on_sunday() -> None:
    found = bars("2 D", "1 hour", calendar=AlwaysOpen(), end="20261122-20:00:00")
    assert len(found) == 24 + 15


def test_the_forming_bar_grows() -> None:
    calendar = NewYorkHours()
    market = Market(7, calendar)
    query = bar_query(
        calendar=calendar, now=NOW, end="", duration="1 D", bar_size="5 mins", kind="TRADES", regular=True
    )
    early = forming_bar(market, calendar, AAPL, query, NOW)
    late = forming_bar(market, calendar, AAPL, query, NOW + timedelta(minutes=2))
    assert early is not None
    assert late is not None
    assert early.start == late.start
    assert late.volume > early.volume
    assert forming_bar(market, calendar, AAPL, query, NOW + timedelta(hours=10)) is None
    daily = bar_query(calendar=calendar, now=NOW, end="", duration="1 D", bar_size="1 day", kind="TRADES", regular=True)
    whole = forming_bar(market, calendar, AAPL, daily, NOW)
    assert whole is not None
    assert whole.start.astimezone(NEW_YORK).hour == 9


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"bar_size": "7 mins"}, 321),
        ({"duration": "1 X"}, 321),
        ({"duration": "0 D"}, 321),
        ({"kind": "YIELD_BID"}, 162),
        ({"duration": "2000 S", "bar_size": "1 secs"}, None),
        ({"duration": "2001 S", "bar_size": "1 secs"}, 162),
        ({"duration": "90000 S"}, 321),
        ({"duration": "366 D", "bar_size": "1 day"}, 321),
        ({"end": "20260401 12:00:00", "bar_size": "30 secs"}, 162),
        ({"end": "20260401 12:00:00", "kind": "ADJUSTED_LAST"}, 321),
        ({"duration": "5 Y", "bar_size": "1 secs"}, 162),
        ({"end": "yesterday"}, 10314),
        ({"end": "20261120 25:00:00"}, 10314),
        ({"end": "20261120 18:00:00 Mars/Base"}, 10314),
    ],
)
def test_a_query_is_checked(changes: dict[str, str], code: int | None) -> None:
    asked = {"end": "", "duration": "1 D", "bar_size": "1 min", "kind": "TRADES", **changes}
    if code is None:
        assert bar_query(calendar=NewYorkHours(), now=NOW, regular=True, **asked).seconds == 1
        return
    with pytest.raises(BrokerError) as refused:
        bar_query(calendar=NewYorkHours(), now=NOW, regular=True, **asked)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("20261120-18:00:00", datetime(2026, 11, 20, 18, 0, tzinfo=UTC)),
        ("20261120 18:00:00 US/Eastern", datetime(2026, 11, 20, 23, 0, tzinfo=UTC)),
        ("20261120 18:00:00", datetime(2026, 11, 20, 23, 0, tzinfo=UTC)),
        ("20261120 18:00:00 UTC", datetime(2026, 11, 20, 18, 0, tzinfo=UTC)),
        ("20261120", datetime(2026, 11, 21, 4, 59, 59, tzinfo=UTC)),
    ],
)
def test_times_are_read_as_clients_send_them(text: str, moment: datetime) -> None:
    assert parse_time(text) == moment
