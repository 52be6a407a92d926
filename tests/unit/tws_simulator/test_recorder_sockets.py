"""The proxy, the replayer and the comparison over real sockets."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tws_simulator import TwsSimulator
from tws_simulator.recorder.compare import Comparison, KindDifference
from tws_simulator.recorder.file import Event, Recording, message_event, read_recording
from tws_simulator.recorder.proxy import Proxy, Recorder
from tws_simulator.recorder.redaction import NoRedactor, Redactor
from tws_simulator.recorder.replay import Difference, Replayer
from tws_simulator.wire.fields import encode_fields
from tws_simulator.wire.framing import API_PREFIX, FrameReader, frame

from tests.unit.tws_simulator.test_session import order_fields

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Talker:
    """A client that says messages and reads replies as fields."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._frames = FrameReader(64 << 20)
        self._frames._prefix_seen = True
        self._waiting: list[list[str]] = []

    @classmethod
    async def connect(cls, port: int, *, client_id: int = 1, greet: bool = True) -> "Talker":
        talker = cls(*await asyncio.open_connection("127.0.0.1", port))
        if greet:
            talker.writer.write(API_PREFIX + frame(b"v157..178"))
            await talker.heard("178")
            talker.say(71, 2, client_id, "")
            await talker.heard("9")
        return talker

    def say(self, *fields: Any) -> None:
        self.writer.write(frame(encode_fields(list(fields))))

    async def next(self) -> list[str]:
        while not self._waiting:
            data = await asyncio.wait_for(self.reader.read(65536), 5)
            if not data:
                raise EOFError
            self._waiting += [part.decode().removesuffix("\0").split("\0") for part in self._frames.feed(data)]
        return self._waiting.pop(0)

    async def heard(self, *head: str) -> list[str]:
        """Read up to a message that begins so."""
        while (message := await self.next())[: len(head)] != list(head):
            pass
        return message

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


@contextlib.asynccontextmanager
async def proxied(file: Path, port: int, redactor: Redactor | None = None) -> Any:
    recorder = Recorder(file, redactor or NoRedactor(), {"recorder": "test"})
    proxy = Proxy("127.0.0.1", port, recorder)
    await proxy.start("127.0.0.1", 0)
    try:
        yield proxy
    finally:
        await proxy.stop()
        recorder.close()


async def session(
    port: int, *, client_id: int = 1, quantity: int = 100, ref: str = "mine", req_id: int = 5
) -> list[str]:
    """A small day: contract, order, positions. Returns the names of what came last."""
    talker = await Talker.connect(port, client_id=client_id)
    talker.say(8, 1, 1)
    order_id = int((await talker.heard("9"))[-1])
    talker.say(9, 8, req_id, 0, "AAPL", "STK", "", 0, "", "", "SMART", "", "USD", "", "", 0, "", "", "")
    await talker.heard("52", "1", str(req_id))
    talker.say(*order_fields(order_id, quantity=str(quantity), ref=ref))
    filled = await talker.heard("3", str(order_id), "Filled")
    talker.say(61, 1)
    await talker.heard("62")
    await talker.close()
    return filled


async def recorded(tmp_path: Path, redactor: Redactor | None = None, **more: Any) -> Recording:
    file = tmp_path / "session.twsr"
    async with TwsSimulator(seed=7) as simulator:
        await simulator.request(
            "POST", "/prices", {"symbol": "AAPL", "bid": "189.99", "ask": "190.01", "ask_size": 5000}
        )
        async with proxied(file, simulator.port, redactor or Redactor()) as proxy:
            await session(proxy.port, **more)
            await asyncio.sleep(0.05)
    return read_recording(file)


# Proxy -------------------------------------------------------------------------------------------------------------


