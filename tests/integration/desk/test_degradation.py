"""A whole desk while parts of it are away: what `/health` and REST say meanwhile, and that all comes back by itself.

Each test is a row of docs/degradation.md. One desk serves them all; traffic and a subscribed client surround each.
"""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.desk import RunningDesk
from tests.fixtures.outage import Outage, database, frozen, health, hit, redis_of, wait_ok, wait_restarted
from tests.fixtures.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
ERROR_KEYS = {"error_code", "message", "details", "timestamp", "request_id"}


@pytest.fixture(scope="module")
def one_desk() -> Iterator[RunningDesk]:
    root = Path(tempfile.mkdtemp(prefix="desk-worn-"))
    rates = dict.fromkeys(("API_RATE_LOGIN", "API_RATE_USER", "API_RATE_ORDERS", "API_RATE_ANONYMOUS"), "6000/min")
    desk = RunningDesk(root / "home", LOG_DIR=str(root / "logs"), **rates).start()
    yield desk
    desk.stop()
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def desk(one_desk: RunningDesk) -> RunningDesk:
    """Well at the beginning of each test."""
    wait_ok(one_desk)
    return one_desk


def logs_of(desk: RunningDesk) -> Path:
    return Path(desk.environment["LOG_DIR"])


def one_shape(refusals: list[Any]) -> None:
    """Every refusal, whatever was away, has the one shape of errors."""
    for body in refusals:
        if isinstance(body, dict):
            assert set(body) == ERROR_KEYS, body
        else:
            assert "Error" in body or "closed" in body or "refused" in body, body  # no answer came at all


@pytest.mark.parametrize("how", ["kill", "restart"])
def test_postgres_is_restarted(desk: RunningDesk, how: str) -> None:
    with Outage(desk) as outage:
        pid = hit(desk, "postgres", signal.SIGKILL if how == "kill" else signal.SIGINT)
        said = eventually(lambda: (found := health(desk)).status == "down" and found, within=10, every=0.02)
        assert (said.code, said.checks["database"], said.checks["gateway"]) == (503, "down", "down")
        assert said.seconds < 5
        wait_restarted(desk, "postgres", than=pid)
        wait_ok(desk)
    outage.nothing_is_lost()
    one_shape(outage.refusals)
    codes = {body["error_code"] for body in outage.refusals if isinstance(body, dict)}
    assert codes <= {"DATABASE_ERROR", "IB_CONNECTION_FAILED"}


def test_redis_is_flushed(desk: RunningDesk) -> None:
    with Outage(desk) as outage:
        for _ in range(5):
            redis_of(desk).flushall()
            time.sleep(0.5)
        wait_ok(desk)
    outage.nothing_is_lost()
    assert outage.refusals == []


def test_redis_is_killed(desk: RunningDesk) -> None:
    with Outage(desk) as outage:
        pid = hit(desk, "redis")
        said = eventually(lambda: (found := health(desk)).checks["redis"] == "down" and found, within=10, every=0.02)
        assert (said.code, said.status, said.checks["database"]) == (200, "degraded", "ok")
        wait_restarted(desk, "redis", than=pid)
        wait_ok(desk)
    outage.nothing_is_lost()
    one_shape(outage.refusals)


def test_redis_is_unreachable_for_half_a_minute(desk: RunningDesk) -> None:
    with Outage(desk) as outage, frozen(desk.pids()["redis"]):
        until = time.monotonic() + 30
        said = eventually(lambda: (found := health(desk)).checks["redis"] == "down" and found, within=20)
        assert (said.code, said.status, said.checks["gateway"]) == (200, "degraded", "ok")
        placed = sum(intent.order is not None for intent in outage.intents)
        while time.monotonic() < until:
            time.sleep(0.2)
        # orders need no Redis
        assert sum(intent.order is not None for intent in outage.intents) > placed + 20
        assert health(desk).seconds < 5
    wait_ok(desk)
    outage.nothing_is_lost()


@pytest.mark.parametrize("name", ["worker", "beat", "web", "gateway"])
def test_a_process_is_killed(desk: RunningDesk, name: str) -> None:
    with Outage(desk) as outage:
        pid = hit(desk, name)
        if name == "worker":
            said = eventually(lambda: (found := health(desk)).checks["workers"] == "down" and found, within=15)
            assert (said.code, said.status) == (200, "degraded")
        elif name == "gateway":
            said = eventually(
                lambda: (found := health(desk)).checks["gateway"] != "ok" and found, within=15, every=0.02
            )
            assert (said.code, said.status) == (200, "degraded")
        wait_restarted(desk, name, than=pid)
        wait_ok(desk)
    outage.nothing_is_lost()
    one_shape(outage.refusals)


def test_the_disk_of_the_log_directory_is_full(desk: RunningDesk) -> None:
    """The device /dev/full in place of the files: every write to it fails as on a full disk, on any machine."""
    logs, names = logs_of(desk), ("desk", "web", "gateway", "worker", "beat", "postgres", "redis", "simulator")
    printed = len(desk.output)
    with Outage(desk) as outage:
        for name in names:
            (logs / f"{name}.log").rename(logs / f"{name}.kept")
            (logs / f"{name}.log").symlink_to("/dev/full")
        said = eventually(lambda: (found := health(desk)).note("logs") and found, within=10)
        note = said.note("logs")
        assert note is not None
        assert (said.code, said.status, set(said.checks.values())) == (200, "degraded", {"ok"})
        assert note["directory"] == str(logs)
        assert "No space left on device" in note["text"]
        placed = sum(intent.order is not None for intent in outage.intents)
        time.sleep(3)
        assert sum(intent.order is not None for intent in outage.intents) > placed + 5
        again = health(desk).note("logs")
        assert again is not None
        assert again["since"] == note["since"]
        assert again["lost_lines"] > note["lost_lines"]
        for name in names:
            (logs / f"{name}.log").unlink()
        wait_ok(desk, within=10)
    outage.nothing_is_lost()
    assert outage.refusals == []
    assert "order_sent_to_ib" in desk.output[printed:]  # what is printed is not lost meanwhile
    eventually(lambda: "log_file_resumed" in (logs / "gateway.log").read_text(), within=5)


def test_a_missed_schedule_is_caught_up_once(desk: RunningDesk) -> None:
    """Beat and worker away while a reconciliation falls due: afterwards one runs, not one for each missed."""
    with database(desk) as connection:
        row = connection.execute("SELECT enabled FROM django_celery_beat_periodictask WHERE name = 'reconcile'")
        assert row.fetchone() == (True,)

        def runs() -> int:
            found = connection.execute("SELECT count(*) FROM trading_reconciliationrun WHERE trigger = 'schedule'")
            return int(found.fetchone()[0])  # type: ignore[index]

        pid = desk.pids()["beat"]
        os.kill(pid, signal.SIGKILL)
        connection.execute(
            "UPDATE django_celery_beat_periodictask SET last_run_at = now() - interval '3 hours' "
            "WHERE name = 'reconcile'"
        )
        connection.execute("UPDATE django_celery_beat_periodictasks SET last_update = now()")
        before = runs()
        wait_restarted(desk, "beat", than=pid)
        eventually(lambda: runs() == before + 1, within=30, every=0.2)
        time.sleep(5)
        assert runs() == before + 1
