"""What the machine can do at best: the statements without a framework, the simulator without a desk."""

import asyncio
import statistics
import time
import uuid
from typing import Any

import psycopg

from tests.bench.report import milliseconds

_TABLES = """
CREATE TEMP TABLE bench_order (id uuid PRIMARY KEY, symbol text, quantity numeric, status text);
CREATE TEMP TABLE bench_event (id bigserial PRIMARY KEY, order_id uuid, type text, at timestamptz DEFAULT now());
CREATE TEMP TABLE bench_command (id bigserial PRIMARY KEY, order_id uuid, kind text);
"""


def three_inserts_and_a_notify(url: str) -> float:
    """Milliseconds of the barest durable intent: order, event, command and NOTIFY in one transaction."""
    with psycopg.connect(url) as connection:
        connection.execute(_TABLES)
        connection.commit()

        def record() -> None:
            key = uuid.uuid4()
            with connection.transaction():
                connection.execute("INSERT INTO bench_order VALUES (%s, 'AAPL', 100, 'pending_submit')", [key])
                connection.execute("INSERT INTO bench_event (order_id, type) VALUES (%s, 'submitted')", [key])
                connection.execute("INSERT INTO bench_command (order_id, kind) VALUES (%s, 'place')", [key])
                connection.execute("SELECT pg_notify('bench', '1')")

        return milliseconds(record, times=300)


def order_without_a_desk(port: int, count: int = 60) -> tuple[float, float]:
    """Median milliseconds from ib_insync's placeOrder to the first status and to the fill, without a desk."""
    return asyncio.run(_order_without_a_desk(port, count))


async def _order_without_a_desk(port: int, count: int) -> tuple[float, float]:
    from ib_insync import IB, MarketOrder, Stock

    ib = IB()
    await ib.connectAsync("127.0.0.1", port, clientId=991)
    ib.client.MaxRequests = 0
    (details, *_) = await ib.reqContractDetailsAsync(Stock("AAPL", "SMART", "USD"))
    acknowledged, filled = [], []
    for _ in range(count):
        began = time.perf_counter()
        trade: Any = ib.placeOrder(details.contract, MarketOrder("BUY", 1, tif="DAY"))
        await trade.statusEvent
        acknowledged.append((time.perf_counter() - began) * 1000)
        while trade.orderStatus.status != "Filled":
            await asyncio.wait_for(ib.updateEvent, 5)
        filled.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.03)  # below IB's 50 messages a second
    ib.disconnect()
    return statistics.median(acknowledged), statistics.median(filled)
