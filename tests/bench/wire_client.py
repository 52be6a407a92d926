"""A client of single frames, a server that answers every frame at once, and a simulator to talk to."""

import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class WireClient:
    """A client at version 178, without a library."""

    def __init__(self, port: int, client_id: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")
        self._socket.sendall(b"API\0" + self.frame(b"v157..178"))
        self.read()
        self.send(71, 2, client_id, "")
        self.read_until("9")

    @staticmethod
    def frame(payload: bytes) -> bytes:
        """Length and payload."""
        return struct.pack(">I", len(payload)) + payload

    def send(self, *fields: object) -> None:
        """One message."""
        self._socket.sendall(self.frame(self.payload(fields)))

    def read(self) -> list[str]:
        """The next message."""
        (length,) = struct.unpack(">I", self._file.read(4))
        return self._file.read(length).decode().split("\0")

    def read_until(self, *kinds: str) -> list[str]:
        """The first message of one of these kinds."""
        while (message := self.read())[0] not in kinds:
            pass
        return message

    def drain(self) -> None:
        """Read and forget in the background, as a client that keeps up does."""

        def read() -> None:
            try:
                while self._socket.recv(1 << 16):
                    pass
            except OSError:
                pass

        self._socket.settimeout(None)
        threading.Thread(target=read, daemon=True).start()

    def subscribe(self, req_id: int, symbol: str) -> None:
        """Ask for a stream of quotes."""
        self.send(1, 11, req_id, 0, symbol, "STK", "", "0.0", "", "", "SMART", "", "USD", "", "", 0, "", 0, 0, "")

    def place(
        self, order_id: int, symbol: str, kind: str = "MKT", limit: str = "", tif: str = "DAY", *, what_if: bool = False
    ) -> None:
        """A buy order for one share, or what it would cost."""
        self._socket.sendall(self.frame(self.order(order_id, symbol, kind, limit, tif, what_if=what_if)))

    @classmethod
    def order(
        cls, order_id: int, symbol: str, kind: str = "MKT", limit: str = "", tif: str = "DAY", *, what_if: bool = False
    ) -> bytes:
        """The message of a buy order for one share."""
        contract = (0, symbol, "STK", "", "0.0", "", "", "SMART", "", "USD", "", "", "", "")
        head = (3, order_id, *contract, "BUY", 1, kind, limit, "", tif, "", "", "", 0, "")
        flags = (1, 0, 0, 0, "", 0, 0, 0)
        middle = (*[""] * 8, 0, "", -1, 0, "", "", 0, "", "", 0, 0, "", 0, *[""] * 5, 0, "", "")
        tail = ("", "", 0, *[""] * 10, 0, "", "", 0, 0, "", "", int(what_if), "", 0, 0, 0)
        end = (0, *[""] * 6, 0, *[""] * 8, 0, 0, 0, "", "", "", 0, "", "")
        return cls.payload((*head, *flags, *middle, *tail, *end))

    @staticmethod
    def payload(fields: Iterable[object]) -> bytes:
        """The fields of one message."""
        return "".join(f"{field}\0" for field in fields).encode()

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()


@dataclass
class RunningSimulator:
    """A simulator process."""

    pid: int
    port: int
    control_port: int
    seconds_to_ready: float

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON answer."""
        data = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.control_port}{path}"
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def cpu_seconds(self) -> float:
        """Processor time used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Resident memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@contextmanager
def running_simulator(*options: str) -> Iterator[RunningSimulator]:
    """A simulator on free ports for a while."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "tws_simulator", "--port", "0", "--control-port", "0", "--seed", "7", *options],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "deploy" / "tws_simulator")},
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        seconds = time.perf_counter() - began
        yield RunningSimulator(process.pid, ready["port"], ready["control_port"], seconds)
    finally:
        process.terminate()
        process.wait(10)


ECHO = """
import asyncio
class Echo(asyncio.Protocol):
    def connection_made(self, transport): self.transport = transport
    def data_received(self, data): self.transport.write(data)
async def main():
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


def echo_milliseconds(samples: int) -> list[float]:
    """Round trips to a process that only sends back what it gets: the floor of any answer."""
    with subprocess.Popen([sys.executable, "-c", ECHO], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        connection = socket.create_connection(("127.0.0.1", int(process.stdout.readline())), timeout=10)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        file = connection.makefile("rb")
        message, took = WireClient.frame(b"49\x001\x00"), []
        for _ in range(samples):
            began = time.perf_counter()
            connection.sendall(message)
            file.read(len(message))
            took.append((time.perf_counter() - began) * 1000)
        connection.close()
        process.terminate()
    return took
