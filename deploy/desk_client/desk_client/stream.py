"""The desk's WebSocket for a program: comes back by itself, resumes where it was, proves that nothing was missed."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from desk_client.errors import DeskError, Unanswered
from desk_client.shapes import Quote

_PAUSES = (0.25, 15.0)
_PING_EVERY, _PING_TIMEOUT = 10.0, 20.0
UNAUTHENTICATED = 4401


@dataclass(frozen=True, slots=True)
class Event:
    """Something changed: `data` is the whole row as REST would say it. `seq` rises and names the event for ever."""

    seq: int
    channel: str
    event: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Quotes:
    """The latest of each symbol that changed; those that you were too slow for are left out."""

    quotes: list[Quote]


@dataclass(frozen=True, slots=True)
class Reset:
    """Read everything anew: events before `seq` may be missing here. It comes first, before any event, too."""

    seq: int


Message = Event | Quotes | Reset


class Stream:
    """`async for message in desk.stream("orders", "fills", "quotes:AAPL")`; never ends by itself.

    A lost connection is built anew and resumes after the last event you were given, so that each comes once and in
    order. When the desk has forgotten that far, or an event does not follow on the one before, you get a `Reset`.
    Without `after` a `Reset` comes first: begin with a REST answer made after it. Raises DeskError when the desk
    refuses a channel or the person.
    """

    def __init__(
        self, url: str, ticket: Callable[[], str], channels: Sequence[str], *, after: int | None = None
    ) -> None:
        if not channels:
            raise ValueError("Name at least one channel")
        self._url = url.replace("http", "ws", 1) + "/ws/"
        self._ticket = ticket
        self._channels = list(channels)
        self.last = after
        """The number of the last event that was given to you."""
        self._follows: int | None = None  # what the next event's `prev` must not lie beyond

    async def __aiter__(self) -> AsyncIterator[Message]:
        pause = _PAUSES[0]
        while True:
            try:
                async for message in self._connection():
                    pause = _PAUSES[0]
                    yield message
            except (OSError, TimeoutError, WebSocketException, Unanswered) as error:
                if getattr(getattr(error, "rcvd", None), "code", None) == UNAUTHENTICATED:
                    raise DeskError(401, {"error_code": "AUTHENTICATION_REQUIRED", "message": str(error)}) from error
            except DeskError as error:
                if not error.is_passing:
                    raise
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2, _PAUSES[1])

    async def _connection(self) -> AsyncIterator[Message]:
        ticket = await asyncio.to_thread(self._ticket)
        options: dict[str, Any] = {"ping_interval": _PING_EVERY, "ping_timeout": _PING_TIMEOUT, "max_size": None}
        async with connect(f"{self._url}?ticket={ticket}", **options) as socket:
            await self._subscribe(socket)
            is_reset = self.last is None
            async for text in socket:
                message = json.loads(text)
                match message["type"]:
                    case "event":
                        for told in self._event(message):
                            yield told
                    case "quotes":
                        yield Quotes(message["data"])
                    case "reset":
                        is_reset = True
                    case "subscribed" if is_reset:
                        is_reset, self.last, self._follows = False, message["seq"], message["seq"]
                        yield Reset(message["seq"])
                    case "error":
                        raise DeskError(_status_of(message), message)

    async def _subscribe(self, socket: ClientConnection) -> None:
        wish: dict[str, Any] = {"type": "subscribe", "channels": self._channels}
        if self.last is not None:
            wish["after"] = self._follows = self.last
        await socket.send(json.dumps(wish))

    def _event(self, message: dict[str, Any]) -> list[Message]:
        seq, prev = int(message["seq"]), int(message["prev"])
        if self.last is not None and seq <= self.last:
            return []  # known
        is_hole = self._follows is not None and prev > self._follows
        self.last = self._follows = seq
        told: list[Message] = [Reset(seq)] if is_hole else []
        return [*told, Event(seq, message["channel"], message["event"], message["data"])]


def _status_of(message: dict[str, Any]) -> int:
    """The status that REST would have given: whether it is worth coming back."""
    code = message.get("error_code")
    passing = {
        "DATABASE_ERROR": 503,
        "INTERNAL_SERVER_ERROR": 500,
        "IB_CONNECTION_FAILED": 503,
        "EXTERNAL_SERVICE_ERROR": 502,
        "RATE_LIMIT_EXCEEDED": 429,
    }
    return passing.get(str(code), 400)
