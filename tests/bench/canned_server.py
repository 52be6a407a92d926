"""The least that can feed a client quotes: the same messages from memory, by a blocking socket. A floor.

Arguments: subscriptions to wait for, quotes to send. Prints its port; begins to send at a line on stdin.
"""

import socket
import struct
import sys

SUBSCRIPTIONS, QUOTES = int(sys.argv[1]), int(sys.argv[2])
LEVELS = 64


def framed(*fields: object) -> bytes:
    """One message."""
    payload = "".join(f"{field}\0" for field in fields).encode()
    return struct.pack(">I", len(payload)) + payload


class Reader:
    """Messages of a client."""

    def __init__(self, connection: socket.socket) -> None:
        self._file = connection.makefile("rb")

    def raw(self, count: int) -> bytes:
        """Bytes as they are."""
        return self._file.read(count)

    def message(self) -> list[str]:
        """The next message."""
        (length,) = struct.unpack(">I", self._file.read(4))
        return self._file.read(length).decode().split("\0")


def main() -> None:
    """Serve one client."""
    server = socket.create_server(("127.0.0.1", 0))
    print(server.getsockname()[1], flush=True)
    connection, _ = server.accept()
    reader = Reader(connection)
    reader.raw(4)
    reader.message()
    connection.sendall(framed(176, "20261124 10:00:00 EST"))
    wanted: list[str] = []
    while len(wanted) < SUBSCRIPTIONS:
        message = reader.message()
        if message[0] == "71":
            connection.sendall(framed(15, 1, "DU1234567") + framed(9, 1, 1))
        elif message[0] == "1":
            wanted.append(message[2])
    lot = b"".join(quotes(wanted))
    sys.stdin.readline()
    for _ in range(QUOTES // (SUBSCRIPTIONS * LEVELS * 2) + 1):
        connection.sendall(lot)
    sys.stdin.readline()


def quotes(req_ids: list[str]) -> list[bytes]:
    """One round of bids and asks for every subscription."""
    rows = []
    for level in range(LEVELS):
        for req_id in req_ids:
            rows.append(framed(1, 6, req_id, 1, f"{240 - level / 100:.2f}", 100 * (1 + level % 9), 1))
            rows.append(framed(1, 6, req_id, 2, f"{241 + level / 100:.2f}", 100 * (1 + level % 9), 1))
    return rows


main()
