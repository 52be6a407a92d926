"""Every error code of orders at every order state, and what it means for the order at the server."""

from typing import Any

import pytest
from tws_simulator.faults.codes import CODES, Kind
from tws_simulator.faults.table_orders import STATES

from tests.unit.tws_simulator.catalogue import shows
from tests.unit.tws_simulator.fault_helpers import Trader, errors, kinds, order_fields, statuses, trader

__all__ = ["trader"]
LIVE = {"presubmitted": "PreSubmitted", "submitted": "Submitted", "partially_filled": "Submitted"}


def reach(trader: Trader, state: str) -> Any:
    """Bring order 1 to a state; returns everything heard."""
    if state == "presubmitted":
        return trader.ask(*order_fields(1, kind="STP", stop="300"))
    if state == "partially_filled":
        trader.desk.pin("189.99", "190.01", "40")
        return trader.buy(1, limit="190.01")
    if state == "filled":
        return trader.buy(1)
    messages = trader.rest(1)
    return messages + trader.cancel(1) if state in {"pending_cancel", "cancelled"} else messages


def after(state: str, kind: Kind) -> str | None:
    """The status at the server once a code has struck at a state."""
    if state in {"filled", "cancelled"}:
        return {"filled": "Filled", "cancelled": "Cancelled"}[state]
    if kind is Kind.REJECT:
        return "Inactive"
    if state == "pending":
        return None if kind is Kind.REQUEST_REFUSED else "Submitted"
    if state == "pending_cancel":
        return "Submitted" if kind is Kind.CANCEL_REFUSED else "PendingCancel"
    return LIVE[state]


@shows(fault="error_on_order")
@pytest.mark.parametrize("code", sorted(CODES))
def test_each_code_at_each_state(trader: Trader, code: int) -> None:
    gateway, broker = trader.desk.gateway, trader.desk.broker
    for state in STATES:
        gateway.reset()
        trader.desk.pin("189.99", "190.01", "100000")
        trader.act("roll_back_order_ids", client_id=1, by=9)
        trader.on("error_on_order", code=code, state=state)
        messages = reach(trader, state)
        assert [row[1] for row in errors(messages)].count(str(code)) == (
            2 if (code, state) == (202, "cancelled") else 1
        )
        order = broker.find(1, 1)
        wanted = after(state, CODES[code].kind)
        assert (None if order is None else str(order.status)) == wanted, (state, code)


def test_a_pending_cancel_goes_on_after_a_warning(trader: Trader) -> None:
    trader.on("error_on_order", code=399, state="pending_cancel")
    trader.rest(1)
    messages = trader.cancel(1)
    assert (statuses(messages), errors(messages)) == (["PendingCancel"], [("1", "399")])
    assert statuses(trader.wait(1)) == ["Cancelled"]


def test_a_refused_cancel_leaves_the_order_working(trader: Trader) -> None:
    trader.on("error_on_order", code=10148, state="pending_cancel")
    trader.rest(1)
    assert statuses(trader.cancel(1)) == ["PendingCancel", "Submitted"]
    trader.wait(5)
    trader.desk.pin("149.00", "149.01", "100000")
    assert trader.position == 100


@pytest.mark.parametrize("code", [104, 105, 110, 329, 2102])
def test_a_refused_change_leaves_the_original(trader: Trader, code: int) -> None:
    trader.rest(1)
    trader.on("error_on_order", code=code, state="submitted", about="modify")
    assert errors(trader.buy(1, limit="160")) == [("1", str(code))]
    assert str(trader.order(1).ticket.limit_price) == "150"
    trader.off()
    assert errors(trader.buy(1, limit="160")) == []


@pytest.mark.parametrize("code", [135, 136, 161, 10147, 10148])
def test_a_refused_cancel_request(trader: Trader, code: int) -> None:
    trader.rest(1)
    trader.on("error_on_order", code=code, state="submitted", about="cancel")
    messages = trader.cancel(1)
    assert (kinds(messages), errors(messages)) == (["4"], [("1", str(code))])
    assert trader.order(1).status == "Submitted"


def test_a_code_strikes_once_in_a_state_however_often_it_is_told(trader: Trader) -> None:
    trader.on("error_on_order", code=399, state="filled")
    assert errors(trader.buy(1)) == [("1", "399")]
    assert errors(trader.buy(2)) == [("2", "399")]


def test_the_text_can_be_chosen(trader: Trader) -> None:
    trader.on("error_on_order", code=201, state="submitted", text="because")
    assert trader.rest(1)[-1][4] == "because"
    trader.on("error_on_order", code=161, state="submitted")
    assert trader.rest(2)[-1][4].endswith(str(trader.order(2).perm_id))
