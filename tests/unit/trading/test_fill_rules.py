"""Identity of executions and what they add up to."""

from decimal import Decimal as D

import pytest

from trading.domain.fills import net_quantity, split_exec_id
from trading.domain.orders import OrderSide


@pytest.mark.parametrize(
    ("exec_id", "parts"),
    [
        ("0000e1a7.6a3ee99e.01.01", ("0000e1a7.6a3ee99e.01", 1)),
        ("0000e1a7.6a3ee99e.01.02", ("0000e1a7.6a3ee99e.01", 2)),
        ("0000e1a7.6a3ee99e.01.01.03", ("0000e1a7.6a3ee99e.01.01", 3)),
        ("plain", ("plain", 1)),
        ("odd.tail", ("odd.tail", 1)),
    ],
)
def test_split(exec_id: str, parts: tuple[str, int]) -> None:
    assert split_exec_id(exec_id) == parts


def test_sells_take_from_the_position() -> None:
    assert net_quantity([(OrderSide.BUY, D(100)), (OrderSide.SELL, D(130))]) == D(-30)
