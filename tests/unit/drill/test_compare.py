"""The comparison after a drill finds what it is there to find: each kind of loss is planted once."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.drill.compare import Books, Findings, compare
from tests.drill.listener import Listener
from tests.drill.traffic import Intent

Row = dict[str, Any]


def ours(**changes: Any) -> Row:
    return {
        "id": "order-1",
        "client_order_id": "c-1",
        "origin": "desk",
        "status": "filled",
        "quantity": "100",
        "filled_quantity": "100",
        "limit_price": "190.00",
        **changes,
    }


def at_ib(**changes: Any) -> Row:
    return {
        "order_ref": "order-1",
        "status": "Filled",
        "completed_status": "Filled Size: 100",
        "quantity": "100",
        "filled": "100",
        "limit_price": "190.0",
        **changes,
    }


def fill(**changes: Any) -> Row:
    return {"id": "f-1", "exec_id": "e.01", "quantity": "100", "price": "190", "is_current": True, **changes}


def execution(**changes: Any) -> Row:
    row = {"exec_id": "e.01", "symbol": "AAPL", "quantity": "100", "price": "190.00", "order_ref": "order-1"}
    return {**row, **changes}


def found(
    *,
    orders: list[Row] | None = None,
    ib_orders: list[Row] | None = None,
    fills: list[Row] | None = None,
    executions: list[Row] | None = None,
    positions: list[Row] | None = None,
    held: list[Row] | None = None,
    stream: list[int] | None = None,
    intent: Intent | None = None,
    told: Row | None = None,
    **listened: Any,
) -> Findings:
    books = Books(
        orders=[ours()] if orders is None else orders,
        fills=[fill()] if fills is None else fills,
        positions=[{"symbol": "AAPL", "quantity": "100"}] if positions is None else positions,
        ib={
            "orders": [at_ib()] if ib_orders is None else ib_orders,
            "executions": [execution()] if executions is None else executions,
            "accounts": [{"positions": [{"symbol": "AAPL", "quantity": "100"}] if held is None else held}],
        },
        stream=[1, 2] if stream is None else stream,
    )
    last = told or {"order-1": {"status": "filled", "filled_quantity": "100"}}
    listener = SimpleNamespace(**{"gaps": [], "seen": {1, 2}, "resets": 0, "orders": last, **listened})
    return compare([intent or Intent("c-1", {}, "order-1")], books, cast(Listener, listener))


def test_two_sides_that_agree() -> None:
    assert found().failures() == {}


@pytest.mark.parametrize(
    ("planted", "kind"),
    [
        ({"orders": [], "ib_orders": [], "fills": [], "executions": []}, "lost"),
        ({"ib_orders": [at_ib(), at_ib(order_ref="nobody knows")]}, "lost"),
        ({"orders": [ours(), ours(id="order-2")], "ib_orders": [at_ib(), at_ib(order_ref="order-2")]}, "doubled"),
        ({"ib_orders": [at_ib(), at_ib()]}, "doubled"),
        ({"orders": [ours(status="cancelled")]}, "wrong_state"),
        ({"ib_orders": []}, "wrong_state"),
        ({"ib_orders": [], "orders": [ours(status="rejected")]}, "wrong_state"),
        ({"orders": [ours(filled_quantity="60")]}, "wrong_state"),
        ({"orders": [ours(limit_price="191.00")]}, "wrong_state"),
        ({"orders": [ours(status="unknown")]}, "unsettled"),
        ({"orders": [ours(status="pending_cancel")]}, "unsettled"),
        ({"fills": []}, "fills_lost"),
        ({"fills": [fill(is_current=False)]}, "fills_lost"),
        ({"fills": [fill(), fill(id="f-2")]}, "fills_doubled"),
        ({"fills": [fill(), fill(exec_id="x.01")]}, "fills_doubled"),
        ({"fills": [fill(price="190.01")]}, "fills_wrong"),
        ({"positions": []}, "positions_wrong"),
        ({"held": []}, "positions_wrong"),
        ({"stream": [1, 2, 3]}, "stream_gaps"),
        ({"gaps": ["3 follows 1, seen 2"]}, "stream_gaps"),
        ({"resets": 1}, "stream_gaps"),
        ({"told": {"order-1": {"status": "working", "filled_quantity": "0"}}}, "stream_wrong"),
    ],
)
def test_each_loss_is_found(planted: Row, kind: str) -> None:
    assert kind in found(**planted).failures()


def test_what_ib_never_saw_and_the_desk_calls_unknown_is_honest() -> None:
    findings = found(orders=[ours(status="unknown", filled_quantity="0")], ib_orders=[], fills=[], executions=[])
    assert findings.honest_unknowns
    assert "wrong_state" not in findings.failures()


def test_an_order_that_was_never_accepted_may_be_missing() -> None:
    nobody = Intent("c-9", {}, "")
    assert found(intent=nobody).failures() == {}
