"""Currency pairs on IDEALPRO, with IB's own contract ids.

The ids are in several public programs that trade these pairs, which agree with one another. Prices are plausible round
figures. Every pair moves on its own: crosses do not follow the two pairs they could be made of.
"""

from decimal import Decimal

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market_rules import HALF_PIP, HALF_PIP_YEN

_NAMES = {
    "EUR": "European Monetary Union Euro",
    "GBP": "British pound",
    "USD": "United States dollar",
    "AUD": "Australian dollar",
    "NZD": "New Zealand dollar",
    "CHF": "Swiss franc",
    "CAD": "Canadian dollar",
}
# con_id, base, quote, price, volatility a year
_PAIRS: tuple[tuple[int, str, str, str, float], ...] = (
    (12087792, "EUR", "USD", "1.0850", 0.075),
    (12087797, "GBP", "USD", "1.2700", 0.082),
    (15016059, "USD", "JPY", "153.800", 0.1),
    (14433401, "AUD", "USD", "0.6550", 0.1),
    (39453441, "NZD", "USD", "0.5950", 0.105),
    (15016062, "USD", "CAD", "1.3890", 0.06),
    (12087820, "USD", "CHF", "0.8850", 0.078),
    (12087807, "EUR", "GBP", "0.8545", 0.055),
    (12087817, "EUR", "CHF", "0.9600", 0.055),
    (14321016, "EUR", "JPY", "166.850", 0.09),
    (15016065, "EUR", "AUD", "1.6565", 0.08),
    (15016068, "EUR", "CAD", "1.5070", 0.065),
    (14321015, "GBP", "JPY", "195.300", 0.1),
    (12087826, "GBP", "CHF", "1.1240", 0.075),
    (15016133, "AUD", "JPY", "100.750", 0.12),
    (15016241, "CAD", "JPY", "110.700", 0.1),
    (14321010, "CHF", "JPY", "173.800", 0.1),
)


def forex_pairs() -> list[Instrument]:
    """The pairs, in units of the first currency."""
    return [_pair(*row) for row in _PAIRS]


def _pair(con_id: int, base: str, quote: str, price: str, volatility: float) -> Instrument:
    return Instrument(
        con_id=con_id,
        symbol=base,
        name=_NAMES[base],
        primary_exchange="IDEALPRO",
        stock_type="",
        reference_price=Decimal(price),
        volatility=volatility,
        daily_volume=400_000_000_000,
        currency=quote,
        sec_type="CASH",
        trading_class=f"{base}.{quote}",
        market_rule=HALF_PIP_YEN if quote == "JPY" else HALF_PIP,
        local_symbol=f"{base}.{quote}",
        exchanges=("IDEALPRO",),
        hours="forex",
    )
