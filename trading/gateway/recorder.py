"""Write what IB said: raw words first, then what they mean for orders, fills and commands; one transaction a batch.

Runs in the gateway's database thread. A message that cannot be understood is kept and never takes its neighbours along.
"""

import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.services import ensure_account
from config.shared.correlation import correlated, get_logger, new_id
from config.shared.text import time_text, uuid_of
from trading import publish
from trading.domain import order_events as ev
from trading.domain.fills import COMBINATION, split_exec_id
from trading.domain.incidents import CHANGE_SETTLES_AFTER
from trading.domain.orders import OPEN, TERM_NAMES, TERMINAL, TRAILING, OrderOrigin, OrderStatus
from trading.gateway import ib_mapping as ib
from trading.gateway.contracts import instrument_from_message
from trading.gateway.order_ids import OrderIds
from trading.gateway.records import IbRecord, Item, Kind, Snapshot
from trading.metrics import GATEWAY_EVENT_LAG_SECONDS
from trading.models import CommissionReport, Fill, GatewayCommand, IbMessage, Order, OrderPermId
from trading.models.gateway import CommandKind, CommandStatus
from trading.models.orders import EventSource
from trading.services.doubled import check_doubled
from trading.services.fills import ExecutionReport, become_combination, record_commission, record_fill
from trading.services.order_log import Origin, append_to_log, record_order_event
from trading.services.order_terms import changes_from_text
from trading.services.unit_of_work import adopt, flush, insert, locked_order, save_order, state_of, unit_of_work

log = get_logger(__name__)

# IB's executions reach back to its last midnight, wherever that is (field guide §1.3).
EXECUTIONS_REACH_BACK = timedelta(hours=48)
MESSAGE_IDS_AT_ONCE = 100
_OF_A_COMPLETION = ("perm_id", "order_ref", "status", "completed_status")
_STATUS_KINDS = (Kind.OPEN_ORDER.value, Kind.ORDER_STATUS.value, Kind.COMPLETED_ORDER.value)
_LIVE_WORDS = frozenset({"ApiPending", "PendingSubmit", "PreSubmitted", "Submitted", "PendingCancel"})


@dataclass
class Findings:
    """What a batch leaves for the event loop to do."""

    must_ask_ib: bool = False
    unknown_con_ids: set[int] = field(default_factory=set)
    moved: set[tuple[str, int]] = field(default_factory=set)  # account and con id of what was executed


