"""Which price list a fill falls under, and what one more fill of an order adds.

Currency pairs: 0.2 basis points of the value down to 0.08 by monthly volume, at least USD 2.00 down to 1.00 an order
(IBKR, "Commissions - Spot currencies", 2025), in the base currency of the account.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.ledger.accounts import Account, Plan
from tws_simulator.ledger.booking import FUTURES, OPTIONS, PAIRS, unit_value
from tws_simulator.ledger.commissions import derivatives, stocks
from tws_simulator.ledger.commissions.tiers import rate_at, rounded, tiers
from tws_simulator.model import ZERO

_PAIR_RATES = tiers(
    (1_000_000_000, "0.000020"), (2_000_000_000, "0.000015"), (5_000_000_000, "0.000010"), (None, "0.000008")
)
_PAIR_MINIMA = tiers((1_000_000_000, "2.00"), (2_000_000_000, "1.50"), (5_000_000_000, "1.25"), (None, "1.00"))


class Deal(NamedTuple):
    """A fill whose commission is asked for. `done` units and `value` (sum of price x units) of the order before it."""

    instrument: Instrument
    is_buy: bool
    quantity: Decimal
    price: Decimal
    day: date
    done: Decimal = ZERO
    value: Decimal = ZERO
    adds: bool = False


class Schedule:
    """The price lists of one account. `rate`: units of the second currency for one of the first."""

    def __init__(self, account: Account, rate: Callable[[str, str], Decimal]) -> None:
        self._account = account
        self._rate = rate

    def currency(self, instrument: Instrument) -> str:
        """What a commission is charged in."""
        return self._account.base if instrument.sec_type in PAIRS else instrument.currency

    def charge(self, deal: Deal) -> Decimal:
        """What a fill costs; negative when rebates are more than the commission.

        The minimum of an order is charged with its first fill; later ones are free until the order has earned it.
        """
        after, value = deal.done + deal.quantity, deal.value + deal.quantity * deal.price
        own = self._order(deal, after, value) - self._order(deal, deal.done, deal.value)
        return rounded(own + self._fees(deal, own))

    def volume_key(self, instrument: Instrument) -> str:
        """Under which name the monthly volume of an instrument is counted."""
        return "future" if instrument.sec_type in FUTURES else instrument.sec_type

    def volume_of(self, instrument: Instrument, quantity: Decimal) -> Decimal:
        """What a fill adds to the monthly volume: units, US dollars for currency pairs."""
        return quantity * self._rate(instrument.symbol, "USD") if instrument.sec_type in PAIRS else quantity

    def _volume(self, instrument: Instrument) -> Decimal:
        return self._account.month_volume.get(self.volume_key(instrument), ZERO)

    def _order(self, deal: Deal, quantity: Decimal, value: Decimal) -> Decimal:
        """IB's own part for an order of which so much was traded."""
        instrument = deal.instrument
        if not quantity:
            return ZERO
        if instrument.sec_type in PAIRS:
            return self._pair(instrument, quantity)
        volume, is_tiered = self._order_volume(deal), self._account.plan is Plan.TIERED
        if instrument.sec_type in FUTURES:
            counted = volume if is_tiered else None
            return derivatives.futures(instrument.symbol, instrument.currency, quantity, instrument.multiplier, counted)
        if instrument.sec_type in OPTIONS:
            return derivatives.options(instrument.currency, quantity, value / quantity, volume)
        money = unit_value(instrument, value)
        if instrument.currency != "USD":
            return stocks.abroad(instrument.currency, quantity, money, is_tiered=is_tiered, volume=volume)
        return stocks.tiered(quantity, money, volume) if is_tiered else stocks.fixed(quantity, money)

    def _order_volume(self, deal: Deal) -> Decimal:
        """The month's volume before this order."""
        return max(self._volume(deal.instrument) - deal.done, ZERO)

    def _fees(self, deal: Deal, own: Decimal) -> Decimal:
        instrument = deal.instrument
        if self._account.plan is not Plan.TIERED or instrument.currency != "USD":
            return ZERO
        money = unit_value(instrument, deal.quantity * deal.price)
        if instrument.sec_type in OPTIONS:
            return derivatives.option_fees(deal.quantity, money, is_buy=deal.is_buy, day=deal.day)
        if instrument.sec_type in PAIRS or instrument.sec_type in FUTURES:
            return ZERO
        return stocks.fees(deal.quantity, money, is_buy=deal.is_buy, adds=deal.adds, own=own, day=deal.day)

    def _pair(self, instrument: Instrument, quantity: Decimal) -> Decimal:
        volume = self._volume(instrument)
        dollars = quantity * self._rate(instrument.symbol, "USD")
        charge = max(dollars * rate_at(_PAIR_RATES, volume), rate_at(_PAIR_MINIMA, volume))
        return charge * self._rate("USD", self._account.base)
