"""The JSON of orders, fills and the gateway: one spelling for REST and WebSocket."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils import timezone

from config.shared.text import decimal_text, time_text
from trading.domain.incidents import HINT_OF, LABEL_OF
from trading.models import Fill, GatewayStandby, GatewayState, Incident, KillSwitch, Order
from trading.models.gateway import GatewayStatus

Json = dict[str, Any]


def order_json(order: Order) -> Json:
    """One order; needs no further query."""
    return {
        "id": str(order.pk),
        "client_order_id": order.client_order_id,
        "account": order.account_id,
        "con_id": order.instrument_id,
        "symbol": order.symbol,
        "side": order.side,
        "quantity": decimal_text(order.quantity),
        "order_type": order.order_type,
        "limit_price": decimal_text(order.limit_price),
        "stop_price": decimal_text(order.stop_price),
        "trailing_amount": decimal_text(order.trailing_amount),
        "trailing_percent": decimal_text(order.trailing_percent),
        "limit_offset": decimal_text(order.limit_offset),
        "offset_amount": decimal_text(order.offset_amount),
        "time_in_force": order.time_in_force,
        "good_till_date": time_text(order.good_till_date),
        "outside_rth": order.outside_rth,
        "status": order.status,
        "filled_quantity": decimal_text(order.filled_quantity),
        "average_fill_price": decimal_text(order.average_fill_price),
        "commission": decimal_text(order.commission),
        "commission_currency": order.commission_currency or None,
        "origin": order.origin,
        "reject_code": order.reject_code or None,
        "reject_reason": order.reject_reason or None,
        "settled_by": order.settled_by or None,
        "ib": {
            "order_id": order.ib_order_id,
            "perm_id": order.ib_perm_id,
            "client_id": order.ib_client_id,
            "status": order.ib_status or None,
        },
        "created_at": time_text(order.created_at),
        "updated_at": time_text(order.updated_at),
        "last_event_seq": order.last_event_seq,
    }


def fill_json(fill: Fill) -> Json:
    """One fill; needs no further query."""
    return {
        "id": str(fill.pk),
        "exec_id": fill.exec_id,
        "order_id": str(fill.order_id),
        "account": fill.account_id,
        "con_id": fill.instrument_id,
        "symbol": fill.symbol,
        "side": fill.side,
        "quantity": decimal_text(fill.quantity),
        "price": decimal_text(fill.price),
        "commission": decimal_text(fill.commission),
        "commission_currency": fill.commission_currency or None,
        "realized_pnl": decimal_text(fill.realized_pnl),
        "executed_at": time_text(fill.executed_at),
        "exchange": fill.exchange,
        "is_current": fill.is_current,
        "is_summary": fill.is_summary,
    }


def gateway_json(state: GatewayState | None, standbys: Iterable[GatewayStandby] = ()) -> Json:
    """The gateway as a client may believe it: a process that has gone silent is reported as disconnected."""
    if state is None:
        state = GatewayState(reason="The gateway process has not started yet")
    alive, now = state.is_alive, timezone.now()
    belief, ahead = state.believed(now), settings.IB_PLAN.next(now)
    return {
        "state": belief.state.value,
        "ready": belief.takes_orders,
        "takes_cancels": belief.takes_cancels,
        "since": time_text(belief.since),
        "reason": belief.reason or None,
        "connected_at": time_text(state.connected_at) if alive else None,
        "synced_at": time_text(state.synced_at),
        "heartbeat_at": time_text(state.heartbeat_at),
        "lag_seconds": round(state.lag_seconds, 3),
        "host": state.host or None,
        "port": state.port,
        "client_id": state.client_id,
        "server_version": state.server_version,
        "library": state.library or None,
        "accounts": state.accounts,
        "clock_note": (state.clock_note if alive else "") or None,
        "clock_since": time_text(state.clock_since) if alive else None,
        "next_restart": time_text(ahead.starts_at) if ahead else None,
        "next_restart_name": ahead.name if ahead else None,
        "planned_until": time_text(belief.window.ends_at) if belief.window else None,
        "farms_down": state.farms_down if alive else [],
        "standbys": [standby_json(row) for row in standbys],
        "trading_mode": settings.IB_TRADING_MODE,
    }


def kill_switch_json(switch: KillSwitch | None) -> Json:
    """How the kill switch stands: the same for everybody, so nothing of any account is in it."""
    row = switch or KillSwitch()
    moved = row.engagement > 0
    return {
        "engaged": row.engaged,
        "cancel_orders": row.cancel_orders,
        "flatten": row.flatten,
        "reason": row.reason or None,
        "changed_by": row.changed_by_name or None,
        "changed_at": time_text(row.changed_at) if moved else None,
        "cancelled_at": time_text(row.cancelled_at),
        "flat_at": time_text(row.flat_at),
    }


def incident_json(incident: Incident) -> Json:
    """One incident with its evidence and the choices a person has now; order and people are read along."""
    return {
        "id": str(incident.pk),
        "kind": incident.kind,
        "title": incident.title,
        "severity": incident.severity.value,
        "account": incident.account_id,
        "order_id": None if incident.order_id is None else str(incident.order_id),
        "subject": incident.subject,
        "evidence": incident.evidence,
        "is_open": incident.is_open,
        "choices": [
            {
                "choice": choice.value,
                "label": LABEL_OF[choice],
                "hint": HINT_OF[choice],
                "needs_reason": choice.needs_reason,
            }
            for choice in incident.choices_now
        ],
        "opened_at": time_text(incident.opened_at),
        "last_seen_at": time_text(incident.last_seen_at),
        "acknowledged_at": time_text(incident.acknowledged_at),
        "acknowledged_by": incident.acknowledged_by.username if incident.acknowledged_by else None,
        "resolved_at": time_text(incident.resolved_at),
        "resolved_by": incident.resolved_by.username if incident.resolved_by else None,
        "resolution": incident.resolution or None,
        "choice": incident.choice or None,
        "reason": incident.reason or None,
    }


def standby_json(row: GatewayStandby) -> Json:
    """A second gateway process that would take over."""
    return {
        "state": GatewayStatus.STANDBY.value,
        "host": row.host,
        "pid": row.pid,
        "reason": row.reason or None,
        "since": time_text(row.since),
        "heartbeat_at": time_text(row.heartbeat_at),
    }
