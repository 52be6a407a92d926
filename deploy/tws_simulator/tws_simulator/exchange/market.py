"""The quoted market: a seeded process, and overrides set by hand.

Without overrides a quote is a function of seed, contract id and time alone. Time is cut into slots of a quarter of
a second; within a slot the quote does not change. An override pins bid, ask, last and sizes ("frozen"), or moves
the level of the process to a price from which it goes on by itself.
"""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from tws_simulator.clock import new_york
from tws_simulator.exchange.calendar import Calendar
from tws_simulator.exchange.depth import ladder, lot_of
from tws_simulator.exchange.instruments import VENUES, Instrument
from tws_simulator.exchange.noise import log_return, unit
from tws_simulator.exchange.quote import (
    SLOT_SECONDS,
    DayStatistics,
    Level,
    Levels,
    Pinned,
    Print,
    Quote,
    manual_quote,
    slot_of,
)

__all__ = [
    "SLOT_SECONDS",
    "DayStatistics",
    "Level",
    "Levels",
    "Market",
    "Pinned",
    "Print",
    "Quote",
    "manual_quote",
    "slot_of",
]

_PRINT_CHANCE = 0.35
_PRINT_SEARCH = 40
_RANGE_STEP = 300  # seconds between the points a day's high and low are taken from


@dataclass(slots=True)
class _DayRange:
    day: str
    until: float
    high: float
    low: float


