"""Historical bars, made from the same price process as the quotes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from tws_simulator.exchange.bar_query import (
    BAR_SECONDS,
    DAY,
    FIRST_DAY,
    MAX_BARS,
    PRICE_KINDS,
    VOLATILITY_KINDS,
    BarQuery,
    bar_query,
    parse_time,
)
from tws_simulator.exchange.calendar import Calendar
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Market
from tws_simulator.exchange.volatility import implied_volatility_at, realized_volatility

__all__ = [
    "BAR_SECONDS",
    "DAY",
    "FIRST_DAY",
    "MAX_BARS",
    "PRICE_KINDS",
    "Bar",
    "BarQuery",
    "bar_query",
    "forming_bar",
    "make_bars",
    "parse_time",
    "single_bar",
]
_SIX_PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `start` is aware; prices per share, volume in shares (-1 when the kind has none)."""

    start: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int
    average: Decimal
    count: int


def make_bars(market: Market, calendar: Calendar, instrument: Instrument, query: BarQuery) -> Iterator[Bar]:
    """The bars of a query, oldest first, at most MAX_BARS. The last one may be unfinished."""
    produced = (
        _daily(market, calendar, instrument, query)
        if query.seconds >= DAY
        else _intraday(market, calendar, instrument, query)
    )
    for count, bar in enumerate(produced):
        if count >= MAX_BARS:
            return
        yield bar


def single_bar(market: Market, instrument: Instrument, kind: str, start: datetime, end: datetime) -> Bar:
    """One bar between two moments."""
    if kind in VOLATILITY_KINDS:
        return _volatility_bar(market, instrument, kind, start, end)
    first, last = start.timestamp(), end.timestamp()
    samples = 12 if last - first > 3600 else 4
    step = (last - first) / samples
    moments = [first + step * index for index in range(samples + 1)]
    # The moments at which a script jumps belong to the bar too, or its extremes would be missed.
    moments = sorted({*moments, *market.turns(instrument, first, last)})
    path = [market.traded_price(instrument, moment) for moment in moments]
    return _bar(market, instrument, kind, start, end, path)


def forming_bar(
    market: Market, calendar: Calendar, instrument: Instrument, query: BarQuery, now: datetime
) -> Bar | None:
    """The bar that is being made at this moment, None while the market is closed."""
    day = calendar.trading_day(now)
    if query.seconds >= DAY:
        whole = calendar.session(day, regular=query.regular)
        is_on = whole is not None and whole.contains(now)
        return single_bar(market, instrument, query.kind, whole.start, now) if whole and is_on else None
    session = next((each for each in calendar.sessions(day, regular=query.regular) if each.contains(now)), None)
    if session is None:
        return None
    index = int((now - session.start).total_seconds() // query.seconds)
    start = session.start + timedelta(seconds=index * query.seconds)
    return single_bar(market, instrument, query.kind, start, now)


def _intraday(market: Market, calendar: Calendar, instrument: Instrument, query: BarQuery) -> Iterator[Bar]:
    step = timedelta(seconds=query.seconds)
    for day in _days_of(calendar, query):
        for session in calendar.sessions(day, regular=query.regular):
            start = session.start
            if start < query.start:
                start += step * ((query.start - start) // step)
            while start < min(session.end, query.end):
                yield single_bar(market, instrument, query.kind, start, min(start + step, session.end, query.end))
                start += step


def _days_of(calendar: Calendar, query: BarQuery) -> Iterator[date]:
    """The trading days a query touches."""
    day, last = calendar.local_day(query.start), calendar.trading_day(query.end)
    while day <= last:
        yield day
        day += timedelta(days=1)


def _daily(market: Market, calendar: Calendar, instrument: Instrument, query: BarQuery) -> Iterator[Bar]:
    group: list[Bar] = []
    period: tuple[int, ...] = ()
    for day, bar in _days(market, calendar, instrument, query):
        if group and period != _period(day, query.seconds):
            yield _merged(group)
            group = []
        period = _period(day, query.seconds)
        group.append(bar)
    if group:
        yield _merged(group)


def _days(market: Market, calendar: Calendar, instrument: Instrument, query: BarQuery) -> Iterator[tuple[date, Bar]]:
    for day in _days_of(calendar, query):
        session = calendar.session(day, regular=True)
        if session is not None and session.start < query.end and session.end > query.start:
            yield day, single_bar(market, instrument, query.kind, session.start, min(session.end, query.end))


def _period(day: date, seconds: int) -> tuple[int, ...]:
    if seconds == DAY:
        return (day.toordinal(),)
    if seconds == 7 * DAY:
        return day.isocalendar()[:2]
    return (day.year, day.month)


def _merged(group: list[Bar]) -> Bar:
    if len(group) == 1:
        return group[0]
    volume = sum(bar.volume for bar in group) if group[0].volume >= 0 else -1
    return Bar(
        start=group[0].start,
        open=group[0].open,
        high=max(bar.high for bar in group),
        low=min(bar.low for bar in group),
        close=group[-1].close,
        volume=volume,
        average=group[-1].average,
        count=sum(bar.count for bar in group) if volume >= 0 else -1,
    )


def _bar(market: Market, instrument: Instrument, kind: str, start: datetime, end: datetime, path: list[float]) -> Bar:
    if kind == "BID_ASK":
        return _both_sides(instrument, start, path)
    prices = [_priced(instrument, kind, value) for value in path]
    if kind != "TRADES":
        return _untraded(start, (prices[0], max(prices), min(prices), prices[-1]))
    volume = market.volume_between(instrument, start.timestamp(), end.timestamp())
    return Bar(
        start=start,
        open=prices[0],
        high=max(prices),
        low=min(prices),
        close=prices[-1],
        volume=volume,
        average=_average(prices).quantize(Decimal("0.0001")),
        count=max(1, volume // 140),
    )


def _both_sides(instrument: Instrument, start: datetime, path: list[float]) -> Bar:
    """IB's BID_ASK bar: average bid, highest ask, lowest bid, average ask."""
    bids = [_priced(instrument, "BID", value) for value in path]
    asks = [_priced(instrument, "ASK", value) for value in path]
    return _untraded(start, (_average(bids), max(asks), min(bids), _average(asks)))


def _volatility_bar(market: Market, instrument: Instrument, kind: str, start: datetime, end: datetime) -> Bar:
    known = realized_volatility if kind == "HISTORICAL_VOLATILITY" else implied_volatility_at
    values = [Decimal(known(market, instrument, at.timestamp())).quantize(_SIX_PLACES) for at in (start, end)]
    return _untraded(start, (values[0], max(values), min(values), values[-1]))


def _untraded(start: datetime, prices: tuple[Decimal, Decimal, Decimal, Decimal]) -> Bar:
    first, highest, lowest, last = prices
    return Bar(start, first, highest, lowest, last, volume=-1, average=Decimal(-1), count=-1)


def _average(prices: list[Decimal]) -> Decimal:
    return (sum(prices, Decimal(0)) / len(prices)).quantize(_SIX_PLACES)


def _priced(instrument: Instrument, kind: str, value: float) -> Decimal:
    tick = instrument.tick_at(Decimal(value))
    steps = (Decimal(value) / tick).to_integral_value(ROUND_HALF_EVEN)
    if kind == "MIDPOINT":
        return max(steps * tick + tick / 2, tick)
    if kind == "BID":
        return max(steps * tick, tick)
    if kind == "ASK":
        return max((steps + 1) * tick, tick)
    return max(steps * tick, tick)
