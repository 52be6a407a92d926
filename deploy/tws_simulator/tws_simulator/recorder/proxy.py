"""Stands between clients and a gateway: passes every byte on at once, and lets a recorder listen.

What the recorder has not written yet is bounded. When the disk cannot follow, nothing is left out and nothing is let
grow: the proxy takes no more bytes until the recorder has caught up, so that TCP makes both sides wait, and says so.
"""

import asyncio
import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from tws_simulator.recorder.file import Event, Writer, message_event
from tws_simulator.recorder.frames import Cutter
from tws_simulator.recorder.redaction import Redactor

log = logging.getLogger("tws_simulator.recorder")
_FLUSH_SECONDS = 0.1
MOST_WAITING = 32 << 20
"""Bytes heard and not yet written, above which both sides have to wait."""
_CONNECTING, _SLOW_READER, _RECORDER = "connecting", "slow reader", "recorder"
_Item = tuple[int, float, str, bytes]


def _nothing() -> None:
    """Nobody waits."""


class Recorder:
    """Writes down what the proxy hears, on a thread of its own.

    `most_waiting` bytes may wait to be written. Beyond, `when_behind` is called, in the thread of `note`; and
    `when_caught_up`, in the recorder's own thread, once half of them are written.
    """

    def __init__(
        self, path: Path, redactor: Redactor, about: dict[str, Any], *, most_waiting: int = MOST_WAITING
    ) -> None:
        self._writer = Writer(path, about)
        self._redactor = redactor
        self._started = time.monotonic()
        self._items: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._cutters: dict[tuple[int, str], Cutter] = {}
        self._versions: dict[int, int] = {}
        self.events = 0
        self.when_behind: Callable[[], None] = _nothing
        self.when_caught_up: Callable[[], None] = _nothing
        self._most = most_waiting
        self._waiting = 0
        self._is_behind = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    def note(self, connection: int, kind: str, data: bytes = b"") -> None:
        """Note bytes of a direction (in, out), or that a connection opened or closed (`data` says by whom)."""
        self._items.put((connection, time.monotonic() - self._started, kind, data))
        with self._lock:
            self._waiting += len(data)
            falls_behind = self._waiting > self._most and not self._is_behind
            self._is_behind = self._is_behind or falls_behind
        if falls_behind:
            log.warning("the recorder falls behind by %s bytes: both sides wait for it", self._most)
            self.when_behind()

    @property
    def is_behind(self) -> bool:
        """Whether more waits to be written than may."""
        return self._is_behind

    def close(self) -> None:
        """Write the rest and close the file."""
        self._items.put(None)
        self._thread.join()
        self._writer.close()

    def _work(self) -> None:
        flushed = time.monotonic()
        while True:
            try:
                item = self._items.get(timeout=_FLUSH_SECONDS)
                if item is None:
                    return
                self._take(item)
                self._count_off(len(item[3]))
                idle = False
            except queue.Empty:
                idle = True
            if idle or time.monotonic() - flushed > _FLUSH_SECONDS:
                self._writer.flush()
                flushed = time.monotonic()

    def _count_off(self, size: int) -> None:
        with self._lock:
            self._waiting -= size
            caught_up = self._is_behind and self._waiting <= self._most // 2
            self._is_behind = self._is_behind and not caught_up
        if caught_up:
            log.warning("the recorder has caught up")
            self.when_caught_up()

    def _take(self, item: _Item) -> None:
        try:
            for event in self._events(*item):
                self._writer.add(self._redactor.redact(event, self._versions.get(event.connection)))
                self.events += 1
                self._learn_version(event)
        except Exception:
            log.exception("a message could not be recorded")

    def _events(self, connection: int, at: float, kind: str, data: bytes) -> list[Event]:
        if kind == "open":
            return [Event(connection, at, kind)]
        if kind == "close":
            return [Event(connection, at, kind, by=data.decode())]
        cutter = self._cutters.setdefault((connection, kind), Cutter(from_client=kind == "in"))
        return [
            message_event(connection, at, kind, part) if whole else Event(connection, at, f"raw_{kind}", raw=part)
            for whole, part in cutter.feed(data)
        ]

    def _learn_version(self, event: Event) -> None:
        if event.kind == "out" and event.connection not in self._versions and event.fields[0].isdigit():
            self._versions[event.connection] = int(event.fields[0])


