"""Real clients recorded against the simulator find it again in the recording, and notice nothing of the recorder."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.conftest import SIMULATOR

HERE = Path(__file__).resolve().parent
pytestmark = [pytest.mark.conformance, pytest.mark.timeout(120)]
LIBRARIES = ["ib_insync", "ib_async", "ibapi"]
Start = Callable[..., tuple[subprocess.Popen[str], int]]


@pytest.fixture
def start_command() -> Iterator[Start]:
    """Start `record` or `replay` and wait until it listens."""
    running: list[subprocess.Popen[str]] = []

    def start(*words: str) -> tuple[subprocess.Popen[str], int]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tws_simulator", *words],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(SIMULATOR)},
        )
        running.append(process)
        assert process.stdout is not None
        return process, json.loads(process.stdout.readline())["port"]

    yield start
    for process in running:
        process.kill()
        process.communicate()


def day(python: str, library: str, port: int, *, client_id: int, quantity: int = 100, ref: str = "mine") -> Any:
    """Let a client live through the day; None if it did not come through."""
    script = ["recorded_ibapi.py"] if library == "ibapi" else ["recorded_ib.py", library]
    words = [str(HERE / script[0]), *script[1:], str(port), str(client_id), str(quantity), ref]
    done = subprocess.run([python, *words], capture_output=True, text=True, timeout=60, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    said, _ = process.communicate(timeout=30)
    return process.returncode, said


def recorded(
    library: str, file: Path, start_simulator: Callable[..., Any], python: str, start_command: Start
) -> tuple[Any, Any]:
    """Record a day; returns what the client saw, and the simulator it saw."""
    simulator = start_simulator("--seed", "7")
    recorder, port = start_command(
        "record", "--listen", "0", "--to", f"127.0.0.1:{simulator.port}", "--file", str(file)
    )
    seen = day(python, library, port, client_id=11, ref="my secret")
    recorder.send_signal(signal.SIGTERM)
    assert ended(recorder)[0] == 0
    return seen, simulator


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_recorded_client_is_replayed(
    library: str,
    tmp_path: Path,
    start_simulator: Callable[..., Any],
    client_python: Callable[[str], str],
    start_command: Start,
) -> None:
    python, file = client_python(library), tmp_path / "day.twsr"
    seen, simulator = recorded(library, file, start_simulator, python, start_command)
    assert seen["accounts"] == ["DU1234567"]
    assert (seen["bought"][0], seen["bought"][2], seen["resting"]) == ("Filled", "my secret", "Cancelled")

    # The same client with another id and another reference.
    replayer, port = start_command("replay", str(file), "--port", "0")
    again = day(python, library, port, client_id=12, ref="other")
    code, said = ended(replayer)
    assert (code, said) == (0, "no difference\n")
    assert again["accounts"] == ["DU0000001"]
    assert again["bought"] == [*seen["bought"][:2], "other"]
    assert (again["bars"], again["positions"], again["resting"]) == (seen["bars"], seen["positions"], "Cancelled")
    assert again.get("mine", 12) == 12

    # A client that wants something else.
    replayer, port = start_command("replay", str(file), "--port", "0", "--patience", "5")
    day(python, library, port, client_id=11, quantity=200)
    code, said = ended(replayer)
    assert code == 1
    assert "expected place_order" in said
    assert "quantity" in said
    assert "'200'" in said

    # Another gateway that answers alike, and the same one with other order numbers by now.
    other = start_simulator("--seed", "8", "--accounts", "DU7654321")
    for port in (other.port, simulator.port):
        process = subprocess.run(
            [sys.executable, "-m", "tws_simulator", "compare", str(file), "--to", f"127.0.0.1:{port}"],
            capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(SIMULATOR)}, check=False,
        )  # fmt: skip
        assert (process.returncode, process.stdout) == (0, "no difference\n"), process.stdout


def test_a_recording_survives_a_kill(
    tmp_path: Path, start_simulator: Callable[..., Any], client_python: Callable[[str], str], start_command: Start
) -> None:
    file = tmp_path / "day.twsr"
    simulator = start_simulator("--seed", "7")
    recorder, port = start_command(
        "record", "--listen", "0", "--to", f"127.0.0.1:{simulator.port}", "--file", str(file)
    )
    assert day(sys.executable, "ib_insync", port, client_id=11) is not None
    time.sleep(0.5)  # longer than the pause between two flushes
    recorder.kill()
    recorder.wait()
    shown = subprocess.run(
        [sys.executable, "-m", "tws_simulator", "show", str(file)],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(SIMULATOR)}, check=True,
    )  # fmt: skip
    assert "-> place_order" in shown.stdout
    assert "DU1234567" not in shown.stdout
