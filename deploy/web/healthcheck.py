"""Is this process of the desk well? `healthcheck.py web|gateway|worker|beat` exits 0, or 1 with the reason.

Each check is an answer of the process itself, never an open port. No Django: this runs several times a minute.
A gateway that is not connected to IB is well as long as it says so; alerts watch the connection.
"""

import json
import os
import sys
import urllib.request
from collections.abc import Callable, Mapping

GATEWAY_SILENCE_SECONDS = 15
# django-celery-beat writes what it started at the latest every three minutes
BEAT_WRITES_SECONDS = 180
ANSWER_SECONDS = 5


class Unwell(Exception):
    """The text says why."""


def check_web(env: Mapping[str, str]) -> None:
    """Daphne serves a request."""
    url = f"http://127.0.0.1:{env.get('DESK_HTTP_PORT') or 8000}/health/live"
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as answer:
            json.load(answer)
    except (OSError, ValueError) as error:
        raise Unwell(f"{url}: {error}") from error


def check_gateway(env: Mapping[str, str]) -> None:
    """The gateway process has written its heartbeat, which it does every second whatever IB does."""
    silence = _seconds(env, "SELECT extract(epoch FROM now() - max(heartbeat_at)) FROM trading_gatewaystate")
    if silence > GATEWAY_SILENCE_SECONDS:
        raise Unwell(f"no heartbeat for {silence:.0f} s")


def check_beat(env: Mapping[str, str]) -> None:
    """Beat has started what is due: the reconciliation comes often enough to show it."""
    period = int(env.get("RECONCILE_EVERY_SECONDS") or 300)
    silence = _seconds(env, "SELECT extract(epoch FROM now() - max(last_run_at)) FROM django_celery_beat_periodictask")
    if silence > 2 * period + BEAT_WRITES_SECONDS:
        raise Unwell(f"nothing was started for {silence:.0f} s")


def check_worker(env: Mapping[str, str]) -> None:
    """The worker of this container answers a ping."""
    from celery import Celery

    node = env.get("DESK_WORKER_NODE") or "desk@worker"
    app = Celery("healthcheck", broker=env["REDIS_URL"], set_as_current=False)
    try:
        answers = app.control.inspect([node], timeout=ANSWER_SECONDS).ping()
    except OSError as error:
        raise Unwell(f"Redis: {error}") from error
    finally:
        app.close()
    if not answers:
        raise Unwell(f"{node} does not answer")


def _seconds(env: Mapping[str, str], query: str) -> float:
    """The one number of `query`; infinite when there is none."""
    import psycopg

    try:
        with psycopg.connect(env["DATABASE_URL"], connect_timeout=ANSWER_SECONDS) as connection:
            row = connection.execute(query.encode()).fetchone()
    except psycopg.Error as error:
        raise Unwell(f"PostgreSQL: {error}") from error
    return float("inf") if row is None or row[0] is None else float(row[0])


CHECKS: dict[str, Callable[[Mapping[str, str]], None]] = {
    "web": check_web,
    "gateway": check_gateway,
    "worker": check_worker,
    "beat": check_beat,
}


def main(arguments: list[str]) -> int:
    """Run the check that is named; returns the exit code."""
    if len(arguments) != 1 or arguments[0] not in CHECKS:
        sys.stderr.write(f"usage: healthcheck.py {'|'.join(CHECKS)}\n")
        return 2
    try:
        CHECKS[arguments[0]](os.environ)
    except Unwell as reason:
        sys.stderr.write(f"{arguments[0]}: {reason}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
