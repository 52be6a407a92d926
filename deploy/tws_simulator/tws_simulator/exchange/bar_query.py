"""Which bars a client wants, and whether it may have them."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tws_simulator.clock import NEW_YORK
from tws_simulator.errors import BrokerError
from tws_simulator.exchange.calendar import Calendar
from tws_simulator.exchange.instruments import Instrument

BAR_SECONDS: dict[str, int] = {
    "1 secs": 1, "1 sec": 1, "5 secs": 5, "10 secs": 10, "15 secs": 15, "30 secs": 30, "1 min": 60, "2 mins": 120,
    "3 mins": 180, "5 mins": 300, "10 mins": 600, "15 mins": 900, "20 mins": 1200, "30 mins": 1800, "1 hour": 3600,
    "2 hours": 7200, "3 hours": 10_800, "4 hours": 14_400, "8 hours": 28_800, "1 day": 86_400, "1 week": 604_800,
    "1 month": 2_592_000, "1W": 604_800, "1M": 2_592_000,
}  # fmt: skip
PRICE_KINDS = {"TRADES", "MIDPOINT", "BID", "ASK", "ADJUSTED_LAST", "BID_ASK"}
VOLATILITY_KINDS = {"HISTORICAL_VOLATILITY", "OPTION_IMPLIED_VOLATILITY"}
DAY = 86_400
MAX_BARS = 30_000
FIRST_DAY = date(2004, 1, 23)  # nothing older is told
_DURATION = re.compile(r"^(\d{1,5}) ?([SDWMY])$")
_UNIT_DAYS = {"D": 1, "W": 7, "M": 30, "Y": 365}
HISTORY_ERROR = "Historical Market Data Service error message:"


INVALID = "Error validating request.-'bX' : cause - "
SMALL_BAR = 30  # seconds: bars up to this length are kept half a year, and requests for them are counted
_PERIOD = re.compile(r"^(\d{1,4}) ?(second|minute|hour|day|week|month|year)s?$")
_PERIOD_UNITS = {"second": "S", "minute": "S", "hour": "S", "day": "D", "week": "W", "month": "M", "year": "Y"}
_PERIOD_SECONDS = {"second": 1, "minute": 60, "hour": 3600}
_HISTOGRAM_BARS = 3000
_KEPT = timedelta(days=183)
_ONE_SECOND_SPAN = timedelta(seconds=2000)
_MOST_SECONDS, _MOST_DAYS = 86_400, 365
_UPDATED = {"TRADES", "MIDPOINT", "BID", "ASK"}


@dataclass(frozen=True, slots=True)
class BarQuery:
    """Which bars are wanted: of `seconds` length, from `start` up to `end` (aware)."""

    start: datetime
    end: datetime
    seconds: int
    kind: str
    regular: bool


def bar_query(
    *, calendar: Calendar, now: datetime, end: str, duration: str, bar_size: str, kind: str, regular: bool
) -> BarQuery:
    """Read a client's request. Raises BrokerError 321 for what cannot be read, 162 for what there is not."""
    seconds = BAR_SECONDS.get(bar_size)
    if seconds is None:
        raise BrokerError(321, f"{INVALID}Historical data bar size setting is invalid: {bar_size[:20]}")
    number, letter = _duration(duration)
    if kind not in PRICE_KINDS | VOLATILITY_KINDS:
        raise BrokerError(162, f"{HISTORY_ERROR}No historical market data for {kind[:30]} in this simulator")
    if kind == "ADJUSTED_LAST" and end.strip():
        raise BrokerError(321, f"{INVALID}End date not supported with adjusted last")
    until = min(parse_time(end), now) if end.strip() else now
    start = until - timedelta(seconds=number) if letter == "S" else _start_of(calendar, until, number, letter)
    if seconds <= SMALL_BAR and start < now - _KEPT:
        raise BrokerError(162, f"{HISTORY_ERROR}Bars of 30 seconds or less older than six months are not available")
    if seconds == 1 and until - start > _ONE_SECOND_SPAN and letter == "S":
        raise BrokerError(162, f"{HISTORY_ERROR}invalid step: bars of one second span 2000 S at most")
    if (until - start).total_seconds() / seconds > MAX_BARS * 4:
        raise BrokerError(162, f"{HISTORY_ERROR}invalid step: too many bars")
    return BarQuery(start, until, seconds, "TRADES" if kind == "ADJUSTED_LAST" else kind, regular)


def histogram_query(calendar: Calendar, now: datetime, period: str, *, regular: bool) -> BarQuery:
    """The bars of a period like `3 days` that a histogram is made of. Raises BrokerError 321."""
    match = _PERIOD.match(period.strip().lower())
    if match is None or int(match[1]) == 0:
        raise BrokerError(321, f"{INVALID}Histogram request has invalid period: {period[:20]}")
    number, letter = int(match[1]), _PERIOD_UNITS[match[2]]
    if letter == "S":
        start = now - timedelta(seconds=number * _PERIOD_SECONDS[match[2]])
    else:
        start = _start_of(calendar, now, number, letter)
    span = (now - start).total_seconds()
    seconds = next((size for size in (60, 300, 3600) if span / size <= _HISTOGRAM_BARS), DAY)
    return BarQuery(start, now, seconds, "TRADES", regular)


def check_kind(instrument: Instrument, kind: str) -> None:
    """Whether there is such history of an instrument. Raises BrokerError 162."""
    untraded = instrument.sec_type == "CASH" and kind in {"TRADES", "ADJUSTED_LAST"}
    unquoted = instrument.sec_type == "IND" and kind in {"BID", "ASK", "MIDPOINT", "BID_ASK"}
    if untraded or unquoted or (kind in VOLATILITY_KINDS and instrument.sec_type not in {"STK", "IND", "FUT"}):
        what = f"{instrument.symbol}/{instrument.sec_type}@{instrument.primary_exchange} {kind}"
        raise BrokerError(162, f"{HISTORY_ERROR}No historical market data for {what}")


def check_updates(query: BarQuery, end: str) -> None:
    """Whether bars can be kept up to date. Raises BrokerError 321."""
    if end.strip():
        raise BrokerError(321, f"{INVALID}End date not supported with keep up to date subscription")
    if query.seconds < 5 or query.kind not in _UPDATED:
        raise BrokerError(321, f"{INVALID}Bar size or kind not supported with keep up to date subscription")


def _duration(text: str) -> tuple[int, str]:
    match = _DURATION.match(text.strip().upper())
    if match is None or int(match[1]) == 0:
        raise BrokerError(321, f"{INVALID}Historical data request has invalid duration")
    number, letter = int(match[1]), match[2]
    if letter == "S" and number > _MOST_SECONDS:
        raise BrokerError(
            321, f"{INVALID}Historical data requests for durations longer than 86400 seconds must be made in days."
        )
    if letter == "D" and number > _MOST_DAYS:
        raise BrokerError(
            321, f"{INVALID}Historical data requests for durations longer than 365 days must be made in years."
        )
    return number, letter


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
