"""The file of a recording (`.twsr`), written so that what was flushed survives a kill.

    file   = "TWSR" version(1 byte, 1) block…
    block  = length(4 bytes, big-endian) crc32(4 bytes, of the data) data(zlib)
    data   = lines of JSON; the first line of the first block describes the recording, all others are events

Events, with `t` in seconds since the recording began and `c` the number of the connection, counted from 1:

    {"c": 1, "t": 0.1, "e": "open"}                             a client connected
    {"c": 1, "t": 0.2, "e": "in", "f": ["v157..178"], "z": 0}   a message of the client: its fields
    {"c": 1, "t": 0.3, "e": "out", "f": ["178", "2026…"]}       a message of the gateway
    {"c": 1, "t": 0.4, "e": "raw_in", "d": "base64"}            bytes that are no messages (also raw_out)
    {"c": 1, "t": 9.9, "e": "close", "by": "client"}            who ended it: client, gateway or reset

`z` is 0 where a message does not end with NUL. Bytes that are no UTF-8 stand as lone surrogates, so messages can be
restored to the byte. A torn last block is left out when reading.
"""

import base64
import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

MAGIC = b"TWSR"
VERSION = 1
_HEAD = struct.Struct(">II")
_MAX_BLOCK = 256 << 20


class RecordingError(Exception):
    """The file is no recording, of another version, or damaged."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `kind` is open, in, out, raw_in, raw_out or close; `fields` those of a message."""

    connection: int
    at: float
    kind: str
    fields: tuple[str, ...] = ()
    terminated: bool = True
    raw: bytes = b""
    by: str = ""

    @property
    def payload(self) -> bytes:
        """The message as it stood in its frame."""
        text = "\0".join(self.fields) + ("\0" if self.terminated else "")
        return text.encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class Recording:
    """A whole recording: what it says about itself, and its events in order of time."""

    about: dict[str, Any]
    events: list[Event] = field(default_factory=list)
    torn: bool = False
    """Whether the end is missing."""

    def connections(self) -> list[int]:
        """The numbers of the connections, in the order in which they were opened."""
        return [row.connection for row in self.events if row.kind == "open"]

    def of(self, connection: int) -> list[Event]:
        """The events of one connection."""
        return [row for row in self.events if row.connection == connection]


def message_event(connection: int, at: float, kind: str, payload: bytes) -> Event:
    """The event of a message that was in a frame."""
    text = payload.decode("utf-8", "surrogateescape")
    terminated = text.endswith("\0")
    return Event(connection, at, kind, tuple((text[:-1] if terminated else text).split("\0")), terminated)


class Writer:
    """Writes a recording block by block. Not for several threads at once."""

    def __init__(self, path: Path, about: dict[str, Any]) -> None:
        self._file: BinaryIO = path.open("xb")
        self._file.write(MAGIC + bytes([VERSION]))
        self._lines = [json.dumps(about)]
        self.flush()

    def add(self, event: Event) -> None:
        """Note an event; it is in the file after the next flush."""
        self._lines.append(json.dumps(_row(event), separators=(",", ":")))

    def flush(self) -> None:
        """Hand what was noted to the operating system, as one block."""
        if not self._lines:
            return
        data = zlib.compress(("\n".join(self._lines) + "\n").encode())
        self._lines.clear()
        self._file.write(_HEAD.pack(len(data), zlib.crc32(data)) + data)
        self._file.flush()

    def close(self) -> None:
        """Flush and close."""
        self.flush()
        self._file.close()


def read_recording(path: Path) -> Recording:
    """Read a whole file. Raises RecordingError, OSError."""
    with path.open("rb") as file:
        head = file.read(len(MAGIC) + 1)
        if head[: len(MAGIC)] != MAGIC:
            raise RecordingError(f"{path} is no recording")
        if head[-1] != VERSION or len(head) == len(MAGIC):
            raise RecordingError(f"{path} is a recording of version {head[-1]}, this program reads version {VERSION}")
        blocks = _Blocks(file)
        rows = [row for block in blocks for row in _rows(block, path)]
    if not rows or "c" in rows[0]:
        raise RecordingError(f"{path} does not begin with its description")
    try:
        return Recording(rows[0], [_event(row) for row in rows[1:]], blocks.torn)
    except (KeyError, TypeError, ValueError) as error:
        raise RecordingError(f"{path} holds an event that cannot be read: {error}") from None


class _Blocks:
    """The blocks of a file; `torn` says whether the last one was cut off or damaged."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.torn = False

    def __iter__(self) -> Iterator[bytes]:
        while head := self._file.read(_HEAD.size):
            data = b""
            if len(head) == _HEAD.size:
                length, checksum = _HEAD.unpack(head)
                data = self._file.read(length) if length <= _MAX_BLOCK else b""
            if not data or len(data) != length or zlib.crc32(data) != checksum:
                self.torn = True
                return
            yield zlib.decompress(data)


def _rows(block: bytes, path: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in block.splitlines()]
    except ValueError:
        raise RecordingError(f"{path} holds a line that is no JSON") from None


def _row(event: Event) -> dict[str, Any]:
    row: dict[str, Any] = {"c": event.connection, "t": round(event.at, 6), "e": event.kind}
    if event.kind in {"in", "out"}:
        row["f"] = list(event.fields)
        if not event.terminated:
            row["z"] = 0
    if event.raw:
        row["d"] = base64.b64encode(event.raw).decode()
    if event.by:
        row["by"] = event.by
    return row


def _event(row: dict[str, Any]) -> Event:
    fields = tuple(str(text) for text in row.get("f", ()))
    raw = base64.b64decode(row.get("d", ""))
    return Event(int(row["c"]), float(row["t"]), str(row["e"]), fields, row.get("z", 1) != 0, raw, row.get("by", ""))
