"""What a market shows at one moment, and quotes set by hand."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

SLOT_SECONDS = 0.25
_MOST_CHANGES = 1000  # of one pin that are remembered


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


@dataclass(frozen=True, slots=True)
class Level:
    """One price of an order book with its size, and the exchange that shows it."""

    price: Decimal
    size: Decimal
    venue: str


Levels = tuple[tuple[Level, ...], tuple[Level, ...]]
"""Bids and asks, the best first."""


@dataclass(slots=True)
class Pinned:
    """A market held by hand since a moment. `replenish` says whether shown sizes come back in the next slot.

    Nothing stands behind the best prices unless `bids` and `asks` say so (best first, behind the quote).
    """

    quote: Quote
    since: float
    replenish: bool = True
    version: int = 0
    bids: tuple[Level, ...] = ()
    asks: tuple[Level, ...] = ()
    earlier: list[tuple[float, Quote]] = field(default_factory=list)
    """What was shown since `since`, each from its moment on, before the present quote."""
    changed: float = 0.0

    def __post_init__(self) -> None:
        """The first quote stands since the beginning."""
        self.changed = max(self.changed, self.since)

    def moved(self, quote: Quote, at: float) -> "Pinned":
        """The same pin with another quote from a moment on."""
        earlier = [*self.earlier, (self.changed, self.quote)][-_MOST_CHANGES:] if at > self.changed else self.earlier
        since = earlier[0][0] if earlier else self.since
        return Pinned(quote, since, version=self.version + 1, earlier=earlier, changed=at)

    def at(self, seconds: float) -> Quote:
        """What was shown at a moment since it began."""
        if seconds >= self.changed:
            return self.quote
        return next((quote for since, quote in reversed(self.earlier) if since <= seconds), self.quote)

    def history(self) -> list[tuple[float, Quote]]:
        """All that was shown, each from its moment on."""
        return [*self.earlier, (self.changed, self.quote)]


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
