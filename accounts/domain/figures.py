"""Arithmetic of positions and accounts. Plain Python, `Decimal` only."""

from decimal import Decimal

# What the columns hold is far more than there is money; a figure beyond is absurd, and must not block the others.
_BEYOND_AMOUNTS = Decimal("1E20") - 1
_BEYOND_PRICES = Decimal("1E16") - 1


def is_storable_amount(amount: Decimal) -> bool:
    """Whether an amount fits its column; "unset", the largest float, does not either (field guide §6.4)."""
    return amount.is_finite() and abs(amount) < _BEYOND_AMOUNTS


def is_storable_price(price: Decimal) -> bool:
    """Whether a price or quantity fits its column."""
    return price.is_finite() and abs(price) < _BEYOND_PRICES


def parse_amount(text: str) -> Decimal | None:
    """The amount in one of IB's account values; None where IB sent a word, nothing, "unset" or what no column holds."""
    try:
        amount = Decimal(text)
    except (ArithmeticError, ValueError):
        return None
    return amount if is_storable_amount(amount) else None


def is_paper_account(account: str) -> bool:
    """Whether the account number is a paper account's: those begin with D (design §5)."""
    return account.upper().startswith("D")
