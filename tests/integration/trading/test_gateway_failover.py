"""Two gateways, one lease: the second takes over when the first dies, freezes or loses the database."""

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest

from tests.fixtures.gateway import GatewayProcess, LiveDesk, fills_of, stays, wait_status
from tests.fixtures.simulator import SimulatorProcess
from tests.fixtures.socket_proxy import SocketProxy
from tests.fixtures.waiting import eventually
from trading.models import GatewayState, Order

pytestmark = pytest.mark.django_db(transaction=True)
TAKEN_OVER_WITHIN = 5.0
SOCKET = ".s.PGSQL.5432"


@pytest.fixture
def second(own_desk: LiveDesk, tmp_path: Path) -> Iterator[GatewayProcess]:
    """The first gateway is active, this one stands by."""
    own_desk.gateway.start()
    standby = GatewayProcess(tmp_path, own_desk.simulator).launch()
    eventually(lambda: "gateway_standing_by" in standby.log(), within=20)
    yield standby
    standby.stop()


def orders_at_ib(simulator: SimulatorProcess, order: Order) -> int:
    rows = simulator.control.get("/state")["orders"]
    return sum(row["order_ref"] == str(order.pk) for row in rows)


def wait_taken_over(second: GatewayProcess, began: float) -> None:
    """Connected and in sync under the second process, in time."""
    second.wait_for("ready", within=15)
    assert time.monotonic() - began < TAKEN_OVER_WITHIN


def test_the_second_one_waits_and_says_nothing(own_desk: LiveDesk, second: GatewayProcess) -> None:
    pid = own_desk.gateway.pid
    assert stays(lambda: GatewayState.objects.get().pid == pid, for_seconds=1.5)
    clients = own_desk.simulator.control.get("/state")["clients"]
    assert len(clients) == 1
    assert second.is_running


def test_after_a_kill(own_desk: LiveDesk, second: GatewayProcess) -> None:
    own_desk.pin("AAPL", "189.99", "190.01")
    resting = wait_status(own_desk.submit("AAPL", 10, "180.00"), "working")
    began = time.monotonic()
    own_desk.gateway.kill()
    wait_taken_over(second, began)
    assert wait_status(resting, "working")
    filled = wait_status(own_desk.submit("AAPL", 5), "filled")
    assert sum(quantity for quantity, _ in fills_of(filled)) == 5
    own_desk.cancel(resting)
    wait_status(resting, "cancelled")


def test_a_frozen_one_is_ended_and_can_send_nothing_any_more(own_desk: LiveDesk, second: GatewayProcess) -> None:
    own_desk.pin("AAPL", "189.99", "190.01")
    wait_status(own_desk.submit("AAPL", 1, "180.00"), "working")
    began = time.monotonic()
    os.kill(own_desk.gateway.pid, signal.SIGSTOP)
    queued = own_desk.submit("AAPL", 7, "181.00")  # the row says ready for some seconds more
    wait_taken_over(second, began)
    os.kill(own_desk.gateway.pid, signal.SIGCONT) if own_desk.gateway.is_running else None
    wait_status(queued, "working", "rejected")
    assert stays(lambda: orders_at_ib(own_desk.simulator, queued) <= 1, for_seconds=2)
    assert eventually(lambda: not own_desk.gateway.is_running, within=5)


def test_cut_from_the_database(own_desk: LiveDesk, tmp_path: Path) -> None:
    """The first one lives and hears IB, but cannot write: it must stop sending, and the second must get in."""
    url = urlsplit(own_desk.gateway.environment["DATABASE_URL"])
    directory = Path(dict(parse_qsl(url.query))["host"])
    near = Path(tempfile.mkdtemp(prefix="pg"))  # a socket's path must be short
    with SocketProxy(listen=near / SOCKET, target=directory / SOCKET) as proxy:
        through = url._replace(query=urlencode({**dict(parse_qsl(url.query)), "host": str(near)}))
        own_desk.gateway.environment["DATABASE_URL"] = urlunsplit(through)
        own_desk.gateway.start()
        standby = GatewayProcess(tmp_path, own_desk.simulator).launch()
        try:
            eventually(lambda: "gateway_standing_by" in standby.log(), within=20)
            own_desk.pin("AAPL", "189.99", "190.01")
            wait_status(own_desk.submit("AAPL", 1, "180.00"), "working")
            began = time.monotonic()
            proxy.freeze()
            wait_taken_over(standby, began)
            order = wait_status(own_desk.submit("AAPL", 3, "182.00"), "working")
            assert orders_at_ib(own_desk.simulator, order) == 1
        finally:
            standby.stop()
