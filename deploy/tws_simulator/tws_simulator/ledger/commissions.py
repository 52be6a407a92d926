"""What IB charges: the published Fixed plan for US stocks and ETFs.

USD 0.005 a share, at least USD 1.00 an order, at most 1 % of the order's value; when the maximum is below the
minimum, the maximum is charged (IBKR, "Commissions - Stocks - US - Fixed"). Exchange, clearing and regulatory
fees are part of the Fixed plan except the small fees on sales, which are left out here.
"""

from decimal import ROUND_HALF_UP, Decimal

PER_SHARE = Decimal("0.005")
MINIMUM = Decimal("1.00")
MAXIMUM_SHARE = Decimal("0.01")
_PRECISION = Decimal("0.000001")


def order_commission(quantity: Decimal, value: Decimal) -> Decimal:
    """The commission of `quantity` shares of one order traded for `value` USD in all."""
    charge = max(quantity * PER_SHARE, MINIMUM)
    return min(charge, value * MAXIMUM_SHARE).quantize(_PRECISION, ROUND_HALF_UP)


def next_commission(*, quantity: Decimal, value: Decimal, charged: Decimal) -> Decimal:
    """What one more execution adds, when the order has so far traded `quantity` for `value` and paid `charged`.

    The minimum is charged with the first execution; later ones are free until the order has earned it.
    """
    return order_commission(quantity, value) - charged
