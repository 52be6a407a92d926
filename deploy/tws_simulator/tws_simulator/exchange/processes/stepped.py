"""Prices that stand still and jump at given moments: constant, scripted and recorded ones."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from tws_simulator.exchange.quote import SLOT_SECONDS, Print, Quote


@dataclass(slots=True)
class SteppedProcess:
    """Quotes, each from its moment (ascending, seconds since the epoch) until the next one; the last one stays.

    `trades` says which steps are trades of others. `volatility` is what derivatives are priced with.
    """

    moments: Sequence[float]
    quotes: Sequence[Quote]
    trades: Sequence[bool]
    volatility: float
    spec: dict[str, Any]

    @property
    def since(self) -> float:
        """The moment of the first step."""
        return self.moments[0]

    def price(self, seconds: float) -> float:
        """The last price at a moment."""
        return float(self._at(seconds).last)

    def quote_in(self, slot: int, liquidity: float) -> Quote:
        """The quote of the last step that begins before the slot ends."""
        quote = self.quotes[max(0, bisect_left(self.moments, (slot + 1) * SLOT_SECONDS) - 1)]
        if liquidity == 1:
            return quote
        sizes = [Decimal(int(size * Decimal(liquidity))) for size in (quote.bid_size, quote.ask_size, quote.last_size)]
        return replace(quote, bid_size=sizes[0], ask_size=sizes[1], last_size=sizes[2])

    def print_in(self, slot: int, liquidity: float) -> Print | None:
        """The trades of a slot as one."""
        first = bisect_left(self.moments, slot * SLOT_SECONDS)
        end = bisect_left(self.moments, (slot + 1) * SLOT_SECONDS)
        traded = [self.quotes[index] for index in range(first, end) if self.trades[index]]
        size = Decimal(int(sum((row.last_size for row in traded), Decimal(0)) * Decimal(liquidity)))
        if not size:
            return None
        return Print(size=size, hits_bid=2 * traded[-1].last <= traded[-1].bid + traded[-1].ask)

    def turns(self, start: float, end: float) -> list[float]:
        """The moments of the steps."""
        return list(self.moments[bisect_right(self.moments, start) : bisect_left(self.moments, end)])

    def volume(self, start: float, end: float) -> int | None:
        """What the trades among the steps add up to; None when no step is a trade."""
        if not any(self.trades):
            return None
        first, last = bisect_left(self.moments, start), bisect_left(self.moments, end)
        return int(sum(self.quotes[index].last_size for index in range(first, last) if self.trades[index]))

    def describe(self) -> dict[str, Any]:
        """The configuration."""
        return self.spec

    def _at(self, seconds: float) -> Quote:
        return self.quotes[max(0, bisect_right(self.moments, seconds) - 1)]
