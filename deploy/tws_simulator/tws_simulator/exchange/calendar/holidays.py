"""Days on which exchanges are closed or close early, by their own rules."""

from datetime import date, timedelta
from functools import lru_cache

Days = frozenset[date]

_SATURDAY, _SUNDAY = 5, 6


def nth_weekday(year: int, month: int, weekday: int, n: int) -> date:
    """The n-th such weekday (Monday is 0) of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def last_weekday(year: int, month: int, weekday: int) -> date:
    """The last such weekday of a month."""
    last = (date(year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)


@lru_cache
def easter(year: int) -> date:
    """Western Easter Sunday, by the anonymous Gregorian computus."""
    golden, century = year % 19, year // 100
    skipped = century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15
    moon = skipped % 30
    moon -= (moon // 28) * (1 - (moon // 28) * (29 // (moon + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + moon + 2 - century + century // 4) % 7
    offset = moon - weekday
    month = 3 + (offset + 40) // 44
    return date(year, month, offset + 28 - 31 * (month // 4))


def good_friday(year: int) -> date:
    """Two days before Easter."""
    return easter(year) - timedelta(days=2)


def easter_monday(year: int) -> date:
    """The day after Easter."""
    return easter(year) + timedelta(days=1)


def _observed(day: date) -> date:
    """The nearest weekday, as in the United States."""
    if day.weekday() == _SATURDAY:
        return day - timedelta(days=1)
    return day + timedelta(days=1) if day.weekday() == _SUNDAY else day


def _moved_on(days: list[date]) -> Days:
    """Each day or, if it falls on a weekend or on one before, the next free weekday."""
    taken: set[date] = set()
    for day in days:
        moved = day
        while moved.weekday() >= _SATURDAY or moved in taken:
            moved += timedelta(days=1)
        taken.add(moved)
    return frozenset(taken)


def _last_weekday_before(day: date) -> date:
    """The last day from Monday to Friday before a date."""
    day -= timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day -= timedelta(days=1)
    return day


@lru_cache
def new_york(year: int) -> Days:
    """Full closings by NYSE Rule 7.2 (a New Year's Day on Saturday is not made up for)."""
    days = {
        nth_weekday(year, 1, 0, 3),
        nth_weekday(year, 2, 0, 3),
        good_friday(year),
        last_weekday(year, 5, 0),
        _observed(date(year, 7, 4)),
        nth_weekday(year, 9, 0, 1),
        nth_weekday(year, 11, 3, 4),
        _observed(date(year, 12, 25)),
    }
    if date(year, 1, 1).weekday() != _SATURDAY:
        days.add(_observed(date(year, 1, 1)))
    if year >= 2022:
        days.add(_observed(date(year, 6, 19)))
    return frozenset(days | _MOURNING.get(year, set()))


_MOURNING = {2018: {date(2018, 12, 5)}, 2025: {date(2025, 1, 9)}}  # for presidents Bush and Carter


@lru_cache
def new_york_early(year: int) -> Days:
    """Days that close at 13:00: before Independence Day, after Thanksgiving, and Christmas Eve."""
    days = {date(year, 7, 3), nth_weekday(year, 11, 3, 4) + timedelta(days=1), date(year, 12, 24)}
    return frozenset(day for day in days if day.weekday() < _SATURDAY and day not in new_york(year))


@lru_cache
def chicago(year: int) -> Days:
    """Days without any trading in equity index futures; on other holidays of New York they stop at noon."""
    days = {good_friday(year), _observed(date(year, 12, 25))}
    if date(year, 1, 1).weekday() != _SATURDAY:
        days.add(_observed(date(year, 1, 1)))
    return frozenset(days)


@lru_cache
def chicago_noon(year: int) -> Days:
    """Days on which equity index futures stop at 12:00 in Chicago."""
    return frozenset(new_york(year) - chicago(year) - _MOURNING.get(year, set()))


@lru_cache
def forex(year: int) -> Days:
    """Christmas and New Year's Day."""
    return frozenset({date(year, 1, 1), date(year, 12, 25)})


@lru_cache
def london(year: int) -> Days:
    """Bank holidays of England that the stock exchange keeps."""
    moving = {
        good_friday(year),
        easter_monday(year),
        nth_weekday(year, 5, 0, 1),
        last_weekday(year, 5, 0),
        last_weekday(year, 8, 0),
    }
    return frozenset(moving | _moved_on([date(year, 1, 1)]) | _moved_on([date(year, 12, 25), date(year, 12, 26)]))


@lru_cache
def london_early(year: int) -> Days:
    """The last trading days before Christmas and before New Year."""
    return frozenset({_last_weekday_before(date(year, 12, 25)), _last_weekday_before(date(year + 1, 1, 1))})


@lru_cache
def frankfurt(year: int) -> Days:
    """Closings of Xetra and Eurex since 2022: Whit Monday and German Unity Day are trading days."""
    fixed = {date(year, 1, 1), date(year, 5, 1)} | {date(year, 12, day) for day in (24, 25, 26, 31)}
    return frozenset(fixed | {good_friday(year), easter_monday(year)})


@lru_cache
def frankfurt_early(year: int) -> Days:
    """The last trading day of the year."""
    return frozenset({_last_weekday_before(date(year, 12, 31))})


@lru_cache
def euronext(year: int) -> Days:
    """Closings of the Euronext markets and of Madrid."""
    fixed = {date(year, 1, 1), date(year, 5, 1), date(year, 12, 25), date(year, 12, 26)}
    return frozenset(fixed | {good_friday(year), easter_monday(year)})


@lru_cache
def euronext_early(year: int) -> Days:
    """Christmas Eve and New Year's Eve, when they are weekdays."""
    return frozenset(day for day in (date(year, 12, 24), date(year, 12, 31)) if day.weekday() < _SATURDAY)


@lru_cache
def zurich(year: int) -> Days:
    """Closings of SIX."""
    fixed = {date(year, 1, 1), date(year, 1, 2), date(year, 5, 1), date(year, 8, 1)}
    moving = {
        good_friday(year),
        easter_monday(year),
        easter(year) + timedelta(days=39),
        easter(year) + timedelta(days=50),
    }
    return frozenset(fixed | moving | {date(year, 12, day) for day in (24, 25, 26, 31)})


@lru_cache
def toronto(year: int) -> Days:
    """Closings of the Toronto Stock Exchange."""
    victoria = date(year, 5, 24) - timedelta(days=date(year, 5, 24).weekday())
    moving = {
        nth_weekday(year, 2, 0, 3),
        good_friday(year),
        victoria,
        nth_weekday(year, 8, 0, 1),
        nth_weekday(year, 9, 0, 1),
        nth_weekday(year, 10, 0, 2),
    }
    moved = _moved_on([date(year, 1, 1)]) | _moved_on([date(year, 7, 1)])
    return frozenset(moving | moved | _moved_on([date(year, 12, 25), date(year, 12, 26)]))


@lru_cache
def toronto_early(year: int) -> Days:
    """Christmas Eve, when it is a weekday."""
    eve = date(year, 12, 24)
    return frozenset({eve} if eve.weekday() < _SATURDAY else ())


@lru_cache
def sydney(year: int) -> Days:
    """Closings of the ASX; Anzac Day is not made up for."""
    moving = {good_friday(year), easter_monday(year), nth_weekday(year, 6, 0, 2), date(year, 4, 25)}
    moved = _moved_on([date(year, 1, 1)]) | _moved_on([date(year, 1, 26)])
    return frozenset(moving | moved | _moved_on([date(year, 12, 25), date(year, 12, 26)]))


@lru_cache
def sydney_early(year: int) -> Days:
    """The last trading days before Christmas and before New Year."""
    return london_early(year)
