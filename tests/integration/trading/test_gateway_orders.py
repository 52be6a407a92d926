"""Orders on their whole way: service → PostgreSQL → gateway process → socket → simulator → and back."""

from decimal import Decimal as D

import pytest

from config.shared.correlation import correlated
from market_data.models import Instrument
from tests.fixtures.gateway import (
    LiveDesk,
    anomalies_of,
    events_of,
    fills_of,
    stays,
    wait_status,
    words_of,
)
from tests.fixtures.waiting import eventually
from trading.models import Fill, GatewayCommand, Order, RiskLimits, StreamEvent


@pytest.fixture(scope="module")
def db(shared_desk: LiveDesk) -> None:
    """pytest-django builds the test database for tests that use a fixture of this name; here no test rolls back."""


@pytest.fixture
def desk(db: None, calm_desk: LiveDesk) -> LiveDesk:
    """AAPL at 189.99 to 190.01, 5,000 on each side."""
    calm_desk.pin("AAPL", "189.99", "190.01")
    return calm_desk


def test_a_market_order_is_filled_with_its_commission(desk: LiveDesk) -> None:
    with correlated("the-request"):
        order = wait_status(desk.submit("AAPL", 100), "filled")
    assert fills_of(order) == [(D(100), D("190.01"))]
    assert (order.filled_quantity, order.average_fill_price) == (D(100), D("190.01"))
    fill = eventually(lambda: Fill.objects.filter(order=order, commission__isnull=False).first())
    assert (fill.commission, fill.commission_currency, fill.account_id) == (D(1), "USD", desk.account.pk)
    assert eventually(lambda: Order.objects.get(pk=order.pk).commission == D(1))
    assert events_of(order)[:2] == ["order_submitted", "send_reserved"]
    assert set(order.events.values_list("correlation_id", flat=True)) == {"the-request"}
    assert anomalies_of(order) == []


def test_the_id_is_reserved_and_the_command_is_on_record(desk: LiveDesk) -> None:
    first, second = (wait_status(desk.submit("AAPL", 1), "filled") for _ in range(2))
    assert second.ib_order_id == first.ib_order_id + 1
    assert first.ib_client_id == 7
    command = GatewayCommand.objects.get(order=first)
    assert (command.status, command.ib_order_id) == ("done", first.ib_order_id)
    assert command.sent_at <= first.events.get(type="order_filled").recorded_at


def test_ib_is_told_our_id_and_its_raw_words_are_kept(desk: LiveDesk) -> None:
    order = wait_status(desk.submit("AAPL", 1), "filled")
    assert words_of(order, "openOrder")[0]["order_ref"] == str(order.pk)
    execution = words_of(order, "execDetails")[0]
    assert execution["wire"][0] == "11"  # the message number of an execution, field for field as it came
    assert execution["exec_id"] == Fill.objects.get(order=order).exec_id
    assert order.perm_ids.get().perm_id == execution["perm_id"]


def test_what_happened_was_pushed(desk: LiveDesk) -> None:
    order = wait_status(desk.submit("AAPL", 1), "filled")
    pushed = StreamEvent.objects.filter(data__id=str(order.pk), channel="orders").order_by("seq")
    assert pushed[0].event == "order.created"
    assert pushed.last().data["status"] == "filled"
    fill = Fill.objects.get(order=order)
    assert StreamEvent.objects.filter(channel="fills", event="fill.created", data__exec_id=fill.exec_id).count() == 1


def test_a_limit_order_works_is_changed_and_cancelled(desk: LiveDesk) -> None:
    order = wait_status(desk.submit("AAPL", 100, "180.00"), "working")
    assert desk.modify(order, limit_price="181.25", quantity=60).status == "pending_replace"
    order = wait_status(order, "working")
    assert (order.limit_price, order.quantity) == (D("181.25"), D(60))
    assert desk.cancel(order).status == "pending_cancel"
    order = wait_status(order, "cancelled")
    assert eventually(lambda: set(order.commands.values_list("status", flat=True)) == {"done"})
    assert "terms_confirmed" in events_of(order)
    assert anomalies_of(order) == []
    assert len({words["order_id"] for words in words_of(order, "openOrder")}) == 1  # the change kept IB's order id


def test_the_old_terms_stand_until_ib_echoes_the_new_ones(desk: LiveDesk) -> None:
    order = wait_status(desk.submit("AAPL", 10, "180.00"), "working")
    desk.fault("delay_ms", ms=400)
    desk.modify(order, limit_price="181.00")
    assert stays(lambda: Order.objects.get(pk=order.pk).limit_price == D("180.00"), for_seconds=0.25, every=0.02)
    assert wait_status(order, "working").limit_price == D("181.00")


