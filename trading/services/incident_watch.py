"""Find the orders that IB's answers do not settle, and close the incidents of those that settled.

The gateway process runs this beside its other work, so that it needs neither Celery nor Redis.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from config.shared.correlation import correlated, new_id
from trading import publish
from trading.domain.incidents import IncidentKind
from trading.domain.orders import OrderOrigin, OrderStatus
from trading.models import GatewayCommand, IbMessage, Incident, Order
from trading.models.gateway import COMPLETE_ANSWER
from trading.services.incident_evidence import (
    complete_answers,
    last_sent_at,
    order_evidence,
    stuck_since,
    what_settled,
)
from trading.services.incidents import clear_incident, raise_incident

# A request that IB leaves open is asked about this often before a person is called.
ANSWERS_BEFORE_SWALLOWED = 3
# Without any complete answer a person is told too, but only after this many patiences: a reconnect takes its time.
SILENT_PATIENCES = 10
AT_ONCE = 100
# Of each order that waits for a person: so much of a pause between two times that IB's silence about them is added up.
TALLY_PAUSE = timedelta(seconds=0.5)

_PENDING = frozenset({OrderStatus.PENDING_SUBMIT, OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_REPLACE})
_KINDS = (IncidentKind.ORDER_UNSETTLED, IncidentKind.ORDER_SWALLOWED)


class OrderWatch:
    """Looks at all orders that could be stuck, again and again; cheap when there are none.

    An order of which a person has been told is weighed anew when something was sent or said about it. That IB has once
    more answered in full, without a word about it, is only added up: the more such orders there are, the less often.
    """

    def __init__(self) -> None:
        self._weighed: dict[uuid.UUID, tuple[Any, ...]] = {}
        self._tally: tuple[datetime, int] | None = None  # when answers were added up, and the last one then

    def look(self, *, now: datetime | None = None) -> None:
        """Raise, bring up to date and close the incidents of orders."""
        now = now or timezone.now()
        for incident in Incident.objects.open().filter(kind__in=_KINDS).select_related("order"):
            _close_if_settled(incident, now)
        suspects = _suspects(now)
        news = _news_of(suspects)
        is_tally = self._is_time_to_tally(len(suspects), now)
        for order in suspects:
            if not is_tally and self._weighed.get(order.pk) == news[order.pk]:
                continue
            kind = _kind_of(order)
            if kind is not None and _is_stuck(order, kind, now):
                _call_a_person(order, kind, now)
                self._weighed[order.pk] = news[order.pk]
        self._weighed = {key: what for key, what in self._weighed.items() if key in news}

    def _is_time_to_tally(self, suspects: int, now: datetime) -> bool:
        latest = IbMessage.objects.filter(kind=COMPLETE_ANSWER).aggregate(id=Max("id"))["id"] or 0
        if self._tally is not None:
            at, known = self._tally
            if latest == known or abs(now - at) < TALLY_PAUSE * suspects:
                return False
        self._tally = (now, latest)
        return True


def _suspects(now: datetime) -> list[Order]:
    """Nothing has moved them for a while, or an open incident's evidence may be older than IB's answers."""
    told = Incident.objects.open().filter(kind__in=[kind.value for kind in _KINDS], order=OuterRef("pk"))
    pending = Q(status__in=[status.value for status in _PENDING], origin=OrderOrigin.DESK, ib_order_id__isnull=False)
    waiting = Order.objects.filter(Q(status=OrderStatus.UNKNOWN) | pending)
    still = waiting.filter(~Exists(told), updated_at__lt=now - settings.INCIDENT_PATIENCE)
    return [*still.order_by("updated_at")[:AT_ONCE], *waiting.filter(Exists(told)).order_by("updated_at")]


def _news_of(orders: list[Order]) -> dict[uuid.UUID, tuple[Any, ...]]:
    """Of each order what changes when it moves, when something is sent about it, and when IB says something."""
    ids = [order.pk for order in orders]
    if not ids:
        return {}
    said = dict(IbMessage.objects.filter(order__in=ids).order_by().values_list("order").annotate(last=Max("id")))
    commands = GatewayCommand.objects.filter(order__in=ids).order_by().values_list("order")
    sent = {key: rest for key, *rest in commands.annotate(a=Max("id"), b=Max("sent_at"), c=Max("finished_at"))}
    return {order.pk: (order.status, order.updated_at, said.get(order.pk), sent.get(order.pk)) for order in orders}


def _kind_of(order: Order) -> IncidentKind | None:
    if order.status == OrderStatus.UNKNOWN:
        return IncidentKind.ORDER_UNSETTLED
    if order.origin == OrderOrigin.DESK and order.status in _PENDING and order.ib_order_id is not None:
        return IncidentKind.ORDER_SWALLOWED
    return None


def _is_stuck(order: Order, kind: IncidentKind, now: datetime) -> bool:
    patience: timedelta = settings.INCIDENT_PATIENCE
    since = stuck_since(order)[0]
    if kind is IncidentKind.ORDER_SWALLOWED:
        since = max(since, last_sent_at(order) or since)
    if now - since < patience:
        return False
    needed = 1 if kind is IncidentKind.ORDER_UNSETTLED else ANSWERS_BEFORE_SWALLOWED
    return complete_answers(order)["count"] >= needed or now - since >= patience * SILENT_PATIENCES


def _call_a_person(order: Order, kind: IncidentKind, now: datetime) -> None:
    with correlated(order.correlation_id or new_id(), order_id=str(order.pk)), publish.recording():
        # locked: nothing settles it between the look and the incident
        locked = Order.objects.select_for_update(of=["self"]).get(pk=order.pk)
        if locked.status != order.status:
            return
        evidence = order_evidence(locked, answers=complete_answers(locked))
        raise_incident(
            kind=kind, account=locked.account_id, order=locked, subject=str(locked.pk), evidence=evidence, now=now
        )


def _close_if_settled(incident: Incident, now: datetime) -> None:
    order = incident.order
    if order is None or _kind_of(order) == incident.kind:
        return
    with correlated(order.correlation_id or new_id(), order_id=str(order.pk)), publish.recording():
        clear_incident(kind=IncidentKind(incident.kind), subject=incident.subject, how=what_settled(order), now=now)
