"""A simulated week of several busy clients, as fast as it goes: does memory stay, and how long does a day take?

python -m tests.bench.simulator_week                                      a week, one line of JSON a day
python -m tests.bench.simulator_week --days 1 --stocks 100 --orders 1000 --quotes 200  a busy day
"""

import argparse
import asyncio
import gc
import json
import os
import sys
import time
import tracemalloc
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "deploy" / "tws_simulator"))

from tws_simulator.clock import NEW_YORK
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.gateway import Gateway, Settings, create_gateway
from tws_simulator.session.connection import Connection
from tws_simulator.wire.fields import encode_fields
from tws_simulator.wire.framing import frame

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=NEW_YORK)
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TOP = 25


class Sink:
    """A socket whose other side reads everything at once."""

    def __init__(self) -> None:
        self.bytes = 0

    def write(self, data: bytes) -> None:
        self.bytes += len(data)

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def get_extra_info(self, name: str) -> str:
        return "sink"

    def close(self) -> None:
        """Stays open."""

    abort = close


class Client:
    """One client in this process: all of the simulator but the socket itself."""

    def __init__(self, gateway: Gateway, client_id: int) -> None:
        self.sink = Sink()
        self.connection = Connection(gateway)
        self.connection.connection_made(cast(asyncio.BaseTransport, self.sink))
        self.connection.data_received(b"API\0" + frame(b"v178..178"))
        self.ask(71, 2, client_id, "")
        self.last_id = gateway.broker.next_order_id(client_id) - 1

    def leave_said(self) -> None:
        """Let what was said leave now, instead of at the end of the turn."""
        self.connection.flush()

    def leave(self) -> None:
        """Hang up."""
        self.connection.connection_lost(None)

    def ask(self, *fields: object) -> None:
        self.connection.data_received(frame(encode_fields(list(fields))))

    def order(self, instrument: Instrument, action: str, quantity: int, kind: str, limit: str, tif: str) -> int:
        self.last_id += 1
        head = (3, self.last_id, *contract(instrument), "", "", action, quantity, kind, limit, "", tif)
        owner = ("", "", "", 0, f"week-{self.last_id}", 1, 0, 0, 0, "", 0, 0, 0)
        middle = (*[""] * 8, 0, "", -1, 0, "", "", 0, "", "", 0, 0, "", 0, *[""] * 5, 0, "", "")
        tail = ("", "", 0, *[""] * 10, 0, "", "", 0, 0, "", "", 0, "", 0, 0, 0)
        self.ask(*head, *owner, *middle, *tail, 0, *[""] * 6, 0, *[""] * 8, 0, 0, 0, "", "", "", 0, "", "")
        return self.last_id


def contract(instrument: Instrument) -> tuple[object, ...]:
    return (instrument.con_id, instrument.symbol, "STK", "", "0.0", "", "", "SMART", "", "USD", "", "")


