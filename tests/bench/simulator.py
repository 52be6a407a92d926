"""The simulator by itself: quotes flat out, added latency, many clients with many orders, start-up."""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.report import Result
from tests.bench.wire_client import ROOT, RunningSimulator, WireClient, echo_milliseconds, running_simulator

HERE = Path(__file__).resolve().parent
SUBSCRIPTIONS = 5
QUOTES = 300_000
CLIENTS, ORDERS, LINES = 32, 1000, 200
SLOT_SECONDS = 0.25


def measure_simulator() -> list[Result]:
    """All results of one run."""
    return [*floods(), *latencies(), *under_load(), start_up()]


def libraries() -> dict[str, str]:
    """Client libraries that are installed here, and the Python of each. Tests make the other environments."""
    others = {name: ROOT / f".venv-conformance-{name}" / "bin" / "python" for name in ("ib_async", "ibapi")}
    return {"ib_insync": sys.executable, **{name: str(path) for name, path in others.items() if path.exists()}}


def floods() -> list[Result]:
    """Quotes a second: what each client takes of the simulator, over what it takes of a server that only sends."""
    rows, limit = [], 0.0
    for library, python in libraries().items():
        canned = _canned(library, python)
        limit = max(limit, canned)
        rows.append(Result.of(f"simulator_flood_{library}", _flooded(library, python), "quotes/s", canned))
    # Above 1: the simulator makes more quotes than the fastest client can read.
    return [*rows, Result.of("simulator_flood_without_a_client_library", _raw_flood(), "quotes/s", limit)]


