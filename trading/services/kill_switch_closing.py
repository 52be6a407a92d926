"""How much of a position the kill switch may still close: what other open orders could close counts as closed.

A working order on the closing side, and one whose fate nobody knows, may fill beside the closing order: closing the
whole position against it could turn the position over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import Max

from accounts.models import Position
from trading.domain.kill_switch import closing_side, whole_units
from trading.domain.orders import ZERO, OrderOrigin
from trading.models import Fill, GatewayCommand, Order
from trading.models.gateway import CommandKind, CommandStatus
from trading.services.positions import derived_quantities

IB_HAS_ITS_LAST_WORD = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Room:
    """What of a position is left to close, and the orders that could close the rest of it."""

    quantity: Decimal
    taken_by: Sequence[Order]


def room_to_close(position: Position, *, beside: Order | None = None) -> Room:
    """The whole units that no open order but `beside` could close.

    Orders placed elsewhere count, and of one whose outcome is unknown everything that is not known to be filled.
    """
    working = Order.objects.open().filter(
        account=position.account_id, instrument=position.instrument_id, side=closing_side(position.quantity).value
    )
    if beside is not None:
        working = working.exclude(pk=beside.pk)
    taken_by = list(working.order_by("created_at", "id"))
    larger = _larger_by_change(taken_by)
    taken = sum((max(o.quantity, larger.get(o.pk, ZERO)) - o.filled_quantity for o in taken_by), ZERO)
    left = max(abs(position.quantity) - taken, ZERO)
    return Room(whole_units(left), taken_by)


def _larger_by_change(orders: Sequence[Order]) -> dict[object, Decimal]:
    """By order: the largest quantity that was asked for and IB has not answered; it may have it already."""
    unanswered = GatewayCommand.objects.filter(
        order__in=orders,
        kind=CommandKind.MODIFY.value,
        status__in=[CommandStatus.QUEUED, CommandStatus.SENT, CommandStatus.UNKNOWN],
        payload__has_key="quantity",
    )
    larger: dict[object, Decimal] = {}
    for order_id, payload in unanswered.values_list("order", "payload"):
        larger[order_id] = max(larger.get(order_id, ZERO), Decimal(payload["quantity"]))
    return larger


def waits_for(room: Room) -> str:
    """Which orders leave nothing to close, for a person."""
    first = room.taken_by[0]
    more = f" and {len(room.taken_by) - 1} more" if len(room.taken_by) > 1 else ""
    elsewhere = any(order.origin != OrderOrigin.DESK for order in room.taken_by)
    hint = "; what was placed elsewhere has to be cancelled there" if elsewhere else ""
    return f"It waits for order {first.pk} ({first.get_status_display()}){more}, which could still close it{hint}"


def misfit(order: Order) -> str:
    """Why a closing order that was not sent yet no longer fits the position, for a person; empty: it does."""
    position = Position.objects.filter(account=order.account_id, instrument=order.instrument_id).first()
    if position is None or position.quantity == 0:
        return "there is no position any more"
    if order.side != closing_side(position.quantity) or order.quantity > whole_units(position.quantity):
        return f"the position is {position.quantity.normalize():f} now"
    if not is_settled(position):
        return "IB's figure of the position and the executions differ"
    room = room_to_close(position, beside=order)
    return waits_for(room) if order.quantity > room.quantity else ""


def is_settled(position: Position) -> bool:
    """Whether IB's figure tells of every fill: an order against an older one would close the position twice.

    IB reports a trade and the new position apart. They agree when the ledger, summed up here and now, has the same
    figure; where the two differ for another reason, IB's word counts once it is well after the last execution.
    """
    key = position.account_id, position.instrument_id
    derived = derived_quantities(accounts=[key[0]], con_ids=[key[1]])
    if derived.get(key) == position.quantity:
        return True
    fills = Fill.objects.filter(account=key[0], instrument=key[1])
    last = fills.aggregate(last=Max("recorded_at"))["last"]
    return last is None or position.as_of > last + IB_HAS_ITS_LAST_WORD
