"""When IB or its gateway is away by plan: the daily restart, the weekly login, server resets. Plain Python.

The plan is written in the wall clock of a zone and lived in UTC. On the two odd days of a year the rule is to be
careful: a time that comes twice counts from its first to its second coming, a time that is left out counts both as
the clock before the change and as the clock after it would have read it.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RESTART = "daily restart of IB Gateway"
# a weekly window can last a week, so the latest that is over has begun up to two weeks ago
_REACH = range(-15, 9)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([AaPp])[Mm])?")
_WEEKLY = re.compile(
    r"(?:(?P<from>[A-Za-z]{3})\s+)?(?P<opens>[\d:]{4,8})\s*-\s*(?:(?P<to>[A-Za-z]{3})\s+)?(?P<closes>[\d:]{4,8})"
    r"(?:\s+(?P<name>\S.*))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One planned absence, in UTC. New orders stop at `closes_at`, `starts_at` is the event itself."""

    name: str
    closes_at: datetime
    starts_at: datetime
    ends_at: datetime

    def contains(self, moment: datetime) -> bool:
        """Whether new orders are refused at `moment`."""
        return self.closes_at <= moment < self.ends_at

    @property
    def is_login(self) -> bool:
        """Whether somebody has to sign in before it is over."""
        return "login" in self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A window as the plan names it. `day` None means every day; Monday is 0. `lasts` counts from the start."""

    name: str
    opens: time
    day: int | None = None
    closes: time | None = None
    closing_day: int | None = None
    lasts: timedelta = timedelta(0)

    def on(self, day: date, zone: ZoneInfo, notice: timedelta) -> Window | None:
        """The window that starts on this local day, if one does."""
        if self.day is not None and day.weekday() != self.day:
            return None
        starts_at = min(_moments(day, self.opens, zone))
        if self.closes is None:
            ends_at = max(_moments(day, self.opens, zone)) + self.lasts
        else:
            ends_at = max(_moments(day + timedelta(days=self._days()), self.closes, zone))
            # an end that the change of clocks has moved before its start
            ends_at = max(ends_at, starts_at)
        return Window(name=self.name, closes_at=starts_at - notice, starts_at=starts_at, ends_at=ends_at)

    def _days(self) -> int:
        """How many local days after its start it ends."""
        assert self.closes is not None
        if self.day is None or self.closing_day is None:
            return int(self.closes <= self.opens)
        days = (self.closing_day - self.day) % 7
        return 7 if days == 0 and self.closes <= self.opens else days


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Every planned absence; an empty plan plans nothing."""

    zone: ZoneInfo
    notice: timedelta = timedelta(0)
    spans: tuple[Span, ...] = ()

    def _around(self, now: datetime) -> tuple[Window, ...]:
        return _windows_around(self, now.astimezone(self.zone).date()) if self.spans else ()

    def current(self, now: datetime) -> Window | None:
        """The window in which `now` lies; of several the one that ends last."""
        inside = [window for window in self._around(now) if window.contains(now)]
        return max(inside, key=lambda window: window.ends_at, default=None)

    def next(self, now: datetime) -> Window | None:
        """The first window whose event is still to come."""
        ahead = [window for window in self._around(now) if window.starts_at > now]
        return min(ahead, key=lambda window: window.starts_at, default=None)

    def last_end(self, now: datetime) -> datetime | None:
        """When the latest window that is over has ended."""
        return max((window.ends_at for window in self._around(now) if window.ends_at <= now), default=None)


@lru_cache(maxsize=16)
def _windows_around(plan: Plan, today: date) -> tuple[Window, ...]:
    """Asked for with every order, and the same all day."""
    days = [today + timedelta(days=number) for number in _REACH]
    found = (span.on(day, plan.zone, plan.notice) for span in plan.spans for day in days)
    return tuple(window for window in found if window is not None)


def _moments(day: date, clock: time, zone: ZoneInfo) -> list[datetime]:
    """Every moment in UTC that a wall clock reading can mean: one, or two when the clocks change."""
    local = datetime.combine(day, clock, tzinfo=zone)
    return [local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]


def parse_clock(text: str) -> time:
    """`23:45` or, as IB's own settings spell it, `11:45 PM`. Raises ValueError."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no time of day: write 23:45 or 11:45 PM")
    hour, minute, second, half = int(match[1]), int(match[2]), int(match[3] or 0), (match[4] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(f"{text!r} is no time of day")
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, minute, second)


def parse_spans(text: str) -> tuple[Span, ...]:
    """`Sun 01:00-03:00 weekly login; Fri 23:00-Sat 03:00 weekend; 00:15-01:45 reset`. Raises ValueError."""
    return tuple(_parse_span(part.strip()) for part in text.split(";") if part.strip())


def _parse_span(text: str) -> Span:
    match = _WEEKLY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no window: write Sun 01:00-03:00 weekly login")
    if match["to"] and not match["from"]:
        raise ValueError(f"{text!r} names a day for its end but none for its start")
    day = _day(match["from"])
    return Span(
        name=match["name"] or "planned interruption",
        opens=parse_clock(match["opens"]),
        day=day,
        closes=parse_clock(match["closes"]),
        closing_day=_day(match["to"]) if match["to"] else None,
    )


def _day(name: str | None) -> int | None:
    if name is None:
        return None
    if name.lower() not in DAYS:
        raise ValueError(f"{name!r} is no day: write Mon, Tue, …")
    return DAYS.index(name.lower())


def plan_of(*, restart_time: str, restart_lasts: timedelta, windows: str, zone: str, notice: timedelta) -> Plan:
    """The plan as the settings write it; empty texts plan nothing. Raises ValueError."""
    if restart_lasts <= timedelta(0) or notice < timedelta(0):
        raise ValueError("a restart lasts longer than nothing and is not announced after it")
    spans = list(parse_spans(windows))
    if restart_time.strip():
        spans.append(Span(name=RESTART, opens=parse_clock(restart_time), lasts=restart_lasts))
    try:
        local = ZoneInfo(zone)
    except (LookupError, OSError, ValueError) as error:
        raise ValueError(f"unknown time zone {zone!r}") from error
    return Plan(zone=local, notice=notice, spans=tuple(spans))
