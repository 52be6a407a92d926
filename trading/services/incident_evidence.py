"""What is known of an order that does not settle: what was sent, what IB said, what it did not say."""

from datetime import datetime
from typing import Any

from django.db.models import Max

from config.shared.text import decimal_text, time_text
from trading.domain.incidents import CHANGE_SETTLES_AFTER
from trading.domain.orders import OrderStatus
from trading.models import GatewayCommand, IbMessage, Order, OrderEvent
from trading.models.gateway import COMPLETE_ANSWER
from trading.services.order_terms import special_terms_text

MESSAGES = 20


def order_evidence(order: Order, *, answers: dict[str, Any]) -> dict[str, Any]:
    """The case as JSON for a person: facts only, nothing that changes by looking."""
    since = stuck_since(order)
    return {
        "order": order_facts(order),
        "since": time_text(since[0]),
        "why": since[1],
        "sent": [_command(command) for command in GatewayCommand.objects.filter(order=order).order_by("id")],
        "ib_said": ib_said(order),
        "complete_answers": answers,
    }


def order_facts(order: Order) -> dict[str, Any]:
    """What the order is and where it stands."""
    return {
        "side": order.side,
        "quantity": decimal_text(order.quantity),
        "symbol": order.symbol,
        "order_type": order.order_type,
        "limit_price": decimal_text(order.limit_price),
        "stop_price": decimal_text(order.stop_price),
        **special_terms_text(order.term_values()),
        "status": order.status,
        "filled_quantity": decimal_text(order.filled_quantity),
        "client_order_id": order.client_order_id,
        "ib_order_id": order.ib_order_id,
        "ib_client_id": order.ib_client_id,
        "perm_ids": list(order.perm_ids.order_by("id").values_list("perm_id", flat=True)),
    }


def _command(command: GatewayCommand) -> dict[str, Any]:
    return {
        "command": command.kind,
        "sent_at": time_text(command.sent_at),
        "status": command.status,
        "ib_order_id": command.ib_order_id,
        "error": command.error or None,
    }


def ib_said(order: Order) -> list[dict[str, Any]]:
    """IB's latest raw messages about the order, oldest first, without the fields of the wire."""
    latest = IbMessage.objects.filter(order=order).order_by("-id")[:MESSAGES]
    return [
        {
            "id": message.pk,
            "at": time_text(message.received_at),
            "kind": message.kind,
            "source": message.source,
            "payload": {name: value for name, value in message.payload.items() if name != "wire"},
        }
        for message in reversed(latest)
    ]


def stuck_since(order: Order) -> tuple[datetime, str]:
    """Since when the order is in its status, and what put it there."""
    event = _entered(order)
    return (event.at, str(event.data.get("reason", ""))) if event is not None else (order.created_at, "")


def _entered(order: Order) -> OrderEvent | None:
    changes = order.events.filter(status_after=order.status).exclude(status_before=order.status)
    return changes.order_by("-id").first()


def last_sent_at(order: Order) -> datetime | None:
    """When something about the order was last written to the socket."""
    latest: datetime | None = GatewayCommand.objects.filter(order=order).aggregate(at=Max("sent_at"))["at"]
    return latest


def complete_answers(order: Order) -> dict[str, Any]:
    """How often IB answered in full since the order was last sent and last doubted, and the first and last of these."""
    start = last_sent_at(order) or order.created_at
    if order.status == OrderStatus.UNKNOWN:
        start = max(start, stuck_since(order)[0])
    elif order.status in (OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_REPLACE):
        start += CHANGE_SETTLES_AFTER
    # received after, and asked after: an answer under way when the order was sent says nothing of it
    found = IbMessage.objects.filter(
        kind=COMPLETE_ANSWER, received_at__gte=start, payload__asked_at__gte=time_text(start)
    ).order_by("received_at")
    count = found.count()
    first, last = (found.first(), found.last()) if count else (None, None)
    return {
        "count": count,
        "first": None if first is None else first.payload,
        "last": None if last is None else last.payload,
    }


def what_settled(order: Order) -> str:
    """The line of the trade log that brought the order where it is, in words."""
    event = _entered(order)
    if event is None:
        return f"The order is {order.get_status_display()}"
    return (
        f"{event.get_source_display()}: {event.type.replace('_', ' ')} at {event.at:%Y-%m-%d %H:%M:%S} UTC; "
        f"the order is {order.get_status_display()}"
    )
