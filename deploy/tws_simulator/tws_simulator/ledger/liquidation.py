"""Which positions IB would close when an account lacks margin.

The deficit must stand for the grace period. Then positions are closed, those that bind most margin first, until a tenth
more than the deficit is freed; a long option frees what it is sold for.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from tws_simulator.ledger.accounts import Account
from tws_simulator.ledger.balances import Balances, Rate
from tws_simulator.ledger.holding import Holding
from tws_simulator.ledger.options import LedgerRules
from tws_simulator.ledger.requirements import margins
from tws_simulator.model import ZERO

_MORE = Decimal("1.1")


@dataclass(frozen=True, slots=True)
class Closing:
    """A trade IB makes for an account: `quantity` is signed, positive buys."""

    account: str
    con_id: int
    quantity: Decimal


def is_due(account: Account, balances: Balances, now: datetime, rules: LedgerRules) -> bool:
    """Whether an account is to be liquidated now; keeps since when it lacks margin."""
    if rules.liquidation_grace is None or balances.excess_liquidity >= 0:
        account.deficit_since = None
        return False
    if account.deficit_since is None:
        account.deficit_since = now
    return now >= account.deficit_since + rules.liquidation_grace


def closings(account: Account, holdings: list[Holding], balances: Balances, rate: Rate) -> list[Closing]:
    """What to close so that the account has margin enough."""
    missing = -balances.excess_liquidity * _MORE
    found: list[Closing] = []
    for freed, holding in _by_freed(account, holdings, rate):
        if missing <= 0:
            break
        held = holding.position.quantity
        units = min((missing / freed).to_integral_value(ROUND_CEILING), abs(held))
        missing -= units * freed
        found.append(Closing(account.name, holding.instrument.con_id, -units if held > 0 else units))
    return found


def _by_freed(account: Account, holdings: list[Holding], rate: Rate) -> list[tuple[Decimal, Holding]]:
    """Margin in the base currency that closing one unit frees, and the position; the largest positions first."""
    rows: list[tuple[Decimal, Decimal, int, Holding]] = []
    for holding, margin in margins(holdings, account.kind, lambda currency: rate(currency, "USD")):
        size = abs(holding.position.quantity)
        freed = margin.maintenance / size
        if holding.is_option:
            freed += holding.mark if holding.position.quantity > 0 else -holding.mark
        freed *= rate(holding.instrument.currency, account.base)
        if freed > ZERO:
            rows.append((-freed * size, freed, holding.instrument.con_id, holding))
    rows.sort(key=lambda row: (row[0], row[2]))
    return [(row[1], row[3]) for row in rows]
