"""The simulator's README is true: its examples run as they are written, and the package runs alone."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "deploy" / "tws_simulator"
README = (PACKAGE / "README.md").read_text()
pytestmark = [pytest.mark.conformance, pytest.mark.timeout(180)]


def examples(heading: str) -> list[str]:
    """The Python blocks below a heading."""
    section = re.split(r"^#+ ", README.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)


def run(python: str, code: str, **environment: str) -> str:
    done = subprocess.run(
        [python, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize("library", ["ib_insync", "ib_async", "ibapi"])
def test_the_example_of_each_client_runs_as_written(
    library: str, start_simulator: Callable[..., Any], client_python: Callable[[str], str]
) -> None:
    with_events, with_callbacks = examples("Three clients")
    code = with_callbacks if library == "ibapi" else with_events.replace("from ib_insync", f"from {library}")
    simulator = start_simulator()
    assert "4002" in code
    told = run(client_python(library), code.replace("4002", str(simulator.port)))
    assert "Filled" in told
    assert "100" in told


def test_the_example_of_a_simulator_inside_a_program_runs_as_written() -> None:
    code = next(block for block in examples("From Python") if "running_simulator(" in block)
    run(sys.executable, code, PYTHONPATH=str(PACKAGE))


def test_every_option_and_route_the_readme_names_is_there(start_simulator: Callable[..., Any]) -> None:
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    usage = subprocess.run(
        [sys.executable, "-m", "tws_simulator", "--help"], capture_output=True, text=True, check=True, env=environment
    ).stdout
    table = README.split("## Three clients")[0] + README.split("## Time")[1].split("## What it does")[0]
    named = set(re.findall(r"`(--[a-z-]+)", table))
    assert len(named) > 15
    assert {option for option in named if option not in usage} == set()


def test_the_package_is_built_installed_and_run_alone(tmp_path: Path) -> None:
    """Two commands from a fresh clone: install it, start it; nothing of this repository is at hand."""
    source = tmp_path / "clone"
    shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"))
    folder = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([str(folder / "bin" / "python"), "-m", "pip", "install", "-q", str(source)], check=True)
    shutil.rmtree(source)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    process = subprocess.Popen(
        [str(folder / "bin" / "tws-simulator"), "--port", "0", "--control-port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment,
    )
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["event"] == "ready"
    finally:
        process.terminate()
        assert process.wait(10) == 0
        process.stdout.close()
    installed = {path.relative_to(folder) for path in folder.glob("lib/*/site-packages/tws_simulator/**/*.py")}
    assert len(installed) == len(list((PACKAGE / "tws_simulator").rglob("*.py")))
