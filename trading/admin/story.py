"""Everything about one order for its page: the trade log, fills, commands, the verdict, IB's own words."""

import json
from typing import Any

from django.db.models import Max
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from config.shared.figures import NOTHING, average_price, money, number, price
from trading.admin.words import event_title, order_title, side_word, special_terms, status_pill
from trading.domain.orders import OrderStatus
from trading.models import Fill, GatewayCommand, IbMessage, Order, OrderEvent, RiskDecision

MESSAGES_SHOWN = 200
_HIDDEN = frozenset({"exec_root", "revision"})


def fingerprint(order: Order) -> str:
    """Changes whenever the page would."""
    event = order.events.aggregate(last=Max("id"))["last"]
    message = order.ib_messages.aggregate(last=Max("id"))["last"]
    command = order.commands.order_by("-id").values_list("id", "status").first()
    return f"{order.updated_at.timestamp():.6f}-{event}-{message}-{command}"


def story(order: Order) -> dict[str, Any]:
    """The template's context."""
    events = list(order.events.select_related("actor").order_by("id"))
    messages = list(order.ib_messages.order_by("-id")[:MESSAGES_SHOWN])
    return {
        "order": order,
        "order_title": order_title(order),
        "status": status_pill(order.status),
        "is_unknown": order.status == OrderStatus.UNKNOWN,
        "is_open": not OrderStatus(order.status).is_terminal,
        "facts": _facts(order),
        "ids": _ids(order),
        "events": [_event(event) for event in events],
        "anomalies": sum(event.is_anomaly for event in events),
        "fills": [fill_row(fill) for fill in order.fills.order_by("executed_at", "id")],
        "commands": [_command(command) for command in order.commands.order_by("id")],
        "decisions": [_decision(decision) for decision in _decisions(order)],
        "ib_messages": [_message(message) for message in reversed(messages)],
        "messages_cut": len(messages) == MESSAGES_SHOWN,
        "fingerprint": fingerprint(order),
    }


def order_row(order: Order) -> dict[str, Any]:
    """One line of a table of orders."""
    return {
        "row": order,
        "title": order_title(order),
        "status": status_pill(order.status),
        "filled": f"{number(order.filled_quantity)} / {number(order.quantity)}",
    }


def _facts(order: Order) -> list[tuple[str, Any]]:
    leaves = max(order.quantity - order.filled_quantity, order.quantity * 0)
    return [
        ("Side", side_word(order.side)),
        ("Quantity", number(order.quantity)),
        ("Filled", number(order.filled_quantity)),
        ("Open", number(leaves)),
        ("Average price", average_price(order.average_fill_price)),
        ("Commission", money(order.commission)),
        ("Type", order.order_type),
        ("Limit price", price(order.limit_price)),
        ("Stop or trigger price", price(order.stop_price)),
        *((name.replace("_", " ").capitalize(), text) for name, text in special_terms(order)),
        ("Time in force", order.time_in_force),
        ("Outside regular hours", "yes" if order.outside_rth else "no"),
        ("Account", order.account_id),
        ("Instrument", str(order.instrument)),
        ("Origin", order.get_origin_display()),
        ("Placed by", str(order.created_by) if order.created_by else NOTHING),
        ("IB status", order.ib_status or NOTHING),
        ("Created", order.created_at),
        ("Updated", order.updated_at),
    ]


def _ids(order: Order) -> list[tuple[str, str]]:
    perm_ids = [str(row.perm_id) for row in order.perm_ids.order_by("id")]
    pairs = [
        ("Order id", str(order.pk)),
        ("Client order id", order.client_order_id),
        ("Perm id", ", ".join(perm_ids) or _text(order.ib_perm_id)),
        ("IB order id", _text(order.ib_order_id)),
        ("IB client id", _text(order.ib_client_id)),
        ("Contract id", str(order.instrument_id)),
        ("Correlation id", order.correlation_id or NOTHING),
    ]
    return [(name, value) for name, value in pairs if name != "Client order id" or value != str(order.pk)]


def _text(value: int | None) -> str:
    return NOTHING if value is None else str(value)


def _event(event: OrderEvent) -> dict[str, Any]:
    return {
        "row": event,
        "title": event_title(event.type),
        "before": status_pill(event.status_before),
        "after": status_pill(event.status_after),
        "moved": event.status_before != event.status_after,
        "details": _pairs({key: value for key, value in event.data.items() if key not in _HIDDEN}),
    }


def _pairs(data: dict[str, Any]) -> SafeString:
    rows = ((key.replace("_", " "), _plain(value)) for key, value in data.items())
    return format_html_join(" ", '<span class="desk-pair"><b>{}</b> {}</span>', rows)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def fill_row(fill: Fill) -> dict[str, Any]:
    """One line of a table of fills."""
    return {
        "row": fill,
        "side": side_word(fill.side),
        "quantity": number(fill.quantity),
        "price": price(fill.price),
        "commission": money(fill.commission, fill.commission_currency),
        "realized_pnl": money(fill.realized_pnl),
    }


def _command(command: GatewayCommand) -> dict[str, Any]:
    return {"row": command, "payload": _pairs(command.payload)}


def _decisions(order: Order) -> list[RiskDecision]:
    """Verdicts on the order: the one that let it in (named by its first command), and those on its changes."""
    ids = [command.payload.get("risk_decision") for command in order.commands.filter(kind="place")]
    named = RiskDecision.objects.filter(pk__in=[pk for pk in ids if isinstance(pk, int)])
    return list((named | RiskDecision.objects.filter(order=order)).select_related("user").order_by("id"))


def _decision(decision: RiskDecision) -> dict[str, Any]:
    return {
        "row": decision,
        "request": _pairs({k: v for k, v in decision.request.items() if v is not None}),
        "surroundings": _pairs({k: v for k, v in decision.surroundings.items() if v is not None}),
    }


def _message(message: IbMessage) -> dict[str, Any]:
    return {"row": message, "text": pretty(message.payload)}


def pretty(payload: Any) -> str:
    """JSON for reading: a line for each field, plain lists (such as the fields of a wire message) on one line, last.

    The template escapes it.
    """
    if isinstance(payload, dict):
        payload = dict(sorted(payload.items(), key=lambda item: isinstance(item[1], list)))
    return _written(payload, "")


def _written(value: Any, indent: str) -> str:
    inner = indent + "  "
    if isinstance(value, dict) and value:
        fields = (f"{inner}{_json(key)}: {_written(item, inner)}" for key, item in value.items())
        return "{\n" + ",\n".join(fields) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        return "[\n" + ",\n".join(f"{inner}{_written(item, inner)}" for item in value) + f"\n{indent}]"
    return _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
