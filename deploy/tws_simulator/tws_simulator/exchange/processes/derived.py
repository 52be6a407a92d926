"""Futures and options, priced from what stands under them."""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache

from tws_simulator.clock import NEW_YORK
from tws_simulator.exchange.calendar import Calendar
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.options_pricing import OptionTerms, option_price
from tws_simulator.exchange.processes.base import Path

YEAR = 365.25 * 86_400
# Yearly money market rates, rounded; what dividends take from them.
_RATES = {"USD": 0.043, "EUR": 0.02, "GBP": 0.04, "JPY": 0.005, "CHF": 0.0, "CAD": 0.0275, "AUD": 0.036, "HKD": 0.03}
_DIVIDENDS = {"STK": 0.008, "IND": 0.013}
_OPTIONS = {"OPT", "FOP"}


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a derivative hangs on its underlying: price and yearly volatility of that by time, and the expiry."""

    instrument: Instrument
    underlying: Instrument
    spot: Path
    volatility: Path
    expires_at: float

    def years(self, seconds: float) -> float:
        """Years to expiry at a moment, not below 0."""
        return max(0.0, (self.expires_at - seconds) / YEAR)

    def terms(self, seconds: float) -> OptionTerms:
        """The option at a moment."""
        rate = _RATES.get(self.instrument.currency, 0.03)
        return OptionTerms(
            is_call=self.instrument.right.startswith("C"),
            strike=float(self.instrument.strike),
            years=self.years(seconds),
            rate=rate,
            # An option on a future is one on something that costs nothing to hold.
            dividend_yield=rate if self.underlying.sec_type == "FUT" else dividend_yield(self.underlying),
        )

    def implied(self, seconds: float, spot: float | None = None) -> float:
        """The volatility the market sees at this strike: more for low strikes, and at both ends."""
        terms, usual = self.terms(seconds), self.volatility(seconds)
        level = max(self.spot(seconds) if spot is None else spot, 1e-9)
        away = math.log(terms.strike / level) / (usual * math.sqrt(max(terms.years, 7 / 365.25)))
        smile = 1 - 0.08 * away + 0.03 * away * away
        return usual * min(max(smile, 0.6), 2.5)

    def price(self, seconds: float) -> float:
        """The price of the derivative at a moment."""
        spot = self.spot(seconds)
        if self.instrument.sec_type in _OPTIONS:
            return option_price(self.terms(seconds), spot, self.implied(seconds, spot))
        return spot * math.exp(carry(self.instrument, self.underlying) * self.years(seconds))


def carry(instrument: Instrument, underlying: Instrument) -> float:
    """Yearly cost of holding the underlying of a future until it is due."""
    return _RATES.get(instrument.currency, 0.03) - dividend_yield(underlying)


def dividend_yield(underlying: Instrument) -> float:
    """What holding the underlying yields a year."""
    if underlying.sec_type == "CASH":
        return _RATES.get(underlying.symbol, 0.03)
    return _DIVIDENDS.get(underlying.sec_type, 0.0)


def expiry_moment(instrument: Instrument, calendar: Calendar) -> float:
    """The end of regular trading on the last day, in seconds since the epoch."""
    return _expiry(instrument.expiry, calendar.of(instrument.hours))


@lru_cache(maxsize=4096)
def _expiry(text: str, calendar: Calendar) -> float:
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return datetime(2100, 1, 1, tzinfo=UTC).timestamp()
    session = calendar.session(day, regular=True)
    if session is None:
        return datetime.combine(day, time(16), NEW_YORK).timestamp()
    return session.end.timestamp()
