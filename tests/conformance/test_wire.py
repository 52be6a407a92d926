"""The simulator's sockets under clients that misbehave, and over restarts."""

import contextlib
import json
import socket
import struct
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(60)]

CONTRACT = (265598, "AAPL", "STK", "", "0.0", "", "", "SMART", "", "USD", "", "")


class WireClient:
    """A client at version 178 that sends and reads single frames."""

    def __init__(self, port: int, client_id: int | None = 1, *, offer: str = "v157..178") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.socket.sendall(b"API\0" + self.frame(offer.encode()))
        self.greeting: list[str] = []
        if client_id is not None:
            self.greeting = self.read()
            self.send(71, 2, client_id, "")

    @staticmethod
    def frame(payload: bytes) -> bytes:
        return struct.pack(">I", len(payload)) + payload

    def send(self, *fields: object) -> None:
        self.socket.sendall(self.frame("".join(f"{field}\0" for field in fields).encode()))

    def read(self) -> list[str]:
        """The next message. Raises ConnectionError when the server closed."""
        (length,) = struct.unpack(">I", self._exactly(4))
        return self._exactly(length).decode().rstrip("\0").split("\0")

    def read_until(self, kind: str) -> list[list[str]]:
        """All messages up to the first of this kind."""
        messages = [self.read()]
        while messages[-1][0] != kind:
            messages.append(self.read())
        return messages

    def is_alive(self) -> bool:
        """Whether the server still answers."""
        self.send(49, 1)
        return self.read_until("49")[-1][0] == "49"

    def is_cut_off(self) -> bool:
        """Whether the server closes the connection."""
        try:
            while True:
                self.read()
        except TimeoutError:
            return False
        except ConnectionError:
            return True

    def place(self, order_id: int, quantity: int = 100, kind: str = "MKT", limit: str = "", tif: str = "DAY") -> None:
        """Place a buy order with nothing unusual about it."""
        head = (3, order_id, *CONTRACT, "", "", "BUY", quantity, kind, limit, "", tif, "", "", "", 0, f"ref-{order_id}")
        flags = (1, 0, 0, 0, "", 0, 0, 0)
        middle = (*[""] * 8, 0, "", -1, 0, "", "", 0, "", "", 0, 0, "", 0, *[""] * 5, 0, "", "")
        tail = ("", "", 0, *[""] * 10, 0, "", "", 0, 0, "", "", 0, "", 0, 0, 0)
        end = (0, *[""] * 6, 0, *[""] * 8, 0, 0, 0, "", "", "", 0, "", "")
        self.send(*head, *flags, *middle, *tail, *end)

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise ConnectionError
            data += part
        return data


@pytest.fixture
def connect() -> Iterator[Callable[..., WireClient]]:
    """Connect clients; all are closed at the end of the test."""
    clients: list[WireClient] = []

    def make(port: int, client_id: int | None = 1, **more: Any) -> WireClient:
        clients.append(WireClient(port, client_id, **more))
        return clients[-1]

    yield make
    for client in clients:
        client.socket.close()


def control(port: int, method: str, path: str, body: Any = None) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


PINNED = {"symbol": "AAPL", "bid": "189.99", "ask": "190.01", "ask_size": "5000", "frozen": True}


def test_the_handshake_travels_alone(start_simulator: Callable[..., Any], connect: Callable[..., WireClient]) -> None:
    """The official client throws away what follows the first frame in one read, so nothing may."""
    client = connect(start_simulator().port, None)
    version, started = client.read()
    assert version == "178"
    assert started.endswith(" EST")
    client.socket.settimeout(0.3)
    with pytest.raises(TimeoutError):
        client.read()


@pytest.mark.parametrize(
    "stream",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"API\0" + struct.pack(">I", 0),
        b"API\0" + struct.pack(">I", 0xFFFFFFFF) + b"x" * 100,
        b"API\0" + WireClient.frame(b"v1..100"),
        b"API\0" + WireClient.frame(b"\xff\xfe rubbish"),
        b"\x00" * 1000,
    ],
)
def test_a_stream_that_is_no_conversation_is_cut_off(
    stream: bytes, start_simulator: Callable[..., Any], connect: Callable[..., WireClient]
) -> None:
    simulator = start_simulator()
    good = connect(simulator.port, 1)
    bad = connect(simulator.port, None)
    bad.socket.close()
    bad.socket = socket.create_connection(("127.0.0.1", simulator.port), timeout=5)
    bad.socket.sendall(stream)
    assert bad.is_cut_off()
    assert good.is_alive()


