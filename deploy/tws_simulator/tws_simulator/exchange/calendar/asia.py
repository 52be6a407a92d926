"""Holidays of Tokyo and Hong Kong, which follow sun and moon."""

from datetime import date, timedelta
from functools import lru_cache

from tws_simulator.exchange.calendar.holidays import Days, easter_monday, good_friday, nth_weekday

_SUNDAY = 6


def _equinox(year: int, base: float) -> int:
    """Day of the month of an equinox in Japan, good for 1980 to 2099."""
    return int(base + 0.242194 * (year - 1980)) - (year - 1980) // 4


@lru_cache
def tokyo(year: int) -> Days:
    """Public holidays of Japan, with the days made up for them, and the turn of the year."""
    public = {
        date(year, 1, 1),
        nth_weekday(year, 1, 0, 2),
        date(year, 2, 11),
        date(year, 2, 23),
        date(year, 3, _equinox(year, 20.8431)),
        date(year, 4, 29),
        *(date(year, 5, day) for day in (3, 4, 5)),
        nth_weekday(year, 7, 0, 3),
        date(year, 8, 11),
        nth_weekday(year, 9, 0, 3),
        date(year, 9, _equinox(year, 23.2488)),
        nth_weekday(year, 10, 0, 2),
        date(year, 11, 3),
        date(year, 11, 23),
    }
    turn = {date(year, 1, 2), date(year, 1, 3), date(year, 12, 31)}
    return frozenset(_with_bridges(_with_substitutes(public)) | turn)


def _with_substitutes(days: set[date]) -> set[date]:
    """A holiday on Sunday is made up for on the next day that is none."""
    found = set(days)
    for day in sorted(days):
        if day.weekday() == _SUNDAY:
            moved = day
            while moved in found:
                moved += timedelta(days=1)
            found.add(moved)
    return found


def _with_bridges(days: set[date]) -> set[date]:
    """A day between two holidays is one too."""
    step = timedelta(days=1)
    return days | {day + step for day in days if day + 2 * step in days and (day + step).weekday() < _SUNDAY}


# By year: Lunar New Year, Ching Ming, the Buddha's Birthday, Tuen Ng, the day after Mid-Autumn, Chung Yeung.
_MOON: dict[int, tuple[str, str, str, str, str, str]] = {
    2023: ("01-22", "04-05", "05-26", "06-22", "09-30", "10-23"),
    2024: ("02-10", "04-04", "05-15", "06-10", "09-18", "10-11"),
    2025: ("01-29", "04-04", "05-05", "05-31", "10-07", "10-29"),
    2026: ("02-17", "04-05", "05-24", "06-19", "09-26", "10-18"),
    2027: ("02-06", "04-05", "05-13", "06-09", "09-16", "10-08"),
    2028: ("01-26", "04-04", "05-02", "05-28", "10-04", "10-26"),
    2029: ("02-13", "04-04", "05-20", "06-16", "09-23", "10-16"),
    2030: ("02-03", "04-05", "05-09", "06-05", "09-13", "10-05"),
}


def _lunar(year: int) -> list[date]:
    return [date.fromisoformat(f"{year}-{text}") for text in _MOON.get(year, ())]


def _on_weekday(day: date, taken: set[date]) -> date:
    """A holiday on Sunday, or on another one, moves to the next free day."""
    while day.weekday() == _SUNDAY or day in taken:
        day += timedelta(days=1)
    return day


@lru_cache
def hong_kong(year: int) -> Days:
    """General holidays of Hong Kong; those by the moon are known here for 2023 to 2030 only."""
    taken = {good_friday(year), good_friday(year) + timedelta(days=1), easter_monday(year)}
    lunar = _lunar(year)
    if lunar:
        new_year = [lunar[0] + timedelta(days=index) for index in range(3)]
        # One of the three on a Sunday is made up for on the fourth day.
        taken.update(new_year)
        if any(day.weekday() == _SUNDAY for day in new_year):
            taken.add(lunar[0] + timedelta(days=3))
    fixed = [date(year, 1, 1), date(year, 5, 1), date(year, 7, 1), date(year, 10, 1)]
    for day in sorted([*lunar[1:], *fixed]):
        taken.add(_on_weekday(day, taken))
    for day in (date(year, 12, 25), date(year, 12, 26)):
        taken.add(_on_weekday(day, taken))
    return frozenset(taken)


@lru_cache
def hong_kong_early(year: int) -> Days:
    """Half days: the eves of Lunar New Year, Christmas and New Year."""
    eves = {date(year, 12, 24), date(year, 12, 31)} | {day - timedelta(days=1) for day in _lunar(year)[:1]}
    return frozenset(day for day in eves if day.weekday() < 5 and day not in hong_kong(year))
