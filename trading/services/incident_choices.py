"""What a person can do about an incident; each choice is carried out, and who chose it and why is kept for good."""

from collections.abc import Callable

from django.utils import timezone

from accounts.domain.roles import Permission
from accounts.models import User
from config.shared.errors import DeskError, ErrorCode
from trading import publish
from trading.domain.incidents import TITLE_OF, Choice, IncidentKind
from trading.domain.order_events import AttestedCancelled, AttestedNeverReached
from trading.domain.order_state import IllegalMove
from trading.models import GatewayCommand, Incident, Order
from trading.models.gateway import CommandKind, CommandStatus
from trading.models.incidents import EntryKind
from trading.models.orders import EventSource
from trading.services.incidents import enter, log
from trading.services.order_log import Origin, record_order_event
from trading.services.orders import request_cancel, request_comparison
from trading.services.positions import accept_ib_figure

REASON_MIN, REASON_MAX = 10, 2000


def resolve_incident(*, incident_id: int, user: User, choice: Choice, reason: str = "") -> Incident:
    """Carry out a person's choice in one transaction; returns the incident as it stands then.

    Raises DeskError: AUTHORIZATION_FAILED for who does not manage its risk, VALIDATION_ERROR when a reason is due
    and missing, CONFLICT when the choice does not fit any more, IB_CONNECTION_FAILED when IB cannot be reached.
    """
    reason = reason.strip()
    with publish.recording():
        incident = _locked(incident_id)
        require_may_resolve(user, incident)
        _require_choice(incident, choice)
        _require_reason(choice, reason)
        done = _CARRY_OUT[choice](incident, user, reason)
        now = timezone.now()
        incident.choice, incident.reason = choice.value, reason
        if choice is Choice.KEEP_WAITING:
            incident.acknowledged_at, incident.acknowledged_by = now, user
        if choice.closes:
            incident.resolved_at, incident.resolved_by, incident.resolution = now, user, done
        incident.save()
        kind = EntryKind.RESOLVED if choice.closes else EntryKind.CHOICE
        enter(incident, kind, text=reason or done, data={"done": done}, choice=choice.value, actor=user, at=now)
        publish.incident_changed(incident.pk)
    log.info("incident_choice", incident_id=incident.pk, kind=incident.kind, choice=choice.value, user_id=user.pk)
    return incident


def may_resolve(user: User, incident: Incident) -> bool:
    """Risk managers and administrators of the account; what concerns no account takes rights in all."""
    if incident.account_id is None:
        return user.may_operate()
    return user.may(Permission.MANAGE_RISK, incident.account_id)


def require_may_resolve(user: User, incident: Incident) -> None:
    """Raises DeskError AUTHORIZATION_FAILED."""
    if not may_resolve(user, incident):
        raise DeskError(ErrorCode.AUTHORIZATION_FAILED, "You may look at this incident, but not decide about it")


def _locked(incident_id: int) -> Incident:
    """The order is locked first, as everybody does who changes an order and then its incidents."""
    order_id = Incident.objects.filter(pk=incident_id).values_list("order", flat=True).first()
    order = None if order_id is None else Order.objects.select_for_update(of=["self"]).get(pk=order_id)
    incident = Incident.objects.select_for_update(of=["self"]).select_related("account").filter(pk=incident_id).first()
    if incident is None:
        raise DeskError(ErrorCode.RESOURCE_NOT_FOUND, "There is no such incident")
    if order is not None:
        incident.order = order
    return incident


def _require_choice(incident: Incident, choice: Choice) -> None:
    now = incident.choices_now
    if choice in now:
        return
    if not incident.is_open:
        message = f"The incident is over: {incident.resolution}"
    else:
        message = f"{choice.value} is not possible for {TITLE_OF[IncidentKind(incident.kind)]!r} as things stand now"
    details = {"choices": [c.value for c in now], "order_status": incident.order.status if incident.order else None}
    raise DeskError(ErrorCode.CONFLICT, message, details)


def _require_reason(choice: Choice, reason: str) -> None:
    if choice.needs_reason and len(reason) < REASON_MIN:
        text = f"say in at least {REASON_MIN} characters how you know: this decides in place of IB's evidence"
        raise DeskError(ErrorCode.VALIDATION_ERROR, "The request is not valid", {"reason": [text]})
    if len(reason) > REASON_MAX:
        raise DeskError(
            ErrorCode.VALIDATION_ERROR, "The request is not valid", {"reason": [f"at most {REASON_MAX} characters"]}
        )


# each returns what was done, in words


def _ask_ib(incident: Incident, user: User, reason: str) -> str:
    request_comparison()
    return "IB is asked for its open orders, completed orders, executions and positions"


def _send_cancel(incident: Incident, user: User, reason: str) -> str:
    order = _order_of(incident)
    if GatewayCommand.objects.filter(order=order, kind=CommandKind.CANCEL, status=CommandStatus.QUEUED).exists():
        raise DeskError(ErrorCode.CONFLICT, "A cancel of this order is on its way already")
    request_cancel(order_id=order.pk, user=user, again=True)
    return f"A cancel goes to IB under its order id {order.ib_order_id}"


def _keep_waiting(incident: Incident, user: User, reason: str) -> str:
    return f"{user.username} knows of it and waits for IB"


def _accept_ib(incident: Incident, user: User, reason: str) -> str:
    return accept_ib_figure(incident=incident, user=user, reason=reason)


def _dealt_with(incident: Incident, user: User, reason: str) -> str:
    return f"{user.username} dealt with it: {reason}"


def _never_reached(incident: Incident, user: User, reason: str) -> str:
    return _attest(incident, AttestedNeverReached(person=user.username, reason=reason), user)


def _was_cancelled(incident: Incident, user: User, reason: str) -> str:
    return _attest(incident, AttestedCancelled(person=user.username, reason=reason), user)


def _attest(incident: Incident, event: AttestedNeverReached | AttestedCancelled, user: User) -> str:
    order = _order_of(incident)
    origin = Origin(source=EventSource.PERSON, actor=user)
    try:
        order = record_order_event(order_id=order.pk, event=event, origin=origin, locked=order)
    except IllegalMove as error:
        raise DeskError(ErrorCode.CONFLICT, str(error), {"order_status": order.status}) from error
    # nobody waits for their answers any more; the gateway itself drops what is queued for an order that has ended
    unanswered = GatewayCommand.objects.filter(order=order, status=CommandStatus.SENT)
    unanswered.update(status=CommandStatus.UNKNOWN, error=order.reject_reason)
    return order.reject_reason


def _order_of(incident: Incident) -> Order:
    if incident.order is None:
        raise DeskError(ErrorCode.CONFLICT, "This incident is not about one order")
    return incident.order


_CARRY_OUT: dict[Choice, Callable[[Incident, User, str], str]] = {
    Choice.ASK_IB: _ask_ib,
    Choice.SEND_CANCEL: _send_cancel,
    Choice.KEEP_WAITING: _keep_waiting,
    Choice.ACCEPT_IB: _accept_ib,
    Choice.DEALT_WITH: _dealt_with,
    Choice.NEVER_REACHED: _never_reached,
    Choice.WAS_CANCELLED: _was_cancelled,
}
