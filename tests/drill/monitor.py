"""Watches the gateway's state from outside: how long it takes to notice a fault, and to be ready again."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.drill.api_client import ApiClient
from tests.drill.kinds import BY_NAME
from tests.drill.strikes import Struck

_EVERY = 0.4
_NOTICED_WITHIN = 20.0


@dataclass(slots=True)
class Times:
    """Figures in seconds."""

    detected: list[float] = field(default_factory=list)
    ready: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Recovery:
    """Figures in seconds; by kind: from a strike until it showed, and until the gateway was ready again."""

    detected: list[float] = field(default_factory=list)
    outages: list[float] = field(default_factory=list)
    by_kind: dict[str, Times] = field(default_factory=dict)


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

    def recovery(self, struck: Sequence[Struck]) -> Recovery:
        """Outages, and for each strike that must break the connection the time until it showed and was over."""
        recovery = Recovery()
        for (began, ready), (ended, _) in zip(self.changes, self.changes[1:], strict=False):
            if not ready:
                recovery.outages.append(round(ended - began, 2))
        for row in struck:
            if row.done and BY_NAME[row.kind].breaks and self._was_ready(row.began):
                self._follow(row, recovery)
        return recovery

    def _follow(self, row: Struck, recovery: Recovery) -> None:
        noticed = next((at for at, ready in self.changes if not ready and at >= row.began), None)
        if noticed is None or noticed - row.began > _NOTICED_WITHIN:
            return
        times = recovery.by_kind.setdefault(row.kind, Times())
        recovery.detected.append(round(noticed - row.began, 2))
        times.detected.append(recovery.detected[-1])
        over = next((at for at, ready in self.changes if ready and at > noticed), None)
        if over is not None:
            times.ready.append(round(over - row.began, 2))

    def _was_ready(self, at: float) -> bool:
        before = [ready for moment, ready in self.changes if moment <= at]
        return bool(before) and before[-1]


def spread(values: Sequence[float]) -> dict[str, float | int | None]:
    """How many, median, 95th percentile, longest."""
    if not values:
        return {"count": 0, "median": None, "p95": None, "max": None}
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    return {"count": len(ordered), "median": round(statistics.median(ordered), 2), "p95": p95, "max": ordered[-1]}
