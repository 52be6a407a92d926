"""`manage.py desk up / down / status`, before and without Django."""

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import environ

from config.desk.console import Console
from config.desk.embedded_redis import settle_redis_port
from config.desk.environment import LOOPBACK, desk_environment, embedded_parts, gateways_of, port_of
from config.desk.errors import AlreadyRunningError, DeskStartError
from config.desk.home import REPOSITORY, DeskHome
from config.desk.lock import HomeLock, holder_of
from config.desk.preflight import check_ports, check_servers, check_settings, end_leftovers
from config.desk.probes import holder_of_lease
from config.desk.processes import desk_processes, empty_metrics
from config.desk.secrets import read_credentials
from config.desk.supervisor import Supervisor

_STOP_SECONDS = 90.0
EXIT_FAILED, EXIT_ALREADY_RUNNING, EXIT_NOT_READY = 1, 2, 3


def add_arguments(parser: argparse.ArgumentParser) -> "argparse._SubParsersAction[Any]":
    """The actions a person asks for; returns where more can be added."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("up", help="start everything and stay until Ctrl-C")
    actions.add_parser("down", help="stop the running desk of this DESK_HOME")
    status = actions.add_parser("status", help="say what runs")
    status.add_argument("--json", action="store_true", help="for programs")
    return actions


def main(arguments: Sequence[str]) -> int:
    """Run one action; returns the exit code."""
    parser = argparse.ArgumentParser(prog="manage.py desk", description="One machine's desk.")
    add_arguments(parser)
    return run(vars(parser.parse_args(arguments)))


def run(options: dict[str, Any]) -> int:
    """Run one parsed action; faults become one sentence on stderr and an exit code."""
    if (REPOSITORY / ".env").is_file():
        environ.Env.read_env(str(REPOSITORY / ".env"))
    try:
        return {"up": _up, "down": _down, "status": _status}[options["action"]](options)
    except AlreadyRunningError as error:
        return _refuse(error, EXIT_ALREADY_RUNNING)
    except DeskStartError as error:
        return _refuse(error, EXIT_FAILED)


def _refuse(error: DeskStartError, code: int) -> int:
    sys.stderr.write(f"desk: {error}\n")
    return code


def _up(_options: dict[str, Any]) -> int:
    home, embedded = DeskHome.of(os.environ), embedded_parts(os.environ)
    url = f"http://{LOOPBACK}:{port_of(os.environ, 'DESK_HTTP_PORT')}"
    lock = HomeLock(home, url=url)
    console = Console()
    try:
        home.create()
        for pid in end_leftovers(home):
            console.line(f"ended process {pid}, which an earlier desk left behind")
        check_ports(os.environ, embedded)
        if embedded.redis:
            settle_redis_port(home)
        env = desk_environment(os.environ)
        gateways_of(env)
        log_dir = Path(os.environ.get("LOG_DIR") or home.root / "logs").resolve()
        check_settings(env)
        check_servers(env, embedded)
        empty_metrics(home)
        return asyncio.run(_supervise(home, env, log_dir, url, console))
    finally:
        shutil.rmtree(home.metrics, ignore_errors=True)
        console.close()
        lock.close()


async def _supervise(home: DeskHome, env: dict[str, str], log_dir: Path, url: str, console: Console) -> int:
    embedded = embedded_parts(env)
    credentials_before = read_credentials(home)

    def announce() -> None:
        console.line(f"desk ready: {url}")
        console.line(_how_to_sign_in(home, env, is_first=credentials_before is None))

    supervisor = Supervisor(
        home=home,
        specs=desk_processes(home, env, embedded),
        console=console,
        log_dir=log_dir,
        url=url,
        on_ready=announce,
        stop_with_parent=env.get("DESK_STOP_WITH_PARENT") == "1",
    )
    supervisor.say(f"starting in {home.root}, logs in {log_dir}")
    return await supervisor.run()


def _how_to_sign_in(home: DeskHome, env: dict[str, str], *, is_first: bool) -> str:
    """The generated password is shown once, at the start that made it; later only where it is kept."""
    credentials = read_credentials(home)
    if credentials is None:
        return f"sign in as {env.get('DESK_ADMIN_USER') or 'admin'} with the password given in DESK_ADMIN_PASSWORD"
    username, password = credentials
    if is_first:
        return f"sign in as {username} with password {password} (shown only now; kept in {home.credentials_file})"
    return f"sign in as {username}; the password is in {home.credentials_file}"


def _down(_options: dict[str, Any]) -> int:
    home = DeskHome.of(os.environ)
    holder = holder_of(home)
    if holder is None:
        sys.stdout.write(f"no desk is running in {home.root}\n")
        return 0
    until = time.monotonic() + _STOP_SECONDS
    signalled = 0
    while (holder := holder_of(home)) is not None:
        if holder.pid and holder.pid != signalled:
            os.kill(holder.pid, signal.SIGTERM)
            signalled = holder.pid
        if time.monotonic() > until:
            raise DeskStartError(f"process {holder.pid} is still stopping after {_STOP_SECONDS:.0f} s")
        time.sleep(0.1)
    sys.stdout.write(f"stopped the desk in {home.root}\n")
    return 0


def read_status(home: DeskHome) -> dict[str, Any]:
    """What `status --json` prints: `ready`, `processes`, and whose desk it is."""
    stopped: dict[str, Any] = {
        "ready": False,
        "pid": None,
        "url": None,
        "home": str(home.root),
        "started_at": None,
        "processes": [],
    }
    holder = holder_of(home)
    if holder is None:
        return stopped
    try:
        told: dict[str, Any] = json.loads(home.status_file.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        told = {}
    if told.get("pid") != holder.pid:
        return stopped | {"pid": holder.pid, "url": holder.url}  # so young that it has not said anything yet
    rows = [{key: value for key, value in row.items() if key != "identity"} for row in told["processes"]]
    return told | {"processes": rows}


def _with_roles(status: dict[str, Any]) -> dict[str, Any]:
    """Of several gateways: which one is active, by the lease; unknown while the database does not answer."""
    gateways = [row for row in status["processes"] if row["name"].startswith("gateway")]
    if len(gateways) < 2:
        return status
    active = holder_of_lease(desk_environment(os.environ)["DATABASE_URL"])
    for row in gateways:
        row["role"] = None if active is None or not row["pid"] else ("active" if row["pid"] == active else "standby")
    return status


def _status(options: dict[str, Any]) -> int:
    status = _with_roles(read_status(DeskHome.of(os.environ)))
    if options["json"]:
        sys.stdout.write(json.dumps(status) + "\n")
        return 0
    if status["pid"] is None:
        sys.stdout.write(f"no desk is running in {status['home']}\n")
        return EXIT_NOT_READY
    for row in status["processes"]:
        restarts = f"  restarted {row['restarts']} times" if row["restarts"] else ""
        role = f"  {row['role']}" if row.get("role") else ""
        sys.stdout.write(f"{row['name']:<10} {row['state']:<9} {row['pid'] or '-':>8}{role}{restarts}\n")
    sys.stdout.write(f"{'ready' if status['ready'] else 'not ready'}: {status['url']} (process {status['pid']})\n")
    return 0 if status["ready"] else EXIT_NOT_READY