def test_an_oversized_frame_cuts_off_its_sender_only(
    start_simulator: Callable[..., Any], connect: Callable[..., WireClient]
) -> None:
    simulator = start_simulator()
    good, bad = connect(simulator.port, 1), connect(simulator.port, 2)
    bad.socket.sendall(struct.pack(">I", 2 << 20))
    assert bad.is_cut_off()
    assert good.is_alive()


def test_requests_cut_into_bytes_are_understood(
    start_simulator: Callable[..., Any], connect: Callable[..., WireClient]
) -> None:
    client = connect(start_simulator().port)
    for byte in WireClient.frame(b"49\x001\x00") * 3:
        client.socket.sendall(bytes([byte]))
    assert [client.read_until("49")[-1][0] for _ in range(3)] == ["49"] * 3


def test_a_client_that_never_reads_holds_nobody_up(
    start_simulator: Callable[..., Any], connect: Callable[..., WireClient]
) -> None:
    simulator = start_simulator()
    good, deaf = connect(simulator.port, 1), connect(simulator.port, 2)

    def ask_for_much() -> None:
        # More bars than fit into all buffers on the way.
        with contextlib.suppress(OSError):
            for req_id in range(200):
                deaf.send(20, req_id, *CONTRACT, 0, "", "1 min", "5 D", 0, "TRADES", 1, 0, "")

    threading.Thread(target=ask_for_much, daemon=True).start()
    times: list[float] = []
    for _ in range(20):
        begun = time.monotonic()
        assert good.is_alive()
        times.append(time.monotonic() - begun)
        time.sleep(0.02)
    assert sorted(times)[10] < 0.25


def test_orders_fills_and_ids_survive_kill_9(
    start_simulator: Callable[..., Any], connect: Callable[..., WireClient], tmp_path: Path
) -> None:
    options = ("--state-file", str(tmp_path / "state.jsonl"))
    first = start_simulator(*options)
    control(first.control_port, "POST", "/prices", PINNED)
    client = connect(first.port)
    client.place(1)
    (report,) = [message for message in client.read_until("59") if message[0] == "59"]
    client.place(2, kind="LMT", limit="150", tif="GTC")
    client.read_until("5")
    client.read_until("3")
    client.read_until("3")
    before = control(first.control_port, "GET", "/state")
    first.kill()
    assert client.is_cut_off()

    second = start_simulator(*options)
    after = control(second.control_port, "GET", "/state")
    assert after["orders"] == before["orders"]
    assert after["executions"] == before["executions"]
    assert after["accounts"][0]["positions"][0]["quantity"] == "100"
    assert after["accounts"][0]["cash"] == before["accounts"][0]["cash"]
    again = connect(second.port)
    greeting = again.read_until("3")
    assert ["9", "1", "3"] in greeting
    again.send(7, 3, 5, 0, "", "", "", "", "", "")
    assert report[2] in [message[2] for message in again.read_until("55") if message[0] == "59"]
    again.send(4, 1, 2, "")
    assert again.read_until("4")[-1][3] == "202"
    assert second.stop() == 0


def test_what_a_client_was_told_is_on_disk(
    start_simulator: Callable[..., Any], connect: Callable[..., WireClient], tmp_path: Path
) -> None:
    """Kill the simulator the moment an acknowledgement arrives: the order must be known after a restart."""
    options = ("--state-file", str(tmp_path / "state.jsonl"))
    for order_id in range(1, 6):
        simulator = start_simulator(*options)
        client = connect(simulator.port)
        client.place(order_id, kind="LMT", limit="10", tif="GTC")
        perm_id = client.read_until("3")[-1][6]
        simulator.kill()
        text = (tmp_path / "state.jsonl").read_text()
        assert f'"perm_id":{perm_id}' in text


def test_a_stalled_gateway_is_open_but_silent(
    start_simulator: Callable[..., Any], connect: Callable[..., WireClient]
) -> None:
    simulator = start_simulator()
    client = connect(simulator.port)
    assert client.is_alive()
    control(simulator.control_port, "POST", "/faults", {"name": "stall"})
    client.send(49, 1)
    late = connect(simulator.port, None)
    client.socket.settimeout(0.5)
    late.socket.settimeout(0.5)
    for one in (client, late):
        with pytest.raises(TimeoutError):
            one.read_until("49")
    client.socket.settimeout(5)
    late.socket.settimeout(5)
    control(simulator.control_port, "DELETE", "/faults")
    assert client.read_until("49")[-1][0] == "49"
    assert late.read()[0] == "178"


