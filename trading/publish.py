"""The stream: number what changed inside the transaction, send it after the commit.

Everything that changes what a client sees happens inside `recording()`. The block is one transaction; at its
end the changes get gapless numbers under a row lock that is held until the commit, so the numbers follow the
order of the commits. Redis only speeds up the delivery: consumers read the table when a message is missing.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Account, Position
from accounts.representations import account_json, position_json
from config.shared.correlation import get_logger
from trading.models import Fill, GatewayState, Incident, KillSwitch, Order, StreamEvent
from trading.representations import fill_json, gateway_json, incident_json, kill_switch_json, order_json
from trading.selectors import gateways_standing_by

log = get_logger(__name__)

STREAM_GROUP = "stream"
_PATIENCE_WITH_REDIS = 1.0
"""The gateway's database thread waits here: what IB says must be written down, whatever has become of Redis."""
_PAUSE_WITHOUT_REDIS = 3.0
_silent_until = 0.0
ORDERS, FILLS, POSITIONS, ACCOUNT, GATEWAY = "orders", "fills", "positions", "account", "gateway"
INCIDENTS, KILL_SWITCH = "incidents", "kill_switch"
CHANNELS = (ORDERS, FILLS, POSITIONS, ACCOUNT, GATEWAY, INCIDENTS, KILL_SWITCH)

Key = tuple[str, Any]


@dataclass
class _Recording:
    """What changed so far in this transaction: channel and primary key → event name, in order of first touch."""

    changed: dict[Key, str] = field(default_factory=dict)


_current: ContextVar[_Recording | None] = ContextVar("stream_recording", default=None)


@contextmanager
def recording() -> Iterator[None]:
    """One transaction whose changes are numbered and sent together; inner blocks join the outer one."""
    if _current.get() is not None:
        yield
        return
    with transaction.atomic():
        record = _Recording()
        token = _current.set(record)
        try:
            yield
            if record.changed:
                _flush(record)
        finally:
            _current.reset(token)


@contextmanager
def part() -> Iterator[None]:
    """A part of a recording that may fail alone: its writes and what it would have told the clients are undone."""
    record = _current.get()
    if record is None:
        raise RuntimeError("a part belongs inside publish.recording()")
    before = dict(record.changed)
    try:
        with transaction.atomic():
            yield
    except BaseException:
        record.changed = before
        raise


def _touch(channel: str, key: Any, event: str) -> None:
    record = _current.get()
    if record is None:
        raise RuntimeError("changes that clients see belong inside publish.recording()")
    known = record.changed.get((channel, key))
    # "created" and "corrected" say more than the "updated" that may follow in the same transaction
    if known is None or known.endswith(".updated"):
        record.changed[channel, key] = event


def order_changed(order_id: Any, *, created: bool = False) -> None:
    """Tell clients about an order."""
    _touch(ORDERS, order_id, "order.created" if created else "order.updated")


def fill_changed(fill_id: int, *, event: str = "updated") -> None:
    """Tell clients about a fill; `event` is created, updated or corrected."""
    _touch(FILLS, fill_id, f"fill.{event}")


def position_changed(position_id: int) -> None:
    """Tell clients about a position."""
    _touch(POSITIONS, position_id, "position.updated")


def account_changed(code: str) -> None:
    """Tell clients about an account's values or P&L."""
    _touch(ACCOUNT, code, "account.updated")


def gateway_changed(name: str = "main") -> None:
    """Tell clients about the connection to IB."""
    _touch(GATEWAY, name, "gateway.updated")


def incident_changed(incident_id: int, *, created: bool = False) -> None:
    """Tell clients about an incident."""
    _touch(INCIDENTS, incident_id, "incident.created" if created else "incident.updated")


def kill_switch_changed(name: str = "main") -> None:
    """Tell every client how the kill switch stands."""
    _touch(KILL_SWITCH, name, "kill_switch.updated")


def _flush(record: _Recording) -> None:
    keys = list(record.changed)
    last = _take_numbers(len(keys))
    numbers = {key: last - len(keys) + 1 + index for index, key in enumerate(keys)}
    order_numbers = {pk: seq for (channel, pk), seq in numbers.items() if channel == ORDERS}
    _stamp_orders(order_numbers)
    bodies: dict[Key, tuple[str, dict[str, Any]]] = {}
    for channel, load in _LOADERS.items():
        bodies |= load([pk for key_channel, pk in keys if key_channel == channel])
    now = timezone.now()
    events = [
        StreamEvent(
            seq=numbers[key],
            channel=key[0],
            event=record.changed[key],
            account=bodies[key][0],
            data=bodies[key][1],
            at=now,
        )
        for key in keys
    ]
    StreamEvent.objects.bulk_create(events)
    transaction.on_commit(lambda: _send(events), robust=True)


