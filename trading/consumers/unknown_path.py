"""Sockets on paths that do not exist."""

from channels.generic.websocket import AsyncWebsocketConsumer


class UnknownPath(AsyncWebsocketConsumer):
    """Refuses the handshake."""

    async def connect(self) -> None:
        """403: there is nothing here."""
        await self.close()
