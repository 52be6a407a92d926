"""Serves the gateway's side of a recording to clients, and stops at the first thing they say differently."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import NoReturn

from tws_simulator.messages.names import request_name
from tws_simulator.recorder.file import Event, Recording
from tws_simulator.recorder.frames import Cutter
from tws_simulator.recorder.matching import Translation, report
from tws_simulator.wire.framing import frame

_LOOK_AHEAD = 10
"""A client may send messages in another order, but not further apart than this."""
_LONGEST_GAP = 3600.0


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a client left the recording: connection, number of its message there, and what is different."""

    connection: int
    number: int
    at: float
    text: str

    def __str__(self) -> str:
        return (
            f"difference in connection {self.connection}, message {self.number} of the client "
            f"({self.at:.3f} s into the recording)\n{self.text}"
        )


class Diverged(Exception):
    """The client said something else."""

    def __init__(self, difference: Difference) -> None:
        super().__init__(str(difference))
        self.difference = difference


class Replayer:
    """Serves one recording once; connections are served in the order in which they were recorded.

    `speed` keeps the recorded pauses divided by it; None serves as fast as the client asks. `patience` is how many
    seconds a client may take to say what comes next.
    """

    def __init__(self, recording: Recording, *, speed: float | None = None, patience: float = 30.0) -> None:
        self._recording = recording
        self._speed = speed
        self._patience = patience
        self._waiting = recording.connections()
        self._left = len(self._waiting)
        self._done = asyncio.Event()
        self._server: asyncio.Server | None = None
        self.difference: Difference | None = None
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        """Begin to listen; 0 takes a free port. Raises OSError."""
        self._server = await asyncio.start_server(self._serve, host, port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def finish(self) -> Difference | None:
        """Wait until all was replayed or something was different."""
        if self._left:
            await self._done.wait()
        if self._server is not None:
            self._server.close()
        return self.difference

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._waiting or self.difference is not None:
            writer.close()
            return
        number = self._waiting.pop(0)
        part = _Part(number, self._recording.of(number), reader, writer, self._speed, self._patience)
        try:
            await part.serve()
        except Diverged as diverged:
            self.difference = self.difference or diverged.difference
            self._done.set()
        except ConnectionError:
            pass  # the client went away while it was being told the rest
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        self._left -= 1
        if not self._left:
            self._done.set()


class _Part:
    """One connection of a recording and the client that is served by it."""

    def __init__(
        self,
        number: int,
        events: list[Event],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        speed: float | None,
        patience: float,
    ) -> None:
        self._number = number
        self._events = events
        self._reader = reader
        self._writer = writer
        self._speed = speed
        self._patience = patience
        self._cutter = Cutter(from_client=True)
        self._heard: list[list[str]] = []
        self._early: set[int] = set()
        self._count = 0
        self._translation = Translation(_version_of(events))

    async def serve(self) -> None:
        """Go through the events: hear what was heard, say what was said. Raises Diverged."""
        before = self._events[0].at if self._events else 0.0
        for place, event in enumerate(self._events):
            if event.kind in {"out", "raw_out", "close"}:
                await self._pause(event.at - before)
            before = event.at
            if event.kind == "in":
                self._count += 1
                await self._hear(place, event)
            elif event.kind == "out":
                await self._say(event)
            elif event.kind == "raw_out":
                self._writer.write(event.raw)
            elif event.kind == "raw_in":
                await self._drain_raw()
            elif event.kind == "close" and event.by == "reset":
                self._writer.transport.abort()
            elif event.kind == "close" and event.by == "client":
                await self._hear_end(event)

    async def _pause(self, seconds: float) -> None:
        await self._writer.drain()
        if self._speed is not None and seconds > 0:
            await asyncio.sleep(min(seconds, _LONGEST_GAP) / self._speed)

    async def _say(self, event: Event) -> None:
        fields = self._translation.reply(list(event.fields))
        payload = event.payload
        if tuple(fields) != event.fields:
            payload = Event(event.connection, event.at, "out", tuple(fields), event.terminated).payload
        first = event is next(row for row in self._events if row.kind == "out")
        self._writer.write(frame(payload))
        if first:
            await self._writer.drain()
            await asyncio.sleep(0.005)  # the official client loses what comes together with its greeting

    async def _hear(self, place: int, event: Event) -> None:
        if place in self._early:
            return
        expected = list(event.fields)
        while True:
            got = await self._next(event)
            differences = self._translation.differences(expected, got)
            if not differences:
                return
            ahead = self._found_ahead(place, got)
            if ahead is None:
                self._diverge(event, report(expected, got, differences))
            self._early.add(ahead)

    def _found_ahead(self, place: int, got: list[str]) -> int | None:
        """Where the recording has this message a little later."""
        ahead = [at for at in range(place + 1, len(self._events)) if self._events[at].kind == "in"][:_LOOK_AHEAD]
        for at in ahead:
            if at not in self._early and not self._translation.differences(list(self._events[at].fields), got):
                return at
        return None

    async def _next(self, event: Event) -> list[str]:
        while not self._heard:
            try:
                data = await asyncio.wait_for(self._reader.read(65536), self._patience)
            except TimeoutError:
                self._diverge(event, _nothing(event, f"nothing came within {self._patience:g} seconds"))
            except ConnectionError:
                data = b""
            if not data:
                self._diverge(event, _nothing(event, "the client closed the connection"))
            self._take(data, event)
        return self._heard.pop(0)

    def _take(self, data: bytes, event: Event) -> None:
        for whole, payload in self._cutter.feed(data):
            if not whole:
                self._diverge(event, _nothing(event, "the client sent what is no TWS message"))
            self._heard.append(payload.decode("utf-8", "surrogateescape").removesuffix("\0").split("\0"))

    async def _hear_end(self, event: Event) -> None:
        """The client should say nothing more; how long it stays is its own affair."""
        self._count += 1
        ends = asyncio.get_running_loop().time() + self._patience
        while not self._heard:
            try:
                async with asyncio.timeout_at(ends):
                    data = await self._reader.read(65536)
            except (TimeoutError, ConnectionError):
                return
            if not data:
                return
            self._take(data, event)
        name = request_name(self._heard[0])
        self._diverge(event, f"expected the end of the connection\ngot      {name}: {' '.join(self._heard[0][:20])}")

    async def _drain_raw(self) -> None:
        with contextlib.suppress(TimeoutError, ConnectionError):
            await asyncio.wait_for(self._reader.read(65536), self._patience)

    def _diverge(self, event: Event, text: str) -> NoReturn:
        raise Diverged(Difference(self._number, self._count, event.at, text))


def _version_of(events: list[Event]) -> int:
    first = next((row for row in events if row.kind == "out"), None)
    return int(first.fields[0]) if first is not None and first.fields[0].isdigit() else 0


def _nothing(event: Event, what: str) -> str:
    if event.kind != "in":
        return f"expected the end of the connection\n{what}"
    return f"expected {request_name(event.fields)}: {' '.join(text or '-' for text in event.fields[:20])}\n{what}"
