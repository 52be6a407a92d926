"""Carry out the strikes of a plan: what is common to all, and faults of our own side."""

import asyncio
import contextlib
import json
import os
import signal
import time
import urllib.error
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import redis

from config.desk.home import DeskHome
from tests.drill.kind import Kind
from tests.drill.kinds import BY_NAME
from tests.drill.plan import Strike
from tests.drill.standby import Standby
from tests.drill.strikes_at_ib import GONE, NothingToStrike, SimulatorStrikes
from tests.fixtures.desk import RunningDesk

_FREEZABLE = ("gateway", "web", "simulator", "redis", "postgres")


@dataclass(slots=True)
class Struck:
    """A strike that was carried out, or could not be (its target was down already). Times of `time.monotonic`."""

    kind: str
    began: float
    ended: float
    done: bool
    note: str = ""


@dataclass(slots=True)
class Striker(SimulatorStrikes):
    """Strikes at a running desk."""

    desk: RunningDesk
    redis_url: str
    standby: Standby
    struck: list[Struck] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    """Strikes that failed by a mistake of the drill."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

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
        for name in (*_FREEZABLE, "standby"):
            self._signal_all(name, signal.SIGCONT)
        for _ in range(80):
            with contextlib.suppress(*GONE):
                await self.calm_simulator()
                return
            await asyncio.sleep(0.5)
        raise AssertionError("the simulator's control port does not answer")

    def by_kind(self) -> dict[str, int]:
        """How often each kind struck."""
        return dict(sorted(Counter(row.kind for row in self.struck if row.done).items()))

    async def _strike(self, strike: Strike) -> None:
        """A target that is down already, or an order that has just ended, is no strike; the scorecard counts these."""
        kind = BY_NAME[strike.kind]
        row = Struck(strike.kind, time.monotonic(), 0.0, done=False)
        self.struck.append(row)
        try:
            row.done = await getattr(self, f"do_{kind.how}")(kind, strike)
        except (*GONE, NothingToStrike, redis.RedisError) as error:
            row.note = (error.msg if isinstance(error, urllib.error.HTTPError) else repr(error))[:200]
        except Exception as error:
            row.note = f"the drill itself failed: {error!r}"[:200]
            self.broken.append(f"{strike.kind}: {error!r}"[:300])
        finally:
            row.ended = time.monotonic()

    async def do_kill(self, kind: Kind, strike: Strike) -> bool:
        """No last words."""
        return self._signal(kind.target, signal.SIGKILL)

    async def do_end(self, kind: Kind, strike: Strike) -> bool:
        """Asked to stop, as by a restart for an update."""
        return self._signal(kind.target, signal.SIGTERM)

    async def do_interrupt(self, kind: Kind, strike: Strike) -> bool:
        """PostgreSQL's fast shutdown: clients are cut, the files are in order."""
        return self._signal(kind.target, signal.SIGINT)

    async def do_freeze(self, kind: Kind, strike: Strike) -> bool:
        """One process stands still, its sockets stay open."""
        pid = self._pid(kind.target)
        return pid is not None and await _stand_still([pid], strike.lasts)

    async def do_freeze_all(self, kind: Kind, strike: Strike) -> bool:
        """A process stands still with all that it has started."""
        pid = self._pid(kind.target)
        return pid is not None and await _stand_still([pid, *_children(pid)], strike.lasts)

    async def do_end_children(self, kind: Kind, strike: Strike) -> bool:
        """The server ends the connections of its clients."""
        pid = self._pid(kind.target)
        serving = [child for child in _children(pid) if " desk desk " in _command_line(child)] if pid else []
        for child in serving:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)
        return bool(serving)

    async def do_redis(self, kind: Kind, strike: Strike) -> bool:
        """Redis forgets everything."""
        with contextlib.closing(redis.Redis.from_url(self.redis_url, socket_timeout=5)) as client:
            return bool(await asyncio.to_thread(client.flushall))

    def _pid(self, name: str) -> int | None:
        """From the supervisor's status file: cheaper than asking it, and it works while everything is down."""
        if name == "standby":
            return self.standby.pid
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

    def _signal_all(self, name: str, number: signal.Signals) -> None:
        pid = self._pid(name)
        for each in [pid, *_children(pid)] if pid else []:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, number)


async def _stand_still(pids: list[int], seconds: float) -> bool:
    try:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(seconds)
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
    return True


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
