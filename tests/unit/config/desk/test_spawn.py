"""Commands that do not outlive their parent, and servers that do not run as root."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.desk import spawn
from config.desk.errors import DeskStartError
from config.desk.operating_system import end_processes, identity
from config.desk.spawn import bound_to_parent, without_root
from tests.fixtures.waiting import eventually

PATIENCE = 60.0
SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks the kernel of Linux")


@pytest.fixture
def started() -> Iterator[list[int]]:
    """Numbers of processes that a test has started below another; whatever is left of them is ended."""
    numbers: list[int] = []
    yield numbers
    for number in numbers:
        if name := identity(number):
            end_processes([(number, name)])


def sleep_and_tell(note: Path) -> list[str]:
    """A command that writes its number down once it runs, and stays."""
    script = (
        "import os, pathlib, sys, time\npathlib.Path(sys.argv[1]).write_text(f'{os.getpid()}\\n')\ntime.sleep(600)\n"
    )
    return [sys.executable, "-I", "-S", "-c", script, str(note)]


def number_in(note: Path) -> int:
    """Once it stands there."""
    return int(
        eventually(lambda: note.exists() and note.read_text().endswith("\n") and note.read_text(), within=PATIENCE)
    )


def start_below_a_parent(tmp_path: Path, command: list[str]) -> tuple[subprocess.Popen[bytes], int]:
    """A parent process that starts `command`; returns it and the child's number."""
    note = tmp_path / "pid"
    script = (
        "import subprocess, sys, pathlib, time\n"
        "child = subprocess.Popen(sys.argv[2:])\n"
        "pathlib.Path(sys.argv[1]).write_text(f'{child.pid}\\n')\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-I", "-S", "-c", script, str(note), *command])
    return parent, number_in(note)


@linux_only
@pytest.mark.parametrize("has_setpriv", [True, False])
def test_a_child_dies_when_its_parent_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: list[int], has_setpriv: bool
) -> None:
    if not has_setpriv:
        monkeypatch.setattr(spawn, "_setpriv", lambda: None)
    note = tmp_path / "runs"
    parent, child = start_below_a_parent(tmp_path, bound_to_parent(sleep_and_tell(note), death_signal=signal.SIGKILL))
    started += [parent.pid, child]
    assert number_in(note) == child  # the wrapper has made its wish and become the command
    parent.kill()
    parent.wait()
    eventually(lambda: identity(child) is None, within=PATIENCE)


@linux_only
def test_the_guard_becomes_the_command() -> None:
    command = [sys.executable, "-I", "-S", str(spawn.GUARD), "15", sys.executable, "-c", "print('here')"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "here\n"


def test_the_guard_of_other_systems_passes_signals_and_codes_on(tmp_path: Path, started: list[int]) -> None:
    watch = (
        f"import sys; sys.path.insert(0, {str(spawn.GUARD.parents[2])!r}); import os, config.desk.guard as guard; "
        "guard._POLL_SECONDS = 0.05; sys.exit(guard._watch(os.getppid(), 15, sys.argv[1:]))"
    )
    ended = subprocess.run([sys.executable, "-c", watch, sys.executable, "-c", "raise SystemExit(7)"], check=False)
    assert ended.returncode == 7
    note = tmp_path / "runs"
    parent, guard = start_below_a_parent(tmp_path, [sys.executable, "-c", watch, *sleep_and_tell(note)])
    started += [parent.pid, guard]
    started.append(child := number_in(note))  # so the guard knows its parent: on a busy machine that takes seconds
    assert child != guard
    parent.kill()
    parent.wait()
    eventually(lambda: identity(guard) is None and identity(child) is None, within=PATIENCE)


def test_a_normal_user_needs_no_wrapping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert without_root(["postgres"], owned=(), reachable=Path("/")) == ["postgres"]


def test_root_without_any_way_to_step_down_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(spawn, "_unshare", lambda: None)
    monkeypatch.setattr(spawn, "_setpriv", lambda: None)
    with pytest.raises(DeskStartError, match="refuses to run as root"):
        without_root(["postgres"], owned=(), reachable=Path("/"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to drop")
@pytest.mark.parametrize("has_unshare", [True, False])
def test_root_steps_down_and_the_data_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_unshare: bool
) -> None:
    if not has_unshare:
        monkeypatch.setattr(spawn, "_unshare", lambda: None)
    elif spawn._unshare() is None:
        pytest.skip("user namespaces are forbidden here")
    for directory in (tmp_path, *tmp_path.parents[:2]):
        directory.chmod(0o755)
    data = tmp_path / "data"
    data.mkdir()
    (data / "file").write_text("x")
    python = Path("/usr/bin/env")
    command = without_root([str(python), "id", "-u"], owned=(data,), reachable=python)
    uid = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert uid != 0
    assert (data / "file").stat().st_uid == (0 if has_unshare else uid)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be in this trouble")
def test_a_directory_the_lesser_user_may_not_enter_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spawn, "_unshare", lambda: None)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for directory in tmp_path.parents[:2]:
        directory.chmod(0o755)
    tmp_path.chmod(0o700)
    (tmp_path / "data").mkdir()
    with pytest.raises(DeskStartError, match="may not enter"):
        without_root(["/bin/true"], owned=(tmp_path / "data",), reachable=Path("/bin/true"))


def test_an_identity_is_that_of_one_process_only() -> None:
    process = subprocess.Popen(SLEEP)
    name = identity(process.pid)
    assert name
    assert name == identity(process.pid)
    process.kill()
    eventually(lambda: identity(process.pid) is None)  # a zombie is nobody
    process.wait()


def test_only_the_very_process_is_ended_not_a_later_one_of_its_number() -> None:
    mine, other = (subprocess.Popen(SLEEP, start_new_session=True) for _ in range(2))
    found = end_processes([(mine.pid, identity(mine.pid) or ""), (other.pid, "a process of long ago")])
    assert found == [mine.pid]
    assert mine.wait(timeout=5) == -signal.SIGTERM
    assert other.poll() is None
    other.kill()
    other.wait()


def test_a_process_that_ignores_the_polite_signal_is_ended_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.desk.operating_system._PATIENCE_SECONDS", 0.5)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", deaf], start_new_session=True, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    end_processes([(process.pid, identity(process.pid) or "")])
    assert process.wait(timeout=5) == -signal.SIGKILL
