"""What follows an engaged kill switch: cancel every working order, close every position, until IB confirms.

Run by the gateway process, in small steps: it alone speaks to IB, so whenever anything can be done, it is there to do
it. Every step reads from PostgreSQL what is left, so that a crash between two of them loses and doubles nothing.
"""

import contextlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.models import Max, QuerySet
from django.utils import timezone

from accounts.models import Account, Position
from config.shared.correlation import correlated, get_logger
from config.shared.errors import DeskError, ErrorCode
from config.shared.text import decimal_text
from market_data.domain import Session, is_open, next_open, parse_sessions
from market_data.models import Instrument
from trading import publish
from trading.domain.kill_switch import closing_side, pause_before, whole_units
from trading.domain.orders import OrderOrigin, OrderStatus, OrderTicket, OrderType
from trading.domain.risk import RULES_VERSION
from trading.models import GatewayCommand, KillSwitch, KillSwitchEvent, Order, RiskDecision
from trading.models.gateway import CommandKind, CommandStatus
from trading.models.kill_switch import KillSwitchAction
from trading.services import kill_switch, orders, risk
from trading.services.kill_switch_closing import is_settled, room_to_close, waits_for

log = get_logger(__name__)

AT_MOST = 25  # orders in one step: the gateway's database thread has more to do
WAIT_FOR_CANCELS = timedelta(seconds=5)
GATEWAY = kill_switch.Mover(user=None, name="gateway", via="gateway")


def carry_on() -> bool:
    """One step: cancel what is due, close what can be closed, note what is finished; returns whether it sent."""
    switch = kill_switch.current()
    if not switch.engaged or not (switch.cancel_orders or switch.flatten):
        return False
    left = list(Order.objects.open().select_related("account").order_by("created_at", "id"))
    sent = _cancel(switch, left) if switch.cancel_orders else 0
    positions = open_positions() if switch.flatten else []
    for position in positions:
        with _alone("kill_switch_cannot_close", account_id=position.account_id, con_id=position.instrument_id):
            sent += _close(switch, position)
    _note_progress(switch, orders_left=bool(left), positions_left=bool(positions))
    return sent > 0


@contextlib.contextmanager
def _alone(event: str, **about: Any) -> Iterator[None]:
    """What goes wrong with one order or position keeps nothing from the others; the next step tries it again."""
    try:
        yield
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception(event, error_code="INTERNAL_SERVER_ERROR", **about)


def open_positions() -> list[Position]:
    """Every position there is, by IB."""
    rows = Position.objects.exclude(quantity=0).select_related("instrument", "account")
    return list(rows.order_by("account", "instrument"))


def order_obstacle(switch: KillSwitch, order: Order) -> str:
    """Why the desk cannot cancel it, for a person; empty: it is being cancelled."""
    if not switch.cancels_in(order.account_id):
        return "Whoever engaged the kill switch may not cancel orders of this account: ask for it yourself"
    if order.origin != OrderOrigin.DESK:
        return "It was placed elsewhere: cancel it there, IB lets nobody else"
    if order.status == OrderStatus.UNKNOWN:
        return "IB has not told what became of it; it is asked to cancel it all the same"
    last = order.commands.filter(kind=CommandKind.CANCEL).order_by("-id").first()
    return "" if last is None else last.error


def position_obstacle(switch: KillSwitch, position: Position) -> str:
    """Why it cannot be closed at this moment, for a person; empty: it can."""
    if whole_units(position.quantity) == 0:
        return "Less than one unit: IB takes no fractional order by API, close it in TWS"
    if closed := _closed(position.instrument):
        return closed
    mine = list(_closing_orders(switch, position))
    if any(not OrderStatus(order.status).is_terminal for order in mine):
        return "The closing order is at work"
    if mine and timezone.now() < mine[-1].updated_at + _pause_after(mine):
        return "The closing order has ended; it is tried again soon"
    if not is_settled(position):
        return "IB's figure and the executions differ; the next word of IB is awaited"
    if _cancels_are_under_way(switch, position):
        return "Its working orders are being cancelled first"
    room = room_to_close(position)
    return waits_for(room) if room.quantity == 0 else ""


