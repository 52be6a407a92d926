"""Rules about executions: identity, revisions, positions."""

from collections.abc import Iterable
from decimal import Decimal

from trading.domain.orders import ZERO, OrderSide

# IB writes two (`.01`); a third for the execution that is corrected a hundred times.
_REVISION_DIGITS = 3
# A combination's security type: its own executions sum up those of its legs.
COMBINATION = "BAG"


def split_exec_id(exec_id: str) -> tuple[str, int]:
    """Root and revision of an IB execution id: `0001.02.01.02` → (`0001.02.01`, 2).

    A correction keeps the root and raises the digits after the last dot (IB Campus, executions; field
    guide §1.2). An id without such a tail is its own root with revision 1: the longer numbers at the end of older
    and foreign ids tell executions apart, and reading them as revisions would let one fill replace another.
    """
    root, _, tail = exec_id.rpartition(".")
    if not root or not (tail.isascii() and tail.isdigit()) or len(tail) > _REVISION_DIGITS:
        return exec_id, 1
    return root, int(tail)


def better_figure(known: Decimal | None, told: Decimal | None) -> Decimal | None:
    """A commission or profit after one more report: a placeholder or zero never takes the place of a figure.

    IB resends reports with nothing in them, to other clients than the order's for instance (field guide §2.4).
    """
    return told or known if known else (told if told is not None else known)


def signed_quantity(side: OrderSide, quantity: Decimal) -> Decimal:
    """How a fill moves the position: positive for BUY, negative for SELL."""
    return quantity * side.sign


def net_quantity(fills: Iterable[tuple[OrderSide, Decimal]]) -> Decimal:
    """The position that these fills add up to."""
    return sum((signed_quantity(side, quantity) for side, quantity in fills), ZERO)