class Recorder:
    """Keeps one connection's identities in mind and writes its messages."""

    def __init__(self, *, session_id: str, client_id: int, order_ids: OrderIds | None = None) -> None:
        self.order_ids = order_ids or OrderIds()
        self._session = session_id
        self._client_id = client_id
        self._known: set[Any] | None = None  # as of the last commit
        self._knows: set[Any] = set()  # in the batch being written
        self._perms: dict[int, uuid.UUID] = {}  # perm id → order, as of the last commit
        self._new_perms: dict[int, uuid.UUID] = {}
        self._message_ids: list[int] = []
        self._first_message: int | None = None  # of the batch being written
        self._unconfirmed: tuple[int, Findings] | None = None  # a batch of whose commit we have no answer
        self._listed_open: set[uuid.UUID] = set()  # ended orders that IB's list of open ones has named
        self._other_terms: dict[uuid.UUID, ev.TermsConfirmed] = {}  # IB's last echo that is not the change asked for

    def write(self, items: Sequence[Item]) -> Findings:
        """Record a batch in one transaction. Raises only when the database is away; then nothing was written."""
        if self._known is None:
            self._known = _known_executions() | _known_completions() | _known_commissions()
        findings = self._written_already()
        if findings is None:
            with publish.recording():
                findings = self._write_together(items) or self._write_one_by_one(items)
                if self._first_message is not None:
                    self._unconfirmed = (self._first_message, findings)
        self._unconfirmed = None
        self._known = self._knows  # only now: what a failed transaction has seen is not known
        self._perms |= self._new_perms
        now = time.monotonic()
        for item in items:
            if isinstance(item, IbRecord):
                GATEWAY_EVENT_LAG_SECONDS.observe(max(now - item.arrived, 0))
        return findings

    def _written_already(self) -> Findings | None:
        """The same batch comes again when its commit was not answered: IB's words are written once all the same."""
        if self._unconfirmed is None:
            return None
        first, findings = self._unconfirmed
        return findings if IbMessage.objects.filter(pk=first).exists() else None

    def _write_together(self, items: Sequence[Item]) -> Findings | None:
        """The usual way; None, and nothing written, when one of the messages cannot be written."""
        findings = self._start_batch()
        try:
            with publish.part(), unit_of_work():
                for item in items:
                    self._handle(item, findings)
        except (OperationalError, InterfaceError):
            raise  # the database, not a message
        except Exception as error:
            log.warning("ib_batch_contains_a_bad_message", count=len(items), error_type=type(error).__name__)
            return None
        return findings

    def _write_one_by_one(self, items: Sequence[Item]) -> Findings:
        findings = self._start_batch()
        for item in items:
            self._write_safely(item, findings)
        return findings

    def _start_batch(self) -> Findings:
        self._knows, self._new_perms = set(self._known or ()), {}
        self._first_message = self._unconfirmed = None
        return Findings()

    def _handle(self, item: Item, findings: Findings) -> None:
        if isinstance(item, Snapshot):
            self._keep_answer(item)
            self._settle(item)
        elif not _is_old_news(item, self._knows):
            self._write(item, findings)

    def _write_safely(self, item: Item, findings: Findings) -> None:
        perms, knows = dict(self._new_perms), set(self._knows)
        try:
            with publish.part(), unit_of_work():
                self._handle(item, findings)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            self._new_perms, self._knows = perms, knows  # when IB repeats it, it is tried again
            kind = item.kind.value if isinstance(item, IbRecord) else "snapshot"
            log.exception("ib_message_not_understood", ib_event_type=kind, error_code="INTERNAL_SERVER_ERROR")
            if isinstance(item, IbRecord):
                self._keep_anyhow(item)

    def _keep_anyhow(self, record: IbRecord) -> None:
        try:
            with publish.part():
                self._keep(record, None)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("ib_message_lost", ib_event_type=record.kind.value, payload=repr(record.payload)[:4000])

    def _keep(self, record: IbRecord, order: Order | None) -> IbMessage:
        message = IbMessage(
            id=self._next_message_id(),
            order=order,
            kind=record.kind.value,
            source=EventSource.SYNC if record.is_sync else EventSource.IB,
            session=self._session,
            payload=_json(record.payload),
            received_at=record.received_at,
        )
        return insert(message)

    def _keep_answer(self, snapshot: Snapshot) -> None:
        """That IB answered in full, and when: the evidence for what the answer did not contain."""
        ends = {name: {"ended_at": time_text(at), "count": count} for name, (at, count) in snapshot.ends.items()}
        message = IbMessage(
            id=self._next_message_id(),
            kind=Kind.COMPLETE_ANSWER.value,
            source=EventSource.SYNC,
            session=self._session,
            payload={"asked_at": time_text(snapshot.asked_at), **ends},
            received_at=max((at for at, _ in snapshot.ends.values()), default=snapshot.asked_at),
        )
        insert(message)

    def _next_message_id(self) -> int:
        """Ids are fetched in blocks: what refers to a message can be built before the message is inserted."""
        if not self._message_ids:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT nextval(pg_get_serial_sequence('trading_ibmessage', 'id')) FROM generate_series(1, %s)",
                    [MESSAGE_IDS_AT_ONCE],
                )
                self._message_ids = sorted((int(row[0]) for row in cursor.fetchall()), reverse=True)
        number = self._message_ids.pop()
        self._first_message = self._first_message or number
        return number

    def _write(self, record: IbRecord, findings: Findings) -> None:
        if record.kind is Kind.COMMISSION_REPORT:
            self._commission(record)
            return
        if record.kind is Kind.UNREADABLE:
            self._keep(record, None)
            return
        order = self._resolve(record, findings)
        message = self._keep(record, order)
        if order is None:
            log.warning("ib_message_without_order", ib_event_type=record.kind.value, payload=_brief(record.payload))
            return
        with correlated(order.correlation_id or new_id(), order_id=str(order.pk)):
            self._apply(record, order, message, findings)

    def _apply(self, record: IbRecord, order: Order, message: IbMessage, findings: Findings) -> None:
        """`order` is locked and changed in place as events move it."""
        payload, status_before = record.payload, order.status
        status = str(payload.get("status") or "")
        origin = Origin(
            source=EventSource.SYNC if record.is_sync else EventSource.IB,
            at=record.received_at,
            ib_message=message,
            ib_status=status,
        )
        perm_id = int(payload.get("perm_id") or 0)
        if self._note_perm_id(order, perm_id):
            findings.must_ask_ib = True  # both may be alive: IB's list of open orders tells
        _log_event(record, order)
        if _is_combination_after_all(order, payload):
            instrument = instrument_from_message(dict(payload))
            become_combination(order=order, instrument=instrument, side=ib.side_of(payload["side"]), origin=origin)
        match record.kind:
            case Kind.OPEN_ORDER:
                self._terms(order, payload, origin)
                self._status(record, order, ib.status_event(status, is_sync=record.is_sync), origin, findings)
            case Kind.ORDER_STATUS:
                event = ib.status_event(status, why_held=str(payload["why_held"]), is_sync=record.is_sync)
                self._status(record, order, event, origin, findings)
                reported = ib.to_decimal(payload["filled"])
                if reported is not None and reported > order.filled_quantity:
                    findings.must_ask_ib = True  # executions are the truth about fills; fetch what we miss
            case Kind.COMPLETED_ORDER:
                self._completed(record, order, origin, findings)
            case Kind.EXEC_DETAILS:
                self._fill(order, payload, origin, findings)
            case Kind.ERROR:
                self._error(order, payload, origin, findings)
        if order.status == OrderStatus.UNKNOWN != status_before:
            findings.must_ask_ib = True  # a bust, or words that contradict each other: IB must say what remains

    # who is it about

    def _resolve(self, record: IbRecord, findings: Findings) -> Order | None:
        """Our reference first, then IB's permanent id, then our own order id; never the order id alone (§1.5)."""
        payload = record.payload
        ref, perm_id = str(payload.get("order_ref") or ""), int(payload.get("perm_id") or 0)
        order_id, client_id = int(payload.get("order_id") or 0), payload.get("client_id")
        order = self._by_reference(record, ref, perm_id)
        if order is None and record.kind is Kind.EXEC_DETAILS:
            order = _by_execution(payload)
        is_proven = order is not None
        if order is None and not ref:
            order = self._by_order_id(record, order_id, perm_id)
        if order is None and record.kind in (Kind.OPEN_ORDER, Kind.EXEC_DETAILS, Kind.COMPLETED_ORDER):
            order = self._external_order(record, perm_id, findings)
            is_proven = True
        if order is not None and is_proven and order_id > 0 and client_id == self._client_id:
            self.order_ids.belongs_to(order_id, order.pk)
        return order

    def _by_reference(self, record: IbRecord, ref: str, perm_id: int) -> Order | None:
        """The order that the reference names, unless IB's permanent id names another: people can edit the one only."""
        named = _named_by(ref, record)
        numbered = self._by_perm_id(perm_id, str(record.payload.get("account") or ""))
        if named is None or numbered is None or named.pk == numbered.pk:
            return numbered or named
        is_named = numbered.origin != OrderOrigin.DESK and record.payload.get("client_id") == named.ib_client_id
        log.warning("order_reference_of_another_order", order_id=str(numbered.pk), named=str(named.pk), perm_id=perm_id)
        return named if is_named else numbered

    def _by_perm_id(self, perm_id: int, account: str) -> Order | None:
        """`account` is empty where IB does not say it. An advisor's order has executions in several (§1.2)."""
        if not perm_id:
            return None
        known = self._new_perms.get(perm_id) or self._perms.get(perm_id)
        if known is not None and (order := locked_order(known)).account_id in (account or order.account_id,):
            return order
        found = _adopted(_locked().filter(perm_ids__perm_id=perm_id, **({"account": account} if account else {})))
        if found is not None:
            self._new_perms[perm_id] = found.pk
        return found

    def _by_order_id(self, record: IbRecord, order_id: int, perm_id: int) -> Order | None:
        """Where IB says nothing better: an id that this connection has shown to be that order's."""
        if order_id <= 0 or record.payload.get("client_id") not in (None, self._client_id):
            return None
        owner = self.order_ids.owner(order_id)
        if owner is not None:
            found: Order | None = locked_order(owner)
        elif self.order_ids.is_ours(order_id):
            mine = _locked().filter(ib_client_id=self._client_id, ib_order_id=order_id)
            found = _adopted(mine.order_by("-created_at"))
        else:
            return None
        if found is None or not _can_be(found, record):
            return None
        if perm_id and found.perm_ids.exists():
            # a second number of the same order, or an id that IB gave to another: the open order's reference will tell
            log.warning("order_id_with_another_perm_id", order_id=str(found.pk), perm_id=perm_id)
            return None
        return found

    def _external_order(self, record: IbRecord, perm_id: int, findings: Findings) -> Order | None:
        """An order that was placed elsewhere: in TWS, on the phone, by another client, or by IB itself."""
        payload = record.payload
        if not payload["account"] or not payload["con_id"]:
            return None
        if not perm_id and record.kind is not Kind.EXEC_DETAILS:
            return None  # IB has not numbered it yet: the next message about it names it
        instrument = instrument_from_message(dict(payload))
        if instrument.details_at is None:
            findings.unknown_con_ids.add(instrument.con_id)
        is_liquidation = bool(payload.get("liquidation"))
        order_type = str(payload.get("order_type") or "MKT")
        if not perm_id:
            findings.must_ask_ib = True  # the execution may be of an order that IB's lists name
        order_id = uuid.uuid4()
        order = Order.objects.create(
            id=order_id,
            account=ensure_account(payload["account"]),
            instrument=instrument,
            # all combinations in a currency share one instrument
            symbol=payload["symbol"] if instrument.sec_type == COMBINATION else instrument.symbol,
            client_order_id=_free_client_order_id(payload, perm_id, order_id),
            side=ib.side_of(payload["side"]).value,
            quantity=ib.to_decimal(payload["quantity"]) or ib.to_decimal(payload.get("filled_quantity")) or 0,
            order_type=order_type,
            **asdict(ib.terms_of(payload, settings.IB_TIME_ZONE)),
            time_in_force=str(payload.get("time_in_force") or "DAY"),
            outside_rth=bool(payload.get("outside_rth")),
            origin=OrderOrigin.LIQUIDATION if is_liquidation else OrderOrigin.EXTERNAL,
            ib_order_id=payload.get("order_id") or None,
            ib_client_id=payload.get("client_id"),
            correlation_id=new_id(),
        )
        adopt(order)
        state = state_of(order)
        origin = Origin(source=EventSource.SYNC if record.is_sync else EventSource.IB, at=record.received_at)
        append_to_log(order=order, event=ev.ExternalOrderSeen(), before=state, after=state, origin=origin)
        publish.order_changed(order.pk, created=True)
        return order

    def _note_perm_id(self, order: Order, perm_id: int) -> bool:
        """Remember a number of the order; whether it is a second one and new."""
        known = self._new_perms.get(perm_id) or self._perms.get(perm_id)
        if not perm_id or perm_id == order.ib_perm_id or known == order.pk:
            return False
        number = OrderPermId(account_id=order.account_id, perm_id=perm_id, order=order)
        OrderPermId.objects.bulk_create([number], ignore_conflicts=True)  # an earlier connection may have told us
        self._new_perms[perm_id] = order.pk
        is_second = bool(order.ib_perm_id)
        if is_second:
            log.warning("second_perm_id", order_id=str(order.pk), perm_id=perm_id, first=order.ib_perm_id)
        order.ib_perm_id = perm_id
        save_order(order)
        publish.order_changed(order.pk)
        return is_second

    # what it means

    def _record(self, order: Order, event: ev.OrderEvent, origin: Origin) -> Order:
        moved = record_order_event(order_id=order.pk, event=event, origin=origin, locked=order)
        self._finish_commands(moved, event)
        return moved

    def _terms(self, order: Order, payload: Any, origin: Origin) -> None:
        """IB's echo of the order's terms; while a change is pending only the echo of that change counts."""
        quantity = ib.to_decimal(payload["quantity"])
        if quantity is None or quantity <= 0:
            return  # completed and bracket orders echo zero (§1.4, §1.5)
        event = _echo(order, quantity, payload)
        is_wanted = _is_wanted(order, event)
        if order.status == OrderStatus.PENDING_REPLACE and not is_wanted:
            self._other_terms[order.pk] = event  # what IB holds instead, should it come to stay
            return
        self._other_terms.pop(order.pk, None)
        if order.status != OrderStatus.PENDING_REPLACE and not _is_news(order, event):
            return
        if is_wanted:
            self._record(order, event, origin)
        else:  # such as a stop that trails: no answer to what we asked for
            record_order_event(order_id=order.pk, event=event, origin=origin, locked=order)

    def _status(self, record: IbRecord, order: Order, event: ev.OrderEvent, origin: Origin, findings: Findings) -> None:
        if isinstance(event, ev.OrderFoundOpen) and order.status in _QUIET_ENDS and not order.state(()).is_attested:
            # IB's list of open orders can be old (§1.3): the list of the completed ones must agree
            self._listed_open.add(order.pk)
            return
        if isinstance(event, _ENDS_OF_A_NUMBER) and _lives_under_another_number(order, record.payload):
            append_note(order, f"{event.type_name}: IB number {record.payload['perm_id']}, another one lives", origin)
            findings.must_ask_ib = True
            return
        self._record(order, event, origin)

    def _completed(self, record: IbRecord, order: Order, origin: Origin, findings: Findings) -> None:
        payload = record.payload
        event = ib.completed_event(str(payload["status"]), str(payload["completed_status"]))
        if (terms := _made_change(order, payload)) is not None:
            self._record(order, terms, origin)
        reported = ib.to_decimal(payload["quantity"])  # zero says nothing (§1.5)
        if payload["status"] == "Filled" and reported and reported == order.filled_quantity:
            # smaller than we thought, and all of it is filled
            event = ev.TermsConfirmed(quantity=order.filled_quantity, **order.term_values())
        refusal = _recorded_refusal(order) if isinstance(event, (ev.OrderCancelled, ev.OrderRejected)) else None
        self._status(record, order, refusal or event, origin, findings)

    def _fill(self, order: Order, payload: Any, origin: Origin, findings: Findings) -> None:
        quantity, price = ib.to_decimal(payload["quantity"]), ib.to_decimal(payload["price"])
        if quantity is None or price is None:
            raise ValueError(f"execution {payload['exec_id']} without quantity or price")
        executed_at = ib.parse_time(str(payload["time"]), settings.IB_TIME_ZONE)
        is_own = payload["con_id"] in (0, order.instrument_id)
        fill = record_fill(
            order_id=order.pk,
            instrument=None if is_own else instrument_from_message(dict(payload)),
            report=ExecutionReport(
                exec_id=payload["exec_id"],
                side=ib.side_of(payload["side"]),
                quantity=quantity,
                price=price,
                executed_at=executed_at or (origin.at or timezone.now()),
                executed_at_text=str(payload["time"]),
                exchange=payload["exchange"],
                perm_id=payload["perm_id"] or None,
                ib_order_id=payload["order_id"],
                ib_client_id=payload["client_id"],
                is_liquidation=bool(payload["liquidation"]),
                is_summary=payload["sec_type"] == COMBINATION,
            ),
            origin=origin,
        )
        if fill is not None:
            findings.moved.add((fill.account_id, fill.instrument_id))
            moved = locked_order(order.pk)
            self._finish_commands(moved, ev.OrderFilled(exec_root="", revision=0, quantity=quantity, price=price))
            if order.origin != OrderOrigin.DESK and moved.quantity < moved.filled_quantity:
                # known by its executions alone: it is at least as large as they are
                terms = ev.TermsConfirmed(quantity=moved.filled_quantity, **moved.term_values())
                self._record(moved, terms, origin)

    def _commission(self, record: IbRecord) -> None:
        payload = record.payload
        fill = Fill.objects.filter(exec_id=payload["exec_id"]).select_related("order").first()
        self._keep(record, fill.order if fill else None)
        if fill is not None:
            with correlated(fill.order.correlation_id or new_id(), order_id=str(fill.order_id)):
                _log_event(record, fill.order)
        record_commission(
            exec_id=str(payload["exec_id"]),
            commission=ib.commission_of(payload["commission"]),
            currency=str(payload["currency"] or "")[:3],
            realized_pnl=ib.to_decimal(payload["realized_pnl"]),
            at=record.received_at,
        )

    def _error(self, order: Order, payload: Any, origin: Origin, findings: Findings) -> None:
        code, text = int(payload["code"]), ib.plain_text(str(payload["text"]))
        match ib.judge_code(code, _operation_of(order)):
            case ib.Verdict.NOTE:
                append_note(order, f"{code}: {text}", origin)
            case ib.Verdict.CANCEL_REFUSED:
                self._record(order, ev.CancelRejected(code=str(code), reason=text), origin)
                findings.must_ask_ib = True
            case ib.Verdict.MODIFY_REFUSED:
                self._record(order, ev.ModifyRejected(code=str(code), reason=text), origin)
                findings.must_ask_ib = True
            case ib.Verdict.REJECTED | ib.Verdict.ASK:
                # an error alone closes nothing: the answer to the next query does, with this message as its reason
                append_note(order, f"{code}: {text}", origin)
                if not OrderStatus(order.status).is_terminal:
                    findings.must_ask_ib = True

    # commands

    def _finish_commands(self, order: Order, event: ev.OrderEvent) -> None:
        kinds, status = _COMMANDS_ENDED_BY.get(type(event), ((), CommandStatus.DONE))
        if status is CommandStatus.DONE and CommandKind.PLACE in kinds:
            if ("placed", order.pk) in self._knows:  # an order is placed once, and IB answers many times
                kinds = tuple(kind for kind in kinds if kind is not CommandKind.PLACE)
            self._knows.add(("placed", order.pk))
        if OrderStatus(order.status).is_terminal and ("ended", order.pk) not in self._knows:
            kinds = (*kinds, CommandKind.MODIFY, CommandKind.CANCEL)
            self._knows.add(("ended", order.pk))  # no command of an ended order is sent any more
        if not kinds:
            return
        error = str(getattr(event, "reason", "") or "") if status == CommandStatus.FAILED else ""
        before = [CommandStatus.SENT, CommandStatus.UNKNOWN]
        if isinstance(event, ev.OrderRejected):
            before.append(CommandStatus.DONE)  # Inactive came first and looked like an answer
        unfinished = GatewayCommand.objects.filter(order=order, kind__in=kinds, status__in=before)
        unfinished.update(status=status, finished_at=timezone.now(), error=error)

    # a complete answer to "what is there?"

    def _settle(self, snapshot: Snapshot) -> None:
        """Compare our open orders with a complete answer; silence is evidence only here, and only of so much."""
        perm_ids = {perm_id for perm_id, _ in snapshot.open_orders if perm_id}
        # a reference counts only where IB's number does not say whose it is
        known = self._perms | self._new_perms
        refs = {ref for perm_id, ref in snapshot.open_orders if ref and perm_id not in known}
        flush()
        check_doubled(snapshot.open_orders, now=timezone.now())
        self._reopen(snapshot)
        orders = _locked().filter(status__in=[s.value for s in OPEN]).prefetch_related("perm_ids")
        for row in orders:
            is_open = str(row.pk) in refs or any(p.perm_id in perm_ids for p in row.perm_ids.all())
            order = adopt(row)
            with correlated(order.correlation_id or new_id(), order_id=str(order.pk)):
                if is_open:
                    self._settle_open(order, snapshot)
                else:
                    self._weigh_its_end_again(order, {p.perm_id for p in row.perm_ids.all()})
                    self._settle_absent(order, snapshot)

    def _weigh_its_end_again(self, order: Order, perm_ids: set[int]) -> None:
        """What IB has said of the end of this order counts as news when it says so again.

        Of this order alone: one that stays unknown must not have the whole day's orders written down each minute.
        """
        self._knows.discard(("ended", order.pk))
        self._knows -= {
            key
            for key in self._knows
            if key[0] is Kind.COMPLETED_ORDER and (key[1] in perm_ids or key[2] == order.order_ref)
        }

    def _reopen(self, snapshot: Snapshot) -> None:
        """Ended for us, open for IB, and not among the completed ones: then it lives."""
        listed, self._listed_open = self._listed_open, set()
        for order_id in listed:
            order = locked_order(order_id)
            numbers = {number.perm_id for number in order.perm_ids.all()}
            if any(perm_id in numbers or ref == str(order_id) for perm_id, ref in snapshot.completed_orders):
                log.warning("open_orders_are_old", order_id=str(order_id))
            else:
                self._record(order, ev.OrderFoundOpen(), Origin(source=EventSource.SYNC, at=snapshot.asked_at))

    def _settle_open(self, order: Order, snapshot: Snapshot) -> None:
        """Alive at IB: a change that IB has not made long after we asked will not be made any more."""
        if order.status == OrderStatus.SUSPENDED and (refusal := _recorded_refusal(order)) is not None:
            # Inactive with a refusal is dead, although IB goes on listing it (§2.1)
            self._record(order, refusal, Origin(source=EventSource.SYNC, at=snapshot.asked_at))
            return
        # IB holds it, so the sending is answered, whatever its status word says
        self._finish_commands(order, ev.OrderFoundOpen())
        if order.ib_status in ("PendingCancel", "PreCancelled"):
            return  # IB is at it; a weekend can pass (§2.2)
        asked = _asked_at(order)
        if asked is None or snapshot.asked_at - asked < CHANGE_SETTLES_AFTER:
            return
        origin = Origin(source=EventSource.SYNC, at=snapshot.asked_at)
        if order.status == OrderStatus.PENDING_REPLACE:
            other = self._other_terms.pop(order.pk, None)
            if other is None or not _is_news(order, other):
                self._record(order, ev.ModifyRejected(reason="IB still holds the order on its old terms"), origin)
                return
            # a change that IB made in part: what it holds is what the next change must begin with
            reason = "IB holds the order on other terms than were asked for"
            self._record(order, ev.ModifyRejected(reason=reason), origin)
            self._record(order, other, origin)
        elif order.status == OrderStatus.PENDING_CANCEL:
            self._record(order, ev.CancelRejected(reason="IB still holds the order open"), origin)

    def _settle_absent(self, order: Order, snapshot: Snapshot) -> None:
        """In none of the three answers. With IB's refusal on record it is rejected, otherwise its fate is unknown."""
        asked = _asked_at(order)
        if asked is None and order.status == OrderStatus.PENDING_SUBMIT:
            return  # still in our own hands
        if asked is not None and asked >= snapshot.asked_at:
            return  # sent after the question: the answer cannot contain it
        origin = Origin(source=EventSource.SYNC, at=snapshot.asked_at)
        refusal = _recorded_refusal(order)
        if refusal is not None:
            self._record(order, refusal, origin)
            return
        if asked is not None and snapshot.asked_at - asked < settings.IB_ACK_TIMEOUT:
            return  # IB may still be at it
        if order.status != OrderStatus.UNKNOWN:
            reason = "IB lists it neither among open orders nor completed orders, and reports no execution that ends it"
            self._record(order, ev.OutcomeUnknown(reason=reason), origin)


