"""The least that can feed a crowd quotes: one frame, built once, written to every connection. A floor.

Arguments: clients to wait for, frames. Prints its port, and `done` when all frames are written.
"""

import asyncio
import base64
import hashlib
import json
import sys
import time

MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PAUSE = 0.25


async def main(clients: int, frames: int) -> None:
    """See above."""
    crowd: list[asyncio.StreamWriter] = []
    complete = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = next(line.split(": ")[1] for line in head.split("\r\n") if line.startswith("Sec-WebSocket-Key"))
        accept = base64.b64encode(hashlib.sha1((key + MAGIC).encode(), usedforsecurity=False).digest()).decode()
        lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
        writer.write("\r\n".join([*lines, f"Sec-WebSocket-Accept: {accept}", "", ""]).encode())
        await reader.read(1024)  # its subscription
        writer.write(framed(b'{"type":"subscribed","channels":[],"seq":0}'))
        crowd.append(writer)
        if len(crowd) == clients:
            complete.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await complete.wait()
    await asyncio.sleep(1)
    for _ in range(frames):
        frame = framed(json.dumps({"type": "quotes", "data": [quote(time.monotonic())]}).encode())
        for writer in crowd:
            writer.write(frame)
        await asyncio.sleep(PAUSE)
    print("done", flush=True)
    await asyncio.sleep(3600)


def quote(sent: float) -> dict[str, object]:
    """A row as large as the desk's."""
    prices = dict.fromkeys(("bid", "ask", "last", "high", "low", "open", "close"), "190.01")
    sizes = dict.fromkeys(("bid_size", "ask_size", "volume"), "900")
    known = {"symbol": "AAPL", "con_id": 265598, "time": "2026-01-05T14:30:00.000Z", "market_data_type": "live"}
    return {**known, **prices, **sizes, "stale": False, "stale_reason": None, "sent": sent}


def framed(body: bytes) -> bytes:
    """One text frame."""
    length = bytes([len(body)]) if len(body) < 126 else b"\x7e" + len(body).to_bytes(2, "big")
    return b"\x81" + length + body


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
