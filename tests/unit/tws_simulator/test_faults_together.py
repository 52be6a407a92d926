"""Faults that change the order of messages lose none, in any combination; and the truth at the broker is untouched."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tws_simulator.clock import ManualClock
from tws_simulator.gateway import Settings, create_gateway

from tests.unit.tws_simulator.conftest import Client, Desk
from tests.unit.tws_simulator.test_session import order_fields

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
REORDERING: dict[str, dict[str, Any]] = {
    "filled_before_executions": {},
    "execution_before_acknowledgement": {},
    "open_order_after_final_status": {},
    "commission_before_execution": {},
    "reorder_order_status": {},
    "delay_order_status": {"seconds": 3},
    "reorder_messages": {"messages": [3, 5, 11, 59], "behind": 2},
    "delay_messages": {"messages": [5, 59], "seconds": 7},
    "account_end_before_values": {},
    "reject_sequence": {"first": "error"},
}
Messages = list[tuple[str, ...]]


def conversation(faults: dict[str, dict[str, Any]]) -> tuple[Messages, Any]:
    """Everything a client hears of some trading, and how the broker stands afterwards."""
    clock = ManualClock(NOW)
    desk = Desk(create_gateway(Settings(seed=7), clock), clock)
    desk.pin("189.99", "190.01", "100000")
    client = Client(desk.gateway, 1, 178)
    for name, parameters in faults.items():
        desk.gateway.faults.switch_on(name, parameters)
    for request in (
        order_fields(1),
        order_fields(2, kind="LMT", limit="150"),
        (6, 2, 1, ""),
        (4, 1, 2, ""),
        order_fields(3, quantity="1000000"),
        order_fields(4, "SELL", "60"),
    ):
        client.ask(*request)
    desk.gateway.clear_faults()
    state = desk.broker.state
    truth = [(row.order_id, str(row.status), row.filled) for row in state.orders.values()]
    return client.news(), (truth, [row.exec_id for row in state.executions], desk.broker.account("").quantity(265598))


PLAIN, TRUTH = conversation({})


@settings(max_examples=60)
@given(st.lists(st.sampled_from(sorted(REORDERING)), unique=True, min_size=1))
def test_no_combination_loses_or_doubles_a_message(names: list[str]) -> None:
    heard, truth = conversation({name: REORDERING[name] for name in names})
    assert sorted(heard) == sorted(PLAIN)
    assert truth == TRUTH


@pytest.mark.parametrize("name", sorted(REORDERING))
def test_each_of_them_does_change_the_order(name: str) -> None:
    assert conversation({name: REORDERING[name]})[0] != PLAIN
