"""Bars of a file played back: the price runs through open, the extremes and close of each."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from tws_simulator.exchange.processes.base import ProcessError

_FIRST_EXTREME, _SECOND_EXTREME = 0.25, 0.75  # of a bar's length


@dataclass(frozen=True, slots=True)
class FileBar:
    """One bar as it was given; `at` in seconds since the epoch, volume in shares or contracts."""

    at: float
    open: float
    high: float
    low: float
    close: float
    volume: float


class PlayedBars:
    """Bars from a moment on, `speed` times as fast as they were. After the last one its close stays."""

    def __init__(self, bars: Sequence[FileBar], since: float, speed: float) -> None:
        self._starts = [since + (bar.at - bars[0].at) / speed for bar in bars]
        self._bars = bars
        lengths = [after - before for before, after in zip(self._starts, self._starts[1:], strict=False)]
        # The shortest distance is a bar's length: longer ones are nights and weekends.
        self._length = min(lengths, default=60.0 / speed)
        self._volumes = [0.0]
        for bar in bars:
            self._volumes.append(self._volumes[-1] + bar.volume)

    def price(self, seconds: float) -> float:
        """The price at a moment: straight from open to the nearer extreme, to the other one, to close."""
        index = max(0, bisect_right(self._starts, seconds) - 1)
        bar = self._bars[index]
        done = max(0.0, (seconds - self._starts[index]) / self._length)
        if done >= 1:
            return bar.close
        first, second = (bar.low, bar.high) if bar.close >= bar.open else (bar.high, bar.low)
        if done < _FIRST_EXTREME:
            return bar.open + (first - bar.open) * done / _FIRST_EXTREME
        if done < _SECOND_EXTREME:
            return first + (second - first) * (done - _FIRST_EXTREME) / (_SECOND_EXTREME - _FIRST_EXTREME)
        return second + (bar.close - second) * (done - _SECOND_EXTREME) / (1 - _SECOND_EXTREME)

    def turns(self, start: float, end: float) -> list[float]:
        """The moments at which a bar begins, and those of its extremes."""
        first = max(0, bisect_right(self._starts, start) - 1)
        last = bisect_left(self._starts, end)
        shares = (0.0, _FIRST_EXTREME, _SECOND_EXTREME)
        found = [self._starts[row] + share * self._length for row in range(first, last) for share in shares]
        return [moment for moment in found if start < moment < end]

    def volume(self, start: float, end: float) -> int:
        """What was traded between two moments, each bar's volume spread evenly over it."""
        return int(self._traded_until(end) - self._traded_until(start))

    def volatility(self) -> float:
        """Yearly volatility of the closes; 0.3 when there are too few to tell."""
        changes = [
            math.log(after.close / before.close) for before, after in zip(self._bars, self._bars[1:], strict=False)
        ]
        if len(changes) < 10:
            return 0.3
        span = (self._starts[-1] - self._starts[0]) / (365.25 * 86_400)
        return min(max(math.sqrt(sum(change * change for change in changes) / span), 0.01), 5.0)

    def _traded_until(self, seconds: float) -> float:
        index = bisect_right(self._starts, seconds) - 1
        if index < 0:
            return 0.0
        done = min(1.0, (seconds - self._starts[index]) / self._length)
        return self._volumes[index] + self._bars[index].volume * done


def check_bars(bars: Sequence[FileBar]) -> None:
    """Refuse bars that cannot be. Raises ProcessError naming the row (counted from 1)."""
    if not bars:
        raise ProcessError("there are no bars")
    for row, bar in enumerate(bars, start=1):
        numbers = (bar.open, bar.high, bar.low, bar.close, bar.volume)
        if not all(math.isfinite(number) for number in numbers):
            raise ProcessError(f"bar {row}: numbers must be finite")
        if bar.low <= 0 or bar.volume < 0:
            raise ProcessError(f"bar {row}: prices must be positive and volume not negative")
        if not bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high:
            raise ProcessError(f"bar {row}: open and close must lie between low and high")
        if row > 1 and bar.at <= bars[row - 2].at:
            raise ProcessError(f"bar {row}: times must ascend")
