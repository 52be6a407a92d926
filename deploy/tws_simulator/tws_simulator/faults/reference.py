"""The page that lists every fault, action and scenario: `python -m tws_simulator.faults.reference > FAULTS.md`."""

import sys
from typing import Any

from tws_simulator.faults.actions import ACTIONS
from tws_simulator.faults.codes import CODES, Kind
from tws_simulator.faults.scenarios import SCENARIOS
from tws_simulator.faults.spec import FaultSpec
from tws_simulator.faults.switches import SWITCHES

_HEAD = """# Faults and scenarios of the TWS simulator

Written by `python -m tws_simulator.faults.reference`. How to use them is in the README.

A value in brackets is the default; a parameter without one must be given. "by" says what a switch can be narrowed to;
every switch that is not a state can also be counted: `count`, `after`, `chance` with `seed`.
"""


def page() -> str:
    """The page in Markdown."""
    parts = [
        _HEAD,
        _table("## Switches", ("switch", "what a client meets", "by"), [_switch(*row) for row in SWITCHES.items()]),
        _table("## Actions", ("action", "what happens"), [_action(*row) for row in ACTIONS.items()]),
        _table("## Scenarios", ("scenario", "what it is", "from"), [_scenario(*row) for row in SCENARIOS.items()]),
        _codes(),
    ]
    return "\n".join(parts)


def _switch(name: str, spec: FaultSpec) -> tuple[str, ...]:
    narrowed = ", ".join(spec.filters) or "nothing"
    return f"`{name}`{_parameters(spec)}", spec.doc, f"{narrowed}; a state" if spec.lasting else narrowed


def _action(name: str, spec: FaultSpec) -> tuple[str, ...]:
    return f"`{name}`{_parameters(spec)}", spec.doc


def _scenario(name: str, scenario: Any) -> tuple[str, ...]:
    doc = scenario.doc + (" (always so; nothing to start)" if scenario.steps is None else "")
    return f"`{name}`{_parameters(scenario)}", doc, ", ".join(scenario.sources)


def _parameters(spec: Any) -> str:
    rows = [_parameter(spec, name) for name in spec.parameters]
    return f" {', '.join(rows)}" if rows else ""


def _parameter(spec: Any, name: str) -> str:
    default = spec.defaults.get(name)
    if name not in spec.defaults:
        return f"`{name}`"
    if default in (None, ""):
        return f"`{name}` [none]"
    text = str(default)
    return f"`{name}` [{text if len(text) <= 30 else '…'}]"


def _codes() -> str:
    lines = ["## Error codes for `error_on_order`", ""]
    for kind in Kind:
        codes = ", ".join(str(code) for code, row in CODES.items() if row.kind is kind)
        lines += [f"* {kind}: {codes}"]
    return "\n".join([*lines, ""])


def _table(title: str, heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [title, "", f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    lines += [f"| {' | '.join(cell.replace('|', '¦') for cell in row)} |" for row in rows]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.stdout.write(page())
