"""From a command row to the socket: take it, reserve the id, write both down, and only then send.

`claim` runs in the database thread and commits before anything is written to the socket. A crash in between leaves
the command `sent` without an answer, which the next synchronisation settles; nothing is ever sent twice.

What this process has claimed and not written it knows for certain not to be at IB, whatever the database says of the
claim: a commit whose answer was lost, a stop in between, or a deadline that passed meanwhile ends as "never sent".
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Q
from django.utils import timezone

from config.shared.clock import boot_id, boot_seconds
from config.shared.correlation import correlated, get_logger
from trading import publish
from trading.domain import order_events as ev
from trading.domain.deadlines import SLACK, Reading, seconds_left
from trading.domain.orders import OrderStatus, Terms
from trading.gateway import ib_mapping as ib
from trading.gateway import kill_switch, lease
from trading.gateway.contracts import contract_of
from trading.gateway.ib_library import IbLibrary
from trading.models import GatewayCommand, Order
from trading.models.gateway import CommandKind, CommandStatus
from trading.models.orders import EventSource
from trading.services.kill_switch import current as current_kill_switch
from trading.services.order_log import Origin, record_order_event
from trading.services.order_terms import changes_from_text

log = get_logger(__name__)

CLAIM_AT_MOST = 200
LATE = "The gateway could not send it before its deadline"
COMMIT_LOST = "The database did not confirm that it was claimed, so it was not sent"
NO_JUDGING = "The clock was set back meanwhile: nobody can tell whether it is in time, so it was not sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One message for the socket, complete: sending it needs no database."""

    command_id: int
    kind: CommandKind
    order_id: uuid.UUID | None
    ib_order_id: int
    correlation_id: str
    not_after: float = 0.0  # of the steady clock
    cleared_at: float = 0.0  # likewise, the kill switch was not engaged at that moment
    symbol: str = ""
    contract: Any = None
    order: Any = None


