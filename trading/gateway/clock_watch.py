"""The gateway's clock against the seconds since boot, the database's clock and IB's: said, never silently believed."""

import time
from datetime import datetime

from config.shared.clock import StepWatch, boot_seconds, step_in_words
from config.shared.correlation import get_logger

log = get_logger(__name__)

STEP_TOLD_FOR = 600.0
DIFFERENCE = 3.0
"""IB tells whole seconds, and an answer takes a moment."""


class ClockWatch:
    """`sentence` is what `/health` and the gateway's state say; empty while all clocks agree."""

    def __init__(self) -> None:
        self._steps = StepWatch()
        self._ahead: dict[str, float] = {}

    def look(self) -> None:
        """Notice a step since the last look."""
        if (step := self._steps.look()) is not None:
            log.warning("clock_stepped", seconds=round(step.seconds, 1))

    def compare(self, whose: str, seconds: float) -> None:
        """Another clock has just said `seconds` since 1970."""
        ahead = time.time() - seconds
        if abs(ahead) >= DIFFERENCE and abs(self._ahead.get(whose, 0.0)) < DIFFERENCE:
            log.warning("clock_differs", whose=whose, ahead_seconds=round(ahead, 1))
        self._ahead[whose] = ahead

    def compare_time(self, whose: str, at: datetime) -> None:
        """The same, for an aware time."""
        self.compare(whose, at.timestamp())

    @property
    def sentence(self) -> str:
        """Everything there is to say now."""
        parts = []
        if (step := self._steps.recent(within=STEP_TOLD_FOR)) is not None:
            ago = int(boot_seconds() - step.at) // 60
            when = f"{ago} min ago" if ago else "just now"
            parts.append(f"The clock of the gateway's machine was {step_in_words(step.seconds)} {when}")
        for whose, ahead in self._ahead.items():
            if abs(ahead) >= DIFFERENCE:
                word = "ahead of" if ahead > 0 else "behind"
                parts.append(f"The gateway's clock is {abs(ahead):.0f} s {word} {whose}")
        return "; ".join(parts)
