"""Compare the ledger with the broker, now: open orders, today's executions, positions.

A run that could not ask IB about everything it should is FAILED, never balanced.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account, Position
from accounts.services import ensure_account
from config.shared.correlation import correlated, current_correlation_id, get_logger, new_id
from config.shared.errors import DeskError, ErrorCode
from config.shared.gateway_queries import ask_gateway
from config.shared.text import uuid_of
from trading.domain.orders import TERM_NAMES, OrderStatus
from trading.domain.reconciliation import (
    Break,
    Broker,
    BrokerOrder,
    Execution,
    Holding,
    Ledger,
    LedgerOrder,
    compare,
    confirmed,
)
from trading.models import Fill, GatewayState, Order, ReconciliationBreak, ReconciliationRun
from trading.models.reconciliation import RunStatus
from trading.services.order_terms import terms_text

log = get_logger(__name__)

ASK_TIMEOUT = 20.0
SETTLE_SECONDS = 1.0
MAX_COMPARISONS = 4
_LOCK = 0x5245434F  # one run writes its breaks at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class _Findings:
    """What a run established: the breaks that stand still, and the keys of what was still moving."""

    accounts: frozenset[str]
    not_covered: tuple[str, ...]
    breaks: tuple[Break, ...]
    moving: frozenset[tuple[Any, ...]]
    ours: Ledger
    theirs: Broker


def reconcile(*, account: Account | None = None, trigger: str = "schedule") -> ReconciliationRun:
    """Compare now, for one account or all; returns the finished run.

    Its status is `balanced`, `breaks`, or `failed` when the broker could not be asked, answered nonsense, or did
    not speak for an account in which the desk holds something. Waits up to about `ASK_TIMEOUT` seconds a question.
    """
    with correlated(current_correlation_id() or new_id()):
        run = ReconciliationRun.objects.create(
            account=account, trigger=trigger, correlation_id=current_correlation_id()
        )
        try:
            findings = _find(account)
            _record(run, findings)
        except DeskError as error:
            _fail(run, f"{error.code}: {error.message}")
        except Exception as error:
            _fail(run, f"{type(error).__name__}: {error}")
            raise
        log.info("reconciliation_finished", run_id=run.pk, status=run.status, trigger=trigger, error=run.error)
        return run


def _find(account: Account | None) -> _Findings:
    """Compare until every difference has been seen twice alike, or has gone."""
    earlier: list[Break] | None = None
    for attempt in range(1, MAX_COMPARISONS + 1):
        snapshot = _ask(account)
        accounts = frozenset(snapshot.accounts) & ({account.code} if account else frozenset(snapshot.accounts))
        theirs = _only(snapshot.broker, accounts)
        since = start_of_ib_day(snapshot.taken_at)
        ours = read_ledger(accounts, theirs, since)
        now = compare(ours, theirs, fills_since=since)
        standing = confirmed(earlier or [], now)
        if len(standing) == len(now) or attempt == MAX_COMPARISONS:
            break
        earlier = now
        time.sleep(SETTLE_SECONDS)
    return _Findings(
        accounts=accounts,
        not_covered=_not_covered(account, accounts),
        breaks=tuple(standing),
        moving=frozenset(item.key for item in now) - frozenset(item.key for item in standing),
        ours=ours,
        theirs=theirs,
    )


def _not_covered(account: Account | None, accounts: frozenset[str]) -> tuple[str, ...]:
    """Accounts we had to compare but IB's login did not speak for."""
    if account is not None:
        return () if account.code in accounts else (account.code,)
    holding = Position.objects.exclude(quantity=0).values_list("account_id", flat=True)
    trading = Order.objects.open().values_list("account_id", flat=True)
    return tuple(sorted((set(holding) | set(trading)) - accounts))


def start_of_ib_day(now: datetime) -> datetime:
    """From when on IB still reports executions: its day begins at midnight of the gateway's time zone.

    The later of that and midnight UTC, so that a simulator on another clock raises no false alarm.
    """
    midnights = (
        now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        for zone in (ZoneInfo(settings.IB_TIME_ZONE), ZoneInfo("UTC"))
    )
    return max(midnights)


