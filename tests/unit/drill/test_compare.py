"""The comparison after a drill finds what it is there to find: each book is falsified, and exactly its row goes red."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.drill.books import Books, Findings
from tests.drill.compare import compare
from tests.drill.listener import Listener
from tests.drill.traffic import Intent

Row = dict[str, Any]
STREAM = {1: "one", 2: "two"}


def ours(**changes: Any) -> Row:
    return {
        "id": "order-1",
        "client_order_id": "c-1",
        "origin": "desk",
        "symbol": "AAPL",
        "side": "BUY",
        "order_type": "LMT",
        "time_in_force": "DAY",
        "status": "filled",
        "quantity": "100",
        "filled_quantity": "100",
        "limit_price": "190.00",
        "stop_price": None,
        "commission": "1.00",
        "last_event_seq": 2,
        "ib": {"perm_id": 1001},
        **changes,
    }


def at_ib(**changes: Any) -> Row:
    return {
        "order_ref": "order-1",
        "perm_id": 1001,
        "symbol": "AAPL",
        "action": "BUY",
        "order_type": "LMT",
        "time_in_force": "DAY",
        "status": "Filled",
        "completed_status": "Filled Size: 100",
        "quantity": "100",
        "filled": "100",
        "limit_price": "190.0",
        "stop_price": None,
        **changes,
    }


def fill(**changes: Any) -> Row:
    return {
        "id": "f-1",
        "exec_id": "e.01",
        "order_id": "order-1",
        "symbol": "AAPL",
        "side": "BUY",
        "quantity": "100",
        "price": "190",
        "commission": "1.00",
        "is_current": True,
        **changes,
    }


def execution(**changes: Any) -> Row:
    return {
        "exec_id": "e.01",
        "perm_id": 1001,
        "symbol": "AAPL",
        "is_buy": True,
        "quantity": "100",
        "price": "190.00",
        "commission": "1.0",
        "commission_due_at": "2026-11-24T15:00:00+00:00",
        "replaced_by": "",
        **changes,
    }


def found(
    *,
    orders: list[Row] | None = None,
    ib_orders: list[Row] | None = None,
    fills: list[Row] | None = None,
    executions: list[Row] | None = None,
    positions: list[Row] | None = None,
    held: list[Row] | None = None,
    stream: dict[int, str] | None = None,
    incidents: list[Row] | None = None,
    lies: frozenset[str] = frozenset(),
    intent: Intent | None = None,
    wrong_answers: list[str] | None = None,
    told: Row | None = None,
    told_fills: Row | None = None,
    **listened: Any,
) -> Findings:
    """The findings of two books that agree, but for what is given."""
    our_orders = [ours()] if orders is None else orders
    our_fills = [fill()] if fills is None else fills
    books = Books(
        orders=our_orders,
        fills=our_fills,
        positions=[{"symbol": "AAPL", "quantity": "100"}] if positions is None else positions,
        ib={
            "orders": [at_ib()] if ib_orders is None else ib_orders,
            "executions": [execution()] if executions is None else executions,
            "accounts": [{"positions": [{"symbol": "AAPL", "quantity": "100"}] if held is None else held}],
        },
        stream=STREAM if stream is None else stream,
        incidents=incidents or [],
        lies=lies,
    )
    told = {row["id"]: row for row in our_orders} if told is None else told
    told_fills = {row["id"]: row for row in our_fills} if told_fills is None else told_fills
    heard = {"gaps": [], "seen": dict(STREAM), "resets": 0, "orders": told, "fills": told_fills, **listened}
    listener = cast(Listener, SimpleNamespace(**heard))
    return compare([intent or Intent("c-1", {}, {"order-1"})], books, listener, wrong_answers=wrong_answers or ())


def elsewhere(**changes: Any) -> Row:
    row = ours(id="order-9", client_order_id="ib-9", origin="external", ib={"perm_id": 9}, status="working")
    return {**row, "filled_quantity": "0", "commission": None, **changes}


def from_elsewhere(**changes: Any) -> Row:
    return at_ib(order_ref="", perm_id=9, status="Submitted", filled="0", **changes)


def test_two_sides_that_agree() -> None:
    assert found().failures() == {}
    assert found(orders=[ours(), elsewhere()], ib_orders=[at_ib(), from_elsewhere()]).failures() == {}


NO_TRACE: Row = {"ib_orders": [], "executions": [], "fills": [], "held": [], "positions": []}


@pytest.mark.parametrize(
    ("planted", "kinds"),
    [
        # orders
        ({**NO_TRACE, "orders": []}, {"lost"}),
        ({"ib_orders": [at_ib(), at_ib(order_ref="nobody knows", perm_id=7)]}, {"lost"}),
        ({"ib_orders": [at_ib(), from_elsewhere()]}, {"lost"}),
        ({"intent": Intent("c-1", {}, {"order-1", "order-2"})}, {"lost", "doubled"}),
        (
            {
                "orders": [ours(), ours(id="order-2", filled_quantity="0", commission=None)],
                "ib_orders": [at_ib(), at_ib(order_ref="order-2", filled="0", perm_id=7)],
            },
            {"doubled"},
        ),
        ({"ib_orders": [at_ib(), at_ib(perm_id=7)]}, {"doubled"}),
        ({"orders": [ours(), elsewhere(ib={"perm_id": 1001})]}, {"doubled"}),
        ({"orders": [ours(), elsewhere(), elsewhere()], "ib_orders": [at_ib(), from_elsewhere()]}, {"doubled"}),
        ({"orders": [ours(), elsewhere()]}, {"wrong_state"}),
        ({"orders": [ours(status="cancelled")]}, {"wrong_state"}),
        ({"ib_orders": []}, {"wrong_state"}),
        ({"ib_orders": [], "orders": [ours(status="rejected")]}, {"wrong_state"}),
        ({"orders": [ours(filled_quantity="60")]}, {"wrong_state", "fills_wrong"}),
        ({"orders": [ours(quantity="120")]}, {"wrong_state"}),
        ({"orders": [ours(limit_price="191.00")]}, {"wrong_state"}),
        ({"orders": [ours(stop_price="180.00")]}, {"wrong_state"}),
        ({"ib_orders": [at_ib(action="SELL")]}, {"wrong_state"}),
        ({"ib_orders": [at_ib(time_in_force="GTC")]}, {"wrong_state"}),
        ({"intent": Intent("c-1", {"side": "SELL"}, {"order-1"})}, {"wrong_state"}),
        ({"orders": [ours(status="unknown")]}, {"unsettled"}),
        ({"orders": [ours(status="pending_cancel")]}, {"unsettled"}),
        ({"orders": [ours(status="pending_submit")]}, {"unsettled"}),
        # answers
        ({"intent": Intent("c-1", {}, set(), [422, 400])}, {"answers_wrong"}),
        ({"wrong_answers": ["an answer"]}, {"answers_wrong"}),
        # incidents
        (
            {"incidents": [{"kind": "position_differs", "order": None, "subject": "DU1 AAPL (265598)"}]},
            {"incidents_open"},
        ),
        ({"incidents": [{"kind": "order_unsettled", "order": "order-1", "subject": "x"}]}, {"incidents_open"}),
        ({"incidents": [{"kind": "fill_over_quantity", "order": "order-1", "subject": "x"}]}, {"incidents_open"}),
        # fills and positions
        ({"fills": []}, {"fills_lost", "fills_wrong", "positions_wrong"}),
        ({"fills": [fill(is_current=False)]}, {"fills_lost", "fills_wrong", "positions_wrong"}),
        ({"fills": [fill(), fill(id="f-2")]}, {"fills_doubled", "fills_wrong", "positions_wrong"}),
        ({"fills": [fill(), fill(exec_id="x.01")]}, {"fills_doubled", "fills_wrong", "positions_wrong"}),
        (
            {"executions": [execution(replaced_by="e.02"), execution(exec_id="e.02", price="189")]},
            {"fills_lost", "fills_doubled"},
        ),
        (
            {"executions": [execution(replaced_by="e.02"), execution(exec_id="e.02", quantity="0")]},
            {"fills_doubled"},
        ),
        ({"fills": [fill(price="190.01")]}, {"fills_wrong"}),
        ({"fills": [fill(quantity="99")]}, {"fills_wrong", "positions_wrong"}),
        ({"executions": [execution(is_buy=False)]}, {"fills_wrong"}),
        ({"executions": [execution(commission="1.2")]}, {"fills_wrong"}),
        ({"fills": [fill(commission=None)], "orders": [ours(commission=None)]}, {"fills_wrong"}),
        ({"orders": [ours(commission="2.00")]}, {"fills_wrong"}),
        (
            {
                "executions": [execution(perm_id=9)],
                "ib_orders": [at_ib(), at_ib(order_ref="order-2", perm_id=9)],
                "orders": [ours(), ours(id="order-2", client_order_id="c-2", filled_quantity="100", commission=None)],
            },
            {"fills_wrong"},
        ),
        ({"positions": []}, {"positions_wrong"}),
        ({"held": []}, {"positions_wrong"}),
        # the stream
        ({"stream": {**STREAM, 3: "three"}}, {"stream_gaps"}),
        ({"gaps": ["3 follows 1, seen 2"]}, {"stream_gaps"}),
        ({"resets": 1}, {"stream_gaps"}),
        ({"stream": {1: "one", 2: "something else"}}, {"stream_wrong"}),
        ({"stream": {2: "two"}}, {"stream_wrong"}),
        ({"told": {"order-1": ours(status="working")}}, {"stream_wrong"}),
        ({"told": {"order-1": ours(commission=None)}}, {"stream_wrong"}),
        ({"told": {}}, {"stream_wrong"}),
        ({"told_fills": {"f-1": fill(commission=None)}}, {"stream_wrong"}),
        ({"told_fills": {"f-1": fill(is_current=False)}}, {"stream_wrong"}),
        ({"told_fills": {}}, {"stream_wrong"}),
    ],
)
def test_each_loss_is_found_and_called_by_its_name(planted: Row, kinds: set[str]) -> None:
    assert found(**planted).failures().keys() == kinds


def test_what_ib_never_saw_and_the_desk_calls_unknown_is_honest() -> None:
    unknown = ours(status="unknown", filled_quantity="0", commission=None)
    incident = {"kind": "order_unsettled", "order": "order-1", "subject": "order-1"}
    findings = found(**NO_TRACE, orders=[unknown], incidents=[incident])
    assert findings.honest_unknowns
    assert findings.failures() == {}


def test_an_overfill_is_ibs_own_and_its_incident_may_be_open() -> None:
    incident = {"kind": "fill_over_quantity", "order": "order-1", "subject": "order-1"}
    over = {
        "orders": [ours(filled_quantity="101")],
        "ib_orders": [at_ib(filled="101")],
        "fills": [fill(quantity="101")],
        "executions": [execution(quantity="101")],
        "held": [{"symbol": "AAPL", "quantity": "101"}],
        "positions": [{"symbol": "AAPL", "quantity": "101"}],
    }
    assert found(**over, incidents=[incident]).failures() == {}


def test_liquidations_of_which_ib_named_no_number_are_not_one_order() -> None:
    """IB's own executions can come without a permanent number; several of those are no order twice."""

    def liquidation(number: int) -> Row:
        names = {"id": f"order-{number}", "client_order_id": f"ib-e{number}", "origin": "liquidation"}
        return ours(**names, ib={"perm_id": None}, filled_quantity="0", commission=None)

    assert found(orders=[ours(), liquidation(8), liquidation(9)]).failures() == {}


