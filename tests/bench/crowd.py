"""Five hundred WebSocket clients in a process of their own; prints what each heard, and when.

Arguments: host, port. On stdin a JSON list of paths, one a client, then JSON lines: `{"subscribe": [channels]}` and
`{"stop": true}`. On stdout `ready` when all have subscribed, and at the end one JSON object of latencies in
milliseconds: of quotes from the `sent` in their rows, of events the moment of arrival by their number.
"""

import asyncio
import base64
import json
import os
import resource
import sys
import time
from typing import Any


class Member:
    """One client, with just enough of the protocol to listen."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.latencies: list[float] = []
        self.arrivals: dict[int, float] = {}
        self.is_subscribed = asyncio.Event()

    def say(self, message: dict[str, Any]) -> None:
        """With a mask of zeros, which is one."""
        body = json.dumps(message).encode()
        length = bytes([0x80 | len(body)]) if len(body) < 126 else b"\xfe" + len(body).to_bytes(2, "big")
        self.writer.write(b"\x81" + length + b"\0\0\0\0" + body)

    async def listen(self) -> None:
        """Until the connection ends."""
        while True:
            head = await self.reader.readexactly(2)
            length = head[1]
            if length >= 126:
                length = int.from_bytes(await self.reader.readexactly(2 if length == 126 else 8), "big")
            body = await self.reader.readexactly(length)
            if head[0] & 0x0F == 1:
                self._hear(json.loads(body), time.monotonic())
            elif head[0] & 0x0F == 9:
                self.writer.write(b"\x8a" + bytes([0x80 | len(body)]) + b"\0\0\0\0" + body)

    def _hear(self, message: dict[str, Any], now: float) -> None:
        match message["type"]:
            case "quotes":
                self.latencies += [(now - row["sent"]) * 1000 for row in message["data"] if "sent" in row]
            case "event":
                self.arrivals[message["seq"]] = now
            case "subscribed":
                self.is_subscribed.set()


async def join(host: str, port: int, path: str) -> Member:
    """Shake hands."""
    reader, writer = await asyncio.open_connection(host, port)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "", ""]
    writer.write("\r\n".join(lines).encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 101 " not in head:
        raise ConnectionError(head.decode(errors="replace"))
    return Member(reader, writer)


async def main(host: str, port: int) -> None:
    """See above."""
    loop = asyncio.get_running_loop()
    paths = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    crowd = [await join(host, port, path) for path in paths]
    tasks = [asyncio.create_task(member.listen()) for member in crowd]
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        wish = json.loads(line)
        if wish.get("stop"):
            break
        for member in crowd:
            member.is_subscribed.clear()
            member.say({"type": "subscribe", "channels": wish["subscribe"]})
        await asyncio.gather(*(member.is_subscribed.wait() for member in crowd))
        print("ready", flush=True)
    ended = sum(task.done() for task in tasks)
    arrivals: dict[int, list[float]] = {}
    for member in crowd:
        for seq, at in member.arrivals.items():
            arrivals.setdefault(seq, []).append(at)
    latencies = [latency for member in crowd for latency in member.latencies]
    print(json.dumps({"latencies": latencies, "arrivals": arrivals, "ended": ended}), flush=True)


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
