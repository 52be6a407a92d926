"""What becomes of IB's words in the database: corrections, contradictions, strangers, and what nobody understands."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from market_data.models import Instrument
from tests.factories import GatewayCommandFactory
from tests.fixtures.gateway import anomalies_of, events_of, fills_of
from tests.fixtures.ib_words import CLIENT_ID, Ib, commission, fresh, nothing_open, record
from trading.gateway.recorder import Recorder
from trading.gateway.records import Item, Kind, Snapshot
from trading.models import CommissionReport, Fill, IbMessage, Incident, Order, StreamEvent
from trading.models.gateway import CommandKind, CommandStatus

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ib() -> Ib:
    return Ib()


# fills


def test_a_correction_replaces_the_execution_it_corrects(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.execution(order, "0001.02.01.01", 100, 190.0), commission("0001.02.01.01", 1.0))
    ib.says(ib.execution(order, "0001.02.01.02", 100, 189.5), commission("0001.02.01.02", 1.1))
    assert fills_of(order) == [(D(100), D("189.5"))]
    assert Fill.objects.filter(order=order).count() == 2  # the old row stays to be read
    order = fresh(order)
    assert (order.status, order.filled_quantity, order.average_fill_price) == ("filled", D(100), D("189.5"))
    assert order.commission == D("1.1")
    assert StreamEvent.objects.filter(event="fill.corrected").count() == 1


def test_a_correction_that_came_first_is_not_undone_by_what_it_corrects(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.execution(order, "0001.02.01.02", 60, 189.5), ib.execution(order, "0001.02.01.01", 100, 190.0))
    assert fills_of(order) == [(D(60), D("189.5"))]
    assert fresh(order).status == "partially_filled"


def test_a_bust_takes_the_fill_back_and_leaves_the_question_open(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.execution(order, "0001.02.01.01", 100, 190.0))
    findings = ib.says(ib.execution(order, "0001.02.01.02", 0, 0.0))
    assert findings.must_ask_ib
    order = fresh(order)
    assert (order.status, order.filled_quantity, fills_of(order)) == ("unknown", D(0), [])


def test_a_correction_without_any_number_of_its_order_is_found_by_the_execution(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.execution(order, "0001.02.01.01", 100, 190.0))
    nameless = {"order_ref": "", "perm_id": 0, "client_id": 0, "order_id": 0}
    ib.says(ib.execution(order, "0001.02.01.02", 100, 189.0, **nameless))
    assert fills_of(order) == [(D(100), D("189.0"))]
    assert Order.objects.count() == 1


def test_the_same_execution_again_changes_nothing(ib: Ib) -> None:
    order = ib.order()
    ib.says(*[ib.execution(order, "0001.02.01.01", 40, 190.0)] * 3)
    ib.says(ib.execution(order, "0001.02.01.01", 40, 190.0, sync=True))
    assert fresh(order).filled_quantity == D(40)
    assert events_of(order).count("order_filled") == 1


def test_a_day_that_is_replayed_leaves_no_trace(ib: Ib) -> None:
    order = ib.order()
    now = f"{timezone.now():%Y%m%d-%H:%M:%S}"
    payload = ib.execution(order, "0001.02.01.01", 40, 190.0, time=now).payload
    ib.says(record(Kind.EXEC_DETAILS, dict(payload)))
    for recorder in (ib.recorder, Recorder(session_id="next", client_id=CLIENT_ID)):
        before = IbMessage.objects.count(), StreamEvent.objects.count()
        recorder.write([record(Kind.EXEC_DETAILS, dict(payload), sync=True)])
        assert (IbMessage.objects.count(), StreamEvent.objects.count()) == before


def test_a_commission_may_come_before_its_execution(ib: Ib) -> None:
    order = ib.order()
    ib.says(commission("0001.02.01.01", 1.25, realized=12.5))
    ib.says(ib.execution(order, "0001.02.01.01", 100, 190.0))
    fill = Fill.objects.get(order=order)
    assert (fill.commission, fill.realized_pnl, fresh(order).commission) == (D("1.25"), D("12.5"), D("1.25"))


def test_placeholders_are_not_commissions(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.execution(order, "0001.02.01.01", 100, 190.0), commission("0001.02.01.01", -1.0))
    fill = Fill.objects.get(order=order)
    assert (fill.commission, fill.realized_pnl) == (None, None)
    ib.says(commission("0001.02.01.01", -0.35))
    assert Fill.objects.get(order=order).commission == D("-0.35")


def test_more_than_was_ordered_can_be_filled(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.execution(order, "0001.01.01.01", 100, 190.0), ib.execution(order, "0001.02.01.01", 50, 190.0))
    order = fresh(order)
    assert (order.status, order.filled_quantity) == ("filled", D(150))


def test_a_fill_after_the_cancel_counts(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.open_order(order), ib.status(order, "Cancelled"))
    assert fresh(order).status == "cancelled"
    ib.says(ib.execution(order, "0001.02.01.01", 100, 190.0))
    assert fresh(order).status == "filled"


def test_an_execution_before_any_acknowledgement(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.execution(order, "0001.02.01.01", 100, 190.0), ib.open_order(order), ib.status(order, "Filled"))
    assert fresh(order).status == "filled"
    assert anomalies_of(order) == []


def test_a_status_that_knows_more_fills_than_we_is_a_reason_to_ask(ib: Ib) -> None:
    order = ib.order()
    findings = ib.says(ib.open_order(order), ib.status(order, "Filled", filled=100.0, remaining=0.0))
    assert findings.must_ask_ib
    assert fresh(order).filled_quantity == 0  # quantities come from executions alone


@pytest.mark.parametrize("text", ["20260105-14:30:01", "20260105 09:30:01 US/Eastern", "20260105  09:30:01"])
def test_the_time_of_an_execution_in_each_of_its_forms(ib: Ib, text: str) -> None:
    order = ib.order()
    ib.says(ib.execution(order, "0001.02.01.01", 100, 190.0, time=text))
    fill = Fill.objects.get(order=order)
    assert fill.executed_at == datetime(2026, 1, 5, 14, 30, 1, tzinfo=UTC)
    assert fill.executed_at_text == text


# who is it about


def test_the_reference_outranks_every_number(ib: Ib) -> None:
    first, second = ib.order(), ib.order()
    ib.says(ib.open_order(second, order_id=first.ib_order_id, perm_id=9002))
    assert (fresh(first).status, fresh(second).status) == ("pending_submit", "working")


def test_an_order_id_with_another_perm_id_is_somebody_else(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.open_order(order))
    ib.says(ib.status(order, "Cancelled", perm_id=4711))
    assert fresh(order).status == "working"
    assert IbMessage.objects.get(kind="orderStatus").order is None  # kept, but not believed to be about it


def test_an_order_may_have_two_perm_ids(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.open_order(order), ib.open_order(order, perm_id=9002))
    assert set(order.perm_ids.values_list("perm_id", flat=True)) == {9001, 9002}
    assert ib.says(ib.status(order, "Cancelled", perm_id=9002)).must_ask_ib
    assert fresh(order).status == "working"  # the first one still works at IB
    ib.says(ib.status(order, "Cancelled", perm_id=9001))
    assert fresh(order).status == "cancelled"


def test_another_client_with_our_order_id_is_not_us(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.open_order(order, order_ref="", client_id=3, perm_id=4711, symbol="AAPL"))
    assert fresh(order).status == "pending_submit"
    foreign = Order.objects.get(origin="external")
    assert (foreign.ib_client_id, foreign.status) == (3, "working")


def test_a_liquidation_is_an_order_of_ib(ib: Ib) -> None:
    ours = ib.order()
    alien = {"order_ref": "", "perm_id": 0, "client_id": 0, "order_id": 0, "liquidation": 1, "side": "SLD"}
    ib.says(ib.execution(ours, "0009.01.01", 10, 180.0, **alien))
    order = Order.objects.get(origin="liquidation")
    assert (order.side, order.filled_quantity, order.status) == ("SELL", D(10), "filled")


def test_a_strangers_executions_make_up_its_size(ib: Ib) -> None:
    ours = ib.order()
    alien = {"order_ref": "their own", "perm_id": 4711, "client_id": 3, "order_id": 12}
    ib.says(ib.execution(ours, "0009.01.01", 10, 180.0, **alien), ib.execution(ours, "0009.02.01", 5, 181.0, **alien))
    order = Order.objects.get(origin="external")
    assert (order.quantity, order.filled_quantity, order.status) == (D(15), D(15), "filled")


NAMELESS = {"order_ref": "", "perm_id": 0, "client_id": 99, "order_id": 1_000_000}


def completed_elsewhere(ib: Ib, ours: Order, perm_id: int, quantity: float) -> Item:
    """IB's record of another client's filled order: without its client, its id and a quantity (§1.5)."""
    facts = {"order_ref": "", "perm_id": perm_id, "quantity": 0.0, "filled_quantity": quantity}
    return ib.completed(ours, "Filled", f"Filled Size: {quantity:g}", **facts)


def test_an_execution_without_a_perm_id_goes_to_the_order_that_ib_names_later(ib: Ib) -> None:
    """Drill 1001: the ledger had the execution on an order of its own, and IB's order stayed unknown for ever."""
    ours = ib.order()
    ib.says(completed_elsewhere(ib, ours, 4711, 10.0))
    order = Order.objects.get(origin="external")
    assert ib.says(ib.execution(ours, "0009.01.01", 10, 180.0, sync=True, **NAMELESS)).must_ask_ib
    ib.says(commission("0009.01.01", 1.0))
    apart = Order.objects.exclude(pk=order.pk).get(origin="external")
    assert (fresh(order).status, fresh(apart).status) == ("pending_submit", "filled")

    ib.says(ib.execution(ours, "0009.01.01", 10, 180.0, sync=True, **NAMELESS))  # says nothing new
    assert IbMessage.objects.filter(kind="execDetails").count() == 1
    ib.says(ib.execution(ours, "0009.01.01", 10, 180.0, sync=True, **{**NAMELESS, "perm_id": 4711}))
    order, apart = fresh(order), fresh(apart)
    assert (order.status, order.filled_quantity, order.commission) == ("filled", D(10), D("1.0"))
    assert (apart.status, apart.filled_quantity, apart.reject_code) == ("rejected", D(0), "NOT_AN_ORDER")
    assert str(order.pk) in apart.reject_reason
    assert apart.commission is None
    fill = Fill.objects.get()
    assert (fill.order, fill.perm_id, fill.is_current) == (order, 4711, True)
    assert StreamEvent.objects.filter(event="fill.corrected").count() == 1

    events = len(events_of(order))
    for recorder in (ib.recorder, Recorder(session_id="next", client_id=CLIENT_ID)):
        for perm_id in (0, 4711):
            again = ib.execution(ours, "0009.01.01", 10, 180.0, sync=True, **{**NAMELESS, "perm_id": perm_id})
            recorder.write([again])
    assert len(events_of(order)) == events


