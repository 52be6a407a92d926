"""The history of an account's worth: how finely it is kept, and what of it is not known."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Resolution(StrEnum):
    """How far apart the points of a history are."""

    MINUTE = "minute"
    QUARTER_HOUR = "quarter_hour"
    DAY = "day"

    @property
    def span(self) -> timedelta:
        """The time one point stands for."""
        return _SPANS[self]


_SPANS = {
    Resolution.MINUTE: timedelta(minutes=1),
    Resolution.QUARTER_HOUR: timedelta(minutes=15),
    Resolution.DAY: timedelta(days=1),
}

KEPT = ((Resolution.QUARTER_HOUR, timedelta(days=2)), (Resolution.DAY, timedelta(days=90)))
"""What is older than this is thinned to that; days are kept for good."""

MOST_POINTS = 5000
# a beat that comes some seconds late may miss a minute; missing two is an absence
_GAP_FACTOR = 2.5


Known = tuple[datetime, timedelta]
"""A point's time and the span it stands for."""


@dataclass(frozen=True)
class Gap:
    """A time of which nothing is known."""

    since: datetime
    until: datetime


def resolution_for(span: timedelta) -> Resolution:
    """The finest resolution that is kept for so long and can be drawn."""
    if span <= timedelta(days=2):
        return Resolution.MINUTE
    return Resolution.QUARTER_HOUR if span <= timedelta(days=45) else Resolution.DAY


def gaps(points: Iterable[Known], *, since: datetime, until: datetime, earlier: Known | None = None) -> list[Gap]:
    """The holes in a stretch: between its points, after the last, and before the first one if the history is older.

    `earlier` is the last point before the stretch. Before the first point of all there is no history, which is no gap.
    """
    found: list[Gap] = []
    before = earlier
    for at, span in points:
        if before is not None and at - before[0] > max(before[1], span) * _GAP_FACTOR:
            found.append(Gap(max(before[0], since), at))
        before = (at, span)
    if before is not None and until - before[0] > before[1] * _GAP_FACTOR:
        found.append(Gap(max(before[0], since), until))
    return found
