"""Engage and release the kill switch, and answer whether it lets an order through."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.domain.roles import Permission
from accounts.models import Account, User
from config.shared.correlation import current_request_id, get_logger
from config.shared.errors import DeskError, ErrorCode
from trading import publish
from trading.domain.kill_switch import Terms, increases_risk
from trading.domain.orders import TERM_NAMES, OrderSide, OrderTicket, OrderType
from trading.domain.risk import Breach
from trading.models import KillSwitch, KillSwitchEvent, Order
from trading.models.kill_switch import KillSwitchAction

log = get_logger(__name__)

REASON_MAX = 500
RULE = "kill_switch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """Who moves the switch, and from where; the command line may act for no user of the desk."""

    user: User | None
    name: str
    via: str

    @classmethod
    def person(cls, user: User, via: str) -> "Mover":
        """Somebody who has signed in."""
        return cls(user=user, name=user.get_username(), via=via)


def current() -> KillSwitch:
    """How the switch stands, by the database."""
    return KillSwitch.objects.filter(pk="main").first() or KillSwitch()


def breaches(ticket: OrderTicket, instead_of: Order | None) -> list[Breach]:
    """Why the switch forbids a new order, or a change of the order `instead_of`; asked inside its transaction."""
    switch = current()
    if not switch.engaged:
        return []
    if instead_of is not None:
        left = instead_of.quantity - instead_of.filled_quantity
        after = _terms(ticket.side, ticket.order_type, dataclasses.asdict(ticket))
        if not increases_risk(terms_of(instead_of, quantity=left), after):
            return []
    return [Breach(rule=RULE, code=ErrorCode.TRADING_HALTED.value, message=sentence(switch), numbers={})]


def terms_of(order: Order, **instead: object) -> Terms:
    """What of an order decides about its risk."""
    now = {"quantity": order.quantity, "outside_rth": order.outside_rth, **order.term_values()}
    return _terms(OrderSide(order.side), order.order_type, {**now, **instead})


def _terms(side: OrderSide, order_type: str, values: Mapping[str, Any]) -> Terms:
    others = tuple(values[name] for name in (*TERM_NAMES, "outside_rth") if name not in ("limit_price", "stop_price"))
    # what waits for a better price is set off sooner the other way round, and a trailing stop carries a limit along
    is_other = order_type in (OrderType.MIT, OrderType.LIT, OrderType.TRAIL, OrderType.TRAIL_LIMIT)
    return Terms(
        side=side,
        quantity=values["quantity"],
        limit_price=values["limit_price"],
        stop_price=values["stop_price"],
        others=(*others, values["stop_price"]) if is_other else others,
    )


def sentence(switch: KillSwitch) -> str:
    """Why nothing goes, for a person."""
    return f"The kill switch is engaged since {switch.changed_at:%H:%M:%S} UTC by {switch.changed_by_name}: " + (
        switch.reason or "no reason given"
    )


def engage(*, mover: Mover, reason: str, cancel_orders: bool = True, flatten: bool = False) -> KillSwitch:
    """Forbid new orders from this commit on; working orders and positions are the gateway's to deal with.

    New orders are forbidden in every account, working ones are cancelled where the person may cancel them. Engaged
    already, it can only be asked for more; a repeat changes nothing. Raises DeskError AUTHORIZATION_FAILED,
    VALIDATION_ERROR for no reason, and for positions to be closed while orders that could open them anew stay.
    """
    _require_may_engage(mover.user, flatten=flatten)
    reason = _checked_reason(reason)
    if flatten and not cancel_orders:
        wrong = {"flatten": ["needs cancel_orders: a working order could open the position again"]}
        raise DeskError(ErrorCode.VALIDATION_ERROR, "The request is not valid", wrong)
    cancel_in = _accounts_to_cancel_in(mover.user) if cancel_orders else []
    with publish.recording():
        switch = _locked()
        if switch.engaged:
            return _extend(switch, mover, reason, cancel_in=cancel_in, flatten=flatten)
        switch.engaged, switch.engagement = True, switch.engagement + 1
        switch.cancel_orders, switch.cancel_accounts, switch.flatten = cancel_orders, cancel_in, flatten
        switch.cancelled_at = switch.flat_at = None
        switch.barrier = _latest_command()
        _move(switch, KillSwitchAction.ENGAGED, mover, reason)
    return switch


def _extend(switch: KillSwitch, mover: Mover, reason: str, *, cancel_in: list[str] | None, flatten: bool) -> KillSwitch:
    so_far = switch.cancel_accounts if switch.cancel_orders else []
    accounts = None if so_far is None or cancel_in is None else sorted({*so_far, *cancel_in})
    if (accounts, switch.flatten or flatten) == (so_far, switch.flatten):
        return switch
    switch.cancel_orders, switch.cancel_accounts = accounts != [], accounts
    switch.flatten = switch.flatten or flatten
    switch.cancelled_at = switch.flat_at = None
    switch.save()
    note(switch, KillSwitchAction.EXTENDED, mover, reason)
    return switch


def release(*, mover: Mover, reason: str) -> KillSwitch:
    """Allow orders again; nothing that was stopped comes back. Released already, nothing changes.

    Raises DeskError AUTHORIZATION_FAILED unless the person manages the risk of every account, and VALIDATION_ERROR.
    """
    if mover.user is not None and not may_release(mover.user):
        message = "Releasing the kill switch takes a risk manager or administrator of every account"
        raise DeskError(ErrorCode.AUTHORIZATION_FAILED, message)
    reason = _checked_reason(reason)
    with publish.recording():
        switch = _locked()
        if switch.engaged:
            # what is still queued, a closing order included, belongs to the time before
            switch.engaged, switch.barrier = False, _latest_command()
            _move(switch, KillSwitchAction.RELEASED, mover, reason)
    return switch


def may_engage(user: User) -> bool:
    """Whoever trades or watches risk in an account, as far as their credential reaches."""
    if not user.is_active:
        return False
    # a desk that has not met an account yet has its superuser
    return user.sees_everything or any(
        Account.objects.open_to(user, permission).exists() for permission in (Permission.TRADE, Permission.MANAGE_RISK)
    )


def may_release(user: User) -> bool:
    """Whoever manages the risk of every account: the switch holds for all of them."""
    return user.may_somewhere(Permission.MANAGE_RISK) and _everywhere(user, Permission.MANAGE_RISK)


def may_flatten(user: User) -> bool:
    """Whoever could close the positions of every account one by one, or watches their risk."""
    return may_engage(user) and _everywhere(user, Permission.TRADE, Permission.MANAGE_RISK)


def _accounts_to_cancel_in(user: User | None) -> list[str] | None:
    """Where the person may cancel orders; None: everywhere, in accounts that appear later as well."""
    if user is None or _everywhere(user, Permission.CANCEL):
        return None
    return sorted(Account.objects.open_to(user, Permission.CANCEL).values_list("pk", flat=True))


def _everywhere(user: User, *one_of: Permission) -> bool:
    return all(user.permissions_in(account) & set(one_of) for account in Account.objects.all())


def _require_may_engage(user: User | None, *, flatten: bool) -> None:
    if user is None:
        return
    if not may_engage(user):
        raise DeskError(ErrorCode.AUTHORIZATION_FAILED, "Engaging the kill switch takes a trader or a risk manager")
    if flatten and not may_flatten(user):
        message = "Closing every position takes a trader, risk manager or administrator of every account"
        raise DeskError(ErrorCode.AUTHORIZATION_FAILED, message)


def _checked_reason(reason: str) -> str:
    text = reason.strip()
    if not text or len(text) > REASON_MAX or "\x00" in text:
        wrong = {"reason": [f"must be 1 to {REASON_MAX} characters"]}
        raise DeskError(ErrorCode.VALIDATION_ERROR, "The request is not valid", wrong)
    return text


def _locked() -> KillSwitch:
    KillSwitch.objects.get_or_create(pk="main")
    return KillSwitch.objects.select_for_update(of=["self"]).get(pk="main")


def _latest_command() -> int:
    """The highest number any command has taken, those of uncommitted transactions included."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('trading_gatewaycommand', 'id'))")
        return int(cursor.fetchone()[0])


def _move(switch: KillSwitch, action: KillSwitchAction, mover: Mover, reason: str) -> None:
    switch.reason, switch.changed_at = reason, timezone.now()
    switch.changed_by, switch.changed_by_name = mover.user, mover.name
    switch.save()
    note(switch, action, mover, reason)


def note(switch: KillSwitch, action: KillSwitchAction, mover: Mover, reason: str) -> None:
    """One line of history, and the news for every client; inside `publish.recording()`."""
    KillSwitchEvent.objects.create(
        action=action,
        engagement=switch.engagement,
        cancel_orders=switch.cancel_orders,
        flatten=switch.flatten,
        reason=reason,
        actor=mover.user,
        actor_name=mover.name,
        via=mover.via,
        request_id=current_request_id(),
    )
    publish.kill_switch_changed()
    transaction.on_commit(
        lambda: log.warning(f"kill_switch_{action.value}", by=mover.name, via=mover.via, reason=reason), robust=True
    )