def test_an_execution_without_a_perm_id_makes_the_order_that_ib_numbers_later(ib: Ib) -> None:
    ours = ib.order()
    ib.says(ib.execution(ours, "0009.01.01", 10, 180.0, **NAMELESS))
    ib.says(ib.execution(ours, "0009.01.01", 10, 180.0, sync=True, **{**NAMELESS, "perm_id": 4711}))
    ib.says(completed_elsewhere(ib, ours, 4711, 10.0))
    order = Order.objects.get(origin="external")
    assert (order.status, order.ib_perm_id, Fill.objects.get().perm_id) == ("filled", 4711, 4711)


def test_a_correction_that_names_the_order_ends_what_the_nameless_execution_stood_for(ib: Ib) -> None:
    ours = ib.order()
    ib.says(completed_elsewhere(ib, ours, 4711, 10.0))
    ib.says(ib.execution(ours, "0009.01.01", 10, 180.0, **NAMELESS))
    apart = Order.objects.get(origin="external", ib_perm_id=None)
    ib.says(ib.execution(ours, "0009.01.02", 10, 179.0, **{**NAMELESS, "perm_id": 4711}))
    order = Order.objects.get(origin="external", ib_perm_id=4711)
    assert (order.status, fills_of(order)) == ("filled", [(D(10), D("179"))])
    assert (fresh(apart).status, fresh(apart).reject_code) == ("rejected", "NOT_AN_ORDER")


