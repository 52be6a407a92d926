"""Every cell of the order's table of moves, written out by hand, and the oddities of IB behind some of them."""

from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.domain import order_events as ev
from trading.domain.order_state import MOVES, IllegalMove, apply
from trading.domain.orders import OPEN, TERMINAL, Execution, OrderState, OrderStatus

S = OrderStatus
SHORT = {
    "PS": S.PENDING_SUBMIT,
    "WO": S.WORKING,
    "PF": S.PARTIALLY_FILLED,
    "FI": S.FILLED,
    "PR": S.PENDING_REPLACE,
    "PC": S.PENDING_CANCEL,
    "CA": S.CANCELLED,
    "RE": S.REJECTED,
    "EX": S.EXPIRED,
    "UN": S.UNKNOWN,
    "SU": S.SUSPENDED,
}
OLD_FILL = Execution(exec_root="0001.01", revision=1, quantity=D(40), price=D("10"))

EVENTS = {
    "submitted": ev.OrderSubmitted(),
    "external": ev.ExternalOrderSeen(),
    "reserved": ev.SendReserved(ib_order_id=7, ib_client_id=1),
    "send_expired": ev.SendExpired(reason="too late"),
    "outcome_unknown": ev.OutcomeUnknown(reason="crash"),
    "pending_at_ib": ev.OrderPendingAtIb(),
    "accepted": ev.OrderAccepted(),
    "found_open": ev.OrderFoundOpen(),
    "held": ev.OrderHeld(reason="locate"),
    "ib_status": ev.IbStatusReported(ib_status="Filled"),
    "fill": ev.OrderFilled(exec_root="0001.02", revision=1, quantity=D(10), price=D("10")),
    "last_fill": ev.OrderFilled(exec_root="0001.02", revision=1, quantity=D(100), price=D("10")),
    "bust": ev.FillBusted(exec_root=OLD_FILL.exec_root),
    "cancelled": ev.OrderCancelled(),
    "rejected": ev.OrderRejected(code="IB_ORDER_REJECTED", reason="no"),
    "expired": ev.OrderExpired(),
    "cancel_requested": ev.CancelRequested(),
    "cancel_rejected": ev.CancelRejected(reason="10148"),
    "modify_requested": ev.ModifyRequested(quantity=D(50)),
    "terms": ev.TermsConfirmed(quantity=D(100)),
    "modify_rejected": ev.ModifyRejected(reason="105"),
    "never_reached": ev.AttestedNeverReached(person="ann", reason="asked IB"),
    "said_cancelled": ev.AttestedCancelled(person="ann", reason="asked IB"),
}

# A dot: nothing moves. A dash: illegal. Columns: from which status.
TABLE = """
                  PS  WO  PF  PR  PC  SU  UN  FI  CA  RE  EX
submitted         .   -   -   -   -   -   -   -   -   -   -
external          .   -   -   -   -   -   -   -   -   -   -
reserved          .   -   -   -   .   -   -   -   -   -   -
send_expired      RE  -   -   -   RE  -   RE  -   -   .   -
outcome_unknown   UN  UN  UN  UN  UN  UN  .   -   -   -   -
pending_at_ib     .   .   .   .   .   PS  PS  .   .   .   .
accepted          WO  .   .   .   .   WO  WO  .   .   UN  .
found_open        WO  .   .   .   .   WO  WO  .   WO  WO  WO
held              SU  SU  SU  SU  .   .   SU  .   .   .   .
ib_status         .   .   .   .   .   .   .   .   .   .   .
fill              PF  PF  PF  .   .   PF  PF  FI  .   UN  .
last_fill         FI  FI  FI  FI  FI  FI  FI  FI  FI  FI  FI
bust              .   .   WO  .   .   .   .   UN  .   .   .
cancelled         CA  CA  CA  CA  CA  CA  CA  .   .   .   .
rejected          RE  RE  CA  RE  RE  RE  RE  .   .   .   -
expired           EX  EX  EX  EX  EX  EX  EX  -   .   .   .
cancel_requested  PC  PC  PC  PC  .   PC  .   -   -   -   -
cancel_rejected   .   .   .   .   WO  .   .   .   .   .   .
modify_requested  -   PR  PR  -   -   -   -   -   -   -   -
terms             .   .   .   WO  .   .   .   .   .   .   .
modify_rejected   .   .   .   WO  .   .   .   .   .   .   .
never_reached     -   -   -   -   -   -   RE  -   -   -   -
said_cancelled    -   -   -   -   -   -   CA  -   -   -   -
"""


def _cells() -> list[tuple[str, str, str]]:
    head, *rows = [line.split() for line in TABLE.strip().splitlines()]
    return [(row[0], head[i], cell) for row in rows for i, cell in enumerate(row[1:])]


def _state(status: OrderStatus) -> OrderState:
    executions: tuple[Execution, ...] = ()
    if status is S.PARTIALLY_FILLED:
        executions = (OLD_FILL,)
    if status is S.FILLED:
        executions = (OLD_FILL, replace(OLD_FILL, exec_root="0001.09", quantity=D(60)))
    return OrderState(status=status, quantity=D(100), executions=executions)


@pytest.mark.parametrize(("event", "status", "cell"), _cells())
def test_cell(event: str, status: str, cell: str) -> None:
    before = _state(SHORT[status])
    if cell == "-":
        with pytest.raises(IllegalMove, match=EVENTS[event].type_name):
            apply(before, EVENTS[event])
        return
    expected = before.status if cell == "." else SHORT[cell]
    assert apply(before, EVENTS[event]).status is expected


