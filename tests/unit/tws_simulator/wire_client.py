"""A Gateway on a real port of this process, and clients that speak bytes to it."""

import asyncio
import struct
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tws_simulator.session.connection import Connection
from tws_simulator.wire.fields import encode_fields
from tws_simulator.wire.framing import frame, split_fields

from tests.unit.tws_simulator.test_session import order_fields

__all__ = ["Port", "WireClient", "port"]
PATIENCE = 5.0


class WireClient:
    """One socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, *fields: Any) -> None:
        self.writer.write(frame(encode_fields(list(fields))))

    def hello(self) -> None:
        self.writer.write(b"API\0" + frame(b"v157..178"))

    async def greet(self, client_id: int) -> None:
        """The whole handshake."""
        self.hello()
        assert (await self.read())[0] == "178"
        self.send(71, 2, client_id, "")

    async def read(self) -> list[str]:
        """The next message. Raises IncompleteReadError at the end, ConnectionResetError after an RST."""
        (length,) = struct.unpack(">I", await asyncio.wait_for(self.reader.readexactly(4), PATIENCE))
        return split_fields(await asyncio.wait_for(self.reader.readexactly(length), PATIENCE))

    async def until(self, kind: str) -> list[list[str]]:
        """All messages up to the first of this kind."""
        messages = [await self.read()]
        while messages[-1][0] != kind:
            messages.append(await self.read())
        return messages

    async def rest(self) -> bytes:
        """All bytes up to the end of the stream."""
        return await asyncio.wait_for(self.reader.read(-1), PATIENCE)

    async def bytes_now(self, count: int = 1 << 16) -> bytes:
        """What comes in one read."""
        return await asyncio.wait_for(self.reader.read(count), PATIENCE)

    async def is_silent(self, seconds: float = 0.05) -> bool:
        """Whether nothing comes for a while though the socket is open."""
        try:
            await asyncio.wait_for(self.reader.read(1), seconds)
        except TimeoutError:
            return True
        return False

    async def is_alive(self) -> bool:
        """Whether the Gateway still answers."""
        self.send(49, 1)
        return (await self.until("49"))[-1][0] == "49"

    def place(self, order_id: int, **more: Any) -> None:
        self.send(*order_fields(order_id, **more))


class Port:
    """Where clients connect."""

    def __init__(self, desk: Any, number: int) -> None:
        self.desk = desk
        self.number = number
        self.clients: list[WireClient] = []

    async def open(self) -> WireClient:
        """A socket without handshake."""
        self.clients.append(WireClient(*await asyncio.open_connection("127.0.0.1", self.number)))
        return self.clients[-1]

    async def client(self, client_id: int = 1) -> WireClient:
        """A client after its handshake, which has read its greeting."""
        one = await self.open()
        await one.greet(client_id)
        await one.until("9")
        assert await one.is_alive()
        return one

    def on(self, name: str, **given: Any) -> None:
        self.desk.gateway.faults.switch_on(name, given)

    def act(self, name: str, **given: Any) -> None:
        self.desk.gateway.act(name, given)


@pytest.fixture
async def port(desk: Any) -> AsyncIterator[Port]:
    server = await asyncio.get_running_loop().create_server(lambda: Connection(desk.gateway), "127.0.0.1", 0)
    desk.pin("189.99", "190.01", "100000")
    opened = Port(desk, server.sockets[0].getsockname()[1])
    yield opened
    for client in opened.clients:
        client.writer.close()
    server.close()
    for connection in list(desk.gateway.connections):
        connection.abort()
    await asyncio.sleep(0)
