"""One supervisor for one DESK_HOME: an exclusive lock that the kernel drops whatever way its holder dies."""

import contextlib
import fcntl
import json
import os
import time
from dataclasses import dataclass

from config.desk.errors import AlreadyRunningError, DeskStartError
from config.desk.home import DeskHome, private_directory

# `status` holds a shared lock for a moment; nobody else lets go soon
_RETRY_SECONDS = 0.6


@dataclass(frozen=True)
class Holder:
    """Who runs a desk."""

    pid: int
    url: str


class HomeLock:
    """The lock of the running supervisor; `close` or the end of the process lets go."""

    def __init__(self, home: DeskHome, *, url: str) -> None:
        """Take it; raises AlreadyRunningError naming who has it."""
        private_directory(home.root, keep_mode=True)
        self._descriptor = _open(home)
        if not _try_lock(self._descriptor, fcntl.LOCK_EX, _RETRY_SECONDS):
            holder = _read(self._descriptor)
            os.close(self._descriptor)
            raise AlreadyRunningError(_already(home, holder))
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps({"pid": os.getpid(), "url": url}).encode(), 0)

    def close(self) -> None:
        """Let go."""
        os.close(self._descriptor)


def holder_of(home: DeskHome) -> Holder | None:
    """Who runs the desk of this home, or None."""
    if not home.lock_file.exists():
        return None
    descriptor = _open(home)
    try:
        return None if _try_lock(descriptor, fcntl.LOCK_SH, 0) else _read(descriptor)
    finally:
        os.close(descriptor)


def _open(home: DeskHome) -> int:
    try:
        return os.open(home.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DeskStartError(
            f"cannot open {home.lock_file}: {error.strerror}. Does DESK_HOME belong to you?"
        ) from error


def _try_lock(descriptor: int, kind: int, patience: float) -> bool:
    until = time.monotonic() + patience
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            return True
        if time.monotonic() >= until:
            return False
        time.sleep(0.05)


def _read(descriptor: int) -> Holder:
    try:
        told = json.loads(os.pread(descriptor, 4096, 0))
        return Holder(pid=int(told["pid"]), url=str(told["url"]))
    except (ValueError, KeyError):
        return Holder(pid=0, url="")  # it took the lock this very moment


def _already(home: DeskHome, holder: Holder) -> str:
    who = f" (process {holder.pid}, {holder.url})" if holder.pid else ""
    return (
        f"a desk is already running in {home.root}{who}. "
        "Stop it with `make down`, or start a second one with another DESK_HOME and other ports"
    )
