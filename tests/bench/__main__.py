"""Run every benchmark against a desk of its own."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from config.desk.home import DeskHome
from tests.bench import orders, start
from tests.bench.client import DeskClient
from tests.bench.measure import show, write
from tests.fixtures.desk import RunningDesk
from tests.fixtures.embedded import EmbeddedServers

_NO_LIMITS = {f"API_RATE_{name}": "1000000/min" for name in ("USER", "ORDERS", "ANONYMOUS", "LOGIN")}


def main() -> int:
    """Print one JSON object a line and write all to docs/results/bench.json."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    root = Path(tempfile.mkdtemp(prefix="desk-bench-"))
    desk = RunningDesk(root / "home", LOG_LEVEL="WARNING", **_NO_LIMITS)
    try:
        floor = start.servers_alone(EmbeddedServers(DeskHome(root / "servers")))
        desk.start()
        results = [show(start.warm_start(desk, floor))]
        client = DeskClient(desk)
        results += [
            show(bench(desk, client)) for bench in (orders.place_order, orders.list_orders, orders.order_to_fill)
        ]
        write(results)
    finally:
        if desk.is_running:
            desk.stop()
        shutil.rmtree(root, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
