"""What the kill switch lets through, and how patient it is."""

from dataclasses import replace
from decimal import Decimal as D

import pytest

from trading.domain.kill_switch import Terms, closing_side, increases_risk, pause_before, whole_units
from trading.domain.orders import OrderSide

BUY = Terms(side=OrderSide.BUY, quantity=D(10), limit_price=D(100), stop_price=D(90))
SELL = Terms(side=OrderSide.SELL, quantity=D(10), limit_price=D(100), stop_price=D(90))


@pytest.mark.parametrize(
    ("before", "changes", "expected"),
    [
        (BUY, {"quantity": D(11)}, True),
        (BUY, {"quantity": D(9)}, False),
        (BUY, {"limit_price": D(101)}, True),
        (BUY, {"limit_price": D(99)}, False),
        (BUY, {"stop_price": D(89)}, True),
        (replace(BUY, stop_price=None), {"stop_price": D(91)}, True),  # where there was none it can be set off at once
        (BUY, {"stop_price": D(91)}, False),
        (SELL, {"limit_price": D(99)}, True),
        (SELL, {"limit_price": D(101)}, False),
        (SELL, {"stop_price": D(91)}, True),
        (SELL, {"stop_price": D(89)}, False),
        (BUY, {"quantity": D(5), "limit_price": D(101)}, True),
        (BUY, {}, False),
    ],
)
def test_what_adds_risk(before: Terms, changes: dict[str, D], expected: bool) -> None:
    after = {"quantity": before.quantity, "limit_price": before.limit_price, "stop_price": before.stop_price, **changes}
    assert increases_risk(before, Terms(side=before.side, **after)) is expected  # type: ignore[arg-type]


def test_it_asks_ever_less_often_but_never_less_than_once_a_minute() -> None:
    assert [pause_before(n) for n in (1, 2, 3, 6, 500)] == [2, 4, 8, 60, 60]


def test_closing_takes_the_other_side_and_whole_units() -> None:
    assert (closing_side(D("3.5")), whole_units(D("3.5"))) == (OrderSide.SELL, D(3))
    assert (closing_side(D(-7)), whole_units(D(-7))) == (OrderSide.BUY, D(7))


def test_a_change_of_what_nobody_can_weigh_counts_as_more_risk() -> None:
    assert increases_risk(replace(BUY, others=(D(2),)), replace(BUY, others=(D(1),)))
    assert not increases_risk(replace(BUY, others=(D(2),)), replace(BUY, others=(D(2),), quantity=D(5)))
