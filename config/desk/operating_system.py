"""Which process is which: identity that survives the reuse of numbers, and ending what an earlier desk left behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

_PATIENCE_SECONDS = 5.0


def identity(pid: int) -> str | None:
    """A text that names this very process, not a later one with its number; None when it is gone or a zombie."""
    if sys.platform.startswith("linux"):
        return _linux_identity(pid)
    ps = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    state, _, started = ps.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else started.strip()


def _linux_identity(pid: int) -> str | None:
    try:
        # the second field is the name in parentheses and may hold anything, spaces too
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    return None if fields[0] in "ZX" else f"{boot}:{fields[19]}"


def processes_in(directory: Path) -> list[int]:
    """Processes whose working directory is `directory`: the servers of a data directory. Linux only, else empty."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if Path(os.readlink(entry / "cwd")) == directory and identity(int(entry.name)):
                found.append(int(entry.name))
    return found


def end_processes(known: Iterable[tuple[int, str]]) -> list[int]:
    """End those of (pid, identity) that still run, gently and then not; returns the numbers that were found."""
    left = [(pid, name) for pid, name in known if pid > 1 and identity(pid) == name]
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid, name in left:
            _signal(pid, name, number)
        _wait_for_end(left)
    return [pid for pid, _ in left]


def _signal(pid: int, name: str, number: signal.Signals) -> None:
    if identity(pid) != name:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        # every process of the desk leads its own group
        (os.killpg if os.getpgid(pid) == pid else os.kill)(pid, number)


def _wait_for_end(left: list[tuple[int, str]]) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until and any(identity(pid) == name for pid, name in left):
        time.sleep(0.05)