# Ends that IB's word "open" can contradict, and those that are of one of IB's numbers of an order.
_QUIET_ENDS = (OrderStatus.CANCELLED, OrderStatus.EXPIRED)
_ENDS_OF_A_NUMBER = (ev.OrderCancelled, ev.OrderExpired, ev.OrderRejected, ev.OrderHeld)

_COMMANDS_ENDED_BY: dict[type[ev.OrderEvent], tuple[tuple[CommandKind, ...], CommandStatus]] = {
    ev.OrderAccepted: ((CommandKind.PLACE,), CommandStatus.DONE),
    ev.OrderFoundOpen: ((CommandKind.PLACE,), CommandStatus.DONE),
    ev.OrderHeld: ((CommandKind.PLACE,), CommandStatus.DONE),
    ev.OrderFilled: ((CommandKind.PLACE,), CommandStatus.DONE),
    ev.OrderRejected: ((CommandKind.PLACE,), CommandStatus.FAILED),
    ev.OrderCancelled: ((CommandKind.PLACE, CommandKind.CANCEL), CommandStatus.DONE),
    ev.OrderExpired: ((CommandKind.PLACE,), CommandStatus.DONE),
    ev.TermsConfirmed: ((CommandKind.MODIFY,), CommandStatus.DONE),
    ev.ModifyRejected: ((CommandKind.MODIFY,), CommandStatus.FAILED),
    ev.CancelRejected: ((CommandKind.CANCEL,), CommandStatus.FAILED),
    ev.OutcomeUnknown: ((CommandKind.PLACE, CommandKind.MODIFY, CommandKind.CANCEL), CommandStatus.UNKNOWN),
}