def test_bytes_pass_unchanged_in_both_directions(tmp_path: Path) -> None:
    sent = bytes(range(256)) * 8192  # two megabytes that are no frames

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def run() -> bytes:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        async with proxied(tmp_path / "a.twsr", server.sockets[0].getsockname()[1]) as proxy:
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            writer.write(sent)
            writer.write_eof()  # half-closed: the answer still comes
            got = await asyncio.wait_for(reader.read(), 10)
            writer.close()
            await asyncio.sleep(0.05)
        server.close()
        return got

    assert asyncio.run(run()) == sent
    events = read_recording(tmp_path / "a.twsr").events
    assert b"".join(row.raw for row in events if row.kind == "raw_in") == sent
    assert b"".join(row.raw for row in events if row.kind == "raw_out") == sent
    assert events[-1].by == "client"


class SlowRedactor(NoRedactor):
    """As slow as a disk that hangs, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = threading.Event()

    def redact(self, event: Event, version: int | None = None) -> Event:
        self.goes_on.wait(20)
        return super().redact(event, version)


def test_both_sides_wait_for_a_recorder_that_falls_behind(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    part, parts = frame(b"49\x001\0" * 1000), 2000  # 12 MB, more than all buffers between hold
    redactor = SlowRedactor()
    taken = 0

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        while data := await reader.read(65536):
            taken += len(data)
        writer.close()

    async def run() -> tuple[int, int]:
        server = await asyncio.start_server(swallow, "127.0.0.1", 0)
        recorder = Recorder(tmp_path / "a.twsr", redactor, {"recorder": "test"}, most_waiting=1 << 20)
        proxy = Proxy("127.0.0.1", server.sockets[0].getsockname()[1], recorder)
        await proxy.start("127.0.0.1", 0)
        _, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(API_PREFIX + part * parts)
        held, before = -1, -2
        while held != before:  # until nothing moves any more
            await asyncio.sleep(0.3)
            held, before = taken, held
        redactor.goes_on.set()
        writer.write_eof()
        async with asyncio.timeout(60):
            while taken < len(API_PREFIX) + len(part) * parts:
                await asyncio.sleep(0.02)
        await proxy.stop()
        writer.close()
        recorder.close()
        server.close()
        return held, taken

    held, sent = asyncio.run(run())
    assert held < 2 << 20 < sent == len(API_PREFIX) + len(part) * parts
    said = [row.message for row in caplog.records if row.name == "tws_simulator.recorder"]
    assert "falls behind" in said[0]
    assert "caught up" in said[1]
    events = read_recording(tmp_path / "a.twsr").events
    assert sum(row.kind == "in" for row in events) == parts


def test_messages_are_recorded_however_the_network_cuts_them(tmp_path: Path) -> None:
    async def run() -> None:
        async with TwsSimulator() as simulator, proxied(tmp_path / "a.twsr", simulator.port) as proxy:
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            for byte in API_PREFIX + frame(b"v157..178"):
                writer.write(bytes([byte]))
                await asyncio.sleep(0.001)
            await reader.read(100)
            writer.write(frame(encode_fields([71, 2, 1, ""])) + frame(encode_fields([49, 1])) * 3)
            got = b""
            while got.count(b"49\x001\x00") < 3:
                got += await asyncio.wait_for(reader.read(65536), 5)
            writer.close()
            await asyncio.sleep(0.05)

    asyncio.run(run())
    said = [row.fields[0] for row in read_recording(tmp_path / "a.twsr").events if row.kind == "in"]
    assert said == ["v157..178", "71", "49", "49", "49"]


def test_big_messages_of_a_gateway_are_recorded(tmp_path: Path) -> None:
    big = frame(b"178\x00now\x00") + frame(b"19\x001\x00" + b"<x/>" * 1_000_000 + b"\x00")

    async def give(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(big)
        await writer.drain()
        writer.close()

    async def run() -> int:
        server = await asyncio.start_server(give, "127.0.0.1", 0)
        async with proxied(tmp_path / "a.twsr", server.sockets[0].getsockname()[1], Redactor()) as proxy:
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            got = await asyncio.wait_for(reader.read(), 10)
            writer.close()
            await asyncio.sleep(0.05)
        server.close()
        return len(got)

    assert asyncio.run(run()) == len(big)
    recording = read_recording(tmp_path / "a.twsr")
    assert [len(row.payload) for row in recording.events if row.kind == "out"] == [8, 4_000_006]
    assert recording.events[-1].by == "gateway"


def test_a_gateway_that_is_down_closes_the_client(tmp_path: Path) -> None:
    async def run() -> bytes:
        async with proxied(tmp_path / "a.twsr", 1) as proxy:
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            got = await asyncio.wait_for(reader.read(), 5)
            writer.close()
            return got

    assert asyncio.run(run()) == b""
    assert [row.kind for row in read_recording(tmp_path / "a.twsr").events] == ["open", "close"]


def test_a_reset_is_passed_on(tmp_path: Path) -> None:
    async def run() -> None:
        async with TwsSimulator() as simulator, proxied(tmp_path / "a.twsr", simulator.port) as proxy:
            talker = await Talker.connect(proxy.port)
            await simulator.request("POST", "/faults", {"name": "drop_connections"})
            with pytest.raises((EOFError, ConnectionError)):
                await talker.heard("never")
            await talker.close()

    asyncio.run(run())
    assert read_recording(tmp_path / "a.twsr").events[-1].kind == "close"


def test_what_was_flushed_survives_without_a_close(tmp_path: Path) -> None:
    async def run() -> list[Event]:
        async with TwsSimulator() as simulator, proxied(tmp_path / "a.twsr", simulator.port) as proxy:
            talker = await Talker.connect(proxy.port)
            await asyncio.sleep(0.5)
            events = read_recording(tmp_path / "a.twsr").events  # as after kill -9 now
            await talker.close()
            return events

    assert "71" in [row.fields[0] for row in asyncio.run(run()) if row.kind == "in"]


def test_recorded_traffic_is_redacted_and_passed_traffic_is_not(tmp_path: Path) -> None:
    recording = asyncio.run(recorded(tmp_path, ref="secret plan"))
    text = " ".join(" ".join(row.fields) for row in recording.events)
    assert "DU1234567" not in text
    assert "secret plan" not in text
    assert "DU0000001" in text
    assert b"DU1234567" not in (tmp_path / "session.twsr").read_bytes()


# Replayer ----------------------------------------------------------------------------------------------------------


async def replayed(recording: Recording, act: Callable[[int], Awaitable[Any]], **more: Any) -> Difference | None:
    replayer = Replayer(recording, **{"patience": 1.0, **more})
    await replayer.start("127.0.0.1", 0)
    with contextlib.suppress(EOFError, ConnectionError, TimeoutError):
        await act(replayer.port)
    return await asyncio.wait_for(replayer.finish(), 5)


def test_the_same_client_finds_the_same_gateway(tmp_path: Path) -> None:
    async def run() -> tuple[list[str], Difference | None]:
        recording = await recorded(tmp_path)
        filled: list[str] = []

        async def act(port: int) -> None:
            # Other ids, another reference: what a client may choose anew.
            filled.extend(await session(port, client_id=9, ref="other", req_id=77))

        return filled, await replayed(recording, act)

    filled, difference = asyncio.run(run())
    assert difference is None
    assert filled[2:5] == ["Filled", "100", "0"]
    assert filled[9] == "9"


def test_the_first_difference_is_pointed_at(tmp_path: Path) -> None:
    async def run() -> Difference | None:
        return await replayed(await recorded(tmp_path), lambda port: session(port, quantity=200))

    difference = asyncio.run(run())
    assert difference is not None
    assert (difference.connection, difference.number) == (1, 5)
    assert "expected place_order" in str(difference)
    assert "quantity  '100'     '200'" in str(difference)


async def _leaves_early(port: int) -> None:
    talker = await Talker.connect(port)
    await talker.close()


async def _asks_something_else(port: int) -> None:
    talker = await Talker.connect(port)
    talker.say(99, 1)
    await talker.heard("never")


async def _says_nothing(port: int) -> None:
    talker = await Talker.connect(port)
    await talker.heard("never")


async def _speaks_http(port: int) -> None:
    talker = await Talker.connect(port, greet=False)
    talker.writer.write(b"GET / HTTP/1.1\r\n\r\n")
    await talker.heard("never")


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (_leaves_early, "the client closed the connection"),
        (_asks_something_else, "got      req_completed_orders"),
        (_says_nothing, "nothing came within 0.2 seconds"),
        (_speaks_http, "no TWS message"),
    ],
)
def test_other_ways_to_differ(tmp_path: Path, act: Callable[[int], Awaitable[None]], reason: str) -> None:
    async def run() -> Difference | None:
        return await replayed(await recorded(tmp_path), act, patience=0.2)

    assert reason in str(asyncio.run(run()))


def test_more_than_was_recorded_is_a_difference() -> None:
    events = [
        Event(1, 0.0, "open"),
        message_event(1, 0.0, "in", b"v157..178"),
        message_event(1, 0.0, "out", b"178\x00now\x00"),
        Event(1, 0.1, "close", by="client"),
    ]

    async def act(port: int) -> None:
        talker = await Talker.connect(port, greet=False)
        talker.writer.write(API_PREFIX + frame(b"v157..178") + frame(b"61\x001\x00"))
        await talker.heard("never")

    assert "got      req_positions" in str(asyncio.run(replayed(Recording({}, events), act)))


def test_messages_may_come_in_another_order() -> None:
    ask = [encode_fields([63, 1, 5]), encode_fields([61, 1])]
    events = [
        Event(1, 0.0, "open"),
        message_event(1, 0.0, "in", b"v157..178"),
        message_event(1, 0.0, "out", b"178\x00now\x00"),
        *[message_event(1, 0.1, "in", payload) for payload in ask],
        message_event(1, 0.2, "out", b"62\x001\x00"),
        Event(1, 0.3, "close", by="gateway"),
    ]

    async def act(port: int) -> None:
        talker = await Talker.connect(port, greet=False)
        talker.writer.write(API_PREFIX + frame(b"v157..178") + frame(ask[1]) + frame(ask[0]))
        await talker.heard("62")
        with pytest.raises(EOFError):
            await talker.next()

    assert asyncio.run(replayed(Recording({}, events), act)) is None


def test_recorded_pauses_are_kept_if_wished() -> None:
    events = [
        Event(1, 0.0, "open"),
        message_event(1, 0.0, "in", b"v157..178"),
        message_event(1, 0.0, "out", b"178\x00now\x00"),
        message_event(1, 2.0, "out", b"62\x001\x00"),
        Event(1, 2.0, "close", by="gateway"),
    ]

    async def timed(speed: float | None) -> float:
        begun = asyncio.get_running_loop().time()

        async def act(port: int) -> None:
            talker = await Talker.connect(port, greet=False)
            talker.writer.write(API_PREFIX + frame(b"v157..178"))
            await talker.heard("62")
            await talker.close()

        assert await replayed(Recording({}, events), act, speed=speed) is None
        return asyncio.get_running_loop().time() - begun

    assert asyncio.run(timed(10)) >= 0.2
    assert asyncio.run(timed(None)) < 0.2


# Comparison --------------------------------------------------------------------------------------------------------


async def compared(recording: Recording, **more: Any) -> KindDifference | None:
    async with TwsSimulator(seed=99, accounts=("DU7654321",)) as simulator:
        await simulator.request("POST", "/prices", {"symbol": "AAPL", "bid": "89.99", "ask": "90.01", "ask_size": 5000})
        if more:
            await simulator.request("POST", "/faults", more)
        return await Comparison(recording, "127.0.0.1", simulator.port, patience=0.4).run()


def test_a_gateway_that_answers_alike_is_the_same(tmp_path: Path) -> None:
    async def run() -> KindDifference | None:
        return await compared(await recorded(tmp_path))

    assert asyncio.run(run()) is None


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"name": "swallow_orders"}, "expected open_order for 1; it did not come within 0.4 seconds"),
        ({"name": "reject_orders"}, "for this id came error 201"),
        ({"name": "client_id_in_use"}, "it closed the connection"),
    ],
)
def test_another_kind_of_reply_is_pointed_at(tmp_path: Path, fault: dict[str, Any], reason: str) -> None:
    async def run() -> KindDifference | None:
        return await compared(await recorded(tmp_path), **fault)

    assert reason in str(asyncio.run(run()))
