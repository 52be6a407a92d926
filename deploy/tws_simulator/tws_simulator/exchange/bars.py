"""Historical bars, made from the same price process as the quotes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

from tws_simulator.clock import NEW_YORK
from tws_simulator.errors import BrokerError
from tws_simulator.exchange.calendar import Calendar
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Market

BAR_SECONDS: dict[str, int] = {
    "1 secs": 1, "1 sec": 1, "5 secs": 5, "10 secs": 10, "15 secs": 15, "30 secs": 30, "1 min": 60, "2 mins": 120,
    "3 mins": 180, "5 mins": 300, "10 mins": 600, "15 mins": 900, "20 mins": 1200, "30 mins": 1800, "1 hour": 3600,
    "2 hours": 7200, "3 hours": 10_800, "4 hours": 14_400, "8 hours": 28_800, "1 day": 86_400, "1 week": 604_800,
    "1 month": 2_592_000, "1W": 604_800, "1M": 2_592_000,
}  # fmt: skip
PRICE_KINDS = {"TRADES", "MIDPOINT", "BID", "ASK", "ADJUSTED_LAST"}
DAY = 86_400
MAX_BARS = 30_000
FIRST_DAY = date(2004, 1, 23)  # nothing older is told
_DURATION = re.compile(r"^(\d{1,5}) ?([SDWMY])$")
_UNIT_DAYS = {"D": 1, "W": 7, "M": 30, "Y": 365}
_HISTORY_ERROR = "Historical Market Data Service error message:"


@dataclass(frozen=True, slots=True)
class BarQuery:
    """Which bars are wanted: of `seconds` length, from `start` up to `end` (aware)."""

    start: datetime
    end: datetime
    seconds: int
    kind: str
    regular: bool


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


def bar_query(
    *, calendar: Calendar, now: datetime, end: str, duration: str, bar_size: str, kind: str, regular: bool
) -> BarQuery:
    """Read a client's request. Raises BrokerError 321 for what cannot be read, 162 for what there is not."""
    seconds = BAR_SECONDS.get(bar_size)
    if seconds is None:
        raise BrokerError(
            321,
            f"Error validating request.-'bX' : cause - Historical data bar size setting is invalid: {bar_size[:20]}",
        )
    match = _DURATION.match(duration.strip().upper())
    if match is None or int(match[1]) == 0:
        raise BrokerError(321, "Error validating request.-'bX' : cause - Historical data request has invalid duration")
    if kind not in PRICE_KINDS:
        raise BrokerError(162, f"{_HISTORY_ERROR}No historical market data for {kind[:30]} in this simulator")
    until = min(parse_time(end), now) if end.strip() else now
    if match[2] == "S":
        start = until - timedelta(seconds=int(match[1]))
    else:
        start = _start_of(calendar, until, int(match[1]), match[2])
    query = BarQuery(start, until, seconds, "TRADES" if kind == "ADJUSTED_LAST" else kind, regular)
    if (until - start).total_seconds() / seconds > MAX_BARS * 4:
        raise BrokerError(162, f"{_HISTORY_ERROR}invalid step: too many bars")
    return query


def parse_time(text: str) -> datetime:
    """Read a time as clients send it: `yyyymmdd hh:mm:ss [zone]` or `yyyymmdd-hh:mm:ss` (UTC). Raises BrokerError."""
    compact = text.strip()
    try:
        if re.match(r"^\d{8}-\d{2}:\d{2}:\d{2}$", compact):
            return datetime.strptime(compact + " +0000", "%Y%m%d-%H:%M:%S %z")
        match = re.match(r"^(\d{8})(?: +(\d{2}:\d{2}:\d{2}))?(?: +(.+))?$", compact)
        if match is None:
            raise ValueError(compact)
        day, clock = date.fromisoformat(match[1]), time.fromisoformat(match[2] or "23:59:59")
        return datetime.combine(day, clock, _zone(match[3]))
    except (ValueError, KeyError, OSError):
        raise BrokerError(
            10314,
            "End Date/Time: The date, time, or time-zone entered is invalid. "
            "The correct format is yyyymmdd hh:mm:ss xx/xxxx where yyyymmdd and xx/xxxx are optional.",
        ) from None


def _zone(name: str | None) -> ZoneInfo:
    if name is None:
        return NEW_YORK
    return ZoneInfo({"EST": "America/New_York", "US/Eastern": "America/New_York"}.get(name, name))


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
    prices = [_priced(instrument, kind, value) for value in path]
    traded = kind == "TRADES"
    volume = market.volume_between(instrument, start.timestamp(), end.timestamp()) if traded else -1
    return Bar(
        start=start,
        open=prices[0],
        high=max(prices),
        low=min(prices),
        close=prices[-1],
        volume=volume,
        average=(sum(prices, Decimal(0)) / len(prices)).quantize(Decimal("0.0001")) if traded else Decimal(-1),
        count=max(1, volume // 140) if traded else -1,
    )


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


def _start_of(calendar: Calendar, until: datetime, number: int, letter: str) -> datetime:
    last = calendar.trading_day(until)
    session = calendar.session(last, regular=True)
    if session is not None and until < session.start:
        last -= timedelta(days=1)  # a day that has not begun does not count
    if letter == "D":
        first = calendar.trading_days(last, min(number, 5000))[0]
    else:
        first = last - timedelta(days=_UNIT_DAYS[letter] * number - 1)
    day = max(first, FIRST_DAY)
    midnight = datetime.combine(day, time(0), calendar.zone)
    opening = calendar.session(day, regular=False)
    return min(midnight, opening.start) if opening is not None else midnight
