"""An order that ended on a person's word: IB's evidence outranks it, cell by cell."""

from decimal import Decimal as D

import pytest

from trading.domain import order_events as ev
from trading.domain.order_state import ATTESTED, IllegalMove, apply, contradicts_attestation
from trading.domain.orders import Execution, OrderState, OrderStatus, SettledBy

S = OrderStatus
NEVER = ev.AttestedNeverReached(person="ann", reason="IB's desk has no such order")
GONE = ev.AttestedCancelled(person="ann", reason="cancelled in TWS")
UNKNOWN = OrderState(status=S.UNKNOWN, quantity=D(100))
FILL = ev.OrderFilled(exec_root="1.01", revision=1, quantity=D(10), price=D("10"))

# event → status after "never reached", after "was cancelled", and whether each is contradicted
CELLS = [
    (FILL, S.UNKNOWN, S.UNKNOWN, True, True),
    (ev.OrderFilled(exec_root="1.01", revision=1, quantity=D(100), price=D("10")), S.FILLED, S.FILLED, True, True),
    (ev.OrderPendingAtIb(), S.UNKNOWN, S.UNKNOWN, True, True),
    (ev.OrderAccepted(), S.UNKNOWN, S.UNKNOWN, True, True),
    (ev.OrderFoundOpen(), S.WORKING, S.WORKING, True, True),
    (ev.OrderHeld(reason="locate"), S.SUSPENDED, S.SUSPENDED, True, True),
    (ev.OrderCancelled(), S.CANCELLED, S.CANCELLED, True, False),
    (ev.OrderExpired(), S.EXPIRED, S.EXPIRED, True, False),
    (ev.SendExpired(reason="late"), S.REJECTED, S.REJECTED, False, False),
    (ev.OrderRejected(code="IB_ORDER_REJECTED", reason="no"), S.REJECTED, S.REJECTED, False, False),
]
PROVE_NOTHING = [
    ev.FillBusted(exec_root="9"),
    ev.IbStatusReported(ib_status="a word"),
    ev.TermsConfirmed(quantity=D(100)),
    ev.CancelRejected(reason="10147"),
    ev.ModifyRejected(reason="105"),
]


def named(event: ev.OrderEvent) -> str:
    return event.type_name


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell[0].type_name)
def test_evidence_takes_the_place_of_the_word(cell: tuple[ev.OrderEvent, S, S, bool, bool]) -> None:
    event, after_never, after_gone, is_against_never, is_against_gone = cell
    for word, expected, is_against in ((NEVER, after_never, is_against_never), (GONE, after_gone, is_against_gone)):
        attested = apply(UNKNOWN, word)
        after = apply(attested, event)
        assert after.status is expected
        assert after.settled_by is SettledBy.EVIDENCE
        assert "ann" not in after.reject_reason
        assert contradicts_attestation(attested, event) is is_against


@pytest.mark.parametrize("event", PROVE_NOTHING, ids=named)
@pytest.mark.parametrize("word", [NEVER, GONE], ids=named)
def test_what_proves_nothing_leaves_the_word(word: ev.OrderEvent, event: ev.OrderEvent) -> None:
    attested = apply(UNKNOWN, word)
    after = apply(attested, event)
    assert (after.status, after.settled_by) == (attested.status, SettledBy.PERSON)
    assert not contradicts_attestation(attested, event)


def test_these_are_all_cells() -> None:
    assert set(ATTESTED) == {type(cell[0]) for cell in CELLS} | {type(event) for event in PROVE_NOTHING}


@pytest.mark.parametrize("event_type", [t for t in ev.EVENT_TYPES if t not in ATTESTED], ids=lambda t: t.type_name)
def test_nothing_else_moves_it(event_type: type[ev.OrderEvent]) -> None:
    samples = {
        ev.SendReserved: ev.SendReserved(ib_order_id=1, ib_client_id=1),
        ev.OutcomeUnknown: ev.OutcomeUnknown(reason="crash"),
        ev.AttestedNeverReached: NEVER,
        ev.AttestedCancelled: GONE,
    }
    event = samples.get(event_type) or event_type()
    with pytest.raises(IllegalMove):
        apply(apply(UNKNOWN, GONE), event)


def test_the_person_and_the_reason_are_on_the_order() -> None:
    after = apply(UNKNOWN, NEVER)
    assert after.is_attested
    assert after.reject_reason.startswith("ann said that it never reached IB")
    assert after.reject_reason.endswith("IB's desk has no such order")


def test_a_known_execution_told_again_or_corrected_is_no_contradiction() -> None:
    part = Execution(exec_root="1.01", revision=1, quantity=D(10), price=D("10"))
    attested = apply(OrderState(status=S.UNKNOWN, quantity=D(100), executions=(part,)), GONE)
    assert apply(attested, FILL) == attested
    corrected = ev.OrderFilled(exec_root="1.01", revision=2, quantity=D(12), price=D("10"))
    after = apply(attested, corrected)
    assert (after.status, after.filled_quantity, after.is_attested) == (S.CANCELLED, D(12), True)
    assert not contradicts_attestation(attested, corrected)
