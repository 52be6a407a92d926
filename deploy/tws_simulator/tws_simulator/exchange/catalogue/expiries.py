"""On which days options of New York settle, and which of those days are listed."""

from datetime import date, timedelta
from enum import Enum
from functools import lru_cache

from tws_simulator.exchange.calendar import holidays

_FRIDAY = 4
_DAILY_FOR, _WEEKLY_FOR = timedelta(days=14), timedelta(days=58)
_MONTHS_AHEAD, _QUARTERS_AHEAD, _YEARS_AHEAD = 6, 15, 30
"""Months for which every month, every quarter and every January is listed."""


class Pattern(Enum):
    """Which days of a class are settlement days."""

    MONTHLY = "monthly"
    """Third Fridays."""
    WEEKLY = "weekly"
    """Every Friday."""
    DAILY = "daily"
    """Every trading day."""

    def holds(self, day: date) -> bool:
        """Whether options of the class may settle on a day."""
        if not _is_trading_day(day):
            return False
        if self is Pattern.DAILY:
            return True
        if self is Pattern.WEEKLY:
            return day == _or_before(day + timedelta(days=_FRIDAY - day.weekday()))
        return day == monthly(day.year, day.month)


def monthly(year: int, month: int) -> date:
    """The third Friday of a month, or the trading day before it."""
    return _or_before(holidays.nth_weekday(year, month, _FRIDAY, 3))


@lru_cache(maxsize=64)
def _settlements(pattern: Pattern, today: date) -> tuple[date, ...]:
    found = set()
    for ahead in range(_YEARS_AHEAD + 1):
        years, index = divmod(today.month - 1 + ahead, 12)
        quarterly = index in {2, 5, 8, 11} and ahead <= _QUARTERS_AHEAD
        if ahead <= _MONTHS_AHEAD or quarterly or index == 0:
            found.add(monthly(today.year + years, index + 1))
    spans = {Pattern.MONTHLY: timedelta(0), Pattern.WEEKLY: _WEEKLY_FOR, Pattern.DAILY: _WEEKLY_FOR}
    for days in range(spans[pattern].days + 1):
        day = today + timedelta(days=days)
        if Pattern.WEEKLY.holds(day) or (pattern is Pattern.DAILY and days <= _DAILY_FOR.days and pattern.holds(day)):
            found.add(day)
    return tuple(sorted(found))


@lru_cache(maxsize=64)
def listed_expiries(pattern: Pattern, today: date, *, shifted: bool) -> list[date]:
    """Last trading days from `today` on. `shifted`: they are the days before the settlement days."""
    moved = timedelta(days=1 if shifted else 0)
    settlements = [day for day in _settlements(pattern, today) if pattern.holds(day)]
    return [day - moved for day in settlements if day - moved >= today]


def _is_trading_day(day: date) -> bool:
    return day.weekday() <= _FRIDAY and day not in holidays.new_york(day.year)


def _or_before(day: date) -> date:
    while not _is_trading_day(day):
        day -= timedelta(days=1)
    return day