def test_a_position_that_moved_without_an_execution_is_ibs_word_and_its_incident_may_be_open() -> None:
    moved = [{"symbol": "AAPL", "quantity": "100"}, {"symbol": "QQQ", "quantity": "10"}]
    incident = {"kind": "position_differs", "order": None, "subject": "DU1 QQQ (320227571)"}
    assert found(held=moved, positions=moved, incidents=[incident]).failures() == {}
    assert found(held=moved).failures().keys() == {"positions_wrong"}


def test_a_commission_that_ib_was_told_to_invent_is_no_loss_unless_nobody_told_it_to() -> None:
    books = {"fills": [fill(commission="-0.35")], "orders": [ours(commission="-0.35")]}
    assert found(**books, lies=frozenset({"-0.35"})).failures() == {}
    assert found(**books).failures().keys() == {"fills_wrong"}


def test_a_corrected_execution_counts_in_place_of_the_first() -> None:
    first, second = execution(replaced_by="e.02"), execution(exec_id="e.02", price="189")
    books = [fill(is_current=False), fill(id="f-2", exec_id="e.02", price="189")]
    assert found(executions=[first, second], fills=books).failures() == {}


def test_a_busted_order_that_ib_still_calls_filled_may_be_unknown() -> None:
    """With an open incident; and what is known of it must be right."""
    bust = [execution(replaced_by="e.02"), execution(exec_id="e.02", quantity="0", commission="0")]
    unknown = ours(status="unknown", filled_quantity="0", commission=None)
    books = {"ib_orders": [at_ib(filled="0")], "executions": bust, "fills": [fill(is_current=False)]}
    nothing: Row = {"held": [], "positions": []}
    incident = {"kind": "order_unsettled", "order": "order-1", "subject": "order-1"}
    findings = found(**books, **nothing, orders=[unknown], incidents=[incident])
    assert findings.honest_unknowns
    assert findings.failures() == {}
    wrong = found(**books, **nothing, orders=[{**unknown, "limit_price": "1.00"}])
    assert wrong.failures().keys() == {"wrong_state"}


def test_a_commission_that_ib_never_reports_must_stay_empty() -> None:
    never = execution(commission_due_at=None)
    silent = found(executions=[never], fills=[fill(commission=None)], orders=[ours(commission=None)])
    assert silent.failures() == {}
    assert found(executions=[never]).failures().keys() == {"fills_wrong"}


def test_an_order_that_was_never_accepted_may_be_missing() -> None:
    nobody = Intent("c-9", {}, set(), [0, 503])
    assert found(intent=nobody).failures() == {}


def test_an_order_that_a_late_fill_completed_may_be_filled_though_ib_goes_on_calling_it_cancelled() -> None:
    """Found by three drills of an hour: a fill counts, also after the cancel."""
    late = at_ib(status="Cancelled", completed_status="Cancelled by Trader")
    assert found(ib_orders=[late]).failures() == {}
    partly = at_ib(status="Cancelled", completed_status="Cancelled by Trader", filled="40")
    assert found(ib_orders=[partly]).wrong_state
