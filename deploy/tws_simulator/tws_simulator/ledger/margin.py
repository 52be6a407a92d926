"""What an order would change, and whether the account may carry it."""

from decimal import Decimal
from typing import NamedTuple

from tws_simulator.ledger.balances import Balances
from tws_simulator.model import ZERO

__all__ = ["Balances", "MarginChange"]


class MarginChange(NamedTuple):
    """Equity with loan value and requirements before and after an order, in the account's base currency."""

    equity_before: Decimal
    equity_after: Decimal
    margin_before: Decimal
    margin_after: Decimal
    maintenance_before: Decimal = ZERO
    maintenance_after: Decimal = ZERO
    currency: str = "USD"

    @property
    def is_affordable(self) -> bool:
        """Whether the equity afterwards covers the initial margin."""
        return self.margin_after <= self.equity_after

    @classmethod
    def between(cls, before: Balances, after: Balances) -> "MarginChange":
        """From two balances of one account."""
        return cls(
            equity_before=before.equity_with_loan,
            equity_after=after.equity_with_loan,
            margin_before=before.margin,
            margin_after=after.margin,
            maintenance_before=before.maintenance,
            maintenance_after=after.maintenance,
            currency=before.base,
        )
