"""A price that moves by itself, quoted with a seeded spread, sizes and trades around it."""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tws_simulator.exchange.depth import lot_of
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.noise import unit
from tws_simulator.exchange.processes.bars import PlayedBars
from tws_simulator.exchange.processes.base import Path
from tws_simulator.exchange.quote import SLOT_SECONDS, Print, Quote

_PRINT_CHANCE = {"OPT": 0.04, "FOP": 0.04}
_USUAL_PRINT_CHANCE = 0.35
_PRINT_SEARCH = 40


@dataclass(frozen=True, slots=True)
class Quoting:
    """How wide and how large an instrument is quoted: factors on what is usual for it."""

    spread: float = 1.0
    size: float = 1.0


@dataclass(slots=True)
class PathProcess:
    """Quotes around a path. `spec` is the configuration it was made of."""

    seed: int
    instrument: Instrument
    path: Path
    since: float = -math.inf
    volatility: float = 0.0
    quoting: Quoting = Quoting()
    spec: dict[str, Any] = field(default_factory=dict)
    played: PlayedBars | None = None
    """The bars the path runs through, if it was made of bars."""
    _drawn: dict[str, tuple[int, float]] = field(default_factory=dict, repr=False, compare=False)
    """The last number drawn for each purpose, with the stretch of time it is for. Only a cache."""
    _printed: tuple[int, int] | None = field(default=None, repr=False, compare=False)
    """The last slot that was searched for a trade, and the slot of the trade that was found. Only a cache."""

    def price(self, seconds: float) -> float:
        """The unrounded price at a moment."""
        return self.path(seconds)

    def quote_in(self, slot: int, liquidity: float) -> Quote:
        """The quote of a slot, with the last trade at or before it."""
        bid, ask = self._bid_ask(slot)
        last_slot = self._last_print(slot)
        last_bid, last_ask = (bid, ask) if last_slot == slot else self._bid_ask(last_slot)
        return Quote(
            bid=bid,
            ask=ask,
            bid_size=self._size(slot, "bid", liquidity),
            ask_size=self._size(slot, "ask", liquidity),
            last=last_bid if self._hits_bid(last_slot) else last_ask,
            last_size=self._print_size(last_slot, liquidity),
            last_at=datetime.fromtimestamp(last_slot * SLOT_SECONDS, UTC),
        )

    def print_in(self, slot: int, liquidity: float) -> Print | None:
        """The trade of others in a slot, if any."""
        if not self._prints(slot):
            return None
        size = self._print_size(slot, liquidity)
        return Print(size=size, hits_bid=self._hits_bid(slot)) if size else None

    def turns(self, start: float, end: float) -> list[float]:
        """Where a path made of straight lines turns."""
        return self.played.turns(start, end) if self.played else []

    def volume(self, start: float, end: float) -> int | None:
        """The volume of the bars played; otherwise not said, for the market knows what is usual."""
        return self.played.volume(start, end) if self.played else None

    def describe(self) -> dict[str, Any]:
        """The configuration."""
        return self.spec

    def _bid_ask(self, slot: int) -> tuple[Decimal, Decimal]:
        middle = self.path(slot * SLOT_SECONDS)
        tick = self.instrument.tick_at(Decimal(middle))
        draw = self._draw(slot // 8, "width")
        width = max(1, int(_usual_width(self.instrument, middle / float(tick), draw) * self.quoting.spread))
        steps = max(1, round(middle / float(tick) - width / 2))
        return steps * tick, (steps + width) * tick

    def _size(self, slot: int, side: str, liquidity: float) -> Decimal:
        draw = self._draw(slot // 4, side)
        lot = lot_of(self.instrument)
        if self.instrument.sec_type == "IND":
            return Decimal(0)  # nobody offers an index
        depth = max(2.0, math.sqrt(self.instrument.daily_volume / lot / 10_000) * 1.5)
        return self._scaled(1 + int(depth * draw * draw * 2), lot, liquidity)

    def _print_size(self, slot: int, liquidity: float) -> Decimal:
        lots = 1 + int(self._draw(slot, "size") ** 2 * 9)
        return self._scaled(lots, lot_of(self.instrument), liquidity)

    def _scaled(self, lots: int, lot: int, liquidity: float) -> Decimal:
        factor = liquidity * self.quoting.size
        return Decimal(lots * lot if factor == 1 else int(lots * lot * factor))

    def _prints(self, slot: int) -> bool:
        chance = _PRINT_CHANCE.get(self.instrument.sec_type, _USUAL_PRINT_CHANCE)
        return self._draw(slot, "print") < chance

    def _hits_bid(self, slot: int) -> bool:
        return self._draw(slot, "side") < 0.5

    def _draw(self, stretch: int, purpose: str) -> float:
        known = self._drawn.get(purpose)
        if known is None or known[0] != stretch:
            known = self._drawn[purpose] = stretch, unit(self.seed, self.instrument.con_id, stretch, purpose)
        return known[1]

    def _last_print(self, slot: int) -> int:
        """The slot of the last trade at or before one; what was found for an earlier one need not be searched again."""
        first = slot - _PRINT_SEARCH
        searched, found = self._printed or (first, first)
        usable = searched <= slot and first < found
        end = searched if usable else first
        last = next((row for row in range(slot, end, -1) if self._prints(row)), found if usable else first)
        self._printed = slot, last
        return last


def _usual_width(instrument: Instrument, ticks: float, draw: float) -> float:
    """Spread in ticks at a price of so many ticks. Liquid names quote a tick or two wide, dear ones wider."""
    if instrument.sec_type in {"OPT", "FOP"}:
        return 1 + ticks * (0.01 + 0.03 * draw)
    if instrument.sec_type == "FUT":
        return 1 + 1.15 * draw
    return 1 + ticks / 25_000 + 1.6 * draw
