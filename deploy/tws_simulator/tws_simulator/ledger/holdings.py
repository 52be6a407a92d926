"""What an account holds at prices of the present moment, and the margin of each part.

Stocks as IB publishes it for Reg-T accounts: 25 % long; short 30 %, and for low prices an amount a share; 50 % at the
end of the day (`RegTMargin`). A long option is paid for and needs none; a short one its price and the greater of
20 % of the underlying's value less what it is out of the money and 10 % (Cboe's rule), none when stock or cash covers
it. Futures an amount a contract. House and concentration surcharges, spreads and portfolio margin are left out.
A cash account holds all of what it owns, the whole value of stock, and the strike of the puts it sold.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.ledger import margin_rates as rates
from tws_simulator.ledger.accounts import AccountKind, Position
from tws_simulator.ledger.booking import FUTURES, OPTIONS, PAIRS
from tws_simulator.model import ZERO


@dataclass(frozen=True, slots=True)
class Holding:
    """A position with the value of one unit now. `underlying` is the underlying's price, zero without one."""

    instrument: Instrument
    position: Position
    mark: Decimal
    underlying: Decimal = ZERO

    @property
    def value(self) -> Decimal:
        """Market value, negative when short; the notional value of a future."""
        return self.position.quantity * self.mark

    @property
    def futures_pnl(self) -> Decimal:
        """Gain of a future that is not paid into cash yet."""
        return self.value - self.position.settled_value

    @property
    def is_future(self) -> bool:
        """Whether it is settled every day."""
        return self.instrument.sec_type in FUTURES

    @property
    def is_option(self) -> bool:
        """Whether it is an option."""
        return self.instrument.sec_type in OPTIONS

    @property
    def is_pair(self) -> bool:
        """Whether it only remembers currency trades."""
        return self.instrument.sec_type in PAIRS


@dataclass(frozen=True, slots=True)
class Margin:
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
    cover = {row.instrument.con_id: max(row.position.quantity, ZERO) for row in rows}
    return [(row, _margin(row, kind, dollars, cover)) for row in rows]


def _margin(
    holding: Holding, kind: AccountKind, dollars: Callable[[str], Decimal], cover: dict[int, Decimal]
) -> Margin:
    if holding.is_future:
        return _future(holding)
    if holding.is_option:
        needed = _option(holding, kind, cover)
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


def _option(holding: Holding, kind: AccountKind, cover: dict[int, Decimal]) -> Decimal:
    instrument, quantity = holding.instrument, holding.position.quantity
    if quantity > 0:
        return ZERO
    contracts = -quantity
    if instrument.right == "C":
        contracts -= _covered(instrument, contracts, cover)
    if kind is AccountKind.CASH and instrument.right == "P":
        return contracts * instrument.strike * instrument.multiplier / instrument.price_magnifier
    return contracts * (holding.mark + _naked(holding))


def _covered(instrument: Instrument, contracts: Decimal, cover: dict[int, Decimal]) -> Decimal:
    """Contracts of a short call for which there is stock; the stock is used up."""
    shares = cover.get(instrument.underlying, ZERO)
    covered = min(contracts, shares // instrument.multiplier)
    if covered:
        cover[instrument.underlying] = shares - covered * instrument.multiplier
    return covered


def _naked(holding: Holding) -> Decimal:
    """What one short contract needs besides its price."""
    instrument = holding.instrument
    spot = holding.underlying or instrument.strike
    call = instrument.right == "C"
    out_of_the_money = max(instrument.strike - spot if call else spot - instrument.strike, ZERO)
    share = rates.OPTION_SHARE
    least = (spot if call else instrument.strike) * rates.OPTION_LEAST
    return max(spot * share - out_of_the_money, least) * instrument.multiplier / instrument.price_magnifier
