"""Bars of markets whose days are not New York's."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tws_simulator.exchange.bars import Bar, bar_query, forming_bar, make_bars
from tws_simulator.exchange.calendar import calendar_named
from tws_simulator.exchange.catalogue import futures, instruments, options
from tws_simulator.exchange.instrument_book import InstrumentBook
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Market

EXCHANGE = calendar_named("exchange")
LISTED = instruments()
BOOK = InstrumentBook(LISTED, futures(), options(LISTED), lambda: date(2026, 11, 24))
MARKET = Market(7, EXCHANGE, BOOK.get)


def named(symbol: str) -> Instrument:
    """An instrument by its exchange's symbol."""
    found = BOOK.by_symbol(symbol)
    assert found is not None
    return found


def bars(symbol: str, now: str, duration: str, size: str, *, regular: bool = True) -> list[Bar]:
    """Bars of an instrument up to a moment in UTC."""
    instrument = named(symbol)
    calendar = EXCHANGE.of(instrument.hours)
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    query = bar_query(
        calendar=calendar, now=at, end="", duration=duration, bar_size=size, kind="TRADES", regular=regular
    )
    return list(make_bars(MARKET, calendar, instrument, query))


def starts(found: list[Bar], zone: str) -> list[str]:
    """When bars begin, on the wall clock of a place."""
    return [f"{bar.start.astimezone(ZoneInfo(zone)):%d %H:%M}" for bar in found]


def test_tokyo_trades_in_two_sessions() -> None:
    found = bars("1540.T", "2026-11-24T04:00", "1 D", "30 mins")  # 13:00 in Tokyo
    assert starts(found, "Asia/Tokyo") == ["24 09:00", "24 09:30", "24 10:00", "24 10:30", "24 11:00", "24 12:30"]


def test_a_day_of_a_future_begins_the_evening_before() -> None:
    found = bars("ESZ6", "2026-11-24T16:00", "1 D", "4 hours", regular=False)
    assert starts(found, "America/Chicago")[:3] == ["23 17:00", "23 21:00", "24 01:00"]


@pytest.mark.parametrize(
    ("symbol", "now", "count"),
    [("1540.T", "2026-11-25T02:00", 5), ("EUR.USD", "2026-11-25T02:00", 5), ("SAP", "2026-11-24T15:00", 5)],
)
def test_days_are_counted_where_the_market_is(symbol: str, now: str, count: int) -> None:
    found = bars(symbol, now, f"{count} D", "1 day")
    calendar = EXCHANGE.of(named(symbol).hours)
    days = [calendar.trading_day(bar.start) for bar in found]
    assert len(set(days)) == len(days) == count
    assert days[-1] == calendar.trading_day(datetime.fromisoformat(now).replace(tzinfo=UTC))


def test_no_bar_is_made_in_a_break() -> None:
    gold = named("1540.T")
    calendar = EXCHANGE.of(gold.hours)

    def forming(now: str, size: str = "5 mins") -> Bar | None:
        at = datetime.fromisoformat(now).replace(tzinfo=UTC)
        terms: dict[str, Any] = {"end": "", "duration": "1 D", "kind": "TRADES", "regular": True}
        query = bar_query(calendar=calendar, now=at, bar_size=size, **terms)
        return forming_bar(MARKET, calendar, gold, query, at)

    assert forming("2026-11-24T03:00") is None
    assert forming("2026-11-24T03:31") is not None
    assert forming("2026-11-24T03:00", "1 day") is not None


@pytest.mark.parametrize("symbol", ["SAP", "VOD", "1540.T", "2800", "ESZ6", "EUR.USD", "CSU", "BHP"])
def test_prices_are_on_the_tick(symbol: str) -> None:
    instrument = named(symbol)
    for bar in bars(symbol, "2026-11-24T16:00", "2 D", "1 hour"):
        assert all(instrument.is_on_tick(price) for price in (bar.open, bar.high, bar.low, bar.close))
