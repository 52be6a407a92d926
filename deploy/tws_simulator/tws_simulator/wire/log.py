"""The last messages in and out, kept in a ring of fixed size."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count, repeat

_MAX_FIELDS = 200
_MAX_TEXT = 200
_MAX_BYTES = 8192  # of one message: orders have less than a tenth of it
_Row = tuple[int, datetime, int | None, str, bytes]


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One message. `direction` is `in` (from the client) or `out`."""

    number: int
    at: datetime
    client_id: int | None
    direction: str
    fields: tuple[str, ...]


class MessageLog:
    """A bounded log; the oldest entries fall out. Messages are kept as they were sent and read when asked for."""

    def __init__(self, capacity: int = 5000) -> None:
        self._rows: deque[_Row] = deque(maxlen=capacity)
        self._count = 0

    @property
    def count(self) -> int:
        """How many messages there have been, which is the number of the last one."""
        return self._count

    @property
    def capacity(self) -> int:
        """How many messages are kept."""
        return self._rows.maxlen or 0

    def add(self, at: datetime, client_id: int | None, direction: str, payload: bytes) -> None:
        """Note one message by its payload."""
        self._count += 1
        self._rows.append((self._count, at, client_id, direction, payload[:_MAX_BYTES]))

    def add_all(self, at: datetime, client_id: int | None, direction: str, payloads: Sequence[bytes]) -> None:
        """Note many messages of one moment."""
        numbers = count(self._count + 1)
        self._rows.extend(zip(numbers, repeat(at), repeat(client_id), repeat(direction), payloads, strict=False))
        self._count += len(payloads)

    def entries(self, *, after: int = 0, limit: int = 500, client_id: int | None = None) -> list[LogEntry]:
        """Entries numbered above `after`, oldest first, at most `limit`."""
        found = [row for row in self._rows if row[0] > after and (client_id is None or row[2] == client_id)]
        return [_entry(row) for row in (found[:limit] if after else found[-limit:])]

    def clear(self) -> None:
        """Forget everything; numbering goes on."""
        self._rows.clear()


def _entry(row: _Row) -> LogEntry:
    number, at, client_id, direction, payload = row
    text = payload.decode("utf-8", "replace").rstrip("\0").split("\0")[:_MAX_FIELDS]
    return LogEntry(number, at, client_id, direction, tuple(field[:_MAX_TEXT] for field in text))
