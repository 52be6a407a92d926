"""A program of other people runs against the simulator unchanged. More of them: `third_party/programs.py`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.third_party.programs import run_program

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(240)]


def test_ibkr_cli_runs_unchanged(start_simulator: Callable[..., Any], program_python: Callable[[str], Path]) -> None:
    simulator = start_simulator("--seed", "3")
    rows = run_program("ibkr_cli", program_python("ibkr_cli").parents[1], simulator.port)
    assert [row for row in rows if not row["seen"]] == [], json.dumps(rows)[:3000]
    assert len(rows) >= 15
