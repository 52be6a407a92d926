"""What the supervisor prints: prefixed lines of its children and its own progress, never waiting for the terminal."""

import errno
import json
import queue
import sys
import threading
from typing import TextIO

_QUEUE_LINES = 5000
# the output goes to a file on a disk that is full: it may have room again
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_HIDDEN = ("timestamp", "level", "logger", "message", "request_id", "correlation_id")


class Console:
    """Lines go through a bounded queue to a thread: a paused terminal may lose lines but never stops the desk."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to `stream`, by default this process' stdout."""
        self._stream = stream or sys.stdout
        self._for_people = self._stream.isatty()
        self._lines: queue.Queue[str | None] = queue.Queue(_QUEUE_LINES)
        self._dropped = 0
        self._writer = threading.Thread(target=self._write, name="console", daemon=True)
        self._writer.start()

    def child(self, name: str, line: str) -> None:
        """One line of a child process."""
        self._put(f"{name:<9} | {readable(line) if self._for_people else line}")

    def line(self, text: str) -> None:
        """One line of the supervisor, as it is."""
        self._put(text)

    def close(self) -> None:
        """Write what is queued, waiting two seconds at most."""
        self._put(None)
        self._writer.join(timeout=2)

    def _put(self, text: str | None) -> None:
        try:
            self._lines.put_nowait(text)
        except queue.Full:
            self._dropped += 1

    def _write(self) -> None:
        while (text := self._lines.get()) is not None:
            dropped, self._dropped = self._dropped, 0
            note = f"… {dropped} lines not shown, see the log files\n" if dropped else ""
            try:
                self._stream.write(f"{note}{text}\n")
                self._stream.flush()
            except (OSError, ValueError) as error:
                if getattr(error, "errno", None) not in _NO_ROOM:
                    return  # nobody listens any more; the log files go on
                self._dropped += dropped + 1


def readable(line: str) -> str:
    """A JSON log line as `12:01:03 INFO message key=value`; any other line unchanged."""
    if not line.startswith("{"):
        return line
    try:
        event = json.loads(line)
        at, level, message = str(event["timestamp"])[11:19], str(event["level"]).upper(), event["message"]
    except (ValueError, KeyError, TypeError):
        return line
    more = " ".join(f"{key}={value}" for key, value in event.items() if key not in _HIDDEN and value is not None)
    return f"{at} {level:<7} {message} {more}".rstrip()
