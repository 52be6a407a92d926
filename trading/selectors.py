"""Reads of orders, fills and runs for one person; what belongs to somebody else does not exist."""

import uuid

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Account, User
from config.shared.errors import DeskError, ErrorCode
from trading.models import (
    Fill,
    GatewayStandby,
    GatewayState,
    Incident,
    IncidentEntry,
    Order,
    OrderEvent,
    ReconciliationBreak,
    ReconciliationRun,
    RiskDecision,
)
from trading.models.gateway import HEARTBEAT_STALE_AFTER


def visible_order(user: User, order_id: uuid.UUID) -> Order:
    """One order. Raises DeskError RESOURCE_NOT_FOUND."""
    order = Order.objects.visible_to(user).select_related("account").filter(pk=order_id).first()
    if order is None:
        raise DeskError(ErrorCode.RESOURCE_NOT_FOUND, "There is no such order")
    return order


def order_events(order: Order) -> QuerySet[OrderEvent]:
    """The trade log of one order with IB's raw words."""
    return OrderEvent.objects.filter(order=order).select_related("ib_message", "actor")


def visible_fills(user: User) -> QuerySet[Fill]:
    """Fills that count, of the user's accounts."""
    return Fill.objects.visible_to(user).current()


def visible_decisions(user: User) -> QuerySet[RiskDecision]:
    """Verdicts on requests for the user's accounts."""
    return RiskDecision.objects.filter(account__in=Account.objects.visible_to(user)).select_related("user")


def visible_runs(user: User) -> QuerySet[ReconciliationRun]:
    """Runs over all accounts and runs over one of the user's."""
    mine = Account.objects.visible_to(user)
    return ReconciliationRun.objects.filter(Q(account=None) | Q(account__in=mine))


def visible_breaks(user: User) -> QuerySet[ReconciliationBreak]:
    """Breaks in the user's accounts."""
    return ReconciliationBreak.objects.filter(account__in=Account.objects.visible_to(user))


def gateways_standing_by() -> list[GatewayStandby]:
    """Second gateway processes that have spoken lately, the longest waiting first."""
    return list(GatewayStandby.objects.filter(heartbeat_at__gt=timezone.now() - HEARTBEAT_STALE_AFTER))


def gateway_state() -> GatewayState | None:
    """What the gateway last said about itself."""
    return GatewayState.objects.filter(pk="main").first()


def visible_incidents(user: User) -> QuerySet[Incident]:
    """Incidents in the user's accounts, and those of no account."""
    return Incident.objects.visible_to(user).select_related("account", "order", "acknowledged_by", "resolved_by")


def visible_incident(user: User, incident_id: int) -> Incident:
    """One incident. Raises DeskError RESOURCE_NOT_FOUND."""
    incident = visible_incidents(user).filter(pk=incident_id).first()
    if incident is None:
        raise DeskError(ErrorCode.RESOURCE_NOT_FOUND, "There is no such incident")
    return incident


def incident_history(incident: Incident) -> QuerySet[IncidentEntry]:
    """What happened to one incident, oldest first."""
    return IncidentEntry.objects.filter(incident=incident).select_related("actor").order_by("id")
