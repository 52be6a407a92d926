"""What holds whatever orders come and however the market moves."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tws_simulator.clock import ManualClock
from tws_simulator.errors import BrokerError
from tws_simulator.events import ExecutionReported
from tws_simulator.exchange.orders import DONE, Order
from tws_simulator.exchange.pricing import accepts
from tws_simulator.gateway import Settings, create_gateway
from tws_simulator.model import ContractSpec

from tests.unit.tws_simulator.conftest import Desk
from tests.unit.tws_simulator.trading import D, Trader

AAPL = 265598
LIMITS = {"LMT", "STP LMT", "LIT", "REL", "MIDPRICE"}
START = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)

prices = st.integers(18_950, 19_050).map(lambda cents: str(Decimal(cents) / 100))
sizes = st.integers(1, 900).map(str)
orders = st.fixed_dictionaries(
    {
        "who": st.integers(0, 2),
        "action": st.sampled_from(["BUY", "SELL"]),
        "quantity": sizes,
        "kind": st.sampled_from(["MKT", "LMT", "LMT", "STP", "STP LMT", "TRAIL", "MIT", "LIT", "REL", "MIDPRICE"]),
        "limit_price": prices,
        "stop_price": prices,
        "time_in_force": st.sampled_from(["DAY", "DAY", "GTC", "IOC", "FOK"]),
        "all_or_none": st.booleans(),
        "minimum_quantity": st.sampled_from([None, None, 1, 50]),
        "display_size": st.sampled_from([None, None, 10, 100]),
        "oca": st.sampled_from([0, 0, 0, 1, 2, 3]),
        "parent": st.sampled_from([None, None, 0, 1, 2, 3]),
        "transmit": st.sampled_from([True, True, True, False]),
    }
)
moves = st.one_of(
    orders.map(lambda order: ("order", order)),
    st.tuples(st.just("pin"), st.tuples(st.integers(18_960, 19_040), st.integers(1, 12), st.integers(0, 600))),
    st.tuples(st.just("cancel"), st.integers(0, 40)),
    st.tuples(st.just("time"), st.integers(1, 20)),
    st.tuples(st.just("change"), st.tuples(st.integers(0, 40), sizes, prices)),
    st.just(("release", None)),
)


class World:
    """Three clients with an account each, and a record of when orders were done."""

    def __init__(self, model: str) -> None:
        clock = ManualClock(START)
        names = ("DU1", "DU2", "DU3")
        gateway = create_gateway(
            Settings(seed=3, accounts=names, fill_model=model, max_open_orders=0, starting_cash=D(10**9)), clock
        )
        self.desk = Desk(gateway, clock)
        self.traders = [Trader(self.desk, index, name) for index, name in enumerate(names, 1)]
        self.orders: list[Order] = []
        self.done: dict[int, str] = {}
        self.desk.pin("189.99", "190.01", "300")
        self.desk.broker.listeners.append(self._check)

    def move(self, kind: str, value: Any) -> None:
        getattr(self, f"_{kind}")(value)
        self.desk.broker.tick()  # not the gateway's: that one goes on after an error
        for order in self.orders:
            if order.status in DONE:
                assert self.done.setdefault(order.perm_id, order.status) == order.status

    def _order(self, wish: dict[str, Any]) -> None:
        trader = self.traders[wish["who"]]
        more = {key: value for key, value in wish.items() if key not in {"who", "oca", "parent"} and value is not None}
        if wish["parent"] is not None:
            more["parent_id"] = max(trader.next_id - 1 - wish["parent"], 0)
        if wish["kind"] in {"TRAIL", "REL"}:
            more["stop_price"] = "0.05"
        if wish["oca"]:
            more |= {"oca_group": f"g{wish['oca']}", "oca_type": wish["oca"]}
        try:
            self.orders.append(trader.place(**more))
        except BrokerError:
            return

    def _pin(self, value: tuple[int, int, int]) -> None:
        bid, width, size = value
        self.desk.pin(str(D(bid) / 100), str(D(bid + width) / 100), str(size), replenish=size % 2 == 0)

    def _cancel(self, index: int) -> None:
        if index < len(self.orders) and not self.orders[index].is_done:
            order = self.orders[index]
            self.desk.broker.cancel(client_id=order.client_id, order_id=order.order_id)

    def _change(self, value: tuple[int, str, str]) -> None:
        index, quantity, price = value
        if index >= len(self.orders) or self.orders[index].is_done:
            return
        order = self.orders[index]
        ticket = type(order.ticket)(
            order.ticket.action,
            D(quantity),
            order.ticket.order_type,
            limit_price=D(price),
            stop_price=order.ticket.stop_price,
            account=order.ticket.account,
            time_in_force=order.ticket.time_in_force,
            parent_id=order.ticket.parent_id,
            oca_group=order.ticket.oca_group,
            oca_type=order.ticket.oca_type,
        )
        contract = ContractSpec(con_id=AAPL, exchange="SMART")
        try:
            self.desk.broker.place(client_id=order.client_id, order_id=order.order_id, contract=contract, ticket=ticket)
        except BrokerError:
            return

    def _time(self, slots: int) -> None:
        for _ in range(slots):
            self.desk.pass_time()

    def _release(self, _: None) -> None:
        self.desk.broker.market.release(self.desk.broker.instrument(AAPL), self.desk.clock.now())

    def _check(self, event: Any) -> None:
        """Every fill is within the limit of an order that was not done."""
        if not isinstance(event, ExecutionReported):
            return
        execution = event.execution
        order = self.desk.broker.state.orders[execution.perm_id]
        assert order.perm_id not in self.done
        assert order.filled <= order.ticket.quantity
        limit = order.ticket.limit_price if order.ticket.order_type in LIMITS else None
        assert accepts(execution.is_buy, limit, execution.price)
        assert execution.quantity > 0
        assert order.ticket.transmit
        if order.ticket.time_in_force == "FOK":
            assert order.created_at == execution.at


@pytest.mark.parametrize("model", ["touch", "queue", "mid"])
@settings(max_examples=40)
@given(steps=st.lists(moves, max_size=30))
def test_the_books_agree_with_the_fills(model: str, steps: list[tuple[str, Any]]) -> None:
    world = World(model)
    for kind, value in steps:
        world.move(kind, value)
    broker = world.desk.broker
    executions = broker.state.executions
    for name in broker.accounts:
        mine = [row for row in executions if row.account == name]
        signed = [(row.quantity if row.is_buy else -row.quantity, row) for row in mine]
        account = broker.account(name)
        assert account.quantity(AAPL) == sum((quantity for quantity, _ in signed), D(0))
        spent = sum((quantity * row.price + row.commission for quantity, row in signed), D(0))
        assert account.cash["USD"] == D(10**9) - spent
    for order in world.orders:
        fills = [row for row in executions if row.perm_id == order.perm_id]
        assert order.filled == sum((row.quantity for row in fills), D(0))
        assert order.value == sum((row.quantity * row.price for row in fills), D(0))
        assert (order.perm_id in broker.open) is not order.is_done
        if order.is_done:
            assert order.perm_id not in broker._working.lane(AAPL).active
        parent = broker.parent_of(order)
        if parent is not None and order.filled:
            assert order.filled + order.reduced <= (order.ticket.quantity + order.reduced)
            assert parent.filled > 0


@settings(max_examples=10)
@given(steps=st.lists(moves, max_size=20))
def test_the_same_orders_give_the_same_fills(steps: list[tuple[str, Any]]) -> None:
    def run() -> list[str]:
        world = World("queue")
        for kind, value in steps:
            world.move(kind, value)
        return [repr(row) for row in world.desk.broker.state.executions]

    assert run() == run()
