"""Place, modify and cancel orders: the intent is on record before anybody acts on it."""

import dataclasses
import hashlib
import uuid
from decimal import Decimal
from typing import Any

import orjson
from django.conf import settings
from django.db import IntegrityError, connection
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Account, User
from config.shared.clock import boot_id, boot_seconds
from config.shared.correlation import current_correlation_id, current_request_id, get_logger
from config.shared.errors import DeskError, ErrorCode
from config.shared.text import decimal_text, time_text
from market_data.models import Instrument
from market_data.services import quote_to_judge
from trading import publish
from trading.domain.order_events import CancelRequested, ModifyRequested, OrderSubmitted
from trading.domain.order_state import IllegalMove
from trading.domain.orders import OPEN, TERM_NAMES, OrderSide, OrderStatus, OrderTicket, OrderType, TimeInForce
from trading.domain.risk import validate_shape
from trading.models import GatewayCommand, GatewayState, Order, RiskDecision
from trading.models.gateway import CommandKind
from trading.models.orders import EventSource
from trading.services import risk
from trading.services.order_log import Origin, append_to_log, record_order_event
from trading.services.order_terms import CHANGEABLE, changes_text

log = get_logger(__name__)

NOTIFY_CHANNEL = "gateway_commands"


def request_hash(account: Account, instrument: Instrument, ticket: OrderTicket) -> str:
    """What makes two requests the same request; the spelling of numbers does not matter."""
    body = {
        "account": account.code,
        "con_id": instrument.con_id,
        **{
            name: decimal_text(value) if isinstance(value, Decimal) else value
            for name, value in dataclasses.asdict(ticket).items()
            # what an earlier version did not know is left out when absent: a repeat may come after an upgrade
            if value is not None or name in ("limit_price", "stop_price")
        },
    }
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


def submit_order(
    *,
    user: User,
    account: Account,
    instrument: Instrument,
    ticket: OrderTicket,
    client_order_id: str | None = None,
) -> tuple[Order, bool]:
    """Record an order and hand it to the gateway; returns it and whether it is new.

    The same `client_order_id` with the same content returns the first order, whatever the gateway's state.
    Raises DeskError: ORDER_VALIDATION_FAILED and the other risk codes, CONFLICT for a client order id with
    another content, IB_CONNECTION_FAILED when the gateway is not connected and in sync.
    """
    fingerprint = request_hash(account, instrument, ticket)
    if client_order_id and (repeat := _find_repeat(account, client_order_id, fingerprint)):
        return repeat, False
    _require_shape(ticket, instrument)
    require_gateway_ready()
    quote = quote_to_judge(instrument)  # before the transaction: it may wait for the first tick
    try:
        with publish.recording():
            limits = risk.lock_account(account)
            if client_order_id and (repeat := _find_repeat(account, client_order_id, fingerprint)):
                return repeat, False
            require_gateway_ready()  # again: the quote and the account's lock may have taken their time
            decision = risk.judge(
                account=account, instrument=instrument, ticket=ticket, quote=quote, user=user, limits=limits
            )
            order = None
            if decision.is_allowed:
                order = _create_order(user, account, instrument, ticket, client_order_id, fingerprint, decision)
    except IntegrityError:
        # another process without the account's lock (an external order) took the id in between
        if client_order_id and (repeat := _find_repeat(account, client_order_id, fingerprint)):
            return repeat, False
        raise
    if order is None:
        risk.raise_denied(decision)
    assert order is not None
    log.info(
        "order_submitted",
        order_id=str(order.pk),
        symbol=order.symbol,
        quantity=decimal_text(order.quantity),
        order_type=order.order_type,
        account_id=account.code,
    )
    return order, True


def _find_repeat(account: Account, client_order_id: str, fingerprint: str) -> Order | None:
    order = Order.objects.filter(account=account, client_order_id=client_order_id).first()
    if order is not None and order.request_hash != fingerprint:
        raise DeskError(
            ErrorCode.CONFLICT,
            "This client order id was used for another order",
            {"client_order_id": client_order_id, "order_id": str(order.pk)},
        )
    return order


def _require_shape(ticket: OrderTicket, instrument: Instrument) -> None:
    errors = validate_shape(ticket, instrument.min_tick, timezone.now())
    if errors:
        raise DeskError(ErrorCode.ORDER_VALIDATION_FAILED, "The order is not valid", errors)


