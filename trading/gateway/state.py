"""What the gateway says about itself: one row, a heartbeat, and an event for the clients when the state changes."""

import os
from typing import Any

from django.conf import settings
from django.db.models import F, Max
from django.utils import timezone

from config.shared.correlation import get_logger
from trading import publish
from trading.models import GatewayState, Order
from trading.models.gateway import GatewayStatus

log = get_logger(__name__)


def start(*, library: str, client_id: int) -> None:
    """Take over the row at the start of the process; whatever an earlier process said is history."""
    with publish.recording():
        state, _ = GatewayState.objects.get_or_create(pk="main")
        highest = Order.objects.filter(ib_client_id=client_id).aggregate(top=Max("ib_order_id"))["top"] or 0
        state.state = GatewayStatus.DISCONNECTED
        state.reason = "The gateway process is starting"
        state.since = state.heartbeat_at = timezone.now()
        state.pid, state.library, state.client_id = os.getpid(), library, client_id
        state.host, state.port = settings.IB_HOST, settings.IB_PORT
        state.highest_order_id = max(state.highest_order_id, highest)
        state.connected_at = None
        state.save()
        publish.gateway_changed()


def change(status: GatewayStatus, reason: str = "", **facts: Any) -> None:
    """Say a new state, why, and since when."""
    with publish.recording():
        state = GatewayState.objects.select_for_update().get(pk="main")
        news = {"state": status, "reason": reason, **facts}
        if any(getattr(state, name) != value for name, value in news.items()):
            log.info("gateway_state", connection_status=status.value, reason=reason)
            publish.gateway_changed()
        if state.state != status:
            state.since = timezone.now()
        for name, value in news.items():
            setattr(state, name, value)
        state.heartbeat_at = timezone.now()
        state.save()


def beat(*, lag_seconds: float) -> None:
    """The process is alive; `lag_seconds` is how old the oldest unwritten message is."""
    GatewayState.objects.filter(pk="main").update(heartbeat_at=timezone.now(), lag_seconds=lag_seconds)


def note_error(code: int, text: str) -> None:
    """Keep IB's latest system message for the people who look."""
    GatewayState.objects.filter(pk="main").update(last_error_code=code, last_error=text[:2000])


def count_reconnect() -> None:
    """One more connection that had to be built anew."""
    GatewayState.objects.filter(pk="main").update(reconnects=F("reconnects") + 1)


def stop(reason: str) -> None:
    """The process ends: clients learn at once instead of by the missing heartbeat."""
    change(GatewayStatus.DISCONNECTED, reason, connected_at=None)
    GatewayState.objects.filter(pk="main").update(heartbeat_at=None)
