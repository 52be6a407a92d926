"""Selling what one does not have: which shares can be borrowed, and looking for the others."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.ledger.accounts import Account, Locate
from tws_simulator.ledger.options import LedgerRules
from tws_simulator.model import ZERO

BORROWED = frozenset({"STK", "FUND"})


class ShortState(StrEnum):
    """What a sale would be."""

    LONG = "long"
    """It sells what is held, or the instrument needs no borrowing."""
    AVAILABLE = "available"
    """There are shares to borrow."""
    LOCATING = "locating"
    """Held while shares are looked for: IB says `whyHeld=locate` and 404."""
    NONE = "none"
    """There are none."""


def shorted(account: Account, instrument: Instrument, quantity: Decimal) -> Decimal:
    """How many units the account would be short after selling `quantity`, zero when it sells what it holds."""
    if instrument.sec_type not in BORROWED:
        return ZERO
    return max(quantity - account.quantity(instrument.con_id), ZERO)


def short_state(
    account: Account, instrument: Instrument, quantity: Decimal, now: datetime, rules: LedgerRules
) -> ShortState:
    """Whether `quantity` may be sold. Asking for shares that are hard to borrow begins the search for them."""
    wanted = shorted(account, instrument, quantity)
    if not wanted:
        return ShortState.LONG
    if instrument.shortable == "none":
        return ShortState.NONE
    if instrument.shortable != "hard":
        return ShortState.AVAILABLE
    locate = account.locates.get(instrument.con_id)
    if locate is None:
        locate = account.locates[instrument.con_id] = Locate(now)
    if locate.found >= wanted:
        return ShortState.AVAILABLE
    if rules.locate_after is not None and now >= locate.asked_at + rules.locate_after:
        locate.found = wanted
        return ShortState.AVAILABLE
    return ShortState.LOCATING
