"""One count of everything that goes to IB: orders may use all of the pace, questions leave room for orders."""

import asyncio
import time
from collections import deque

WINDOW = 1.0


class Pacer:
    """At most `rate` messages in any second; IB's limit is 50 (field guide §5).

    Never queues: callers wait or come back. A bucket that refills would let twice the rate through in its first second.
    """

    RESERVED_FOR_ORDERS = 15

    def __init__(self, rate: int = 45) -> None:
        self._rate = rate
        self._sent: deque[float] = deque()

    def _in_window(self) -> int:
        limit = time.monotonic() - WINDOW
        while self._sent and self._sent[0] <= limit:
            self._sent.popleft()
        return len(self._sent)

    def orders_allowed(self) -> int:
        """How many order messages may go now."""
        return max(self._rate - self._in_window(), 0)

    def spend(self, count: int = 1) -> None:
        """Note what was sent."""
        self._sent.extend([time.monotonic()] * count)

    def may_ask(self) -> bool:
        """Whether a message that is no order may go now."""
        return self._in_window() < self._rate - self.RESERVED_FOR_ORDERS

    async def question(self) -> None:
        """Wait until a message that is no order may go, and take its place."""
        while not self.may_ask():
            oldest = self._sent[self._in_window() - (self._rate - self.RESERVED_FOR_ORDERS)]
            await asyncio.sleep(max(oldest + WINDOW - time.monotonic(), 0) + 0.005)
        self.spend()