def _log_event(record: IbRecord, order: Order) -> None:
    facts = {
        "ib_status": record.payload.get("status"),
        "ib_error_code": record.payload.get("code"),
        "exec_id": record.payload.get("exec_id"),
    }
    log.info(
        "ib_event",
        ib_event_type=record.kind.value,
        symbol=order.symbol,
        account_id=order.account_id,
        **{name: fact for name, fact in facts.items() if fact},
    )


def append_note(order: Order, text: str, origin: Origin) -> None:
    """Put something IB said into the trade log; it moves nothing."""
    state = state_of(order)
    append_to_log(order=order, event=ev.IbStatusReported(ib_status=text), before=state, after=state, origin=origin)
    publish.order_changed(order.pk)


def _locked() -> QuerySet[Order]:
    """Orders to be changed: whoever else changes one waits for this transaction."""
    return Order.objects.select_for_update(of=["self"])


def _adopted(orders: QuerySet[Order]) -> Order | None:
    found = orders.first()
    return adopt(found) if found is not None else None


def _free_client_order_id(payload: Any, perm_id: int, order_id: uuid.UUID) -> str:
    """`ib-` and IB's own number of it, unless somebody has given that name to an order of his own."""
    name = f"ib-{perm_id or payload.get('exec_id') or order_id}"
    is_taken = Order.objects.filter(account=payload["account"], client_order_id=name).exists()
    return f"{name}-{order_id}" if is_taken else name


