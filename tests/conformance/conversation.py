"""Clients on raw sockets that keep every byte they are sent; standard library only."""

import json
import socket
import struct
import time
import urllib.error
import urllib.request
from typing import Any

APPLE = (265598, "AAPL", "STK", "", "0.0", "", "", "SMART", "", "USD", "", "")


class Talker:
    """One client, and all that was said to it."""

    def __init__(self, port: int, client_id: int, *, version: int = 178) -> None:
        self.heard = bytearray()
        self._read = 0
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._socket.sendall(b"API\0" + _frame(f"v{version}..{version}".encode()))
        self.next()
        self.say(71, 2, client_id, "")
        self.wait_for("9")

    def say(self, *fields: object) -> None:
        """Send one request."""
        self._socket.sendall(_frame("".join(f"{field}\0" for field in fields).encode()))

    def next(self) -> list[str]:
        """The next message. Raises ConnectionError at the end."""
        while True:
            end = self._end_of_next()
            if end is not None:
                begin, self._read = self._read + 4, end
                return self.heard[begin:end].decode().rstrip("\0").split("\0")
            part = self._socket.recv(1 << 16)
            if not part:
                raise ConnectionError
            self.heard += part

    def _end_of_next(self) -> int | None:
        if len(self.heard) < self._read + 4:
            return None
        (length,) = struct.unpack_from(">I", self.heard, self._read)
        end = self._read + 4 + int(length)
        return end if len(self.heard) >= end else None

    def wait_for(self, kind: str) -> list[str]:
        """Read up to the next message of this kind."""
        while True:
            message = self.next()
            if message[0] == kind:
                return message

    def sync(self) -> None:
        """Wait until everything asked so far is answered: the answers come in the order of the questions."""
        self.say(49, 1)
        self.wait_for("49")

    def place(
        self, order_id: int, action: str, quantity: int, kind: str, limit: str = "", stop: str = "", tif: str = "DAY"
    ) -> None:
        """Place an order for Apple with nothing unusual about it (version 178)."""
        head = (3, order_id, *APPLE, "", "", action, quantity, kind, limit, stop, tif, "", "", "", 0, f"r{order_id}")
        flags = (1, 0, 0, 0, "", 0, 0, 0)
        middle = (*[""] * 8, 0, "", -1, 0, "", "", 0, "", "", 0, 0, "", 0, *[""] * 5, 0, "", "")
        tail = ("", "", 0, *[""] * 10, 0, "", "", 0, 0, "", "", 0, "", 0, 0, 0)
        self.say(*head, *flags, *middle, *tail, 0, *[""] * 6, 0, *[""] * 8, 0, 0, 0, "", "", "", 0, "", "")

    def all(self) -> bytes:
        """Everything up to the end of the connection."""
        try:
            while True:
                self.next()
        except ConnectionError:
            self._socket.close()
            return bytes(self.heard)

    def finish(self) -> None:
        """Say no more, but go on listening."""
        self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


class Clock:
    """The control port's clock."""

    def __init__(self, control_port: int) -> None:
        self._url = f"http://127.0.0.1:{control_port}"

    def get(self, path: str = "/clock") -> dict[str, Any]:
        """The JSON at a path."""
        with urllib.request.urlopen(self._url + path, timeout=60) as answer:
            return dict(json.load(answer))

    def post(self, path: str = "/clock", **body: object) -> dict[str, Any]:
        """Send JSON to a path."""
        data, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
        request = urllib.request.Request(self._url + path, data, headers, method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return dict(json.load(answer))

    def refusal(self, path: str = "/clock", **body: object) -> int:
        """The status with which something is refused; 200 when it is not."""
        try:
            self.post(path, **body)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        return 200

    def run_to(self, moment: str, speed: float) -> None:
        """Let the clock run at a speed until a moment, and wait for it."""
        self.post(speed=speed, until=moment)
        while not self.get()["paused"]:
            time.sleep(0.01)


def _frame(payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + payload
