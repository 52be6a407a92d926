"""Something is away while a client POSTs an order over REST: afterwards no late order at IB and no wrong state.

A real web process, a real gateway, a real PostgreSQL and the simulator; the deadline of commands is three seconds.
"""

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
from django.db import connection, transaction

from tests.fixtures.api import WebProcess, web_process
from tests.fixtures.gateway import ACCOUNT, LiveDesk, events_of, stays, wait_status
from tests.fixtures.socket_proxy import SocketProxy
from tests.fixtures.waiting import eventually
from tests.integration.api.test_exactly_once import Answer, ask
from trading.models import GatewayCommand, GatewayState, Order, StreamHead

pytestmark = pytest.mark.django_db(transaction=True)
DEADLINE = 3.0
ORDERS = "/api/v1/orders/"
SOCKET = ".s.PGSQL.5432"


@pytest.fixture
def desk(own_desk: LiveDesk, monkeypatch: pytest.MonkeyPatch) -> LiveDesk:
    """A gateway in sync; AAPL at 189.99 to 190.01. The web processes of these tests get the same deadline."""
    monkeypatch.setenv("IB_COMMAND_DEADLINE_SECONDS", str(DEADLINE))
    own_desk.gateway.environment["IB_COMMAND_DEADLINE_SECONDS"] = str(DEADLINE)
    own_desk.gateway.start()
    own_desk.pin("AAPL", "189.99", "190.01")
    own_desk.instrument("AAPL")
    return own_desk


@pytest.fixture
def web(desk: LiveDesk) -> Iterator[WebProcess]:
    """The entrance."""
    with tempfile.TemporaryDirectory(prefix="desk-web-") as directory, web_process(Path(directory)) as process:
        yield process


def post(web: WebProcess, desk: LiveDesk, name: str) -> Answer:
    """A limit order that rests, under an id of the client's."""
    body = {"symbol": "AAPL", "side": "BUY", "quantity": "1", "order_type": "LMT", "limit_price": "180.00"}
    return ask(web, desk.user, "POST", ORDERS, body | {"account": ACCOUNT, "client_order_id": name})


def told(web: WebProcess, desk: LiveDesk, order_id: str) -> dict[str, Any]:
    """What a client reads of the order now."""
    status, body = ask(web, desk.user, "GET", f"{ORDERS}{order_id}/", {})
    assert status == 200, body
    return body


def at_ib(desk: LiveDesk) -> list[str]:
    """References of everything the other side has been sent."""
    return [str(row["order_ref"]) for row in desk.simulator.control.get("/state")["orders"]]


