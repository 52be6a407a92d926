"""One token bucket for everything that goes to IB: orders may use all of it, questions leave room for orders."""

import asyncio
import time


class Pacer:
    """At most `rate` messages a second; IB's limit is 50 (field guide §5). Never queues: callers wait or come back."""

    RESERVED_FOR_ORDERS = 15.0

    def __init__(self, rate: float = 45.0) -> None:
        self._rate = rate
        self._tokens = rate
        self._at = time.monotonic()

    def _refill(self) -> None:
        now = time.monotonic()
        self._tokens = min(self._rate, self._tokens + (now - self._at) * self._rate)
        self._at = now

    def orders_allowed(self) -> int:
        """How many order messages may go now."""
        self._refill()
        return int(self._tokens)

    def spend(self, count: int = 1) -> None:
        """Take what was sent."""
        self._refill()
        self._tokens -= count

    async def question(self) -> None:
        """Wait until a message that is no order may go, and take its place."""
        while True:
            self._refill()
            if self._tokens >= self.RESERVED_FOR_ORDERS:
                self._tokens -= 1
                return
            await asyncio.sleep((self.RESERVED_FOR_ORDERS - self._tokens) / self._rate + 0.005)
