"""Single trades and quote changes, now and in the past: each slot of time has at most one of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from tws_simulator.exchange.calendar import Calendar, Session
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Market
from tws_simulator.exchange.quote import SLOT_SECONDS, slot_of

_DAY = timedelta(days=1)
_FURTHEST = 40  # days that are searched


@dataclass(frozen=True, slots=True)
class TradeTick:
    """A trade of others."""

    at: datetime
    price: Decimal
    size: Decimal
    venue: str


@dataclass(frozen=True, slots=True)
class QuoteTick:
    """Best prices and sizes from a moment on."""

    at: datetime
    bid: Decimal
    ask: Decimal
    bid_size: Decimal
    ask_size: Decimal

    @property
    def middle(self) -> Decimal:
        """Halfway between bid and ask."""
        return (self.bid + self.ask) / 2


def trade_in(market: Market, instrument: Instrument, slot: int) -> TradeTick | None:
    """The trade of a slot, if any."""
    trade = market.print_in(instrument, slot)
    if trade is None:
        return None
    at = moment_of(slot)
    return TradeTick(at, market.quote(instrument, at).last, trade.size, market.venue(instrument, slot))


def quote_in(market: Market, instrument: Instrument, slot: int) -> QuoteTick:
    """The quote of a slot."""
    quote = market.quote(instrument, moment_of(slot))
    return QuoteTick(moment_of(slot), quote.bid, quote.ask, quote.bid_size, quote.ask_size)


def quote_change_in(
    market: Market, instrument: Instrument, slot: int, *, ignore_size: bool, middle: bool = False
) -> QuoteTick | None:
    """The quote of a slot if it differs from that of the slot before; by prices alone, or by the middle."""
    before, now = quote_in(market, instrument, slot - 1), quote_in(market, instrument, slot)
    if middle:
        return now if now.middle != before.middle else None
    if ignore_size:
        return now if (now.bid, now.ask) != (before.bid, before.ask) else None
    same = (now.bid, now.ask, now.bid_size, now.ask_size) == (before.bid, before.ask, before.bid_size, before.ask_size)
    return None if same else now


def slots_from(hours: Calendar, start: datetime, end: datetime, *, regular: bool) -> Iterator[int]:
    """The slots with trading from a moment up to another, upwards."""
    day = hours.local_day(start)
    last = hours.local_day(end) + _DAY
    while day <= last:
        for session in hours.sessions(day, regular=regular):
            yield from _upwards(session, start, end)
        day += _DAY


def slots_until(hours: Calendar, end: datetime, *, regular: bool, first: date) -> Iterator[int]:
    """The slots with trading before a moment, downwards, for some weeks at most and not before a day."""
    day = hours.local_day(end) + _DAY
    for _ in range(_FURTHEST):
        for session in reversed(hours.sessions(day, regular=regular)):
            yield from _downwards(session, end)
        day -= _DAY
        if day < first:
            return


def moment_of(slot: int) -> datetime:
    """The beginning of a slot."""
    return datetime.fromtimestamp(slot * SLOT_SECONDS, UTC)


def _upwards(session: Session, start: datetime, end: datetime) -> Iterator[int]:
    first, last = max(session.start, start), min(session.end, end)
    if first < last:
        beginning = -(-first.timestamp() // SLOT_SECONDS)
        yield from range(int(beginning), slot_of(last) + (last.timestamp() % SLOT_SECONDS > 0))


def _downwards(session: Session, end: datetime) -> Iterator[int]:
    last = min(session.end, end)
    if session.start < last:
        yield from range(slot_of(last) - (last.timestamp() % SLOT_SECONDS == 0), slot_of(session.start) - 1, -1)
