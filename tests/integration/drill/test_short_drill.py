"""A short drill with a fixed plan: a whole desk, faults all the time, nothing lost at the end."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from config.desk.home import REPOSITORY
from tests.drill.kinds import BY_NAME

SEED = 5
_PATIENCE = 540


@pytest.mark.alone
@pytest.mark.timeout(_PATIENCE + 30)
def test_a_short_drill_loses_nothing(tmp_path: Path) -> None:
    """The scorecard is in the message when it does; `make drill SEED=5 MINUTES=1.25 ARGS=...` repeats the plan."""
    report = tmp_path / "drill.json"
    options = ["--minutes", "1.25", "--seed", str(SEED), "--strikes", "36", "--moves", "120", "--report", str(report)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.drill", *options],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE,
    )
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    card = json.loads(report.read_text())
    assert card["failures"] == {}
    assert card["faults"]["struck"] >= 35
    assert set(card["faults"]["by_kind"]) <= set(BY_NAME)
    assert card["traffic"]["orders accepted"] >= 20
    assert card["stream"]["events seen"] > 50
