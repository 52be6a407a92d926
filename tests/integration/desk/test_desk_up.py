"""`manage.py desk up` as a person lives with it: starting, stopping, killing, running two, getting things wrong.

The desk of this module is started again by the next test whenever one has ended it, so each test stands alone.
"""

import json
import os
import shutil
import signal
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.desk.environment import embedded_database_url
from config.desk.home import DeskHome
from config.desk.operating_system import identity
from tests.fixtures.busy import Stopwatch
from tests.fixtures.desk import MakeDesk, RunningDesk
from tests.fixtures.embedded import EmbeddedServers
from tests.fixtures.ports import free_ports
from tests.fixtures.waiting import eventually

pytestmark = pytest.mark.slow

KEYS = {"SECRET_KEY": "k3y" + os.urandom(24).hex(), "JWT_SIGNING_KEY": "j5y" + os.urandom(24).hex()}
EVERYTHING = {"postgres", "redis", "simulator", "gateway", "worker", "beat", "web"}


@pytest.fixture(scope="module")
def one_desk() -> Iterator[RunningDesk]:
    root = Path(tempfile.mkdtemp(prefix="desk-up-"))
    desk = RunningDesk(root / "home", DESK_ADMIN_USER="", DESK_ADMIN_PASSWORD="")
    yield desk
    if desk.is_running:
        desk.stop()
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def desk(one_desk: RunningDesk) -> RunningDesk:
    """Running and ready."""
    if not one_desk.is_running:
        one_desk.start()
    eventually(lambda: one_desk.status()["ready"], within=60, every=0.3)
    return one_desk


