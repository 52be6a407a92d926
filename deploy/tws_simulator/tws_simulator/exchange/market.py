"""The quoted market: price processes, and quotes set by hand.

Unless somebody intervenes, a quote is a function of seed, contract id and time alone. Time is cut into slots of a
quarter of a second; within a slot the quote does not change. An instrument may be given another process from a
moment on (see `processes`), pinned to a quote, or moved to a price from which its process goes on by itself.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Any

from tws_simulator.exchange.calendar import Calendar
from tws_simulator.exchange.depth import ladder
from tws_simulator.exchange.instruments import VENUES, Instrument
from tws_simulator.exchange.noise import log_return, unit
from tws_simulator.exchange.processes.base import Process
from tws_simulator.exchange.processes.build import Start, build, held
from tws_simulator.exchange.processes.derived import Derivation, expiry_moment
from tws_simulator.exchange.processes.path import PathProcess
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
from tws_simulator.exchange.timeline import Timeline
from tws_simulator.exchange.volume import in_lots, usual_volume

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

_RANGE_STEP = 300  # seconds between the points a day's high and low are taken from
_MOMENT = timedelta(microseconds=1)
_CACHED_SLOTS = 4  # of each instrument: now, and a quarter of an hour ago
_DERIVED = {"FUT", "OPT", "FOP"}


def _nothing(con_id: int) -> Instrument | None:
    return None


@dataclass(slots=True)
class _DayRange:
    start: float
    until: float
    opening: Decimal
    previous_close: Decimal
    high: float
    low: float


@dataclass(slots=True)
class Market:
    """Quotes of all instruments. `lookup` finds the instrument a derivative is priced from."""

    seed: int
    calendar: Calendar
    lookup: Callable[[int], Instrument | None] = _nothing
    pinned: dict[int, Pinned] = field(default_factory=dict)
    shifts: dict[int, float] = field(default_factory=dict)
    liquidity: dict[int, float] = field(default_factory=dict)
    """Factors on all sizes of the process, by contract id."""
    halted: dict[int, int] = field(default_factory=dict)
    """Instruments whose trading is halted: 1 for everything, 2 by volatility."""
    version: int = 0
    """Goes up with every intervention."""
    _timelines: dict[int, Timeline] = field(default_factory=dict)
    _ranges: dict[int, _DayRange] = field(default_factory=dict)
    _cache: dict[int, dict[int, Quote]] = field(default_factory=dict)

    # Asking ------------------------------------------------------------------------------------------------------

    def price(self, instrument: Instrument, seconds: float) -> float:
        """The unrounded price of the process at a moment (seconds since the epoch), whatever is pinned."""
        return self._timeline(instrument).at(seconds).price(seconds)

    def traded_price(self, instrument: Instrument, seconds: float) -> float:
        """The price at a moment, as the process or a pinned market gives it."""
        pinned = self.pinned.get(instrument.con_id)
        if pinned is not None and seconds >= pinned.since:
            return float(pinned.at(seconds).last)
        return self.price(instrument, seconds)

    def turns(self, instrument: Instrument, start: float, end: float) -> list[float]:
        """Moments between two others at which the price jumps or turns, in order."""
        pinned = self.pinned.get(instrument.con_id)
        pins = [since for since, _ in pinned.history()] if pinned is not None else []
        found = {moment for moment in pins if start < moment < end}
        for process, since, upto in self._timeline(instrument).pieces(start, end):
            found.update(process.turns(since, upto))
            if since > start:
                found.add(since)
        return sorted(found)

    def quote(self, instrument: Instrument, at: datetime) -> Quote:
        """The quote at a moment."""
        pinned = self.pinned.get(instrument.con_id)
        if pinned is not None and at.timestamp() >= pinned.since:
            return pinned.at(at.timestamp())
        slot = slot_of(self._hours(instrument).last_moment(at))
        cached = self._cache.get(instrument.con_id)
        if cached is None:
            cached = self._cache[instrument.con_id] = {}
        found = cached.get(slot)
        if found is None:
            if len(cached) >= _CACHED_SLOTS:
                cached.clear()
            process = self._timeline(instrument).at(slot * SLOT_SECONDS)
            found = cached[slot] = process.quote_in(slot, self.liquidity.get(instrument.con_id, 1.0))
        return found

    def levels(self, instrument: Instrument, at: datetime, rows: int = 10) -> Levels:
        """The order book at a moment: bids and asks, best first; the first of each is the quote.

        A pinned market shows its quote, and behind it only what it was given.
        """
        quote = self.quote(instrument, at)
        slot = slot_of(self._hours(instrument).last_moment(at))
        pinned = self.pinned.get(instrument.con_id)
        venue = self.venue(instrument, slot - slot % 4)  # rows keep their exchange for a second
        best_bid, best_ask = Level(quote.bid, quote.bid_size, venue), Level(quote.ask, quote.ask_size, venue)
        if pinned is not None:
            return (best_bid, *pinned.bids)[:rows], (best_ask, *pinned.asks)[:rows]
        factor = self.liquidity.get(instrument.con_id, 1.0)
        bids = ladder(self.seed, instrument, best_bid, slot, rows, side="bid", factor=factor)
        asks = ladder(self.seed, instrument, best_ask, slot, rows, side="ask", factor=factor)
        return bids, asks

    def print_in(self, instrument: Instrument, slot: int) -> Print | None:
        """The trade of others in a slot, if any. None while the market is pinned."""
        pinned = self.pinned.get(instrument.con_id)
        if pinned is not None and (slot + 1) * SLOT_SECONDS > pinned.since:
            return None
        if instrument.con_id in self.halted:
            return None
        process = self._timeline(instrument).at(slot * SLOT_SECONDS)
        return process.print_in(slot, self.liquidity.get(instrument.con_id, 1.0))

    def day(self, instrument: Instrument, at: datetime) -> DayStatistics:
        """Open, high, low, previous close and volume of the trading day of this moment."""
        start = self.day_start(instrument, at)
        quote = self.quote(instrument, at)
        known = self._day_range(instrument, start, at, quote)
        return DayStatistics(
            open=known.opening,
            high=max(self._round(instrument, known.high), quote.last, known.opening),
            low=min(self._round(instrument, known.low), quote.last, known.opening),
            previous_close=known.previous_close,
            volume=self.volume_between(instrument, start, at.timestamp()),
        )

    def volume_between(self, instrument: Instrument, start: float, end: float) -> int:
        """Units traded by others between two moments, in round lots."""
        if end <= start:
            return 0
        total = 0.0
        always = self.calendar.name == "always"
        for process, since, upto in self._timeline(instrument).pieces(start, end):
            said = process.volume(since, upto)
            usual = usual_volume(self.seed, instrument, since, upto, always_open=always) if said is None else said
            total += usual
        return in_lots(instrument, total)

    def derivation(self, instrument: Instrument) -> Derivation | None:
        """How a derivative is priced from its underlying; None for anything else."""
        under = self.lookup(instrument.underlying) if instrument.underlying else None
        if under is None or instrument.sec_type not in _DERIVED:
            return None
        return Derivation(
            instrument=instrument,
            underlying=under,
            spot=lambda seconds: self.traded_price(under, seconds),
            volatility=lambda seconds: self.volatility_at(under, seconds),
            expires_at=expiry_moment(instrument, self.calendar),
        )

    def volatility_at(self, instrument: Instrument, seconds: float) -> float:
        """The yearly volatility an instrument had at a moment."""
        return self._timeline(instrument).at(seconds).volatility

    def volatility(self, instrument: Instrument) -> float:
        """The yearly volatility an instrument has now."""
        return self._timeline(instrument).running.volatility

    def shown(self, instrument: Instrument, slot: int) -> tuple[int, int]:
        """What the shown size belongs to: it is offered once for each such key."""
        pinned = self.pinned.get(instrument.con_id)
        if pinned is None:
            return (0, slot)
        return (pinned.version, slot if pinned.replenish else 0)

    def venue(self, instrument: Instrument, slot: int) -> str:
        """The exchange on which a SMART order would trade in this slot."""
        if instrument.sec_type != "STK" or not _is_routed(instrument.exchanges):
            return instrument.primary_exchange
        return _venue_in(self.seed, instrument.con_id, slot)

    def chosen(self) -> dict[int, Process]:
        """The processes somebody chose, by contract id."""
        found = {con_id: row.chosen for con_id, row in sorted(self._timelines.items())}
        return {con_id: process for con_id, process in found.items() if process is not None}

    def process(self, instrument: Instrument) -> Process | None:
        """The process somebody chose for an instrument, None while it runs by itself."""
        return self._timeline(instrument).chosen

    # Intervening -------------------------------------------------------------------------------------------------

    def pin(
        self, instrument: Instrument, quote: Quote, at: datetime, *, replenish: bool = True,
        bids: tuple[Level, ...] = (), asks: tuple[Level, ...] = (),
    ) -> None:  # fmt: skip
        """Hold the market of an instrument at this quote from now on, with these levels behind it."""
        before = self.pinned.get(instrument.con_id)
        pinned = before.moved(quote, at.timestamp()) if before else Pinned(quote, at.timestamp(), version=1)
        pinned.replenish, pinned.bids, pinned.asks = replenish, bids, asks
        self.pinned[instrument.con_id] = pinned
        self._changed()

    def release(self, instrument: Instrument, at: datetime, price: Decimal | None = None) -> None:
        """Let the process run again, from the pinned price or the given one.

        A process somebody chose goes on as it would have; a price ends it.
        """
        timeline = self._timeline(instrument)
        chosen = timeline.chosen
        pinned = self._end_pin(instrument, at)
        if chosen is not None and price is None:
            if pinned is not None:
                timeline.add(_slot_start(at), chosen, chosen=True)
            return
        level = price if price is not None else pinned.quote.mark if pinned else None
        if chosen is not None and level is not None:
            self._resume(instrument, at, level)
        elif level is not None:
            self._shift_to(instrument, at, level)
            if timeline.segments:
                timeline.add(_slot_start(at), timeline.base, chosen=False)
        self._changed()

    def set_process(self, instrument: Instrument, spec: Mapping[str, Any], at: datetime) -> Process:
        """Give an instrument a process from the present slot on. Raises ProcessError, and then changes nothing."""
        process = self.check_process(instrument, spec, at)
        self._end_pin(instrument, at)
        self._timeline(instrument).add(process.since, process, chosen=True)
        self._changed()
        return process

    def check_process(self, instrument: Instrument, spec: Mapping[str, Any], at: datetime) -> Process:
        """The process a configuration would give now. Raises ProcessError with the reason when it cannot be."""
        since = _slot_start(at)
        quote = self.quote(instrument, at)
        middle = self.traded_price(instrument, at.timestamp())
        start = Start(self.seed, instrument, since, quote, middle, self.volatility(instrument))
        return build(spec, start)

    def end_process(self, instrument: Instrument, at: datetime) -> bool:
        """Let an instrument move by itself again, from where it is. Returns whether it did not."""
        if self._timeline(instrument).chosen is None:
            return False
        level = self.quote(instrument, at).mark
        self._end_pin(instrument, at)
        self._resume(instrument, at, level)
        self._changed()
        return True

    def set_liquidity(self, instrument: Instrument, factor: float) -> None:
        """Multiply the sizes others show and trade. 0 empties the book. Raises ValueError below 0."""
        if not (math.isfinite(factor) and factor >= 0):
            raise ValueError("liquidity must be a number of at least 0")
        self.liquidity[instrument.con_id] = factor
        self._changed()

    def timeline(self, instrument: Instrument) -> Timeline:
        """The processes of an instrument."""
        return self._timeline(instrument)

    def changed_timelines(self) -> dict[int, Timeline]:
        """The processes of those instruments that have not always moved by themselves, by contract id."""
        return {con_id: row for con_id, row in self._timelines.items() if row.segments}

    def halt(self, instrument: Instrument, kind: int) -> None:
        """Halt trading (1, or 2 for a volatility halt), or let it go on (0). Quotes stay; nobody trades."""
        if kind:
            self.halted[instrument.con_id] = kind
        else:
            self.halted.pop(instrument.con_id, None)
        self._changed()

    def reset(self) -> None:
        """Forget everything set by hand."""
        self.pinned.clear()
        self.shifts.clear()
        self.liquidity.clear()
        self.halted.clear()
        self._timelines.clear()
        self._changed()

    # Inside ------------------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        """What is derived from an instrument changes with it: forget everything computed."""
        self.version += 1
        self._ranges.clear()
        self._cache.clear()

    def _hours(self, instrument: Instrument) -> Calendar:
        return self.calendar.of(instrument.hours)

    def _timeline(self, instrument: Instrument) -> Timeline:
        found = self._timelines.get(instrument.con_id)
        if found is None:
            found = self._timelines[instrument.con_id] = Timeline(self._base(instrument))
        return found

    def _base(self, instrument: Instrument) -> Process:
        derivation = self.derivation(instrument)
        if derivation is not None:
            path = self._moved(instrument, derivation.price)
            return PathProcess(self.seed, instrument, path, volatility=derivation.underlying.volatility)
        reference, volatility = float(instrument.reference_price), instrument.volatility

        def seeded(seconds: float) -> float:
            return reference * math.exp(log_return(self.seed, instrument.con_id, volatility, seconds))

        return PathProcess(self.seed, instrument, self._moved(instrument, seeded), volatility=volatility)

    def _moved(self, instrument: Instrument, path: Callable[[float], float]) -> Callable[[float], float]:
        """A path on the level it was moved to."""
        con_id = instrument.con_id
        return lambda seconds: path(seconds) * math.exp(self.shifts.get(con_id, 0.0))

    def _end_pin(self, instrument: Instrument, at: datetime) -> Pinned | None:
        """Take the pin off, and keep what it showed as history."""
        pinned = self.pinned.pop(instrument.con_id, None)
        if pinned is not None:
            timeline = self._timeline(instrument)
            timeline.add(pinned.since, held(pinned, timeline.running.volatility), chosen=False)
        self._changed()
        return pinned

    def _resume(self, instrument: Instrument, at: datetime, level: Decimal) -> None:
        """Go on by itself at a level, leaving the past as it was; a derivative follows its underlying again."""
        timeline = self._timeline(instrument)
        if self.derivation(instrument) is not None:
            timeline.add(_slot_start(at), timeline.base, chosen=False)
            return
        quote = self.quote(instrument, at)
        start = Start(self.seed, instrument, _slot_start(at), quote, float(level), instrument.volatility)
        timeline.add(_slot_start(at), build({"kind": "seeded"}, start), chosen=False)

    def _shift_to(self, instrument: Instrument, at: datetime, level: Decimal) -> None:
        now = self._timeline(instrument).base.price(slot_of(at) * SLOT_SECONDS)
        shift = self.shifts.get(instrument.con_id, 0.0)
        self.shifts[instrument.con_id] = shift + math.log(float(level) / now)

    def day_start(self, instrument: Instrument, at: datetime) -> float:
        """When the trading day of a moment began, in seconds since the epoch: the last one that began before it."""
        hours = self._hours(instrument)
        session = hours.session(hours.trading_day(at), regular=True)
        if session is not None and session.start <= at:
            return session.start.timestamp()
        close = hours.previous_close(at)
        before = hours.session(hours.trading_day(close - _MOMENT), regular=True)
        return (before.start if before is not None else close).timestamp()

    def _day_range(self, instrument: Instrument, start: float, at: datetime, quote: Quote) -> _DayRange:
        known = self._ranges.get(instrument.con_id)
        if known is None or known.start != start or known.until > at.timestamp():
            level = self.traded_price(instrument, start)
            previous = self._hours(instrument).previous_close(at).timestamp()
            opening = self._round(instrument, level)
            close = self._round(instrument, self.traded_price(instrument, previous))
            known = _DayRange(start, start, opening, close, level, level)
            self._ranges[instrument.con_id] = known
        until = start + (at.timestamp() - start) // _RANGE_STEP * _RANGE_STEP
        if until > known.until:
            self._widen(instrument, known, until)
        last = float(quote.last)
        known.high, known.low = max(known.high, last), min(known.low, last)
        return known

    def _widen(self, instrument: Instrument, known: _DayRange, until: float) -> None:
        moments = self.turns(instrument, known.until, until)
        while known.until < until:
            known.until += _RANGE_STEP
            moments.append(known.until)
        levels = [self.traded_price(instrument, moment) for moment in moments]
        known.high, known.low = max(known.high, *levels), min(known.low, *levels)

    def _round(self, instrument: Instrument, price: float) -> Decimal:
        tick = instrument.tick_at(Decimal(price))
        return max((Decimal(price) / tick).to_integral_value(ROUND_HALF_EVEN) * tick, tick)


def _slot_start(at: datetime) -> float:
    return slot_of(at) * SLOT_SECONDS


@lru_cache(maxsize=64)
def _is_routed(exchanges: tuple[str, ...]) -> bool:
    return set(VENUES) <= set(exchanges)


@lru_cache(maxsize=1024)
def _venue_in(seed: int, con_id: int, slot: int) -> str:
    return VENUES[int(unit(seed, con_id, slot, "venue") * len(VENUES))]
