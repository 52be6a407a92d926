"""The port for API clients, which can refuse connections for a while and be the same port afterwards."""

import asyncio
import os
import socket
from collections.abc import Callable

_BACKLOG = 100


class Listener:
    """Listens on every address of a host. While it is shut, the port stays ours and connections are refused."""

    def __init__(self, protocol: Callable[[], asyncio.Protocol]) -> None:
        self._protocol = protocol
        self._servers: list[asyncio.Server] = []
        self._parked: list[socket.socket] = []
        self._unserved: list[socket.socket] = []
        self._opening: asyncio.Task[None] | None = None
        self._addresses: list[tuple[int, tuple[object, ...]]] = []

    @property
    def port(self) -> int:
        """The port number; it does not change while the program runs."""
        address = self._addresses[0][1]
        assert isinstance(address[1], int)
        return address[1]

    @property
    def is_open(self) -> bool:
        """Whether connections are accepted."""
        return not self._parked

    async def start(self, host: str, port: int) -> None:
        """Open the port; 0 takes a free one. Raises OSError when it is taken."""
        server = await asyncio.get_running_loop().create_server(self._protocol, host, port)
        self._servers = [server]
        self._addresses = [(row.family, row.getsockname()) for row in server.sockets]

    def shut(self) -> None:
        """Refuse connections from now on. The port stays bound, so that nobody else gets it meanwhile."""
        if not self.is_open:
            return
        self._close_servers()
        self._parked = [_bound(family, address) for family, address in self._addresses]

    def open(self) -> None:
        """Accept connections again, on the same port."""
        if self.is_open:
            return
        self._unserved, self._parked = self._parked, []
        for row in self._unserved:
            row.listen(_BACKLOG)  # from now on connections succeed, even before the loop has its turn
        self._opening = asyncio.get_running_loop().create_task(self._serve())

    def close(self) -> None:
        """Give the port back."""
        self._close_servers()
        for row in self._parked:
            row.close()

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        for row in list(self._unserved):
            server = await loop.create_server(self._protocol, sock=row, backlog=_BACKLOG, start_serving=False)
            self._servers.append(server)
            self._unserved.remove(row)
            await server.start_serving()

    def _close_servers(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
        for server in self._servers:
            server.close()
        for row in self._unserved:
            row.close()
        self._servers, self._unserved = [], []


def _bound(family: int, address: tuple[object, ...]) -> socket.socket:
    """A socket that holds an address without listening: whoever connects is refused."""
    row = socket.socket(family, socket.SOCK_STREAM)
    row.setblocking(False)
    if os.name == "posix":
        # Connections of before the restart may still be closing.
        row.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        row.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    row.bind(address)
    return row