class Week:
    """What the clients do."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        settings = Settings(
            seed=options.seed,
            calendar="exchange",
            start=MONDAY,
            paused=True,
            max_open_orders=0,
            state_file=options.state_file,
        )
        self.gateway = create_gateway(settings)
        book = self.gateway.broker.book
        self.stocks = [row for row in book if row.sec_type == "STK" and row.currency == "USD"][: options.stocks]
        self.clients: list[Client] = []
        self.sent = 0

    def connect(self) -> None:
        """All clients come, as in the morning; what they sent before is counted by their order numbers."""
        self.clients = [Client(self.gateway, number + 1) for number in range(self.options.clients)]
        self.subscribe()

    def leave(self) -> None:
        """All clients go."""
        for client in self.clients:
            self.sent += client.sink.bytes
            client.leave()

    def subscribe(self) -> None:
        for number in range(self.options.quotes):
            client, stock = self.clients[number % len(self.clients)], self.stocks[number % len(self.stocks)]
            client.ask(1, 11, 1000 + number, *contract(stock), 0, "233", 0, 0, "")
        for number, client in enumerate(self.clients):
            stock = self.stocks[number % len(self.stocks)]
            client.ask(6, 2, 1, "")
            client.ask(61, 1)
            client.ask(92, 1, "DU1234567", "")
            client.ask(62, 1, 2, "All", "NetLiquidation,BuyingPower,GrossPositionValue")
            client.ask(50, 3, 3, *contract(stock), 5, "TRADES", 0, "")
            client.ask(20, 4, *contract(stock), 0, "", "1 min", "3600 S", 0, "TRADES", 1, 1, "")
            client.ask(97, 5, *contract(stock), "AllLast", 0, 1)

    def place_resting(self) -> None:
        """Orders that work all week without being reached."""
        for number in range(self.options.orders):
            client, stock = self.clients[number % len(self.clients)], self.stocks[number % len(self.stocks)]
            limit = (float(stock.reference_price) * 0.4) // 1 - number // len(self.stocks) % 20 * 0.01 + 1
            client.order(stock, "BUY", 1, "LMT", f"{limit:.2f}", "GTC")

    def trade(self, round_number: int) -> None:
        """An hour's trading of every client: some fills, some cancels, some questions."""
        for number, client in enumerate(self.clients):
            for turn in range(self.options.trades):
                stock = self.stocks[(number * 7 + turn + round_number) % len(self.stocks)]
                client.order(stock, "BUY" if (round_number + turn) % 2 else "SELL", 10, "MKT", "", "DAY")
                far = client.order(stock, "BUY", 10, "LMT", "1.00", "DAY")
                client.ask(4, 1, far, "")
            client.ask(7, 3, 90, "", "", "", "", "", "", "")
            client.ask(
                20, 91, *contract(self.stocks[number % len(self.stocks)]), 0, "", "5 mins", "1 D", 1, "TRADES", 1, 0, ""
            )

    async def run(self) -> None:
        heart = asyncio.create_task(self.gateway.timekeeper.run())
        try:
            for day in range(self.options.days):
                began, ticks = time.monotonic(), self.gateway.timekeeper.ticks
                await self._day(MONDAY + timedelta(days=day))
                self._report(day, time.monotonic() - began, self.gateway.timekeeper.ticks - ticks)
        finally:
            heart.cancel()
            self.gateway.close()

    async def _day(self, morning: datetime) -> None:
        await self.gateway.timekeeper.advance_to(morning + timedelta(minutes=30))
        self.connect()
        if not self.gateway.broker.open_orders():
            self.place_resting()
        for hour in range(self.options.hours):
            await self.gateway.timekeeper.advance_to(morning + timedelta(hours=hour, minutes=31))
            self.trade(hour)
        await self.gateway.timekeeper.advance_to(morning + timedelta(hours=self.options.hours, minutes=30))
        self.leave()
        await self.gateway.timekeeper.advance_to(morning + timedelta(days=1))

    def _report(self, day: int, wall: float, ticks: int) -> None:
        gc.collect()
        state = self.gateway.broker.state
        row = {
            "day": (MONDAY + timedelta(days=day)).strftime("%a"),
            "rss_mb": round(rss() / 2**20, 1),
            "wall_seconds": round(wall, 1),
            "ticks": ticks,
            "speed": round(86_400 / wall),
            "orders": len(state.orders),
            "working": len(self.gateway.broker.open_orders()),
            "executions": len(state.executions),
            "sent_mb": round(self.sent / 2**20, 1),
        }
        print(json.dumps(row), flush=True)
        for line in growth():
            print(line, flush=True)


_LAST: list[tracemalloc.Snapshot] = []


def growth() -> Iterator[str]:
    """Where memory grew since the last day, if asked for."""
    if not tracemalloc.is_tracing():
        return
    now = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(False, tracemalloc.__file__)])
    if _LAST:
        for row in now.compare_to(_LAST.pop(), "lineno")[:_TOP]:
            yield f"  {row}"
    _LAST.append(now)


def rss() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


async def spend(options: argparse.Namespace) -> None:
    """A week, inside an event loop."""
    await Week(options).run()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--stocks", type=int, default=3, help="how many different ones are watched and traded")
    parser.add_argument("--quotes", type=int, default=6, help="subscriptions in all")
    parser.add_argument("--orders", type=int, default=30, help="orders that work all week, in all")
    parser.add_argument("--hours", type=int, default=6, help="how long clients are there on each day")
    parser.add_argument("--trades", type=int, default=5, help="fills and cancels of each client in an hour")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--state-file", type=Path)
    parser.add_argument("--trace", action="store_true", help="show where memory grew; several times slower")
    options: Any = parser.parse_args(arguments)
    if options.trace:
        tracemalloc.start()
    asyncio.run(spend(options))


if __name__ == "__main__":
    main()
