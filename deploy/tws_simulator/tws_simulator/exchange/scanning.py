"""Finds the instruments that lead by some figure of the day: what IB's market scanners do."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Market

MAX_ROWS = 50
_US = {"us_equity"}
_ASIAN = {"tokyo", "hong_kong", "sydney", "singapore"}
_OTHER_AMERICAN = {"toronto"}
_NOT_EUROPEAN = _US | _ASIAN | _OTHER_AMERICAN
_MINUTE = timedelta(minutes=1)
_TRADE = 140  # units in a usual trade


@dataclass(frozen=True, slots=True)
class Scan:
    """What is looked for: a code, among instruments of a kind and place, with limits that may be None."""

    code: str
    kind: str
    location: str
    rows: int = MAX_ROWS
    price_above: Decimal | None = None
    price_below: Decimal | None = None
    volume_above: Decimal | None = None
    volume_below: Decimal | None = None
    change_above: Decimal | None = None
    """In percent, as is `change_below`."""
    change_below: Decimal | None = None
    value_above: Decimal | None = None
    """Traded today, in the currency of the instrument."""
    stock_type: str = "ALL"


class Figures:
    """The figures of one instrument's day, each computed when it is asked for."""

    def __init__(self, market: Market, instrument: Instrument, at: datetime) -> None:
        self._market, self._at = market, at
        self.instrument = instrument
        self.last = market.quote(instrument, at).last

    @property
    def close(self) -> float:
        """The last close before today."""
        hours = self._market.calendar.of(self.instrument.hours)
        return self._market.traded_price(self.instrument, hours.previous_close(self._at).timestamp())

    @property
    def opening(self) -> float:
        """Today's first price."""
        return self._market.traded_price(self.instrument, self._market.day_start(self.instrument, self._at))

    @property
    def volume(self) -> int:
        """Units traded today."""
        start = self._market.day_start(self.instrument, self._at)
        return self._market.volume_between(self.instrument, start, self._at.timestamp())

    @property
    def change(self) -> float:
        """Percent since the last close."""
        return (float(self.last) / self.close - 1) * 100

    @property
    def change_since_open(self) -> float:
        """Percent since the opening."""
        return (float(self.last) / self.opening - 1) * 100

    @property
    def gap(self) -> float:
        """Percent between the last close and the opening."""
        return (self.opening / self.close - 1) * 100

    @property
    def value(self) -> float:
        """What was traded today, in the instrument's currency."""
        return self.volume * float(self.last * self.instrument.multiplier) / self.instrument.price_magnifier

    @property
    def heat(self) -> float:
        """Today's volume against that of a usual day."""
        return self.volume / max(1, self.instrument.daily_volume)

    @property
    def rate(self) -> int:
        """Units traded in the last minute."""
        end = self._at.timestamp()
        return self._market.volume_between(self.instrument, end - _MINUTE.total_seconds(), end)

    @property
    def span(self) -> float:
        """Highest less lowest price of today."""
        day = self._market.day(self.instrument, self._at)
        return float(day.high - day.low)

    @property
    def volatility(self) -> float:
        """Yearly volatility."""
        return self._market.volatility(self.instrument)


Score = Callable[[Figures], float]
CODES: dict[str, tuple[str, Score]] = {
    "TOP_PERC_GAIN": ("Top % Gainers", lambda row: row.change),
    "TOP_PERC_LOSE": ("Top % Losers", lambda row: -row.change),
    "MOST_ACTIVE": ("Most Active", lambda row: row.volume),
    "MOST_ACTIVE_USD": ("Most Active ($)", lambda row: row.value),
    "HOT_BY_VOLUME": ("Hot Contracts by Volume", lambda row: row.heat),
    "HOT_BY_PRICE": ("Hot Contracts by Price", lambda row: abs(row.change) / max(row.volatility, 0.01)),
    "HOT_BY_PRICE_RANGE": ("Hot Contracts by Price Range", lambda row: row.span / float(row.last)),
    "TOP_PRICE_RANGE": ("Top Price Range", lambda row: row.span),
    "TOP_OPEN_PERC_GAIN": ("Top % Gainers Since Open", lambda row: row.change_since_open),
    "TOP_OPEN_PERC_LOSE": ("Top % Losers Since Open", lambda row: -row.change_since_open),
    "HIGH_OPEN_GAP": ("Top Close-to-Open % Gainers", lambda row: row.gap),
    "LOW_OPEN_GAP": ("Top Close-to-Open % Losers", lambda row: -row.gap),
    "TOP_TRADE_COUNT": ("Top Trade Count", lambda row: row.volume / _TRADE),
    "TOP_TRADE_RATE": ("Top Trade Rate", lambda row: row.rate / _TRADE),
    "TOP_VOLUME_RATE": ("Top Volume Rate", lambda row: row.rate),
    "HIGH_OPT_IMP_VOLAT": ("Highest Option Imp Vol", lambda row: row.volatility),
    "LOW_OPT_IMP_VOLAT": ("Lowest Option Imp Vol", lambda row: -row.volatility),
}
"""Name of each scan, and what it ranks by, the highest first."""

