"""From a command row to the socket: take it, reserve the id, write both down, and only then send.

`claim` runs in the database thread and commits before anything is written to the socket. A crash in between leaves
the command `sent` without an answer, which the next synchronisation settles; nothing is ever sent twice.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from config.shared.correlation import correlated, get_logger
from trading import publish
from trading.domain import order_events as ev
from trading.domain.orders import OrderStatus
from trading.gateway import lease
from trading.gateway.contracts import contract_of
from trading.gateway.ib_library import IbLibrary
from trading.models import GatewayCommand, Order
from trading.models.gateway import CommandKind, CommandStatus
from trading.models.orders import EventSource
from trading.services.order_log import Origin, record_order_event

log = get_logger(__name__)

CLAIM_AT_MOST = 200
LATE = "The gateway could not send it before its deadline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One message for the socket, complete: sending it needs no database."""

    command_id: int
    kind: CommandKind
    order_id: uuid.UUID | None
    ib_order_id: int
    correlation_id: str
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

    def claim(self, *, limit: int, next_valid_id: int, may_send: bool) -> list[Sending]:
        """Take up to `limit` queued commands and write down that they are being sent.

        Commands past their deadline are closed and never returned; with `may_send` false that is all that happens.
        """
        with publish.recording():
            lease.confirm(self._lease_epoch())
            queued = GatewayCommand.objects.filter(status=CommandStatus.QUEUED).order_by("id")
            now = timezone.now()
            sendings: list[Sending] = []
            for command in queued.select_for_update(skip_locked=True)[:CLAIM_AT_MOST]:
                if command.deadline_at <= now:
                    self._expire(command, LATE)
                elif may_send and len(sendings) < limit and (sending := self._take(command, next_valid_id)) is not None:
                    sendings.append(sending)
            self._in_hand.update(sending.command_id for sending in sendings)
        return sendings

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
            for command in unanswered.exclude(pk__in=self._in_hand).select_for_update(of=["self"]):
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
            symbol=order.symbol,
            contract=contract_of(self._library, order.instrument),
            order=ib_order,
        )

    def _ib_order(self, order: Order, ib_order_id: int, changes: dict[str, str]) -> Any:
        """IB's order from our row, built anew each time: the library's objects change under one's hands (§8.1)."""
        limit = changes.get("limit_price") or order.limit_price
        stop = changes.get("stop_price") or order.stop_price
        fields: dict[str, Any] = {
            "orderId": ib_order_id,
            "clientId": self._client_id,
            "action": order.side,
            "totalQuantity": float(changes.get("quantity") or order.quantity),
            "orderType": order.order_type,
            "tif": order.time_in_force,
            "outsideRth": order.outside_rth,
            "account": order.account_id,
            "orderRef": order.order_ref,
        }
        if limit is not None:
            fields["lmtPrice"] = float(limit)
        if stop is not None:
            fields["auxPrice"] = float(stop)
        return self._library.Order(**fields)

    def not_sent(self, sending: Sending, reason: str) -> None:
        """The socket was closed before a byte was written: IB has certainly not seen it."""
        with publish.recording():
            command = GatewayCommand.objects.select_for_update().get(pk=sending.command_id)
            if command.status == CommandStatus.SENT:
                self._expire(command, reason)
        self._in_hand.discard(sending.command_id)

    def _expire(self, command: GatewayCommand, reason: str) -> None:
        _close(command, CommandStatus.EXPIRED, reason)
        if command.order_id is None:
            return
        order = Order.objects.get(pk=command.order_id)
        with correlated(command.correlation_id, order_id=str(order.pk)):
            log.warning("command_expired", kind=command.kind, symbol=order.symbol)
            if command.kind == CommandKind.PLACE:
                record_order_event(order_id=order.pk, event=ev.SendExpired(reason=reason), origin=_OURS)
            else:
                self._record_refusal(command, order, "IB_CONNECTION_FAILED", reason)

    def _refuse(self, command: GatewayCommand, order: Order, reason: str) -> None:
        _close(command, CommandStatus.FAILED, reason)
        self._record_refusal(command, order, "IB_ORDER_REJECTED", reason)

    def _record_refusal(self, command: GatewayCommand, order: Order, code: str, reason: str) -> None:
        kind = ev.ModifyRejected if command.kind == CommandKind.MODIFY else ev.CancelRejected
        record_order_event(order_id=order.pk, event=kind(code=code, reason=reason), origin=_OURS)

    def overdue(self) -> frozenset[int]:
        """The commands that IB has left unanswered for longer than it may."""
        limit = timezone.now() - settings.IB_ACK_TIMEOUT
        late = GatewayCommand.objects.filter(status=CommandStatus.SENT, sent_at__lt=limit)
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
