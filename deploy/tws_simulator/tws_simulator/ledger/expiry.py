"""The last day of derivatives: options end worthless or become stock, futures are paid out. No execution tells of it.

An option in the money by a cent or more is exercised, or assigned when short: the stock changes hands at the strike
and takes over what the option cost, as IB reports it, so that nothing is realised until the stock is sold. Options on
what cannot be delivered (indices, futures) are paid out in cash. All this happens at the turn of the day after the
last trading day, at prices of that moment; instructions to exercise or to lapse are carried out at the next turn.
"""

from datetime import date
from decimal import Decimal

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.ledger.accounts import Account
from tws_simulator.ledger.booking import FUTURES, OPTIONS, Trade, book
from tws_simulator.ledger.holding import Holding
from tws_simulator.model import ZERO

IN_THE_MONEY = Decimal("0.01")
DELIVERED = frozenset({"STK"})


def is_expired(instrument: Instrument, day: date) -> bool:
    """Whether the last trading day is before this day."""
    return bool(instrument.expiry) and instrument.expiry[:8] < f"{day:%Y%m%d}"


def intrinsic(instrument: Instrument, spot: Decimal) -> Decimal:
    """What an option is worth a share if exercised now."""
    gain = spot - instrument.strike if instrument.right == "C" else instrument.strike - spot
    return max(gain, ZERO)


def end_position(account: Account, holding: Holding, underlying: Instrument | None) -> list[int]:
    """Settle an expired position. Returns the contract ids whose positions changed."""
    instrument = holding.instrument
    if instrument.sec_type in FUTURES:
        close_at(account, holding, holding.position.quantity, holding.mark)
        return [instrument.con_id]
    worth = intrinsic(instrument, holding.underlying)
    lapses = account.exercises.get(instrument.con_id) == 0 and holding.position.quantity > 0
    if worth < IN_THE_MONEY or lapses:
        close_at(account, holding, holding.position.quantity, ZERO)
        return [instrument.con_id]
    return deliver(account, holding, holding.position.quantity, underlying)


def deliver(account: Account, holding: Holding, contracts: Decimal, underlying: Instrument | None) -> list[int]:
    """Exercise (or, short, be assigned) `contracts`, signed like the position. Returns the changed contract ids."""
    instrument = holding.instrument
    if underlying is None or underlying.sec_type not in DELIVERED:
        unit = intrinsic(instrument, holding.underlying) * instrument.multiplier / instrument.price_magnifier
        close_at(account, holding, contracts, unit)
        return [instrument.con_id]
    premium = _release(holding, contracts)
    call = instrument.right == "C"
    shares = contracts * instrument.multiplier * (1 if call else -1)
    strike = instrument.strike / instrument.price_magnifier
    cost = strike + premium if call else strike - premium
    book(account, underlying, Trade(shares, cost, ZERO, underlying.currency))
    # Only the strike is paid; the premium was when the option was traded.
    stock = account.position(underlying.con_id)
    account.add_cash(underlying.currency, shares * (cost - strike))
    stock.day_cash += shares * (cost - strike)
    stock.rebase()
    return [instrument.con_id, underlying.con_id]


def close_at(account: Account, holding: Holding, quantity: Decimal, unit: Decimal) -> None:
    """Close a part of a position at a value per unit, without commission."""
    instrument = holding.instrument
    book(account, instrument, Trade(-quantity, unit, ZERO, instrument.currency))
    account.position(instrument.con_id).rebase()


def _release(holding: Holding, contracts: Decimal) -> Decimal:
    """Take contracts out of a position without profit or cash; the premium a share that they cost."""
    held, instrument = holding.position, holding.instrument
    assert instrument.sec_type in OPTIONS
    premium = held.average_cost / instrument.multiplier
    held.quantity -= contracts
    if not held.quantity:
        held.average_cost = ZERO
    held.rebase()
    return premium
