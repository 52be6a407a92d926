"""Whether markets are open, asked many times a second by a clock that only goes forward."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tws_simulator.exchange.calendar import Calendar

_DAY = timedelta(days=1)


class OpenHours:
    """Remembers of each schedule until when its market stays as it is."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._known: dict[tuple[str, bool], tuple[datetime, datetime, bool]] = {}

    def next_trading(self, hours: str, now: datetime, *, regular: bool) -> datetime:
        """Now if the market of a schedule is open, else when it opens next."""
        key = (hours, regular)
        known = self._known.get(key)
        if known is None or not known[0] <= now < known[1]:
            known = self._known[key] = self._look(hours, now, regular=regular)
        return now if known[2] else known[1]

    def first_trading(self, schedules: Iterable[str], now: datetime, *, regular: bool) -> datetime | None:
        """When the first of several markets trades; None when there are none."""
        earliest: datetime | None = None
        for hours in schedules:
            moment = self.next_trading(hours, now, regular=regular)
            if moment <= now:
                return now
            earliest = moment if earliest is None else min(earliest, moment)
        return earliest

    def _look(self, hours: str, now: datetime, *, regular: bool) -> tuple[datetime, datetime, bool]:
        calendar = self._calendar.of(hours)
        day = calendar.local_day(now)
        for each in (day, day + _DAY):
            for session in calendar.sessions(each, regular=regular):
                if session.contains(now):
                    return now, session.end, True
        return now, calendar.next_open(now, regular=regular), False
