"""A WebSocket client that must see every event once and in order, through every loss of its connection."""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

import websockets

from tests.drill.api_client import ApiClient
from tests.drill.values import digest
from tests.fixtures.desk import RunningDesk

CHANNELS = ["orders", "fills", "positions", "gateway"]
_LOSSES = (OSError, TimeoutError, ValueError, websockets.WebSocketException)


@dataclass(slots=True)
class Listener:
    """What the stream told. `gaps` are events whose `prev` was not the one seen before; there must be none."""

    desk: RunningDesk
    client: ApiClient
    last: int | None = None
    began_after: int = 0
    seen: dict[int, str] = field(default_factory=dict)
    """Number and digest of each event that came."""
    connections: int = 0
    resets: int = 0
    gaps: list[str] = field(default_factory=list)
    twice: int = 0
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    fills: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def run(self) -> None:
        """Stay connected until cancelled."""
        while True:
            with contextlib.suppress(*_LOSSES):
                await self._connection()
            await asyncio.sleep(0.3)

    async def _connection(self) -> None:
        ticket = await self.client.call("POST", "/api/v1/auth/ws-ticket/")
        if not ticket.is_done:
            return
        url = f"{self.desk.websocket_url}?ticket={ticket.body['ticket']}"
        async with websockets.connect(url, open_timeout=8, ping_interval=5, ping_timeout=8) as socket:
            self.connections += 1
            wish: dict[str, Any] = {"type": "subscribe", "channels": CHANNELS}
            if self.last is not None:
                wish["after"] = self.last
            await socket.send(json.dumps(wish))
            first = True
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "subscribed" and self.last is None:
                    self.last = self.began_after = message["seq"]
                elif message["type"] == "reset":
                    self.resets += 1
                elif message["type"] == "event":
                    self._event(message, first=first)
                    first = False

    def _event(self, message: dict[str, Any], *, first: bool) -> None:
        """`prev` is 0 for the first event of a connection; within one it must be what came before."""
        seq, prev = message["seq"], message["prev"]
        said = digest(message["channel"], message["event"], message["data"])
        if self.last is not None and seq <= self.last:
            self.twice += 1
            if self.seen.get(seq, said) != said:
                self.gaps.append(f"{seq} came twice and said something else")
            return
        if not first and prev != self.last:
            self.gaps.append(f"{seq} follows {prev}, seen {self.last}")
        self.last = seq
        self.seen[seq] = said
        data = message["data"]
        if message["channel"] == "orders":
            self.orders[data["id"]] = data
        elif message["channel"] == "fills":
            self.fills[data["id"]] = data
