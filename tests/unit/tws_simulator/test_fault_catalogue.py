"""Every fault, action and scenario by name has a test that shows it; a new name without one fails here."""

import ast
from pathlib import Path

import pytest
from tws_simulator.faults import ACTIONS, SWITCHES
from tws_simulator.faults.reference import page
from tws_simulator.faults.scenarios import SCENARIOS, build

KINDS = {"fault": SWITCHES, "action": ACTIONS, "scenario": SCENARIOS}


def _shown() -> set[tuple[str, str]]:
    """What tests say they show, if they assert something."""
    found: set[tuple[str, str]] = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and _asserts(node):
                found |= {mark for decorator in node.decorator_list for mark in _marks(decorator)}
    return found


def _asserts(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Assert) for part in ast.walk(node))


def _marks(decorator: ast.expr) -> set[tuple[str, str]]:
    if not isinstance(decorator, ast.Call) or getattr(decorator.func, "id", "") != "shows":
        return set()
    return {(row.arg or "", row.value.value) for row in decorator.keywords if isinstance(row.value, ast.Constant)}


SHOWN = _shown()


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, rows in KINDS.items() for name in sorted(rows)])
def test_every_name_is_shown_by_a_test(kind: str, name: str) -> None:
    assert (kind, name) in SHOWN


def test_no_test_shows_what_is_not_there() -> None:
    assert {(kind, name) for kind, name in SHOWN if name not in KINDS[kind]} == set()


def test_all_thirty_scenarios_of_users_exist() -> None:
    sources = [source for row in SCENARIOS.values() for source in row.sources]
    assert {f"users {number}" for number in range(1, 31)} <= set(sources)


def test_all_groups_of_the_field_guide_exist() -> None:
    groups = "Acks Rejects Cancel/modify Fills Commission Identity Link Queries Account Pacing Calendar Flex"
    sources = {source for row in SCENARIOS.values() for source in row.sources}
    assert {f"guide {group}" for group in groups.split()} <= sources


def test_descriptions_are_not_empty_and_defaults_fit() -> None:
    for rows in KINDS.values():
        for name, row in rows.items():
            assert row.doc, name
            assert set(row.defaults) <= set(row.parameters), name
    for name, row in SCENARIOS.items():
        if row.steps is not None and set(row.parameters) <= set(row.defaults):
            assert build(name, {}), name


def test_no_parameter_has_a_name_that_the_control_port_uses_itself() -> None:
    """Found by the drill: `on` said both that a fault is on and which request it refuses, so it could not be set."""
    for rows in KINDS.values():
        for name, row in rows.items():
            assert not {"name", "on"} & set(row.parameters), name


def test_the_page_of_faults_is_up_to_date() -> None:
    """Write it anew with `python -m tws_simulator.faults.reference > FAULTS.md`."""
    path = Path(__file__).resolve().parents[3] / "deploy" / "tws_simulator" / "FAULTS.md"
    assert path.read_text() == page()
