"""Rules about instruments and quotes: price increments, trading sessions, how long a price counts. Plain Python."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# IB still sends zone names that tzdata keeps only as links, or not at all (field guide §6.2).
_LEGACY_ZONES = {"MET": "Europe/Berlin", "EST": "America/New_York", "EST5EDT": "America/New_York"}


FRESH_FOR = timedelta(seconds=30)
"""The gateway asks IB again for a price that has not moved for 20 s; one not confirmed after that is stale."""
CLOCKS_DIFFER_BY = timedelta(seconds=5)
NOT_CONFIRMED = f"IB has not confirmed it for {FRESH_FOR.total_seconds():g} s"


def staleness(at: datetime | None, now: datetime, doubt: str = "") -> str:
    """Why a price of `at` must not be believed at `now`; empty when it may be. `doubt` is the gateway's own."""
    if doubt:
        return doubt
    if at is None:
        return "IB has sent no price"
    if at > now + CLOCKS_DIFFER_BY:
        return "Its time lies in the future: a clock was set"
    return NOT_CONFIRMED if now - at > FRESH_FOR else ""


@dataclass(frozen=True, slots=True)
class Session:
    """One trading session, both ends in UTC, the end excluded."""

    start: datetime
    end: datetime

    def contains(self, moment: datetime) -> bool:
        """Whether the session is running at `moment`."""
        return self.start <= moment < self.end


def is_on_tick(price: Decimal, min_tick: Decimal) -> bool:
    """Whether `price` is a whole number of `min_tick`; a tick of zero allows every price."""
    return min_tick <= 0 or price % min_tick == 0


def zone(name: str) -> ZoneInfo:
    """The time zone IB means by `name`; raises ValueError for a name nobody knows."""
    try:
        return ZoneInfo(_LEGACY_ZONES.get(name, name))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"unknown time zone {name!r}") from error


def parse_sessions(hours: str, zone_id: str) -> list[Session]:
    """Sessions from IB's `tradingHours` or `liquidHours` text.

    `20260105:0400-20260105:2000;20260110:CLOSED`; several sessions of a day may be joined by commas, and the
    second date may be missing in the old form. Raises ValueError on anything else (IB Campus, contract details).
    """
    local = zone(zone_id)
    sessions: list[Session] = []
    for day in filter(None, hours.split(";")):
        date, _, rest = day.partition(":")
        if rest == "CLOSED":
            continue
        sessions.extend(_parse_span(span, date, local) for span in day.split(","))
    return sessions


def _parse_span(span: str, date: str, local: ZoneInfo) -> Session:
    opens, _, closes = span.partition("-")
    start = _parse_moment(opens, date, local)
    end = _parse_moment(closes, date, local)
    if end <= start:
        end += timedelta(days=1)
    return Session(start=start.astimezone(UTC), end=end.astimezone(UTC))


def _parse_moment(text: str, date: str, local: ZoneInfo) -> datetime:
    day, colon, clock = text.partition(":")
    if not colon:
        day, clock = date, text
    return datetime.strptime(day + clock, "%Y%m%d%H%M").replace(tzinfo=local)


def is_open(sessions: Iterable[Session], moment: datetime) -> bool:
    """Whether any session is running at `moment`."""
    return any(session.contains(moment) for session in sessions)


def next_open(sessions: Iterable[Session], moment: datetime) -> datetime | None:
    """When the next session starts after `moment`, or None when the list does not reach that far."""
    return min((session.start for session in sessions if session.start > moment), default=None)
