"""How much prices moved, and how much options say they will."""

import math
from itertools import pairwise

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Market

_DAY = 86_400.0
_OPTIONS = {"OPT", "FOP"}


def realized_volatility(market: Market, instrument: Instrument, seconds: float, days: int = 30) -> float:
    """Yearly volatility of the daily changes of so many days before the day of a moment."""
    midnight = seconds // _DAY * _DAY
    levels = [market.traded_price(instrument, midnight - _DAY * back) for back in range(days, -1, -1)]
    changes = [math.log(after / before) for before, after in pairwise(levels)]
    return math.sqrt(sum(change * change for change in changes) / len(changes) * 365.25)


def implied_volatility_at(market: Market, instrument: Instrument, seconds: float) -> float:
    """The volatility options are priced with: an option's own, else that of the instrument."""
    derivation = market.derivation(instrument) if instrument.sec_type in _OPTIONS else None
    return derivation.implied(seconds) if derivation else market.volatility_at(instrument, seconds)
