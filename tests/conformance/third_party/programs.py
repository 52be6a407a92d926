"""Programs of other people that trade at IB, run unchanged against a simulator.

    python tests/conformance/third_party/programs.py [program …]

Makes an environment for each program under `.venv-third-party-<name>` (this downloads; thetagang and nautilus_trader
are large), starts a simulator, lets the program do its work, and prints one JSON object a line with what was seen.
The exit code is 0 when everything that was to be seen has been.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SIMULATOR = ROOT / "deploy" / "tws_simulator"


@dataclass(frozen=True)
class Step:
    """One run of the program and what its output must hold."""

    name: str
    command: tuple[str, ...]
    wanted: tuple[str, ...]
    seconds: float = 90


@dataclass(frozen=True)
class Program:
    """What to install and what to do with it; `prepare` writes its settings into its home."""

    requirements: tuple[str, ...]
    steps: tuple[Step, ...]
    prepare: Callable[[Path, int], None] | None = None


def _ibkr(name: str, arguments: str, *wanted: str) -> Step:
    return Step(name, ("{bin}/ibkr", *arguments.split(), "-p", "simulator", "--json"), wanted)


def write_ibkr_settings(home: Path, port: int) -> None:
    """A profile of ibkr-cli."""
    folder = home / ".config" / "ibkr-cli"
    folder.mkdir(parents=True, exist_ok=True)
    profile = f'[profiles.simulator]\nhost = "127.0.0.1"\nport = {port}\nclient_id = 1\nmode = "paper"\n'
    (folder / "config.toml").write_text(f'default_profile = "simulator"\n\n{profile}')
    # It would look for a newer version of itself on the network.
    cache = home / ".cache" / "ibkr-cli"
    cache.mkdir(parents=True, exist_ok=True)
    (cache / "latest_version.json").write_text(json.dumps({"version": "0.7.2", "timestamp": time.time()}))


IBKR_CLI = Program(
    ("ibkr-cli==0.7.2",),
    (
        _ibkr("handshake", "doctor --api", '"server_version": 178'),
        _ibkr("account", "account summary", '"NetLiquidation"', '"DU1234567"'),
        _ibkr("quote", "quote AAPL", '"bid": \\d', '"ask": \\d'),
        _ibkr("bars", "bars AAPL", '"close": \\d'),
        _ibkr("preview", "buy AAPL 10 --preview", '"con_id": 265598'),
        _ibkr("market order", "buy AAPL 10 --submit", '"status": "Filled"', '"avg_fill_price": [1-9]'),
        _ibkr("trailing order", "sell AAPL 10 --type TRAIL --trail-percent 20 --submit", '"status": "PreSubmitted"'),
        _ibkr(
            "bracket",
            "buy AAPL 10 --type LMT --limit 50 --take-profit 900 --stop-loss 40 --submit",
            '"parent_id": \\d',
            '"raw_errors": \\[\\]',
        ),
        _ibkr("open orders", "orders open", '"order_type": "TRAIL"|TRAIL'),
        _ibkr("positions", "positions", '"AAPL"', '"position": 10.0'),
        _ibkr("executions", "orders executions", '"BOT"', '"commission": 1.0'),
        _ibkr("completed orders", "orders completed", '"Filled"'),
        _ibkr("option chain", "options chain AAPL", '"SMART"', '"strike_count": [1-9]'),
        _ibkr("scanner", "scanner run MOST_ACTIVE", '"rank": '),
        _ibkr("scanner parameters", "scanner params", '"STK.US.MAJOR"'),
    ),
    write_ibkr_settings,
)


def write_thetagang_settings(home: Path, port: int) -> None:
    """A wheel on two stocks that writes puts on any day."""
    text = (HERE / "thetagang.toml").read_text()
    (home / "thetagang.toml").write_text(text.replace("PORT", str(port)))


THETAGANG = Program(
    ("thetagang==2.1.1",),
    (
        Step(
            "wheel",
            ("{bin}/thetagang", "-c", "{home}/thetagang.toml", "--without-ibc"),
            # It ends with an error when its limit orders at the middle are not filled at once; they fill later.
            ("Put writing summary", "Searching option chain", "Order updated with status=Submitted"),
            180,
        ),
    ),
    write_thetagang_settings,
)

NAUTILUS = Program(
    ("nautilus_trader[ib]==1.221.0",),
    (
        Step(
            "live node",
            ("{bin}/python", str(HERE / "nautilus_node.py"), "{port}", "DU1234567"),
            tuple(
                f"SEEN {what}"
                for what in (
                    "instrument AAPL.NASDAQ tick 0.01",
                    "quote tick",
                    "trade tick",
                    "live bar",
                    "historical Bar",
                    "order accepted",
                    "order filled 100 commission 1.00 USD",
                    "position 100",
                    "order canceled",
                )
            ),
        ),
    ),
)

IBKRBOX = Program(
    ("ibkrbox==0.6.0", "numpy<2"),
    (
        Step(
            "box of index options",
            ("{bin}/ibkrbox", "-p", "{port}", "-m", "6", "--s1", "6000", "--s2", "7000", "-r", "4.5"),
            ("Box Legs", "6000.0", "7000.0", "SELL"),
        ),
    ),
)

PROGRAMS = {"ibkr_cli": IBKR_CLI, "thetagang": THETAGANG, "nautilus_trader": NAUTILUS, "ibkrbox": IBKRBOX}


def run_step(step: Step, folder: Path, home: Path, port: int) -> dict[str, object]:
    """Run it and look for what is wanted."""
    places = {"bin": str(folder / "bin"), "home": str(home), "port": str(port)}
    command = [part.format(**places) for part in step.command]
    environment = {**os.environ, "HOME": str(home), "COLUMNS": "250", "NO_COLOR": "1"}
    done = subprocess.run(
        command, env=environment, cwd=home, capture_output=True, text=True, timeout=step.seconds, check=False
    )
    output = done.stdout + done.stderr
    missing = [pattern for pattern in step.wanted if not re.search(pattern, output)]
    return {"step": step.name, "seen": not missing, "missing": missing, "output": output[-1500:] if missing else ""}


def run_program(name: str, folder: Path, port: int) -> list[dict[str, object]]:
    """All steps of a program in a home of its own."""
    program = PROGRAMS[name]
    with tempfile.TemporaryDirectory(prefix=f"{name}-") as directory:
        home = Path(directory)
        if program.prepare is not None:
            program.prepare(home, port)
        return [{"program": name, **run_step(step, folder, home, port)} for step in program.steps]


def _environment(name: str) -> Path:
    folder = ROOT / f".venv-third-party-{name}"
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q"]
        subprocess.run([*pip, *PROGRAMS[name].requirements], check=True)
        (folder / "made").touch()
    return folder


def main(names: list[str]) -> int:
    """Run programs, each against a simulator of its own."""
    failed = False
    for name in names or list(PROGRAMS):
        folder = _environment(name)
        simulator = subprocess.Popen(
            [sys.executable, "-m", "tws_simulator", "--port", "0", "--control-port", "0", "--seed", "3"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(SIMULATOR)},
        )
        try:
            assert simulator.stdout is not None
            port = json.loads(simulator.stdout.readline())["port"]
            for row in run_program(name, folder, port):
                failed = failed or not row["seen"]
                print(json.dumps(row), flush=True)
        finally:
            simulator.terminate()
            simulator.wait(10)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
