"""Three unmodified clients live through the same scenario and see the same things."""

import json
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
pytestmark = [pytest.mark.conformance, pytest.mark.timeout(180)]

# What every client must report, whatever its library. Server versions are told apart below.
EXPECTED: dict[str, Any] = {
    "farms": [2104, 2106, 2158],
    "details": [265598, "NASDAQ", 0.01, "APPLE INC"],
    "hours": ["US/Eastern", 5],
    "symbols": 265598,
    "market_rule": [[0.0, 0.01]],
    "unknown_contract": 200,
    "quotes": [True, True, True, True],
    "quotes_move": True,
    "snapshot": True,
    "bars": [True, True, True],
    "days": [5, "2026-06-01"],
    "head": "2004-01-23",
    "bars_kept_up": True,
    "depth": 10092,  # asked of SMART without smart depth
    "market": [[[100.0, 190.01]], 1.0, "USD", "Filled"],
    "market_ref": "ref-1",
    "modified": "189.6",
    "cancelled": ["Cancelled", [202]],
    "stop_held": ["PreSubmitted", "trigger"],
    # Bought at 190.01 with commission 1, sold at 188.90 with commission 1.
    "stop": [[[100.0, 188.9]], -113.0],
    "partly": ["Submitted", 700.0],
    # 1,200 shares at half a cent each; the last 200 were resting no longer when the market fell below the limit.
    "partial": [[[500.0, 190.01], [500.0, 190.01], [200.0, 190.0]], 6.0, "Filled"],
    "ioc": ["Cancelled", [202]],
    "what_if": [True, 1.0, "USD"],
    "bad_tick": 110,
    "bad_contract": 200,
    "zero": 434,
    "fraction": 10243,
    "bad_type": 387,
    "margin": 201,
    "bad_account": 321,
    "cancel_unknown": 10147,
    "cancel_finished": 10148,
    "modify_filled": 104,
    "duplicate_id": 103,
    # (1,000 x 190.01 + 200 x 190.00 + 6) / 1,200
    "positions": [[265598, 1200.0, 190.013]],
    "portfolio": [["AAPL", 1200.0]],
    "values": ["true", True, True],
    "summary": True,
    "pnl": True,
    "pnl_realized": -113.0,
    "executions": 5,
    "executions_filtered": 1,
    "completed": ["Cancelled", "Filled"],
    "duplicate_client": "refused",
    "open_after": [["kept", 150.0, "GTC"]],
    "executions_after": 5,
    "ids_grow": True,
    "others_orders": [0, 1],
    "global_cancel": True,
    "time": True,
}

# Library, highest version the server offers, version agreed on. The lower ones need other message layouts.
CASES = [
    ("ib_insync", 178, 176),
    ("ib_insync", 163, 163),
    ("ib_async", 178, 178),
    ("ibapi", 178, 178),
    ("ibapi", 157, 157),
]


def run_scenario(python: str, library: str, port: int, control_port: int) -> dict[str, Any]:
    """Run a client's script in its own environment; returns what it saw."""
    script = ["scenario_ibapi.py"] if library == "ibapi" else ["scenario_ib.py", library]
    done = subprocess.run(
        [python, str(HERE / script[0]), *script[1:], str(port), str(control_port)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def seen(
    start_shared_simulator: Callable[..., Any], client_python: Callable[[str], str]
) -> Iterator[dict[tuple[str, int, int], dict[str, Any]]]:
    """What each client saw; several at a time, as most of it is waiting."""

    def live_through(case: tuple[str, int, int]) -> dict[str, Any]:
        library, offered, _ = case
        simulator = start_shared_simulator("--seed", "7", "--server-version", str(offered))
        told = run_scenario(client_python(library), library, simulator.port, simulator.control_port)
        assert simulator.stop() == 0
        return told

    with ThreadPoolExecutor(3) as pool:
        yield dict(zip(CASES, pool.map(live_through, CASES), strict=True))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def test_client_lives_through_the_scenario(
    case: tuple[str, int, int], seen: dict[tuple[str, int, int], dict[str, Any]]
) -> None:
    assert seen[case] == {**EXPECTED, "connect": [case[2], ["DU1234567"]]}
