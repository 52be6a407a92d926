"""Time that nobody can set: for how long something has taken, though the wall clock was stepped meanwhile.

NTP, a person or a resumed machine may move the wall clock by hours in either direction. What must not fire late is
therefore judged by the seconds since boot, which only ever pass, and the wall clock is watched for steps.
"""

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

STEP_SECONDS = 2.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot_seconds() -> float:
    """Seconds that have passed, those of a suspended machine too where the system counts them."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


@functools.cache
def boot_id() -> str:
    """Names this run of this machine: readings of `boot_seconds` compare only within one. Empty where unknown."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class Step:
    """The wall clock jumped by `seconds`, forwards when positive; noticed at the reading `at`."""

    seconds: float
    at: float


class StepWatch:
    """Notices steps between two looks. Slewing, as NTP does for small errors, is none."""

    def __init__(self, *, wall: Callable[[], float] | None = None, elapsed: Callable[[], float] = boot_seconds) -> None:
        """The first look is now."""
        self._wall, self._elapsed = wall or (lambda: time.time()), elapsed
        self._offset = self._wall() - self._elapsed()
        self._last: Step | None = None

    def look(self) -> Step | None:
        """The step since the last look, None when there was none."""
        elapsed = self._elapsed()
        offset = self._wall() - elapsed
        moved, self._offset = offset - self._offset, offset
        if abs(moved) < STEP_SECONDS:
            return None
        self._last = Step(moved, elapsed)
        return self._last

    def recent(self, *, within: float) -> Step | None:
        """The last step noticed, if that was less than `within` seconds ago."""
        if self._last is None or self._elapsed() - self._last.at > within:
            return None
        return self._last


def step_in_words(seconds: float) -> str:
    """For people: `set back by 7200 s`."""
    return f"set {'forward' if seconds > 0 else 'back'} by {abs(seconds):.0f} s"
