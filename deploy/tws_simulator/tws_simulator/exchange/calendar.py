"""When the market is open: always, or by the rules of the New York exchanges."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from tws_simulator.clock import NEW_YORK, new_york

_MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Session:
    """One stretch of trading, aware times."""

    start: datetime
    end: datetime

    def contains(self, at: datetime) -> bool:
        """Whether trading goes on at this moment."""
        return self.start <= at < self.end


class Calendar:
    """Sessions of each New York calendar day."""

    name = ""

    def of(self, hours: str) -> "Calendar":
        """The calendar of a trading-hours schedule (`Instrument.hours`)."""
        return self

    def session(self, day: date, *, regular: bool) -> Session | None:
        """The session of a day: regular hours only, or with the hours before and after. None when closed."""
        raise NotImplementedError

    def is_open(self, at: datetime, *, regular: bool = True) -> bool:
        """Whether orders can trade at this moment."""
        session = self.session(new_york(at).date(), regular=regular)
        return session is not None and session.contains(at)

    def next_open(self, at: datetime, *, regular: bool = True) -> datetime:
        """The start of the first session that begins after this moment."""
        return self._sessions_after(at, regular=regular).start

    def close_of(self, at: datetime, *, regular: bool = True) -> datetime:
        """The end of the session of this moment, or of the next one if the market is closed."""
        session = self.session(new_york(at).date(), regular=regular)
        if session is not None and at < session.end:
            return session.end
        return self._sessions_after(at, regular=regular).end

    def previous_close(self, at: datetime) -> datetime:
        """The end of the last regular session before the calendar day of this moment."""
        day = new_york(at).date()
        while True:
            day -= timedelta(days=1)
            session = self.session(day, regular=True)
            if session is not None:
                return session.end

    def last_moment(self, at: datetime) -> datetime:
        """This moment if there is trading, with the hours before and after; else the end of the last session."""
        if self.is_open(at, regular=False):
            return at
        day = new_york(at).date()
        while True:
            session = self.session(day, regular=False)
            if session is not None and session.end <= at:
                return session.end
            day -= timedelta(days=1)

    def trading_days(self, last: date, count: int) -> list[date]:
        """The `count` trading days up to and including `last`, oldest first."""
        days: list[date] = []
        day = last
        while len(days) < count:
            if self.session(day, regular=True) is not None:
                days.append(day)
            day -= timedelta(days=1)
        return days[::-1]

    def hours_text(self, first: date, days: int, *, regular: bool) -> str:
        """Hours as TWS writes them: `20260105:0930-20260105:1600;20260110:CLOSED`."""
        return ";".join(self._day_text(first + timedelta(days=index), regular=regular) for index in range(days))

    def _day_text(self, day: date, *, regular: bool) -> str:
        session = self.session(day, regular=regular)
        if session is None:
            return f"{day:%Y%m%d}:CLOSED"
        return f"{new_york(session.start):%Y%m%d:%H%M}-{new_york(session.end):%Y%m%d:%H%M}"

    def _sessions_after(self, at: datetime, *, regular: bool) -> Session:
        day = new_york(at).date()
        while True:
            session = self.session(day, regular=regular)
            if session is not None and session.start > at:
                return session
            day += timedelta(days=1)


class AlwaysOpen(Calendar):
    """A market that never closes; its day turns at midnight in New York."""

    name = "always"

    def session(self, day: date, *, regular: bool) -> Session:
        """The whole calendar day."""
        return Session(_at(day, _MIDNIGHT), _at(day + timedelta(days=1), _MIDNIGHT))

    def last_moment(self, at: datetime) -> datetime:
        """There is always trading."""
        return at


class NewYorkHours(Calendar):
    """NYSE and Nasdaq hours: 9:30 to 16:00, extended 4:00 to 20:00, with holidays and early closes."""

    name = "exchange"

    def session(self, day: date, *, regular: bool) -> Session | None:
        """The session of a day, None on weekends and holidays."""
        if day.weekday() >= 5 or day in _holidays(day.year):
            return None
        early = day in _early_closes(day.year)
        if regular:
            return Session(_at(day, time(9, 30)), _at(day, time(13) if early else time(16)))
        return Session(_at(day, time(4)), _at(day, time(17) if early else time(20)))


def calendar_named(name: str) -> Calendar:
    """The calendar of this name: `always` or `exchange`."""
    return {"always": AlwaysOpen, "exchange": NewYorkHours}[name]()


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, NEW_YORK)


def _nth_weekday(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())


def _observed(day: date) -> date:
    if day.weekday() == 5:
        return day - timedelta(days=1)
    return day + timedelta(days=1) if day.weekday() == 6 else day


def _easter(year: int) -> date:
    """Western Easter Sunday, by the anonymous Gregorian computus."""
    golden, century = year % 19, year // 100
    skipped = century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15
    moon = skipped % 30
    moon -= (moon // 28) * (1 - (moon // 28) * (29 // (moon + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + moon + 2 - century + century // 4) % 7
    offset = moon - weekday
    month = 3 + (offset + 40) // 44
    return date(year, month, offset + 28 - 31 * (month // 4))


@lru_cache
def _holidays(year: int) -> frozenset[date]:
    """Full closings by NYSE Rule 7.2 (a New Year's Day on Saturday is not made up for)."""
    new_year = date(year, 1, 1)
    days = {
        _nth_weekday(year, 1, 0, 3),
        _nth_weekday(year, 2, 0, 3),
        _easter(year) - timedelta(days=2),
        _last_monday_of_may(year),
        _observed(date(year, 7, 4)),
        _nth_weekday(year, 9, 0, 1),
        _nth_weekday(year, 11, 3, 4),
        _observed(date(year, 12, 25)),
    }
    if new_year.weekday() != 5:
        days.add(_observed(new_year))
    if year >= 2022:
        days.add(_observed(date(year, 6, 19)))
    return frozenset(days)


@lru_cache
def _early_closes(year: int) -> frozenset[date]:
    """Days that close at 13:00: before Independence Day, after Thanksgiving, and Christmas Eve."""
    days = {date(year, 7, 3), _nth_weekday(year, 11, 3, 4) + timedelta(days=1), date(year, 12, 24)}
    return frozenset(day for day in days if day not in _holidays(year))
