"""Nothing that a client library can send is swallowed: it gets data or an error, within two seconds."""

import json
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
pytestmark = [pytest.mark.conformance, pytest.mark.timeout(120)]

# IB itself says nothing to these.
ENDS = (
    "MktData RealTimeBars HeadTimeStamp CalculateImpliedVolatility CalculateOptionPrice NewsBulletins WshMetaData "
    "WshEventData AccountUpdatesMulti AccountSummary Positions PositionsMulti PnL PnLSingle MktDepth TickByTickData "
    "HistogramData"
)
SILENT = {
    **{f"cancel{name}": "ends something that runs or is over" for name in ENDS.split()},
    "setServerLogLevel": "a setting",
    "reqMarketDataType": "a setting; the type is told with each subscription",
    "reqNewsBulletins": "there is no bulletin now",
    "unsubscribeFromGroupEvents": "ends a subscription",
    "updateDisplayGroup": "has no answer",
    "reqGlobalCancel": "there is no open order at that moment",
    "reqRealTimeBars": "the first bar comes with the next five seconds; see the market data scenarios",
}
# What is not offered, and the codes that say so. (What is offered has no code here.)
REFUSED: dict[str, set[int]] = {
    "cancelHistoricalData": {366},  # nothing runs any more: right
    "cancelHistogramData": {366},  # it has been answered: right
    "cancelScannerSubscription": {162},  # the confirmation
    "reqFundamentalData": {430},
    "cancelFundamentalData": {366},
    "exerciseOptions": {322},  # out of the money: right
    "reqNewsArticle": {10172},  # there is no such article: right
    "reqWshMetaData": {10276},
    "reqWshEventData": {10276},
    "requestFA": {321},
    "replaceFA": {321},
    "queryDisplayGroups": {321},
    "subscribeToGroupEvents": {321},
    "updateDisplayGroup": {321},
    "verifyRequest": {321},
    "verifyMessage": {321},
    "verifyAndAuthRequest": {320},
    "verifyAndAuthMessage": {320},
    "reqAutoOpenOrders": {327},  # asked by a client other than 0: right
    "cancelOrder": {202},  # the confirmation
}


def run(python: str, script: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [python, str(HERE / script), *arguments], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return json.loads(done.stdout)


# What the official client refuses to send itself: to an old server, or without extra authentication.
UNSENT = {
    ("ibapi", 178): {"verifyRequest", "verifyAndAuthRequest"},
    ("ibapi", 157): {"verifyRequest", "verifyAndAuthRequest", "reqUserInfo", "reqWshMetaData", "cancelWshMetaData",
                     "reqWshEventData", "cancelWshEventData"},
}  # fmt: skip
CASES = [("ib_insync", 178), ("ib_async", 178), ("ibapi", 178), ("ibapi", 157)]


@pytest.fixture(scope="module")
def told(
    start_shared_simulator: Callable[..., Any], client_python: Callable[[str], str]
) -> Iterator[dict[tuple[str, int], dict[str, Any]]]:
    """What every client was told, asked all at once as most of it is waiting."""

    def ask(case: tuple[str, int]) -> dict[str, Any]:
        library, offered = case
        options = ("--seed", "7", "--account-interval", "100000", "--server-version", str(offered))
        simulator = start_shared_simulator(*options)
        ports = (str(simulator.port), str(simulator.control_port))
        return run(client_python(library), "every_request.py", library, *ports, ",".join(SILENT))

    with ThreadPoolExecutor(len(CASES)) as pool:
        yield dict(zip(CASES, pool.map(ask, CASES), strict=True))


@pytest.mark.parametrize("case", CASES)
def test_every_request_is_answered(case: tuple[str, int], told: dict[tuple[str, int], dict[str, Any]]) -> None:
    seen = told[case]["seen"]
    assert told[case]["alive"]
    assert {name for name, row in seen.items() if not row["sent"]} == UNSENT.get(case, set())
    silent = {name for name, row in seen.items() if row["sent"] and not row["kinds"]}
    assert silent <= set(SILENT), silent - set(SILENT)
    refused = {name: set(row["codes"]) for name, row in seen.items() if row["codes"]}
    assert refused == {name: codes for name, codes in REFUSED.items() if name in seen and seen[name]["sent"]}
    assert len(seen) >= 75


def test_every_method_of_ib_comes_back(
    start_simulator: Callable[..., Any], client_python: Callable[[str], str]
) -> None:
    simulator = start_simulator("--seed", "7")
    libraries = ["ib_insync", "ib_async"]
    pythons = [client_python(library) for library in libraries]
    clients = ["19", "20"]
    with ThreadPoolExecutor(2) as pool:
        ports = [str(simulator.port)] * 2
        all_told = list(pool.map(run, pythons, ["every_method.py"] * 2, libraries, ports, clients))
    for told in all_told:
        assert told["alive"]
        # A refused requestFA carries no request id, here as at IB, so the libraries wait for it for ever.
        assert {name for name, row in told["seen"].items() if row["outcome"] == "nothing"} == {"requestFA"}
        assert {name: row for name, row in told["seen"].items() if row["outcome"].endswith("Error")} == {}
        assert len(told["seen"]) >= 60