# --- IB's side -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Snapshot:
    taken_at: datetime
    accounts: tuple[str, ...]
    broker: Broker


def _ask(account: Account | None) -> _Snapshot:
    state = GatewayState.objects.filter(pk="main").first()
    if state is None or not state.is_alive:
        raise DeskError(ErrorCode.IB_CONNECTION_FAILED, "The gateway process is not running")
    answer = ask_gateway("broker_snapshot", timeout=ASK_TIMEOUT, account=account.code if account else None)
    try:
        return _parse(answer)
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise DeskError(
            ErrorCode.EXTERNAL_SERVICE_ERROR, f"The gateway's snapshot cannot be read: {error!r}"
        ) from error


def _parse(answer: Mapping[str, Any]) -> _Snapshot:
    return _Snapshot(
        taken_at=datetime.fromisoformat(answer["taken_at"]),
        accounts=tuple(answer["accounts"]),
        broker=Broker(
            orders=tuple(_broker_order(row) for row in answer["open_orders"]),
            # the summary of a combination is no fill: its legs are
            executions=tuple(_broker_execution(row) for row in answer["executions"] if row.get("sec_type") != "BAG"),
            holdings=tuple(_broker_holding(row) for row in answer["positions"]),
        ),
    )


def _broker_order(row: Mapping[str, Any]) -> BrokerOrder:
    return BrokerOrder(
        account=row["account"],
        perm_id=row["perm_id"] or None,
        order_id=row["order_id"],
        client_id=row["client_id"],
        order_ref=row["order_ref"] or "",
        con_id=int(row["con_id"]),
        symbol=row["symbol"],
        side=row["side"],
        quantity=Decimal(row["quantity"]),
        order_type=row["order_type"],
        limit_price=_decimal(row["limit_price"]),
        stop_price=_decimal(row["stop_price"]),
        status=row["status"],
        other_terms=_other_terms({name: row[name] for name in TERM_NAMES if row.get(name) is not None}),
    )


def _other_terms(terms: Mapping[str, str | None]) -> tuple[tuple[str, str], ...]:
    usual = ("limit_price", "stop_price")
    return tuple((name, text) for name, text in sorted(terms.items()) if text is not None and name not in usual)


def _broker_execution(row: Mapping[str, Any]) -> Execution:
    return Execution(
        account=row["account"],
        exec_id=row["exec_id"],
        con_id=int(row["con_id"]),
        symbol=row["symbol"],
        side=row["side"],
        quantity=Decimal(row["quantity"]),
        price=Decimal(row["price"]),
        executed_at=datetime.fromisoformat(row["executed_at"]),
    )


