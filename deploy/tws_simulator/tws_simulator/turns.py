"""Who may speak while a long answer is being made.

On the machine's clock long answers (history) are made beside the conversation. Where they end in it then depends on
how busy the machine is. On a virtual clock every request waits until the long answer before it is complete, and so
does time: the same requests bring the same bytes.
"""

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tws_simulator.session.session import Session


class Turns:
    """Requests in the order of their arrival, one long answer at a time if `strict`."""

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict
        self._running = 0
        self._waiting: deque[tuple[Session, bytes]] = deque()
        self._draining = False
        self._calm = asyncio.Event()
        self._calm.set()

    @property
    def busy(self) -> bool:
        """Whether an answer is being made for which time and other requests have to wait."""
        return self.strict and (self._running > 0 or bool(self._waiting))

    def put_off(self, session: "Session", payload: bytes) -> bool:
        """Keep a request for later if it is not its turn; returns whether it was kept."""
        if not self.busy or self._draining:
            return False
        self._waiting.append((session, payload))
        return True

    def begin(self) -> None:
        """A long answer begins."""
        self._running += 1
        if self.strict:
            self._calm.clear()

    def end(self) -> None:
        """A long answer is complete; what waited goes on, up to the next long one."""
        self._running -= 1
        if not self.strict:
            return
        self._draining = True
        try:
            while self._waiting and not self._running:
                session, payload = self._waiting.popleft()
                session.receive(payload)
        finally:
            self._draining = False
        if not self.busy:
            self._calm.set()

    async def calm(self) -> None:
        """Wait until nothing is being made."""
        await self._calm.wait()
