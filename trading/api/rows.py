"""The JSON of the records that only REST shows: trade log, verdicts, reconciliation."""

from collections.abc import Iterable
from typing import Any

from config.shared.text import time_text
from trading.models import (
    IbMessage,
    Incident,
    IncidentEntry,
    OrderEvent,
    ReconciliationBreak,
    ReconciliationRun,
    RiskDecision,
)
from trading.representations import incident_json

Json = dict[str, Any]


def event_json(event: OrderEvent) -> Json:
    """One line of the trade log; `ib_message` and `actor` should be loaded."""
    message = event.ib_message
    return {
        "id": event.pk,
        "type": event.type,
        "source": event.source,
        "status_before": event.status_before,
        "status_after": event.status_after,
        "is_anomaly": event.is_anomaly,
        "at": time_text(event.at),
        "received_at": time_text(message.received_at if message else event.recorded_at),
        "data": event.data,
        "ib_message": _message_json(message) if message else None,
        "correlation_id": event.correlation_id or None,
        "actor": event.actor.username if event.actor else None,
    }


def _message_json(message: IbMessage) -> Json:
    return {
        "id": message.pk,
        "kind": message.kind,
        "source": message.source,
        "payload": message.payload,
        "received_at": time_text(message.received_at),
    }


def decision_json(decision: RiskDecision) -> Json:
    """One verdict; `user` should be loaded."""
    return {
        "id": decision.pk,
        "account": decision.account_id,
        "order_id": str(decision.order_id) if decision.order_id else None,
        "user": decision.user.username if decision.user else None,
        "action": decision.action,
        "is_allowed": decision.is_allowed,
        "code": decision.code or None,
        "rule": decision.rule or None,
        "message": decision.message or None,
        "request": decision.request,
        "surroundings": decision.surroundings,
        "breaches": decision.breaches,
        "limits": decision.limits,
        "rules_version": decision.rules_version,
        "request_id": decision.request_id or None,
        "decided_at": time_text(decision.decided_at),
    }


def run_json(run: ReconciliationRun) -> Json:
    """One run."""
    return {
        "id": run.pk,
        "account": run.account_id,
        "trigger": run.trigger,
        "status": run.status,
        "started_at": time_text(run.started_at),
        "finished_at": time_text(run.finished_at),
        "orders_compared": run.orders_compared,
        "fills_compared": run.fills_compared,
        "positions_compared": run.positions_compared,
        "error": run.error or None,
    }


def break_json(row: ReconciliationBreak) -> Json:
    """One break."""
    return {
        "id": row.pk,
        "kind": row.kind,
        "account": row.account_id,
        "subject": row.subject,
        "ours": row.ours,
        "theirs": row.theirs,
        "first_run": row.first_run_id,
        "last_run": row.last_run_id,
        "found_at": time_text(row.found_at),
        "resolved_at": time_text(row.resolved_at),
        "resolution": row.resolution or None,
    }


def incident_detail_json(incident: Incident, history: Iterable[IncidentEntry]) -> Json:
    """One incident with everything that happened to it."""
    return {**incident_json(incident), "history": [_entry_json(entry) for entry in history]}


def _entry_json(entry: IncidentEntry) -> Json:
    return {
        "id": entry.pk,
        "kind": entry.kind,
        "choice": entry.choice or None,
        "text": entry.text or None,
        "data": entry.data,
        "actor": entry.actor.username if entry.actor else None,
        "at": time_text(entry.at),
    }
