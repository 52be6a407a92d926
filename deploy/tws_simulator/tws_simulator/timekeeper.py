"""Makes time pass: the machine's, or a virtual clock that is paused, stepped or run at any speed.

A virtual clock visits every slot in order and lets it act, whatever the speed; slots in which nothing can happen
are passed over. Between slots the event loop gets its turn every few milliseconds, and time waits for long answers
and for clients that have not read what they were sent, so that speed does not change what anybody is told.
"""

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tws_simulator.clock import SLOT, VirtualClock, next_slot, slot_at_or_after
from tws_simulator.due import Due

if TYPE_CHECKING:
    from tws_simulator.gateway import Gateway
    from tws_simulator.session.connection import Connection

log = logging.getLogger("tws_simulator.time")
MIN_SPEED, MAX_SPEED = 0.1, 1000.0
FURTHEST = timedelta(days=400)
_BUDGET = 0.004  # seconds of work before the event loop has its turn
_BACKLOG = 1 << 20  # bytes a client may have unread before time waits for it
_PATIENCE = 5.0  # seconds without reading anything after which time goes on without a client
_POLL = 0.002
_SLOT_SECONDS = SLOT.total_seconds()


class ClockError(Exception):
    """Time cannot go there."""


class ClockBusy(ClockError):
    """Time is already going somewhere, or cannot be steered."""


@dataclass(slots=True)
class _Step:
    """A way to go as fast as possible; `done` gives whether its end was reached."""

    target: datetime
    done: asyncio.Future[bool]


