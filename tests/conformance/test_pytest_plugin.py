"""The fixture that the package brings for the tests of others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.conftest import SIMULATOR

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(60)]
_TESTS = """
def test_one(tws_simulator):
    tws_simulator.control.reset(starting_cash=5)
    assert tws_simulator.control.accounts()[0]["cash"] == "5.00"

def test_another_has_a_fresh_one(tws_simulator):
    assert tws_simulator.control.accounts()[0]["cash"] == "1000000.00"
"""


def test_others_can_use_the_fixture(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(_TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tws_simulator.pytest_plugin", "-p", "no:cacheprovider", "."],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(SIMULATOR),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_ADDOPTS": "",  # of our own run, for plugins that theirs does not load
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
