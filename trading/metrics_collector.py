"""Metrics that the database knows, read when Prometheus asks: right whichever process answers."""

import time
from collections.abc import Iterable

from django.db import DatabaseError
from django.db.models import Count, Max, Sum
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from accounts.models import AccountPnl, Position
from config.shared.correlation import get_logger
from trading.domain.incidents import IncidentKind
from trading.domain.orders import OrderStatus
from trading.models import GatewayState, Incident, KillSwitch, Order, ReconciliationBreak, ReconciliationRun
from trading.models.gateway import GatewayStatus
from trading.models.reconciliation import BreakKind, RunStatus
from trading.selectors import gateways_standing_by

log = get_logger(__name__)

KEPT_SECONDS = 2.0
_CONNECTED = (GatewayStatus.SYNCING, GatewayStatus.READY, GatewayStatus.DEGRADED)


class DatabaseCollector(Collector):
    """Reads everything afresh, at most once in two seconds; tells nothing while the database is away."""

    def __init__(self) -> None:
        self._metrics: list[Metric] = []
        self._read_at = float("-inf")

    def collect(self) -> Iterable[Metric]:
        """The metrics, as prometheus_client asks for them."""
        if time.monotonic() - self._read_at < KEPT_SECONDS:
            return self._metrics
        try:
            self._metrics = [
                *_orders(),
                *_positions(),
                *_pnl(),
                *_gateway(),
                *_reconciliation(),
                *_incidents(),
                *_kill_switch(),
            ]
        except DatabaseError:
            log.warning("metrics_not_read", exc_info=True)
            self._metrics = []
        self._read_at = time.monotonic()
        return self._metrics


def _orders() -> Iterable[Metric]:
    yield GaugeMetricFamily(
        "desk_open_orders", "Orders that have not ended, unknown ones included", value=Order.objects.open().count()
    )
    unknown = Order.objects.filter(status=OrderStatus.UNKNOWN).count()
    yield GaugeMetricFamily("desk_unknown_orders", "Orders of which IB has not told what became of them", value=unknown)


def _positions() -> Iterable[Metric]:
    family = GaugeMetricFamily(
        "desk_position_value", "Market value of open positions, in their currency", labels=["account", "symbol"]
    )
    rows = Position.objects.exclude(quantity=0).exclude(market_value=None)
    # a stock and an option can share their symbol; Prometheus wants one value for one set of labels
    for account, symbol, value in rows.values_list("account_id", "instrument__symbol").annotate(
        value=Sum("market_value")
    ):
        family.add_metric([account, symbol], float(value))
    yield family
    differing = Position.objects.exclude(differs_since=None).count()
    yield GaugeMetricFamily(
        "desk_position_differences", "Positions of which IB and the desk's fills say different things", value=differing
    )


def _pnl() -> Iterable[Metric]:
    family = GaugeMetricFamily("desk_pnl", "Profit and loss in base currency", labels=["account", "kind"])
    for row in AccountPnl.objects.all():
        for kind in ("realized", "unrealized", "daily"):
            if (amount := getattr(row, kind)) is not None:
                family.add_metric([row.account_id, kind], float(amount))
    yield family


def _gateway() -> Iterable[Metric]:
    state = GatewayState.objects.filter(pk="main").first()
    belief = (state or GatewayState()).believed()
    # what the row says, not what is made of it: before a planned restart the connection stands
    connected = state is not None and state.is_alive and state.state in _CONNECTED
    yield GaugeMetricFamily("desk_gateway_connected", "1 while the gateway is connected to IB", value=int(connected))
    yield GaugeMetricFamily("desk_gateway_ready", "1 while orders may be sent to IB", value=int(belief.takes_orders))
    planned = GaugeMetricFamily(
        "desk_gateway_planned_window", "1 while IB or its gateway is away by plan", value=int(belief.window is not None)
    )
    yield planned
    family = GaugeMetricFamily(
        "desk_gateway_state", "1 for the state the gateway is in, 0 for others", labels=["state"]
    )
    for status in GatewayStatus:
        if status is not GatewayStatus.STANDBY:
            family.add_metric([status.value], int(belief.state is status))
    yield family
    yield GaugeMetricFamily(
        "desk_gateway_standbys", "Gateway processes that would take over", value=len(gateways_standing_by())
    )
    farms = state.farms_down if state is not None and state.is_alive else []
    yield GaugeMetricFamily("desk_gateway_farms_down", "IB's data farms that are broken", value=len(farms))


def _incidents() -> Iterable[Metric]:
    rows = Incident.objects.open().order_by()
    waiting = rows.filter(acknowledged_at=None)
    for name, text, counted in (
        ("desk_incidents_open", "Incidents that are not over", rows),
        ("desk_incidents_waiting", "Open incidents that no person has acknowledged", waiting),
    ):
        family = GaugeMetricFamily(name, text, labels=["kind"])
        counts = dict(counted.values_list("kind").annotate(number=Count("id")))
        for kind in IncidentKind:
            family.add_metric([kind.value], counts.get(kind.value, 0))
        yield family


def _kill_switch() -> Iterable[Metric]:
    engaged = KillSwitch.objects.filter(engaged=True).exists()
    yield GaugeMetricFamily("desk_kill_switch_engaged", "1 while the kill switch is engaged", value=int(engaged))


def _reconciliation() -> Iterable[Metric]:
    family = GaugeMetricFamily("desk_reconciliation_breaks", "Differences that stand open", labels=["kind"])
    counts = dict(
        ReconciliationBreak.objects.filter(resolved_at=None).order_by().values_list("kind").annotate(number=Count("id"))
    )
    for kind in BreakKind.values:
        family.add_metric([kind], counts.get(kind, 0))
    yield family
    compared = ReconciliationRun.objects.filter(status__in=[RunStatus.BALANCED, RunStatus.BREAKS])
    last = compared.aggregate(last=Max("finished_at"))["last"]
    yield GaugeMetricFamily(
        "desk_reconciliation_last_success_timestamp_seconds",
        "When a reconciliation last compared everything, Unix time; 0: never",
        value=last.timestamp() if last else 0,
    )
