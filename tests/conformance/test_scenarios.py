"""Three unmodified clients live through the same scenarios and see the same things.

A scenario is written once, in `scenarios/<subject>.py`, together with what every client must see; each library has a
face there. Server versions are told apart by the layouts of their messages.
"""

import json
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
pytestmark = [pytest.mark.conformance, pytest.mark.timeout(240)]

SUBJECTS = sorted(path.stem for path in (HERE / "scenarios").glob("*.py") if "def live_through" in path.read_text())
# Library, highest version the server offers, version agreed on.
CASES = [
    ("ib_insync", 178, 176),
    ("ib_insync", 163, 163),
    ("ib_async", 178, 178),
    ("ibapi", 178, 178),
    ("ibapi", 176, 176),
    ("ibapi", 157, 157),
]
Told = dict[tuple[str, int, int], dict[str, Any]]


@pytest.fixture(scope="module")
def told(start_shared_simulator: Callable[..., Any], client_python: Callable[[str], str]) -> Iterator[Told]:
    """What every client saw. Two at a time, as the machine has two cores and most of it is waiting."""

    def live_through(case: tuple[str, int, int]) -> dict[str, Any]:
        library, offered, _ = case
        accounts = "DU1234567,DU7654321"
        simulator = start_shared_simulator(
            "--seed", "7", "--accounts", accounts, "--server-version", str(offered), "--account-interval", "100000"
        )
        command = [client_python(library), str(HERE / "scenarios" / "run.py"), library]
        ports = [str(simulator.port), str(simulator.control_port)]
        done = subprocess.run([*command, *ports], capture_output=True, text=True, timeout=180, check=False)
        assert done.returncode == 0, done.stderr[-4000:]
        assert simulator.stop() == 0
        return json.loads(done.stdout)

    with ThreadPoolExecutor(3) as pool:
        yield dict(zip(CASES, pool.map(live_through, CASES), strict=True))


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def test_client_sees(case: tuple[str, int, int], subject: str, told: Told) -> None:
    seen, expected = told[case][subject]["seen"], told[case][subject]["expected"]
    assert {name: value for name, value in seen.items() if not name.startswith("same_")} == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def test_version_is_agreed_on(case: tuple[str, int, int], told: Told) -> None:
    assert told[case]["version"] == case[2]


def test_all_clients_saw_the_same_market(told: Told) -> None:
    first, *others = (
        {
            f"{subject} {name}": value
            for subject in SUBJECTS
            for name, value in told[case][subject]["seen"].items()
            if name.startswith("same_")
        }
        for case in CASES
    )
    assert first
    assert all(other == first for other in others)