def _named_by(ref: str, record: IbRecord) -> Order | None:
    """The order whose reference this is, if the message can be about it: a reference can be copied with an order."""
    if (key := uuid_of(ref)) is None:
        return None
    try:
        order = locked_order(key)
    except Order.DoesNotExist:
        return None
    payload = record.payload
    if payload["account"] not in ("", order.account_id) or not _can_be(order, record):
        return None
    if order.origin == OrderOrigin.DESK and order.ib_order_id is None:
        return None  # we have never sent it
    if record.kind is Kind.COMPLETED_ORDER:
        return order  # of those IB tells neither client id nor order id (§1.5)
    return order if payload["client_id"] == order.ib_client_id else None


def _can_be(order: Order, record: IbRecord) -> bool:
    """Whether the message agrees with what can never change about the order; executions may be of its legs."""
    payload = record.payload
    if record.kind not in (Kind.OPEN_ORDER, Kind.COMPLETED_ORDER):
        return True
    same_contract = payload["con_id"] in (0, order.instrument_id) or order.origin != OrderOrigin.DESK
    return same_contract and ib.side_of(payload["side"]).value == order.side


def _by_execution(payload: Any) -> Order | None:
    """The order of the execution that this one repeats or corrects; executions from outside IB carry no perm id."""
    root, _ = split_exec_id(payload["exec_id"])
    fills = Fill.objects.filter(account_id=payload["account"], exec_root=root)
    order_id = fills.values_list("order_id", flat=True).first()
    return locked_order(order_id) if order_id is not None else None


