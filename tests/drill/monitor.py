"""Watches the gateway's state from outside: how long it takes to notice a fault, and to be ready again."""

import asyncio
import time
from dataclasses import dataclass, field

from tests.drill.api_client import ApiClient
from tests.drill.kinds import BY_NAME
from tests.drill.strikes import Struck

_EVERY = 0.2
_NOTICED_WITHIN = 20.0


@dataclass(slots=True)
class Recovery:
    """Figures in seconds."""

    detected: list[float] = field(default_factory=list)
    outages: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Monitor:
    """Asks `/api/v1/gateway/` all the time. Whoever cannot be asked is not ready."""

    client: ApiClient
    changes: list[tuple[float, bool]] = field(default_factory=list)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            answer = await self.client.call("GET", "/api/v1/gateway/")
            ready = answer.is_done and bool(answer.body["ready"])
            if not self.changes or self.changes[-1][1] != ready:
                self.changes.append((time.monotonic(), ready))
            await asyncio.sleep(_EVERY)

    async def wait_ready(self, *, within: float) -> bool:
        """Whether the gateway is ready, at the latest after `within` seconds, and stays so for a moment."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            if self.changes and self.changes[-1][1] and time.monotonic() - self.changes[-1][0] > 3:
                return True
            await asyncio.sleep(_EVERY)
        return False

    def recovery(self, struck: list[Struck]) -> Recovery:
        """Outages, and for each strike that must break the connection the time until it showed."""
        recovery = Recovery()
        for (began, ready), (ended, _) in zip(self.changes, self.changes[1:], strict=False):
            if not ready:
                recovery.outages.append(round(ended - began, 2))
        for row in struck:
            if row.done and BY_NAME[row.kind].breaks:
                noticed = next((at for at, ready in self.changes if not ready and at >= row.began), None)
                if noticed is not None and noticed - row.began < _NOTICED_WITHIN and self._was_ready(row.began):
                    recovery.detected.append(round(noticed - row.began, 2))
        return recovery

    def _was_ready(self, at: float) -> bool:
        before = [ready for moment, ready in self.changes if moment <= at]
        return bool(before) and before[-1]