def require_gateway_ready(*, for_cancel: bool = False) -> GatewayState:
    """The gateway's state, or DeskError IB_CONNECTION_FAILED with the reason it cannot take orders.

    In a planned interruption only cancels are taken, and only while the connection still stands.
    """
    state = GatewayState.objects.filter(pk="main").first()
    if state is None:
        state = GatewayState(reason="the gateway process has not started yet")
    belief = state.believed()
    if belief.takes_cancels if for_cancel else belief.takes_orders:
        return state
    details: dict[str, Any] = {"state": belief.state.value}
    if belief.window is not None:
        details |= {"planned": belief.window.name, "planned_until": time_text(belief.window.ends_at)}
    reason = belief.reason or belief.state.label
    message = f"No order can be sent to IB now: {reason}"
    raise DeskError(ErrorCode.IB_CONNECTION_FAILED, message, details)


def create_order(
    *,
    user: User | None,
    account: Account,
    instrument: Instrument,
    ticket: OrderTicket,
    client_order_id: str,
    decision: RiskDecision,
    payload: dict[str, Any],
) -> Order:
    """An order that has been decided on elsewhere under the account's lock; inside `publish.recording()`."""
    fingerprint = request_hash(account, instrument, ticket)
    return _create_order(user, account, instrument, ticket, client_order_id, fingerprint, decision, payload)


def _create_order(
    user: User | None,
    account: Account,
    instrument: Instrument,
    ticket: OrderTicket,
    client_order_id: str | None,
    fingerprint: str,
    decision: RiskDecision,
    payload: dict[str, Any] | None = None,
) -> Order:
    order_id = uuid.uuid4()
    order = Order.objects.create(
        id=order_id,
        account=account,
        instrument=instrument,
        symbol=instrument.symbol,
        client_order_id=client_order_id or str(order_id),
        request_hash=fingerprint,
        side=ticket.side.value,
        quantity=ticket.quantity,
        order_type=ticket.order_type.value,
        **{name: getattr(ticket, name) for name in TERM_NAMES},
        time_in_force=ticket.time_in_force.value,
        outside_rth=ticket.outside_rth,
        created_by=user,
        correlation_id=current_correlation_id(),
    )
    state = order.state()
    origin = Origin(source=EventSource.API, actor=user)
    append_to_log(order=order, event=OrderSubmitted(), before=state, after=state, origin=origin)
    _enqueue(CommandKind.PLACE, order, {"risk_decision": decision.pk, **(payload or {})})
    publish.order_changed(order.pk, created=True)
    return order


def _enqueue(kind: CommandKind, order: Order | None, payload: dict[str, Any]) -> GatewayCommand:
    """Write a command and wake the gateway when, and only when, this transaction commits."""
    command = GatewayCommand.objects.create(
        kind=kind,
        order=order,
        payload=payload,
        # by the database's clock, as the gateway reads it: machines need not agree on the time
        deadline_at=Now() + settings.IB_COMMAND_DEADLINE,
        boot_id=boot_id(),
        boot_seconds=boot_seconds(),
        correlation_id=current_correlation_id(),
        request_id=current_request_id(),
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [NOTIFY_CHANNEL, str(command.pk)])
    return command


def request_reconnect() -> GatewayCommand:
    """Ask the gateway to drop its connection to IB and build it anew."""
    with publish.recording():
        return _enqueue(CommandKind.RECONNECT, None, {})


def request_comparison() -> GatewayCommand:
    """Ask the gateway to compare with IB's own lists now. Raises DeskError IB_CONNECTION_FAILED."""
    require_gateway_ready()
    with publish.recording():
        return _enqueue(CommandKind.COMPARE, None, {})


def request_cancel(*, order_id: uuid.UUID, user: User | None, again: bool = False) -> Order:
    """Ask IB to cancel an order. A second request while the first is pending changes nothing, unless it is `again`.

    Raises DeskError CONFLICT for an order that has ended, IB_CONNECTION_FAILED when the gateway is not ready.
    """
    with publish.recording():
        order = Order.objects.select_for_update().get(pk=order_id)
        if order.status == OrderStatus.PENDING_CANCEL and not again:
            return order
        _require_ours_to_change(order, "cancelled")
        if order.status not in {status.value for status in OPEN}:
            raise _ended(order, "cancelled")
        require_gateway_ready(for_cancel=True)
        order = record_order_event(
            order_id=order_id, event=CancelRequested(), origin=Origin(source=EventSource.API, actor=user)
        )
        _enqueue(CommandKind.CANCEL, order, {})
    log.info("cancel_requested", order_id=str(order.pk), symbol=order.symbol, account_id=order.account_id)
    return order


