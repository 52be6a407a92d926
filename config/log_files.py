"""A log file that never harms who writes it: bounded, turned between processes, and silent about a full disk.

What cannot be written is counted and the trouble is remembered (`trouble`), so that `/health` can say it. Nothing is
raised, nothing waits; as soon as there is room again the file goes on and says how many lines are missing.
"""

import contextlib
import fcntl
import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

MAX_BYTES = 10_000_000
KEPT_FILES = 5
RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a file cannot be written, since when, and how many lines it has missed."""

    path: Path
    reason: str
    since: datetime
    lost_lines: int


class RollingFile:
    """Lines appended to `path`. Several processes may write it, and others may move it away."""

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES, kept: int = KEPT_FILES) -> None:
        """Nothing is opened yet."""
        self.path = path
        self._max_bytes, self._kept = max_bytes, kept
        self._descriptor: int | None = None
        self._torn = False
        self._trouble: Trouble | None = None
        self._retry_at = 0.0

    @property
    def trouble(self) -> Trouble | None:
        """None while all is well."""
        return self._trouble

    def open(self) -> None:
        """Open it now; raises OSError. For the start, when a person is there to choose another directory."""
        self._current()

    def write(self, line: str) -> None:
        """Append one line, or count it as lost."""
        if self._trouble is not None and time.monotonic() < self._retry_at:
            self._lose(self._trouble.reason)
            return
        try:
            note = self._farewell_to_trouble()
            self._append(note + line.encode("utf-8", "replace") + b"\n")
        except OSError as error:
            self._lose(error.strerror or str(error))
            self._retry_at = time.monotonic() + RETRY_SECONDS
            self._drop()
        else:
            self._trouble = None

    def retry(self) -> None:
        """Look whether the trouble is over, for a file that has nothing to say meanwhile."""
        if self._trouble is None:
            return
        try:
            self._append(self._farewell_to_trouble())
        except OSError:
            self._drop()
        else:
            self._trouble = None

    def close(self) -> None:
        """Close it; a later line opens it again."""
        self._drop()

    def _lose(self, reason: str) -> None:
        known = self._trouble
        since, lost = (known.since, known.lost_lines) if known else (datetime.now(UTC), 0)
        self._trouble = Trouble(self.path, reason, since, lost + 1)

    def _farewell_to_trouble(self) -> bytes:
        """The line that stands where others are missing."""
        if (trouble := self._trouble) is None:
            return b""
        event = {
            "timestamp": _stamp(datetime.now(UTC)),
            "level": "warning",
            "logger": "log_files",
            "message": "log_file_resumed",
            "request_id": None,
            "correlation_id": None,
            "lost_lines": trouble.lost_lines,
            "since": _stamp(trouble.since),
            "reason": trouble.reason,
        }
        return json.dumps(event).encode() + b"\n"

    def _append(self, data: bytes) -> None:
        descriptor = self._current()
        if os.fstat(descriptor).st_size + len(data) > self._max_bytes:
            descriptor = self._turn(descriptor)
        whole = b"\n" + data if self._torn else data
        written = os.write(descriptor, whole)
        # a disk that fills up takes a part of the line
        self._torn = written < len(whole)
        if self._torn:
            os.write(descriptor, whole[written:])  # says why it could not take the rest
            self._torn = False

    def _current(self) -> int:
        """The open file, anew when somebody has moved it or its directory away."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                if _same_file(os.stat(self.path), os.fstat(self._descriptor)):
                    return self._descriptor
            self._drop()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        try:
            self._descriptor = os.open(self.path, flags, 0o644)
        except FileNotFoundError:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self.path, flags, 0o644)
        return self._descriptor

    def _turn(self, descriptor: int) -> int:
        """Rename the old ones and begin a new one, unless another process is doing so at this moment."""
        if os.fstat(descriptor).st_size == 0:
            return descriptor  # one line longer than a whole file, or a device
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return descriptor
        if _same_file(os.stat(self.path), os.fstat(descriptor)):
            for number in range(self._kept - 1, 0, -1):
                with contextlib.suppress(FileNotFoundError):
                    os.replace(self._old(number), self._old(number + 1))
            os.replace(self.path, self._old(1))
        self._drop()
        return self._current()

    def _old(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def _drop(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)


def _same_file(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
