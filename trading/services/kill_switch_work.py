"""What follows an engaged kill switch: cancel every working order, close every position, until IB confirms.

Run by the gateway process, in small steps: it alone speaks to IB, so whenever anything can be done, it is there to do
it. Every step reads from PostgreSQL what is left, so that a crash between two of them loses and doubles nothing.
"""

import uuid
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import Account, Position
from config.shared.correlation import correlated, get_logger
from config.shared.errors import DeskError, ErrorCode
from config.shared.text import decimal_text
from market_data.domain import Session, is_open, next_open, parse_sessions
from market_data.models import Instrument
from trading import publish
from trading.domain.kill_switch import closing_side, pause_before, whole_units
from trading.domain.order_state import IllegalMove
from trading.domain.orders import OrderOrigin, OrderStatus, OrderTicket, OrderType
from trading.domain.risk import RULES_VERSION
from trading.models import GatewayCommand, KillSwitch, Order, RiskDecision
from trading.models.gateway import CommandKind, CommandStatus
from trading.models.kill_switch import KillSwitchAction
from trading.services import kill_switch, orders, risk

log = get_logger(__name__)

AT_MOST = 25  # orders in one step: the gateway's database thread has more to do
WAIT_FOR_CANCELS = timedelta(seconds=5)
CLIENT_ORDER_ID = "kill-switch-{engagement}-{con_id}-{round}"
GATEWAY = kill_switch.Mover(user=None, name="gateway", via="gateway")


def carry_on() -> None:
    """One step: ask for cancels that are due, close what can be closed, note what is finished."""
    switch = kill_switch.current()
    if not switch.engaged or not (switch.cancel_orders or switch.flatten):
        return
    left = list(Order.objects.open().select_related("account").order_by("created_at", "id"))
    if switch.cancel_orders:
        _cancel(switch, left)
    positions = open_positions() if switch.flatten else []
    for position in positions:
        _close(switch, position)
    _note_progress(switch, orders_left=bool(left), positions_left=bool(positions))


def open_positions() -> list[Position]:
    """Every position there is, by IB."""
    rows = Position.objects.exclude(quantity=0).select_related("instrument", "account")
    return list(rows.order_by("account", "instrument"))


def order_obstacle(order: Order) -> str:
    """Why the desk cannot cancel it, for a person; empty: it is being cancelled."""
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
    mine = _closing_orders(switch, position)
    if any(not OrderStatus(order.status).is_terminal for order in mine):
        return "The closing order is at work"
    if mine and not _has_settled(position, mine[-1]):
        return "The closing order has ended; IB's new position is awaited"
    if timezone.now() < switch.changed_at + WAIT_FOR_CANCELS and _others_open(position):
        return "Its working orders are being cancelled first"
    return ""


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


def _cancel(switch: KillSwitch, left: list[Order]) -> None:
    asked = 0
    for order in left:
        if asked >= AT_MOST:
            return
        if order.origin != OrderOrigin.DESK or _closes(switch, order) or not _is_due(switch, order):
            continue
        asked += 1
        try:
            with correlated(order.correlation_id, order_id=str(order.pk)):
                orders.request_cancel(order_id=order.pk, user=switch.changed_by, again=True)
        except DeskError as error:
            if error.code is ErrorCode.IB_CONNECTION_FAILED:
                return  # nothing can be sent now; the next step asks again
        except IllegalMove:
            log.warning("kill_switch_cannot_cancel", order_id=str(order.pk), status=order.status)


def _is_due(switch: KillSwitch, order: Order) -> bool:
    """Whether no cancel is on its way, and the last one is long enough ago."""
    cancels = GatewayCommand.objects.filter(order=order, kind=CommandKind.CANCEL, created_at__gte=switch.changed_at)
    last = cancels.order_by("-id").first()
    if last is None:
        return True
    if last.status == CommandStatus.QUEUED:
        return False
    return timezone.now() - last.created_at >= timedelta(seconds=pause_before(cancels.count()))


def _closes(switch: KillSwitch, order: Order) -> bool:
    return order.client_order_id.startswith(f"kill-switch-{switch.engagement}-")


def _closing_orders(switch: KillSwitch, position: Position) -> list[Order]:
    """Those of this engagement, oldest first."""
    prefix = CLIENT_ORDER_ID.format(engagement=switch.engagement, con_id=position.instrument_id, round="")
    mine = Order.objects.filter(account=position.account_id, client_order_id__startswith=prefix)
    return list(mine.order_by("created_at", "id"))


def _others_open(position: Position) -> bool:
    mine = Order.objects.open().filter(account=position.account_id, instrument=position.instrument_id)
    return mine.filter(origin=OrderOrigin.DESK).exists()


def _has_settled(position: Position, last: Order) -> bool:
    """Whether the position tells of all that the last closing order has done: a second one must not double it."""
    if last.filled_quantity == 0:
        return timezone.now() - last.updated_at >= timedelta(seconds=pause_before(1))
    if position.ledger_quantity is not None:
        return position.ledger_quantity == position.quantity
    return position.as_of > last.updated_at


def _close(switch: KillSwitch, position: Position) -> None:
    """A market order against one position, with a client order id of its own round."""
    try:
        with publish.recording():
            limits = risk.lock_account(position.account)
            fresh = KillSwitch.objects.filter(pk="main", engaged=True, engagement=switch.engagement).first()
            position.refresh_from_db(fields=["quantity", "ledger_quantity", "as_of"])
            if fresh is None or position.quantity == 0 or position_obstacle(fresh, position):
                return
            orders.require_gateway_ready()
            round_ = len(_closing_orders(fresh, position)) + 1
            ticket = OrderTicket(
                side=closing_side(position.quantity),
                quantity=whole_units(position.quantity),
                order_type=OrderType.MKT,
            )
            decision = _decide(fresh, limits.account, position, ticket)
            client_order_id = CLIENT_ORDER_ID.format(
                engagement=fresh.engagement, con_id=position.instrument_id, round=round_
            )
            orders.create_order(
                user=fresh.changed_by,
                account=position.account,
                instrument=position.instrument,
                ticket=ticket,
                client_order_id=client_order_id,
                decision=decision,
                payload={"kill_switch": fresh.engagement},
            )
    except DeskError as error:
        if error.code is not ErrorCode.IB_CONNECTION_FAILED:
            raise


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
