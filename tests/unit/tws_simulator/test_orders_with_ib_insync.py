"""Orders that hang together, as ib_insync itself sends and understands them."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from ib_insync import IB, LimitOrder, MarketOrder, Order, PriceCondition, Stock, TimeCondition, Trade, util
from tws_simulator.model import ContractSpec, OrderTicket

from tests.unit.tws_simulator.wire_client import Port, port

__all__ = ["port"]
AAPL = Stock("AAPL", "SMART", "USD", conId=265598)


class Desk:
    """An ib_insync client and a hand on its prices."""

    def __init__(self, port: Port, ib: IB) -> None:
        self.desk = port.desk
        self.ib = ib

    async def place(self, *orders: Order) -> list[Trade]:
        trades = [self.ib.placeOrder(AAPL, order) for order in orders]
        await self.settle()
        return trades

    async def pin(self, bid: str, ask: str, last: str, size: str = "1000") -> None:
        self.desk.pin(bid, ask, size, last=last)
        await self.settle()

    async def settle(self) -> None:
        """Let both sides read what the other has written."""
        for _ in range(20):
            await asyncio.sleep(0.002)


@pytest.fixture
async def desk_of(port: Port) -> AsyncIterator[Desk]:
    util.logToFile("/dev/null")
    port.desk.pin("189.99", "190.01", "500", last="190")
    ib = IB()
    await ib.connectAsync("127.0.0.1", port.number, clientId=0, timeout=5)
    yield Desk(port, ib)
    ib.disconnect()


def statuses(trades: list[Trade]) -> list[tuple[str, str]]:
    return [(row.orderStatus.status, row.orderStatus.whyHeld) for row in trades]


async def test_a_bracket_lives_and_ends_as_ib_insync_expects(desk_of: Desk) -> None:
    bracket = desk_of.ib.bracketOrder("BUY", 100, 189, 195, 185)
    trades = await desk_of.place(*bracket)
    assert statuses(trades) == [("Submitted", ""), ("PreSubmitted", "child"), ("PreSubmitted", "child")]
    await desk_of.pin("188.98", "189.00", "189")
    assert statuses(trades) == [("Filled", ""), ("Submitted", ""), ("PreSubmitted", "trigger")]
    await desk_of.pin("195.00", "195.02", "195")
    assert statuses(trades) == [("Filled", ""), ("Filled", ""), ("Cancelled", "")]
    assert [row.filled() for row in trades] == [100, 100, 0]
    assert [row.position for row in desk_of.ib.positions()] in ([], [0])


async def test_cancelling_the_parent_cancels_the_bracket(desk_of: Desk) -> None:
    trades = await desk_of.place(*desk_of.ib.bracketOrder("BUY", 100, 180, 195, 175))
    desk_of.ib.cancelOrder(trades[0].order)
    await desk_of.settle()
    assert [row.orderStatus.status for row in trades] == ["Cancelled"] * 3


async def test_one_cancels_all(desk_of: Desk) -> None:
    group = desk_of.ib.oneCancelsAll([LimitOrder("BUY", 10, 189), LimitOrder("BUY", 10, 188)], "group", 1)
    trades = await desk_of.place(*group)
    assert [row.orderStatus.status for row in trades] == ["Submitted", "Submitted"]
    await desk_of.pin("188.98", "189.00", "189")
    assert [row.orderStatus.status for row in trades] == ["Filled", "Cancelled"]


async def test_what_others_see_of_an_order(desk_of: Desk) -> None:
    conditions = [
        PriceCondition(conId=265598, exch="SMART", price=200.0, isMore=True, conjunction="o"),
        TimeCondition(time="20991231 10:00:00 US/Eastern", isMore=True),
    ]
    await desk_of.place(
        LimitOrder("BUY", 10, 201, conditions=conditions, tif="GTD", goodTillDate="20991231 11:00:00 US/Eastern"),
        Order(
            action="SELL", totalQuantity=20, orderType="TRAIL LIMIT", trailStopPrice=180, auxPrice=10, lmtPriceOffset=1
        ),
    )
    other = IB()
    await other.connectAsync("127.0.0.1", desk_of.ib.client.port, clientId=5, timeout=5)
    conditional, trailing = sorted(await other.reqAllOpenOrdersAsync(), key=lambda trade: trade.order.permId)
    other.disconnect()
    assert conditional.order.conditions == conditions
    assert (conditional.order.tif, conditional.orderStatus.status) == ("GTD", "PreSubmitted")
    order = trailing.order
    assert (order.trailStopPrice, order.lmtPriceOffset, order.lmtPrice, order.auxPrice) == (180.0, 1.0, 179.0, 10.0)
    assert trailing.orderStatus.whyHeld == "trigger"


async def test_client_0_takes_a_manual_order_over(desk_of: Desk) -> None:
    spec = ContractSpec(con_id=265598, exchange="SMART")
    ticket = OrderTicket("BUY", Decimal(5), "LMT", limit_price=Decimal(150))
    desk_of.desk.broker.place_manual(contract=spec, ticket=ticket)
    await desk_of.ib.reqOpenOrdersAsync()
    (trade,) = [row for row in desk_of.ib.openTrades() if row.order.orderId < 0]
    desk_of.ib.cancelOrder(trade.order)
    await desk_of.settle()
    assert trade.orderStatus.status == "Cancelled"


async def test_a_previewed_order_that_would_be_refused_says_so(desk_of: Desk) -> None:
    state: Any = await desk_of.ib.whatIfOrderAsync(AAPL, MarketOrder("BUY", 1_000_000))
    assert "MUST EXCEED THE INITIAL MARGIN" in state.warningText
