"""For how long a command may still be sent, by clocks that can be stepped and one that cannot."""

from dataclasses import dataclass
from datetime import datetime, timedelta

SLACK = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Reading:
    """Seconds since boot, and of which boot; an empty name where the system gives none."""

    boot: str
    seconds: float


def seconds_left(
    *, deadline_at: datetime, now: datetime, allowed: timedelta, asked: Reading, here: Reading
) -> float | None:
    """Seconds until the deadline, at most those `allowed`; none or fewer: too late. None: nobody can tell.

    `deadline_at` and `now` are of the same clock, the database's, which may have been set back in between. On one
    machine the seconds since boot know better. Elsewhere a deadline that is further away than it ever was betrays it,
    and what cannot be judged is not sent.
    """
    by_wall = (deadline_at - now).total_seconds()
    if asked.boot and asked.boot == here.boot:
        age = here.seconds - asked.seconds
        return None if age < 0 else min(by_wall, allowed.total_seconds() - age)
    if by_wall > (allowed + SLACK).total_seconds():
        return None
    return min(by_wall, allowed.total_seconds())