def test_connections_can_be_dropped_refused_and_left_hanging(
    start_simulator: Callable[..., Any], connect: Callable[..., WireClient]
) -> None:
    simulator = start_simulator()
    one, two = connect(simulator.port, 1), connect(simulator.port, 2)
    assert one.is_alive()
    assert two.is_alive()
    control(simulator.control_port, "POST", "/faults", {"name": "drop_connections", "client_id": 1})
    assert one.is_cut_off()
    assert two.is_alive()
    control(simulator.control_port, "POST", "/faults", {"name": "refuse_connections", "count": 1})
    refused = connect(simulator.port, None)
    assert refused.is_cut_off()
    control(simulator.control_port, "POST", "/faults", {"name": "stall_handshake", "count": 1})
    hanging = connect(simulator.port, None)
    hanging.socket.settimeout(0.4)
    assert not hanging.is_cut_off()
    assert connect(simulator.port, 1).is_alive()


@pytest.mark.alone
def test_everything_can_be_delayed(start_simulator: Callable[..., Any], connect: Callable[..., WireClient]) -> None:
    simulator = start_simulator()
    client = connect(simulator.port)
    assert client.is_alive()
    control(simulator.control_port, "POST", "/faults", {"name": "delay_ms", "ms": 300})
    begun = time.monotonic()
    assert client.is_alive()
    assert 0.28 < time.monotonic() - begun < 2


def test_no_flush_is_a_multiple_of_4096_bytes(
    start_simulator: Callable[..., Any], connect: Callable[..., WireClient]
) -> None:
    """The official client loses all of a read of exactly n x 4096 bytes: such an answer comes in two parts."""
    simulator = start_simulator()
    client = connect(simulator.port)
    assert client.is_alive()
    text_length = 4096 - len(WireClient.frame(b"4\x002\x00-1\x00777\x00\x00\x00"))
    control(simulator.control_port, "POST", "/faults", {"name": "error", "code": 777, "text": "x" * text_length})
    first = client.socket.recv(8192)
    assert len(first) == 4095
    assert client.socket.recv(8192) == b"\0"
    assert client.is_alive()


def test_the_control_port_survives_nonsense(start_simulator: Callable[..., Any]) -> None:
    simulator = start_simulator()

    def raw(data: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", simulator.control_port), timeout=5) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while part := connection.recv(65536):
                answer += part
        return answer

    def status(data: bytes) -> bytes:
        return raw(data).split(b" ")[1]

    assert raw(b"") == b""
    assert status(b"nonsense\r\n\r\n") == b"400"
    head = b"POST /prices HTTP/1.1\r\nContent-Type: application/json\r\n"
    assert status(head + b"Content-Length: 3\r\n\r\n{a}") == b"400"
    assert status(head + b"Content-Length: 99999999\r\n\r\n") == b"413"
    assert status(head + b"Content-Length: x\r\n\r\n") == b"400"
    assert status(b"POST /prices HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}") == b"415"
    assert status(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n") == b"400"
    assert raw(b"GET /health HTTP/1.1\r\n\r\nGET /health HTTP/1.1\r\nConnection: close\r\n\r\n").count(b" 200 OK") == 2
    with pytest.raises(urllib.error.HTTPError) as refused:
        control(simulator.control_port, "GET", "/nowhere")
    assert refused.value.code == 404
    refused.value.close()
    assert control(simulator.control_port, "GET", "/health")["status"] == "ok"


def test_two_simulators_cannot_share_a_port(start_simulator: Callable[..., Any], tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    simulator = start_simulator()

    def run(*options: str) -> tuple[int, str]:
        path = str(Path(__file__).resolve().parents[2] / "deploy" / "tws_simulator")
        done = subprocess.run(
            [sys.executable, "-m", "tws_simulator", *options],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            env={**os.environ, "PYTHONPATH": path},
        )
        return done.returncode, done.stderr

    code, text = run("--port", str(simulator.port), "--control-port", "0")
    assert (code, str(simulator.port) in text) == (1, True)
    foreign = tmp_path / "foreign"
    foreign.write_text("not ours\nat all\n")
    code, text = run("--port", "0", "--control-port", "0", "--state-file", str(foreign))
    assert (code, "cannot be read" in text, foreign.read_text()) == (1, True, "not ours\nat all\n")
    for wrong in (["--accounts", "U123"], ["--port", "99999"], ["--starting-cash", "-5"], ["--server-version", "201"]):
        assert run(*wrong)[0] == 2