def _closed(instrument: Instrument) -> str:
    """That no market order works now; hours nobody knows are left to IB."""
    sessions, now = _sessions(instrument), timezone.now()
    if not sessions or now >= sessions[-1].end or is_open(sessions, now):
        return ""
    opens = next_open(sessions, now)
    return "The market is closed" + (f" until {opens:%Y-%m-%d %H:%M} UTC" if opens else "")


def _sessions(instrument: Instrument) -> list[Session]:
    try:
        sessions = parse_sessions(instrument.liquid_hours, instrument.time_zone)
    except ValueError:
        return []
    return sorted(sessions, key=lambda session: session.start)


def _cancel(switch: KillSwitch, left: list[Order]) -> int:
    """Returns how many were asked for."""
    if not left:
        return 0
    closing = set(_closing_orders(switch).values_list("pk", flat=True))
    asked = 0
    for order in left:
        if asked >= AT_MOST:
            break
        if order.origin != OrderOrigin.DESK or order.pk in closing or not switch.cancels_in(order.account_id):
            continue
        if not _is_due(switch, order):
            continue
        asked += 1
        with _alone("kill_switch_cannot_cancel", order_id=str(order.pk), status=order.status):
            if not _ask_to_cancel(switch, order):
                return 0  # nothing can be sent now; the next step asks again
    return asked


def _ask_to_cancel(switch: KillSwitch, order: Order) -> bool:
    """Returns whether the gateway takes cancels at all."""
    try:
        with correlated(order.correlation_id, order_id=str(order.pk)):
            orders.request_cancel(order_id=order.pk, user=switch.changed_by, again=True)
    except DeskError as error:
        return error.code is not ErrorCode.IB_CONNECTION_FAILED  # any other: it has just ended
    return True


def _is_due(switch: KillSwitch, order: Order) -> bool:
    """Whether no cancel is on its way, and the last one is long enough ago."""
    cancels = GatewayCommand.objects.filter(order=order, kind=CommandKind.CANCEL, created_at__gte=switch.changed_at)
    last = cancels.order_by("-id").first()
    if last is None:
        return True
    if last.status == CommandStatus.QUEUED:
        return False
    return timezone.now() - last.created_at >= timedelta(seconds=pause_before(cancels.count()))


def _closing_orders(switch: KillSwitch, position: Position | None = None) -> QuerySet[Order]:
    """Those of this engagement, oldest first; known by the command that only the switch writes, not by their names."""
    of_it = Order.objects.filter(
        commands__kind=CommandKind.PLACE.value, commands__payload__kill_switch=switch.engagement
    ).order_by("created_at", "id")
    if position is None:
        return of_it
    return of_it.filter(account=position.account_id, instrument=position.instrument_id)


def _pause_after(mine: Sequence[Order]) -> timedelta:
    """A closing order that ended otherwise than filled is not repeated at once: an execution may be on its way."""
    return timedelta(seconds=0 if mine[-1].status == OrderStatus.FILLED else pause_before(len(mine)))


def _asked_at(switch: KillSwitch) -> datetime:
    """When the positions were last asked to be closed."""
    moves = [KillSwitchAction.ENGAGED.value, KillSwitchAction.EXTENDED.value]
    asked = KillSwitchEvent.objects.filter(engagement=switch.engagement, action__in=moves).order_by("-id").first()
    return switch.changed_at if asked is None else asked.at


def _cancels_are_under_way(switch: KillSwitch, position: Position) -> bool:
    """Whether IB may be about to confirm: five seconds from the last cancel it was sent, not from the engagement.

    Those may lie far apart, when the connection was down. What has not ended by then is left to `room_to_close`.
    """
    others = Order.objects.open().filter(account=position.account_id, instrument=position.instrument_id)
    others = others.filter(origin=OrderOrigin.DESK)
    if not others.exists():
        return False
    cancels = GatewayCommand.objects.filter(kind=CommandKind.CANCEL.value, order__in=others)
    if cancels.filter(status=CommandStatus.QUEUED).exists():
        return True
    sent_at = cancels.aggregate(last=Max("sent_at"))["last"]
    return timezone.now() < max(_asked_at(switch), sent_at or switch.changed_at) + WAIT_FOR_CANCELS