def test_a_change_of_a_partly_filled_order(desk: LiveDesk) -> None:
    desk.pin("KO", "59.99", "60.00", size="40")
    order = wait_status(desk.submit("KO", 100, "60.00"), "partially_filled")
    assert order.filled_quantity == D(40)
    desk.modify(order, quantity=70)
    order = eventually(lambda: Order.objects.filter(pk=order.pk, quantity=70, status="partially_filled").first())
    desk.pin("KO", "59.99", "60.00", size="500")
    order = wait_status(order, "filled")
    assert [quantity for quantity, _ in fills_of(order)] == [D(40), D(30)]


def test_partial_fills_add_up(desk: LiveDesk) -> None:
    desk.pin("MSFT", "419.99", "420.00", size="500")
    order = wait_status(desk.submit("MSFT", 1200, "420.00"), "partially_filled")
    assert order.filled_quantity == D(500)
    desk.pin("MSFT", "419.97", "419.98", size="500")
    eventually(lambda: Order.objects.get(pk=order.pk).filled_quantity == D(1000))
    desk.pin("MSFT", "419.99", "420.00", size="500")
    order = wait_status(order, "filled")
    assert fills_of(order) == [(D(500), D("420.00")), (D(500), D("419.98")), (D(200), D("420.00"))]
    assert order.average_fill_price == round((D(700) * D(420) + D(500) * D("419.98")) / 1200, 8)


def test_a_cancel_keeps_what_was_filled(desk: LiveDesk) -> None:
    desk.pin("NVDA", "119.99", "120.00", size="30")
    order = wait_status(desk.submit("NVDA", 100, "120.00"), "partially_filled")
    desk.cancel(order)
    order = wait_status(order, "cancelled")
    assert (order.filled_quantity, order.quantity) == (D(30), D(100))


def test_a_fill_that_crosses_our_cancel_counts(desk: LiveDesk) -> None:
    desk.pin("AMD", "149.99", "150.01")
    order = wait_status(desk.submit("AMD", 10, "149.00"), "working")
    desk.fault("slow_cancel", seconds=1.0)
    desk.cancel(order)
    eventually(lambda: Order.objects.get(pk=order.pk).ib_status == "PendingCancel")
    desk.pin("AMD", "148.98", "149.00")
    order = wait_status(order, "filled")
    assert fills_of(order) == [(D(10), D("149.00"))]
    assert anomalies_of(order) == []


def test_an_order_without_enough_margin_is_rejected_with_the_reason(desk: LiveDesk) -> None:
    desk.fault(
        "reject_orders",
        code=201,
        text="Order rejected - reason:YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR "
        "EQUITY WITH LOAN VALUE [1000 USD] MUST EXCEED THE INITIAL MARGIN [20000 USD]<br>",
        count=1,
    )
    order = wait_status(desk.submit("AAPL", 100), "rejected")
    assert order.reject_code == "INSUFFICIENT_FUNDS"
    assert "<br>" not in order.reject_reason
    assert "(IB 201)" in order.reject_reason
    assert eventually(lambda: GatewayCommand.objects.get(order=order).status == "failed")


def test_a_refusal_without_any_status_is_believed_after_a_query(desk: LiveDesk) -> None:
    text = "The price does not conform to the minimum price variation for this contract."
    desk.fault("reject_orders", code=110, text=text, inactive=False, count=1)
    order = wait_status(desk.submit("AAPL", 10, "180.00"), "rejected")
    assert (order.reject_code, order.reject_reason) == ("ORDER_VALIDATION_FAILED", f"{text} (IB 110)")


def test_a_price_off_the_tick_that_slips_through_is_refused_by_ib(desk: LiveDesk) -> None:
    apple = desk.instrument("AAPL")
    Instrument.objects.filter(pk=apple.pk).update(min_tick=D("0.0001"))
    try:
        order = wait_status(desk.submit("AAPL", 10, "180.0055"), "rejected")
    finally:
        Instrument.objects.filter(pk=apple.pk).update(min_tick=apple.min_tick)
    assert order.reject_code == "ORDER_VALIDATION_FAILED"
    assert "(IB 110)" in order.reject_reason


def test_a_change_off_the_tick_is_refused_by_ib(desk: LiveDesk) -> None:
    apple = desk.instrument("AAPL")
    order = wait_status(desk.submit("AAPL", 10, "180.00"), "working")
    Instrument.objects.filter(pk=apple.pk).update(min_tick=D("0.0001"))
    try:
        desk.modify(order, limit_price="180.0055")
        order = wait_status(order, "working")
    finally:
        Instrument.objects.filter(pk=apple.pk).update(min_tick=apple.min_tick)
    assert order.limit_price == D("180.00")
    assert order.events.filter(type="modify_rejected", data__code="110").exists()


