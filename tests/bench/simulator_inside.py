"""What one request costs inside the simulator, without sockets and processes: microseconds, and where they go.

python -m tests.bench.simulator_inside                    one line of JSON for each kind of request
python -m tests.bench.simulator_inside --profile order_filled   where the time of one kind goes
"""

import argparse
import asyncio
import cProfile
import gc
import json
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.simulator_week import Client
from tests.bench.wire_client import WireClient

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "deploy" / "tws_simulator"))

from decimal import Decimal

from tws_simulator.gateway import Gateway, Settings, create_gateway

KINDS: tuple[str, ...] = (
    "order_resting",
    "order_filled",
    "order_changed",
    "order_cancelled",
    "what_if",
    "current_time",
    "contract_details",
    "open_orders",
    "positions",
    "account_summary",
    "market_data",
)


class Desk:
    """One client, and what it asks for."""

    def __init__(self, state_file: Path | None) -> None:
        self.gateway: Gateway = create_gateway(
            Settings(seed=7, starting_cash=Decimal(100_000_000), state_file=state_file)
        )
        self.client = Client(self.gateway, 1)
        self.resting = 0

    def order_resting(self) -> Callable[[], None]:
        """A limit order far from the market: acknowledged and at work."""
        order = self._order("LMT", "1.00")
        self.resting = self.client.last_id
        return order

    def order_filled(self) -> Callable[[], None]:
        """A market order, with its fill and its commission."""
        return self._order("MKT", "")

    def order_changed(self) -> Callable[[], None]:
        """Another limit for an order that works."""
        self.order_resting()()
        return self._message(WireClient.order(self.resting, "AAPL", "LMT", "1.01"))

    def order_cancelled(self) -> Callable[[], None]:
        """The end of an order that works."""
        self.order_resting()()
        return self._asked(4, 1, self.resting, "")

    def what_if(self) -> Callable[[], None]:
        """What an order would cost."""
        self.client.last_id += 1
        return self._message(WireClient.order(self.client.last_id, "AAPL", "LMT", "150.00", what_if=True))

    def current_time(self) -> Callable[[], None]:
        """The time."""
        return self._asked(49, 1)

    def contract_details(self) -> Callable[[], None]:
        """A contract by symbol."""
        return self._asked(9, 8, 7, 0, "AAPL", "STK", "", "0.0", "", "", "SMART", "", "USD", "", "", 0, "", "", "")

    def open_orders(self) -> Callable[[], None]:
        """This client's open orders: one, when it is asked after an order."""
        return self._asked(5, 1)

    def positions(self) -> Callable[[], None]:
        """All positions."""
        return self._asked(61, 1)

    def account_summary(self) -> Callable[[], None]:
        """Four values of an account."""
        self.client.ask(63, 1, 8)
        return self._asked(62, 1, 8, "All", "NetLiquidation,BuyingPower,TotalCashValue,MaintMarginReq")

    def market_data(self) -> Callable[[], None]:
        """The start of a stream of quotes."""
        self.client.ask(2, 2, 9)
        return self._asked(1, 11, 9, 0, "AAPL", "STK", "", "0.0", "", "", "SMART", "", "USD", "", "", 0, "", 0, 0, "")

    def tidy(self) -> None:
        """Cancel what works, and let what was said leave."""
        if self.resting:
            self.client.ask(4, 1, self.resting, "")
            self.resting = 0
        self.client.leave_said()

    def _order(self, kind: str, limit: str) -> Callable[[], None]:
        self.client.last_id += 1
        return self._message(WireClient.order(self.client.last_id, "AAPL", kind, limit))

    def _asked(self, *fields: object) -> Callable[[], None]:
        return self._message(WireClient.payload(fields))

    def _message(self, payload: bytes) -> Callable[[], None]:
        data, client = WireClient.frame(payload), self.client

        def ask() -> None:
            client.connection.data_received(data)
            client.leave_said()

        return ask


async def measure(kind: str, times: int, *, state_file: Path | None = None) -> tuple[float, float]:
    """Microseconds of the processor from the bytes of a request to the bytes of its answers: least and median.

    Not of the clock: a machine that has other work to do would be measured too.
    """
    desk = Desk(state_file)
    prepare: Callable[[], Callable[[], None]] = getattr(desk, kind)
    took = []
    for number in range(times):
        ask = prepare()
        desk.client.leave_said()
        began = time.thread_time_ns()
        ask()
        took.append((time.thread_time_ns() - began) / 1e3)
        desk.tidy()
        if number % 200 == 0:
            await asyncio.sleep(0)
    desk.gateway.close()
    return min(took), statistics.median(took)


async def profile(kind: str, times: int) -> None:
    """Print where the time of one kind of request goes."""
    desk, profiler = Desk(None), cProfile.Profile()
    prepare: Callable[[], Callable[[], None]] = getattr(desk, kind)
    for _ in range(times):
        ask = prepare()
        profiler.enable()
        ask()
        profiler.disable()
        desk.tidy()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(45)


async def spend(options: argparse.Namespace) -> None:
    """Inside an event loop."""
    if options.profile:
        await profile(options.profile, options.times)
        return
    for kind in options.kinds or KINDS:
        gc.collect()
        least, median = await measure(kind, options.times)
        row = {"kind": kind, "least_us": round(least, 1), "median_us": round(median, 1)}
        if kind.startswith("order"):
            with tempfile.TemporaryDirectory() as folder:
                kept = await measure(kind, options.times, state_file=Path(folder) / "state")
            row["median_us_with_state_file"] = round(kept[1], 1)
        print(json.dumps(row), flush=True)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, []], metavar="kind", help=", ".join(KINDS))
    parser.add_argument("--times", type=int, default=1500)
    parser.add_argument("--profile", choices=KINDS)
    asyncio.run(spend(parser.parse_args(arguments)))


if __name__ == "__main__":
    main()