def test_an_execution_that_turns_out_to_be_of_a_full_order_calls_a_person(ib: Ib) -> None:
    ours = ib.order(quantity=D(100))
    ib.says(ib.open_order(ours), ib.execution(ours, "0001.01.01.01", 100, 190.0))
    ib.says(ib.execution(ours, "0009.01.01", 50, 180.0, **NAMELESS))
    ib.says(ib.execution(ours, "0009.01.01", 50, 180.0, sync=True, **{**NAMELESS, "perm_id": 9001}))
    assert fresh(ours).filled_quantity == D(150)
    assert Incident.objects.get(order=ours).kind == "fill_over_quantity"


def test_what_ib_has_said_of_an_executions_order_stays(ib: Ib) -> None:
    order, other = ib.order(), ib.order(ib_order_id=43)
    ib.says(ib.execution(order, "0001.02.01.01", 10, 190.0))
    for change in ({"perm_id": 4711}, {"perm_id": None}, {"order": other}):
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            Fill.objects.update(**change)
    ib.says(ib.execution(order, "0001.03.01.01", 10, 190.0, perm_id=0))
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Fill.objects.filter(perm_id=None).update(order=other)  # only with the number that proves it


def test_a_combos_own_execution_is_not_counted_beside_its_legs(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.execution(order, "0001.01.01", 100, 1.5, sec_type="BAG"))
    assert fresh(order).filled_quantity == 0


