"""Log files of the supervised processes: one each, turned at 10 MB, five old ones kept."""

import json
import logging
import logging.handlers
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

from config.desk.errors import DeskStartError

MAX_BYTES = 10_000_000
KEPT_FILES = 5
_TAIL_LINES = 15


class LogFile:
    """What one process prints, in `<directory>/<name>.log`, and its last lines in memory."""

    def __init__(self, directory: Path, name: str) -> None:
        """Open for appending; raises DeskStartError when the directory refuses."""
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._handler = logging.handlers.RotatingFileHandler(
                directory / f"{name}.log", maxBytes=MAX_BYTES, backupCount=KEPT_FILES, encoding="utf-8"
            )
        except OSError as error:
            raise DeskStartError(f"cannot write logs to {directory}: {error.strerror}. Set LOG_DIR") from error
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)

    @property
    def tail(self) -> list[str]:
        """The last lines written since this start."""
        return list(self._tail)

    def write(self, line: str) -> None:
        """Append one line."""
        self._tail.append(line)
        self._handler.emit(logging.makeLogRecord({"msg": line}))

    def event(self, message: str, *, level: str = "info", **fields: object) -> None:
        """Append one of the supervisor's own events as a JSON object, in the shape of the desk's logs."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        head = {"timestamp": at, "level": level, "logger": "desk", "message": message}
        self.write(json.dumps(head | {"request_id": None, "correlation_id": None} | fields))

    def close(self) -> None:
        """Close the file."""
        self._handler.close()
