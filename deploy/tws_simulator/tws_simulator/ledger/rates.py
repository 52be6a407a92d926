"""What one currency is worth in another, from the simulator's own currency pairs."""

from collections.abc import Callable
from decimal import Decimal

from tws_simulator.errors import BrokerError
from tws_simulator.exchange.instrument_book import InstrumentBook
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Quote
from tws_simulator.model import ContractSpec

ONE = Decimal(1)
HUB = "USD"
# US dollars for one unit, for currencies without a pair on offer. Plausible round figures, not market data.
FIXED: dict[str, Decimal] = {
    "USD": ONE,
    "EUR": Decimal("1.0850"),
    "GBP": Decimal("1.2700"),
    "CHF": Decimal("1.1300"),
    "CAD": Decimal("0.7200"),
    "AUD": Decimal("0.6550"),
    "NZD": Decimal("0.5950"),
    "JPY": Decimal("0.0065"),
    "HKD": Decimal("0.1284"),
    "SGD": Decimal("0.7450"),
    "SEK": Decimal("0.0930"),
    "NOK": Decimal("0.0910"),
    "DKK": Decimal("0.1455"),
    "PLN": Decimal("0.2500"),
    "CZK": Decimal("0.0430"),
    "HUF": Decimal("0.0027"),
    "ILS": Decimal("0.2700"),
    "MXN": Decimal("0.0500"),
    "ZAR": Decimal("0.0550"),
    "CNH": Decimal("0.1380"),
    "INR": Decimal("0.0118"),
    "KRW": Decimal("0.00071"),
}


class Rates:
    """Rates at the present moment. `quote` gives the quote of a contract id now."""

    def __init__(self, book: InstrumentBook, quote: Callable[[int], Quote]) -> None:
        self._book = book
        self._quote = quote
        self._pairs: dict[str, tuple[Instrument, bool] | None] = {}

    def between(self, currency: str, base: str) -> Decimal:
        """Units of `base` for one unit of `currency`."""
        if currency == base:
            return ONE
        return self._dollars(currency) / self._dollars(base)

    def knows(self, currency: str) -> bool:
        """Whether there is a rate for a currency."""
        return currency in FIXED or self._pair(currency) is not None

    def _dollars(self, currency: str) -> Decimal:
        if currency == HUB:
            return ONE
        pair = self._pair(currency)
        if pair is None:
            return FIXED.get(currency, ONE)
        instrument, is_direct = pair
        quote = self._quote(instrument.con_id)
        middle = (quote.bid + quote.ask) / 2
        return middle if is_direct else ONE / middle

    def _pair(self, currency: str) -> tuple[Instrument, bool] | None:
        """The pair with the dollar, and whether it is quoted in dollars."""
        if currency not in self._pairs:
            direct, inverse = self._find(currency, HUB), self._find(HUB, currency)
            self._pairs[currency] = (direct, True) if direct else (inverse, False) if inverse else None
        return self._pairs[currency]

    def _find(self, symbol: str, currency: str) -> Instrument | None:
        spec = ContractSpec(symbol=symbol, sec_type="CASH", currency=currency)
        try:
            return self._book.resolve(spec, needs_exchange=False)
        except BrokerError:
            return None
