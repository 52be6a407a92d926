"""When a Gateway restarts, is reset and must log in again: times of New York, drawn from a seed where they vary."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tws_simulator.clock import NEW_YORK, new_york
from tws_simulator.exchange.noise import unit

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WAITING_SHOWS = ("refused", "accept_then_eof", "no_handshake", "no_ids")
"""What clients can meet while the Gateway waits for its second factor."""
RESET_DATA = ("kept", "lost", "mixed")
_SATURDAY = 5
_MAX_OUTAGES = 3
_SHORTEST, _LONGEST = 20.0, 300.0
_LOST_CHANCE = 1 / 3


@dataclass(frozen=True, slots=True)
class WeeklyTime:
    """A time of the week in New York; `weekday` 0 is Monday."""

    weekday: int
    at: time


@dataclass(frozen=True, slots=True)
class ResetWindow:
    """A stretch of every night but Saturday's in which IB's servers are reset; it may pass midnight."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class LifePlan:
    """What happens to a Gateway by itself; nothing unless asked for."""

    restart_at: time | None = None
    restart_seconds: float = 75.0
    """How long the port refuses connections; 60 to 90 seconds at IB."""
    reset_window: ResetWindow | None = None
    reset_data: str = "mixed"
    """Whether data subscriptions survive an outage: kept (1102), lost (1101), or drawn."""
    weekly_login: WeeklyTime | None = None
    """When the login expires; the next restart then waits for a second factor."""
    login_shows: str = "refused"
    auto_login_after: float | None = None
    """Seconds after which somebody confirms the second factor; None: only when told."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A loss of the link to IB. `repeats` are the seconds after which 1100 is said again."""

    seconds: float
    data_lost: bool
    repeats: tuple[float, ...]


def next_daily(at: time, now: datetime) -> datetime:
    """The first such time of a day after a moment."""
    day = new_york(now).date()
    found = _moment(day, at)
    return found if found > now else _moment(day + timedelta(days=1), at)


def next_weekly(wanted: WeeklyTime, now: datetime) -> datetime:
    """The first such time of a week after a moment."""
    day = new_york(now).date()
    day += timedelta(days=(wanted.weekday - day.weekday()) % 7)
    found = _moment(day, wanted.at)
    return found if found > now else _moment(day + timedelta(days=7), wanted.at)


def next_window(window: ResetWindow, now: datetime) -> tuple[datetime, datetime]:
    """The first window that begins after a moment: its start and end. None begins on a Saturday."""
    start = next_daily(window.start, now)
    while new_york(start).weekday() == _SATURDAY:
        start = next_daily(window.start, start)
    return start, next_daily(window.end, start)


def outages(seed: int, start: datetime, end: datetime, data: str) -> list[tuple[datetime, Outage]]:
    """The outages of one window, in order, each over before the next begins."""
    day = new_york(start).date().isoformat()
    count = 1 + int(unit(seed, "reset", day) * _MAX_OUTAGES)
    share = (end - start) / count
    found: list[tuple[datetime, Outage]] = []
    for number in range(count):
        longest = min(_LONGEST, share.total_seconds() * 0.9)
        length = min(_SHORTEST, longest) + unit(seed, "length", day, number) * max(longest - _SHORTEST, 0.0)
        length = round(length, 2)
        room = share.total_seconds() - length
        begins = start + share * number + timedelta(seconds=round(room * unit(seed, "begins", day, number), 2))
        found.append((begins, outage(seed, length, data, f"{day} {number}")))
    return found


def outage(seed: int, seconds: float, data: str, key: str) -> Outage:
    """One outage of this length: when 1100 is repeated, and whether subscriptions are lost, are drawn by the key."""
    lost = data == "lost" or (data == "mixed" and unit(seed, "lost", key) < _LOST_CHANCE)
    repeats: list[float] = []
    at = 0.0
    while True:
        at += 2 + 40 * unit(seed, "repeat", key, len(repeats))
        if at >= seconds:
            return Outage(seconds, lost, tuple(round(row, 2) for row in repeats))
        repeats.append(at)


def read_time(text: str) -> time:
    """`23:45` as a time. Raises ValueError."""
    hours, _, minutes = text.strip().partition(":")
    if not (hours.isdigit() and minutes.isdigit() and len(hours) <= 2 and len(minutes) == 2):
        raise ValueError(f"{text!r} is no time of day like 23:45")
    return time(int(hours), int(minutes))


def read_weekly(text: str) -> WeeklyTime:
    """`Sun 01:00` as a time of the week. Raises ValueError."""
    day, _, rest = text.strip().partition(" ")
    if day.lower()[:3] not in WEEKDAYS:
        raise ValueError(f"{text!r} is no time of the week like Sun 01:00")
    return WeeklyTime(WEEKDAYS.index(day.lower()[:3]), read_time(rest))


def read_window(text: str) -> ResetWindow:
    """`00:15-01:45` as a window. Raises ValueError."""
    start, _, end = text.partition("-")
    window = ResetWindow(read_time(start), read_time(end))
    if window.start == window.end:
        raise ValueError(f"{text!r} is no stretch of time like 00:15-01:45")
    return window


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, NEW_YORK).astimezone(UTC)
