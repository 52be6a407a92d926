"""How the server says that a client is behind with reading, and how many clients are told the same."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(slots=True)
class Frame:
    """One message for many; `prepared` is the server's own form of it, made with the first client."""

    text: str
    prepared: Any = None


class Flow(Protocol):
    """What the web server puts into the scope of a connection, see `config.web_server`."""

    on_drained: Callable[[], None]
    is_gone: bool
    """Whether there is nobody any more to send anything to."""

    @property
    def is_held(self) -> bool:
        """Whether the client is behind with reading: what is sent now waits in our memory."""

    async def drained(self) -> None:
        """Return when more can be sent, or when the connection is gone."""

    def send_prepared(self, frame: Frame) -> bool:
        """Send it without the way through the application; False where the server cannot: then send its text."""


class Unlimited:
    """Of a server that does not say: everything is taken at once."""

    is_held = False
    is_gone = False

    def __init__(self) -> None:
        self.on_drained: Callable[[], None] = lambda: None

    async def drained(self) -> None:
        """At once."""

    def send_prepared(self, frame: Frame) -> bool:
        """It cannot."""
        return False


def flow_of(scope: dict[str, Any]) -> Flow:
    """The connection's."""
    flow: Flow = scope.get("flow") or Unlimited()
    return flow
