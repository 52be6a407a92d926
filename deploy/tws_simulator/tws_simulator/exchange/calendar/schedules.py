"""The trading hours of each kind of instrument, by the name it carries in `Instrument.hours`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from tws_simulator.exchange.calendar import asia, holidays
from tws_simulator.exchange.calendar.holidays import Days

Span = tuple[int, int]
"""Start and end in minutes after midnight of the trading day; negative for the day before."""


def _nothing(year: int) -> Days:
    return frozenset()


@dataclass(frozen=True)
class Early:
    """Days that end early: at these minutes in regular hours and with the hours before and after."""

    days: Callable[[int], Days]
    regular: int
    extended: int


@dataclass(frozen=True)
class Schedule:
    """The hours of one market. `zone_name` is what TWS calls its zone."""

    zone_name: str
    zone: ZoneInfo
    regular: tuple[Span, ...]
    extended: tuple[Span, ...]
    closed: Callable[[int], Days] = _nothing
    early: tuple[Early, ...] = ()
    formerly: tuple[date, tuple[Span, ...]] | None = None
    """Hours that held before a date, regular and extended alike."""

    def spans(self, day: date, *, regular: bool) -> tuple[Span, ...]:
        """The stretches of trading of a day, none if it is closed."""
        if day.weekday() >= 5 or day in self.closed(day.year):
            return ()
        spans = self.regular if regular else self.extended
        if self.formerly is not None and day < self.formerly[0]:
            spans = self.formerly[1]
        for rule in self.early:
            if day in rule.days(day.year):
                end = rule.regular if regular else rule.extended
                spans = tuple((start, min(stop, end)) for start, stop in spans if start < end)
        return spans


def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[2:4])


def _span(text: str) -> Span:
    """`0930-1600`, or `-1700-1600` when it starts on the day before."""
    if text.startswith("-"):
        start, end = text[1:].split("-")
        return _minutes(start) - 24 * 60, _minutes(end)
    start, end = text.split("-")
    return _minutes(start), _minutes(end)


def _schedule(
    zone_name: str,
    key: str,
    regular: str,
    extended: str = "",
    *,
    closed: Callable[[int], Days],
    early: tuple[tuple[Callable[[int], Days], str, str], ...] = (),
    formerly: tuple[date, str] | None = None,
) -> Schedule:
    return Schedule(
        zone_name=zone_name,
        zone=ZoneInfo(key),
        regular=tuple(map(_span, regular.split())),
        extended=tuple(map(_span, (extended or regular).split())),
        closed=closed,
        early=tuple(Early(days, _minutes(end), _minutes(late)) for days, end, late in early),
        formerly=None if formerly is None else (formerly[0], tuple(map(_span, formerly[1].split()))),
    )


def _new_york(regular: str, extended: str = "", *, early: str = "1300", late: str = "1300") -> Schedule:
    cut = ((holidays.new_york_early, early, late),)
    return _schedule("US/Eastern", "America/New_York", regular, extended, closed=holidays.new_york, early=cut)


def _chicago(regular: str, extended: str) -> Schedule:
    cuts = ((holidays.chicago_noon, "1200", "1200"), (holidays.new_york_early, "1215", "1215"))
    return _schedule("US/Central", "America/Chicago", regular, extended, closed=holidays.chicago, early=cuts)


def _frankfurt(regular: str, extended: str = "") -> Schedule:
    cut = ((holidays.frankfurt_early, "1400", "1400"),)
    return _schedule("MET", "Europe/Berlin", regular, extended, closed=holidays.frankfurt, early=cut)


def _euronext(key: str, early: str) -> Schedule:
    cut = ((holidays.euronext_early, early, early),)
    return _schedule("MET", key, "0900-1730", closed=holidays.euronext, early=cut)


SCHEDULES: dict[str, Schedule] = {
    "us_equity": _new_york("0930-1600", "0400-2000", late="1700"),
    "us_option": _new_york("0930-1600"),
    "us_etf_option": _new_york("0930-1615", early="1315", late="1315"),
    "us_index_option": _schedule(
        "US/Central", "America/Chicago", "0830-1515", "-1915-0825 0830-1600", closed=holidays.new_york,
        early=((holidays.new_york_early, "1215", "1215"),),
    ),
    "us_index": _schedule(
        "US/Central", "America/Chicago", "0830-1500", closed=holidays.new_york,
        early=((holidays.new_york_early, "1200", "1200"),),
    ),
    "us_volatility_index": _schedule(
        "US/Central", "America/Chicago", "0215-0815 0830-1600", closed=holidays.new_york,
        early=((holidays.new_york_early, "1215", "1215"),),
    ),
    "cme_index": _chicago("0830-1600", "-1700-1600"),
    "forex": _schedule("US/Eastern", "America/New_York", "-1715-1700", closed=holidays.forex),
    "lse": _schedule(
        "GB-Eire", "Europe/London", "0800-1630", closed=holidays.london,
        early=((holidays.london_early, "1230", "1230"),),
    ),
    "xetra": _frankfurt("0900-1730"),
    "eurex_index": _frankfurt("0900-1730", "0110-2200"),
    "euronext": _euronext("Europe/Paris", "1405"),
    "madrid": _euronext("Europe/Madrid", "1400"),
    "six": _schedule("MET", "Europe/Zurich", "0900-1730", closed=holidays.zurich),
    "tokyo": _schedule(
        "Japan", "Asia/Tokyo", "0900-1130 1230-1530", closed=asia.tokyo,
        formerly=(date(2024, 11, 5), "0900-1130 1230-1500"),
    ),
    "hong_kong": _schedule(
        "Hongkong", "Asia/Hong_Kong", "0930-1200 1300-1600", closed=asia.hong_kong,
        early=((asia.hong_kong_early, "1200", "1200"),),
    ),
    "toronto": _schedule(
        "US/Eastern", "America/Toronto", "0930-1600", closed=holidays.toronto,
        early=((holidays.toronto_early, "1300", "1300"),),
    ),
    "sydney": _schedule(
        "Australia/NSW", "Australia/Sydney", "1000-1600", closed=holidays.sydney,
        early=((holidays.sydney_early, "1410", "1410"),),
    ),
}  # fmt: skip
