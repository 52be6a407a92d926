"""The hot paths of a running desk: recording an order, IB's acknowledgement, the fill, the browser's quote."""

import asyncio
import json
import statistics
import time
from typing import Any

import websockets

from tests.bench import floors
from tests.bench.client import Client
from tests.bench.kill_switch import measure_kill_switch
from tests.bench.report import Result, milliseconds
from tests.fixtures.desk import RunningDesk


def measure(desk: RunningDesk) -> list[Result]:
    """All results of one run."""
    client = Client(desk)
    desk.simulator.post(
        "/prices",
        {"symbol": "AAPL", "bid": "189.99", "ask": "190.01", "bid_size": "90000", "ask_size": "90000", "frozen": True},
    )
    client.call("GET", "/api/v1/quotes/?symbols=AAPL")
    database = desk.manage("shell", "-v0", "-c", _DATABASE_URL).stdout.strip().splitlines()[-1]
    intent = floors.three_inserts_and_a_notify(database)
    live = milliseconds(lambda: client.call("GET", "/health/live"), times=100)
    post = milliseconds(lambda: client.buy(order_type="LMT", limit_price="100.00", symbol="MSFT"), times=15, warm_up=3)
    ack_floor, fill_floor = floors.order_without_a_desk(int(desk.environment["SIMULATOR_PORT"]))
    acknowledged, filled = asyncio.run(_stream_latency(desk, client))
    listing = milliseconds(lambda: client.call("GET", "/api/v1/orders/?page_size=50"), times=60)
    halted = measure_kill_switch(desk, client, intent=intent, fill=fill_floor)
    return [
        Result.of("order_post_p50", post, "ms", intent),
        Result.of("order_post_over_http_floor_p50", post, "ms", live),
        Result.of("order_list_p50", listing, "ms", live),
        Result.of("post_to_acknowledged_in_browser_p50", acknowledged, "ms", ack_floor),
        Result.of("post_to_filled_in_browser_p50", filled, "ms", fill_floor),
        Result.of("start_to_ready", desk.seconds_to_ready, "s", 1.0),
        *halted,
    ]


_DATABASE_URL = "import os; print(os.environ['DATABASE_URL'])"


async def _stream_latency(desk: RunningDesk, client: Client, count: int = 40) -> tuple[float, float]:
    """Milliseconds from the POST to the event a WebSocket client sees: order known to IB, order filled."""
    ticket = await asyncio.to_thread(client.call, "POST", "/api/v1/auth/ws-ticket/")
    acknowledged, filled = [], []
    async with websockets.connect(f"{desk.websocket_url}?ticket={ticket['ticket']}") as socket:
        await socket.send(json.dumps({"type": "subscribe", "channels": ["orders"]}))
        for _ in range(count):
            began = time.perf_counter()
            order = asyncio.create_task(asyncio.to_thread(client.buy))
            acknowledged.append(await _wait(socket, {"working", "partially_filled", "filled"}, began))
            filled.append(await _wait(socket, {"filled"}, began) if not _is_over(socket) else acknowledged[-1])
            await order
            await asyncio.sleep(0.05)
    return statistics.median(acknowledged), statistics.median(filled)


_last_status: dict[Any, str] = {}


def _is_over(socket: Any) -> bool:
    return _last_status.get(socket) == "filled"


async def _wait(socket: Any, statuses: set[str], began: float) -> float:
    while True:
        message = json.loads(await asyncio.wait_for(socket.recv(), 20))
        if message["type"] == "event" and message["data"]["status"] in statuses:
            _last_status[socket] = message["data"]["status"]
            return (time.perf_counter() - began) * 1000
