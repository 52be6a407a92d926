"""A change that IB made and never echoed, for the connection went: the end of the order tells its terms (seed 5)."""

from decimal import Decimal as D

import pytest

from tests.factories import GatewayCommandFactory
from tests.fixtures.ib_words import Ib, fresh, nothing_open
from trading.models import Order
from trading.models.gateway import CommandKind, CommandStatus

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ib() -> Ib:
    return Ib()


def changed(ib: Ib, status: str, **terms: str) -> Order:
    """A working order of 100 at 190 whose change was sent, and of which nothing more was heard."""
    order = ib.order(quantity=D(100), limit_price=D(190))
    ib.says(ib.open_order(order))
    GatewayCommandFactory(order=order, kind=CommandKind.MODIFY, payload=terms, status=CommandStatus.UNKNOWN)
    Order.objects.filter(pk=order.pk).update(status=status)
    return order


@pytest.mark.parametrize("status", ["pending_replace", "unknown"])
def test_reduced_and_filled(ib: Ib, status: str) -> None:
    order = changed(ib, status, quantity="40")
    ib.says(ib.completed(order, "Filled", "Filled Size: 40", quantity=40.0))
    ib.says(ib.execution(order, "0001.02.01.01", 40, 190.0), nothing_open())
    ib.says(ib.completed(order, "Filled", "Filled Size: 40", quantity=40.0))
    order = fresh(order)
    assert (order.status, order.quantity, order.filled_quantity) == ("filled", D(40), D(40))


@pytest.mark.parametrize("status", ["pending_replace", "unknown"])
def test_another_price_and_filled(ib: Ib, status: str) -> None:
    order = changed(ib, status, limit_price="191")
    ib.says(ib.completed(order, "Filled", "Filled Size: 100", limit_price=191.0))
    ib.says(ib.execution(order, "0001.02.01.01", 100, 191.0))
    order = fresh(order)
    assert (order.status, order.limit_price) == ("filled", D(191))


@pytest.mark.parametrize("status", ["pending_replace", "unknown"])
def test_changed_and_cancelled(ib: Ib, status: str) -> None:
    order = changed(ib, status, quantity="40", limit_price="191")
    ib.says(ib.completed(order, "Cancelled", "Cancelled by Trader", quantity=40.0, limit_price=191.0))
    order = fresh(order)
    assert (order.status, order.quantity, order.limit_price) == ("cancelled", D(40), D(191))


def test_an_end_that_says_nothing_of_the_terms_leaves_them(ib: Ib) -> None:
    order = changed(ib, "pending_replace", quantity="40")
    ib.says(ib.completed(order, "Cancelled", "Cancelled by Trader", quantity=0.0, perm_id=0))
    order = fresh(order)
    assert (order.status, order.quantity) == ("cancelled", D(100))


def test_a_bust_does_not_make_an_order_of_nothing(ib: Ib) -> None:
    """Completed orders name a quantity of zero, and after a bust zero is what is filled (drill, seed 301)."""
    order = ib.order(quantity=D(100), limit_price=D(190))
    ib.says(ib.open_order(order), ib.execution(order, "0001.02.01.01", 100, 190.0))
    ib.says(ib.execution(order, "0001.02.01.02", 0, 190.0))
    ib.says(ib.completed(order, "Filled", "Filled Size: 100", quantity=0.0))
    order = fresh(order)
    assert (order.status, order.quantity, order.filled_quantity) == ("unknown", D(100), D(0))
