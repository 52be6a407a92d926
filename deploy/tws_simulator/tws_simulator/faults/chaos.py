"""Random faults from a seed: the same seed strikes at the same times with the same faults."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from tws_simulator.exchange.noise import unit
from tws_simulator.faults.agenda import Appointment
from tws_simulator.faults.spec import FaultError
from tws_simulator.faults.table_requests import END_MARKERS

if TYPE_CHECKING:
    from tws_simulator.gateway import Gateway

Steps = list[dict[str, Any]]
Draw = Callable[[str], float]
"""A number in [0, 1) for a purpose."""
_SHOWN = 20
_KEPT = 1000
_EPS = 1e-9


def _seconds(draw: Draw, low: float, high: float) -> float:
    return round(low + (high - low) * draw("seconds"), 2)


def _brief(name: str, low: float, high: float, **given: Any) -> Callable[[Draw], Steps]:
    """One fault that is on for a random time."""
    return lambda draw: [{"fault": name, "for": _seconds(draw, low, high), **given}]


def _once(name: str, **given: Any) -> Callable[[Draw], Steps]:
    """One fault that strikes one to three times, in the next minutes."""
    return lambda draw: [{"fault": name, "count": 1 + int(3 * draw("count")), "for": 300.0, **given}]


def _outage(draw: Draw) -> Steps:
    seconds = _seconds(draw, 1, 60)
    lost, discarded = draw("lost") < 0.5, draw("discarded") < 0.3
    return [
        {"action": "link_down", "times": 1 + int(4 * draw("times"))},
        {"at": seconds, "action": "link_up", "data_lost": lost, "discard_held": discarded},
    ]


def _farm(draw: Draw) -> Steps:
    broken = (2103, 2105, 2157)[int(3 * draw("farm"))]
    mended = {2103: 2104, 2105: 2106, 2157: 2158}[broken]
    return [
        {"action": "farm_notice", "code": broken},
        {"at": _seconds(draw, 1, 120), "action": "farm_notice", "code": mended},
    ]


def _competition(draw: Draw) -> Steps:
    return [
        {"action": "competing_session_starts"},
        {"at": _seconds(draw, 5, 120), "action": "competing_session_ends"},
    ]


def _end_marker(draw: Draw) -> Steps:
    name = sorted(END_MARKERS)[int(len(END_MARKERS) * draw("name"))]
    return [{"fault": "lose_end_markers", "names": [name], "count": 1, "for": 300.0}]


KINDS: dict[str, Callable[[Draw], Steps]] = {
    "drop": lambda draw: [{"action": "drop_connections", "reset": draw("reset") < 0.5}],
    "stall": _brief("stall", 1, 20),
    "outage": _outage,
    "farm": _farm,
    "competing_session": _competition,
    "slow": _brief("delay_ms", 5, 60, ms=500),
    "refused_connections": _brief("refuse_connections", 1, 30),
    "client_id_in_use": _brief("client_id_in_use", 1, 30),
    "no_next_valid_id": _once("no_next_valid_id"),
    "swallowed_order": _once("swallow_orders"),
    "swallowed_cancel": _once("swallow_cancels"),
    "rejected_order": _once("reject_orders"),
    "lost_acknowledgement": _once("lose_acknowledgement"),
    "slow_cancel": _once("slow_cancel", seconds=5.0),
    "duplicate_status": _brief("repeat_order_status", 5, 60),
    "reordered_status": _brief("reorder_order_status", 5, 60),
    "lost_status": _once("lose_order_status"),
    "late_commission": _once("late_commission", seconds=60.0),
    "execution_first": _once("execution_before_acknowledgement"),
    "frozen_quotes": _brief("freeze_quotes", 5, 120),
    "lost_end_marker": _end_marker,
}
"""What can strike, each with its random parameters."""


@dataclass(frozen=True, slots=True)
class Strike:
    """One thing that happens `at` seconds after the start."""

    number: int
    at: float
    kind: str
    steps: Steps

    def describe(self) -> dict[str, Any]:
        """For a listing."""
        return {"number": self.number, "at": self.at, "kind": self.kind, "steps": self.steps}


@dataclass(slots=True)
class Chaos:
    """A run of random faults."""

    seed: int
    rate_per_minute: float
    kinds: tuple[str, ...]
    seconds: float | None
    started_at: datetime
    struck: list[dict[str, Any]] = field(default_factory=list)
    appointment: Appointment | None = None

    def plan(self, first: int, count: int, before: float) -> list[Strike]:
        """Some strikes from number `first` on; `before` is the time of the one before it."""
        strikes: list[Strike] = []
        for number in range(first, first + count):
            before = round(before + self._wait(number), 2)
            if self.seconds is not None and before > self.seconds:
                break
            kind = self.kinds[int(len(self.kinds) * unit(self.seed, "kind", number))]
            strikes.append(Strike(number, before, kind, KINDS[kind](partial(unit, self.seed, number))))
        return strikes

    def _wait(self, number: int) -> float:
        return -math.log(max(unit(self.seed, "wait", number), _EPS)) * 60 / self.rate_per_minute


class ChaosRunner:
    """Starts and ends chaos, one at a time."""

    def __init__(self, gateway: "Gateway") -> None:
        self._gateway = gateway
        self._run: Chaos | None = None

    def start(self, seed: int, rate_per_minute: float, kinds: list[str], seconds: float | None) -> None:
        """Begin, ending what ran. Raises FaultError."""
        unknown = sorted(set(kinds) - set(KINDS))
        if unknown:
            raise FaultError(f"no kind of chaos named {unknown[0]!r}; there are {', '.join(sorted(KINDS))}")
        if not 0 < rate_per_minute <= 600:
            raise FaultError("rate_per_minute must be above 0 and at most 600")
        self.stop()
        chosen = tuple(sorted(set(kinds))) or tuple(sorted(KINDS))
        self._run = Chaos(seed, rate_per_minute, chosen, seconds, self._gateway.clock.now())
        self._arrange(self._run, 1, 0.0)

    def stop(self) -> None:
        """End, and undo what is still on."""
        if self._run is not None and self._run.appointment is not None:
            self._run.appointment.cancel()
            self._run.appointment = None
        if self._run is not None:
            self._gateway.scripts.stop_all(lambda script: script.title.startswith("chaos "))

    def describe(self) -> dict[str, Any]:
        """What struck when, and what is planned next."""
        run = self._run
        if run is None:
            return {"on": False, "struck": [], "next": []}
        last: dict[str, Any] = run.struck[-1] if run.struck else {"number": 0, "at": 0.0}
        on = run.appointment is not None
        return {
            "on": on,
            "seed": run.seed,
            "rate_per_minute": run.rate_per_minute,
            "kinds": list(run.kinds),
            "started_at": run.started_at.isoformat(),
            "struck": run.struck,
            "next": [row.describe() for row in run.plan(last["number"] + 1, _SHOWN, last["at"])] if on else [],
        }

    def _arrange(self, run: Chaos, number: int, before: float) -> None:
        planned = run.plan(number, 1, before)
        if not planned:
            run.appointment = None
            return
        moment = run.started_at + timedelta(seconds=planned[0].at)
        run.appointment = self._gateway.agenda.at(moment, lambda: self._strike(run, planned[0]))

    def _strike(self, run: Chaos, strike: Strike) -> None:
        now = self._gateway.clock.now()
        script = self._gateway.scripts.start(self._gateway.scripts.read(strike.steps), f"chaos {strike.kind}")
        run.struck.append({**strike.describe(), "struck_at": now.isoformat(), "script": script.number})
        del run.struck[:-_KEPT]
        self._arrange(run, strike.number + 1, strike.at)
