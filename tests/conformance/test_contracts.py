"""Three unmodified clients read the same contracts of every kind."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
pytestmark = [pytest.mark.conformance, pytest.mark.timeout(180)]
LIBRARIES = ("ib_insync", "ib_async", "ibapi")


@pytest.fixture(scope="module")
def seen(start_shared_simulator: Callable[..., Any], client_python: Callable[[str], str]) -> dict[str, dict[str, Any]]:
    """What each client saw at one simulator."""
    moment = ("--clock", "virtual", "--start", "2026-11-24T10:00:00-05:00")
    port = str(start_shared_simulator("--calendar", "exchange", *moment).port)

    def run(library: str) -> dict[str, Any]:
        script = HERE / ("contracts_ibapi.py" if library == "ibapi" else "contracts_ib.py")
        arguments = [port] if library == "ibapi" else [library, port]
        done = subprocess.run(
            [client_python(library), str(script), *arguments], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return {library: run(library) for library in LIBRARIES}


def test_all_clients_see_the_same(seen: dict[str, dict[str, Any]]) -> None:
    assert seen["ib_async"] == seen["ib_insync"]
    assert seen["ibapi"] == seen["ib_insync"]


def test_each_kind_is_what_it_is(seen: dict[str, dict[str, Any]]) -> None:
    one = {name: rows[0] for name, rows in seen["ibapi"].items() if name in {"pair", "index", "future", "option"}}
    assert one["pair"][:4] == [12087792, "CASH", "EUR.USD", ""]
    assert one["index"][:4] == [416904, "IND", "SPX", ""]
    # The third Friday of June 2027 is a holiday, Juneteenth.
    assert one["future"][1:7] == ["FUT", "ESM7", "20270617", "0", "", "50"]
    assert one["option"][1:7] == ["OPT", "AAPL  270115P00230000", "20270115", "230", "P", "100"]
    assert one["option"][14:16] == ["AAPL", "STK"]
    assert all(len(rows) == 1 for name, rows in seen["ibapi"].items() if name in {"london", "tokyo", "frankfurt"})
    assert seen["ibapi"]["london"][0][16:18] == [100, "GB-Eire"]
    # It is Wednesday in Tokyo already.
    assert seen["ibapi"]["tokyo"][0][20].startswith("20261125:0900-20261125:1130;20261125:1230-20261125:1530;")


def test_what_has_gaps_or_is_not_there(seen: dict[str, dict[str, Any]]) -> None:
    found = seen["ib_insync"]
    assert found["months"] == ["NQZ6", "NQH7", "NQM7", "NQU7", "NQZ7", "NQH8"]
    assert found["front"] == ["CONTFUT ESZ6"]
    assert {(row[0], row[1]) for row in found["chain"]} == {
        (exchange, name) for exchange in ("SMART", "CBOE", "IBUSOPT") for name in ("SPX", "SPXW")
    }
    assert found["rules"] == [[["0", "0.05"], ["3", "0.1"]], [["0", "5e-05"]]]
    assert [row[0] for row in found["samples"]] == [117902840, 117589399, 762277717]
    assert found["errors"] == [200, 200]
    assert found["bars"]
