"""Raise and clear incidents. What a person may do about them is in `incident_choices`."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import Account, User
from config.shared.correlation import current_correlation_id, current_request_id, get_logger
from trading import publish
from trading.domain.incidents import IncidentKind
from trading.models import Incident, IncidentEntry, Order
from trading.models.incidents import EntryKind

log = get_logger(__name__)


def raise_incident(
    *,
    kind: IncidentKind,
    account: Account | str | None,
    subject: str,
    order: Order | None = None,
    evidence: dict[str, Any],
    now: datetime | None = None,
) -> Incident:
    """Open an incident, or bring the open one of this kind and subject up to date.

    `account` may be its code. Evidence is JSON. Idempotent: the same evidence again only moves `last_seen_at`, so
    evidence should hold facts, not the time of looking. Call it inside `publish.recording()`.
    """
    now = now or timezone.now()
    account_id = account.code if isinstance(account, Account) else account
    incident, is_new = Incident.objects.get_or_create(
        kind=kind.value,
        subject=subject[:120],
        resolved_at=None,
        defaults={
            "account_id": account_id,
            "order": order,
            "evidence": evidence,
            "opened_at": now,
            "last_seen_at": now,
            "correlation_id": current_correlation_id() or (order.correlation_id if order else ""),
        },
    )
    if is_new:
        enter(incident, EntryKind.RAISED, data=evidence, at=now)
        log.error(
            "incident_raised",
            incident_id=incident.pk,
            kind=kind.value,
            account_id=account_id,
            subject=subject,
            **({"order_id": str(order.pk)} if order else {}),
        )
        publish.incident_changed(incident.pk, created=True)
        return incident
    _see_again(incident, evidence, now)
    return incident


def _see_again(incident: Incident, evidence: dict[str, Any], now: datetime) -> None:
    if incident.evidence == evidence:
        Incident.objects.filter(pk=incident.pk).update(last_seen_at=now)
        return
    is_more_than_a_tally = _without_tally(incident.evidence) != _without_tally(evidence)
    incident.evidence, incident.last_seen_at = evidence, now
    incident.save(update_fields=["evidence", "last_seen_at"])
    if is_more_than_a_tally:
        enter(incident, EntryKind.EVIDENCE, data=evidence, at=now)
    publish.incident_changed(incident.pk)


def _without_tally(evidence: dict[str, Any]) -> dict[str, Any]:
    """Answers that say nothing new are counted in the evidence, but fill no history."""
    return {name: value for name, value in evidence.items() if name != "complete_answers"}


def clear_incident(*, kind: IncidentKind, subject: str, how: str, now: datetime | None = None) -> Incident | None:
    """Close the open incident of this kind and subject because evidence settled it; `how` says which.

    Returns it, or None when none is open. Call it inside `publish.recording()`.
    """
    incident = (
        Incident.objects.open().select_for_update(of=["self"]).filter(kind=kind.value, subject=subject[:120]).first()
    )
    if incident is None:
        return None
    now = now or timezone.now()
    incident.resolved_at, incident.resolution = now, how
    incident.save(update_fields=["resolved_at", "resolution"])
    enter(incident, EntryKind.RESOLVED, text=how, at=now)
    log.info("incident_cleared", incident_id=incident.pk, kind=kind.value, subject=subject, how=how)
    publish.incident_changed(incident.pk)
    return incident


def enter(
    incident: Incident,
    kind: EntryKind,
    *,
    at: datetime,
    text: str = "",
    data: dict[str, Any] | None = None,
    choice: str = "",
    actor: User | None = None,
) -> None:
    """Write one line of the history."""
    IncidentEntry.objects.create(
        incident=incident,
        kind=kind,
        choice=choice,
        text=text,
        data=data or {},
        actor=actor,
        request_id=current_request_id(),
        correlation_id=current_correlation_id(),
        at=at,
    )
