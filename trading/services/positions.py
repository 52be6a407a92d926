"""Positions as the ledger derives them, and what happens when IB says otherwise.

Derived = opening (what IB said when the desk first saw the account) + the fills that count + what a person accepted.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from accounts.models import Position, User
from accounts.services import ensure_account
from config.shared.correlation import get_logger
from config.shared.errors import DeskError, ErrorCode
from config.shared.text import decimal_text, time_text
from market_data.models import Instrument
from trading import publish
from trading.domain.fills import net_quantity
from trading.domain.incidents import IncidentKind
from trading.domain.orders import ZERO, OrderSide
from trading.domain.position_check import NO_POSITION, Figures, Key, Suspicion, Verdict, judge
from trading.models import Fill, GatewayState, Incident, LedgerStart, PositionAdjustment
from trading.models.positions import AdjustmentKind
from trading.services.incidents import clear_incident, raise_incident

log = get_logger(__name__)

FILLS_IN_EVIDENCE = 50


def net_of_fills(*, accounts: Iterable[str], con_ids: Iterable[int] | None = None) -> dict[Key, Decimal]:
    """What the fills that count add up to, without openings and adjustments."""
    fills = Fill.objects.moving_positions().filter(account__in=list(accounts))
    if con_ids is not None:
        fills = fills.filter(instrument__in=list(con_ids))
    sides: dict[Key, list[tuple[OrderSide, Decimal]]] = defaultdict(list)
    for account, con_id, side, total in (
        fills.order_by().values_list("account", "instrument", "side").annotate(total=Sum("quantity"))
    ):
        sides[account, con_id].append((OrderSide(side), total))
    return {key: net_quantity(rows) for key, rows in sides.items()}


def derived_quantities(*, accounts: Iterable[str], con_ids: Iterable[int] | None = None) -> dict[Key, Decimal]:
    """What the ledger says the accounts hold: fills, openings and adjustments; what it has never seen is missing."""
    accounts = list(accounts)
    derived = net_of_fills(accounts=accounts, con_ids=con_ids)
    adjustments = PositionAdjustment.objects.filter(account__in=accounts)
    if con_ids is not None:
        adjustments = adjustments.filter(instrument__in=list(con_ids))
    for account, con_id, total in (
        adjustments.order_by().values_list("account", "instrument").annotate(total=Sum("quantity"))
    ):
        derived[account, con_id] = derived.get((account, con_id), ZERO) + total
    return derived


# the opening


def accounts_without_ledger(codes: Iterable[str]) -> list[str]:
    """Accounts whose opening has not been recorded yet."""
    begun = set(LedgerStart.objects.filter(account__in=list(codes)).values_list("account", flat=True))
    return [code for code in codes if code not in begun]


def open_ledger(*, account: str, openings: Mapping[int, Decimal], asked_at: datetime, evidence: dict[str, Any]) -> None:
    """Record what an account held before its first fill. The caller holds `publish.recording()`."""
    row = ensure_account(account)
    without = _without_position(openings)
    LedgerStart.objects.create(account=row, at=asked_at, evidence=evidence)
    for con_id, quantity in openings.items():
        if con_id in without:
            continue
        PositionAdjustment.objects.create(
            account=row,
            instrument_id=con_id,
            kind=AdjustmentKind.OPENING,
            quantity=quantity,
            reason="Held when the desk first saw the account: IB's position less the fills on record",
            evidence=evidence,
            at=asked_at,
        )
    log.info("ledger_opened", account_id=account, positions=len(openings))


# the check


@dataclass
class Checked:
    """What a check found: suspicions to remember, and whether IB has to be asked."""

    suspicions: dict[Key, Suspicion] = field(default_factory=dict)
    must_ask_ib: bool = False


def check_positions(
    *,
    accounts: Iterable[str],
    keys: set[Key] | None,
    suspicions: Mapping[Key, Suspicion],
    now: datetime,
    answered: datetime | None,
) -> Checked:
    """Compare these positions, or all of the accounts, with IB's figures, and say what stands.

    Writes the derived figure beside IB's, raises and clears incidents; one transaction.
    """
    begun = sorted(set(accounts) - set(accounts_without_ledger(accounts)))
    if keys is not None:
        keys = {key for key in keys if key[0] in begun}
    checked = Checked()
    if not begun or keys == set():
        return checked
    con_ids = None if keys is None else {con_id for _, con_id in keys}
    with publish.recording():
        rows = _locked_positions(begun, con_ids)  # before the sums: a person may be accepting one of them just now
        derived = derived_quantities(accounts=begun, con_ids=con_ids)
        wanted = keys if keys is not None else derived.keys() | rows.keys()
        without = _without_position(con_id for _, con_id in wanted)
        for key in sorted(key for key in wanted if key[1] not in without):
            position = rows.get(key)
            figures = Figures(ib=position.quantity if position else ZERO, ledger=derived.get(key, ZERO))
            verdict, suspicion = judge(suspicions.get(key), figures, now=now, answered=answered)
            if suspicion is not None:
                checked.suspicions[key] = suspicion
            checked.must_ask_ib |= verdict is Verdict.ASK
            _settle(key, position, figures, verdict, suspicion, now)
    return checked


def _locked_positions(accounts: list[str], con_ids: set[int] | None) -> dict[Key, Position]:
    """Locked after their incidents, as by `resolve_incident`: neither waits for the other for ever."""
    incidents = Incident.objects.open().filter(kind=IncidentKind.POSITION_DIFFERS.value, account__in=accounts)
    list(incidents.select_for_update(of=["self"]).order_by("id"))
    rows = Position.objects.filter(account__in=accounts).select_related("instrument").order_by("id")
    rows = rows.select_for_update(of=["self"])
    if con_ids is not None:
        rows = rows.filter(instrument__in=con_ids)
    return {(row.account_id, row.instrument_id): row for row in rows}


def _without_position(con_ids: Iterable[int]) -> set[int]:
    named = Instrument.objects.filter(con_id__in=set(con_ids), sec_type__in=NO_POSITION)
    return set(named.values_list("con_id", flat=True))


def _settle(
    key: Key, position: Position | None, figures: Figures, verdict: Verdict, suspicion: Suspicion | None, now: datetime
) -> None:
    if position is None and verdict is not Verdict.DIFFERS:
        return  # IB has not named it, and what the fills say is zero or on its way
    if position is None:
        account, con_id = key
        position = Position.objects.create(
            account_id=account, instrument_id=con_id, quantity=0, average_cost=0, as_of=now
        )
    before = (position.ledger_quantity, position.differs_since)
    position.ledger_quantity = figures.ledger
    if verdict is Verdict.AGREES:
        if position.differs_since is not None:
            how = f"IB and the ledger agree on {decimal_text(figures.ib)}"
            clear_incident(kind=IncidentKind.POSITION_DIFFERS, subject=subject_of(position), how=how, now=now)
        position.differs_since = None
        if position.ledger_quantity != before[0] or position.agreed_at is None:
            position.agreed_at = now
    elif verdict is Verdict.DIFFERS and suspicion is not None:
        position.differs_since = position.differs_since or suspicion.since
        evidence = difference_evidence(position)
        raise_incident(
            kind=IncidentKind.POSITION_DIFFERS,
            account=position.account_id,
            subject=subject_of(position),
            evidence=evidence,
            now=now,
        )
    if before != (position.ledger_quantity, position.differs_since) or position.agreed_at == now:
        position.save(update_fields=["ledger_quantity", "differs_since", "agreed_at"])
        publish.position_changed(position.pk)


def subject_of(position: Position) -> str:
    """How an incident names the position."""
    return f"{position.account_id} {position.instrument.symbol} ({position.instrument_id})"


def difference_evidence(position: Position) -> dict[str, Any]:
    """Both figures, what the ledger's is made of, and what was booked since both sides last agreed."""
    key = {"account": position.account_id, "instrument": position.instrument_id}
    fills = Fill.objects.filter(**key).order_by("-id")
    if position.agreed_at is not None:
        fills = fills.filter(recorded_at__gte=position.agreed_at)
    adjustments = PositionAdjustment.objects.filter(**key).order_by("id")
    return {
        "account": position.account_id,
        "con_id": position.instrument_id,
        "symbol": position.instrument.symbol,
        "ib_quantity": decimal_text(position.quantity),
        "ledger_quantity": decimal_text(position.ledger_quantity),
        "difference": decimal_text(position.quantity - (position.ledger_quantity or ZERO)),
        "differs_since": time_text(position.differs_since),
        "agreed_at": time_text(position.agreed_at),
        "adjustments": [
            {"kind": row.kind, "quantity": decimal_text(row.quantity), "reason": row.reason, "at": time_text(row.at)}
            for row in adjustments
        ],
        "fills_since": [
            {
                "exec_id": fill.exec_id,
                "side": fill.side,
                "quantity": decimal_text(fill.quantity),
                "counts": fill.is_current and not fill.is_summary,
                "executed_at": time_text(fill.executed_at),
                "order_id": str(fill.order_id),
            }
            for fill in fills[:FILLS_IN_EVIDENCE]
        ],
    }


