"""The running program: two ports, a heartbeat, and a clean end."""

import asyncio
import contextlib
import logging
import signal

from tws_simulator.control.api import ControlApi
from tws_simulator.control.http import serve_connection
from tws_simulator.gateway import Gateway
from tws_simulator.listener import Listener
from tws_simulator.output import announce
from tws_simulator.session.connection import Connection

log = logging.getLogger("tws_simulator")
_PAUSE = 0.25  # seconds after a failed heartbeat


class Server:
    """Listens for clients on one port and for control requests on another."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.clients = Listener(lambda: Connection(gateway))
        self._control: asyncio.Server | None = None
        self._heart: asyncio.Task[None] | None = None
        self.port = 0
        self.control_port = 0

    async def start(self, *, host: str, port: int, control_host: str, control_port: int) -> None:
        """Open both ports; 0 takes a free one. Raises OSError when a port is taken."""
        await self.clients.start(host, port)
        self.port = self.clients.port
        api = ControlApi(self.gateway)
        try:
            self._control = await asyncio.start_server(
                lambda reader, writer: serve_connection(api.answer, reader, writer), control_host, control_port
            )
        except OSError:
            self.clients.close()
            raise
        self.control_port = self._control.sockets[0].getsockname()[1]
        self.gateway.door = self.clients
        self._heart = asyncio.get_running_loop().create_task(self._beat())

    async def stop(self) -> None:
        """Close everything and save the state, whatever else goes wrong."""
        try:
            await self._stop_heart()
            self.clients.close()
            if self._control is not None:
                self._control.close()
            for connection in list(self.gateway.connections):
                connection.close()
            await asyncio.sleep(0)
        finally:
            self.gateway.close()

    async def _stop_heart(self) -> None:
        heart, self._heart = self._heart, None
        if heart is not None:
            heart.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await heart

    async def _beat(self) -> None:
        """Let time pass; if that fails, begin again."""
        while True:
            try:
                await self.gateway.timekeeper.run()
            except Exception:
                log.exception("the heartbeat failed")
            await asyncio.sleep(_PAUSE)


async def run(gateway: Gateway, *, host: str, port: int, control_host: str, control_port: int) -> None:
    """Serve until SIGTERM or SIGINT; says on stdout when it is ready."""
    server = Server(gateway)
    await server.start(host=host, port=port, control_host=control_host, control_port=control_port)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    # Whoever reads this line may end the program at once.
    announce("ready", port=server.port, control_port=server.control_port)
    try:
        await stop.wait()
    finally:
        await server.stop()
        announce("stopped")
