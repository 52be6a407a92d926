"""A simulator as a process of its own, for test suites that block.

with running_simulator(seed=7, starting_cash=50_000) as simulator:
    ib.connect("127.0.0.1", simulator.port, clientId=1)
    simulator.control.set_price("AAPL", "190")
"""

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from tws_simulator.client import SimulatorControl

_PACKAGE_HOME = str(Path(__file__).resolve().parents[1])


class SimulatorFailed(RuntimeError):
    """The simulator did not start; the message holds what it said."""


class RunningSimulator:
    """A simulator that runs: its ports, and `control` to steer it."""

    def __init__(self, process: "subprocess.Popen[str]", port: int, control_port: int) -> None:
        self.host = "127.0.0.1"
        self.port = port
        self.control_port = control_port
        self.control = SimulatorControl(f"http://127.0.0.1:{control_port}")
        self._process = process

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process.poll() is None

    def stop(self, timeout: float = 10.0) -> int:
        """End it politely: its state is saved. Returns the exit code."""
        self._process.terminate()
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """`kill -9`."""
        self._process.kill()
        self._process.wait()


def start_simulator(*, port: int = 0, control_port: int = 0, timeout: float = 20.0, **options: Any) -> RunningSimulator:
    """Start a simulator and wait until it is ready; the caller ends it.

    `options` are those of the command line with underscores: `seed=7`, `accounts=["DU1", "DU2"]`,
    `state_file=path`, `clock="virtual"`, `paused=True`. Raises SimulatorFailed.
    """
    command = [sys.executable, "-m", "tws_simulator", "--port", str(port), "--control-port", str(control_port)]
    path = os.pathsep.join(filter(None, [_PACKAGE_HOME, os.environ.get("PYTHONPATH")]))
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(  # noqa: S603  # ourselves
            [*command, *_words(options)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )
        line = _first_line(process, timeout)
        if not line:
            process.kill()
            process.wait()
            errors.seek(0)
            raise SimulatorFailed(f"the simulator did not start: {errors.read().strip() or 'it said nothing in time'}")
    ready = json.loads(line)
    return RunningSimulator(process, ready["port"], ready["control_port"])


@contextlib.contextmanager
def running_simulator(**options: Any) -> Iterator[RunningSimulator]:
    """A simulator for the time of a `with` block; options as for `start_simulator`."""
    simulator = start_simulator(**options)
    try:
        yield simulator
    finally:
        if simulator.is_running:
            simulator.stop()


def _words(options: dict[str, Any]) -> list[str]:
    """Options of the command line."""
    words: list[str] = []
    for name, value in options.items():
        if value is None or value is False:
            continue
        words.append("--" + name.replace("_", "-"))
        if value is not True:
            many = isinstance(value, (list, tuple))
            words.append(",".join(map(str, value)) if many else getattr(value, "isoformat", value.__str__)())
    return words


def _first_line(process: "subprocess.Popen[str]", timeout: float) -> str:
    """What it says first, empty if it ends or says nothing in time. What it says later is read and dropped."""
    assert process.stdout is not None
    first: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_drain, args=(process.stdout, first), daemon=True).start()
    try:
        return first.get(timeout=timeout)
    except queue.Empty:
        return ""


def _drain(output: IO[str], first: "queue.Queue[str]") -> None:
    with output:
        first.put(output.readline())
        for _ in output:
            pass