# what a person decides


def accept_ib_figure(*, incident: Incident, user: User, reason: str) -> str:
    """Take IB's figure for right: one adjustment with its reason closes the difference; returns what was done.

    The caller holds `publish.recording()` and has locked the incident. Raises DeskError: CONFLICT when the figures are
    no longer those that the person has seen, IB_CONNECTION_FAILED when IB's figure may be old.
    """
    state = GatewayState.objects.filter(pk="main").first()
    if state is None or not state.is_ready:
        raise DeskError(ErrorCode.IB_CONNECTION_FAILED, "The gateway is not in sync with IB: its figure may be old")
    account, con_id = str(incident.evidence["account"]), int(incident.evidence["con_id"])
    of_it = Q(account=account, instrument=con_id)
    position = Position.objects.select_for_update(of=["self"]).select_related("instrument").get(of_it)
    position.ledger_quantity = derived_quantities(accounts=[account], con_ids=[con_id]).get((account, con_id), ZERO)
    seen = (incident.evidence["ib_quantity"], incident.evidence["ledger_quantity"])
    if seen != (decimal_text(position.quantity), decimal_text(position.ledger_quantity)):
        raise DeskError(ErrorCode.CONFLICT, "The figures have changed since: look again before you decide")
    by = position.quantity - position.ledger_quantity
    PositionAdjustment.objects.create(
        account_id=account,
        instrument_id=con_id,
        kind=AdjustmentKind.ACCEPTED,
        quantity=by,
        reason=reason,
        evidence=incident.evidence,
        actor=user,
        incident=incident,
    )
    position.ledger_quantity, position.differs_since = position.quantity, None
    position.agreed_at = incident.last_seen_at
    position.save(update_fields=["ledger_quantity", "differs_since", "agreed_at"])
    publish.position_changed(position.pk)
    log.warning("position_adjusted", account_id=account, con_id=con_id, quantity=decimal_text(by), user_id=user.pk)
    return f"The ledger takes over IB's {decimal_text(position.quantity)}: {decimal_text(by)} without a fill"
