"""Arithmetic of positions and accounts. Plain Python, `Decimal` only."""

from decimal import Decimal

# Unset doubles arrive as the largest float; a money figure that size is no figure (field guide §6.4).
_UNSET = Decimal("1E300")


def parse_amount(text: str) -> Decimal | None:
    """The amount in one of IB's account values, or None where IB sent a word, nothing, or "unset"."""
    try:
        amount = Decimal(text)
    except (ArithmeticError, ValueError):
        return None
    return amount if amount.is_finite() and abs(amount) < _UNSET else None


def is_paper_account(account: str) -> bool:
    """Whether the account number is a paper account's: those begin with D (design §5)."""
    return account.upper().startswith("D")