def test_the_table_above_covers_every_status_and_event() -> None:
    assert {(type(EVENTS[e]), SHORT[s]) for e, s, _ in _cells()} == {
        (t, s) for t in ev.EVENT_TYPES for s in OrderStatus
    }
    assert set(MOVES) == set(OrderStatus)
    assert frozenset(OrderStatus) == OPEN | TERMINAL


def _fill(root: str, revision: int, quantity: str, price: str = "10") -> ev.OrderFilled:
    return ev.OrderFilled(exec_root=root, revision=revision, quantity=D(quantity), price=D(price))


def test_the_same_execution_twice_counts_once() -> None:
    once = apply(_state(S.WORKING), _fill("a", 1, "30"))
    assert apply(once, _fill("a", 1, "30")) == once


def test_a_correction_replaces_what_it_corrects() -> None:
    state = apply(apply(_state(S.WORKING), _fill("a", 1, "30")), _fill("a", 2, "20", "11"))
    assert (state.filled_quantity, state.average_fill_price) == (D(20), D(11))


def test_a_lower_revision_that_arrives_late_changes_nothing() -> None:
    state = apply(_state(S.WORKING), _fill("a", 2, "20"))
    assert apply(state, _fill("a", 1, "30")) == state


def test_a_fill_that_crosses_our_cancel_still_counts() -> None:
    state = apply(apply(_state(S.PENDING_CANCEL), ev.OrderCancelled()), _fill("a", 1, "30"))
    assert (state.status, state.filled_quantity) == (S.CANCELLED, D(30))


def test_a_full_fill_after_a_cancel_makes_the_order_filled() -> None:
    cancelled = apply(_state(S.WORKING), ev.OrderCancelled())
    assert apply(cancelled, _fill("a", 1, "100")).status is S.FILLED


def test_a_correction_below_full_reopens_a_filled_order_as_unknown() -> None:
    filled = apply(_state(S.WORKING), _fill("a", 1, "100"))
    assert apply(filled, _fill("a", 2, "90")).status is S.UNKNOWN


def test_overfill_is_kept_as_it_is() -> None:
    state = apply(apply(_state(S.WORKING), _fill("a", 1, "80")), _fill("b", 1, "80"))
    assert (state.filled_quantity, state.leaves_quantity, state.status) == (D(160), D(0), S.FILLED)


def test_a_reject_keeps_its_reason() -> None:
    state = apply(_state(S.PENDING_SUBMIT), ev.OrderRejected(code="INSUFFICIENT_FUNDS", reason="margin"))
    assert (state.reject_code, state.reject_reason) == ("INSUFFICIENT_FUNDS", "margin")


def test_confirmed_terms_are_the_orders_terms() -> None:
    state = apply(_state(S.PENDING_REPLACE), ev.TermsConfirmed(quantity=D(50), limit_price=D("9.5")))
    assert (state.status, state.quantity, state.limit_price) == (S.WORKING, D(50), D("9.5"))


fills = st.builds(
    _fill,
    st.sampled_from(["a", "b", "c"]),
    st.integers(1, 3),
    st.integers(1, 60).map(str),
    st.integers(1, 20).map(str),
)


@given(st.lists(fills, max_size=12), st.randoms(use_true_random=False))
def test_filled_quantity_does_not_depend_on_the_order_of_arrival(events: list[ev.OrderFilled], random: object) -> None:
    unique = list({(e.exec_root, e.revision): e for e in events}.values())
    shuffled = list(unique)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    def run(sequence: list[ev.OrderFilled]) -> OrderState:
        state = _state(S.WORKING)
        for event in sequence:
            state = apply(state, event)
        return state

    one, other = run(unique), run([*shuffled, *shuffled])
    assert one.filled_quantity == other.filled_quantity
    assert one.average_fill_price == other.average_fill_price


@given(st.lists(st.sampled_from(list(EVENTS.values())), max_size=25))
def test_no_sequence_of_events_reports_an_end_that_the_fills_contradict(events: list[ev.OrderEvent]) -> None:
    state = _state(S.PENDING_SUBMIT)
    for event in events:
        try:
            state = apply(state, event)
        except IllegalMove:
            continue
        if state.status is S.FILLED:
            assert state.filled_quantity >= state.quantity
        if state.status is S.REJECTED:
            assert state.filled_quantity == 0


def test_a_quantity_raised_in_the_moment_it_was_filled_is_not_called_filled() -> None:
    raised = apply(_state(S.FILLED), ev.TermsConfirmed(quantity=D(200)))
    assert (raised.status, raised.quantity, raised.filled_quantity) == (S.UNKNOWN, D(200), D(100))
    assert apply(raised, ev.OrderAccepted()).status is S.PARTIALLY_FILLED


@pytest.mark.parametrize("status", [S.PARTIALLY_FILLED, S.PENDING_REPLACE, S.PENDING_CANCEL, S.UNKNOWN])
def test_a_quantity_lowered_to_what_is_filled_ends_the_order(status: OrderStatus) -> None:
    state = replace(_state(S.PARTIALLY_FILLED), status=status)
    assert apply(state, ev.TermsConfirmed(quantity=D(40))).status is S.FILLED
    assert apply(state, ev.TermsConfirmed(quantity=D(70))).status is not S.FILLED


def test_a_cancelled_order_whose_terms_are_repeated_stays_cancelled() -> None:
    state = replace(_state(S.PARTIALLY_FILLED), status=S.CANCELLED)
    assert apply(state, ev.TermsConfirmed(quantity=D(40))).status is S.CANCELLED