def _is_combination_after_all(order: Order, payload: Any) -> bool:
    """Whether an order placed elsewhere, taken for one in the leg that we heard of first, is a combination."""
    says_so = order.origin != OrderOrigin.DESK and payload.get("sec_type") == COMBINATION and payload["con_id"]
    return bool(says_so) and payload["con_id"] != order.instrument_id and order.instrument.sec_type != COMBINATION


def _known_executions() -> set[Any]:
    """Executions in the ledger that IB may report again; each reconnect replays the day's."""
    recent = Fill.objects.filter(executed_at__gte=timezone.now() - EXECUTIONS_REACH_BACK)
    rows = recent.values_list("account_id", "exec_id", "perm_id")
    return {
        _execution_key(account, exec_id, is_named)
        for account, exec_id, perm_id in rows
        for is_named in {False, perm_id is not None}
    }


def _execution_key(account: str, exec_id: str, is_named: bool) -> tuple[Any, ...]:
    """An execution that comes again is news once more when it says for the first time whose it is."""
    return (Kind.EXEC_DETAILS, account, exec_id, is_named)


def _known_completions() -> set[Any]:
    """What is on record of the ends of orders: each reconnect brings the day's completed orders again."""
    recent = IbMessage.objects.filter(
        kind=Kind.COMPLETED_ORDER.value,
        received_at__gte=timezone.now() - EXECUTIONS_REACH_BACK,
        order__status__in=[status.value for status in TERMINAL],
    )
    names = [f"payload__{name}" for name in _OF_A_COMPLETION]
    return {(Kind.COMPLETED_ORDER, *key) for key in recent.values_list(*names).distinct()}


