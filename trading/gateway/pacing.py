"""One count of everything that goes to IB: orders may use all of the pace, questions leave room for orders."""

import asyncio
import time
from collections import deque

WINDOW = 1.0


class Pacer:
    """At most `rate` messages in any second; IB's limit is 50 (field guide §5).

    Everything written to the socket is counted where it is written (`IbSession`), whoever sends it. Whoever wants to
    send waits here first and then sends without giving way in between. A bucket that refills would let twice the rate
    through in its first second. While an order waits for its turn no question goes.
    """

    RESERVED_FOR_ORDERS = 15

    def __init__(self, rate: int = 45) -> None:
        self._rate = rate
        self._sent: deque[float] = deque()
        self._orders_waiting = 0

    def _in_window(self) -> int:
        limit = time.monotonic() - WINDOW
        while self._sent and self._sent[0] <= limit:
            self._sent.popleft()
        return len(self._sent)

    def orders_allowed(self) -> int:
        """How many order messages may go now."""
        return max(self._rate - self._in_window(), 0)

    def spend(self) -> None:
        """A message is being written to the socket."""
        self._sent.append(time.monotonic())

    def may_ask(self, count: int = 1) -> bool:
        """Whether so many messages that are no orders may go now."""
        return not self._orders_waiting and self._in_window() + count <= self._rate - self.RESERVED_FOR_ORDERS

    async def question(self, count: int = 1) -> None:
        """Wait until so many messages that are no orders may go."""
        while not self.may_ask(count):
            await self._room(self._rate - self.RESERVED_FOR_ORDERS - count + 1)

    async def order(self) -> None:
        """Wait until an order may go; questions wait meanwhile."""
        self._orders_waiting += 1
        try:
            while not self.orders_allowed():
                await self._room(self._rate)
        finally:
            self._orders_waiting -= 1

    async def _room(self, below: int) -> None:
        """Sleep until fewer than `below` messages are in the window, or a moment when they are already."""
        surplus = self._in_window() - below
        wait = self._sent[surplus] + WINDOW - time.monotonic() if surplus >= 0 else 0.0
        await asyncio.sleep(max(wait, 0.0) + 0.005)
