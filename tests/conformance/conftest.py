"""A simulator as a process of its own, and environments with the clients that cannot share ours."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
SIMULATOR = ROOT / "deploy" / "tws_simulator"


@dataclass
class Simulator:
    """A running simulator."""

    process: subprocess.Popen[str]
    port: int
    control_port: int

    def stop(self) -> int:
        """End it as an operator would; returns its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()
            if self.process.stdout:
                self.process.stdout.close()

    def kill(self) -> None:
        """End it without warning."""
        self.process.kill()
        self.process.wait(10)


def _simulators() -> Iterator[Callable[..., Simulator]]:
    running: list[Simulator] = []

    def start(*options: str) -> Simulator:
        environment = {**os.environ, "PYTHONPATH": str(SIMULATOR)}
        process = subprocess.Popen(
            [sys.executable, "-m", "tws_simulator", "--port", "0", "--control-port", "0", *options],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"the simulator ended with {process.wait(5)}"
        ready = json.loads(line)
        running.append(Simulator(process, ready["port"], ready["control_port"]))
        return running[-1]

    yield start
    for simulator in running:
        simulator.stop()


@pytest.fixture
def start_simulator() -> Iterator[Callable[..., Simulator]]:
    """Start simulators on free ports with any options; all are stopped at the end of the test."""
    yield from _simulators()


@pytest.fixture(scope="module")
def start_shared_simulator() -> Iterator[Callable[..., Simulator]]:
    """The same for all tests of a module."""
    yield from _simulators()


@pytest.fixture(scope="session")
def client_python() -> Callable[[str], str]:
    """The Python that has a client library; its environment is made at first use and kept in the repository root."""

    def python(library: str) -> str:
        return sys.executable if library == "ib_insync" else str(_environment(library, HERE / f"{library}.lock"))

    return python


@pytest.fixture(scope="session")
def program_python() -> Callable[[str], Path]:
    """The Python of the environment of a third-party program."""
    return lambda program: _environment(program, HERE / "third_party" / f"{program}.lock")


def _environment(library: str, lock: Path) -> Path:
    folder = ROOT / f".venv-conformance-{library}"
    wanted = f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {sys.version_info[:2]}"
    stamp, python = folder / "stamp", folder / "bin" / "python"
    # Two test runs at once must not make the same environment.
    guards = ROOT / ".venv-conformance-guards"
    guards.mkdir(exist_ok=True)
    with (guards / library).open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not python.exists() or not stamp.exists() or stamp.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            _make(folder, lock)
            stamp.write_text(wanted)
    return python


def _make(folder: Path, lock: Path) -> None:
    uv = shutil.which("uv")
    python = folder / "bin" / "python"
    if uv is not None:
        make = [uv, "venv", "-q", "--python", sys.executable, str(folder)]
        install = [uv, "pip", "install", "-q", "--require-hashes", "--python", str(python), "-r", str(lock)]
    else:
        make = [sys.executable, "-m", "venv", str(folder)]
        install = [str(python), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(lock)]
    subprocess.run(make, check=True)
    subprocess.run(install, check=True)
