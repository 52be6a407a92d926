"""The quoted market: a seeded process, and overrides set by hand.

Without overrides a quote is a function of seed, contract id and time alone. Time is cut into slots of a quarter of
a second; within a slot the quote does not change. An override pins bid, ask, last and sizes ("frozen"), or moves
the level of the process to a price from which it goes on by itself.
"""

import math
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from tws_simulator.clock import new_york
from tws_simulator.exchange.calendar import Calendar
from tws_simulator.exchange.instruments import VENUES, Instrument
from tws_simulator.exchange.noise import log_return, unit

SLOT_SECONDS = 0.25
_PRINT_CHANCE = 0.35
_PRINT_SEARCH = 40
_RANGE_STEP = 300  # seconds between the points a day's high and low are taken from


@dataclass(frozen=True, slots=True)
class Quote:
    """Best prices and sizes (shares) of one instrument at one moment."""

    bid: Decimal
    ask: Decimal
    bid_size: Decimal
    ask_size: Decimal
    last: Decimal
    last_size: Decimal
    last_at: datetime

    @property
    def mark(self) -> Decimal:
        """IB's mark price: the last price, kept between bid and ask."""
        return min(max(self.last, self.bid), self.ask)


@dataclass(frozen=True, slots=True)
class DayStatistics:
    """The trading day so far. Volume in shares."""

    open: Decimal
    high: Decimal
    low: Decimal
    previous_close: Decimal
    volume: int


@dataclass(frozen=True, slots=True)
class Print:
    """A trade of other participants in a slot; `hits_bid` when a seller met the bid."""

    size: Decimal
    hits_bid: bool


@dataclass(slots=True)
class Pinned:
    """A market held by hand since a moment. `replenish` says whether shown sizes come back in the next slot."""

    quote: Quote
    since: float
    replenish: bool = True
    version: int = 0


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

    def print_in(self, instrument: Instrument, slot: int) -> Print | None:
        """The trade of others in a slot, if any. None while the market is pinned."""
        if instrument.con_id in self.pinned or not self._prints(instrument, slot):
            return None
        size = Decimal(100 * (1 + int(unit(self.seed, instrument.con_id, slot, "size") ** 2 * 9)))
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

    def pin(self, instrument: Instrument, quote: Quote, at: datetime, *, replenish: bool = True) -> None:
        """Hold the market of an instrument at this quote from now on."""
        before = self.pinned.get(instrument.con_id)
        since = before.since if before else at.timestamp()
        version = before.version + 1 if before else 1
        self.pinned[instrument.con_id] = Pinned(quote, since, replenish, version)

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
            last_size=Decimal(100 * (1 + int(unit(self.seed, instrument.con_id, last_slot, "size") ** 2 * 9))),
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
        return Decimal(100 * (1 + int(depth * draw * draw * 2)))

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


def slot_of(at: datetime) -> int:
    """The number of the time slot of a moment."""
    return int(at.timestamp() / SLOT_SECONDS)


def manual_quote(base: Quote, at: datetime, **changes: Decimal | None) -> Quote:
    """A quote set by hand on top of another. Raises ValueError when it is crossed or a price is not positive."""
    given = {name: value for name, value in changes.items() if value is not None}
    if any(value <= 0 for name, value in given.items() if not name.endswith("size")):
        raise ValueError("prices must be positive")
    if any(value < 0 for value in given.values()):
        raise ValueError("sizes must not be negative")
    quote = replace(base, **given)  # type: ignore[arg-type]  # only prices and sizes are given
    if quote.bid >= quote.ask:
        raise ValueError(f"bid {quote.bid} must be below ask {quote.ask}")
    if "last" not in given:
        quote = replace(quote, last=quote.mark)
    traded = "last" in given or quote.last != base.last
    return replace(quote, last_at=at) if traded else quote
