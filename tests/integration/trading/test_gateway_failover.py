"""Two gateways, one lease: the second takes over when the first dies, freezes or loses the database."""

import contextlib
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest

from config.shared.errors import DeskError
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


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_round_after_round_with_orders_in_flight(own_desk: LiveDesk, tmp_path: Path) -> None:
    """Killed and frozen in turn while orders are on their way: each is at IB once or was refused, never twice.

    `FAILOVER_ROUNDS=20` plays more rounds.
    """
    own_desk.gateway.start()
    own_desk.pin("KO", "61.99", "62.01", size="100000")
    instrument = own_desk.instrument("KO")
    active, orders = own_desk.gateway, []
    for number in range(int(os.environ.get("FAILOVER_ROUNDS", "4"))):
        directory = tmp_path / str(number)
        directory.mkdir()
        standby = GatewayProcess(directory, own_desk.simulator).launch()
        try:
            eventually(lambda standby=standby: "gateway_standing_by" in standby.log(), within=40)
            orders += [own_desk.submit(instrument.symbol, 1, "70.00") for _ in range(10)]
            if number % 2:
                os.kill(active.pid, signal.SIGSTOP)
            else:
                active.kill()
            with contextlib.suppress(DeskError):  # it may still seem to live; refused at once is fine as well
                for _ in range(3):
                    orders.append(own_desk.submit(instrument.symbol, 1, "70.00"))
            standby.wait_for("ready", within=30)
            eventually(lambda active=active: not active.is_running, within=10)
        except BaseException:
            standby.kill()
            raise
        active = standby
    try:
        for order in orders:
            settled = wait_status(order, "filled", "rejected", within=60)
            rows = orders_at_ib(own_desk.simulator, settled)
            assert rows == (1 if settled.status == "filled" else 0), (settled.reject_reason, rows)
            assert sum(quantity for quantity, _ in fills_of(settled)) == rows
    finally:
        active.stop()