KINDS: dict[str, tuple[str, Callable[[Instrument], bool]]] = {
    "STK": ("US Stocks", lambda row: row.sec_type == "STK" and row.hours in _US),
    "ETF.EQ.US": (
        "US Equity ETFs", lambda row: row.sec_type == "STK" and row.hours in _US and row.stock_type == "ETF",
    ),
    "STOCK.EU": ("Europe Stocks", lambda row: row.sec_type == "STK" and row.hours not in _NOT_EUROPEAN),
    "STOCK.HK": ("Asia Stocks", lambda row: row.sec_type == "STK" and row.hours in _ASIAN),
    "STOCK.NA": ("America Non-US Stocks", lambda row: row.sec_type == "STK" and row.hours in _OTHER_AMERICAN),
    "FUT.US": ("US Futures", lambda row: row.sec_type == "FUT" and row.currency == "USD"),
    "IND.US": ("US Indices", lambda row: row.sec_type == "IND" and row.currency == "USD"),
}  # fmt: skip
"""Name of each kind of instrument, and which belong to it."""

# All places of a kind, then how single exchanges are named.
_PLACES: dict[str, tuple[tuple[str, ...], str]] = {
    "STK": (("STK.US", "STK.US.MAJOR", "STK.US.MINOR"), "STK."),
    "ETF.EQ.US": (("ETF.EQ.US", "ETF.EQ.US.MAJOR"), "ETF.EQ."),
    "STOCK.EU": (("STK.EU",), "STK.EU."),
    "STOCK.HK": (("STK.HK",), "STK.HK."),
    "STOCK.NA": (("STK.NA",), "STK.NA."),
    "FUT.US": (("FUT.US",), "FUT."),
    "IND.US": (("IND.US",), "IND."),
}


def locations(kind: str, instruments: Iterable[Instrument]) -> list[str]:
    """The places instruments of a kind can be looked for."""
    whole, prefix = _PLACES[kind]
    belongs = KINDS[kind][1]
    exchanges = sorted({row.primary_exchange for row in instruments if belongs(row)})
    return [*whole, *(prefix + name for name in exchanges)]


def scan(market: Market, instruments: Iterable[Instrument], wanted: Scan, at: datetime) -> list[Instrument]:
    """The instruments found, the leading one first; by contract id where they are equal."""
    belongs, score = KINDS[wanted.kind][1], CODES[wanted.code][1]
    whole, prefix = _PLACES[wanted.kind]
    exchange = "" if wanted.location in whole else wanted.location.removeprefix(prefix)
    found: list[tuple[float, int, Instrument]] = []
    for row in instruments:
        if not belongs(row) or (exchange and row.primary_exchange != exchange) or not _is_type(row, wanted.stock_type):
            continue
        figures = Figures(market, row, at)
        if _fits(figures, wanted):
            found.append((-score(figures), row.con_id, row))
    found.sort(key=lambda each: each[:2])
    return [row for _, _, row in found[: wanted.rows]]


def _is_type(row: Instrument, stock_type: str) -> bool:
    if stock_type in {"", "ALL"}:
        return True
    if stock_type in {"STOCK", "CORP"}:
        return row.stock_type == "COMMON"
    return row.stock_type == stock_type


def _fits(figures: Figures, wanted: Scan) -> bool:
    limits: tuple[tuple[Decimal | None, Decimal | None, Callable[[], float]], ...] = (
        (wanted.price_above, wanted.price_below, lambda: float(figures.last)),
        (wanted.volume_above, wanted.volume_below, lambda: figures.volume),
        (wanted.change_above, wanted.change_below, lambda: figures.change),
        (wanted.value_above, None, lambda: figures.value),
    )
    for above, below, figure in limits:
        if above is None and below is None:
            continue
        value = figure()
        if (above is not None and value < above) or (below is not None and value > below):
            return False
    return True
