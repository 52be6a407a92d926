"""What ib_insync itself ends up believing in the most dangerous scenarios, against what is true at the broker."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from ib_insync import IB, LimitOrder, MarketOrder, Stock, Trade, util
from tws_simulator.faults.scenarios import start

from tests.unit.tws_simulator.wire_client import Port, port

__all__ = ["port"]
AAPL = Stock("AAPL", "SMART", "USD", conId=265598)


class Believer:
    """An ib_insync client and the truth beside it."""

    def __init__(self, port: Port, ib: IB) -> None:
        self.port = port
        self.ib = ib
        self.gateway = port.desk.gateway

    async def settle(self) -> None:
        """Let both sides read what the other has written."""
        for _ in range(20):
            await asyncio.sleep(0.002)

    async def place(self, order: Any) -> Trade:
        trade = self.ib.placeOrder(AAPL, order)
        await self.settle()
        return trade

    async def pass_time(self, seconds: float) -> None:
        self.port.desk.pass_time(seconds)
        await self.settle()

    def begin(self, name: str, **given: Any) -> None:
        start(self.gateway, name, given)

    def truth(self, order_id: int) -> str:
        """The order's status at the broker."""
        return str(self.port.desk.broker.find(7, order_id).status)

    @property
    def position(self) -> int:
        return int(self.port.desk.broker.account("").quantity(265598))


@pytest.fixture
async def believer(port: Port) -> AsyncIterator[Believer]:
    util.logToFile("/dev/null")
    ib = IB()
    await ib.connectAsync("127.0.0.1", port.number, clientId=7, timeout=5)
    yield Believer(port, ib)
    ib.disconnect()


def believes(trade: Trade) -> str:
    return str(trade.orderStatus.status)


@pytest.mark.parametrize("code", [10349, 10147, 10148, 104, 161, 103, 481])
async def test_it_believes_a_live_order_cancelled(believer: Believer, code: int) -> None:
    """Any code outside its list of warnings; a retry would double the position."""
    believer.begin("code_at_order_state", code=code, state="submitted")
    trade = await believer.place(LimitOrder("BUY", 100, 150))
    assert (believes(trade), trade.isDone()) == ("Cancelled", True)
    assert believer.truth(trade.order.orderId) == "Submitted"
    believer.port.desk.pin("149.00", "149.01", "100000")
    await believer.settle()
    assert believer.position == 100


async def test_it_believes_a_refused_order_pending_for_ever(believer: Believer) -> None:
    """110 is on its list of warnings, so a dead order stays PendingSubmit."""
    believer.gateway.faults.switch_on("reject_orders", {"code": 110, "text": "tick", "inactive": False})
    trade = await believer.place(LimitOrder("BUY", 100, 150))
    await believer.pass_time(3600)
    assert (believes(trade), trade.isDone()) == ("PendingSubmit", False)
    assert believer.gateway.broker.state.orders == {}


async def test_it_believes_a_swallowed_order_pending_for_ever(believer: Believer) -> None:
    believer.begin("batch_partly_swallowed", first=1, swallowed=1)
    trades = [await believer.place(LimitOrder("BUY", 100, 150)) for _ in range(3)]
    await believer.pass_time(3600)
    assert [believes(trade) for trade in trades] == ["Submitted", "PendingSubmit", "Submitted"]
    assert len(believer.gateway.broker.open_orders()) == 2


async def test_it_believes_an_unheard_order_pending_though_it_filled(believer: Believer) -> None:
    believer.begin("no_acknowledgement", count=1)
    trade = await believer.place(MarketOrder("BUY", 100))
    assert (believes(trade), trade.filled()) == ("PendingSubmit", 0)
    assert (believer.truth(trade.order.orderId), believer.position) == ("Filled", 100)


async def test_it_misses_fills_of_an_outage_until_it_asks(believer: Believer) -> None:
    trade = await believer.place(LimitOrder("BUY", 100, 150))
    believer.begin("link_outage", seconds=30)
    believer.port.desk.pin("149.00", "149.01", "100000")
    await believer.pass_time(30)
    assert (believes(trade), trade.filled()) == ("Submitted", 0)
    assert believer.position == 100
    fills = await believer.ib.reqExecutionsAsync()
    assert [fill.execution.shares for fill in fills] == [100]


async def test_it_sees_one_order_where_two_are_live(believer: Believer) -> None:
    trade = await believer.place(LimitOrder("BUY", 100, 150))
    believer.begin("modify_while_link_drops", seconds=30)
    trade.order.lmtPrice = 151
    await believer.place(trade.order)
    await believer.pass_time(30)
    assert len(believer.ib.openTrades()) == 1
    assert len(believer.gateway.broker.open_orders()) == 2
    believer.port.desk.pin("149.00", "149.01", "100000")
    await believer.settle()
    assert believer.position == 200


async def test_it_drops_a_commission_that_comes_first(believer: Believer) -> None:
    believer.begin("commission_trouble", kind="before_execution")
    trade = await believer.place(MarketOrder("BUY", 100))
    assert [fill.commissionReport.commission for fill in trade.fills] == [0.0]
    assert believer.gateway.broker.state.executions[0].commission == 1


async def test_it_believes_an_empty_answer(believer: Believer) -> None:
    await believer.place(LimitOrder("BUY", 100, 150))
    believer.begin("empty_but_complete", names=["open_orders"])
    assert await believer.ib.reqAllOpenOrdersAsync() == []
    assert len(believer.gateway.broker.open_orders()) == 1


async def test_it_connects_with_empty_positions_when_their_end_is_lost(port: Port) -> None:
    port.act("position_jump", symbol="AAPL", quantity="100")
    port.on("lose_end_markers", names=["positions"])
    port.on("lose_messages", messages=[61])
    ib = IB()
    await ib.connectAsync("127.0.0.1", port.number, clientId=8, timeout=1)
    assert (ib.isConnected(), ib.positions()) == (True, [])
    ib.disconnect()


async def test_it_gives_up_on_a_zombie_gateway(port: Port) -> None:
    port.on("no_next_valid_id")
    ib = IB()
    with pytest.raises(asyncio.TimeoutError):
        await ib.connectAsync("127.0.0.1", port.number, clientId=8, timeout=0.3)
    assert not ib.isConnected()


async def test_it_believes_a_refusal_without_status_cancelled(believer: Believer) -> None:
    believer.begin("reject_alone")
    trade = await believer.place(LimitOrder("BUY", 100, 150))
    assert believes(trade) == "Cancelled"
    assert believer.truth(trade.order.orderId) == "Inactive"


async def test_it_hears_of_a_fill_after_cancelled(believer: Believer) -> None:
    trade = await believer.place(LimitOrder("BUY", 100, 150))
    believer.ib.cancelOrder(trade.order)
    await believer.settle()
    believer.begin("fill_after_cancelled", client_id=7, order_id=trade.order.orderId, quantity="100", price="150")
    await believer.settle()
    assert (believes(trade), trade.filled(), believer.position) == ("Cancelled", 100, 100)


async def test_it_is_told_nothing_when_the_socket_goes_with_the_order(believer: Believer) -> None:
    believer.begin("closed_at_order", taken=True)
    trade = await believer.place(MarketOrder("BUY", 100))
    assert not believer.ib.isConnected()
    assert trade.filled() == 0
    assert believer.position == 100
