"""A simulator inside another program's event loop, for asynchronous test suites.

async with TwsSimulator(seed=7) as simulator:
    await ib.connectAsync("127.0.0.1", simulator.port, clientId=1)
    await simulator.request("POST", "/prices", {"symbol": "AAPL", "price": "190"})
"""

import json
from inspect import isawaitable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tws_simulator.client.transport import plain
from tws_simulator.clock import Clock
from tws_simulator.control.api import ControlApi
from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.gateway import Gateway, Settings, create_gateway
from tws_simulator.server import Server


class TwsSimulator:
    """A simulator that lives as long as the `async with` block, on ports of its own unless told otherwise.

    `settings` are those of `tws_simulator.gateway.Settings`: seed, accounts, calendar, starting_cash, state_file, ….
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        control_port: int = 0,
        clock: Clock | None = None,
        **settings: Any,
    ) -> None:
        self.host = host
        self.gateway: Gateway = create_gateway(Settings(**settings), clock)
        self._wanted = (port, control_port)
        self._server = Server(self.gateway)
        self._api = ControlApi(self.gateway)

    @property
    def port(self) -> int:
        """For API clients."""
        return self._server.port

    @property
    def control_port(self) -> int:
        """For control requests from elsewhere."""
        return self._server.control_port

    @property
    def control_url(self) -> str:
        """For a `SimulatorControl` in another thread; in this one it would wait for itself. Use `request` here."""
        return f"http://{self.host}:{self.control_port}"

    async def __aenter__(self) -> "TwsSimulator":
        port, control_port = self._wanted
        await self._server.start(host=self.host, port=port, control_host=self.host, control_port=control_port)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop()

    async def request(self, method: str, path: str, body: Any = None) -> Any:
        """The control port's answer, without a socket. Raises HttpError (`status`, `message`, `field`)."""
        parts = urlsplit(path)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        body = json.loads(json.dumps(plain(body)))
        answer = self._api.answer(HttpRequest(method, parts.path, query, body))
        return await answer if isawaitable(answer) else answer


__all__ = ["HttpError", "TwsSimulator"]
