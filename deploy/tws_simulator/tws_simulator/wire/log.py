"""The last messages in and out, kept in a ring of fixed size."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime

_MAX_FIELDS = 200
_MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One message. `direction` is `in` (from the client) or `out`."""

    number: int
    at: datetime
    client_id: int | None
    direction: str
    fields: tuple[str, ...]


class MessageLog:
    """A bounded log; the oldest entries fall out."""

    def __init__(self, capacity: int = 5000) -> None:
        self._entries: deque[LogEntry] = deque(maxlen=capacity)
        self._count = 0

    def add(self, at: datetime, client_id: int | None, direction: str, payload: bytes) -> None:
        """Note one message by its payload."""
        self._count += 1
        text = payload.decode("utf-8", "replace").rstrip("\0").split("\0")[:_MAX_FIELDS]
        fields = tuple(field[:_MAX_TEXT] for field in text)
        self._entries.append(LogEntry(self._count, at, client_id, direction, fields))

    def entries(self, *, after: int = 0, limit: int = 500, client_id: int | None = None) -> list[LogEntry]:
        """Entries numbered above `after`, oldest first, at most `limit`."""
        found = [
            row for row in self._entries if row.number > after and (client_id is None or row.client_id == client_id)
        ]
        return found[:limit] if after else found[-limit:]

    def clear(self) -> None:
        """Forget everything; numbering goes on."""
        self._entries.clear()
