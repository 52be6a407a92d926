"""Scripts of steps that run by the simulator's clock: timelines, scenarios, chaos."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from tws_simulator.faults.agenda import Appointment
from tws_simulator.faults.spec import FaultError
from tws_simulator.faults.steps import Step, do_step, read_step

if TYPE_CHECKING:
    from tws_simulator.gateway import Gateway

MAX_STEPS = 10_000
_KEPT = 100
"""How many ended scripts are remembered."""


class ScriptError(FaultError):
    """A script that cannot run; `index` is the step that is wrong."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(f"step {index}: {reason}")
        self.index = index
        self.reason = reason


@dataclass(slots=True)
class Planned:
    """A step and what became of it: waiting, done, failed or cancelled."""

    step: Step
    state: str = "waiting"
    at: datetime | None = None
    reason: str = ""

    def describe(self) -> dict[str, Any]:
        """For a listing."""
        row = {**self.step.describe(), "state": self.state}
        if self.at is not None:
            row["done_at"] = self.at.isoformat()
        return row | ({"reason": self.reason} if self.reason else {})


@dataclass(slots=True)
class Script:
    """Steps that run. `title` says what they are."""

    number: int
    title: str
    started_at: datetime
    rows: list[Planned]
    ended_at: datetime | None = None
    appointments: list[Appointment] = field(default_factory=list)
    undo: list[Callable[[], None]] = field(default_factory=list)

    @property
    def source(self) -> str:
        """Who switched on what this script switches on."""
        return f"{self.title} #{self.number}"

    @property
    def state(self) -> str:
        """Running as long as a step waits, then done; stopped if it was."""
        if self.ended_at is not None:
            return "stopped"
        return "running" if any(row.state == "waiting" for row in self.rows) else "done"

    def describe(self) -> dict[str, Any]:
        """For a listing."""
        return {
            "id": self.number,
            "title": self.title,
            "state": self.state,
            "started_at": self.started_at.isoformat(),
            "steps": [row.describe() for row in self.rows],
        }


class Scripts:
    """All scripts of a Gateway."""

    def __init__(self, gateway: "Gateway") -> None:
        self._gateway = gateway
        self._scripts: dict[int, Script] = {}
        self._last = 0

    def read(self, raw: Iterable[object]) -> list[Step]:
        """Check all steps before any is done. Raises ScriptError."""
        start = self._gateway.clock.now()
        steps: list[Step] = []
        for index, row in enumerate(raw):
            if index >= MAX_STEPS:
                raise ScriptError(index, f"a script has at most {MAX_STEPS} steps")
            try:
                steps.append(read_step(self._gateway, row, start))
            except FaultError as error:
                raise ScriptError(index, str(error)) from None
        if not steps:
            raise ScriptError(0, "a script has at least one step")
        return steps

    def start(self, steps: list[Step], title: str) -> Script:
        """Run steps. Those at 0 are done at once, the others by the clock in the order of their times."""
        self._last += 1
        now = self._gateway.clock.now()
        script = Script(self._last, title, now, [Planned(row) for row in steps])
        self._scripts[script.number] = script
        self._forget_old()
        for index, row in sorted(enumerate(script.rows), key=lambda pair: (pair[1].step.at, pair[0])):
            if row.step.at <= 0:
                self._do(script, index, row)
            else:
                self._arrange(script, row.step.at, partial(self._do, script, index, row))
        return script

    def stop(self, number: int) -> Script:
        """End a script: what waits is cancelled, what it switched on goes off, what it did is undone.

        Raises KeyError.
        """
        script = self._scripts[number]
        if script.ended_at is not None:
            return script
        for appointment in script.appointments:
            appointment.cancel()
        for row in script.rows:
            row.state = "cancelled" if row.state == "waiting" else row.state
        self._gateway.faults.clear(source=script.source)
        while script.undo:
            script.undo.pop()()
        self._gateway.resume_connections()
        script.ended_at = self._gateway.clock.now()
        return script

    def stop_all(self, wanted: Callable[[Script], bool] = lambda script: True) -> list[Script]:
        """End all scripts, or those wanted. Returns them."""
        return [self.stop(row.number) for row in list(self._scripts.values()) if row.ended_at is None and wanted(row)]

    def listing(self) -> list[Script]:
        """All scripts, oldest first."""
        return list(self._scripts.values())

    def get(self, number: int) -> Script | None:
        """One script."""
        return self._scripts.get(number)

    # Inside ------------------------------------------------------------------------------------------------------

    def _arrange(self, script: Script, seconds: float, work: Callable[[], None]) -> None:
        moment = script.started_at + timedelta(seconds=seconds)
        script.appointments.append(self._gateway.agenda.at(moment, work))

    def _do(self, script: Script, index: int, row: Planned) -> None:
        step = row.step
        row.at = self._gateway.clock.now()
        try:
            undo = self._nest(step) if step.kind == "scenario" else None
            if undo is None:
                undo = do_step(self._gateway, step, f"{script.source}.{index}")
        except FaultError as error:
            row.state, row.reason = "failed", str(error)
            return
        row.state = "done"
        if undo is not None:
            script.undo.append(undo)
        if step.lasts is not None:
            end = undo if undo is not None else lambda: self._end_fault(script, index)
            self._arrange(script, step.at + step.lasts, end)

    def _end_fault(self, script: Script, index: int) -> None:
        self._gateway.faults.clear(source=f"{script.source}.{index}")
        self._gateway.resume_connections()

    def _nest(self, step: Step) -> Callable[[], None]:
        from tws_simulator.faults.scenarios import start

        inner = start(self._gateway, step.name, step.given)

        def stop_inner() -> None:
            if self.get(inner.number) is not None:
                self.stop(inner.number)

        return stop_inner

    def _forget_old(self) -> None:
        ended = [key for key, row in self._scripts.items() if row.state != "running"]
        for key in ended[:-_KEPT]:
            if not self._scripts[key].undo:
                del self._scripts[key]
