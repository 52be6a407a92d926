"""Who sees and owns which orders: manual ones, bound ones, those of others."""

from collections.abc import Callable
from typing import Any

import pytest
from tws_simulator.model import ContractSpec, OrderTicket

from tests.unit.tws_simulator.trading import D, S

AAPL = ContractSpec(symbol="AAPL", sec_type="STK", exchange="SMART", currency="USD")


def enter(desk: Any, price: str = "150", action: str = "BUY") -> Any:
    """An order entered by hand at a TWS."""
    ticket = OrderTicket(action, D(10), "LMT", limit_price=D(price))
    return desk.broker.place_manual(contract=AAPL, ticket=ticket)


def kinds(messages: list[tuple[str, ...]]) -> list[str]:
    return [message[0] for message in messages]


@pytest.fixture
def pinned(desk: Any) -> Any:
    desk.pin("189.99", "190.01", "500", last="190")
    return desk


def test_a_manual_order_is_nobodys_until_it_is_bound(pinned: Any, make_client: Callable[..., Any]) -> None:
    zero, one = make_client(0), make_client(1)
    zero.news(), one.news()
    order = enter(pinned)
    assert (order.order_id, order.status, zero.news(), one.news()) == (0, S.SUBMITTED, [], [])
    assert [row[1] for row in one.ask(16, 1) if row[0] == "5"] == ["0"]
    assert kinds(one.ask(5, 1)) == ["53"]
    messages = zero.ask(5, 1)
    assert kinds(messages) == ["100", "5", "3", "53"]
    assert messages[0][1:] == (str(order.perm_id), "0", "-1")
    assert (order.client_id, order.order_id, messages[1][1]) == (0, -1, "-1")


def test_manual_orders_are_bound_as_they_come_if_client_0_asks(pinned: Any, make_client: Callable[..., Any]) -> None:
    zero = make_client(0)
    zero.ask(15, 1, 1)
    zero.news()
    first = enter(pinned)
    assert kinds(zero.news()) == ["100", "5", "3", "5", "3"]
    second = enter(pinned)
    assert [first.order_id, second.order_id] == [-1, -2]
    zero.ask(15, 1, 0)
    assert enter(pinned).order_id == 0
    (refused,) = make_client(1).ask(15, 1, 1)
    assert refused[3] == "327"


def test_a_bound_order_is_changed_and_cancelled_by_its_number(pinned: Any, make_client: Callable[..., Any]) -> None:
    zero = make_client(0)
    order = enter(pinned)
    zero.ask(5, 1)
    pinned.broker.place(client_id=0, order_id=-1, contract=AAPL, ticket=OrderTicket("BUY", D(10), "LMT", D(151)))
    assert order.limit_now == D(151)
    assert pinned.broker.next_order_id(0) == 1
    messages = zero.ask(4, 1, -1, "")
    assert (order.status, messages[-1][3]) == (S.CANCELLED, "202")
    (missing,) = zero.ask(4, 1, 0, "")
    assert missing[3] == "10147"


def test_executions_of_manual_orders_reach_client_0(pinned: Any, make_client: Callable[..., Any]) -> None:
    zero, one = make_client(0), make_client(1)
    zero.news(), one.news()
    enter(pinned, "191")
    messages = zero.news()
    assert "11" in kinds(messages)
    assert next(row for row in messages if row[0] == "11")[2] == "0"
    assert not {"5", "3", "11"} & set(kinds(one.news()))


def test_completed_orders_can_leave_manual_ones_out(pinned: Any, make_client: Callable[..., Any]) -> None:
    client = make_client(1)
    enter(pinned, "191")
    assert kinds(client.ask(99, 1)) == ["102"]
    assert kinds(client.ask(99, 0)) == ["101", "102"]


def test_a_global_cancel_takes_manual_orders_too(pinned: Any, make_client: Callable[..., Any]) -> None:
    order = enter(pinned)
    make_client(3).ask(58, 1)
    assert order.status is S.CANCELLED


@pytest.mark.parametrize(("master", "manual_too"), [(7, False), (0, True)])
def test_the_master_client_hears_of_all_orders(make_desk: Any, master: int, manual_too: bool) -> None:
    from tests.unit.tws_simulator.conftest import Client

    desk = make_desk(master_client_id=master)
    desk.pin("189.99", "190.01", "500", last="190")
    chief, owner = Client(desk.gateway, master, 178), Client(desk.gateway, 1, 178)
    chief.news()
    ticket = OrderTicket("BUY", D(10), "LMT", limit_price=D(150))
    desk.broker.place(client_id=1, order_id=1, contract=AAPL, ticket=ticket)
    assert kinds(chief.news()) == ["5", "3", "5", "3"]
    desk.broker.cancel(client_id=1, order_id=1)
    assert kinds(chief.news()) == ["3"]  # the error is the owner's
    assert owner.news()[-1][3] == "202"
    (refused,) = [row for row in chief.ask(4, 1, 1, "") if row[0] == "4"]
    assert refused[3] == "10147"
    chief.news()
    enter(desk)
    assert bool(chief.news()) is manual_too


def test_the_number_of_the_last_bound_order_is_kept(pinned: Any, tmp_path: Any) -> None:
    from tws_simulator.storage.journal import Journal, read_state

    enter(pinned)
    pinned.broker.binding.bind_all()
    path = tmp_path / "state"
    Journal(path, pinned.broker.state).close()
    state = read_state(path)
    assert state is not None
    assert (state.last_bound_id, [row.order_id for row in state.orders.values()]) == (-1, [-1])