def _known_commissions() -> set[Any]:
    """What IB charged as it last said so."""
    recent = CommissionReport.objects.filter(received_at__gte=timezone.now() - EXECUTIONS_REACH_BACK)
    return {_commission_key(*row) for row in recent.values_list("exec_id", "commission", "realized_pnl")}


def _commission_key(exec_id: str, commission: Decimal | None, realized_pnl: Decimal | None) -> tuple[Any, ...]:
    """As the database keeps the figures, so that what IB says can be told from what is there."""
    figures = (None if figure is None else round(figure, 8) for figure in (commission, realized_pnl))
    return (Kind.COMMISSION_REPORT, exec_id, *figures)


def _is_old_news(record: IbRecord, known: set[Any]) -> bool:
    """Whether an answer only repeats what is written already; remembers what it has not seen."""
    payload = record.payload
    key: tuple[Any, ...]
    match record.kind:
        case Kind.EXEC_DETAILS:
            key = _execution_key(payload["account"], payload["exec_id"], bool(payload["perm_id"]))
        case Kind.COMPLETED_ORDER:
            key = (record.kind, *(payload[name] for name in _OF_A_COMPLETION))
        case Kind.COMMISSION_REPORT:
            figures = (ib.commission_of(payload["commission"]), ib.to_decimal(payload["realized_pnl"]))
            key = _commission_key(str(payload["exec_id"]), *figures)
            if key not in known:  # only its latest word is known: IB may return to an earlier one
                known -= {other for other in known if other[:2] == key[:2]}
        case _:
            return False
    is_old = record.is_sync and key in known
    known.add(key)
    if record.kind is Kind.EXEC_DETAILS:
        known.add(_execution_key(payload["account"], payload["exec_id"], False))
    return is_old


def _operation_of(order: Order) -> ib.Operation:
    """What we last asked IB to do with the order and have no answer to."""
    kind = (
        GatewayCommand.objects.filter(order=order, status__in=[CommandStatus.SENT, CommandStatus.UNKNOWN])
        .order_by("-id")
        .values_list("kind", flat=True)
        .first()
    )
    return ib.Operation(kind) if kind in ("place", "modify", "cancel") else ib.Operation.NONE


def _asked_at(order: Order) -> datetime | None:
    """When we last wrote something about the order to the socket."""
    command = GatewayCommand.objects.filter(order=order).exclude(sent_at=None).order_by("-id").first()
    return command.sent_at if command else (order.created_at if order.origin != OrderOrigin.DESK else None)


def _made_change(order: Order, payload: Any) -> ev.TermsConfirmed | None:
    """Our change, if the end of the order shows that IB made it; its echo may have gone with the connection.

    Figures of completed orders are unreliable (§1.5): only those that we asked for are believed.
    """
    quantity = ib.to_decimal(payload["quantity"])
    if quantity is None or quantity <= 0:
        return None
    event = _echo(order, quantity, payload)
    if not _is_news(order, event):
        return None
    failed = [CommandStatus.EXPIRED, CommandStatus.FAILED]
    is_asked = order.commands.filter(kind=CommandKind.MODIFY).exclude(status__in=failed).exists()
    return event if is_asked and _is_wanted(order, event) else None


