"""Rates that depend on how much was traded this month."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

Tier = tuple[Decimal | None, Decimal]
"""Up to this volume (None: any), this rate."""
_PRECISION = Decimal("0.000001")


def tiers(*rows: tuple[int | None, str]) -> tuple[Tier, ...]:
    """Tiers from plain numbers."""
    return tuple((None if limit is None else Decimal(limit), Decimal(rate)) for limit, rate in rows)


def rate_at(rows: Sequence[Tier], volume: Decimal) -> Decimal:
    """The rate for the next unit after `volume` were traded."""
    return next(rate for limit, rate in rows if limit is None or volume < limit)


def marginal(rows: Sequence[Tier], volume: Decimal, quantity: Decimal) -> Decimal:
    """The charge for `quantity` units after `volume`: each unit by the tier it falls in."""
    total, done = Decimal(0), volume
    for limit, rate in rows:
        if quantity <= 0:
            break
        part = quantity if limit is None else min(quantity, max(limit - done, Decimal(0)))
        total += part * rate
        done += part
        quantity -= part
    return total


def rounded(amount: Decimal) -> Decimal:
    """An amount to a millionth."""
    return amount.quantize(_PRECISION, ROUND_HALF_UP)
