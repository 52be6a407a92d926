"""Carry out the strikes of a plan: signals to processes, faults of the simulator, an emptied Redis."""

import asyncio
import contextlib
import json
import os
import signal
import time
import urllib.error
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import redis

from config.desk.home import DeskHome
from tests.drill.kinds import BY_NAME, CLIENT_ID, Kind
from tests.drill.plan import Strike
from tests.fixtures.desk import RunningDesk

_GONE = (OSError, urllib.error.URLError, ValueError)


@dataclass(slots=True)
class Struck:
    """A strike that was carried out, or could not be (its target was down already)."""

    kind: str
    began: float
    ended: float
    done: bool
    note: str = ""


@dataclass(slots=True)
class Striker:
    """Strikes at a running desk. Times are of `time.monotonic`."""

    desk: RunningDesk
    redis_url: str
    struck: list[Struck] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _since: float = 0.0

    async def run(self, strikes: tuple[Strike, ...], began: float) -> None:
        """Each at its time; returns when the last one has been taken back."""
        for strike in strikes:
            await asyncio.sleep(max(0.0, began + strike.at - time.monotonic()))
            task = asyncio.create_task(self._strike(strike))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def calm(self) -> None:
        """Take everything back, whatever state a strike left behind."""
        for name in ("gateway", "web", "simulator"):
            self._signal(name, signal.SIGCONT)
        for _ in range(40):
            with contextlib.suppress(*_GONE):
                await asyncio.to_thread(self.desk.simulator.delete, "/faults")
                await self._fault("link_up")
                return
            await asyncio.sleep(0.5)
        raise AssertionError("the simulator's control port does not answer")

    def by_kind(self) -> dict[str, int]:
        """How often each kind struck."""
        return dict(sorted(Counter(row.kind for row in self.struck if row.done).items()))

    async def _strike(self, strike: Strike) -> None:
        kind = BY_NAME[strike.kind]
        row = Struck(strike.kind, time.monotonic(), 0.0, done=False)
        self.struck.append(row)
        try:
            row.done = await getattr(self, f"_do_{kind.how}")(kind, strike)
        except (*_GONE, redis.RedisError) as error:
            row.note = repr(error)[:200]
        row.ended = time.monotonic()

    async def _do_kill(self, kind: Kind, strike: Strike) -> bool:
        return self._signal(kind.target, signal.SIGKILL)

    async def _do_freeze(self, kind: Kind, strike: Strike) -> bool:
        pid = self._pid(kind.target)
        if pid is None:
            return False
        try:
            os.kill(pid, signal.SIGSTOP)
            await asyncio.sleep(strike.lasts)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        return True

    async def _do_redis(self, kind: Kind, strike: Strike) -> bool:
        with contextlib.closing(redis.Redis.from_url(self.redis_url, socket_timeout=5)) as client:
            return bool(await asyncio.to_thread(client.flushall))

    async def _do_action(self, kind: Kind, strike: Strike) -> bool:
        await self._fault(kind.target, **strike.parameters)
        return True

    async def _do_switch(self, kind: Kind, strike: Strike, *, cut: bool = False) -> bool:
        await self._fault(kind.target, **strike.parameters)
        if cut:
            await self._fault("drop_connections")
        await asyncio.sleep(strike.lasts)
        with contextlib.suppress(*_GONE):
            await self._fault(kind.target, on=False)
        return True

    async def _do_reconnect(self, kind: Kind, strike: Strike) -> bool:
        """A fault that only a new connection meets, so the old one is cut."""
        return await self._do_switch(kind, strike, cut=True)

    async def _do_link(self, kind: Kind, strike: Strike) -> bool:
        await self._fault("link_down")
        await asyncio.sleep(strike.lasts)
        lost, discarded = kind.target == "lost", kind.target == "discarded"
        await self._fault("link_up", data_lost=lost, discard_held=discarded)
        return True

    async def _do_farms(self, kind: Kind, strike: Strike) -> bool:
        await self._fault("farms_down")
        await asyncio.sleep(strike.lasts)
        await self._fault("farms_up")
        return True

    async def _do_roll_back(self, kind: Kind, strike: Strike) -> bool:
        await self._fault(kind.target, client_id=CLIENT_ID, **strike.parameters)
        await self._fault("drop_connections")
        return True

    async def _fault(self, name: str, **parameters: Any) -> None:
        await asyncio.to_thread(self.desk.simulator.post, "/faults", {"name": name, **parameters})

    def _pid(self, name: str) -> int | None:
        """From the supervisor's status file: cheaper than asking it, and it works while everything is down."""
        told = json.loads(DeskHome(self.desk.home).status_file.read_text())
        return next((row["pid"] for row in told["processes"] if row["name"] == name and row["pid"]), None)

    def _signal(self, name: str, number: signal.Signals) -> bool:
        pid = self._pid(name)
        if pid is None:
            return False
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True
