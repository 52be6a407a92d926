"""When a market is open: its sessions day by day, and the questions they answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tws_simulator.exchange.calendar.schedules import SCHEDULES, Schedule

_DAY = timedelta(days=1)
_REMEMBERED_DAYS = 800
_SEARCHED_DAYS = 40
"""No market of ours is closed for longer."""


@dataclass(frozen=True, slots=True)
class Session:
    """One stretch of trading, aware times."""

    start: datetime
    end: datetime

    def contains(self, at: datetime) -> bool:
        """Whether trading goes on at this moment."""
        return self.start <= at < self.end


class Calendar:
    """Sessions of each trading day of one market.

    A trading day may begin on the evening before (futures, forex) and may have a break (Tokyo, Hong Kong).
    """

    name = ""
    zone: ZoneInfo
    zone_name: str
    """What TWS calls the zone of `hours_text`."""

    def __init__(self) -> None:
        self._closes: dict[bool, tuple[datetime, datetime, datetime]] = {}
        """The last answer of `close_of`: for moments from the first up to the second, which is the answer in UTC."""

    def of(self, hours: str) -> "Calendar":
        """The calendar of a trading-hours schedule (`Instrument.hours`). Raises KeyError for an unknown one."""
        raise NotImplementedError

    def sessions(self, day: date, *, regular: bool) -> tuple[Session, ...]:
        """The stretches of trading of a day in order: regular hours, or with those before and after. None: closed."""
        raise NotImplementedError

    def session(self, day: date, *, regular: bool) -> Session | None:
        """The trading day from its first opening to its last close, breaks included. None when closed."""
        found = self.sessions(day, regular=regular)
        return Session(found[0].start, found[-1].end) if found else None

    def local_day(self, at: datetime) -> date:
        """The calendar date of a moment where the market is."""
        return at.astimezone(self.zone).date()

    def trading_day(self, at: datetime) -> date:
        """The trading day a moment belongs to: that of its session, else the local date."""
        day = self.local_day(at)
        session = self.session(day + _DAY, regular=False)
        return day + _DAY if session is not None and session.start <= at else day

    def is_open(self, at: datetime, *, regular: bool = True) -> bool:
        """Whether orders can trade at this moment."""
        day = self.local_day(at)
        return any(
            session.contains(at) for each in (day, day + _DAY) for session in self.sessions(each, regular=regular)
        )

    def next_open(self, at: datetime, *, regular: bool = True) -> datetime:
        """The start of the first session that begins after this moment, after a break too."""
        return next(
            session.start
            for day in self._days_from(self.local_day(at))
            for session in self.sessions(day, regular=regular)
            if session.start > at
        )

    def close_of(self, at: datetime, *, regular: bool = True) -> datetime:
        """The end of the trading day of this moment, or of the next one if this one is over."""
        known = self._closes.get(regular)
        if known is None or not known[0] <= at < known[1]:
            end = next(
                session.end
                for day in self._days_from(self.local_day(at))
                if (session := self.session(day, regular=regular)) is not None and at < session.end
            )
            # No trading day ends between that moment and this end, so it is the answer to all moments between.
            known = self._closes[regular] = at, end.astimezone(at.tzinfo), end
        return known[2]

    def previous_close(self, at: datetime) -> datetime:
        """The end of the last regular trading day before the one of this moment."""
        day = self.trading_day(at)
        while True:
            day -= _DAY
            session = self.session(day, regular=True)
            if session is not None:
                return session.end

    def last_moment(self, at: datetime) -> datetime:
        """This moment if there is trading, with the hours before and after; else the end of the last session."""
        if self.is_open(at, regular=False):
            return at
        day = self.local_day(at) + _DAY
        while True:
            for session in reversed(self.sessions(day, regular=False)):
                if session.end <= at:
                    return session.end
            day -= _DAY

    def trading_days(self, last: date, count: int) -> list[date]:
        """The `count` trading days up to and including `last`, oldest first."""
        days: list[date] = []
        day = last
        while len(days) < count:
            if self.sessions(day, regular=True):
                days.append(day)
            day -= _DAY
        return days[::-1]

    def hours_text(self, first: date, days: int, *, regular: bool) -> str:
        """Hours as TWS writes them: `20260105:0930-20260105:1600;20260110:CLOSED`.

        A date whose evening belongs to the next trading day has no entry of its own.
        """
        parts: list[str] = []
        for day in (first + index * _DAY for index in range(days)):
            sessions = self.sessions(day, regular=regular)
            parts += [self._session_text(session) for session in sessions]
            following = self.session(day + _DAY, regular=regular)
            if not sessions and (following is None or self.local_day(following.start) > day):
                parts.append(f"{day:%Y%m%d}:CLOSED")
        return ";".join(parts)

    def _session_text(self, session: Session) -> str:
        start, end = session.start.astimezone(self.zone), session.end.astimezone(self.zone)
        return f"{start:%Y%m%d:%H%M}-{end:%Y%m%d:%H%M}"

    def _days_from(self, day: date) -> Iterator[date]:
        return (day + index * _DAY for index in range(_SEARCHED_DAYS))


class AlwaysOpen(Calendar):
    """A market that never closes; its day turns at midnight where it is."""

    name = "always"

    def __init__(self, hours: str = "us_equity", family: dict[str, Calendar] | None = None) -> None:
        super().__init__()
        self.zone, self.zone_name = SCHEDULES[hours].zone, SCHEDULES[hours].zone_name
        self._family = family if family is not None else {}
        self._family[hours] = self

    def of(self, hours: str) -> Calendar:
        """The calendar of the same kind in the zone of a schedule."""
        return self._family.get(hours) or AlwaysOpen(hours, self._family)

    def sessions(self, day: date, *, regular: bool) -> tuple[Session, ...]:
        """The whole calendar day."""
        return (Session(_at(day, 0, self.zone), _at(day + _DAY, 0, self.zone)),)

    def trading_day(self, at: datetime) -> date:
        """The local date."""
        return self.local_day(at)

    def is_open(self, at: datetime, *, regular: bool = True) -> bool:
        """Always."""
        return True

    def last_moment(self, at: datetime) -> datetime:
        """There is always trading."""
        return at


class ExchangeHours(Calendar):
    """A market that keeps its own hours and holidays."""

    name = "exchange"

    def __init__(self, hours: str = "us_equity", family: dict[str, Calendar] | None = None) -> None:
        super().__init__()
        self._schedule: Schedule = SCHEDULES[hours]
        self.zone, self.zone_name = self._schedule.zone, self._schedule.zone_name
        self._family = family if family is not None else {}
        self._family[hours] = self
        self._known: dict[tuple[date, bool], tuple[Session, ...]] = {}
        # The stretch of the last question, open or closed: most questions are about it again.
        self._stretch: dict[bool, tuple[Session, bool]] = {}

    def of(self, hours: str) -> Calendar:
        """The calendar of another market."""
        return self._family.get(hours) or ExchangeHours(hours, self._family)

    def sessions(self, day: date, *, regular: bool) -> tuple[Session, ...]:
        """The stretches of trading of a day, by its schedule."""
        key = (day, regular)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _REMEMBERED_DAYS:
                self._known.clear()
            spans = self._schedule.spans(day, regular=regular)
            found = tuple(Session(_at(day, start, self.zone), _at(day, end, self.zone)) for start, end in spans)
            self._known[key] = found
        return found

    def is_open(self, at: datetime, *, regular: bool = True) -> bool:
        """Whether orders can trade at this moment."""
        known = self._stretch.get(regular)
        if known is None or not known[0].contains(at):
            known = self._stretch[regular] = self._stretch_at(at, regular=regular)
        return known[1]

    def _stretch_at(self, at: datetime, *, regular: bool) -> tuple[Session, bool]:
        day = self.local_day(at)
        for session in (each for days in (0, 1) for each in self.sessions(day + days * _DAY, regular=regular)):
            if session.contains(at):
                # As the clock has it: moments of one zone are compared faster than those of two.
                return Session(session.start.astimezone(at.tzinfo), session.end.astimezone(at.tzinfo)), True
        return Session(at, self.next_open(at, regular=regular).astimezone(at.tzinfo)), False


def _at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    days, rest = divmod(minutes, 24 * 60)
    return datetime.combine(day + days * _DAY, time(rest // 60, rest % 60), zone)