def _take_numbers(count: int) -> int:
    """Reserve `count` numbers; the row lock is held until the commit, so commits and numbers keep one order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO trading_streamhead (id, seq) VALUES (1, %s) "
            "ON CONFLICT (id) DO UPDATE SET seq = trading_streamhead.seq + excluded.seq RETURNING seq",
            [count],
        )
        return int(cursor.fetchone()[0])


def _stamp_orders(numbers: dict[Any, int]) -> None:
    if not numbers:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE trading_order SET last_event_seq = new.seq "
            "FROM unnest(%s::uuid[], %s::bigint[]) AS new(id, seq) WHERE trading_order.id = new.id",
            [list(numbers), list(numbers.values())],
        )


Loader = Callable[[list[Any]], dict[Key, tuple[str, dict[str, Any]]]]


def _orders(keys: list[Any]) -> dict[Key, tuple[str, dict[str, Any]]]:
    rows = Order.objects.in_bulk(keys) if keys else {}
    return {(ORDERS, pk): (row.account_id, order_json(row)) for pk, row in rows.items()}


def _fills(keys: list[Any]) -> dict[Key, tuple[str, dict[str, Any]]]:
    rows = Fill.objects.in_bulk(keys) if keys else {}
    return {(FILLS, pk): (row.account_id, fill_json(row)) for pk, row in rows.items()}


def _positions(keys: list[Any]) -> dict[Key, tuple[str, dict[str, Any]]]:
    rows = Position.objects.select_related("instrument", "account", "pnl").in_bulk(keys) if keys else {}
    return {(POSITIONS, pk): (row.account_id, position_json(row)) for pk, row in rows.items()}


def _accounts(keys: list[Any]) -> dict[Key, tuple[str, dict[str, Any]]]:
    rows = Account.objects.select_related("pnl").prefetch_related("values").in_bulk(keys) if keys else {}
    return {(ACCOUNT, pk): (pk, account_json(row)) for pk, row in rows.items()}


def _gateways(keys: list[Any]) -> dict[Key, tuple[str, dict[str, Any]]]:
    rows = GatewayState.objects.in_bulk(keys) if keys else {}
    standbys = gateways_standing_by()
    return {(GATEWAY, pk): ("", gateway_json(row, standbys)) for pk, row in rows.items()}


def _incidents(keys: list[Any]) -> dict[Key, tuple[str, dict[str, Any]]]:
    related = Incident.objects.select_related("order", "acknowledged_by", "resolved_by")
    rows = related.in_bulk(keys) if keys else {}
    return {(INCIDENTS, pk): (row.account_id or "", incident_json(row)) for pk, row in rows.items()}


def _kill_switches(keys: list[Any]) -> dict[Key, tuple[str, dict[str, Any]]]:
    rows = KillSwitch.objects.in_bulk(keys) if keys else {}
    return {(KILL_SWITCH, pk): ("", kill_switch_json(row)) for pk, row in rows.items()}


_LOADERS: dict[str, Loader] = {
    ORDERS: _orders,
    FILLS: _fills,
    POSITIONS: _positions,
    ACCOUNT: _accounts,
    GATEWAY: _gateways,
    INCIDENTS: _incidents,
    KILL_SWITCH: _kill_switches,
}


def event_message(event: StreamEvent) -> dict[str, Any]:
    """One event as it travels between processes and to the clients."""
    return {
        "seq": event.seq,
        "channel": event.channel,
        "event": event.event,
        "account": event.account,
        "data": event.data,
    }


def _send(events: list[StreamEvent]) -> None:
    global _silent_until
    layer = get_channel_layer()
    if layer is None or time.monotonic() < _silent_until:
        return
    message = {"type": "stream.events", "events": [event_message(event) for event in events]}

    async def send() -> None:
        async with asyncio.timeout(_PATIENCE_WITH_REDIS):
            await layer.group_send(STREAM_GROUP, message)

    try:
        async_to_sync(send)()
    except Exception:  # Redis may be away or silent; the consumers then find the events in the table
        _silent_until = time.monotonic() + _PAUSE_WITHOUT_REDIS
        log.warning("stream_send_failed", first_seq=events[0].seq, count=len(events), exc_info=True)
