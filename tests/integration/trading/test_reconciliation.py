"""Reconciliation on a real PostgreSQL and Redis; a thread answers as the gateway process does."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Position
from config.shared.redis import GATEWAY_REQUESTS, gateway_reply_key, redis_client
from tests.factories import (
    AccountFactory,
    AppleFactory,
    FillFactory,
    GatewayStateFactory,
    OrderFactory,
    PositionFactory,
    ReconciliationRunFactory,
)
from trading import tasks
from trading.models import Order, ReconciliationBreak, ReconciliationRun, StreamEvent
from trading.services import reconciliation
from trading.services.housekeeping import prune_stream
from trading.services.reconciliation import reconcile, start_of_ib_day

pytestmark = pytest.mark.django_db
Snapshot = dict[str, Any]


class Gateway:
    """Answers `broker_snapshot` from another thread: with what it is given, or with the ledger's own content."""

    def __init__(self) -> None:
        self.answers: list[Callable[[], Any]] = []
        self.asked: list[dict[str, Any]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def says(self, *answers: Any) -> None:
        """What it answers, in turn; the last one again and again."""
        self.answers = [answer if callable(answer) else (lambda answer=answer: answer) for answer in answers]

    def start(self) -> "Gateway":
        redis_client().delete(GATEWAY_REQUESTS)
        self._thread.start()
        return self

    def stop(self) -> None:
        self._stop.set()
        redis_client().lpush(GATEWAY_REQUESTS, "wake up")
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        while not self._stop.is_set():
            got = redis_client().blpop([GATEWAY_REQUESTS], timeout=1)
            if got is None or self._stop.is_set():
                continue
            question = orjson.loads(got[1])
            self.asked.append(question)
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            reply = answer()
            if "error_code" not in reply:
                reply = {"ok": True, "result": reply}
            redis_client().lpush(gateway_reply_key(question["id"]), orjson.dumps(reply))


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    monkeypatch.setattr(reconciliation, "SETTLE_SECONDS", 0.01)
    GatewayStateFactory()
    gateway = Gateway().start()
    yield gateway
    gateway.stop()


def snapshot(*accounts: str, **parts: list[dict[str, Any]]) -> Snapshot:
    return {
        "taken_at": timezone.now().isoformat(),
        "accounts": list(accounts),
        "open_orders": [],
        "executions": [],
        "positions": [],
        **parts,
    }


def at_ib(order: Order, **other: Any) -> dict[str, Any]:
    return {
        "account": order.account_id,
        "perm_id": order.ib_perm_id,
        "order_id": order.ib_order_id,
        "client_id": order.ib_client_id,
        "order_ref": str(order.pk),
        "con_id": order.instrument_id,
        "symbol": order.symbol,
        "side": order.side,
        "quantity": str(order.quantity),
        "order_type": order.order_type,
        "limit_price": str(order.limit_price),
        "stop_price": None,
        "status": "Submitted",
        **other,
    }


def held_at_ib(position: Position, **other: Any) -> dict[str, Any]:
    return {
        "account": position.account_id,
        "con_id": position.instrument_id,
        "symbol": position.instrument.symbol,
        "quantity": str(position.quantity),
        "average_cost": str(position.average_cost),
        **other,
    }


def test_agreement_is_balanced_and_counted(gateway: Gateway) -> None:
    fill = FillFactory()
    working = OrderFactory(account=fill.account)
    position = PositionFactory(account=fill.account)
    execution = {
        "account": fill.account_id,
        "exec_id": fill.exec_id,
        "con_id": fill.instrument_id,
        "symbol": fill.symbol,
        "side": "BUY",
        "quantity": "100",
        "price": "189.99",
        "perm_id": fill.perm_id,
        "order_ref": str(fill.order_id),
        "executed_at": fill.executed_at.isoformat(),
    }
    gateway.says(
        snapshot(
            fill.account_id,
            open_orders=[at_ib(working)],
            executions=[execution],
            positions=[held_at_ib(position)],
        )
    )
    run = reconcile()
    assert run.status == "balanced"
    assert (run.orders_compared, run.fills_compared, run.positions_compared) == (1, 1, 1)
    assert run.finished_at is not None
    assert gateway.asked[0]["correlation_id"] == run.correlation_id != ""


def test_a_break_is_opened_once_and_resolved_when_it_is_gone(gateway: Gateway) -> None:
    position = PositionFactory()
    differs = snapshot(position.account_id, positions=[held_at_ib(position, quantity="90")])
    gateway.says(differs)
    first, second = reconcile(), reconcile()
    row = ReconciliationBreak.objects.get()
    assert (first.status, second.status) == ("breaks", "breaks")
    assert (row.first_run_id, row.last_run_id, row.resolved_at) == (first.pk, second.pk, None)
    assert (row.ours, row.theirs) == ({"quantity": "100"}, {"quantity": "90"})
    gateway.says(snapshot(position.account_id, positions=[held_at_ib(position)]))
    third = reconcile()
    row.refresh_from_db()
    assert third.status == "balanced"
    assert row.resolved_at is not None
    assert str(third.pk) in row.resolution


def test_a_break_that_comes_back_is_a_new_one(gateway: Gateway) -> None:
    position = PositionFactory()
    good = snapshot(position.account_id, positions=[held_at_ib(position)])
    bad = snapshot(position.account_id)
    for answer in (bad, good, bad):
        gateway.says(answer)
        reconcile()
    assert [row.resolved_at is None for row in ReconciliationBreak.objects.order_by("id")] == [False, True]


@pytest.mark.django_db(transaction=True)
def test_an_order_that_moved_during_the_snapshot_is_compared_again(gateway: Gateway) -> None:
    order = OrderFactory()

    def fill_meanwhile() -> Snapshot:
        Order.objects.filter(pk=order.pk).update(status="filled")
        from django.db import connection

        connection.close()
        return snapshot(order.account_id)

    gateway.says(snapshot(order.account_id), fill_meanwhile)
    run = reconcile()
    assert run.status == "balanced"
    assert len(gateway.asked) == 2
    assert not ReconciliationBreak.objects.exists()


def test_a_missing_order_becomes_a_break_only_when_seen_twice(gateway: Gateway) -> None:
    order = OrderFactory(status="unknown")
    gateway.says(snapshot(order.account_id))
    assert reconcile().status == "breaks"
    assert len(gateway.asked) == 2
    row = ReconciliationBreak.objects.get()
    assert (row.kind, row.subject) == ("order_missing_at_ib", str(order.pk))


def test_what_still_moves_opens_no_break_and_closes_none(gateway: Gateway) -> None:
    position = PositionFactory()
    gateway.says(snapshot(position.account_id, positions=[held_at_ib(position, quantity="1")]))
    reconcile()
    moving = (snapshot(position.account_id, positions=[held_at_ib(position, quantity=str(q))]) for q in range(2, 99))
    gateway.says(lambda: next(moving))
    reconcile()
    row = ReconciliationBreak.objects.get()
    assert row.resolved_at is None
    assert row.theirs == {"quantity": "1"}


def test_an_unknown_order_at_ib_is_reported(gateway: Gateway) -> None:
    account = AccountFactory()
    stranger = OrderFactory.build(account=account, instrument=AppleFactory(), ib_perm_id=4242)
    gateway.says(snapshot(account.code, open_orders=[at_ib(stranger, order_ref="from TWS")]))
    assert reconcile().status == "breaks"
    assert ReconciliationBreak.objects.get().subject == "perm id 4242"


def test_an_account_that_ib_does_not_speak_for_is_never_balanced(gateway: Gateway) -> None:
    position = PositionFactory()
    gateway.says(snapshot("DU-other"))
    run = reconcile()
    assert run.status == "failed"
    assert position.account_id in run.error


def test_one_account_leaves_the_breaks_of_others_alone(gateway: Gateway) -> None:
    mine, other = PositionFactory(), PositionFactory()
    gateway.says(snapshot(mine.account_id, other.account_id))
    reconcile()
    assert ReconciliationBreak.objects.filter(resolved_at=None).count() == 2
    gateway.says(snapshot(mine.account_id, other.account_id, positions=[held_at_ib(mine)]))
    run = reconcile(account=mine.account)
    assert (run.status, run.account_id) == ("balanced", mine.account_id)
    assert gateway.asked[-1]["params"] == {"account": mine.account_id}
    assert ReconciliationBreak.objects.get(resolved_at=None).account_id == other.account_id


def test_the_error_of_the_gateway_fails_the_run(gateway: Gateway) -> None:
    gateway.says({"ok": False, "error_code": "IB_CONNECTION_FAILED", "message": "not connected", "details": {}})
    run = reconcile()
    assert (run.status, run.error) == ("failed", "IB_CONNECTION_FAILED: not connected")


@pytest.mark.parametrize(
    "nonsense",
    [
        {"accounts": []},
        {"taken_at": "yesterday", "accounts": [], "open_orders": [], "executions": [], "positions": []},
        {"taken_at": "2026-01-05T00:00:00+00:00", "accounts": ["DU1"], "open_orders": [{}], "executions": []},
    ],
)
def test_a_snapshot_that_cannot_be_read_fails_the_run(gateway: Gateway, nonsense: Snapshot) -> None:
    position = PositionFactory()
    gateway.says(nonsense)
    assert reconcile().status == "failed"
    assert not ReconciliationBreak.objects.exists()
    assert Position.objects.get() == position


def test_a_silent_gateway_process_fails_the_run_at_once() -> None:
    GatewayStateFactory(heartbeat_at=timezone.now() - timedelta(minutes=1))
    began = timezone.now()
    run = reconcile()
    assert run.status == "failed"
    assert "not running" in run.error
    assert timezone.now() - began < timedelta(seconds=2)


@pytest.mark.parametrize(
    ("now", "zone", "start"),
    [
        (datetime(2026, 1, 5, 15, tzinfo=UTC), "America/New_York", datetime(2026, 1, 5, 5, tzinfo=UTC)),
        (datetime(2026, 1, 5, 2, tzinfo=UTC), "America/New_York", datetime(2026, 1, 5, 0, tzinfo=UTC)),
        (datetime(2026, 7, 6, 6, tzinfo=UTC), "America/New_York", datetime(2026, 7, 6, 4, tzinfo=UTC)),
        (datetime(2026, 1, 5, 15, tzinfo=UTC), "Asia/Tokyo", datetime(2026, 1, 5, 15, tzinfo=UTC)),
    ],
)
def test_the_day_of_ib_begins_at_the_later_midnight(settings: Any, now: datetime, zone: str, start: datetime) -> None:
    settings.IB_TIME_ZONE = zone
    assert start_of_ib_day(now) == start


def test_the_command_says_balanced_with_exit_code_0(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    gateway.says(snapshot(AccountFactory().code))
    call_command("reconcile")
    assert "balanced" in capsys.readouterr().out


def test_the_command_lists_breaks_and_exits_with_3(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    position = PositionFactory()
    gateway.says(snapshot(position.account_id))
    with pytest.raises(SystemExit) as left:
        call_command("reconcile", account=position.account_id)
    assert left.value.code == 3
    assert position.instrument.symbol in capsys.readouterr().out


def test_the_command_exits_with_4_when_nothing_could_be_compared(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        call_command("reconcile")
    assert left.value.code == 4
    assert "IB_CONNECTION_FAILED" in capsys.readouterr().err


def test_the_command_knows_its_accounts() -> None:
    with pytest.raises(CommandError, match="no account DU9"):
        call_command("reconcile", account="DU9")
    assert not ReconciliationRun.objects.exists()


def test_the_task_runs_the_service(gateway: Gateway) -> None:
    account = AccountFactory()
    gateway.says(snapshot(account.code))
    assert tasks.reconcile_with_broker(account.code) == "balanced"
    assert ReconciliationRun.objects.get().account == account


def test_housekeeping_forgets_old_stream_events_and_closes_abandoned_runs() -> None:
    now = timezone.now()
    StreamEvent.objects.create(seq=1, channel="orders", event="order.updated", data={})
    StreamEvent.objects.create(seq=2, channel="orders", event="order.updated", data={})
    StreamEvent.objects.filter(seq=1).update(at=now - timedelta(hours=25))
    run = ReconciliationRunFactory(status="running", finished_at=None)
    young = ReconciliationRunFactory(status="running", finished_at=None)
    ReconciliationRun.objects.filter(pk=run.pk).update(started_at=now - timedelta(hours=1))
    assert tasks.keep_house() == {"stream": 1, "runs": 1}
    assert list(StreamEvent.objects.values_list("seq", flat=True)) == [2]
    run.refresh_from_db()
    young.refresh_from_db()
    assert (run.status, young.status) == ("failed", "running")
    assert prune_stream() == 0


def test_a_fill_of_ours_that_ib_does_not_list_is_a_break(gateway: Gateway) -> None:
    fill = FillFactory(quantity=D(10))
    gateway.says(snapshot(fill.account_id))
    assert reconcile().status == "breaks"
    assert ReconciliationBreak.objects.get().kind == "fill_missing_at_ib"


def test_the_summary_of_a_combination_is_no_fill(gateway: Gateway) -> None:
    account = AccountFactory()
    summary = {"account": account.code, "exec_id": "1.1.1.01", "sec_type": "BAG"}
    gateway.says(snapshot(account.code, executions=[summary]))
    assert reconcile().status == "balanced"