def _close(switch: KillSwitch, position: Position) -> bool:
    """A market order against what no other order could close of a position.

    A repeat under the account's lock sees what the first has written.
    """
    if position_obstacle(switch, position):
        return False
    try:
        with publish.recording():
            limits = risk.lock_account(position.account)
            fresh = KillSwitch.objects.filter(pk="main", engaged=True, engagement=switch.engagement).first()
            position.refresh_from_db(fields=["quantity", "as_of"])
            if fresh is None or position.quantity == 0 or position_obstacle(fresh, position):
                return False
            orders.require_gateway_ready()
            ticket = OrderTicket(
                side=closing_side(position.quantity),
                quantity=room_to_close(position).quantity,
                order_type=OrderType.MKT,
            )
            orders.create_order(
                user=fresh.changed_by,
                account=position.account,
                instrument=position.instrument,
                ticket=ticket,
                client_order_id=_client_order_id(fresh, position),
                decision=_decide(fresh, limits.account, position, ticket),
                payload={"kill_switch": fresh.engagement},
            )
    except DeskError as error:
        if error.code is not ErrorCode.IB_CONNECTION_FAILED:
            raise
        return False
    return True


def _client_order_id(switch: KillSwitch, position: Position) -> str:
    """A name that tells what it is; one that somebody else has taken gets a tail."""
    round_ = _closing_orders(switch, position).count() + 1
    name = f"kill-switch-{switch.engagement}-{position.instrument_id}-{round_}"
    if Order.objects.filter(account=position.account_id, client_order_id=name).exists():
        return f"{name}-{uuid.uuid4().hex[:8]}"
    return name


def _decide(switch: KillSwitch, account: Account, position: Position, ticket: OrderTicket) -> RiskDecision:
    """The recorded verdict: what only takes a position down is allowed whatever the limits say."""
    request = {name: decimal_text(v) if isinstance(v, Decimal) else v for name, v in asdict(ticket).items()}
    return RiskDecision.objects.create(
        account=account,
        user=switch.changed_by,
        action="flatten",
        is_allowed=True,
        rule=kill_switch.RULE,
        message=f"Closes the position: {kill_switch.sentence(switch)}",
        request={"symbol": position.instrument.symbol, "con_id": position.instrument_id, **request},
        surroundings={"position": decimal_text(position.quantity), "engagement": switch.engagement},
        rules_version=RULES_VERSION,
        request_id=uuid.uuid4().hex,
    )


def _note_progress(switch: KillSwitch, *, orders_left: bool, positions_left: bool) -> None:
    """When nothing is left, and whether something has come back; written only when it changes."""
    cancelled = switch.cancel_orders and not orders_left
    flat = switch.flatten and cancelled and not positions_left
    if (cancelled, flat) == (switch.cancelled_at is not None, switch.flat_at is not None):
        return
    with publish.recording():
        row = KillSwitch.objects.select_for_update(of=["self"]).get(pk="main")
        if not row.engaged or row.engagement != switch.engagement:
            return
        now = timezone.now()
        news = [
            action
            for action, is_so, before in (
                (KillSwitchAction.CANCELLED, cancelled, row.cancelled_at),
                (KillSwitchAction.FLAT, flat, row.flat_at),
            )
            if is_so and before is None
        ]
        row.cancelled_at = (row.cancelled_at or now) if cancelled else None
        row.flat_at = (row.flat_at or now) if flat else None
        row.save(update_fields=["cancelled_at", "flat_at"])
        publish.kill_switch_changed()
        for action in news:
            kill_switch.note(row, action, GATEWAY, "")
