"""How each part of the desk shows that it is ready. A probe returns a remark (often empty) or raises NotReady."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import redis
from celery import Celery

from config.desk.environment import LOOPBACK

_HTTP_SECONDS = 3.0


class NotReady(Exception):
    """Not yet; the text says what is missing."""


class Running:
    """What a probe may know of the process it asks about."""

    def __init__(self, *, pid: int, started_at: datetime) -> None:
        """`started_at` is aware."""
        self.pid = pid
        self.started_at = started_at
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()

    @property
    def age(self) -> float:
        """Seconds since it was started."""
        return self._loop.time() - self._since


Probe = Callable[[Running], Awaitable[str]]


def server_answers(check: Callable[[], Awaitable[None]]) -> Probe:
    """An embedded server's own check."""

    async def probe(_running: Running) -> str:
        try:
            await check()
        except (psycopg.OperationalError, redis.RedisError) as error:
            raise NotReady(str(error).strip()) from error
        return ""

    return probe


def http_answers(port: int, path: str) -> Probe:
    """The process answers 200 at `path`."""

    async def probe(_running: Running) -> str:
        await asyncio.to_thread(get_json, port, path)
        return ""

    return probe


def get_json(port: int, path: str) -> Any:
    """The JSON answer of a loopback server with status 200; raises NotReady otherwise."""
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}{path}", timeout=_HTTP_SECONDS) as answer:
            return json.load(answer)
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise NotReady(f"{path} on port {port}: {error}") from error


def gateway_in_sync(database_url: str, *, patience: float) -> Probe:
    """The gateway process says it is in sync with IB. After `patience` seconds its being alive is enough.

    A real IB Gateway may be down or logged out; the desk runs all the same and says so.
    """

    async def probe(running: Running) -> str:
        state, reason = await asyncio.to_thread(_gateway_state, database_url, running.started_at)
        if state == "ready":
            return ""
        if state and running.age > patience:
            return f"not connected to IB ({state}: {reason or 'no reason given'}); orders are refused until it is"
        raise NotReady(f"the gateway is {state or 'silent'}{': ' + reason if reason else ''}")

    return probe


def _gateway_state(database_url: str, since: datetime) -> tuple[str, str]:
    """State and reason as the gateway wrote them after `since`; empty while it has not spoken."""
    query = "SELECT state, reason FROM trading_gatewaystate WHERE heartbeat_at >= %s ORDER BY heartbeat_at DESC LIMIT 1"
    try:
        with psycopg.connect(database_url, connect_timeout=3, application_name="desk-supervisor") as connection:
            row = connection.execute(query, [since]).fetchone()
    except psycopg.Error as error:
        raise NotReady(str(error).strip()) from error
    return (row[0], row[1]) if row else ("", "")


def holder_of_lease(database_url: str) -> int | None:
    """Process number of the active gateway; None when there is none or the database does not answer."""
    query = "SELECT pid FROM trading_gatewaylease WHERE name = 'main' AND holder <> ''"
    try:
        with psycopg.connect(database_url, connect_timeout=3, application_name="desk-status") as connection:
            row = connection.execute(query).fetchone()
    except psycopg.Error:
        return None
    return int(row[0]) if row else None


def worker_answers(redis_url: str, node: str) -> Probe:
    """The Celery worker of that node name answers a ping."""

    async def probe(_running: Running) -> str:
        if not await asyncio.to_thread(_ping_worker, redis_url, node):
            raise NotReady(f"the worker {node} does not answer")
        return ""

    return probe


def _ping_worker(redis_url: str, node: str) -> bool:
    app = Celery("desk-supervisor", broker=redis_url, set_as_current=False)
    try:
        return bool(app.control.inspect([node], timeout=0.5).ping())
    except (OSError, redis.RedisError) as error:
        raise NotReady(str(error)) from error
    finally:
        app.close()


def pid_file_written(path: Path) -> Probe:
    """The process has written its own number there, which it does once it has started."""

    async def probe(running: Running) -> str:
        try:
            written = path.read_text().strip()
        except FileNotFoundError:
            written = ""
        if written != str(running.pid):
            raise NotReady(f"{path.name} is not written yet")
        return ""

    return probe


async def lives(_running: Running) -> str:
    """Being started is enough."""
    return ""
