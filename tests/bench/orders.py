"""Placing an order over HTTP, reading the blotter, and the way from the request to the fill."""

import asyncio
import json
import statistics
import time
import uuid
from typing import Any

import psycopg
import websockets

from config.desk.environment import embedded_database_url
from config.desk.home import DeskHome
from tests.bench.client import DeskClient
from tests.bench.measure import Result, median_ms, result
from tests.fixtures.desk import RunningDesk

RESTING = {"symbol": "AAPL", "side": "BUY", "quantity": "1", "order_type": "LMT", "limit_price": "50.00"}
MARKET = {"symbol": "AAPL", "side": "BUY", "quantity": "1", "order_type": "MKT"}
_ONE_ROW = "INSERT INTO bench_orders (id, body) VALUES (%s, %s)"


def place_order(desk: RunningDesk, client: DeskClient) -> Result:
    """POST of a resting limit order, beside one INSERT of a row of that size by bare psycopg."""
    value = median_ms(lambda: client.post("/api/v1/orders/", RESTING), times=150)
    with psycopg.connect(embedded_database_url(DeskHome(desk.home)), autocommit=True) as connection:
        connection.execute("CREATE TABLE bench_orders (id uuid PRIMARY KEY, body jsonb)")
        body = json.dumps(RESTING)
        floor = median_ms(lambda: connection.execute(_ONE_ROW, [uuid.uuid4(), body]), times=300)
        connection.execute("DROP TABLE bench_orders")
    return result("order_post_p50", value, floor)


def list_orders(desk: RunningDesk, client: DeskClient) -> Result:
    """GET of the last 100 orders, beside the bare query for their rows."""
    value = median_ms(lambda: client.get("/api/v1/orders/"), times=100)
    query = "SELECT * FROM trading_order ORDER BY created_at DESC, id DESC LIMIT 100"
    with psycopg.connect(embedded_database_url(DeskHome(desk.home)), autocommit=True) as connection:
        floor = median_ms(lambda: connection.execute(query).fetchall(), times=100)
    return result("orders_list_p50", value, floor)


def order_to_fill(desk: RunningDesk, client: DeskClient) -> Result:
    """From the POST of a market order to its fill on a WebSocket, beside a bare ib_insync script doing the same."""
    value = asyncio.run(_desk_to_fill(desk, client, times=60))
    floor = asyncio.run(_bare_to_fill(int(desk.environment["SIMULATOR_PORT"]), times=60))
    return result("order_to_fill_p50", value, floor)


async def _desk_to_fill(desk: RunningDesk, client: DeskClient, *, times: int) -> float:
    ticket = client.post("/api/v1/auth/ws-ticket/", {})["ticket"]
    spent = []
    async with websockets.connect(f"{desk.websocket_url}?ticket={ticket}", origin=desk.base_url) as stream:  # type: ignore[arg-type]
        await stream.send(json.dumps({"type": "subscribe", "channels": ["fills"]}))
        await _next(stream, "subscribed")
        for _ in range(times):
            began = time.perf_counter()
            await asyncio.to_thread(client.post, "/api/v1/orders/", MARKET)
            await _next(stream, "event")
            spent.append(time.perf_counter() - began)
            await asyncio.sleep(0.2)  # its commission follows as an event of its own
            await _drain(stream)
    return statistics.median(spent) * 1000


async def _next(stream: Any, kind: str) -> None:
    while json.loads(await asyncio.wait_for(stream.recv(), 20))["type"] != kind:
        pass


async def _drain(stream: Any) -> None:
    while True:
        try:
            await asyncio.wait_for(stream.recv(), 0.02)
        except TimeoutError:
            return


async def _bare_to_fill(port: int, *, times: int) -> float:
    from ib_insync import IB, MarketOrder, Stock

    ib, spent = IB(), []
    await ib.connectAsync("127.0.0.1", port, clientId=99)
    (contract,) = await ib.qualifyContractsAsync(Stock("AAPL", "SMART", "USD"))
    for _ in range(times):
        began = time.perf_counter()
        trade = ib.placeOrder(contract, MarketOrder("BUY", 1))
        while not trade.fills:
            await asyncio.wait_for(ib.updateEvent, 20)
        spent.append(time.perf_counter() - began)
        await asyncio.sleep(0.2)
    ib.disconnect()
    return statistics.median(spent) * 1000