def _echo(order: Order, quantity: Decimal, payload: Any) -> ev.TermsConfirmed:
    """The terms that IB says the order has.

    An order of ours is of the type that we gave it, whatever IB calls that, and what it cannot be without stays as we
    know it where IB does not say it or nobody can read it: the next change begins with these terms.
    """
    outside_rth = payload.get("outside_rth")
    if order.origin != OrderOrigin.DESK:
        terms = asdict(ib.terms_of(payload, settings.IB_TIME_ZONE))
    else:
        as_ours = {**payload, "order_type": order.order_type, "time_in_force": order.time_in_force}
        terms = asdict(ib.terms_of(as_ours, settings.IB_TIME_ZONE))
        for name in ib.terms_needed(order.order_type, order.time_in_force):
            if terms[name] is None:
                terms[name] = getattr(order, name)
    return ev.TermsConfirmed(quantity=quantity, outside_rth=None if outside_rth is None else bool(outside_rth), **terms)


def _is_news(order: Order, echo: ev.TermsConfirmed) -> bool:
    """Whether IB says other terms than those that we know."""
    said = {name: getattr(echo, name) for name in TERM_NAMES}
    outside_rth = order.outside_rth if echo.outside_rth is None else echo.outside_rth
    return (echo.quantity, outside_rth, said) != (order.quantity, order.outside_rth, order.term_values())


def _is_wanted(order: Order, echo: ev.TermsConfirmed) -> bool:
    """Whether these terms are, all of them, those of the change we asked for."""
    command = (
        GatewayCommand.objects.filter(order=order, kind=CommandKind.MODIFY)
        .exclude(status__in=[CommandStatus.EXPIRED, CommandStatus.FAILED])
        .order_by("-id")
        .first()
    )
    if command is None:
        return True
    wanted = changes_from_text(command.payload)
    names = {"quantity", *TERM_NAMES}
    if echo.outside_rth is not None:
        names.add("outside_rth")
    if order.order_type in TRAILING and "stop_price" not in wanted:
        names.discard("stop_price")  # IB moves it along meanwhile
    return all(getattr(echo, name) == wanted.get(name, getattr(order, name)) for name in names)


def _lives_under_another_number(order: Order, payload: Any) -> bool:
    """Whether IB has the order under a second number of whose end it has said nothing (§1.1, second permId)."""
    perm_id = int(payload.get("perm_id") or 0)
    if not perm_id:
        return False
    flush()
    for number in OrderPermId.objects.filter(order=order).exclude(perm_id=perm_id):
        said = IbMessage.objects.filter(order=order, kind__in=_STATUS_KINDS, payload__perm_id=number.perm_id)
        last = said.order_by("-id").first()
        if last is not None and last.payload.get("status") in _LIVE_WORDS and last.kind != Kind.COMPLETED_ORDER:
            return True
    return False


def _was_asked_to_cancel(order: Order, message: IbMessage) -> bool:
    """Whether IB had the order and our cancel of it when it said this: the refusal may be of the cancel."""
    asked = order.commands.filter(kind=CommandKind.CANCEL, sent_at__lte=message.received_at)
    open_then = asked.filter(Q(finished_at=None) | Q(finished_at__gte=message.received_at))
    return open_then.exists() and order.events.filter(type=ev.OrderAccepted.type_name).exists()


def _recorded_refusal(order: Order) -> ev.OrderRejected | None:
    """IB's refusal of the order itself, if one is on record and IB never took the order afterwards."""
    flush()
    refused_changes = [ev.ModifyRejected.type_name, ev.CancelRejected.type_name]
    about_the_order = IbMessage.objects.filter(order=order, kind=Kind.ERROR.value)
    errors: Iterable[IbMessage] = about_the_order.exclude(order_events__type__in=refused_changes).order_by("-id")[:20]
    for message in errors:
        code, text = int(message.payload["code"]), ib.plain_text(str(message.payload["text"]))
        if code in ib.REJECTS and not _was_taken(order) and not _was_asked_to_cancel(order, message):
            return ev.OrderRejected(code=ib.product_code(code, text), reason=f"{text} (IB {code})")
    return None


def _was_taken(order: Order) -> bool:
    """Whether the order was working at IB and we have changed it: then a reject code is of a change, except 201."""
    return (
        order.events.filter(type=ev.OrderAccepted.type_name).exists()
        and order.commands.filter(kind=CommandKind.MODIFY).exists()
        and not IbMessage.objects.filter(order=order, kind=Kind.ERROR.value, payload__code=201).exists()
    )


def _json(payload: Any) -> dict[str, Any]:
    """The payload as JSON can hold it: numbers beyond its range as text."""
    plain: dict[str, Any] = {}
    for name, value in payload.items():
        if (isinstance(value, float) and (value != value or abs(value) > 1e300)) or not isinstance(
            value, (str, int, float, bool, list, type(None))
        ):
            value = str(value)
        plain[name] = value
    return plain


def _brief(payload: Any) -> dict[str, Any]:
    return {name: value for name, value in _json(payload).items() if name != "wire"}