class CommandDesk:
    """Claims commands for one connection."""

    def __init__(self, *, library: IbLibrary, client_id: int, lease_epoch: Callable[[], int]) -> None:
        """`lease_epoch` gives the number of the lease under which this process works."""
        self._library = library
        self._lease_epoch = lease_epoch
        self._client_id = client_id
        # claimed, but not yet written to the socket: nobody else may draw conclusions about these
        self._in_hand: set[int] = set()
        # claimed in a transaction of which we do not know whether it was committed; not written to the socket
        self._in_doubt: set[int] = set()
        # when this process may no longer send what it has seen waiting, whatever the clocks say meanwhile
        self._not_after: dict[int, float] = {}
        # when PostgreSQL was last asked whether the kill switch is engaged
        self._cleared_at = 0.0

    def claim(self, *, limit: int, next_valid_id: int, may_send: bool) -> list[Sending]:
        """Take up to `limit` queued commands and write down that they are being sent.

        Commands past their deadline are closed and never returned; with `may_send` false that is all that happens.
        """
        try:
            return self._claim(limit, next_valid_id, may_send=may_send, one_by_one=False)
        except (OperationalError, InterfaceError, lease.LeaseLost):
            raise  # not about a command
        except Exception:
            log.exception("command_cannot_be_claimed", error_code="INTERNAL_SERVER_ERROR")
            return self._claim(limit, next_valid_id, may_send=may_send, one_by_one=True)

    def _claim(self, limit: int, next_valid_id: int, *, may_send: bool, one_by_one: bool) -> list[Sending]:
        sendings: list[Sending] = []
        with publish.recording():
            began = boot_seconds()
            now = lease.confirm(self._lease_epoch())
            self._take_back(self._in_doubt, COMMIT_LOST)
            self._cleared_at, switch = boot_seconds(), current_kill_switch()
            queued = GatewayCommand.objects.filter(status=CommandStatus.QUEUED).order_by("id")
            commands = list(queued.select_for_update(skip_locked=True)[:CLAIM_AT_MOST])
            beyond_judging = self._watch_deadlines(commands, began, now)
            for command in commands:
                if self._not_after[command.pk] <= began:
                    self._expire(command, NO_JUDGING if command.pk in beyond_judging else LATE)
                elif barred := kill_switch.bar(command, switch):
                    self._expire(command, barred, "TRADING_HALTED")
                elif may_send and len(sendings) < limit:
                    take = self._take_alone if one_by_one else self._take
                    if (sending := take(command, next_valid_id)) is not None:
                        sendings.append(sending)
            ids = {sending.command_id for sending in sendings}
            self._in_doubt |= ids  # until the commit below has been confirmed
        self._in_hand |= ids
        self._in_doubt.clear()
        return sendings

    def _watch_deadlines(self, commands: list[GatewayCommand], began: float, now: datetime) -> set[int]:
        """A deadline is so many seconds away when we first see it, and never further: a clock set back buys nothing.

        Returns the commands whose deadline nobody can judge any more; they may not be sent either.
        """
        waited, beyond_judging = {}, set()
        for command in commands:
            if (left := _seconds_left(command, now)) is None:
                beyond_judging.add(command.pk)
            at = began + (left or 0.0)
            waited[command.pk] = min(at, self._not_after.get(command.pk, at))
        self._not_after = waited
        return beyond_judging

    def _take_alone(self, command: GatewayCommand, next_valid_id: int) -> Sending | None:
        """A command that cannot even be put together is refused and never takes its neighbours along."""
        try:
            with publish.part():
                return self._take(command, next_valid_id)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("command_cannot_be_sent", command_id=command.pk, error_code="INTERNAL_SERVER_ERROR")
            command.refresh_from_db()
            self._expire(command, "The gateway could not put the message to IB together")
            return None

    def written(self, sending: Sending) -> None:
        """It has gone to the socket; from here on only IB can say what became of it."""
        self._in_hand.discard(sending.command_id)

    def doubt_unanswered(self, reason: str) -> None:
        """The connection, or the process before this one, has ended: nobody knows whether IB has what went unanswered.

        Changes and cancels need no doubt of their own: their orders wait for IB's word in `pending_…`.
        """
        with publish.recording():
            lease.confirm(self._lease_epoch())
            unanswered = GatewayCommand.objects.filter(kind=CommandKind.PLACE, status=CommandStatus.SENT)
            unwritten = self._in_hand | self._in_doubt
            for command in unanswered.exclude(pk__in=unwritten).select_for_update(of=["self"]):
                _close(command, CommandStatus.UNKNOWN, reason)
                assert command.order_id is not None
                with correlated(command.correlation_id, order_id=str(command.order_id)):
                    event = ev.OutcomeUnknown(reason=reason)
                    record_order_event(order_id=command.order_id, event=event, origin=_OURS)

    def _take(self, command: GatewayCommand, next_valid_id: int) -> Sending | None:
        if command.kind in (CommandKind.RECONNECT, CommandKind.COMPARE):
            _close(command, CommandStatus.DONE)
            return Sending(
                command_id=command.pk,
                kind=CommandKind(command.kind),
                order_id=None,
                ib_order_id=0,
                correlation_id=command.correlation_id,
            )
        assert command.order_id is not None
        order = Order.objects.select_for_update(of=["self"]).select_related("instrument").get(pk=command.order_id)
        with correlated(command.correlation_id, order_id=str(order.pk)):
            if command.kind == CommandKind.PLACE:
                return self._take_place(command, order, next_valid_id)
            return self._take_change(command, order)

    def _take_place(self, command: GatewayCommand, order: Order, next_valid_id: int) -> Sending | None:
        if (
            order.status not in (OrderStatus.PENDING_SUBMIT, OrderStatus.PENDING_CANCEL)
            or order.ib_order_id is not None
        ):
            _close(command, CommandStatus.FAILED, f"the order is {order.status}")
            return None
        ib_order_id = reserve_order_id(next_valid_id)
        order.ib_order_id, order.ib_client_id = ib_order_id, self._client_id
        event = ev.SendReserved(ib_order_id=ib_order_id, ib_client_id=self._client_id)
        record_order_event(order_id=order.pk, event=event, origin=_OURS, locked=order)
        _mark_sent(command, ib_order_id)
        return self._sending(command, order, ib_order_id, self._ib_order(order, ib_order_id, {}))

    def _take_change(self, command: GatewayCommand, order: Order) -> Sending | None:
        if OrderStatus(order.status).is_terminal:
            _close(command, CommandStatus.FAILED, f"the order is {order.status}")
            return None
        if order.ib_order_id is None or order.ib_client_id != self._client_id:
            self._refuse(command, order, "IB does not know the order under this desk's client id")
            return None
        _mark_sent(command, order.ib_order_id)
        ib_order = None
        if command.kind == CommandKind.MODIFY:
            ib_order = self._ib_order(order, order.ib_order_id, command.payload)
        return self._sending(command, order, order.ib_order_id, ib_order)

    def _sending(self, command: GatewayCommand, order: Order, ib_order_id: int, ib_order: Any) -> Sending:
        return Sending(
            command_id=command.pk,
            kind=CommandKind(command.kind),
            order_id=order.pk,
            ib_order_id=ib_order_id,
            correlation_id=command.correlation_id,
            not_after=self._not_after[command.pk],
            cleared_at=self._cleared_at,
            symbol=order.symbol,
            contract=contract_of(self._library, order.instrument),
            order=ib_order,
        )

    def _ib_order(self, order: Order, ib_order_id: int, changes: dict[str, Any]) -> Any:
        """IB's order from our row, built anew each time: the library's objects change under one's hands (§8.1)."""
        changed = changes_from_text(changes)
        terms = Terms(**{name: changed.get(name, value) for name, value in order.term_values().items()})
        fields: dict[str, Any] = {
            "orderId": ib_order_id,
            "clientId": self._client_id,
            "action": order.side,
            "totalQuantity": float(changed.get("quantity", order.quantity)),
            "orderType": order.order_type,
            "tif": order.time_in_force,
            "outsideRth": changed.get("outside_rth", order.outside_rth),
            "account": order.account_id,
            "orderRef": order.order_ref,
        }
        return self._library.Order(**fields, **ib.order_fields(order.order_type, terms))

    def not_sent(self, sending: Sending, reason: str, code: str = "IB_CONNECTION_FAILED") -> None:
        """Not a byte of it was written: IB has certainly not seen it."""
        with publish.recording():
            self._take_back({sending.command_id}, reason, code)
        self._in_hand.discard(sending.command_id)

    def take_back_all(self, reason: str) -> None:
        """The process ends: what it has claimed and not written is closed, instead of being doubted by the next one."""
        with publish.recording():
            self._take_back(self._in_hand | self._in_doubt, reason)
        self._in_hand.clear()
        self._in_doubt.clear()

    def _take_back(self, command_ids: set[int], reason: str, code: str = "IB_CONNECTION_FAILED") -> None:
        if not command_ids:
            return
        # a claim that was never committed is still queued; one that others have begun to doubt was still not sent
        claimed = GatewayCommand.objects.filter(
            pk__in=command_ids, status__in=[CommandStatus.SENT, CommandStatus.UNKNOWN]
        )
        for command in claimed.order_by("id").select_for_update(of=["self"]):
            self._expire(command, reason, code)

    def _expire(self, command: GatewayCommand, reason: str, code: str = "IB_CONNECTION_FAILED") -> None:
        _close(command, CommandStatus.EXPIRED, reason)
        if command.order_id is None:
            return
        order = Order.objects.get(pk=command.order_id)
        with correlated(command.correlation_id, order_id=str(order.pk)):
            log.warning("command_expired", kind=command.kind, symbol=order.symbol)
            if command.kind == CommandKind.PLACE:
                record_order_event(order_id=order.pk, event=ev.SendExpired(reason=reason, code=code), origin=_OURS)
            else:
                self._record_refusal(command, order, code, reason)

    def _refuse(self, command: GatewayCommand, order: Order, reason: str) -> None:
        _close(command, CommandStatus.FAILED, reason)
        self._record_refusal(command, order, "IB_ORDER_REJECTED", reason)

    def _record_refusal(self, command: GatewayCommand, order: Order, code: str, reason: str) -> None:
        kind = ev.ModifyRejected if command.kind == CommandKind.MODIFY else ev.CancelRejected
        record_order_event(order_id=order.pk, event=kind(code=code, reason=reason), origin=_OURS)

    def overdue(self) -> frozenset[int]:
        """The commands that IB has left unanswered for longer than it may."""
        now = timezone.now()
        # sent in the future: sent before the clock was set back, nobody knows how long ago
        too_long = Q(sent_at__lt=now - settings.IB_ACK_TIMEOUT) | Q(sent_at__gt=now + SLACK)
        late = GatewayCommand.objects.filter(too_long, status=CommandStatus.SENT)
        return frozenset(late.values_list("pk", flat=True))


