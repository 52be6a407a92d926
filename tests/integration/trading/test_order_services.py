"""Placing, changing and cancelling through the services, on a real PostgreSQL and a real Redis."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import orjson
import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from psycopg.conninfo import make_conninfo

from accounts.models import Account, AccountValue, Position
from config.shared.errors import DeskError
from config.shared.redis import QUOTES_LATEST, redis_client
from market_data.models import Instrument
from tests.factories import StaffFactory
from tests.fixtures.parallel import at_once
from trading import publish
from trading.domain.order_events import OrderAccepted, OrderFilled, OrderSubmitted, TermsConfirmed
from trading.domain.orders import OrderSide, OrderTicket, OrderType
from trading.models import (
    GatewayCommand,
    GatewayState,
    Order,
    OrderEvent,
    RiskDecision,
    RiskLimits,
    StreamEvent,
)
from trading.models.orders import EventSource
from trading.services.order_log import Origin, record_order_event
from trading.services.orders import request_cancel, request_modify, submit_order

pytestmark = pytest.mark.django_db(transaction=True)
FROM_IB = Origin(source=EventSource.IB)
LMT = OrderTicket(side=OrderSide.BUY, quantity=D(100), order_type=OrderType.LMT, limit_price=D("190.00"))


class Desk:
    """An account, an instrument with a fresh quote, and a gateway that says it is ready."""

    def __init__(self) -> None:
        now = timezone.now()
        self.user = StaffFactory(username="trader")
        self.account = Account.objects.create(code="DU1", is_paper=True)
        AccountValue.objects.create(
            account=self.account, tag="AvailableFunds", currency="USD", text="1000000", amount=D(1_000_000), as_of=now
        )
        self.instrument = Instrument.objects.create(con_id=265598, symbol="AAPL", min_tick=D("0.01"), details_at=now)
        self.gateway = GatewayState.objects.create(state="ready", heartbeat_at=now + timedelta(minutes=10))
        self.quote(bid="189.99", ask="190.01")

    def quote(self, **prices: str) -> None:
        row = {"bid": None, "ask": None, "last": None, **prices, "time": timezone.now().isoformat()}
        redis_client().hset(QUOTES_LATEST, str(self.instrument.con_id), orjson.dumps(row))

    def submit(self, ticket: OrderTicket = LMT, **more: Any) -> tuple[Order, bool]:
        return submit_order(user=self.user, account=self.account, instrument=self.instrument, ticket=ticket, **more)

    def working(self) -> Order:
        order, _ = self.submit()
        with publish.recording():
            return record_order_event(order_id=order.pk, event=OrderAccepted(), origin=FROM_IB)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def in_parallel(count: int, job: Callable[[], Any]) -> list[Any]:
    """`job` so many times in the same moment; a DeskError comes back as a result."""
    return at_once(*[job] * count, kept=DeskError)


def test_an_order_its_event_and_its_command_are_one_transaction(desk: Desk) -> None:
    order, created = desk.submit(client_order_id="mine-1")
    assert created
    assert order.status == "pending_submit"
    assert [e.type for e in order.events.all()] == [OrderSubmitted.type_name]
    command = GatewayCommand.objects.get(order=order)
    assert (command.kind, command.status) == ("place", "queued")
    assert command.deadline_at > timezone.now()
    event = StreamEvent.objects.get(event="order.created")
    assert event.data["id"] == str(order.pk)
    assert Order.objects.get().last_event_seq == event.seq == event.data["last_event_seq"]


def test_a_repeat_returns_the_first_order_even_when_the_gateway_is_gone(desk: Desk) -> None:
    first, _ = desk.submit(client_order_id="mine-1")
    GatewayState.objects.all().delete()
    again, created = desk.submit(client_order_id="mine-1")
    assert (again.pk, created) == (first.pk, False)


def test_the_same_client_order_id_for_another_order_is_a_conflict(desk: Desk) -> None:
    desk.submit(client_order_id="mine-1")
    other = OrderTicket(side=OrderSide.SELL, quantity=D(100), order_type=OrderType.LMT, limit_price=D("190.00"))
    with pytest.raises(DeskError) as caught:
        desk.submit(other, client_order_id="mine-1")
    assert caught.value.code == "CONFLICT"
    assert Order.objects.count() == 1


def test_a_hundred_identical_requests_at_once_make_one_order(desk: Desk) -> None:
    results = [r for _ in range(10) for r in in_parallel(10, lambda: desk.submit(client_order_id="mine-1"))]
    assert {order.pk for order, _ in results} == {Order.objects.get().pk}
    assert sum(created for _, created in results) == 1
    assert GatewayCommand.objects.count() == OrderEvent.objects.count() == 1


def test_two_orders_at_once_cannot_pass_a_limit_that_they_could_not_pass_in_turn(desk: Desk) -> None:
    RiskLimits.objects.create(account=desk.account, max_position_quantity=D(250))
    results = in_parallel(8, desk.submit)
    denied = [r for r in results if isinstance(r, DeskError)]
    assert Order.objects.count() == 2
    assert {error.code for error in denied} == {"POSITION_LIMIT_EXCEEDED"}
    assert len(denied) == 6


def test_a_denied_order_is_a_recorded_decision_and_nothing_else(desk: Desk) -> None:
    RiskLimits.objects.create(account=desk.account, max_order_quantity=D(10))
    with pytest.raises(DeskError) as caught:
        desk.submit()
    assert caught.value.code == "ORDER_VALIDATION_FAILED"
    decision = RiskDecision.objects.get()
    assert (decision.is_allowed, decision.rule, decision.request["quantity"]) == (False, "max_order_quantity", "100")
    assert not Order.objects.exists()
    assert not GatewayCommand.objects.exists()


@pytest.mark.parametrize("state", [{"state": "degraded", "reason": "IB is away"}, {"heartbeat_at": None}])
def test_nothing_is_queued_while_the_gateway_is_not_ready(desk: Desk, state: dict[str, Any]) -> None:
    GatewayState.objects.update(**state)
    with pytest.raises(DeskError) as caught:
        desk.submit()
    assert caught.value.code == "IB_CONNECTION_FAILED"
    assert not Order.objects.exists()


def test_a_market_order_without_any_price_is_refused(desk: Desk) -> None:
    redis_client().delete(QUOTES_LATEST)
    ticket = OrderTicket(side=OrderSide.BUY, quantity=D(1), order_type=OrderType.MKT)
    with pytest.raises(DeskError, match="fresh price"):
        desk.submit(ticket)


def test_open_orders_reserve_funds(desk: Desk) -> None:
    AccountValue.objects.update(amount=D(15_000))  # one order of 100 at 190 needs 9,500
    desk.submit()
    with pytest.raises(DeskError) as caught:
        desk.submit()
    assert caught.value.code == "INSUFFICIENT_FUNDS"


def test_closing_a_position_needs_no_funds(desk: Desk) -> None:
    AccountValue.objects.update(amount=D(0))
    Position.objects.create(
        account=desk.account, instrument=desk.instrument, quantity=D(100), average_cost=D(1), as_of=timezone.now()
    )
    ticket = OrderTicket(side=OrderSide.SELL, quantity=D(100), order_type=OrderType.MKT)
    assert desk.submit(ticket)[1]


def test_a_closed_market_refuses_day_orders(desk: Desk) -> None:
    yesterday, tomorrow = timezone.now() - timedelta(days=1), timezone.now() + timedelta(days=1)
    hours = f"{yesterday:%Y%m%d}:0000-{yesterday:%Y%m%d}:0100;{tomorrow:%Y%m%d}:2200-{tomorrow:%Y%m%d}:2300"
    Instrument.objects.update(time_zone="UTC", liquid_hours=hours)
    desk.instrument.refresh_from_db()
    with pytest.raises(DeskError) as caught:
        desk.submit()
    assert caught.value.code == "MARKET_CLOSED"
    assert caught.value.details["breaches"][0]["opens_at"].startswith(f"{tomorrow:%Y-%m-%d}T22:00:00")


def test_cancel_asks_once_however_often_it_is_pressed(desk: Desk) -> None:
    order = desk.working()
    request_cancel(order_id=order.pk, user=desk.user)
    again = request_cancel(order_id=order.pk, user=desk.user)
    assert again.status == "pending_cancel"
    assert GatewayCommand.objects.filter(kind="cancel").count() == 1


def test_an_order_that_has_ended_cannot_be_cancelled(desk: Desk) -> None:
    order = desk.working()
    with publish.recording():
        fill = OrderFilled(exec_root="a", revision=1, quantity=D(100), price=D(190))
        record_order_event(order_id=order.pk, event=fill, origin=FROM_IB)
    with pytest.raises(DeskError) as caught:
        request_cancel(order_id=order.pk, user=desk.user)
    assert caught.value.code == "CONFLICT"


def test_a_modify_keeps_the_old_terms_until_ib_echoes_the_new_ones(desk: Desk) -> None:
    order = desk.working()
    asked = request_modify(order_id=order.pk, user=desk.user, quantity=D(50), limit_price=D("189.50"))
    assert (asked.status, asked.quantity, asked.limit_price) == ("pending_replace", D(100), D(190))
    assert GatewayCommand.objects.get(kind="modify").payload == {"quantity": "50", "limit_price": "189.5"}
    with publish.recording():
        echo = TermsConfirmed(quantity=D(50), limit_price=D("189.50"))
        done = record_order_event(order_id=order.pk, event=echo, origin=FROM_IB)
    assert (done.status, done.quantity, done.limit_price) == ("working", D(50), D("189.50"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"limit_price": D("189.505")}, "ORDER_VALIDATION_FAILED"),
        ({"stop_price": D("189")}, "ORDER_VALIDATION_FAILED"),
        ({"quantity": D(10_001)}, "ORDER_VALIDATION_FAILED"),
        ({"quantity": D(0)}, "ORDER_VALIDATION_FAILED"),
    ],
)
def test_a_bad_modify_changes_nothing(desk: Desk, change: dict[str, D], code: str) -> None:
    order = desk.working()
    with pytest.raises(DeskError) as caught:
        request_modify(order_id=order.pk, user=desk.user, **change)
    assert caught.value.code == code
    assert Order.objects.get().status == "working"
    assert not GatewayCommand.objects.filter(kind="modify").exists()


def test_modifies_are_judged_by_the_same_limits(desk: Desk) -> None:
    order = desk.working()
    RiskLimits.objects.update(max_order_quantity=D(120))
    with pytest.raises(DeskError):
        request_modify(order_id=order.pk, user=desk.user, quantity=D(121))
    assert RiskDecision.objects.filter(action="modify", is_allowed=False, order=order).count() == 1


def test_an_impossible_report_from_ib_is_kept_as_an_anomaly(desk: Desk) -> None:
    order = desk.working()
    with publish.recording():
        record_order_event(order_id=order.pk, event=OrderSubmitted(), origin=FROM_IB)
    entry = order.events.last()
    assert entry is not None
    assert (entry.is_anomaly, entry.status_after) == (True, "working")


def test_stream_numbers_have_no_holes_whoever_writes(desk: Desk) -> None:
    in_parallel(8, desk.submit)
    numbers = list(StreamEvent.objects.values_list("seq", flat=True))
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(numbers) == 8


def test_a_failed_transaction_leaves_no_hole(desk: Desk) -> None:
    desk.submit()
    with pytest.raises(RuntimeError, match="boom"):
        _fail_in_the_middle()
    desk.submit()
    first, second = StreamEvent.objects.values_list("seq", flat=True)
    assert second == first + 1


def test_changes_outside_a_recording_are_refused() -> None:
    with pytest.raises(RuntimeError, match="recording"):
        publish.order_changed("x")


def test_the_command_wakes_a_listener_only_after_the_commit(desk: Desk) -> None:
    with psycopg.connect(_dsn(), autocommit=True) as listener:
        listener.execute("LISTEN gateway_commands")
        with publish.recording():
            desk.submit()
            assert list(listener.notifies(timeout=0.1)) == []
        (notice,) = listener.notifies(timeout=2, stop_after=1)
    assert notice.payload == str(GatewayCommand.objects.get().pk)


def _dsn() -> str:
    settings = connection.settings_dict
    return make_conninfo(
        dbname=settings["NAME"],
        user=settings["USER"],
        password=settings["PASSWORD"] or None,
        host=settings["HOST"] or None,
        port=settings["PORT"] or None,
    )


def _fail_in_the_middle() -> None:
    with publish.recording():
        publish.gateway_changed()
        raise RuntimeError("boom")
