"""What is checked before anything is started, and what an earlier desk left behind."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.desk.environment import Embedded
from config.desk.errors import DeskStartError
from config.desk.home import DeskHome
from config.desk.operating_system import identity
from config.desk.preflight import check_ports, check_settings, end_leftovers
from tests.fixtures.ports import free_ports

ALL = Embedded(postgres=True, redis=True, simulator=True)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def ports() -> dict[str, str]:
    names = ("DESK_HTTP_PORT", "SIMULATOR_PORT", "SIMULATOR_CONTROL_PORT")
    return dict(zip(names, map(str, free_ports(3)), strict=True))


@pytest.mark.parametrize("name", ["DESK_HTTP_PORT", "SIMULATOR_PORT", "SIMULATOR_CONTROL_PORT"])
def test_a_taken_port_is_named_with_its_variable(ports: dict[str, str], taken_port: int, name: str) -> None:
    with pytest.raises(DeskStartError, match=f"port {taken_port} is taken by another program: set {name}"):
        check_ports(ports | {name: str(taken_port)}, ALL)


def test_every_taken_port_is_named_at_once(ports: dict[str, str], taken_port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = {"DESK_HTTP_PORT": str(taken_port), "SIMULATOR_PORT": str(other.getsockname()[1])}
        with pytest.raises(DeskStartError, match=r"set DESK_HTTP_PORT; .* set SIMULATOR_PORT"):
            check_ports(ports | taken, ALL)


def test_free_ports_pass(ports: dict[str, str]) -> None:
    check_ports(ports, ALL)


def test_the_same_port_twice_is_refused(ports: dict[str, str]) -> None:
    with pytest.raises(DeskStartError, match="different ports"):
        check_ports(ports | {"SIMULATOR_PORT": ports["DESK_HTTP_PORT"]}, ALL)


def test_the_simulators_ports_do_not_matter_without_a_simulator(ports: dict[str, str], taken_port: int) -> None:
    check_ports(ports | {"SIMULATOR_PORT": str(taken_port)}, Embedded(postgres=True, redis=True, simulator=False))


def test_what_the_settings_refuse_is_told_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "config.settings", raising=False)
    for name in ("IB_TRADING_MODE", "IB_ALLOW_LIVE"):
        monkeypatch.setenv(name, "")  # so that both are put back
    with pytest.raises(DeskStartError, match="IB_ALLOW_LIVE=yes-i-mean-it"):
        check_settings({"IB_TRADING_MODE": "live", "IB_ALLOW_LIVE": "yes"})


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"processes": [{}]}', '{"processes": [{"pid": null, "identity": null}]}']
)
def test_a_status_file_that_says_nothing_ends_nothing(tmp_path: Path, text: str) -> None:
    home = DeskHome(tmp_path)
    home.status_file.parent.mkdir()
    home.status_file.write_text(text)
    assert end_leftovers(home) == []


def test_what_an_earlier_desk_left_behind_is_ended(tmp_path: Path) -> None:
    home = DeskHome(tmp_path)
    home.status_file.parent.mkdir()
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    rows = [{"pid": left.pid, "identity": identity(left.pid)}, {"pid": os.getpid(), "identity": "somebody else"}]
    home.status_file.write_text(json.dumps({"processes": rows}))
    assert end_leftovers(home) == [left.pid]
    assert left.wait(timeout=5) == -signal.SIGTERM