def processes_of(desk: RunningDesk) -> list[str]:
    """Command lines of all processes that know this desk's home, however they came to be."""
    mark = os.fsencode(desk.home)
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes()
            if (mark in words or mark in (entry / "environ").read_bytes()) and identity(int(entry.name)):
                found.append(words.replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found


def is_live(desk: RunningDesk) -> bool:
    with urllib.request.urlopen(f"{desk.base_url}/health/live", timeout=5) as answer:
        return bool(answer.status == 200)


def test_the_first_start_says_where_it_is_and_how_to_sign_in(desk: RunningDesk) -> None:
    lines = desk.output.splitlines()
    at = lines.index(f"desk ready: {desk.base_url}")
    username, password = (line.split(": ")[1] for line in (desk.home / "credentials").read_text().splitlines())
    assert username == "admin"
    assert lines[at + 1].startswith(f"sign in as admin with password {password} (shown only now")
    assert desk.output.count(password) == 1
    assert is_live(desk)
    for log in (desk.home / "logs").iterdir():
        assert password not in log.read_text(errors="replace")


def test_status_tells_programs_what_runs(desk: RunningDesk) -> None:
    status = desk.status()
    running = {row["name"]: row for row in status["processes"] if row["pid"]}
    assert status["ready"] is True
    assert status["url"] == desk.base_url
    assert set(running) == EVERYTHING
    assert all(identity(row["pid"]) for row in running.values())
    assert {"name", "pid", "state", "restarts"} == set(running["web"])


def test_other_commands_find_the_servers_of_the_running_desk(desk: RunningDesk) -> None:
    assert desk.manage("desk", "database").stdout.strip() == "nothing to migrate"


def test_a_second_start_is_refused_and_harms_nobody(desk: RunningDesk) -> None:
    before = desk.pids()
    second = desk.manage("desk", "up", check=False)
    assert second.returncode == 2
    assert f"already running in {desk.home} (process {desk.pid}, {desk.base_url})" in second.stderr
    assert desk.pids() == before
    assert is_live(desk)


def test_taken_ports_are_named_before_anything_is_started(desk: RunningDesk, make_desk: MakeDesk) -> None:
    names = ("DESK_HTTP_PORT", "SIMULATOR_PORT", "SIMULATOR_CONTROL_PORT")
    other = make_desk("other", **{name: desk.environment[name] for name in names})
    refused = other.manage("desk", "up", check=False)
    assert refused.returncode == 1
    for name in names:
        assert f"port {desk.environment[name]} is taken by another program: set {name}" in refused.stderr
    assert not (other.home / "postgres" / "data").exists()
    assert is_live(desk)


@pytest.mark.parametrize("name", ["web", "gateway", "redis", "postgres"])
def test_a_killed_process_comes_back_and_the_desk_with_it(desk: RunningDesk, name: str) -> None:
    before = next(row for row in desk.status()["processes"] if row["name"] == name)
    os.kill(before["pid"], signal.SIGKILL)

    def came_back() -> bool:
        status = desk.status()
        row = next(row for row in status["processes"] if row["name"] == name)
        return bool(status["ready"] and row["restarts"] == before["restarts"] + 1 and row["pid"] != before["pid"])

    eventually(came_back, within=60, every=0.3)
    assert f"{name} was killed by SIGKILL" in desk.output
    eventually(lambda: is_live(desk), within=20)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_polite_end_leaves_nothing_running(desk: RunningDesk, number: signal.Signals) -> None:
    assert desk.stop(number) == 0
    assert processes_of(desk) == []
    assert desk.output.rstrip().endswith("stopped")


def test_down_ends_it_from_another_terminal(desk: RunningDesk) -> None:
    assert desk.manage("desk", "down").stdout.strip() == f"stopped the desk in {desk.home}"
    eventually(lambda: desk.returncode == 0)
    assert processes_of(desk) == []
    assert desk.status()["processes"] == []


def test_a_killed_supervisor_leaves_no_orphan_and_no_hindrance(desk: RunningDesk) -> None:
    desk.manage("shell", "-c", "from accounts.models import User; User.objects.create_user('kept')")
    desk.kill()
    eventually(lambda: processes_of(desk) == [], within=15)
    desk.start()
    told = desk.manage(
        "shell", "-v", "0", "-c", "from accounts.models import User; print(User.objects.get(username='kept'))"
    )
    assert told.stdout.strip().endswith("kept")
    desk.manage("shell", "-c", "from accounts.models import User; User.objects.filter(username='kept').delete()")


def test_a_later_start_is_quick_and_shows_no_password(desk: RunningDesk) -> None:
    desk.stop()
    already = len(desk.output)
    desk.start()
    fresh = desk.output[already:]
    assert f"sign in as admin; the password is in {desk.home}/credentials" in fresh
    assert "static" not in fresh
    assert desk.seconds_to_ready < 40  # seconds on a free machine; this one is shared


def test_a_desk_can_be_bound_to_the_program_that_started_it(one_desk: RunningDesk) -> None:
    if one_desk.is_running:
        one_desk.stop()
    script = "import subprocess, sys; subprocess.run([sys.executable, 'manage.py', 'desk', 'up'])"
    one_desk.environment["DESK_STOP_WITH_PARENT"] = "1"
    try:
        one_desk.start(command=[sys.executable, "-c", script])
        one_desk.kill()
        eventually(lambda: processes_of(one_desk) == [], within=40)
    finally:
        one_desk.environment.pop("DESK_STOP_WITH_PARENT")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"IB_TRADING_MODE": "live"}, "IB_ALLOW_LIVE=yes-i-mean-it"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/desk"}, "SECRET_KEY is missing or weak"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/desk", **KEYS}, "DATABASE_URL: connection failed"),
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, "REDIS_URL: Error 111 connecting to 127.0.0.1:1"),
        ({"DESK_HTTP_PORT": "99999"}, "DESK_HTTP_PORT='99999' is not a port"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL must be one of"),
    ],
)
def test_wrong_settings_are_one_clear_sentence(make_desk: MakeDesk, given: dict[str, str], says: str) -> None:
    refused = make_desk(**given).manage("desk", "up", check=False)
    assert refused.returncode == 1
    assert says in refused.stderr
    assert "Traceback" not in refused.stderr + refused.stdout


def test_given_servers_are_used_instead_of_embedded_ones(
    make_desk: MakeDesk, embedded_servers: EmbeddedServers
) -> None:
    url = embedded_database_url(embedded_servers.home)
    with psycopg.connect(url, dbname="postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE elsewhere")
    redis_url = embedded_servers.redis_url.removesuffix("/0") + "/5"
    desk = make_desk(DATABASE_URL=url.replace("/desk?", "/elsewhere?"), REDIS_URL=redis_url, **KEYS).start()
    assert set(desk.pids()) == EVERYTHING - {"postgres", "redis"}
    assert not (desk.home / "secrets.json").exists()
    assert desk.stop() == 0


