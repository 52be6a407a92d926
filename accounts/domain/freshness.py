"""When a figure is still current: IB speaks only when something changes, so the stream's own life is what counts."""

from datetime import datetime, timedelta

FRESH_FOR = timedelta(seconds=15)
"""The gateway confirms every five seconds that a stream is up; three missed in a row make its figures stale."""
MARKED_FRESH_FOR = timedelta(seconds=260)
"""IB marks a portfolio to market every three minutes at the latest (field guide §6.1)."""


def is_mark_stale(marked_at: datetime | None, confirmed_at: datetime | None, now: datetime) -> bool:
    """Whether price and value of a position are old: IB would have sent newer ones by now."""
    return marked_at is None or now - marked_at > MARKED_FRESH_FOR or is_stale(confirmed_at, now)


def is_stale(confirmed_at: datetime | None, now: datetime) -> bool:
    """Whether nobody knows any more that a figure is still right; never heard of counts as stale."""
    return confirmed_at is None or now - confirmed_at > FRESH_FOR
