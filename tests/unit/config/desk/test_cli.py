"""`manage.py desk status` and `down` where nothing or only half a desk runs; wrong words and refusals."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config.desk import cli
from config.desk.home import REPOSITORY, DeskHome, private_directory
from config.desk.lock import HomeLock
from config.desk.secrets import generate_credentials

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeskHome:
    monkeypatch.setenv("DESK_HOME", str(tmp_path / "home"))
    home = DeskHome(tmp_path / "home")
    private_directory(home.root)
    return home


def run_json(capsys: Captured) -> dict[str, Any]:
    assert cli.main(["status", "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_status_of_no_desk(home: DeskHome, capsys: Captured) -> None:
    assert run_json(capsys) == {
        "ready": False,
        "pid": None,
        "url": None,
        "home": str(home.root),
        "started_at": None,
        "processes": [],
    }
    assert cli.main(["status"]) == cli.EXIT_NOT_READY
    assert capsys.readouterr().out == f"no desk is running in {home.root}\n"


def test_status_of_a_desk_so_young_that_its_file_is_the_last_ones(home: DeskHome, capsys: Captured) -> None:
    private_directory(home.status_file.parent)
    home.status_file.write_text(json.dumps({"pid": 1, "ready": True, "processes": [{"name": "web"}]}))
    lock = HomeLock(home, url="http://127.0.0.1:8000")
    told = run_json(capsys)
    assert (told["ready"], told["pid"], told["processes"]) == (False, os.getpid(), [])
    lock.close()


def test_status_in_words(home: DeskHome, capsys: Captured) -> None:
    private_directory(home.status_file.parent)
    rows = [
        {"name": "web", "pid": 12, "state": "ready", "restarts": 2, "identity": "x"},
        {"name": "database", "pid": None, "state": "done", "restarts": 0, "identity": None},
    ]
    told = {"pid": os.getpid(), "ready": True, "url": "http://127.0.0.1:8000", "home": "h", "processes": rows}
    home.status_file.write_text(json.dumps(told))
    lock = HomeLock(home, url="http://127.0.0.1:8000")
    assert cli.main(["status"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["web", "ready", "12", "restarted", "2", "times"]
    assert lines[1].split() == ["database", "done", "-"]
    assert lines[2] == f"ready: http://127.0.0.1:8000 (process {os.getpid()})"
    assert "identity" not in run_json(capsys)["processes"][0]
    lock.close()


def test_down_with_nothing_to_stop_is_content(home: DeskHome, capsys: Captured) -> None:
    assert cli.main(["down"]) == 0
    assert "no desk is running" in capsys.readouterr().out


def test_a_second_up_is_refused_with_its_own_exit_code(home: DeskHome, capsys: Captured) -> None:
    lock = HomeLock(home, url="http://127.0.0.1:8000")
    assert cli.main(["up"]) == cli.EXIT_ALREADY_RUNNING
    assert capsys.readouterr().err.startswith(f"desk: a desk is already running in {home.root} (process {os.getpid()}")
    lock.close()


def test_a_bad_port_stops_the_start(home: DeskHome, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_HTTP_PORT", "http")
    assert cli.main(["up"]) == cli.EXIT_FAILED
    assert capsys.readouterr().err == (
        "desk: DESK_HTTP_PORT='http' is not a port: a number from 1 to 65535 is needed\n"
    )


def test_the_password_is_shown_only_when_it_is_new(home: DeskHome) -> None:
    assert "DESK_ADMIN_PASSWORD" in cli._how_to_sign_in(home, {"DESK_ADMIN_USER": "me"}, is_first=True)
    username, password = generate_credentials(home, username="me")
    assert password in cli._how_to_sign_in(home, {}, is_first=True)
    later = cli._how_to_sign_in(home, {}, is_first=False)
    assert password not in later
    assert str(home.credentials_file) in later
    assert later.startswith(f"sign in as {username}")


def test_the_command_needs_an_action() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "desk"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "ACTION" in done.stderr
