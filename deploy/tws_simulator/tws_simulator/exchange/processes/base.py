"""What every price process can tell, each a function of its configuration and the moment asked for alone."""

from collections.abc import Callable
from typing import Any, Protocol

from tws_simulator.exchange.quote import Print, Quote

Path = Callable[[float], float]
"""The unrounded price at a moment, in seconds since the epoch."""


class ProcessError(ValueError):
    """A process that cannot be: the message says why, in words for whoever asked for it."""


class Process(Protocol):
    """Prices of one instrument from a moment on (`since`, seconds since the epoch, the start of a slot)."""

    @property
    def since(self) -> float:
        """From when it runs."""

    @property
    def volatility(self) -> float:
        """Yearly volatility, for pricing what is derived from the instrument."""

    def price(self, seconds: float) -> float:
        """The unrounded price at a moment."""

    def quote_in(self, slot: int, liquidity: float) -> Quote:
        """The quote of a slot; sizes are multiplied by `liquidity`."""

    def print_in(self, slot: int, liquidity: float) -> Print | None:
        """The trade of others in a slot, if any."""

    def turns(self, start: float, end: float) -> list[float]:
        """Moments between two others at which the price jumps or turns, beyond any smooth movement."""

    def volume(self, start: float, end: float) -> int | None:
        """What was traded between two moments, None when the process does not say."""

    def describe(self) -> dict[str, Any]:
        """The configuration as JSON; what `build` takes, with `since`."""