@contextmanager
def frozen_gateway(desk: LiveDesk) -> Iterator[None]:
    """Its row goes on saying ready for some seconds: that is the window this is about."""
    os.kill(desk.gateway.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(desk.gateway.pid, signal.SIGCONT)


def assert_never_sent(web: WebProcess, desk: LiveDesk, order_id: str) -> None:
    """Refused for good with the reason, and silent at IB for longer than any command lives."""
    order = wait_status(Order.objects.get(pk=order_id), "rejected", within=30)
    body = told(web, desk, order_id)
    assert (body["status"], body["reject_code"]) == ("rejected", "IB_CONNECTION_FAILED")
    assert GatewayCommand.objects.get(order=order).status == "expired"
    assert order.ib_order_id is None
    assert stays(lambda: order_id not in at_ib(desk), for_seconds=DEADLINE + 1)
    assert Order.objects.get(pk=order_id).status == "rejected"
    assert events_of(order)[-1] == "send_expired"


def test_the_gateway_is_frozen_past_the_deadline(desk: LiveDesk, web: WebProcess) -> None:
    with frozen_gateway(desk):
        status, order = post(web, desk, "frozen")
        assert (status, order["status"]) == (201, "pending_submit")
        time.sleep(DEADLINE + 0.5)
        assert told(web, desk, order["id"])["status"] == "pending_submit"  # nobody knows more yet
        eventually(lambda: not GatewayState.objects.get().is_alive, within=20)
        refused, error = post(web, desk, "refused")
        assert (refused, error["error_code"]) == (503, "IB_CONNECTION_FAILED")
        assert not Order.objects.filter(client_order_id="refused").exists()
        repeated, again = post(web, desk, "frozen")
        assert (repeated, again["id"]) == (200, order["id"])
    assert_never_sent(web, desk, order["id"])
    desk.gateway.wait_for("ready", within=40)
    status, after = post(web, desk, "after")
    assert status == 201
    wait_status(Order.objects.get(pk=after["id"]), "working", within=30)
    assert at_ib(desk) == [after["id"]]


def test_the_gateway_is_frozen_for_a_moment(desk: LiveDesk, web: WebProcess) -> None:
    with frozen_gateway(desk):
        _, order = post(web, desk, "frozen")
    order_row = wait_status(Order.objects.get(pk=order["id"]), "working", "rejected", within=30)
    assert stays(lambda: len(at_ib(desk)) == (order_row.status == "working"), for_seconds=DEADLINE + 1)


def test_the_link_is_down_when_the_order_would_go(desk: LiveDesk, web: WebProcess) -> None:
    """The POST came while the row still said ready; the gateway learns of the lost link before it can send."""
    with frozen_gateway(desk):
        desk.fault("link_down")
        status, order = post(web, desk, "unlinked")
        assert status == 201
    desk.gateway.wait_for("degraded", within=20)
    refused, error = post(web, desk, "refused")
    assert (refused, error["error_code"]) == (503, "IB_CONNECTION_FAILED")
    wait_status(Order.objects.get(pk=order["id"]), "rejected", within=30)
    desk.fault("link_up", data_lost=True)  # whatever had been handed over would go out now
    desk.gateway.wait_for("ready", within=40)
    assert_never_sent(web, desk, order["id"])
    assert at_ib(desk) == []
    assert not Order.objects.filter(client_order_id="refused").exists()


def test_the_link_comes_and_goes_among_posts(desk: LiveDesk, web: WebProcess) -> None:
    """Wherever it catches an order: at IB once, or refused and never there."""
    answers = []
    for number in range(6):
        with ThreadPoolExecutor(1) as pool:
            posting = pool.submit(post, web, desk, f"among-{number}")
            desk.fault("link_down")
            answers.append(posting.result(timeout=60))
        desk.fault("link_up")
        desk.gateway.wait_for("ready", within=40)
    assert {status for status, _ in answers} <= {201, 503}
    placed = [body["id"] for status, body in answers if status == 201]
    assert Order.objects.count() == len(placed)
    time.sleep(DEADLINE)
    for order_id in placed:
        order = wait_status(Order.objects.get(pk=order_id), "working", "rejected", within=40)
        assert at_ib(desk).count(order_id) == (order.status == "working"), events_of(order)
    assert set(at_ib(desk)) <= set(placed)


@pytest.mark.parametrize("way", ["cut", "silent"])
def test_the_database_goes_away_before_the_commit(desk: LiveDesk, way: str) -> None:
    """The order is written and waits for its number when the connection is lost: there is none, then there is one."""
    url = urlsplit(desk.gateway.environment["DATABASE_URL"])
    query = dict(parse_qsl(url.query))
    near = Path(tempfile.mkdtemp(prefix="pg"))  # a socket's path must be short
    through = urlunsplit(url._replace(query=urlencode({**query, "host": str(near)})))
    with (
        SocketProxy(listen=near / SOCKET, target=Path(query["host"]) / SOCKET) as proxy,
        tempfile.TemporaryDirectory(prefix="desk-web-") as directory,
        web_process(Path(directory), DATABASE_URL=through) as web,
        ThreadPoolExecutor(1) as pool,
    ):
        # signed in and warm: the gateway waits for the lock as well, and its row says ready for five seconds only
        assert ask(web, desk.user, "GET", ORDERS, {})[0] == 200
        with transaction.atomic():
            StreamHead.objects.select_for_update().get()
            posting = pool.submit(post, web, desk, "cut-off")
            eventually(lambda: posting.done() or "Lock" in waiting_of_the_web(), within=20)
            assert not posting.done(), posting.result()
            if way == "cut":
                proxy.close()
            else:
                proxy.freeze()
        if way == "cut":
            status, body = posting.result(timeout=60)
            assert status in (0, 500, 503), body
        began = time.monotonic()
        assert stays(lambda: not at_ib(desk), for_seconds=DEADLINE + 1)
        assert not Order.objects.filter(client_order_id="cut-off").exists()
        eventually(lambda: waiting_of_the_web() == [], within=30)  # its transaction is over, its locks are free
        assert time.monotonic() - began < 20
        web.kill()
        proxy.close()
    with tempfile.TemporaryDirectory(prefix="desk-web-") as directory, web_process(Path(directory)) as second:
        status, order = post(second, desk, "cut-off")  # the client asks again
        assert status == 201
        wait_status(Order.objects.get(pk=order["id"]), "working", within=30)
        assert at_ib(desk) == [order["id"]]
        assert Order.objects.count() == GatewayCommand.objects.count() == 1


def waiting_of_the_web() -> list[str]:
    """What the web processes' transactions wait for."""
    with ThreadPoolExecutor(1) as pool:  # another connection than the one that holds the lock
        return pool.submit(_ask_postgresql).result()


def _ask_postgresql() -> list[str]:
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(wait_event_type, '') FROM pg_stat_activity WHERE datname = current_database()"
                " AND application_name = 'desk-web' AND xact_start IS NOT NULL"
            )
            return [row[0] for row in cursor.fetchall()]
    finally:
        connection.close()
