"""`/metrics`: what services counted and what the database knows, under the names that dashboards use."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import RequestFactory
from django.utils import timezone
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from config import metrics_view
from config.shared.metrics import forget_dead_processes, process_name
from tests.factories import (
    AccountFactory,
    AccountPnlFactory,
    GatewayStateFactory,
    InstrumentFactory,
    OrderFactory,
    PositionFactory,
    ReconciliationBreakFactory,
    ReconciliationRunFactory,
    RiskLimitsFactory,
)
from trading import metrics, metrics_collector, publish
from trading.domain.order_events import OrderAccepted, OrderCancelled
from trading.domain.orders import OrderSide, OrderTicket, OrderType
from trading.models import Order
from trading.models.orders import EventSource
from trading.services import risk
from trading.services.fills import ExecutionReport, record_fill
from trading.services.order_log import Origin, record_order_event

FROM_IB = Origin(source=EventSource.IB)
Sample = tuple[str, tuple[tuple[str, str], ...]]


@pytest.fixture(autouse=True)
def fresh_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_view, "_database", metrics_collector.DatabaseCollector())


def shown() -> dict[Sample, float]:
    """What the page says: (name, sorted labels) → value. Duplicates are an error, as they are for Prometheus."""
    answer = metrics_view.metrics(RequestFactory().get("/metrics"))
    assert answer.headers["Content-Type"].startswith("text/plain")
    samples: dict[Sample, float] = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in samples, key
            samples[key] = sample.value
    return samples


def one(samples: dict[Sample, float], name: str, **labels: str) -> float:
    return samples[name, tuple(sorted(labels.items()))]


@pytest.mark.django_db
def test_figures_of_the_database() -> None:
    account = AccountFactory(code="DU7")
    OrderFactory(account=account)
    OrderFactory(account=account, status="unknown")
    OrderFactory(account=account, status="filled")
    PositionFactory(account=account, instrument=InstrumentFactory(symbol="AAPL"), market_value=D("19100.50"))
    PositionFactory(account=account, instrument=InstrumentFactory(symbol="AAPL"), market_value=D("-100"))
    PositionFactory(account=account, instrument=InstrumentFactory(symbol="MSFT"), quantity=D(0))
    AccountPnlFactory(account=account, daily=D("-12.5"), unrealized=None, realized=D(3))
    GatewayStateFactory()
    ReconciliationBreakFactory(account=account, kind="position_differs")
    ReconciliationBreakFactory(account=account, kind="order_terms", resolved_at=timezone.now())
    run = ReconciliationRunFactory(finished_at=timezone.now() - timedelta(seconds=30))
    ReconciliationRunFactory(status="failed", finished_at=timezone.now())
    ReconciliationRunFactory(status="breaks", finished_at=run.finished_at - timedelta(hours=1))
    samples = shown()
    assert one(samples, "desk_open_orders") == 2
    assert one(samples, "desk_position_value", account="DU7", symbol="AAPL") == 19000.5
    assert not [key for key in samples if key[0] == "desk_position_value" and ("symbol", "MSFT") in key[1]]
    assert one(samples, "desk_pnl", account="DU7", kind="daily") == -12.5
    assert one(samples, "desk_pnl", account="DU7", kind="realized") == 3
    assert ("desk_pnl", (("account", "DU7"), ("kind", "unrealized"))) not in samples
    assert one(samples, "desk_gateway_connected") == one(samples, "desk_gateway_ready") == 1
    assert one(samples, "desk_reconciliation_breaks", kind="position_differs") == 1
    assert one(samples, "desk_reconciliation_breaks", kind="order_terms") == 0
    assert one(samples, "desk_kill_switch_engaged") == 0
    last = one(samples, "desk_reconciliation_last_success_timestamp_seconds")
    assert last >= run.finished_at.timestamp() - 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "connected", "ready"),
    [
        ({"state": "ready"}, 1, 1),
        ({"state": "syncing"}, 1, 0),
        ({"state": "degraded"}, 1, 0),
        ({"state": "connecting"}, 0, 0),
        ({"state": "disconnected"}, 0, 0),
        ({"state": "ready", "heartbeat_at": timezone.now() - timedelta(minutes=5)}, 0, 0),
    ],
)
def test_a_gateway_is_believed_only_while_it_speaks(fields: dict[str, Any], connected: int, ready: int) -> None:
    GatewayStateFactory(**fields)
    samples = shown()
    assert one(samples, "desk_gateway_connected") == connected
    assert one(samples, "desk_gateway_ready") == ready


@pytest.mark.django_db
def test_every_name_that_dashboards_use_is_there_on_an_empty_desk() -> None:
    page = metrics_view.metrics(RequestFactory().get("/metrics")).content.decode()
    for name in metrics.METRIC_NAMES:
        assert f"# TYPE {name} " in page or f"# TYPE {name.removesuffix('_total')} " in page, name


@pytest.mark.django_db
def test_the_figures_are_read_once_in_two_seconds(django_assert_num_queries: Any) -> None:
    shown()
    with django_assert_num_queries(0):
        shown()


@pytest.mark.django_db
def test_without_a_database_the_counters_are_still_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Iterable[Any]:
        raise DatabaseError("gone")

    monkeypatch.setattr(metrics_collector, "_orders", away)
    names = {name for name, _ in shown()}
    assert "desk_open_orders" not in names
    assert "desk_websocket_connections" in names


def test_only_reading_is_allowed() -> None:
    assert metrics_view.metrics(RequestFactory().post("/metrics")).status_code == 405


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.django_db(transaction=True)
def test_an_order_s_life_is_counted() -> None:
    labels = {"side": "BUY", "order_type": "LMT"}
    before = {o: counted("desk_orders_total", outcome=o, **labels) for o in ("filled", "cancelled")}
    fills, acks = counted("desk_fills_total", side="BUY"), counted("desk_order_ack_seconds_count")
    order = OrderFactory(status="pending_submit")
    report = ExecutionReport(
        exec_id="1.2.3.01", side=OrderSide.BUY, quantity=D(100), price=D(190), executed_at=timezone.now()
    )
    with publish.recording():
        record_order_event(order_id=order.pk, event=OrderAccepted(), origin=FROM_IB)
        record_fill(order_id=order.pk, report=report, origin=FROM_IB)
        record_fill(order_id=order.pk, report=report, origin=FROM_IB)
    assert Order.objects.get().status == "filled"
    assert counted("desk_orders_total", outcome="filled", **labels) == before["filled"] + 1
    assert counted("desk_orders_total", outcome="cancelled", **labels) == before["cancelled"]
    assert counted("desk_fills_total", side="BUY") == fills + 1
    assert counted("desk_order_ack_seconds_count") == acks + 1


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_not_counted() -> None:
    labels = {"side": "BUY", "order_type": "LMT", "outcome": "cancelled"}
    before = counted("desk_orders_total", **labels)
    order = OrderFactory()

    def fail_after_recording() -> None:
        with publish.recording():
            record_order_event(order_id=order.pk, event=OrderCancelled(), origin=FROM_IB)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_recording()
    assert counted("desk_orders_total", **labels) == before


@pytest.mark.django_db(transaction=True)
def test_a_denial_is_counted_by_its_code() -> None:
    before = counted("desk_risk_rejections_total", code="SYMBOL_NOT_ALLOWED")
    account, instrument = AccountFactory(), InstrumentFactory(symbol="GME")
    limits = RiskLimitsFactory(account=account, blocked_symbols=["GME"])
    ticket = OrderTicket(side=OrderSide.BUY, quantity=D(1), order_type=OrderType.LMT, limit_price=D(10))
    with transaction.atomic():
        risk.judge(account=account, instrument=instrument, ticket=ticket, quote=None, user=None, limits=limits)
    assert counted("desk_risk_rejections_total", code="SYMBOL_NOT_ALLOWED") == before + 1


COUNTING_PROCESS = """
    import os, sys
    sys.path.insert(0, os.getcwd())
    from config.shared.metrics import name_processes
    name_processes()
    from prometheus_client import Counter, Gauge
    Counter("desk_fills_total", "x", ["side"]).labels(side="BUY").inc(2)
    Gauge("desk_websocket_connections", "x", multiprocess_mode="livesum").set(3)
"""


def test_processes_add_up_and_the_dead_hold_no_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for _ in range(2):
        subprocess.run(
            [sys.executable, "-c", textwrap.dedent(COUNTING_PROCESS)], env=environment, check=True, timeout=60
        )
    assert len(list(tmp_path.glob("gauge_livesum_*.db"))) == 2
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    page = metrics_view.generate_latest(metrics_view._counters()).decode()
    assert 'desk_fills_total{side="BUY"} 4.0' in page
    assert "desk_websocket_connections" not in page
    assert not list(tmp_path.glob("gauge_livesum_*.db"))


def test_the_living_and_other_hosts_keep_their_gauges(tmp_path: Path) -> None:
    mine, foreign = tmp_path / f"gauge_livesum_{process_name()}.db", tmp_path / "gauge_livesum_other-host-1.db"
    for path in (mine, foreign):
        path.touch()
    forget_dead_processes(tmp_path)
    assert mine.exists()
    assert foreign.exists()
