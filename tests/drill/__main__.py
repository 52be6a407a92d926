"""`python -m tests.drill --minutes 5 --seed 1`: exit code 0 if nothing was lost, 1 otherwise."""

import argparse
import asyncio
import json
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.drill.api_client import ApiClient
from tests.drill.compare import Books, compare
from tests.drill.listener import CHANNELS, Listener
from tests.drill.monitor import Monitor
from tests.drill.plan import Plan, make_plan
from tests.drill.scorecard import Scorecard, make_scorecard
from tests.drill.strikes import Striker
from tests.drill.traffic import PRICES, Traffic
from tests.fixtures.desk import RunningDesk

_SETTLED = {"working", "partially_filled", "filled", "cancelled", "rejected", "expired", "suspended"}
_SETTLE_SECONDS = 180.0
_RATES = {f"API_RATE_{name}": "600000/min" for name in ("LOGIN", "USER", "ORDERS", "ANON")}


def main(arguments: list[str] | None = None) -> int:
    """Start a desk of its own, drill it, print the scorecard."""
    options = _options(arguments)
    plan = make_plan(
        seed=options.seed,
        seconds=options.minutes * 60,
        strikes_per_minute=options.strikes,
        moves_per_minute=options.moves,
    )
    root = Path(tempfile.mkdtemp(prefix="desk-drill-"))
    desk = RunningDesk(root / "home", SIMULATOR_SEED=str(options.seed), **_RATES)
    print(
        f"drill: seed {plan.seed}, {len(plan.strikes)} faults, {len(plan.moves)} requests; home {desk.home}", flush=True
    )
    try:
        desk.start()
        card = asyncio.run(drill(desk, plan))
    finally:
        if desk.is_running:
            desk.stop()
    print(card.text())
    if options.report:
        card.write(options.report)
    if card.is_clean or not options.keep:
        shutil.rmtree(root, ignore_errors=True)
    return 0 if card.is_clean else 1


async def drill(desk: RunningDesk, plan: Plan) -> Scorecard:
    """One drill of a desk that is up."""
    client = ApiClient(desk)
    listener, monitor = Listener(desk, client), Monitor(client)
    striker, traffic = Striker(desk, _setting(desk, "REDIS_URL")), Traffic(client, plan.seed)
    await _pin(desk)
    watchers = [asyncio.create_task(listener.run()), asyncio.create_task(monitor.run())]
    try:
        while listener.last is None:
            await asyncio.sleep(0.1)
        began = time.monotonic()
        await asyncio.gather(striker.run(plan.strikes, began), traffic.run(plan.moves, began))
        books = await _settle(desk, client, monitor, striker, listener)
    finally:
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)
    findings = compare(traffic.intents, books, listener)
    return make_scorecard(
        plan=plan,
        striker=striker,
        traffic=traffic,
        listener=listener,
        recovery=monitor.recovery(striker.struck),
        findings=findings,
    )


async def _pin(desk: RunningDesk) -> None:
    """Markets that stand still: what fills does so because an order met it."""
    for symbol, price in PRICES.items():
        await asyncio.to_thread(
            desk.simulator.post,
            "/prices",
            {"symbol": symbol, "price": price, "bid_size": "500", "ask_size": "500", "frozen": True},
        )


async def _settle(
    desk: RunningDesk, client: ApiClient, monitor: Monitor, striker: Striker, listener: Listener
) -> Books:
    """Take every fault back and wait until nothing is pending, or until the patience is over."""
    await striker.calm()
    await _pin(desk)
    until = time.monotonic() + _SETTLE_SECONDS
    books = None
    while time.monotonic() < until:
        await monitor.wait_ready(within=max(1.0, until - time.monotonic()))
        books = await _books(desk, client, listener)
        known = {row["order_ref"] for row in books.ib["orders"]}
        pending = [row for row in books.orders if row["status"] not in _SETTLED and row["id"] in known]
        missed = [seq for seq in books.stream if seq not in listener.seen]
        fills = {row["exec_id"] for row in books.fills}
        behind = [row for row in books.ib["executions"] if row["exec_id"] not in fills]
        if not pending and not behind and not missed:
            await asyncio.sleep(2)
            return await _books(desk, client, listener)
        await asyncio.sleep(2)
    assert books is not None
    return books


async def _books(desk: RunningDesk, client: ApiClient, listener: Listener) -> Books:
    return Books(
        orders=await client.every("/api/v1/orders/?page_size=200"),
        fills=await client.every("/api/v1/fills/?page_size=200"),
        positions=await client.every("/api/v1/positions/?page_size=200"),
        ib=await asyncio.to_thread(desk.simulator.get, "/state"),
        stream=json.loads(await asyncio.to_thread(_shell, desk, _STREAM % (listener.began_after, CHANNELS))),
    )


_STREAM = (
    "import json; from trading.models import StreamEvent; "
    "print(json.dumps(list(StreamEvent.objects.filter(seq__gt=%d, channel__in=%r)"
    ".order_by('seq').values_list('seq', flat=True))))"
)


def _setting(desk: RunningDesk, name: str) -> str:
    return _shell(desk, f"import os; print(os.environ[{name!r}])")


def _shell(desk: RunningDesk, code: str) -> str:
    return desk.manage("shell", "-v0", "-c", code).stdout.strip().splitlines()[-1]


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.drill", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 100_000))
    parser.add_argument("--strikes", type=float, default=20.0, help="faults a minute")
    parser.add_argument("--moves", type=float, default=60.0, help="requests a minute")
    parser.add_argument("--report", type=Path, help="write the scorecard here as JSON")
    parser.add_argument("--keep", action="store_true", help="keep DESK_HOME after a failure")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
