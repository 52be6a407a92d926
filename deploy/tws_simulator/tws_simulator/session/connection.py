"""A client's socket: frames, handshake, ordered and bounded output."""

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from tws_simulator.clock import tws_time
from tws_simulator.messages.replies import Message
from tws_simulator.messages.versions import VersionError, negotiate
from tws_simulator.session.output import TroubledOutput, reset_by_peer
from tws_simulator.session.session import Session
from tws_simulator.wire.fields import encode_fields
from tws_simulator.wire.framing import FrameError, FrameReader, frame

if TYPE_CHECKING:
    from tws_simulator.gateway import Gateway

log = logging.getLogger("tws_simulator.connection")
SLOW_READER_BYTES = 2 << 20  # above this, quotes are left out
LOST_READER_BYTES = 32 << 20  # above this, the client is cut off
HANDSHAKE_SECONDS = 60
_LEAVE_SECONDS = 5
_CLIENT_READ = 4096
_SPLIT_PAUSE = 0.005


class Connection(asyncio.Protocol):
    """Bytes in, frames out. Everything runs on the event loop's thread."""

    def __init__(self, gateway: "Gateway") -> None:
        self._gateway = gateway
        self._reader = FrameReader()
        self._transport: asyncio.Transport | None = None
        self._outbox: list[bytes] = []
        self._outbox_bytes = 0
        self._tail = b""
        self._flush_asked = False
        self._waiting_input: list[bytes] = []
        self._silent = False
        self._output: TroubledOutput | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self.session: Session | None = None
        self.peer = ""

    @property
    def gateway(self) -> "Gateway":
        """Whose port this is."""
        return self._gateway

    @property
    def client_id(self) -> int | None:
        """The client id, None before startApi."""
        return self.session.client_id if self.session else None

    # asyncio -----------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a new connection, or let it down as the faults say."""
        self._transport = cast(asyncio.Transport, transport)
        self.peer = str(transport.get_extra_info("peername"))
        self._gateway.connections.add(self)
        if self._gateway.faults.use("refuse_connections") is not None:
            self.abort()
            return
        waiting = self._gateway.lifecycle.shows
        eof = {"ms": 0} if waiting == "accept_then_eof" else self._gateway.faults.use("accept_then_eof")
        if eof is not None:
            asyncio.get_running_loop().call_later(eof["ms"] / 1000, self.cut)
        self._silent = (
            eof is not None or waiting == "no_handshake" or self._gateway.faults.use("stall_handshake") is not None
        )
        self._deadline = asyncio.get_running_loop().call_later(HANDSHAKE_SECONDS, self._give_up)

    def data_received(self, data: bytes) -> None:
        """Work on what came, unless the Gateway is to be silent."""
        if self._silent:
            return
        if self._is_stalled():
            if sum(map(len, self._waiting_input)) < LOST_READER_BYTES:
                self._waiting_input.append(data)
            return
        self._flush_asked = True  # by the end of this
        try:
            for payload in self._reader.feed(data):
                self._receive(payload)
        except (FrameError, VersionError) as error:
            log.warning("cutting off client %s at %s: %s", self.client_id, self.peer, error)
            self.abort()
        self.flush()

    def eof_received(self) -> bool:
        """The client says no more: it still gets what it asked for, then the connection closes, as a Gateway does."""
        self.flush()
        self._write_tail()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client; its orders stay."""
        self._gateway.connections.discard(self)
        if self._deadline is not None:
            self._deadline.cancel()
        if self.session is not None:
            self.session.close()
        self._transport = None
        self._outbox.clear()

    # Output ------------------------------------------------------------------------------------------------------

    def send(self, message: Message) -> None:
        """Queue a message; all of one turn of the event loop leave together."""
        self.send_payload(encode_fields(message))

    def send_payload(self, payload: bytes) -> None:
        """Queue an encoded message."""
        if self._transport is None or self._transport.is_closing():
            return
        gateway = self._gateway
        gateway.log.add(gateway.clock.now(), self.client_id, "out", payload)
        self._queue(frame(payload))

    def send_many(self, payloads: Sequence[bytes], frames: bytes) -> None:
        """Queue many encoded messages that are framed already."""
        if self._transport is None or self._transport.is_closing():
            return
        self._gateway.log.add_all(self._gateway.clock.now(), self.client_id, "out", payloads)
        self._queue(frames)

    def flush(self) -> None:
        """Let what is queued leave now; what it tells of is written down first."""
        self._flush_asked = False
        if self._transport is None or not self._outbox or self._is_stalled():
            return
        self._gateway.broker.store.commit()
        frames, self._outbox, self._outbox_bytes = self._outbox, [], 0
        delay = self._gateway.faults.use("delay_ms", self.client_id)
        if delay is not None:
            asyncio.get_running_loop().call_later(delay["ms"] / 1000, self._write, frames)
        else:
            self._write(frames)

    def started(self) -> None:
        """The client has said who it is."""
        if self._deadline is not None:
            self._deadline.cancel()

    def is_slow(self) -> bool:
        """Whether the client reads too slowly to be sent quotes."""
        if self._transport is None:
            return True
        return self.backlog > SLOW_READER_BYTES

    @property
    def backlog(self) -> int:
        """Bytes the client has not read yet, as far as they have not left this program."""
        if self._transport is None:
            return 0
        return self._transport.get_write_buffer_size() + self._outbox_bytes

    def close(self) -> None:
        """Send what is queued, then close."""
        self.flush()
        self._write_tail()
        if self._transport is not None:
            self._transport.close()

    def end(self) -> None:
        """The Gateway goes: what was said still leaves, and the client is forgotten now, however slowly it reads."""
        if self.session is not None:
            self.session.close()
        self.close()
        asyncio.get_running_loop().call_later(_LEAVE_SECONDS, self.abort)

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def cut(self, *, reset: bool = False) -> None:
        """End the connection as a failing network would: nothing more is sent, not even what is queued.

        The client sees the end of the stream (FIN), or with `reset` a connection reset (RST).
        """
        self._outbox.clear()
        self._tail = b""
        if self.session is not None:
            self.session.close()
        if self._transport is None:
            return
        if reset:
            reset_by_peer(self._transport)
            self._transport.abort()
        else:
            # What has left already may still have to be read; a client that does not read is not waited for.
            self._transport.close()
            asyncio.get_running_loop().call_later(_LEAVE_SECONDS, self.abort)

    def write_raw(self, data: bytes) -> None:
        """Write bytes as they are."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def resume(self) -> None:
        """Go on after a stall."""
        if self._is_stalled():
            return
        waiting, self._waiting_input = self._waiting_input, []
        for data in waiting:
            self.data_received(data)
        if self._outbox:
            self._ask_flush()

    # Inside ------------------------------------------------------------------------------------------------------

    def _receive(self, payload: bytes) -> None:
        self._gateway.log.add(self._gateway.clock.now(), self.client_id, "in", payload)
        if self.session is None:
            self._greet(payload)
        else:
            self.session.receive(payload)

    def _greet(self, payload: bytes) -> None:
        version = negotiate(
            payload.decode("utf-8", "replace").rstrip("\0"), server_max=self._gateway.settings.server_version
        )
        self.session = Session(self._gateway, self, version)
        # The official client throws away whatever follows this frame in the same read: it must travel alone.
        self.send((version, f"{tws_time(self._gateway.clock.now()).replace('US/Eastern', 'EST')}"))
        if self._gateway.faults.use("coalesce_handshake") is not None:
            self.session.greet_early()
        split = self._gateway.faults.use("split_handshake")
        if split is not None:
            self._flush_split(split["bytes"], split["ms"] / 1000)
        else:
            self.flush()

    def _flush_split(self, size: int, pause: float) -> None:
        data = b"".join(self._outbox)
        self._outbox, self._outbox_bytes = [], 0
        self.write_raw(data[:size])
        asyncio.get_running_loop().call_later(pause, self.write_raw, data[size:])

    def _give_up(self) -> None:
        if not self._silent and not self._is_stalled():
            log.warning("cutting off %s: no startApi within %s seconds", self.peer, HANDSHAKE_SECONDS)
            self.abort()

    def _is_stalled(self) -> bool:
        return self._gateway.faults.on("stall", self.client_id)

    def _queue(self, frames: bytes) -> None:
        self._outbox.append(frames)
        self._outbox_bytes += len(frames)
        if self._outbox_bytes > LOST_READER_BYTES:
            self.abort()
        elif not self._flush_asked:
            self._ask_flush()

    def _ask_flush(self) -> None:
        if not self._flush_asked:
            self._flush_asked = True
            asyncio.get_running_loop().call_soon(self.flush)

    def _write(self, frames: list[bytes]) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if self._gateway.meddles_with_output or (self._output is not None and self._output.is_waiting):
            self._write_troubled(frames)
            return
        data = self._tail + b"".join(frames)
        self._tail = b""
        if len(data) % _CLIENT_READ == 0:
            # The official client loses everything when what it can read is a multiple of 4096 bytes and nothing
            # follows within a second. The last byte goes a moment later.
            data, self._tail = data[:-1], data[-1:]
            asyncio.get_running_loop().call_later(_SPLIT_PAUSE, self._write_tail)
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > LOST_READER_BYTES:
            log.warning("cutting off client %s at %s: it does not read", self.client_id, self.peer)
            self._transport.abort()

    def _write_troubled(self, frames: list[bytes]) -> None:
        if self._output is None:
            self._output = TroubledOutput(self)
        self._write_tail()
        self._output.write(frames)

    def _write_tail(self) -> None:
        tail, self._tail = self._tail, b""
        if tail and self._transport is not None and not self._transport.is_closing():
            self._transport.write(tail)