def _canned(library: str, python: str) -> float:
    server = subprocess.Popen(
        [sys.executable, str(HERE / "canned_server.py"), str(SUBSCRIPTIONS), str(QUOTES * 5 // 4)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    assert server.stdin is not None
    try:
        with _client(library, python, int(server.stdout.readline())) as client:
            _await_ready(client)
            server.stdin.write("\n")
            server.stdin.flush()
            return _rate(client)
    finally:
        server.kill()
        server.wait(5)


def _flooded(library: str, python: str) -> float:
    with running_simulator() as simulator, _client(library, python, simulator.port) as client:
        _await_ready(client)
        simulator.control("POST", "/market/flood", {"quotes": QUOTES // SUBSCRIPTIONS * 5 // 4})
        return _rate(client)


def _raw_flood() -> float:
    with running_simulator() as simulator:
        client = WireClient(simulator.port, 1)
        for number in range(SUBSCRIPTIONS):
            client.subscribe(number + 1, ("AAPL", "MSFT", "AMZN", "TSLA", "NVDA")[number])
        client.drain()
        time.sleep(0.5)
        before = _numbered(simulator)
        began = time.perf_counter()
        simulator.control("POST", "/market/flood", {"quotes": QUOTES})
        while _numbered(simulator) - before < QUOTES * SUBSCRIPTIONS * 0.9 and time.perf_counter() - began < 60:
            time.sleep(0.1)
        return (_numbered(simulator) - before) / (time.perf_counter() - began)


def _numbered(simulator: RunningSimulator) -> int:
    return int(simulator.control("GET", "/log?limit=1")["messages"][-1]["number"])


def _client(library: str, python: str, port: int) -> "subprocess.Popen[str]":
    script = [python, str(HERE / "flood_client.py"), library, str(port), str(SUBSCRIPTIONS), str(QUOTES)]
    return subprocess.Popen(script, stdout=subprocess.PIPE, text=True)


def _await_ready(client: "subprocess.Popen[str]") -> None:
    assert client.stdout is not None
    line = client.stdout.readline()
    if line != "ready\n":
        raise RuntimeError(f"the client ended: {line!r}")


def _rate(client: "subprocess.Popen[str]") -> float:
    assert client.stdout is not None
    told = json.loads(client.stdout.readline())
    return float(told["quotes"] / told["seconds"])


def latencies(samples: int = 1500) -> list[Result]:
    """Median milliseconds from a request to its answer, over an echo in the same run: the rest is the simulator's."""
    floor = statistics.median(echo_milliseconds(samples))
    with running_simulator("--starting-cash", "100000000") as simulator:
        client = WireClient(simulator.port, 1)
        found = {
            "current_time": _ask(client, samples, "49", 49, 1),
            "order_to_first_status": _place_orders(client, samples // 2),
            "market_order_to_commission": _fill_orders(client, samples // 2),
            "what_if": _preview_orders(client, samples // 2),
            "positions": _ask(client, samples // 2, "62", 61, 1),
            "contract_details": _ask(client, samples // 2, "52", 9, 8, 7, *STOCK, 0, "", "", ""),
            "account_summary": _ask_and_cancel(client, samples // 2, "64", (62, 1, 8, "All", TAGS), (63, 1, 8)),
            "first_quote": _ask_and_cancel(client, samples // 2, "1", (1, 11, 9, *STOCK, 0, "", 0, 0, ""), (2, 2, 9)),
        }
    return [Result.of(f"simulator_{name}_p50", statistics.median(took), "ms", floor) for name, took in found.items()]


STOCK = (0, "AAPL", "STK", "", "0.0", "", "", "SMART", "", "USD", "", "")
TAGS = "NetLiquidation,BuyingPower,TotalCashValue,MaintMarginReq"


def _ask_the_time(client: WireClient, samples: int) -> list[float]:
    return _ask(client, samples, "49", 49, 1)


def _ask(client: WireClient, samples: int, answer: str, *fields: object) -> list[float]:
    return _ask_and_cancel(client, samples, answer, fields, ())


def _ask_and_cancel(
    client: WireClient, samples: int, answer: str, fields: tuple[object, ...], cancel: tuple[object, ...]
) -> list[float]:
    took = []
    for _ in range(samples):
        began = time.perf_counter()
        client.send(*fields)
        client.read_until(answer)
        took.append((time.perf_counter() - began) * 1000)
        if cancel:
            client.send(*cancel)
            client.send(49, 1)  # behind what else was told
            client.read_until("49")
    return took


def _place_orders(client: WireClient, samples: int) -> list[float]:
    """Limit orders far from the market, each cancelled before the next."""
    took = []
    for order_id in range(1, samples + 1):
        began = time.perf_counter()
        client.place(order_id, "AAPL", "LMT", "1.00")
        client.read_until("3", "5")
        took.append((time.perf_counter() - began) * 1000)
        client.send(4, 1, order_id, "")
        while client.read_until("3", "4")[0] != "4":
            pass
    return took


def _fill_orders(client: WireClient, samples: int) -> list[float]:
    """Market orders, each up to the report of its commission."""
    took = []
    for order_id in range(10_001, 10_001 + samples):
        began = time.perf_counter()
        client.place(order_id, "AAPL")
        client.read_until("59")
        took.append((time.perf_counter() - began) * 1000)
    return took


def _preview_orders(client: WireClient, samples: int) -> list[float]:
    took = []
    for order_id in range(20_001, 20_001 + samples):
        began = time.perf_counter()
        client.place(order_id, "AAPL", "LMT", "150.00", what_if=True)
        client.read_until("5")
        took.append((time.perf_counter() - began) * 1000)
    return took


def under_load() -> list[Result]:
    """32 clients, 1,000 working orders, 200 subscriptions: processor time, answers and the beat of the quotes."""
    floor = statistics.median(echo_milliseconds(500))
    with running_simulator("--starting-cash", "100000000") as simulator:
        symbols = [row["symbol"] for row in simulator.control("GET", "/instruments")["instruments"]][:60]
        clients = [WireClient(simulator.port, number + 1) for number in range(CLIENTS)]
        for number in range(ORDERS):
            clients[number % CLIENTS].place(number // CLIENTS + 1, symbols[number % len(symbols)], "LMT", "0.50", "GTC")
        for number in range(LINES):
            clients[number % CLIENTS].subscribe(9000 + number, symbols[number % len(symbols)])
        for client in clients[1:]:
            client.drain()
        assert _working(simulator) == ORDERS, _working(simulator)
        cpu, began = simulator.cpu_seconds(), time.perf_counter()
        late = _beats(clients[0], seconds=8)
        used = (simulator.cpu_seconds() - cpu) / (time.perf_counter() - began)
        prober = WireClient(simulator.port, CLIENTS + 1) if CLIENTS < 32 else clients[0]
        asked = statistics.median(_ask_the_time(prober, 600))
    return [
        Result.of("simulator_load_processor_share", used, "cores", 1.0),
        Result.of("simulator_load_current_time_p50", asked, "ms", floor),
        Result.of("simulator_load_longest_quote_gap", late, "s", SLOT_SECONDS),
    ]


def _working(simulator: RunningSimulator) -> int:
    end = time.perf_counter() + 20
    while time.perf_counter() < end:
        rows = simulator.control("GET", "/state")["orders"]
        working = sum(row["status"] in {"Submitted", "PreSubmitted"} for row in rows)
        if working == ORDERS:
            break
        time.sleep(0.2)
    return working


def _beats(client: WireClient, seconds: float) -> float:
    """The longest time between two lots of quotes of a client that watches several markets."""
    longest, end = 0.0, time.perf_counter() + seconds
    client.read_until("1", "2")
    last = time.perf_counter()
    while last < end:
        client.read_until("1", "2")
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return longest


def start_up(runs: int = 5) -> Result:
    """Median seconds from the command to the ready line, over an interpreter that does nothing."""
    empty, ready = [], []
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import asyncio"], check=True)
        empty.append(time.perf_counter() - began)
        with running_simulator() as simulator:
            ready.append(simulator.seconds_to_ready)
    return Result.of("simulator_start_to_ready", statistics.median(ready), "s", statistics.median(empty))


if __name__ == "__main__":
    from dataclasses import asdict

    for result in measure_simulator():
        print(json.dumps(asdict(result)), flush=True)
