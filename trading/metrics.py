"""Every Prometheus metric of the desk, under the names that dashboards and alerts use (design §8).

What a process counts by itself is a metric object here: services count orders, fills and denials, the gateway
process counts IB's messages, errors and reconnects, the WebSocket consumer its connections. What the database
knows is read at scrape time by `trading.metrics_collector`, so that it is right whichever process answers.
"""

from functools import partial

from django.db import transaction
from django.utils import timezone
from prometheus_client import Counter, Gauge, Histogram

from trading.domain.order_events import OrderAccepted, OrderEvent, OrderFilled, OrderRejected, OrderSubmitted
from trading.domain.orders import OrderState, OrderStatus
from trading.models import Order

ORDERS_TOTAL = Counter(
    "desk_orders_total",
    "Orders by what became of them: submitted, denied (our own checks), filled, cancelled, rejected, expired",
    ["side", "order_type", "outcome"],
)
ORDER_ACK_SECONDS = Histogram(
    "desk_order_ack_seconds",
    "From the order's record to IB's first word about it, seconds",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
FILLS_TOTAL = Counter("desk_fills_total", "Executions booked", ["side"])
RISK_REJECTIONS_TOTAL = Counter("desk_risk_rejections_total", "Requests our own checks denied", ["code"])
GATEWAY_RECONNECTS_TOTAL = Counter("desk_gateway_reconnects_total", "Connections to IB that were rebuilt", ["reason"])
IB_ERRORS_TOTAL = Counter("desk_ib_errors_total", "Messages of IB that carry a code", ["code"])
IB_MESSAGES_TOTAL = Counter("desk_ib_messages_total", "Messages exchanged with IB", ["direction"])
GATEWAY_EVENT_LAG_SECONDS = Histogram(
    "desk_gateway_event_lag_seconds",
    "From an event's arrival at the gateway to its commit, seconds",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
WEBSOCKET_CONNECTIONS = Gauge(
    "desk_websocket_connections", "WebSocket clients connected now", multiprocess_mode="livesum"
)
WEBSOCKET_HELD = Gauge(
    "desk_websocket_held", "WebSocket clients whose events wait because they do not read", multiprocess_mode="livesum"
)
WEBSOCKET_RESETS = Counter(
    "desk_websocket_resets_total",
    "Clients told to read everything anew: they came too late or read too slowly",
    ["reason"],
)

FIRST_WORDS = (OrderAccepted, OrderFilled, OrderRejected)

COUNTED_METRICS = (
    "desk_orders_total",
    "desk_order_ack_seconds",
    "desk_fills_total",
    "desk_risk_rejections_total",
    "desk_gateway_reconnects_total",
    "desk_ib_errors_total",
    "desk_ib_messages_total",
    "desk_gateway_event_lag_seconds",
    "desk_websocket_connections",
)
DATABASE_METRICS = (
    "desk_open_orders",
    "desk_unknown_orders",
    "desk_position_value",
    "desk_position_differences",
    "desk_pnl",
    "desk_gateway_connected",
    "desk_gateway_ready",
    "desk_gateway_planned_window",
    "desk_gateway_state",
    "desk_gateway_standbys",
    "desk_gateway_farms_down",
    "desk_reconciliation_breaks",
    "desk_incidents_open",
    "desk_incidents_waiting",
    "desk_kill_switch_engaged",
    "desk_reconciliation_last_success_timestamp_seconds",
)
METRIC_NAMES = COUNTED_METRICS + DATABASE_METRICS


def count_order_event(*, order: Order, event: OrderEvent, before: OrderState, after: OrderState) -> None:
    """Count what this line of the trade log means; called once a line, counts when the transaction commits."""
    transaction.on_commit(partial(_count_order_event, order, event, before.status, after.status), robust=True)


def _count_order_event(order: Order, event: OrderEvent, before: OrderStatus, after: OrderStatus) -> None:
    if isinstance(event, OrderSubmitted):
        _outcome(order.side, order.order_type, "submitted")
    elif after.is_terminal and before is not after:
        _outcome(order.side, order.order_type, after.value)
    if before is OrderStatus.PENDING_SUBMIT and isinstance(event, FIRST_WORDS) and order.origin == "desk":
        ORDER_ACK_SECONDS.observe(max((timezone.now() - order.created_at).total_seconds(), 0))


def count_fill(*, side: str) -> None:
    """Count one booked execution when the transaction commits."""
    transaction.on_commit(lambda: FILLS_TOTAL.labels(side=side).inc(), robust=True)


def count_denial(*, side: str, order_type: str, code: str) -> None:
    """Count one request that our own checks denied when the transaction commits."""
    transaction.on_commit(partial(_count_denial, side, order_type, code), robust=True)


def _count_denial(side: str, order_type: str, code: str) -> None:
    RISK_REJECTIONS_TOTAL.labels(code=code).inc()
    _outcome(side, order_type, "denied")


def _outcome(side: str, order_type: str, outcome: str) -> None:
    ORDERS_TOTAL.labels(side=side, order_type=order_type, outcome=outcome).inc()