def test_an_ib_gateway_that_does_not_answer_does_not_keep_the_desk_down(make_desk: MakeDesk) -> None:
    desk = make_desk(IB_HOST="127.0.0.1", IB_PORT=str(free_ports(1)[0])).start()
    assert "not connected to IB" in desk.output
    assert set(desk.pids()) == EVERYTHING - {"simulator"}
    assert desk.stop() == 0


def as_a_normal_user() -> list[str]:
    """Runs a command as nobody, who may read (but not write) everything where our Python lies in root's own home."""
    prefix = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    if all(parent.stat().st_mode & 0o001 for parent in Path(os.path.realpath(sys.executable)).parents):
        return prefix
    return [*prefix, "--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"]


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests of this module already run as a normal user")
def test_a_normal_user_can_run_it_too(make_desk: MakeDesk) -> None:
    desk = make_desk(HOME="/tmp")
    desk.home.mkdir(parents=True)
    for directory in (desk.home.parent, desk.home):
        os.chown(directory, 65534, 65534)
    desk.start(command=[*as_a_normal_user(), sys.executable, "manage.py", "desk", "up"])
    assert (desk.home / "postgres" / "data").stat().st_uid == 65534
    assert is_live(desk)
    owners = {Path(f"/proc/{row['pid']}").stat().st_uid for row in told_processes(desk) if row["pid"]}
    assert owners == {65534}
    assert desk.stop() == 0
    assert processes_of(desk) == []


def told_processes(desk: RunningDesk) -> list[dict[str, int]]:
    rows: list[dict[str, int]] = json.loads((desk.home / "run" / "status.json").read_text())["processes"]
    return rows


def test_ctrl_c_during_the_start_stops_what_has_started(make_desk: MakeDesk) -> None:
    desk = make_desk().launch()
    eventually(lambda: "postgres ready" in desk.output, within=60)
    assert desk.stop(signal.SIGINT) == 0
    assert processes_of(desk) == []


def test_a_kill_in_the_first_moments_does_not_spoil_the_next_start(make_desk: MakeDesk) -> None:
    desk = make_desk().launch()
    eventually(lambda: list((desk.home / "postgres").glob("initdb-*/data/*")), within=30, every=0.01)
    desk.kill()
    eventually(lambda: processes_of(desk) == [], within=15)
    desk.launch()
    eventually(lambda: "postgres ready" in desk.output, within=60)
    desk.stop()


def test_a_supervised_standby_takes_over(make_desk: MakeDesk) -> None:
    """`DESK_GATEWAYS=2`: the active one hangs, which the supervisor cannot see, and the other one is active in time."""
    desk = make_desk("standby", DESK_GATEWAYS="2").start()

    def roles() -> dict[str, int]:
        rows = json.loads(desk.manage("desk", "status", "--json").stdout)["processes"]
        return {row["role"]: row["pid"] for row in rows if row.get("role")}

    before = eventually(lambda: found if set(found := roles()) == {"active", "standby"} else None, within=30)
    with psycopg.connect(embedded_database_url(DeskHome(desk.home)), autocommit=True) as connection:

        def is_ready_under(pid: int) -> bool:
            query = "SELECT 1 FROM trading_gatewaystate WHERE pid = %s AND state = 'ready'"
            return connection.execute(query, [pid]).fetchone() is not None

        assert is_ready_under(before["active"])
        with Stopwatch() as watch:
            os.kill(before["active"], signal.SIGSTOP)
            eventually(lambda: is_ready_under(before["standby"]), within=60, every=0.02)
        assert watch.desk_seconds < 5.0  # as documented in connection.md and operations.md
    after = eventually(lambda: found if set(found := roles()) == {"active", "standby"} else None, within=60)
    assert after["active"] == before["standby"]
    assert after["standby"] != before["active"]  # ended by its successor and started again to stand by
    assert "standby" in desk.manage("desk", "status").stdout


def test_an_impossible_number_of_gateways_is_refused(make_desk: MakeDesk) -> None:
    refused = make_desk("many", DESK_GATEWAYS="9").manage("desk", "up", check=False)
    assert refused.returncode == 1
    assert "DESK_GATEWAYS='9' must be 1, 2 or 3" in refused.stderr
