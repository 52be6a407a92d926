"""The running program: two ports, a heartbeat, and a clean end."""

import asyncio
import contextlib
import logging
import signal

from tws_simulator.control.api import ControlApi
from tws_simulator.control.http import serve_connection
from tws_simulator.exchange.market import SLOT_SECONDS
from tws_simulator.gateway import Gateway
from tws_simulator.output import announce
from tws_simulator.session.connection import Connection

log = logging.getLogger("tws_simulator")


class Server:
    """Listens for clients on one port and for control requests on another."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self._servers: list[asyncio.Server] = []
        self._heart: asyncio.Task[None] | None = None
        self.port = 0
        self.control_port = 0

    async def start(self, *, host: str, port: int, control_host: str, control_port: int) -> None:
        """Open both ports; 0 takes a free one. Raises OSError when a port is taken."""
        loop = asyncio.get_running_loop()
        clients = await loop.create_server(lambda: Connection(self.gateway), host, port)
        self._servers.append(clients)
        api = ControlApi(self.gateway)
        control = await asyncio.start_server(
            lambda reader, writer: serve_connection(api.answer, reader, writer), control_host, control_port
        )
        self._servers.append(control)
        self.port = clients.sockets[0].getsockname()[1]
        self.control_port = control.sockets[0].getsockname()[1]
        self._heart = loop.create_task(self._beat())

    async def stop(self) -> None:
        """Close everything and save the state."""
        if self._heart is not None:
            self._heart.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._heart
        for server in self._servers:
            server.close()
        for connection in list(self.gateway.connections):
            connection.close()
        await asyncio.sleep(0)
        self.gateway.close()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(SLOT_SECONDS)
            try:
                self.gateway.tick()
            except Exception:
                log.exception("the heartbeat failed")


async def run(gateway: Gateway, *, host: str, port: int, control_host: str, control_port: int) -> None:
    """Serve until SIGTERM or SIGINT; says on stdout when it is ready."""
    server = Server(gateway)
    await server.start(host=host, port=port, control_host=control_host, control_port=control_port)
    announce("ready", port=server.port, control_port=server.control_port)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await stop.wait()
    finally:
        await server.stop()
        announce("stopped")
