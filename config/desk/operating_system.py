"""Find and end the processes that an earlier desk left behind."""

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

from config.shared.process_identity import identity

_PATIENCE_SECONDS = 5.0


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
