"""Frames of the TWS protocol: a 4-byte big-endian length, then NUL-terminated fields."""

import struct
from collections.abc import Iterable, Iterator

API_PREFIX = b"API\0"
MAX_CLIENT_FRAME = 1 << 20  # real requests stay below 64 KiB; longer ones come from a broken or hostile client
_LENGTH = struct.Struct(">I")


class FrameError(Exception):
    """The byte stream of a client cannot be a TWS conversation; the connection must be cut."""


class FrameReader:
    """Cuts an incoming byte stream into frame payloads, however the network split or joined them."""

    def __init__(self, max_length: int = MAX_CLIENT_FRAME) -> None:
        self._buffer = bytearray()
        self._max_length = max_length
        self._prefix_seen = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield every payload completed by `data`. Raises FrameError on a wrong prefix or length."""
        self._buffer += data
        if not self._prefix_seen and not self._take_prefix():
            return
        while (payload := self._take_frame()) is not None:
            yield payload

    def _take_prefix(self) -> bool:
        head = bytes(self._buffer[: len(API_PREFIX)])
        if not API_PREFIX.startswith(head):
            raise FrameError("the connection did not begin with the API prefix")
        if len(head) < len(API_PREFIX):
            return False
        del self._buffer[: len(API_PREFIX)]
        self._prefix_seen = True
        return True

    def _take_frame(self) -> bytes | None:
        if len(self._buffer) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer)
        if not 0 < length <= self._max_length:
            raise FrameError(f"a frame announced {length} bytes, allowed are 1 to {self._max_length}")
        end = _LENGTH.size + length
        if len(self._buffer) < end:
            return None
        payload = bytes(self._buffer[_LENGTH.size : end])
        del self._buffer[:end]
        return payload


def frame(payload: bytes) -> bytes:
    """Put the length in front of a payload."""
    return _LENGTH.pack(len(payload)) + payload


def join_fields(fields: Iterable[str]) -> bytes:
    """Encode texts, at least one, as NUL-terminated UTF-8 fields."""
    return ("\0".join(fields) + "\0").encode("utf-8", "replace")


def split_fields(payload: bytes) -> list[str]:
    """Decode NUL-terminated fields. Bytes that are no UTF-8 become replacement characters."""
    parts = payload.decode("utf-8", "replace").split("\0")
    if parts and parts[-1] == "":
        parts.pop()
    return parts
