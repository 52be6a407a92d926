"""How soon the kill switch bites, and how soon all is cancelled and closed, on a running desk under fire."""

import contextlib
import statistics
import threading
import time
import urllib.error
from collections.abc import Iterator
from typing import Any

from tests.bench.client import Client
from tests.bench.report import Result
from tests.fixtures.desk import RunningDesk

PATH = "/api/v1/risk/kill-switch/"
TRIALS = 5
SYMBOLS = ("MSFT", "KO", "PG", "PEP")
HELD = {"AAPL": "30", "MSFT": "20", "KO": "10"}
QUIET = 1.0  # nothing may come after so long


def measure_kill_switch(desk: RunningDesk, client: Client, *, intent: float, fill: float) -> list[Result]:
    """Floors of the same run, in milliseconds: `intent` a bare durable transaction, `fill` an order without a desk."""
    for symbol in {*SYMBOLS, *HELD}:
        market = {"symbol": symbol, "bid": "189.99", "ask": "190.01", "bid_size": "90000", "ask_size": "90000"}
        desk.simulator.post("/prices", {**market, "frozen": True, "replenish": True})
        _until_quoted(client, symbol)
    blocked = [_time_to_block(desk, client) for _ in range(TRIALS)]
    flat = [_time_to_flat(client) for _ in range(TRIALS)]
    return [
        Result.of("kill_switch_answered_p50", statistics.median(answered for answered, _ in blocked), "ms", intent),
        Result.of("kill_switch_to_last_order_at_ib_worst", max(last for _, last in blocked), "ms", intent),
        Result.of("kill_switch_to_flat_p50", statistics.median(flat), "ms", fill),
    ]


def _time_to_block(desk: RunningDesk, client: Client) -> tuple[float, float]:
    """Milliseconds from the request until its answer, and until the last order reaches IB, while two programs fire."""
    answered: list[float] = []

    def engage() -> None:
        _move(client, engaged=True)
        answered.append(time.perf_counter())

    before = _at_ib(desk)
    with _under_fire(client):
        until = time.monotonic() + 60  # on a busy machine the first takes a while
        while (known := _at_ib(desk)) < before + 5:
            if time.monotonic() > until:
                raise AssertionError("the orders do not reach IB")
        began = last = time.perf_counter()
        engaging = threading.Thread(target=engage)
        engaging.start()
        while engaging.is_alive() or time.perf_counter() - max(last, *answered) < QUIET:
            if (now_known := _at_ib(desk)) != known:
                known, last = now_known, time.perf_counter()
    _until(client, "cancelled_at")
    _move(client, engaged=False)
    return (answered[0] - began) * 1000, (last - began) * 1000


def _time_to_flat(client: Client) -> float:
    """Milliseconds from the request until the desk says that IB has cancelled and closed everything."""
    for symbol, quantity in HELD.items():
        client.buy(symbol=symbol, quantity=quantity)
    for n in range(5):
        client.buy(symbol="PG", order_type="LMT", limit_price=f"{100 + n}.00")
    _until_held(client)
    began = time.perf_counter()
    _move(client, engaged=True, flatten=True)
    _until(client, "flat_at")
    took = (time.perf_counter() - began) * 1000
    _move(client, engaged=False)
    return took


@contextlib.contextmanager
def _under_fire(client: Client) -> Iterator[None]:
    is_over = threading.Event()

    def fire(offset: int) -> None:
        n = offset
        while not is_over.is_set():
            with contextlib.suppress(urllib.error.HTTPError):  # refused, as it has to be
                client.buy(symbol=SYMBOLS[n % len(SYMBOLS)], order_type="LMT", limit_price=f"{100 + n % 50}.00")
            n += 1

    programs = [threading.Thread(target=fire, args=(n,)) for n in range(2)]
    for program in programs:
        program.start()
    try:
        yield
    finally:
        is_over.set()
        for program in programs:
            program.join()


def _at_ib(desk: RunningDesk) -> int:
    orders: list[Any] = desk.simulator.get("/state")["orders"]
    return len([order for order in orders if order.get("order_ref")])


def _move(client: Client, **how: Any) -> None:
    client.call("POST", PATH, {"reason": "a measurement", **how})


def _until(client: Client, name: str) -> None:
    until = time.monotonic() + 60
    while client.call("GET", PATH)[name] is None:
        if time.monotonic() > until:
            raise AssertionError(f"no {name}: {client.call('GET', PATH)}")


def _until_quoted(client: Client, symbol: str) -> None:
    """The first tick may take longer than one request waits for it."""
    for _ in range(10):
        with contextlib.suppress(urllib.error.HTTPError):
            client.call("GET", f"/api/v1/quotes/?symbols={symbol}")
            return
    raise AssertionError(f"IB sends no quotes for {symbol}")


def _until_held(client: Client) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        rows = client.call("GET", "/api/v1/positions/")["results"]
        held = {row["symbol"]: row for row in rows if row["quantity"] not in ("0", None)}
        if set(HELD) <= set(held) and all(held[s]["quantity"] == held[s]["ledger_quantity"] for s in HELD):
            return
        time.sleep(0.05)
    raise AssertionError(f"the positions did not come: {rows}")