_OURS = Origin(source=EventSource.GATEWAY)


def reserve_order_id(next_valid_id: int) -> int:
    """The next IB order id, durably: IB's own counter can roll back and hand out an old one (field guide §1.1)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE trading_gatewaystate SET highest_order_id = GREATEST(%s, highest_order_id + 1) "
            "WHERE name = 'main' RETURNING highest_order_id",
            [next_valid_id],
        )
        return int(cursor.fetchone()[0])


def _seconds_left(command: GatewayCommand, now: datetime) -> float | None:
    return seconds_left(
        deadline_at=command.deadline_at,
        now=now,
        allowed=settings.IB_COMMAND_DEADLINE,
        asked=Reading(command.boot_id, command.boot_seconds),
        here=Reading(boot_id(), boot_seconds()),
    )


def _mark_sent(command: GatewayCommand, ib_order_id: int) -> None:
    command.status = CommandStatus.SENT
    command.sent_at = timezone.now()
    command.ib_order_id = ib_order_id
    command.save(update_fields=["status", "sent_at", "ib_order_id"])


def _close(command: GatewayCommand, status: CommandStatus, error: str = "") -> None:
    command.status = status
    command.finished_at = timezone.now()
    command.error = error
    command.save(update_fields=["status", "finished_at", "error"])
