"""A process that is frozen inside a transaction keeps the rest of the desk waiting for some seconds, not for ever."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from config.desk.home import REPOSITORY
from tests.fixtures.api import ORDER, ApiDesk, WebProcess, accept, web_process
from tests.fixtures.gateway import database_url_of_the_tests
from tests.fixtures.waiting import eventually
from tests.integration.api.test_exactly_once import ask
from trading.models import GatewayCommand, Order, StreamEvent, StreamHead

pytestmark = pytest.mark.django_db(transaction=True)
LIMIT = float(settings.LONGEST_IDLE_TRANSACTION.removesuffix("s"))


@pytest.fixture
def web(committed_desk: ApiDesk) -> Iterator[WebProcess]:
    """One web process on the tests' database."""
    with tempfile.TemporaryDirectory(prefix="desk-web-") as directory, web_process(Path(directory)) as process:
        yield process


def sessions(condition: str) -> int:
    """How many sessions of the web process are in this state."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'desk-web'"
            f" AND {condition}"
        )
        return int(cursor.fetchone()[0])


def wait_for(condition: str) -> None:
    """Asked in a thread: its connection is not the one in which the test holds its lock."""

    def ask_again() -> None:
        try:
            eventually(lambda: sessions(condition), within=20)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(ask_again).result()


def test_a_web_process_frozen_with_the_streams_lock_is_ended_by_postgresql(
    committed_desk: ApiDesk, web: WebProcess
) -> None:
    working = committed_desk.placed()
    before = StreamEvent.objects.count()
    body = ORDER | {"client_order_id": "frozen"}
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            StreamHead.objects.select_for_update().get()
            answer = pool.submit(ask, web, committed_desk.trader, "POST", "/api/v1/orders/", body)
            wait_for("wait_event_type = 'Lock'")
            web.signal(signal.SIGSTOP)  # when the lock is free it is given to somebody who cannot go on
        try:
            wait_for("state = 'idle in transaction'")
            began = time.monotonic()
            accept(working)  # as the gateway does: without a limit this waits until somebody kills the frozen one
            waited = time.monotonic() - began
        finally:
            web.signal(signal.SIGCONT)
        status, told = answer.result(timeout=60)
    assert LIMIT * 0.5 < waited < LIMIT + 10
    working.refresh_from_db()
    assert (working.status, StreamEvent.objects.count()) == ("working", before + 1)
    assert status in (500, 503), told  # nothing was committed, and the client is told so
    assert not Order.objects.filter(client_order_id="frozen").exists()
    assert ask(web, committed_desk.trader, "POST", "/api/v1/orders/", body)[0] == 201
    assert GatewayCommand.objects.filter(order__client_order_id="frozen").count() == 1


@pytest.mark.parametrize(("process", "limit"), [("web", "10s"), ("worker", "10s"), ("beat", "10s"), ("manage", "0")])
def test_every_serving_process_has_the_limit_and_people_have_none(
    transactional_db: None, process: str, limit: str
) -> None:
    script = (
        "import django; django.setup(); from django.db import connection; cursor = connection.cursor();"
        "cursor.execute('SHOW idle_in_transaction_session_timeout'); print(cursor.fetchone()[0])"
    )
    environment = {**os.environ, "DATABASE_URL": database_url_of_the_tests(), "DESK_PROCESS": process}
    shown = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == limit
