"""Two live orders at IB for one intent of ours: found in each complete answer about open orders, told to a person."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from config.shared.text import decimal_text, uuid_of
from trading.domain.incidents import IncidentKind
from trading.domain.orders import OrderStatus
from trading.models import Incident, Order, OrderPermId
from trading.services.incidents import clear_incident, raise_incident


def check_doubled(open_orders: Iterable[tuple[int, str]], *, now: datetime) -> None:
    """Raise and clear `doubled_at_ib`; `open_orders` are (perm id, order reference) of a complete answer.

    The caller holds `publish.recording()`. A second number that has ended, as after any modify that IB carried out
    by a new order, is none: only what IB lists as open counts.
    """
    live = _live_numbers(open_orders)
    doubled = {}
    for order in Order.objects.filter(pk__in=live).prefetch_related("perm_ids"):
        # filled under one number, alive under the other: what fills now is too much
        is_over = order.status == OrderStatus.FILLED and len(order.perm_ids.all()) > 1
        if len(live[order.pk]) > 1 or is_over:
            doubled[order.pk] = order
    for order in doubled.values():
        evidence = {
            "order_id": str(order.pk),
            "live_perm_ids": sorted(live[order.pk]),
            "perm_ids": sorted(row.perm_id for row in order.perm_ids.all()),
            "ib_order_id": order.ib_order_id,
            "ib_client_id": order.ib_client_id,
            "status": order.status,
            "quantity": decimal_text(order.quantity),
            "filled_quantity": decimal_text(order.filled_quantity),
        }
        raise_incident(
            kind=IncidentKind.DOUBLED_AT_IB,
            account=order.account_id,
            order=order,
            subject=str(order.pk),
            evidence=evidence,
            now=now,
        )
    known = Incident.objects.open().filter(kind=IncidentKind.DOUBLED_AT_IB.value)
    for subject in known.exclude(order__in=doubled).values_list("subject", flat=True):
        order_id = uuid_of(subject)
        left = order_id is not None and bool(live.get(order_id))
        clear_incident(
            kind=IncidentKind.DOUBLED_AT_IB,
            subject=subject,
            how=f"IB lists {'one open order' if left else 'no open order'} for it",
            now=now,
        )


def _live_numbers(open_orders: Iterable[tuple[int, str]]) -> dict[uuid.UUID, set[int]]:
    """By order of ours: the perm ids that IB lists as open."""
    numbers = {perm_id: ref for perm_id, ref in open_orders if perm_id}
    owners = dict(OrderPermId.objects.filter(perm_id__in=numbers).values_list("perm_id", "order"))
    live: dict[uuid.UUID, set[int]] = defaultdict(set)
    for perm_id, ref in numbers.items():
        owner = owners.get(perm_id) or uuid_of(ref)
        if owner is not None:
            live[owner].add(perm_id)
    return live