class Proxy:
    """Listens on one port and connects every client to the gateway."""

    def __init__(self, host: str, port: int, recorder: Recorder) -> None:
        self._target = (host, port)
        self._recorder = recorder
        self._numbers = itertools.count(1)
        self._server: asyncio.Server | None = None
        self.links: set[Link] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        """Begin to listen; 0 takes a free port. Raises OSError."""
        self._loop = loop = asyncio.get_running_loop()
        self._recorder.when_behind, self._recorder.when_caught_up = self._hold, self._let_go_soon
        self._server = await loop.create_server(self._link, host, port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close everything."""
        if self._server is not None:
            self._server.close()
        for link in list(self.links):
            link.abort()
        await asyncio.sleep(0)

    def _hold(self) -> None:
        for link in self.links:
            link.hold()

    def _let_go_soon(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._let_go)

    def _let_go(self) -> None:
        if not self._recorder.is_behind:
            for link in self.links:
                link.let_go()

    def _link(self) -> "Side":
        link = Link(next(self._numbers), self._target, self._recorder, self.links)
        return link.client


class Link:
    """One client with its own connection to the gateway."""

    def __init__(self, number: int, target: tuple[str, int], recorder: Recorder, links: "set[Link]") -> None:
        self.number = number
        self.recorder = recorder
        self.client = Side(self, "in")
        self.gateway = Side(self, "out")
        self._target = target
        self._links = links
        self._ended = False
        self._silent: list[Side] = []

    def opened(self, side: "Side") -> None:
        """One side is connected: for a client, connect to the gateway."""
        if self.recorder.is_behind:
            side.pause(_RECORDER)
        if side is self.client:
            self._links.add(self)
            self.recorder.note(self.number, "open")
            side.pause(_CONNECTING)
            asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        try:
            await asyncio.get_running_loop().create_connection(lambda: self.gateway, *self._target)
        except OSError as error:
            log.warning("the gateway at %s:%s does not answer: %s", *self._target, error)
            self.ended("gateway", None)
            return
        if self._ended:
            self.gateway.abort()
        else:
            self.client.resume(_CONNECTING)

    def hold(self) -> None:
        """Take nothing from either side: the recorder has enough to do."""
        for side in (self.client, self.gateway):
            side.pause(_RECORDER)

    def let_go(self) -> None:
        """The recorder has caught up."""
        for side in (self.client, self.gateway):
            side.resume(_RECORDER)

    def other(self, side: "Side") -> "Side":
        """The opposite side."""
        return self.gateway if side is self.client else self.client

    def said_all(self, side: "Side") -> None:
        """One side will say no more but may still listen. When both have said all, it is over."""
        self._silent.append(side)
        if len(self._silent) == 1:
            self.other(side).write_eof()
        else:
            self.ended("client" if self._silent[0] is self.client else "gateway", None)

    def ended(self, by: str, error: Exception | None) -> None:
        """One side is gone: the other goes the same way."""
        if self._ended:
            return
        self._ended = True
        self._links.discard(self)
        self.recorder.note(self.number, "close", b"reset" if error is not None else by.encode())
        for side in (self.client, self.gateway):
            side.abort() if error is not None else side.close()

    def abort(self) -> None:
        """End both sides at once."""
        self.client.abort()
        self.gateway.abort()


class Side(asyncio.Protocol):
    """One socket of a link. `direction` is that of what comes from it."""

    def __init__(self, link: Link, direction: str) -> None:
        self._link = link
        self._direction = direction
        self._transport: asyncio.Transport | None = None
        self._reasons: set[str] = set()
        """Why nothing is taken from this side now."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)
        self._link.opened(self)

    def data_received(self, data: bytes) -> None:
        """Pass on first, then note."""
        self._link.other(self).write(data)
        self._link.recorder.note(self._link.number, self._direction, data)

    def eof_received(self) -> bool:
        """Keep open: the other way may go on."""
        self._link.said_all(self)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the other side go too."""
        self._transport = None
        self._link.ended("client" if self._direction == "in" else "gateway", exc)

    def pause_writing(self) -> None:
        """This side does not read fast enough: take no more from the other."""
        self._link.other(self).pause(_SLOW_READER)

    def resume_writing(self) -> None:
        """It has caught up."""
        self._link.other(self).resume(_SLOW_READER)

    def write(self, data: bytes) -> None:
        """Send."""
        if self._transport is not None:
            self._transport.write(data)

    def write_eof(self) -> None:
        """Say that no more comes."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write_eof()

    def pause(self, reason: str) -> None:
        """Take nothing from this side for now."""
        self._reasons.add(reason)
        if self._transport is not None and self._transport.is_reading():
            self._transport.pause_reading()

    def resume(self, reason: str) -> None:
        """Take from it again, unless there is another reason not to."""
        self._reasons.discard(reason)
        if self._reasons:
            return
        if self._transport is not None and not self._transport.is_closing() and not self._transport.is_reading():
            self._transport.resume_reading()

    def close(self) -> None:
        """Send what is queued, then close."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()