class Timekeeper:
    """Drives one gateway. `speed` is virtual seconds per real one."""

    def __init__(self, gateway: "Gateway", *, speed: float = 1.0, paused: bool = False) -> None:
        self._gateway = gateway
        self._due = Due(gateway)
        self._clock = gateway.clock if isinstance(gateway.clock, VirtualClock) else None
        self._speed = speed
        self._paused = paused
        self._until: datetime | None = None
        self._step: _Step | None = None
        self._changed = asyncio.Event()
        self._given_up: set[Connection] = set()
        self._late = 0.0
        self.ticks = 0
        self._anchor()

    # Steering ----------------------------------------------------------------------------------------------------

    @property
    def is_virtual(self) -> bool:
        """Whether time can be steered."""
        return self._clock is not None

    @property
    def speed(self) -> float:
        """Virtual seconds per real second while the clock runs."""
        return self._speed

    @property
    def is_paused(self) -> bool:
        """Whether time stands still unless it is stepped."""
        return self._paused

    @property
    def lag(self) -> float:
        """Seconds of its own time by which the clock is behind where its speed wants it."""
        if self._clock is None:
            return self._late
        if self._paused or self._step is not None:
            return 0.0
        behind = (self._wanted() - self._clock.now()).total_seconds()
        return behind if behind > _SLOT_SECONDS else 0.0

    @property
    def until(self) -> datetime | None:
        """When a running clock will pause by itself."""
        return self._until

    @property
    def target(self) -> datetime | None:
        """Where a step that is under way leads."""
        return self._step.target if self._step else None

    def run_at(self, speed: float, until: datetime | None = None) -> None:
        """Let time run at a speed, up to a moment if given. Raises ClockError, ClockBusy."""
        self._steerable()
        if not MIN_SPEED <= speed <= MAX_SPEED:
            raise ClockError(f"speed is {MIN_SPEED:g} to {MAX_SPEED:g}")
        if until is not None:
            self._check_target(until)
        self._speed, self._paused, self._until = speed, False, until
        self._anchor()
        self._changed.set()

    def pause(self, speed: float | None = None) -> None:
        """Stop time where it is; a step under way ends there. Raises ClockBusy on a real clock."""
        if self._clock is None:
            raise ClockBusy("the simulator runs on the machine's clock; start it with --clock virtual")
        self._speed = self._speed if speed is None else speed
        self._paused, self._until = True, None
        self._end_step(reached=False)
        self._changed.set()

    def put_at(self, moment: datetime) -> None:
        """Read another time from now on, also an earlier one, as when a saved state is loaded. A step ends.

        Does nothing on a real clock.
        """
        if self._clock is None:
            return
        self._end_step(reached=False)
        self._clock.set_to(moment)
        self._due.forget()
        self._until = None
        self._anchor()
        self._changed.set()

    async def advance_to(self, moment: datetime) -> bool:
        """Go to a moment as fast as possible. False if a pause ended the way. Raises ClockError, ClockBusy."""
        self._steerable()
        self._check_target(moment)
        self._step = _Step(moment, asyncio.get_running_loop().create_future())
        self._changed.set()
        return await self._step.done

    def _steerable(self) -> None:
        if self._clock is None:
            raise ClockBusy("the simulator runs on the machine's clock; start it with --clock virtual")
        if self._step is not None:
            raise ClockBusy(f"a step to {self._step.target.isoformat()} is under way; pause to end it")

    def _check_target(self, moment: datetime) -> None:
        now = self._gateway.clock.now()
        if moment < now:
            raise ClockError(f"{moment.isoformat()} is before {now.isoformat()}; time does not go back")
        if moment - now > FURTHEST:
            raise ClockError(f"{moment.isoformat()} is more than {FURTHEST.days} days away")

    # Passing -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Make time pass until cancelled."""
        try:
            await (self._run_real() if self._clock is None else self._run_virtual(self._clock))
        finally:
            self._end_step(reached=False)

    async def _run_real(self) -> None:
        while True:
            asked = time.monotonic()
            await asyncio.sleep(_SLOT_SECONDS)
            self._late = max(0.0, time.monotonic() - asked - _SLOT_SECONDS)
            self._tick()

    async def _run_virtual(self, clock: VirtualClock) -> None:
        while True:
            self._changed.clear()
            target = self._target_now()
            if target is None or not self._has_work(clock, target):
                self._settle(clock, target)
                await self._wait(clock)
                continue
            await self._wait_for_others()
            self._work(clock, self._target_now())
            await asyncio.sleep(0)

    def _target_now(self) -> datetime | None:
        if self._step is not None:
            return self._step.target
        return None if self._paused else self._wanted()

    def _has_work(self, clock: VirtualClock, target: datetime) -> bool:
        """Whether the clock is not there yet: a step goes to its very moment, a running clock slot by slot."""
        return clock.now() < target if self._step is not None else next_slot(clock.now()) <= target

    def _settle(self, clock: VirtualClock, target: datetime | None) -> None:
        """Where nothing is left to do: a step has arrived, or a running clock has come to its end."""
        if self._step is not None:
            self._end_step(reached=True)
        elif self._until is not None and target is not None and target >= self._until:
            clock.move_to(max(self._until, clock.now()))
            self._paused, self._until = True, None

    async def _wait(self, clock: VirtualClock) -> None:
        delay = None
        if not self._paused and self._step is None:
            delay = max((next_slot(clock.now()) - self._wanted()).total_seconds() / self._speed, 0.0)
        try:
            async with asyncio.timeout(delay):
                await self._changed.wait()
        except TimeoutError:
            pass

    def _work(self, clock: VirtualClock, target: datetime | None) -> None:
        """Slots in order, for a few milliseconds or until the target, a long answer or a slow reader stop it."""
        end = time.perf_counter() + _BUDGET
        while target is not None and self.pass_slot(clock, target):
            if time.perf_counter() > end or self._gateway.turns.busy or self._slow_readers():
                return

    def pass_slot(self, clock: VirtualClock, target: datetime) -> bool:
        """Go to the next slot in which anything can happen, and let it act. False when the target is reached."""
        now = clock.now()
        slot = max(next_slot(now), slot_at_or_after(self._next_due(now)))
        if slot > target:
            # The rest of the way is quiet. A running clock stays on the grid of slots.
            on_grid = target if self._step is not None else target - timedelta(microseconds=target.microsecond) % SLOT
            clock.move_to(max(now, on_grid))
            return False
        clock.move_to(slot)
        self._tick()
        return True

    def _next_due(self, now: datetime) -> datetime:
        try:
            return self._due.next(now)
        except Exception:
            log.exception("cannot tell when anything is due")  # then every slot is visited
            return now

    def _tick(self) -> None:
        self.ticks += 1
        self._gateway.tick()

    def _anchor(self) -> None:
        self._from_moment, self._from_real = self._gateway.clock.now(), time.monotonic()

    def _wanted(self) -> datetime:
        """Where a running clock should be by now."""
        passed = (time.monotonic() - self._from_real) * self._speed
        wanted = self._from_moment + timedelta(seconds=passed)
        return wanted if self._until is None else min(wanted, self._until)

    def _end_step(self, *, reached: bool) -> None:
        step, self._step = self._step, None
        if step is not None:
            self._anchor()
            if not step.done.done():
                step.done.set_result(reached)

    # Waiting for others ------------------------------------------------------------------------------------------

    async def _wait_for_others(self) -> None:
        if self._gateway.turns.busy:
            await self._gateway.turns.calm()
        if self._slow_readers():
            await asyncio.sleep(0)  # what was said in this turn leaves first
        for reader in self._slow_readers():
            await self._let_read(reader)

    def _slow_readers(self) -> "list[Connection]":
        slow = []
        for connection in self._gateway.connections:
            if connection.backlog > _BACKLOG:
                if connection not in self._given_up:
                    slow.append(connection)
            elif self._given_up:
                self._given_up.discard(connection)
        return slow

    async def _let_read(self, reader: "Connection") -> None:
        """Wait until a client has read most of what it was sent, or has read nothing for a while."""
        least, deadline = reader.backlog, time.monotonic() + _PATIENCE
        while reader.backlog > _BACKLOG:
            await asyncio.sleep(_POLL)
            if reader.backlog < least:
                least, deadline = reader.backlog, time.monotonic() + _PATIENCE
            elif time.monotonic() > deadline:
                log.warning("client %s at %s does not read: time goes on without it", reader.client_id, reader.peer)
                self._given_up.add(reader)
                return