def test_an_order_beyond_the_margin_is_refused_by_ib(desk: LiveDesk) -> None:
    desk.pin("AAPL", "189.99", "190.01", size="100000")
    limits, _ = RiskLimits.objects.get_or_create(account=desk.account)
    RiskLimits.objects.filter(pk=limits.pk).update(
        initial_margin_rate=0, max_order_quantity=None, max_position_quantity=None
    )
    try:
        order = wait_status(desk.submit("AAPL", 90_000, "190.01"), "rejected")
    finally:
        limits.save()
    assert order.reject_code == "INSUFFICIENT_FUNDS"
    assert order.filled_quantity == 0
    assert anomalies_of(order) == []


def test_a_refused_change_leaves_the_order_as_it_was(desk: LiveDesk) -> None:
    order = wait_status(desk.submit("AAPL", 10, "180.00"), "working")
    desk.fault("reject_orders", code=105, text="Order being modified does not match original order", inactive=False)
    desk.modify(order, limit_price="185.00")
    refused = eventually(lambda: order.events.filter(type="modify_rejected").first())
    assert refused.data["code"] == "105"
    order = wait_status(order, "working")
    assert order.limit_price == D("180.00")
    command = order.commands.get(kind="modify")
    assert (command.status, command.error) == ("failed", "Order being modified does not match original order")


@pytest.mark.parametrize("code", [103, 10349, 399, 2109, 99999])
def test_an_error_message_alone_closes_no_order(desk: LiveDesk, code: int) -> None:
    order = wait_status(desk.submit("AAPL", 10, "180.00"), "working")
    desk.fault("error", code=code, text="something IB says", id=order.ib_order_id)
    eventually(lambda: [w for w in words_of(order, "error") if w["code"] == code])
    assert stays(lambda: Order.objects.get(pk=order.pk).status == "working", for_seconds=1.5)
    assert any(f"{code}: something IB says" == e.data.get("ib_status") for e in order.events.all())


def test_a_cancel_that_ib_refuses_leaves_the_order_alive(desk: LiveDesk) -> None:
    order = wait_status(desk.submit("AAPL", 10, "180.00"), "working")
    desk.fault("swallow_cancels", count=1)
    desk.cancel(order)
    text = f"OrderId {order.ib_order_id} that needs to be cancelled cannot be cancelled, state: Submitted."
    desk.fault("error", code=10148, text=text, id=order.ib_order_id)
    order = wait_status(order, "working")
    assert order.events.filter(type="cancel_rejected", data__code="10148").exists()
    desk.cancel(order)
    wait_status(order, "cancelled")


def test_a_cancel_without_an_answer_is_settled_by_asking(desk: LiveDesk) -> None:
    order = wait_status(desk.submit("AAPL", 10, "180.00"), "working")
    desk.fault("swallow_cancels", count=1)
    desk.cancel(order)
    order = wait_status(order, "working", within=20)
    assert order.events.filter(type="cancel_rejected", source="sync").exists()


def test_messages_that_come_twice_count_once(desk: LiveDesk) -> None:
    desk.fault("repeat_messages", messages=[3, 5, 11, 59])  # status, open order, execution, commission
    order = wait_status(desk.submit("AAPL", 100), "filled")
    eventually(lambda: len(words_of(order, "execDetails")) >= 2)
    eventually(lambda: Order.objects.get(pk=order.pk).commission)
    order.refresh_from_db()
    assert (order.filled_quantity, order.commission) == (D(100), D(1))
    assert Fill.objects.filter(order=order).count() == 1
    assert events_of(order).count("order_filled") == 1
    assert anomalies_of(order) == []


def test_an_immediate_order_that_finds_nobody_is_cancelled(desk: LiveDesk) -> None:
    order = wait_status(desk.submit("AAPL", 10, "150.00", time_in_force="IOC"), "cancelled", "expired")
    assert order.filled_quantity == 0


def test_positions_and_account_follow_the_fills(desk: LiveDesk) -> None:
    desk.pin("PEP", "169.99", "170.00")
    wait_status(desk.submit("PEP", 25), "filled")
    position = eventually(lambda: desk.account.positions.filter(instrument__symbol="PEP", quantity=25).first())
    eventually(lambda: desk.account.positions.get(pk=position.pk).market_price)
    wait_status(desk.submit("PEP", 25, side="SELL"), "filled")
    eventually(lambda: desk.account.positions.filter(instrument__symbol="PEP", quantity=0).exists())
    assert desk.account.values.filter(tag="NetLiquidation", currency="USD").get().amount > 0
    assert eventually(lambda: desk.account.pnl.realized is not None)
