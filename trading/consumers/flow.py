"""How the server says that a client is behind with reading."""

from collections.abc import Callable
from typing import Any, Protocol


class Flow(Protocol):
    """What the web server puts into the scope of a connection, see `config.web_server`."""

    on_drained: Callable[[], None]

    @property
    def is_held(self) -> bool:
        """Whether the client is behind with reading: what is sent now waits in our memory."""

    async def drained(self) -> None:
        """Return when more can be sent, or when the connection is gone."""


class Unlimited:
    """Of a server that does not say: everything is taken at once."""

    is_held = False

    def __init__(self) -> None:
        self.on_drained: Callable[[], None] = lambda: None

    async def drained(self) -> None:
        """At once."""


def flow_of(scope: dict[str, Any]) -> Flow:
    """The connection's."""
    flow: Flow = scope.get("flow") or Unlimited()
    return flow
