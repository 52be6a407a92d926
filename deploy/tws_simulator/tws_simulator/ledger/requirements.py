"""The margin of what an account holds, at prices of the present moment.

Stocks as IB publishes it for Reg-T accounts: 25 % long; short 30 %, and for low prices an amount a share; 50 % at the
end of the day (`RegTMargin`). A long option is paid for and needs none; a short one its price and the greater of
20 % of the underlying's value less what it is out of the money and 10 % (Cboe's rule), none when stock covers it, and
what a spread can lose when a long option does. Futures an amount a contract. House and concentration surcharges, other
strategies of options and portfolio margin are left out.
A cash account holds all of what it owns, the whole value of stock, and the strike of the puts it sold.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import NamedTuple

from tws_simulator.ledger import margin_rates as rates
from tws_simulator.ledger.accounts import AccountKind
from tws_simulator.ledger.holding import Holding
from tws_simulator.ledger.option_margin import Cover, option_margin
from tws_simulator.model import ZERO


class Margin(NamedTuple):
    """What must be held to open, to keep, and at the end of the day by Reg-T."""

    initial: Decimal = ZERO
    maintenance: Decimal = ZERO
    reg_t: Decimal = ZERO

    def scaled(self, rate: Decimal) -> "Margin":
        """The same in another currency."""
        return self if rate == 1 else Margin(self.initial * rate, self.maintenance * rate, self.reg_t * rate)


def margins(
    holdings: Iterable[Holding], kind: AccountKind, dollars: Callable[[str], Decimal]
) -> list[tuple[Holding, Margin]]:
    """The margin of each holding in its currency. `dollars` gives the US dollars for one unit of a currency."""
    rows = [row for row in holdings if not row.is_pair and row.position.quantity]
    cover = Cover.of(rows) if any(row.is_option for row in rows) else None
    return [(row, _margin(row, kind, dollars, cover)) for row in rows]


def _margin(holding: Holding, kind: AccountKind, dollars: Callable[[str], Decimal], cover: Cover | None) -> Margin:
    if holding.is_future:
        return _future(holding)
    if cover is not None and holding.is_option:
        needed = option_margin(holding, kind, cover)
        return Margin(needed, needed, needed)
    return _stock(holding, kind, dollars)


def _stock(holding: Holding, kind: AccountKind, dollars: Callable[[str], Decimal]) -> Margin:
    value = abs(holding.value)
    if kind is AccountKind.CASH:
        return Margin(value, value, value)
    if holding.position.quantity > 0:
        return Margin(value * rates.LONG, value * rates.LONG, value * rates.REG_T)
    needed = abs(holding.position.quantity) * _short_share(holding.mark, dollars(holding.instrument.currency))
    return Margin(needed, needed, max(value * rates.REG_T, needed))


def _short_share(mark: Decimal, dollars: Decimal) -> Decimal:
    """Margin of one share sold short."""
    price = mark * dollars
    if price > rates.SHORT_EDGE:
        return mark * rates.SHORT
    if price > rates.SHORT_MIDDLE_EDGE:
        return rates.SHORT_MIDDLE / dollars
    return max(mark, rates.SHORT_LOWEST / dollars)


def _future(holding: Holding) -> Margin:
    contracts = abs(holding.position.quantity)
    instrument = holding.instrument
    per_contract = rates.FUTURES.get(instrument.trading_class) or rates.FUTURES.get(instrument.symbol)
    initial = contracts * per_contract if per_contract is not None else abs(holding.value) * rates.FUTURES_SHARE
    return Margin(initial, initial * rates.MAINTENANCE)
