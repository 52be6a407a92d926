"""The only door to an order's status: record one event, move the order."""

import dataclasses
import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from django.utils import timezone

from accounts.models import User
from config.shared.correlation import current_correlation_id, current_request_id, get_logger
from config.shared.text import decimal_text, time_text
from trading import metrics, publish
from trading.domain import order_events as events
from trading.domain.incidents import IncidentKind
from trading.domain.order_state import IllegalMove, apply, contradicts_attestation
from trading.domain.orders import TERM_NAMES, OrderState
from trading.models import IbMessage, Order, OrderEvent
from trading.models.orders import EventSource
from trading.services.incident_evidence import order_facts
from trading.services.incidents import raise_incident
from trading.services.unit_of_work import insert, locked_order, save_order, state_of

log = get_logger(__name__)

# Said so often, or so early, that a line which changes nothing adds no knowledge; IB's raw words are kept anyway.
_SILENT_REPEATS = (
    events.OrderAccepted,
    events.OrderFoundOpen,
    events.OrderPendingAtIb,
    events.TermsConfirmed,
    events.OrderHeld,
    events.OrderFilled,
    events.OrderCancelled,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who told us of an event, and when; `at` is IB's time where IB gives one."""

    source: EventSource
    at: datetime | None = None
    actor: User | None = None
    ib_message: IbMessage | None = None
    ib_status: str = ""


def record_order_event(
    *, order_id: uuid.UUID, event: events.OrderEvent, origin: Origin, locked: Order | None = None
) -> Order:
    """Log one event and move the order; nothing else changes an order's status.

    The caller holds `publish.recording()`; who has read the row for update in it hands it over as `locked`, which
    is changed in place. Raises IllegalMove for a move a person asked for; what IB reports against the table is kept
    as an anomaly and changes nothing.
    """
    order = locked or locked_order(order_id)
    before = state_of(order)
    is_illegal = False
    try:
        after = apply(before, event)
    except IllegalMove:
        if origin.source in (EventSource.API, EventSource.PERSON):
            raise
        after, is_illegal = before, True
        log.warning(
            "order_event_not_foreseen",
            order_id=str(order.pk),
            event_type=event.type_name,
            status=order.status,
        )
    new_ib_status = bool(origin.ib_status) and origin.ib_status != order.ib_status
    if after == before and not is_illegal and not new_ib_status and _is_repeat(event, order):
        return order
    append_to_log(order=order, event=event, before=before, after=after, origin=origin, is_anomaly=is_illegal)
    if origin.ib_status:
        order.ib_status = origin.ib_status
    save_state(order, after)
    if contradicts_attestation(before, event):
        _report_contradiction(order, before, event, origin)
    return order


def _report_contradiction(order: Order, before: OrderState, event: events.OrderEvent, origin: Origin) -> None:
    """IB's evidence has won over a person's word; somebody has to know that the word was wrong."""
    message = origin.ib_message
    evidence = {
        "order": order_facts(order),
        "attested": {"status": before.status.value, "what": before.reject_reason},
        "contradicted_by": {
            "event": event.type_name,
            **event_data(event),
            "source": str(origin.source),
            "at": time_text(origin.at),
            "ib_message": None if message is None else {"id": message.pk, "kind": message.kind},
        },
    }
    raise_incident(
        kind=IncidentKind.ATTESTATION_CONTRADICTED,
        account=order.account_id,
        order=order,
        subject=str(order.pk),
        evidence=evidence,
    )


def _is_repeat(event: events.OrderEvent, order: Order) -> bool:
    """Whether IB merely said again what the log has: it repeats itself around every fill."""
    if isinstance(event, events.IbStatusReported):
        return event.ib_status == order.ib_status
    return isinstance(event, _SILENT_REPEATS)


def append_to_log(
    *,
    order: Order,
    event: events.OrderEvent,
    before: OrderState,
    after: OrderState,
    origin: Origin,
    is_anomaly: bool = False,
) -> OrderEvent:
    """Write one line of the trade log."""
    metrics.count_order_event(order=order, event=event, before=before, after=after)
    line = OrderEvent(
        order=order,
        type=event.type_name,
        source=origin.source,
        status_before=before.status.value,
        status_after=after.status.value,
        is_anomaly=is_anomaly,
        data=event_data(event),
        ib_message=origin.ib_message,
        actor=origin.actor,
        correlation_id=current_correlation_id() or order.correlation_id,
        request_id=current_request_id(),
        at=origin.at or timezone.now(),
    )
    return insert(line)


def save_state(order: Order, state: OrderState) -> None:
    """Write the projection of an order and tell the clients."""
    order.status = state.status.value
    order.quantity = state.quantity
    for name in TERM_NAMES:
        setattr(order, name, getattr(state, name))
    order.outside_rth = state.outside_rth
    order.filled_quantity = state.filled_quantity
    average = state.average_fill_price
    order.average_fill_price = None if average is None else round(average, 8)
    order.reject_code = state.reject_code
    order.reject_reason = state.reject_reason
    order.settled_by = state.settled_by.value
    save_order(order, state.executions)
    publish.order_changed(order.pk)


def event_data(event: events.OrderEvent) -> dict[str, Any]:
    """The event's own fields as JSON, amounts as strings, absent values left out."""
    data: dict[str, Any] = {}
    for item in dataclasses.fields(event):
        value = getattr(event, item.name)
        if isinstance(value, Decimal):
            value = decimal_text(value)
        elif isinstance(value, Enum):
            value = value.value
        elif isinstance(value, datetime):
            value = time_text(value)
        if value not in (None, ""):
            data[item.name] = value
    return data
