"""Rules about executions: identity, revisions, positions."""

from collections.abc import Iterable
from decimal import Decimal

from trading.domain.orders import ZERO, OrderSide


def split_exec_id(exec_id: str) -> tuple[str, int]:
    """Root and revision of an IB execution id: `0001.02.01.02` → (`0001.02.01`, 2).

    A correction keeps the root and raises the digits after the last dot (IB Campus, executions; field
    guide §1.2). An id without a numeric tail is its own root with revision 1.
    """
    root, dot, tail = exec_id.rpartition(".")
    if not dot or not tail.isdigit():
        return exec_id, 1
    return root, int(tail)


def signed_quantity(side: OrderSide, quantity: Decimal) -> Decimal:
    """How a fill moves the position: positive for BUY, negative for SELL."""
    return quantity * side.sign


def net_quantity(fills: Iterable[tuple[OrderSide, Decimal]]) -> Decimal:
    """The position that these fills add up to."""
    return sum((signed_quantity(side, quantity) for side, quantity in fills), ZERO)
