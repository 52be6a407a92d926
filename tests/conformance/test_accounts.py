"""Clients of an account in euros that trades currencies, futures, options and shares in pence."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
pytestmark = [pytest.mark.conformance, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def seen(start_shared_simulator: Callable[..., Any], client_python: Callable[[str], str]) -> dict[str, dict[str, Any]]:
    """What each client saw at a simulator of its own."""

    def run(library: str) -> dict[str, Any]:
        simulator = start_shared_simulator(
            *("--account", "DU1", "--account", "DU3:base=EUR,cash=EUR:50000+USD:1000"),
            *("--clock", "virtual", "--start", "2026-11-24T10:00:00-05:00", "--paused"),
        )
        ports = [str(simulator.port), str(simulator.control_port)]
        found = script(client_python(library), "accounts_ib.py", library, *ports)
        found["ibapi"] = script(client_python("ibapi"), "accounts_ibapi.py", ports[0])
        return found

    return {library: run(library) for library in ("ib_insync", "ib_async")}


def script(python: str, name: str, *arguments: str) -> dict[str, Any]:
    """What a client's script printed."""
    done = subprocess.run(
        [python, str(HERE / name), *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_both_clients_see_the_same(seen: dict[str, dict[str, Any]]) -> None:
    assert seen["ib_async"] == seen["ib_insync"]


def test_commissions_come_in_their_currency(seen: dict[str, dict[str, Any]]) -> None:
    """The clients turn a profit that is not set into zero."""
    assert seen["ib_insync"]["trades"] == [
        ["Filled", 1.8182, "EUR", 0.0],
        ["Filled", 1.24, "USD", 0.0],
        ["Filled", 3.0, "GBP", 0.0],
        ["Filled", 1.0, "USD", 0.0],
        ["Filled", 1.0, "USD", 0.0],
        ["Filled", 1.0, "USD", -12.0],
    ]


def test_positions_carry_multiplier_and_commission(seen: dict[str, dict[str, Any]]) -> None:
    assert seen["ib_insync"]["positions"] == [
        ["CASH", "EUR.USD", -20000.0, 1.0999],
        ["FUT", "MESZ6", 2.0, 30001.87],
        ["STK", "AAPL", -10.0, 229.89],
        ["STK", "VOD", 1000.0, 0.758],
    ]
    assert [row[0] for row in seen["ib_insync"]["portfolio"]] == ["AAPL", "MESZ6", "VOD"]


def test_cash_is_kept_by_currency(seen: dict[str, dict[str, Any]]) -> None:
    ledger = seen["ib_insync"]["ledger"]
    assert ledger["CashBalance EUR"] == "29998.18"
    assert ledger["CashBalance GBP"] == "-758.00"
    # 1,000 + 21,998 for the euros + 2,299.90 - 1 for the shares - 1.24 - 12 for the option
    assert ledger["CashBalance USD"] == "25283.66"
    assert (ledger["ExchangeRate EUR"], ledger["ExchangeRate USD"]) == ("1.00", "0.9090909")
    assert ledger["RealizedPnL USD"] == "-12.00"


def test_margin_is_told_in_euros(seen: dict[str, dict[str, Any]]) -> None:
    found = seen["ib_insync"]
    future, stock = found["what_if"]
    assert future[:2] == [round(3500 / 1.1, 2), round(3500 * 0.909 / 1.1, 2)]
    assert future[3:] == [1.24, "USD"]
    # A quarter of the shares' value, and a haircut on the dollars that are borrowed against euros.
    assert stock[0] == pytest.approx((10 * 230 * 0.25 + (10 * 230.01 + 1 - 1000) * 0.025) / 1.1, abs=0.05)
    assert found["values"]["InitMarginReq-C"] == "3181.82"
    assert found["same"] == [True, True, True]
    ((code, text),) = found["refused"]
    assert code == 201
    assert "EUR] MUST EXCEED THE INITIAL MARGIN [" in text
    assert found["pnl"][1] == 2.0


def test_the_official_client_reads_the_same_account(seen: dict[str, dict[str, Any]]) -> None:
    found = seen["ib_insync"]
    official = found["ibapi"]
    assert official["positions"] == found["positions"]
    assert official["portfolio"] == found["portfolio"]
    assert official["values"] == found["values"]
    assert {key: official["ledger"][key] for key in found["ledger"]} == found["ledger"]
    assert official["reports"] == [row[1:] for row in found["trades"]]
