"""Time, asked of one object, so that tests can hold it still and move it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
NEW_YORK_NAME = "US/Eastern"  # the name TWS uses on the wire


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The time it was last set to."""
        return self._now

    def advance(self, step: timedelta) -> None:
        """Move forward."""
        self._now += step


Clock = SystemClock | ManualClock


def new_york(at: datetime) -> datetime:
    """The same moment on New York's wall clock."""
    return at.astimezone(NEW_YORK)


def trading_day(at: datetime) -> date:
    """New York's calendar date of a moment."""
    return new_york(at).date()


def tws_time(at: datetime) -> str:
    """A moment as TWS writes it: `20260105 09:30:01 US/Eastern`."""
    return f"{new_york(at):%Y%m%d %H:%M:%S} {NEW_YORK_NAME}"
