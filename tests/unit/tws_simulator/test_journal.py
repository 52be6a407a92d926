"""State on disk: what was told survives whatever happens to the process."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tws_simulator.exchange.orders import OrderStatus
from tws_simulator.storage.journal import StateFileError, read_state

from tests.unit.tws_simulator.test_broker import Trader


def test_a_second_start_goes_on_where_the_first_was(make_desk: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "state" / "simulator.jsonl"
    first = make_desk(state_file=file)
    first.pin("189.99", "190.01")
    trader = Trader(first)
    filled = trader.place(order_ref="one")
    resting = trader.place(kind="LMT", limit_price="180", time_in_force="GTC")
    first.broker.store.commit()  # the process dies here: nothing is closed

    second = make_desk(state_file=file)
    state = second.broker.state
    assert state.orders == first.broker.state.orders
    assert state.executions == first.broker.state.executions
    assert state.accounts == first.broker.state.accounts
    assert second.broker.next_order_id(1) == 3
    assert [order.perm_id for order in second.broker.open_orders(1)] == [resting.perm_id]
    second.pin("179.98", "179.99")
    assert second.broker.find(1, resting.order_id).status is OrderStatus.FILLED
    again = Trader(second)
    again.next_id = 3
    assert again.place().perm_id > filled.perm_id
    assert len({row.exec_id for row in state.executions}) == 3


def test_no_number_is_given_twice_after_a_kill(make_desk: Callable[..., Any], tmp_path: Path) -> None:
    """Found by the desk's drill: an order from elsewhere has no order id, and its perm id was given out again."""
    file = tmp_path / "state.jsonl"
    first = make_desk(state_file=file)
    first.gateway.act("external_order", {"symbol": "AAPL", "side": "BUY", "quantity": "10", "limit_price": "150"})
    first.broker.store.commit()  # the process dies here
    second = make_desk(state_file=file)
    (known,) = second.broker.state.orders
    assert Trader(second).place().perm_id > known


def test_a_torn_last_line_is_left_out(make_desk: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "state.jsonl"
    desk = make_desk(state_file=file)
    desk.pin("189.99", "190.01")
    Trader(desk).place()
    desk.broker.store.commit()
    whole = file.read_bytes()
    for cut in range(1, 60):
        file.write_bytes(whole[:-cut])
        state = read_state(file)
        assert state is not None
        assert "DU1234567" in state.accounts


def test_a_clean_stop_compacts_the_file(make_desk: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "state.jsonl"
    desk = make_desk(state_file=file)
    desk.pin("189.99", "190.01", "100000")
    trader = Trader(desk)
    for _ in range(5):
        trader.place()
    desk.broker.store.commit()
    before = len(file.read_bytes().splitlines())
    desk.gateway.close()
    assert len(file.read_bytes().splitlines()) == 1 + 1 + 1 + 5 + 5 < before
    state = read_state(file)
    assert state is not None
    assert state.accounts == desk.broker.state.accounts
    desk.broker.store.commit()  # nothing to write, nothing to write to


def test_a_reset_empties_the_file(make_desk: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "state.jsonl"
    desk = make_desk(state_file=file)
    desk.pin("189.99", "190.01")
    Trader(desk).place()
    desk.gateway.reset()
    state = read_state(file)
    assert state is not None
    assert (state.orders, state.executions) == ({}, [])
    assert state.next_order_ids == {1: 2}
    assert state.accounts["DU1234567"].cash == {"USD": Decimal(1_000_000)}


def test_no_file_is_no_state(tmp_path: Path) -> None:
    assert read_state(tmp_path / "none") is None


@pytest.mark.parametrize(
    "text",
    [
        '{"format":99}\n{"counters":{}}\n',
        '{"format":1}\n',
        "rubbish\nmore\n",
        '[1]\n{"format":1}\n',
        '{"a":1,"b":2}\n\n',
    ],
)
def test_a_foreign_file_is_refused_and_left_alone(text: str, tmp_path: Path) -> None:
    file = tmp_path / "state.jsonl"
    file.write_text(text)
    with pytest.raises(StateFileError, match=r"state\.jsonl"):
        read_state(file)
    assert file.read_text() == text


def test_a_new_account_joins_an_old_state(make_desk: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "state.jsonl"
    make_desk(state_file=file).gateway.close()
    desk = make_desk(state_file=file, accounts=("DU1234567", "DU7654321"))
    assert desk.broker.accounts == ["DU1234567", "DU7654321"]