def request_modify(
    *,
    order_id: uuid.UUID,
    user: User,
    **wanted: Any,
) -> Order:
    """Ask IB to change a working order: quantity, any of its terms, `outside_rth`; None leaves a value as it is.

    The order keeps its old terms until IB echoes the new ones. Raises DeskError: ORDER_VALIDATION_FAILED and the
    other risk codes, CONFLICT when the order is not in a state that can be changed, IB_CONNECTION_FAILED.
    """
    if unknown := set(wanted) - CHANGEABLE:
        raise TypeError(f"cannot be changed: {sorted(unknown)}")
    found = Order.objects.select_related("instrument").get(pk=order_id)
    quote = quote_to_judge(found.instrument)
    with publish.recording():
        limits = risk.lock_account(found.account)
        order = Order.objects.select_for_update(of=["self"]).select_related("instrument", "account").get(pk=order_id)
        _require_ours_to_change(order, "modified")
        changes = {name: value for name, value in wanted.items() if _is_change(order, name, value)}
        if not changes:
            return order
        ticket = _changed_ticket(order, changes)
        _require_changes_fit(ticket, order.instrument, changes)
        if ticket.quantity <= order.filled_quantity:
            message = f"must be above the {decimal_text(order.filled_quantity)} already filled"
            raise DeskError(ErrorCode.ORDER_VALIDATION_FAILED, "The order is not valid", {"quantity": [message]})
        if order.status not in (OrderStatus.WORKING, OrderStatus.PARTIALLY_FILLED):
            raise _ended(order, "modified")
        require_gateway_ready()
        # what is filled already is in the position; only the rest of the order is judged
        rest = dataclasses.replace(ticket, quantity=ticket.quantity - order.filled_quantity)
        decision = risk.judge(
            account=order.account,
            instrument=order.instrument,
            ticket=rest,
            quote=quote,
            user=user,
            limits=limits,
            action="modify",
            instead_of=order,
        )
        if decision.is_allowed:
            order = _ask_to_modify(order, changes, user)
    if not decision.is_allowed:
        risk.raise_denied(decision)
    log.info("modify_requested", order_id=str(order.pk), symbol=order.symbol, account_id=order.account_id)
    return order


def _is_change(order: Order, name: str, value: Any) -> bool:
    """The stop of a trailing order as we know it may be one that IB has moved on from: asked for, it is sent."""
    if value is None:
        return False
    is_trailing_stop = name == "stop_price" and OrderType(order.order_type).is_trailing
    return is_trailing_stop or value != getattr(order, name)


def _require_changes_fit(ticket: OrderTicket, instrument: Instrument, changes: dict[str, Any]) -> None:
    """What is not changed has passed before, or is IB's: the stop of a trailing order, a date that has passed."""
    errors = validate_shape(ticket, instrument.min_tick, timezone.now())
    if wrong := {name: messages for name, messages in errors.items() if name in changes}:
        raise DeskError(ErrorCode.ORDER_VALIDATION_FAILED, "The order is not valid", wrong)


def _ask_to_modify(order: Order, changes: dict[str, Any], user: User) -> Order:
    event = ModifyRequested(**changes)
    try:
        order = record_order_event(order_id=order.pk, event=event, origin=Origin(source=EventSource.API, actor=user))
    except IllegalMove as error:
        raise _ended(order, "modified") from error
    _enqueue(CommandKind.MODIFY, order, changes_text(changes))
    return order


def _changed_ticket(order: Order, changes: dict[str, Any]) -> OrderTicket:
    return OrderTicket(
        side=OrderSide(order.side),
        quantity=changes.get("quantity", order.quantity),
        order_type=OrderType(order.order_type),
        time_in_force=TimeInForce(order.time_in_force),
        outside_rth=changes.get("outside_rth", order.outside_rth),
        **{name: changes.get(name, value) for name, value in order.term_values().items()},
    )


def _require_ours_to_change(order: Order, done: str) -> None:
    """IB lets only the client that placed an order change it (field guide §1.1, clientId)."""
    if order.origin != "desk":
        raise DeskError(
            ErrorCode.CONFLICT,
            f"An order that was placed elsewhere cannot be {done} here",
            {"origin": order.origin},
        )


def _ended(order: Order, done: str) -> DeskError:
    return DeskError(
        ErrorCode.CONFLICT,
        f"The order is {order.get_status_display()} and cannot be {done} now",
        {"status": order.status},
    )
