"""kill -9 at every instant of a command's way: never lost, never doubled, settled to what IB has.

For each kind of command and each point the real process dies there (`tests/fixtures/crashing_gateway.py`), the next
gateway takes over, and the desk is compared with the simulator.
"""

import sys
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest

from config.desk.home import REPOSITORY
from tests.fixtures.crashing_gateway import POINTS
from tests.fixtures.gateway import GatewayProcess, LiveDesk, wait_status
from tests.fixtures.waiting import eventually
from trading.models import GatewayCommand, Order

pytestmark = pytest.mark.django_db(transaction=True)
NOTHING_WAS_WRITTEN = POINTS[: POINTS.index("after_the_write")]


def at_ib(desk: LiveDesk, order: Order) -> list[dict[str, Any]]:
    return [row for row in desk.simulator.control.get("/state")["orders"] if row.get("order_ref") == str(order.pk)]


def die_at(desk: LiveDesk, point: str, kind: str) -> None:
    """From now on the gateway is one that dies there."""
    desk.gateway.command = [sys.executable, str(REPOSITORY / "tests/fixtures/crashing_gateway.py"), point, kind]
    desk.gateway.start()


def is_dead(desk: LiveDesk) -> bool:
    return not desk.gateway.is_running


def take_over(desk: LiveDesk) -> None:
    """It has died, and an honest gateway starts."""
    eventually(lambda: is_dead(desk), within=20)
    desk.gateway.command = [sys.executable, "manage.py", "run_gateway"]
    desk.gateway.start()


@pytest.fixture
def desk(own_desk: LiveDesk) -> LiveDesk:
    """IB does not know yet whom it will meet."""
    return own_desk


@pytest.mark.parametrize("point", POINTS)
def test_place(desk: LiveDesk, point: str, tmp_path: Path) -> None:
    die_at(desk, point, "place")
    desk.pin("AAPL", "189.99", "190.01")
    order = desk.submit("AAPL", 10, "180.00", client_order_id=f"crash-{point}")
    take_over(desk)
    if point == "in_the_claim":  # never claimed: the next gateway sends it, unless its deadline has passed
        order = wait_status(order, "working", "rejected", within=30)
    elif point in NOTHING_WAS_WRITTEN:
        order = wait_status(order, "unknown", within=30)
    else:
        order = wait_status(order, "working", within=30)
    there = at_ib(desk, order)
    assert len(there) == (order.status == "working")
    if there:
        assert there[0]["perm_id"] == order.ib_perm_id
    again = desk.submit("AAPL", 10, "180.00", client_order_id=f"crash-{point}")  # the client asks again
    assert again.pk == order.pk
    assert GatewayCommand.objects.filter(order=order, kind="place").count() == 1


def working_order(desk: LiveDesk) -> Order:
    desk.pin("AAPL", "189.99", "190.01")
    return wait_status(desk.submit("AAPL", 10, "180.00"), "working", within=30)


@pytest.mark.parametrize("point", POINTS)
def test_modify(desk: LiveDesk, point: str) -> None:
    die_at(desk, point, "modify")
    order = working_order(desk)
    desk.modify(order, limit_price="181.00")
    take_over(desk)
    order = wait_status(order, "working", within=30)
    (there,) = at_ib(desk, order)
    assert D(str(there["limit_price"])) == order.limit_price
    if point not in NOTHING_WAS_WRITTEN:
        assert order.limit_price == D("181")
    elif point != "in_the_claim":
        assert order.limit_price == D("180")


@pytest.mark.parametrize("point", POINTS)
def test_cancel(desk: LiveDesk, point: str) -> None:
    die_at(desk, point, "cancel")
    order = working_order(desk)
    desk.cancel(order)
    take_over(desk)
    order = wait_status(order, "working", "cancelled", within=30)
    (there,) = at_ib(desk, order)
    assert (there["status"] == "Cancelled") == (order.status == "cancelled")
    if point not in NOTHING_WAS_WRITTEN:
        assert order.status == "cancelled"
    elif point != "in_the_claim":
        assert order.status == "working"


def test_a_leader_frozen_inside_its_claim_keeps_nobody_out(desk: LiveDesk, tmp_path: Path) -> None:
    """Its open transaction holds the lease's row and the stream's number: PostgreSQL ends it, and the second begins."""
    die_at(desk, "frozen_in_the_claim", "place")
    desk.pin("AAPL", "189.99", "190.01")
    standby = GatewayProcess(tmp_path, desk.simulator).launch()
    try:
        eventually(lambda: "gateway_standing_by" in standby.log(), within=30)
        order = desk.submit("AAPL", 10, "180.00")
        standby.wait_for("ready", within=20)
        order = wait_status(order, "working", "rejected", within=30)
        assert len(at_ib(desk, order)) == (order.status == "working")
    finally:
        standby.stop()
