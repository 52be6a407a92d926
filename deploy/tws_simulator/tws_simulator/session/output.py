"""What faults do to the bytes of a connection: cut, slow, split and break them."""

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tws_simulator.session.connection import Connection

OUTPUT_FAULTS = frozenset({"slow_output", "byte_by_byte", "drop_at_byte", "truncated_frame", "no_boundary_guard"})
_STEP_SECONDS = 0.02
_LINGER_ZERO = struct.pack("ii", 1, 0)


class TroubledOutput:
    """Writes a connection's bytes as the faults that are on want it."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._waiting = bytearray()
        self._pump: asyncio.TimerHandle | None = None
        self._left: int | None = None
        self._reset = False

    @property
    def is_waiting(self) -> bool:
        """Whether bytes of before are still to leave; later ones must queue behind them."""
        return bool(self._waiting)

    def write(self, frames: list[bytes]) -> None:
        """Send frames, or what the faults leave of them."""
        self._waiting += b"".join(self._cut(row) for row in frames)
        self._begin_drop(frames)
        self._go_on()

    # Inside ------------------------------------------------------------------------------------------------------

    def _cut(self, framed: bytes) -> bytes:
        kind = message_id(framed)
        taken = self._connection.gateway.faults.take(
            "truncated_frame", lambda given: kind in given["messages"], self._connection.client_id
        )
        return framed if taken is None else framed[: taken["bytes"]]

    def _begin_drop(self, frames: list[bytes]) -> None:
        """Learn at which byte of what waits the connection is to be cut."""
        faults, client_id = self._connection.gateway.faults, self._connection.client_id
        if self._left is not None or not faults.has("drop_at_byte"):
            return
        kinds = [message_id(row) for row in frames]
        given = faults.take("drop_at_byte", lambda row: row["message"] in {None, *kinds}, client_id)
        if given is None:
            return
        before = len(self._waiting) - sum(map(len, frames))
        if given["message"] is not None:
            before += sum(map(len, frames[: kinds.index(given["message"])]))
        self._left, self._reset = before + given["bytes"], given["reset"]

    def _go_on(self) -> None:
        if self._pump is not None:
            return
        size, pause = self._pace()
        while self._waiting and self._pump is None:
            chunk = bytes(self._waiting[:size])
            del self._waiting[: len(chunk)]
            if not self._pass(chunk):
                return
            if pause and self._waiting:
                self._pump = asyncio.get_running_loop().call_later(pause, self._resume)

    def _resume(self) -> None:
        self._pump = None
        self._go_on()

    def _pace(self) -> tuple[int, float]:
        """How many bytes make one write, and the seconds between two."""
        faults, client_id = self._connection.gateway.faults, self._connection.client_id
        single = faults.find("byte_by_byte", client_id)
        if single is not None:
            return 1, single["ms"] / 1000
        slow = faults.find("slow_output", client_id)
        if slow is not None:
            return max(1, int(slow["bytes_per_second"] * _STEP_SECONDS)), _STEP_SECONDS
        return max(1, len(self._waiting)), 0.0

    def _pass(self, chunk: bytes) -> bool:
        """Write some bytes. Returns whether the connection still stands."""
        if self._left is not None and len(chunk) >= self._left:
            self._connection.write_raw(chunk[: self._left])
            self._waiting.clear()
            self._connection.cut(reset=self._reset)
            return False
        if self._left is not None:
            self._left -= len(chunk)
        self._connection.write_raw(chunk)
        return True


def message_id(framed: bytes) -> int:
    """The message id of a frame with its length in front, -1 if it has none."""
    text = framed[4 : framed.find(b"\0", 4)]
    return int(text) if text.isdigit() else -1


def reset_by_peer(transport: asyncio.BaseTransport) -> None:
    """Let the coming close be an RST."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
