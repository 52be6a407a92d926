"""Time, asked of one object, so that tests can hold it still and move it."""

import math
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
NEW_YORK_NAME = "US/Eastern"  # the name TWS uses on the wire
SLOT = timedelta(seconds=0.25)
"""Time acts in slots of this length, which begin with every whole second."""


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


class VirtualClock(ManualClock):
    """A clock that only a Timekeeper moves: it reads the last slot that was worked on, whatever its speed.

    So everything that happens between two slots happens at one moment, and the same requests at the same moments
    find the same market at any speed.
    """

    def move_to(self, moment: datetime) -> None:
        """Move forward to a moment. Raises ValueError for an earlier one."""
        if moment < self._now:
            raise ValueError(f"{moment.isoformat()} is before {self._now.isoformat()}")
        self._now = moment.astimezone(UTC)

    def set_to(self, moment: datetime) -> None:
        """Read another time, also an earlier one, as when a saved state is loaded."""
        self._now = moment.astimezone(UTC)


Clock = SystemClock | ManualClock


def next_slot(at: datetime) -> datetime:
    """The beginning of the first slot after a moment."""
    return at + SLOT - timedelta(microseconds=at.microsecond) % SLOT


def slot_at_or_after(at: datetime) -> datetime:
    """The moment itself if a slot begins then, else the beginning of the next one."""
    return next_slot(at - timedelta(microseconds=1))


def new_york(at: datetime) -> datetime:
    """The same moment on New York's wall clock."""
    return at.astimezone(NEW_YORK)


def trading_day(at: datetime) -> date:
    """New York's calendar date of a moment."""
    return _date_of_quarter(math.floor(at.timestamp()) // _QUARTER)


def tws_time(at: datetime) -> str:
    """A moment as TWS writes it: `20260105 09:30:01 US/Eastern`."""
    return _text_of_second(math.floor(at.timestamp()))


# Asked again and again for the same few moments. Days begin with a quarter of an hour, whatever daylight saving does.
_QUARTER = 15 * 60


@lru_cache(maxsize=256)
def _date_of_quarter(quarter: int) -> date:
    return datetime.fromtimestamp(quarter * _QUARTER, NEW_YORK).date()


@lru_cache(maxsize=64)
def _text_of_second(second: int) -> str:
    return f"{datetime.fromtimestamp(second, NEW_YORK):%Y%m%d %H:%M:%S} {NEW_YORK_NAME}"
