"""Every query of the dashboards and alerts, asked of a real Prometheus that scrapes the desk's own /metrics page."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django_prometheus.middleware import Metrics

from config.metrics_view import render_metrics
from tests.factories import (
    AccountPnlFactory,
    GatewayStateFactory,
    OrderFactory,
    PositionFactory,
    ReconciliationBreakFactory,
)
from tests.integration.deploy.prometheus import PROMETHEUS, MetricsPage, Prometheus
from tests.unit.deploy.monitoring import PanelQuery, alert_queries, dashboard_queries
from trading import metrics

pytestmark = pytest.mark.skipif(PROMETHEUS is None, reason="prometheus is missing: apt-get install prometheus")


@pytest.fixture(scope="module")
def page() -> Iterator[MetricsPage]:
    """What Prometheus scrapes as the desk."""
    server = MetricsPage()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def prometheus(page: MetricsPage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """One for the module."""
    running = Prometheus(tmp_path_factory.mktemp("prometheus"), desk=page.address)
    running.wait_for("vector(1)")
    yield running
    running.stop()


@pytest.mark.parametrize("query", [*dashboard_queries(), *alert_queries()], ids=lambda query: query.where)
def test_prometheus_understands(prometheus: Prometheus, query: PanelQuery) -> None:
    prometheus.ask(query.ready)


@pytest.mark.django_db
def test_every_panel_shows_something_for_a_desk_at_work(
    prometheus: Prometheus, page: MetricsPage, client: Client
) -> None:
    _trouble_and_trade()
    _serve(client)
    page.text = render_metrics()
    prometheus.wait_for("count_over_time(desk_orders_total[1m]) > 2")
    # increase() needs a counter that was there before it rose
    _serve(client)
    page.text = render_metrics()
    prometheus.wait_for('increase(desk_orders_total{outcome="submitted"}[1m]) > 0')
    prometheus.wait_for('ALERTS{alertname="OrdersDeniedOften",alertstate="firing"}')
    empty = [query.where for query in dashboard_queries() if not prometheus.ask(query.ready)]
    assert empty == []


@pytest.mark.django_db
def test_alerts_fire_from_the_desks_own_figures(prometheus: Prometheus, page: MetricsPage) -> None:
    """An order of unknown fate and a break are on the page under the names the alerts use."""
    _trouble_and_trade()
    page.text = render_metrics()
    for name in ("OrdersUnknown", "ReconciliationBreaks"):
        prometheus.wait_for(f'ALERTS{{alertname="{name}"}}')


def _trouble_and_trade() -> None:
    """Rows for every figure that comes from the database."""
    GatewayStateFactory()
    order = OrderFactory(status="unknown")
    PositionFactory(account=order.account)
    AccountPnlFactory(account=order.account)
    ReconciliationBreakFactory()


def _serve(client: Client) -> None:
    """Requests, orders and messages: one more of each kind that is counted."""
    client.get("/health/live")
    client.get("/no-such-page", headers={"Accept": "application/json"})
    client.get("/api/v1/orders/")
    web = Metrics.get_instance()
    for view, status in (("orders", "201"), ("orders", "422"), ("orders", "500")):
        web.responses_by_status.labels(status=status).inc()
        web.responses_by_status_view_method.labels(status=status, view=view, method="POST").inc()
    web.exceptions_by_type.labels(type="KeyError").inc()
    web.exceptions_by_view.labels(view="orders").inc()
    web.requests_latency_by_view_method.labels(view="orders", method="POST").observe(0.02)
    for outcome in ("submitted", "filled", "rejected"):
        metrics.ORDERS_TOTAL.labels(side="BUY", order_type="MKT", outcome=outcome).inc()
    metrics.RISK_REJECTIONS_TOTAL.labels(code="INSUFFICIENT_FUNDS").inc(100)
    metrics.FILLS_TOTAL.labels(side="BUY").inc()
    metrics.ORDER_ACK_SECONDS.observe(0.1)
    metrics.GATEWAY_EVENT_LAG_SECONDS.observe(0.01)
    metrics.GATEWAY_RECONNECTS_TOTAL.labels(reason="connection_lost").inc()
    metrics.IB_ERRORS_TOTAL.labels(code="201").inc()
    metrics.IB_MESSAGES_TOTAL.labels(direction="in").inc()
    metrics.WEBSOCKET_CONNECTIONS.inc()