@dataclass(slots=True)
class Market:
    """Quotes of all instruments."""

    seed: int
    calendar: Calendar
    pinned: dict[int, Pinned] = field(default_factory=dict)
    shifts: dict[int, float] = field(default_factory=dict)
    liquidity: dict[int, float] = field(default_factory=dict)
    """Factors on all sizes of the process, by contract id."""
    _ranges: dict[int, _DayRange] = field(default_factory=dict)
    _cache: dict[int, tuple[int, Quote]] = field(default_factory=dict)

    def price(self, instrument: Instrument, seconds: float) -> float:
        """The unrounded price of the process at a moment (seconds since the epoch)."""
        change = log_return(self.seed, instrument.con_id, instrument.volatility, seconds)
        return float(instrument.reference_price) * math.exp(change + self.shifts.get(instrument.con_id, 0.0))

    def traded_price(self, instrument: Instrument, seconds: float) -> float:
        """The price at a moment, as the process or a pinned market gives it."""
        pinned = self.pinned.get(instrument.con_id)
        if pinned is not None and seconds >= pinned.since:
            return float(pinned.quote.last)
        return self.price(instrument, seconds)

    def quote(self, instrument: Instrument, at: datetime) -> Quote:
        """The quote at a moment."""
        pinned = self.pinned.get(instrument.con_id)
        if pinned is not None:
            return pinned.quote
        slot = slot_of(self.calendar.last_moment(at))
        cached = self._cache.get(instrument.con_id)
        if cached is None or cached[0] != slot:
            cached = (slot, self._quote_in(instrument, slot))
            self._cache[instrument.con_id] = cached
        return cached[1]

    def levels(self, instrument: Instrument, at: datetime, rows: int = 10) -> Levels:
        """The order book at a moment: bids and asks, best first; the first of each is the quote.

        A pinned market shows its quote, and behind it only what it was given.
        """
        quote = self.quote(instrument, at)
        slot = slot_of(self.calendar.last_moment(at))
        pinned = self.pinned.get(instrument.con_id)
        venue = self.venue(instrument, slot)
        best_bid, best_ask = Level(quote.bid, quote.bid_size, venue), Level(quote.ask, quote.ask_size, venue)
        if pinned is not None:
            return (best_bid, *pinned.bids)[:rows], (best_ask, *pinned.asks)[:rows]
        factor = self.liquidity.get(instrument.con_id, 1.0)
        bids = ladder(self.seed, instrument, best_bid, slot, rows, side="bid", factor=factor)
        asks = ladder(self.seed, instrument, best_ask, slot, rows, side="ask", factor=factor)
        return bids, asks

    def set_liquidity(self, instrument: Instrument, factor: float) -> None:
        """Multiply the sizes others show and trade. 0 empties the book. Raises ValueError below 0."""
        if not (math.isfinite(factor) and factor >= 0):
            raise ValueError("liquidity must be a number of at least 0")
        self.liquidity[instrument.con_id] = factor
        self._cache.pop(instrument.con_id, None)

    def print_in(self, instrument: Instrument, slot: int) -> Print | None:
        """The trade of others in a slot, if any. None while the market is pinned."""
        if instrument.con_id in self.pinned or not self._prints(instrument, slot):
            return None
        size = self._print_size(instrument, slot)
        if not size:
            return None
        return Print(size=size, hits_bid=unit(self.seed, instrument.con_id, slot, "side") < 0.5)

    def day(self, instrument: Instrument, at: datetime) -> DayStatistics:
        """Open, high, low, previous close and volume of the trading day of this moment."""
        start = self._day_start(at)
        previous = self.calendar.previous_close(at).timestamp()
        quote = self.quote(instrument, at)
        high, low = self._day_range(instrument, start, at)
        opening = self._round(instrument, self.price(instrument, start))
        return DayStatistics(
            open=opening,
            high=max(self._round(instrument, high), quote.last, opening),
            low=min(self._round(instrument, low), quote.last, opening),
            previous_close=self._round(instrument, self.price(instrument, previous)),
            volume=self.volume_between(instrument, start, at.timestamp()),
        )

    def volume_between(self, instrument: Instrument, start: float, end: float) -> int:
        """Shares traded by others between two moments, in round lots."""
        if end <= start:
            return 0
        day_length = 86_400.0 if self.calendar.name == "always" else 23_400.0
        wobble = 0.6 + 0.8 * unit(self.seed, instrument.con_id, int(start), "volume")
        return int(instrument.daily_volume * (end - start) / day_length * wobble / 100) * 100

    def pin(
        self, instrument: Instrument, quote: Quote, at: datetime, *, replenish: bool = True,
        bids: tuple[Level, ...] = (), asks: tuple[Level, ...] = (),
    ) -> None:  # fmt: skip
        """Hold the market of an instrument at this quote from now on, with these levels behind it."""
        before = self.pinned.get(instrument.con_id)
        since = before.since if before else at.timestamp()
        version = before.version + 1 if before else 1
        self.pinned[instrument.con_id] = Pinned(quote, since, replenish, version, bids, asks)

    def release(self, instrument: Instrument, at: datetime, price: Decimal | None = None) -> None:
        """Let the process run again, from the pinned price or the given one."""
        pinned = self.pinned.pop(instrument.con_id, None)
        level = price if price is not None else pinned.quote.mark if pinned else None
        if level is not None:
            self._shift_to(instrument, at, level)
        self._ranges.pop(instrument.con_id, None)
        self._cache.pop(instrument.con_id, None)

    def shown(self, instrument: Instrument, slot: int) -> tuple[int, int]:
        """What the shown size belongs to: it is offered once for each such key."""
        pinned = self.pinned.get(instrument.con_id)
        if pinned is None:
            return (0, slot)
        return (pinned.version, slot if pinned.replenish else 0)

    def venue(self, instrument: Instrument, slot: int) -> str:
        """The exchange on which a SMART order would trade in this slot."""
        return VENUES[int(unit(self.seed, instrument.con_id, slot, "venue") * len(VENUES))]

    def reset(self) -> None:
        """Forget everything set by hand."""
        self.pinned.clear()
        self.shifts.clear()
        self.liquidity.clear()
        self._ranges.clear()
        self._cache.clear()

    def _shift_to(self, instrument: Instrument, at: datetime, level: Decimal) -> None:
        now = self.price(instrument, slot_of(at) * SLOT_SECONDS)
        shift = self.shifts.get(instrument.con_id, 0.0)
        self.shifts[instrument.con_id] = shift + math.log(float(level) / now)

    def _quote_in(self, instrument: Instrument, slot: int) -> Quote:
        bid, ask = self._bid_ask(instrument, slot)
        last_slot = self._last_print(instrument, slot)
        last_bid, last_ask = (bid, ask) if last_slot == slot else self._bid_ask(instrument, last_slot)
        hits_bid = unit(self.seed, instrument.con_id, last_slot, "side") < 0.5
        return Quote(
            bid=bid,
            ask=ask,
            bid_size=self._size(instrument, slot, "bid"),
            ask_size=self._size(instrument, slot, "ask"),
            last=last_bid if hits_bid else last_ask,
            last_size=self._print_size(instrument, last_slot),
            last_at=datetime.fromtimestamp(last_slot * SLOT_SECONDS, UTC),
        )

    def _bid_ask(self, instrument: Instrument, slot: int) -> tuple[Decimal, Decimal]:
        middle = self.price(instrument, slot * SLOT_SECONDS)
        tick = instrument.min_tick
        # Liquid names quote a cent or two wide; dear ones wider: about a tenth of a basis point to two.
        width = 1 + int(middle / 250 + 1.6 * unit(self.seed, instrument.con_id, slot // 8, "width"))
        bid = (Decimal(middle) / tick - Decimal(width) / 2).to_integral_value(ROUND_HALF_EVEN) * tick
        bid = max(bid, tick)
        return bid, bid + width * tick

    def _size(self, instrument: Instrument, slot: int, side: str) -> Decimal:
        draw = unit(self.seed, instrument.con_id, slot // 4, side)
        depth = max(2.0, math.sqrt(instrument.daily_volume / 1_000_000) * 1.5)
        return self._scaled(instrument, 1 + int(depth * draw * draw * 2))

    def _print_size(self, instrument: Instrument, slot: int) -> Decimal:
        return self._scaled(instrument, 1 + int(unit(self.seed, instrument.con_id, slot, "size") ** 2 * 9))

    def _scaled(self, instrument: Instrument, lots: int) -> Decimal:
        """A number of round lots, made smaller or larger by the liquidity set for the instrument."""
        factor = self.liquidity.get(instrument.con_id)
        shares = lots * lot_of(instrument)
        return Decimal(shares if factor is None else int(shares * factor))

    def _prints(self, instrument: Instrument, slot: int) -> bool:
        return unit(self.seed, instrument.con_id, slot, "print") < _PRINT_CHANCE

    def _last_print(self, instrument: Instrument, slot: int) -> int:
        for candidate in range(slot, slot - _PRINT_SEARCH, -1):
            if self._prints(instrument, candidate):
                return candidate
        return slot - _PRINT_SEARCH

    def _day_start(self, at: datetime) -> float:
        session = self.calendar.session(new_york(at).date(), regular=True)
        if session is None or at < session.start:
            previous = self.calendar.previous_close(at)
            session = self.calendar.session(new_york(previous).date(), regular=True) or session
            if session is None or self.calendar.name == "always":
                return self.calendar.previous_close(at).timestamp()
        return session.start.timestamp()

    def _day_range(self, instrument: Instrument, start: float, at: datetime) -> tuple[float, float]:
        key = str(start)
        known = self._ranges.get(instrument.con_id)
        if known is None or known.day != key:
            level = self.price(instrument, start)
            known = self._ranges[instrument.con_id] = _DayRange(key, start, level, level)
        while known.until + _RANGE_STEP <= at.timestamp():
            known.until += _RANGE_STEP
            level = self.price(instrument, known.until)
            known.high, known.low = max(known.high, level), min(known.low, level)
        last = float(self.quote(instrument, at).last)
        known.high, known.low = max(known.high, last), min(known.low, last)
        return known.high, known.low

    def _round(self, instrument: Instrument, price: float) -> Decimal:
        tick = instrument.min_tick
        return max((Decimal(price) / tick).to_integral_value(ROUND_HALF_EVEN) * tick, tick)
