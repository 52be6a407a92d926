"""What the gateway says about itself: one row, a heartbeat, and an event for the clients when the state changes."""

import os
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import DateTimeField, F, Func, Max, QuerySet
from django.utils import timezone

from config.shared.clock import boot_id, boot_seconds
from config.shared.correlation import get_logger
from trading import publish
from trading.models import GatewayState, Order
from trading.models.gateway import GatewayStatus

log = get_logger(__name__)

_own_epoch = 0
"""The lease under which this process speaks; once another gateway has the row, our words are not its state."""


def start(*, library: str, client_id: int, epoch: int) -> None:
    """Take over the row at the start of the process; whatever an earlier process said is history."""
    global _own_epoch
    _own_epoch = epoch
    with publish.recording():
        state, _ = GatewayState.objects.get_or_create(pk="main")
        highest = Order.objects.filter(ib_client_id=client_id).aggregate(top=Max("ib_order_id"))["top"] or 0
        state.state = GatewayStatus.DISCONNECTED
        state.reason = "The gateway process is starting"
        state.since = timezone.now()
        _note_life(state)
        state.pid, state.library, state.client_id = os.getpid(), library, client_id
        state.host, state.port = settings.IB_HOST, settings.IB_PORT
        state.highest_order_id = max(state.highest_order_id, highest)
        state.connected_at, state.farms_down = None, []
        state.lease_epoch = epoch
        state.save()
        publish.gateway_changed()


def change(status: GatewayStatus, reason: str = "", **facts: Any) -> None:
    """Say a new state, why, and since when."""
    with publish.recording():
        state = GatewayState.objects.select_for_update().get(pk="main")
        if state.lease_epoch != _own_epoch:
            return
        news = {"state": status, "reason": reason, **facts}
        if any(getattr(state, name) != value for name, value in news.items()):
            log.info("gateway_state", connection_status=status.value, reason=reason)
            publish.gateway_changed()
        if state.state != status:
            state.since = timezone.now()
        for name, value in news.items():
            setattr(state, name, value)
        _note_life(state)
        state.save()


def beat(*, lag_seconds: float, clock_note: str) -> datetime:
    """The process is alive; `lag_seconds` is how old the oldest unwritten message is. Returns the database's time."""
    _own_row().update(
        heartbeat_at=timezone.now(),
        heartbeat_boot_id=boot_id(),
        heartbeat_boot_seconds=boot_seconds(),
        lag_seconds=lag_seconds,
    )
    row = _own_row().annotate(database_now=Func(function="clock_timestamp", output_field=DateTimeField()))
    found = row.values_list("clock_note", "database_now").first()
    known, database_now = found or ("", timezone.now())
    if (clock_note == "") != (known == ""):
        log.warning("gateway_clock", note=clock_note)
        with publish.recording():
            _own_row().update(clock_note=clock_note, clock_since=timezone.now() if clock_note else None)
            publish.gateway_changed()
    elif clock_note != known:
        _own_row().update(clock_note=clock_note)
    return database_now


def announce() -> None:
    """A planned interruption has begun or is over: clients hear of it, though the row itself stays as it is."""
    with publish.recording():
        if _own_row().exists():
            publish.gateway_changed()


def note_farms(farms: list[dict[str, str | None]]) -> None:
    """IB's data farms that are broken now."""
    with publish.recording():
        if _own_row().update(farms_down=farms):
            publish.gateway_changed()


def note_error(code: int, text: str) -> None:
    """Keep IB's latest system message for the people who look."""
    _own_row().update(last_error_code=code, last_error=text[:2000])


def count_reconnect() -> None:
    """One more connection that had to be built anew."""
    _own_row().update(reconnects=F("reconnects") + 1)


def stop(reason: str) -> None:
    """The process ends: clients learn at once instead of by the missing heartbeat."""
    change(GatewayStatus.DISCONNECTED, reason, connected_at=None)
    _own_row().update(heartbeat_at=None)


def _note_life(state: GatewayState) -> None:
    state.heartbeat_at = timezone.now()
    state.heartbeat_boot_id, state.heartbeat_boot_seconds = boot_id(), boot_seconds()


def _own_row() -> "QuerySet[GatewayState]":
    return GatewayState.objects.filter(pk="main", lease_epoch=_own_epoch)
