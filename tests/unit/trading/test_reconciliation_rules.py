"""What is a break between ledger and broker, and what is only the two clocks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest

from trading.domain.orders import OrderStatus
from trading.domain.reconciliation import (
    Break,
    Broker,
    BrokerOrder,
    Execution,
    Holding,
    Kind,
    Ledger,
    LedgerOrder,
    compare,
    compare_executions,
    compare_holdings,
    compare_orders,
    confirmed,
)

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
MORNING = NOON.replace(hour=0)
OURS = LedgerOrder(
    account="DU1",
    order_id="5f0c0d9e-0000-4000-8000-000000000001",
    perm_ids=frozenset({77}),
    con_id=265598,
    symbol="AAPL",
    side="BUY",
    quantity=D("100.00000000"),
    order_type="LMT",
    limit_price=D("190.00000000"),
    stop_price=None,
    status=OrderStatus.WORKING,
    was_sent=True,
)
THEIRS = BrokerOrder(
    account="DU1",
    perm_id=77,
    order_id=3,
    client_id=7,
    order_ref=OURS.order_id,
    con_id=265598,
    symbol="AAPL",
    side="BUY",
    quantity=D(100),
    order_type="LMT",
    limit_price=D("190.0"),
    stop_price=D("0.0"),
    status="Submitted",
)
FILL = Execution(
    account="DU1",
    exec_id="0001.02.03.01",
    con_id=265598,
    symbol="AAPL",
    side="BUY",
    quantity=D(100),
    price=D("189.99"),
    executed_at=NOON,
)
HELD = Holding(account="DU1", con_id=265598, symbol="AAPL", quantity=D(100))


def kinds(breaks: list[Break]) -> list[Kind]:
    return [item.kind for item in breaks]


def test_the_same_order_spelled_with_other_zeros_is_no_break() -> None:
    assert compare_orders([OURS], [THEIRS]) == []


def test_an_order_is_matched_by_perm_id_when_the_reference_is_lost() -> None:
    assert compare_orders([OURS], [replace(THEIRS, order_ref="")]) == []


def test_the_same_perm_id_in_another_account_is_another_order() -> None:
    found = compare_orders([OURS], [replace(THEIRS, order_ref="", account="DU2")])
    assert sorted(kinds(found)) == [Kind.ORDER_MISSING_AT_IB, Kind.ORDER_MISSING_HERE]


def test_an_order_id_alone_never_matches() -> None:
    stranger = replace(THEIRS, order_ref="", perm_id=None)
    found = compare_orders([OURS], [stranger])
    assert kinds(found) == [Kind.ORDER_MISSING_HERE, Kind.ORDER_MISSING_AT_IB]
    assert found[0].subject == "client 7 order 3"


def test_an_open_order_that_ib_does_not_list_is_missing_there() -> None:
    (found,) = compare_orders([OURS], [])
    assert (found.kind, found.subject, found.theirs) == (Kind.ORDER_MISSING_AT_IB, OURS.order_id, None)
    assert found.ours is not None
    assert found.ours["quantity"] == "100"


def test_an_order_of_unknown_outcome_is_never_balanced_by_absence() -> None:
    assert kinds(compare_orders([replace(OURS, status=OrderStatus.UNKNOWN)], [])) == [Kind.ORDER_MISSING_AT_IB]


def test_an_order_that_was_never_sent_need_not_be_at_ib() -> None:
    assert compare_orders([replace(OURS, status=OrderStatus.PENDING_SUBMIT, was_sent=False)], []) == []


@pytest.mark.parametrize("status", ["Filled", "Cancelled", "ApiCancelled"])
def test_an_order_that_has_just_ended_at_ib_is_not_open_there(status: str) -> None:
    ended = replace(OURS, status=OrderStatus.FILLED)
    assert compare_orders([ended], [replace(THEIRS, status=status)]) == []


def test_an_order_that_ended_here_but_works_at_ib_is_missing_here() -> None:
    (found,) = compare_orders([replace(OURS, status=OrderStatus.CANCELLED)], [THEIRS])
    assert found.kind is Kind.ORDER_MISSING_HERE
    assert found.ours is not None
    assert found.ours["status"] == "cancelled"


def test_an_order_nobody_here_knows_is_named_by_its_perm_id() -> None:
    (found,) = compare_orders([], [replace(THEIRS, order_ref="")])
    assert (found.kind, found.subject, found.ours) == (Kind.ORDER_MISSING_HERE, "perm id 77", None)


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": D(101)},
        {"limit_price": D("190.01")},
        {"limit_price": None},
        {"stop_price": D(180)},
        {"side": "SELL"},
        {"order_type": "STP LMT"},
        {"con_id": 1},
        {"account": "DU9"},
    ],
)
def test_other_terms_are_a_break(change: dict[str, object]) -> None:
    assert kinds(compare_orders([OURS], [replace(THEIRS, **change)])) == [Kind.ORDER_TERMS]


def test_terms_may_differ_while_a_change_is_under_way() -> None:
    changing = replace(OURS, status=OrderStatus.PENDING_REPLACE)
    assert compare_orders([changing], [replace(THEIRS, quantity=D(50))]) == []


def test_equal_fills_are_no_break() -> None:
    assert compare_executions([FILL], [FILL], fills_since=MORNING) == []


def test_a_fill_that_only_ib_has_is_missing_here() -> None:
    (found,) = compare_executions([], [FILL], fills_since=MORNING)
    assert (found.kind, found.subject) == (Kind.FILL_MISSING_HERE, "0001.02.03")


def test_a_fill_of_today_that_ib_does_not_have_is_missing_there() -> None:
    assert kinds(compare_executions([FILL], [], fills_since=MORNING)) == [Kind.FILL_MISSING_AT_IB]


def test_a_fill_of_yesterday_need_not_be_reported_any_more() -> None:
    old = replace(FILL, executed_at=MORNING - timedelta(seconds=1))
    assert compare_executions([old], [], fills_since=MORNING) == []


@pytest.mark.parametrize("change", [{"price": D("190")}, {"quantity": D(99)}, {"side": "SELL"}, {"con_id": 1}])
def test_another_price_quantity_side_or_instrument_is_a_break(change: dict[str, object]) -> None:
    assert kinds(compare_executions([FILL], [replace(FILL, **change)], fills_since=MORNING)) == [Kind.FILL_DIFFERS]


def test_a_correction_we_have_not_booked_is_a_break() -> None:
    corrected = replace(FILL, exec_id="0001.02.03.02", price=D("190.05"))
    assert kinds(compare_executions([FILL], [FILL, corrected], fills_since=MORNING)) == [Kind.FILL_DIFFERS]


def test_a_correction_that_both_have_is_no_break_although_ib_lists_both_revisions() -> None:
    corrected = replace(FILL, exec_id="0001.02.03.02", price=D("190.05"))
    assert compare_executions([FILL, corrected], [corrected, FILL], fills_since=MORNING) == []


def test_a_bust_that_ib_no_longer_lists_is_no_break() -> None:
    bust = replace(FILL, exec_id="0001.02.03.02", quantity=D(0))
    assert compare_executions([FILL, bust], [], fills_since=MORNING) == []
    assert compare_executions([], [bust], fills_since=MORNING) == []
    assert kinds(compare_executions([FILL], [bust], fills_since=MORNING)) == [Kind.FILL_DIFFERS]


def test_a_closed_position_equals_none_at_all() -> None:
    closed = replace(HELD, quantity=D("0E-8"))
    assert compare_holdings([closed], []) == []
    assert compare_holdings([], [closed]) == []


def test_positions_differ_by_quantity() -> None:
    (found,) = compare_holdings([HELD], [replace(HELD, quantity=D(-100))])
    assert (found.kind, found.subject) == (Kind.POSITION_DIFFERS, "AAPL (265598)")
    assert (found.ours, found.theirs) == ({"quantity": "100"}, {"quantity": "-100"})


def test_a_position_only_one_side_has_is_a_break() -> None:
    assert kinds(compare_holdings([HELD], [])) == kinds(compare_holdings([], [HELD])) == [Kind.POSITION_DIFFERS]


def test_two_equal_sides_are_balanced() -> None:
    ours = Ledger(orders=(OURS,), executions=(FILL,), holdings=(HELD,))
    theirs = Broker(orders=(THEIRS,), executions=(FILL,), holdings=(HELD,))
    assert compare(ours, theirs, fills_since=MORNING) == []


def test_only_what_stands_still_is_confirmed() -> None:
    standing = compare_holdings([HELD], [])
    moving = compare_holdings([replace(HELD, con_id=2)], [])
    moved_on = compare_holdings([replace(HELD, con_id=2, quantity=D(50))], [])
    assert confirmed(standing + moving, standing + moved_on) == standing
    assert confirmed([], standing) == []