# refusals


@pytest.mark.parametrize("inactive_first", [True, False])
def test_a_margin_reject_in_either_order(ib: Ib, inactive_first: bool) -> None:
    order = ib.order()
    words = [ib.status(order, "Inactive"), ib.error(order, 201, "EXCEED THE INITIAL<br>MARGIN")]
    findings = ib.says(*(words if inactive_first else reversed(words)))
    assert findings.must_ask_ib
    ib.says(nothing_open(later=0.1))
    order = fresh(order)
    assert (order.status, order.reject_code) == ("rejected", "INSUFFICIENT_FUNDS")
    assert order.commands.get().status == "failed"


def test_a_margin_reject_that_ib_goes_on_listing_as_inactive(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.open_order(order, status="Inactive"), ib.error(order, 201, "no"))
    ib.says(Snapshot(asked_at=timezone.now(), open_orders=frozenset({(9001, order.order_ref)})))
    assert fresh(order).status == "rejected"


def test_an_inactive_order_without_a_refusal_may_come_back(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.open_order(order, status="Inactive"), ib.status(order, "Inactive", why_held="locate"))
    assert fresh(order).status == "suspended"
    ib.says(ib.status(order, "Submitted"))
    assert fresh(order).status == "working"


def test_a_refusal_of_a_change_is_no_refusal_of_the_order(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.open_order(order))
    GatewayCommandFactory(order=order, kind=CommandKind.MODIFY, status=CommandStatus.SENT, sent_at=timezone.now())
    Order.objects.filter(pk=order.pk).update(status="pending_replace")
    ib.says(ib.error(order, 201, "MARGIN"))
    assert fresh(order).status == "working"
    ib.says(nothing_open())  # later it is gone: nobody knows why, and the old refusal is not the reason
    assert fresh(order).status == "unknown"


def test_a_completed_order_that_was_refused_is_rejected_with_the_reason(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.error(order, 201, "Order rejected - reason:no trading permission"))
    ib.says(ib.completed(order, "Cancelled", quantity=0.0))
    order = fresh(order)
    assert (order.status, order.reject_code, order.quantity) == ("rejected", "SYMBOL_NOT_ALLOWED", D(100))


def test_an_order_that_expired_while_nobody_was_connected(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.open_order(order), ib.completed(order, "Cancelled", "Cancelled: Order expired"))
    assert fresh(order).status == "expired"


# changes


def change(ib: Ib, order: Order, **terms: str) -> None:
    """IB has been asked for these terms a while ago."""
    ib.says(ib.open_order(order))
    sent_at = timezone.now() - timedelta(seconds=30)
    GatewayCommandFactory(
        order=order, kind=CommandKind.MODIFY, payload=terms, status=CommandStatus.SENT, sent_at=sent_at
    )
    Order.objects.filter(pk=order.pk).update(status="pending_replace")


def test_only_the_echo_of_our_change_confirms_it(ib: Ib) -> None:
    order = ib.order()
    change(ib, order, limit_price="191")
    ib.says(ib.open_order(order), ib.open_order(order, limit_price=190.5))
    assert (fresh(order).status, fresh(order).limit_price) == ("pending_replace", D(190))
    ib.says(ib.open_order(order, limit_price=191.0))
    assert (fresh(order).status, fresh(order).limit_price) == ("working", D(191))
    assert order.commands.get(kind="modify").status == "done"


def test_a_change_that_ib_never_made_is_refused_by_its_silence(ib: Ib) -> None:
    order = ib.order()
    change(ib, order, limit_price="191")
    ib.says(
        ib.open_order(order, sync=True),
        Snapshot(asked_at=timezone.now(), open_orders=frozenset({(9001, order.order_ref)})),
    )
    assert (fresh(order).status, fresh(order).limit_price) == ("working", D(190))
    assert order.commands.get(kind="modify").status == "failed"


def test_somebody_elses_change_of_our_order_is_taken_over(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.open_order(order), ib.open_order(order, quantity=70.0, limit_price=188.0))
    order = fresh(order)
    assert (order.quantity, order.limit_price, order.status) == (D(70), D(188), "working")


