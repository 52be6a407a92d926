"""Daphne with a hold on sockets whose client does not read: `python -m config.web_server`, with daphne's own options.

Daphne hands every message to its transport at once, so the messages for a client that has stopped reading would pile
up in our memory. Here the transport says when its buffer is full, and the application hears it: `scope["flow"]`.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from daphne.cli import CommandLineInterface
from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

# A client may send this many messages faster than they are answered, none of them longer than this.
MOST_UNANSWERED = 200
LONGEST_MESSAGE = 64 * 1024
TOO_MANY_MESSAGES = 4429


@implementer(IPushProducer)
class Flow:
    """Whether a connection takes more: held from when the transport's buffer is full until it has run empty.

    The buffer is Twisted's, 64 KiB a connection beside that of the operating system.
    """

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._takes_more = asyncio.Event()
        self._takes_more.set()
        self._transport: Any = None
        self.is_gone = False
        self.on_drained: Callable[[], None] = lambda: None

    @property
    def is_held(self) -> bool:
        """Whether the client is behind with reading."""
        return not self._takes_more.is_set()

    async def drained(self) -> None:
        """Return when more can be sent, or when the connection is gone."""
        await self._takes_more.wait()

    def send_prepared(self, frame: Any) -> bool:
        """The same bytes to many: framed once (performance.md §4). A closing connection gets nothing."""
        if frame.prepared is None:
            frame.prepared = self._protocol.factory.prepareMessage(frame.text.encode())
        if self._protocol.state == WebSocketProtocol.STATE_OPEN:
            self._protocol.sendPreparedMessage(frame.prepared)
        return True

    def attach(self, transport: Any) -> None:
        """Hear of the transport's buffer; until now it told the HTTP channel that was there before."""
        self._transport = transport
        transport.unregisterProducer()
        transport.registerProducer(self, True)

    def detach(self) -> None:
        """A transport with a producer does not close while that is held."""
        if self._transport is not None:
            self._transport.unregisterProducer()
            self._transport = None
        self.is_gone = True
        self._takes_more.set()

    def pauseProducing(self) -> None:
        """The transport's buffer is full."""
        self._takes_more.clear()

    def resumeProducing(self) -> None:
        """It is empty again."""
        self._takes_more.set()
        self.on_drained()

    def stopProducing(self) -> None:
        """The connection is lost: nobody waits for it any more."""
        self._transport = None
        self._takes_more.set()


class HeldProtocol(WebSocketProtocol):
    """A WebSocket with a flow."""

    muted: bool

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.flow = Flow(self)

    def onOpen(self) -> None:
        """The handshake is over: what is written from now on are messages."""
        self.flow.attach(self.transport)
        super().onOpen()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Messages that nobody gets round to are no reason to keep ever more of them."""
        if not self.muted and self.application_queue.qsize() >= MOST_UNANSWERED:
            self.muted = True
            self.flow.detach()
            self.application_queue.put_nowait({"type": "websocket.disconnect", "code": TOO_MANY_MESSAGES})
            self.sendClose(code=TOO_MANY_MESSAGES, reason="Too many messages at once")
            return
        super().onMessage(payload, isBinary)

    def onPing(self, payload: bytes) -> None:
        """Who does not read gets no pongs either: they would pile up."""
        if not self.flow.is_held:
            super().onPing(payload)

    def dropConnection(self, abort: bool = False) -> None:
        """What a client has not read by now would keep the connection open for ever."""
        super().dropConnection(abort or self.flow.is_held)

    def serverClose(self, code: int | None = None) -> None:
        """The last word of the application."""
        self.flow.detach()
        super().serverClose(code)

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:
        """Let go of whoever waits."""
        self.flow.detach()
        super().onClose(wasClean, code, reason)


class HeldFactory(WebSocketFactory):
    """Makes them."""

    protocol = HeldProtocol


class WebServer(Server):
    """Daphne's server, whose applications are told of the flow."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        options["websocket_max_message_size"] = options["websocket_max_frame_size"] = LONGEST_MESSAGE
        super().__init__(*arguments, **options)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """With `scope["flow"]` for a WebSocket."""
        if isinstance(protocol, HeldProtocol):
            scope["flow"] = protocol.flow
        return super().create_application(protocol, scope)


class WebServerCommand(CommandLineInterface):
    """Daphne's command line."""

    description = "Django HTTP/WebSocket server"
    server_class = WebServer


def main() -> None:
    """Serve until told to stop."""
    import daphne.server

    daphne.server.WebSocketFactory = HeldFactory  # the server makes its factory itself, by this name
    WebServerCommand.entrypoint()


if __name__ == "__main__":
    main()
