"""What a scenario is: a named script with parameters."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tws_simulator.faults.spec import BY_ORDER, FaultError, FaultSpec, Parameters, checked

Steps = list[dict[str, Any]]
NARROWING = (*BY_ORDER, "count", "after", "chance", "seed")
"""What is handed on to every fault of a scenario that allows it."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A script by name. `sources` say where it is from: `users 9` or `guide Link`.

    Without `steps` it is how the simulator always behaves: nothing is to be switched.
    """

    doc: str
    sources: tuple[str, ...]
    steps: Callable[[Parameters], Steps] | None = None
    parameters: dict[str, type] = field(default_factory=dict)
    defaults: Parameters = field(default_factory=dict)
    choices: dict[str, tuple[object, ...]] = field(default_factory=dict)
    narrows: bool = False
    """Whether client_id, order_ref, count, … may be given for its faults."""

    def script(self, name: str, given: Parameters) -> Steps:
        """Its steps for these parameters. Raises FaultError."""
        narrowed = {key: given[key] for key in NARROWING if key in given and key not in self.parameters}
        if narrowed and not self.narrows:
            raise FaultError(f"{name}: cannot be narrowed by {', '.join(sorted(narrowed))}")
        own = {key: value for key, value in given.items() if key not in narrowed}
        spec = FaultSpec(self.doc, self.parameters, self.defaults, choices=self.choices)
        parameters = checked(spec, own, name)
        steps = self.steps(parameters) if self.steps is not None else []
        return [{**row, **narrowed} if "fault" in row else row for row in steps]

    def describe(self) -> dict[str, Any]:
        """For a listing."""
        return {
            "doc": self.doc,
            "sources": list(self.sources),
            "parameters": {key: kind.__name__ for key, kind in self.parameters.items()},
            "defaults": self.defaults,
            "choices": {key: list(values) for key, values in self.choices.items()},
            "narrowed_by": list(NARROWING) if self.narrows else [],
            "always": self.steps is None,
        }


def fault(name: str, at: float = 0, **given: Any) -> dict[str, Any]:
    """A step that switches a fault on."""
    return {"at": at, "fault": name, **given}


def action(name: str, at: float = 0, **given: Any) -> dict[str, Any]:
    """A step that does something once."""
    return {"at": at, "action": name, **given}


def clear(name: str, at: float) -> dict[str, Any]:
    """A step that switches a fault off."""
    return {"at": at, "clear": name}


def price(symbol: str, bid: str, ask: str, *, size: str, at: float = 0, replenish: bool = False) -> dict[str, Any]:
    """A step that holds a market."""
    return {"at": at, "price": {"symbol": symbol, "bid": bid, "ask": ask, "size": size, "replenish": replenish}}


def switched(name: str, **fixed: Any) -> Callable[[Parameters], Steps]:
    """The script that switches one fault on with the scenario's parameters."""
    return lambda given: [fault(name, **fixed, **given)]