def test_a_cancel_that_takes_a_weekend_is_not_refused(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.open_order(order))
    sent_at = timezone.now() - timedelta(hours=40)
    GatewayCommandFactory(order=order, kind=CommandKind.CANCEL, status=CommandStatus.SENT, sent_at=sent_at)
    Order.objects.filter(pk=order.pk).update(status="pending_cancel")
    still_there = Snapshot(asked_at=timezone.now(), open_orders=frozenset({(9001, order.order_ref)}))
    ib.says(ib.open_order(order, sync=True, status="PendingCancel"), still_there)
    assert fresh(order).status == "pending_cancel"
    ib.says(ib.open_order(order, sync=True, status="Submitted"), still_there)
    assert fresh(order).status == "working"


# silence


def test_silence_makes_an_order_unknown_only_after_its_time(ib: Ib) -> None:
    order = ib.order()
    ib.says(nothing_open(later=1))
    assert fresh(order).status == "pending_submit"
    ib.says(nothing_open(later=60))
    assert fresh(order).status == "unknown"
    assert order.commands.get().status == "unknown"


def test_an_order_sent_after_the_question_is_not_missed_in_the_answer(ib: Ib) -> None:
    order = ib.order(status="working", ib_status="Submitted")
    ib.says(nothing_open(later=-5))
    assert fresh(order).status == "working"


def test_an_unknown_order_stays_so_until_ib_speaks(ib: Ib) -> None:
    order = ib.order()
    ib.says(nothing_open(), nothing_open(120))
    assert events_of(order).count("outcome_unknown") == 1
    ib.says(ib.open_order(order, sync=True))
    assert fresh(order).status == "working"


def test_an_unknown_order_may_turn_out_filled_or_cancelled(ib: Ib) -> None:
    filled, cancelled = ib.order(), ib.order()
    ib.says(nothing_open())
    ib.says(ib.completed(cancelled, "Cancelled", perm_id=9002), ib.execution(filled, "0001.01.01.01", 100, 190.0))
    assert (fresh(filled).status, fresh(cancelled).status) == ("filled", "cancelled")


def test_an_order_that_ended_and_left_the_list_stays_ended(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.open_order(order), ib.status(order, "Cancelled"), nothing_open())
    assert fresh(order).status == "cancelled"


# what nobody understands


def test_a_message_that_breaks_takes_no_neighbour_along(ib: Ib) -> None:
    first, second = ib.order(), ib.order()
    poison = ib.execution(first, "0001.01.01.01", 1e20, 190.0)  # more than the column holds
    nonsense = record(Kind.ORDER_STATUS, {"order_id": first.ib_order_id})
    ib.says(
        ib.open_order(first),
        poison,
        nonsense,
        record(Kind.UNREADABLE, {"wire": ["11", "?"]}),
        ib.open_order(second, perm_id=9002),
        ib.execution(second, "0002.01.01.01", 100, 190.0, perm_id=9002),
    )
    assert (fresh(first).status, fresh(second).status) == ("working", "filled")
    assert Fill.objects.filter(order=first).count() == 0
    assert IbMessage.objects.filter(order=None).count() == 3  # all three are kept
    pushed = StreamEvent.objects.filter(channel="fills").values_list("data__exec_id", flat=True)
    assert list(pushed) == ["0002.01.01.01"]


def test_what_could_not_be_written_is_tried_again_when_ib_repeats_it(ib: Ib) -> None:
    order = ib.order()
    instrument = Instrument.objects.get(pk=ib.apple.pk)
    stranger = {"order_ref": "", "perm_id": 4711, "client_id": 3, "order_id": 0, "symbol": "X" * 60, "con_id": 77}
    ib.says(ib.execution(order, "0009.01.01", 10, 180.0, **stranger))  # a symbol longer than the column
    assert not Fill.objects.exists()
    ib.says(ib.execution(order, "0009.01.01", 10, 180.0, sync=True, **{**stranger, "con_id": instrument.con_id}))
    assert Fill.objects.get().order.origin == "external"


def test_an_unknown_status_is_recorded_and_moves_nothing(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.open_order(order), ib.status(order, "Metamorphosed"))
    order = fresh(order)
    assert (order.status, order.ib_status) == ("working", "Metamorphosed")


def test_raw_words_cannot_be_changed(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.open_order(order), commission("unheard.of.01", 1.0))
    assert CommissionReport.objects.count() == 1
    with pytest.raises(DatabaseError):
        IbMessage.objects.update(payload={})
    assert IbMessage.objects.filter(order=order, payload__perm_id=9001).exists()


def test_what_ib_repeats_is_said_once_in_the_log(ib: Ib) -> None:
    order = ib.order()
    ib.says(*[ib.open_order(order), ib.status(order, "Submitted")] * 5)
    assert events_of(order) == ["order_submitted", "order_accepted"]
