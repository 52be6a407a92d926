"""Log files of the supervised processes: one each, turned at 10 MB, five old ones kept."""

import json
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

from config.desk.errors import DeskStartError
from config.log_files import MAX_BYTES, RollingFile, Trouble

_TAIL_LINES = 15


class LogFile:
    """What one process prints, in `<directory>/<name>.log`, and its last lines in memory."""

    def __init__(self, directory: Path, name: str) -> None:
        """Open for appending; raises DeskStartError when the directory refuses."""
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._file = RollingFile(directory / f"{name}.log", max_bytes=MAX_BYTES)
            self._file.open()
        except OSError as error:
            raise DeskStartError(f"cannot write logs to {directory}: {error.strerror}. Set LOG_DIR") from error
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)

    @property
    def tail(self) -> list[str]:
        """The last lines written since this start."""
        return list(self._tail)

    def write(self, line: str) -> None:
        """Append one line. A disk that refuses it is remembered as `trouble` and never raised."""
        self._tail.append(line)
        self._file.write(line)

    @property
    def trouble(self) -> Trouble | None:
        """Why lines are being lost; None while all is well."""
        return self._file.trouble

    def retry(self) -> None:
        """Look whether a trouble is over."""
        self._file.retry()

    def event(self, message: str, *, level: str = "info", **fields: object) -> None:
        """Append one of the supervisor's own events as a JSON object, in the shape of the desk's logs."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        head = {"timestamp": at, "level": level, "logger": "desk", "message": message}
        self.write(json.dumps(head | {"request_id": None, "correlation_id": None} | fields))

    def close(self) -> None:
        """Close the file."""
        self._file.close()