def _broker_holding(row: Mapping[str, Any]) -> Holding:
    return Holding(
        account=row["account"], con_id=int(row["con_id"]), symbol=row["symbol"], quantity=Decimal(row["quantity"])
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _only(broker: Broker, accounts: frozenset[str]) -> Broker:
    return Broker(
        orders=tuple(order for order in broker.orders if order.account in accounts),
        executions=tuple(execution for execution in broker.executions if execution.account in accounts),
        holdings=tuple(holding for holding in broker.holdings if holding.account in accounts),
    )


# --- our side --------------------------------------------------------------------------------------------------


def read_ledger(accounts: Iterable[str], theirs: Broker, since: datetime) -> Ledger:
    """The ledger's side of the comparison: open orders and those IB names, fills of the day, positions."""
    codes = list(accounts)
    earliest = min([since, *(execution.executed_at for execution in theirs.executions)])
    return Ledger(
        orders=tuple(_ledger_orders(codes, theirs.orders)),
        executions=tuple(
            Execution(
                account=fill.account_id,
                exec_id=fill.exec_id,
                con_id=fill.instrument_id,
                symbol=fill.symbol,
                side=fill.side,
                quantity=fill.quantity,
                price=fill.price,
                executed_at=fill.executed_at,
            )
            for fill in Fill.objects.filter(account__in=codes, executed_at__gte=earliest, is_summary=False)
        ),
        holdings=tuple(
            Holding(account=code, con_id=con_id, symbol=symbol, quantity=quantity)
            for code, con_id, symbol, quantity in Position.objects.filter(account__in=codes).values_list(
                "account_id", "instrument_id", "instrument__symbol", "quantity"
            )
        ),
    )


def _ledger_orders(codes: list[str], theirs: Iterable[BrokerOrder]) -> Iterable[LedgerOrder]:
    theirs = list(theirs)
    refs = [ref for order in theirs if (ref := uuid_of(order.order_ref)) is not None]
    perm_ids = [order.perm_id for order in theirs if order.perm_id]
    open_here = Q(pk__in=Order.objects.open().filter(account__in=codes).values("pk"))
    rows = Order.objects.filter(
        open_here | Q(pk__in=refs) | Q(perm_ids__account__in=codes, perm_ids__perm_id__in=perm_ids)
    )
    for order in rows.distinct().prefetch_related("perm_ids"):
        yield LedgerOrder(
            account=order.account_id,
            order_id=str(order.pk),
            perm_ids=frozenset(row.perm_id for row in order.perm_ids.all()),
            con_id=order.instrument_id,
            symbol=order.symbol,
            side=order.side,
            quantity=order.quantity,
            order_type=order.order_type,
            limit_price=order.limit_price,
            stop_price=order.stop_price,
            status=OrderStatus(order.status),
            was_sent=order.ib_order_id is not None or order.ib_perm_id is not None or order.origin != "desk",
            other_terms=_other_terms(terms_text(order.term_values())),
        )


# --- the record ------------------------------------------------------------------------------------------------


def _record(run: ReconciliationRun, findings: _Findings) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        for item in findings.breaks:
            _keep(run, item)
        _resolve_what_is_gone(run, findings)
        run.orders_compared = len(findings.ours.orders)
        run.fills_compared = len(findings.ours.executions)
        run.positions_compared = len(findings.ours.holdings)
        if findings.not_covered:
            run.status = RunStatus.FAILED
            run.error = f"IB's login does not speak for {', '.join(findings.not_covered)}"
        else:
            run.status = RunStatus.BREAKS if findings.breaks else RunStatus.BALANCED
        run.finished_at = timezone.now()
        run.save()


def _keep(run: ReconciliationRun, item: Break) -> None:
    """Open the break, or bring the open one up to date."""
    account = ensure_account(item.account)
    row, created = ReconciliationBreak.objects.get_or_create(
        kind=item.kind.value,
        account=account,
        subject=item.subject,
        resolved_at=None,
        defaults={"first_run": run, "last_run": run, "ours": item.ours, "theirs": item.theirs},
    )
    if created:
        log.warning(
            "reconciliation_break",
            kind=item.kind.value,
            account_id=item.account,
            subject=item.subject,
            ours=item.ours,
            theirs=item.theirs,
        )
        return
    row.last_run, row.ours, row.theirs = run, item.ours, item.theirs
    row.save(update_fields=["last_run", "ours", "theirs"])


def _resolve_what_is_gone(run: ReconciliationRun, findings: _Findings) -> None:
    still_there = {item.key for item in findings.breaks} | findings.moving
    for row in ReconciliationBreak.objects.filter(resolved_at=None, account__in=list(findings.accounts)):
        if (row.kind, row.account_id, row.subject) in still_there:
            continue
        row.resolved_at = timezone.now()
        row.resolution = f"Run {run.pk} no longer sees it"
        row.save(update_fields=["resolved_at", "resolution"])


def _fail(run: ReconciliationRun, error: str) -> None:
    run.status = RunStatus.FAILED
    run.error = error
    run.finished_at = timezone.now()
    run.save(update_fields=["status", "error", "finished_at"])
