"""Limits by scope and version: who may change them, what applies to an order, and what a change would have done."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.domain.roles import Permission
from accounts.models import Account, User
from accounts.selectors import require
from config.shared.correlation import current_request_id, get_logger
from config.shared.errors import DeskError, ErrorCode
from config.shared.text import decimal_text
from trading.domain.risk import Difference, Limits, difference, from_text, strictest, to_text
from trading.models import LimitVersion, RiskDecision, RiskLimits

log = get_logger(__name__)

LOOK_BACK = timedelta(days=90)
EXAMPLES = 20
ACCOUNT_FIELDS = (*(limit.name for limit in fields(Limits)), "initial_margin_rate")
SCOPED_FIELDS = (
    "max_order_quantity",
    "max_order_notional",
    "max_position_quantity",
    "trading_halted",
    "halt_reason",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose orders: all of the account, those in one symbol, those of one user, or both."""

    account: Account
    symbol: str = ""
    user: User | None = None

    @property
    def is_account(self) -> bool:
        """Whether this is the account itself."""
        return not self.symbol and self.user is None

    @property
    def names(self) -> tuple[str, ...]:
        """What can be limited here."""
        return ACCOUNT_FIELDS if self.is_account else SCOPED_FIELDS


@dataclass(slots=True, kw_only=True)
class Counterfactual:
    """What limits would have changed in the verdicts of the last 90 days."""

    since: Any
    examined: int = 0
    blocked: int = 0
    let_through: int = 0
    unknown: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)


def newest(scope: Scope) -> LimitVersion | None:
    """The latest version of a scope."""
    return LimitVersion.objects.filter(account=scope.account, symbol=scope.symbol, user=scope.user).first()


def current(scope: Scope) -> tuple[int, dict[str, Any]]:
    """Version (0: never changed) and values, as text, of a scope."""
    latest = newest(scope)
    version = latest.version if latest else 0
    if scope.is_account:
        row = RiskLimits.objects.filter(account=scope.account).first() or RiskLimits(account=scope.account)
        return version, row_values(row)
    known = latest.after if latest else {}
    blank = to_text(Limits())
    return version, {name: known.get(name, blank[name]) for name in SCOPED_FIELDS}


def row_values(row: RiskLimits) -> dict[str, Any]:
    """An account's own limits as text."""
    return {**to_text(row.limits()), "initial_margin_rate": decimal_text(Decimal(row.initial_margin_rate))}


def effective_limits(row: RiskLimits, symbol: str, user: User | None) -> Limits:
    """The strictest of the account's limits, those of the symbol and those of the user."""
    scoped = _scoped(row.account_id)
    return _combined(row.limits(), scoped, symbol, user.pk if user else None)


def _scoped(account_id: str) -> dict[tuple[str, int | None], Limits]:
    versions = (
        LimitVersion.objects.filter(account=account_id)
        .exclude(symbol="", user=None)
        .order_by("symbol", "user", "-version")
        .distinct("symbol", "user")
    )
    return {(row.symbol, row.user_id): from_text(row.after) for row in versions}


def _combined(
    account: Limits, scoped: Mapping[tuple[str, int | None], Limits], symbol: str, user_id: int | None
) -> Limits:
    keys = dict.fromkeys([(symbol, None), ("", user_id), (symbol, user_id)])
    return strictest(account, *(scoped[key] for key in keys if key in scoped))


@transaction.atomic
def set_limits(*, scope: Scope, version: int, changes: Mapping[str, Any], by: User, reason: str) -> LimitVersion:
    """Record a new version of a scope's limits; what `changes` does not name stays.

    Raises DeskError: AUTHORIZATION_FAILED, CONFLICT when `version` is not the current one, VALIDATION_ERROR.
    """
    require(by, Permission.MANAGE_RISK, scope.account)
    RiskLimits.objects.get_or_create(account=scope.account)
    row = RiskLimits.objects.select_for_update().get(account=scope.account)  # the lock of every check and change
    known, before = current(scope)
    if known != version:
        message = f"These limits were changed meanwhile: version {known} applies, not {version}"
        raise DeskError(ErrorCode.CONFLICT, message, {"version": known, "limits": before})
    after = proposed(scope, changes)
    if scope.is_account:
        for name, value in changes.items():
            setattr(row, name, sorted(value) if isinstance(value, (list, set, frozenset)) else value)
        row.save()
        row.refresh_from_db()
        after = row_values(row)
    made = LimitVersion.objects.create(
        account=scope.account,
        symbol=scope.symbol,
        user=scope.user,
        version=known + 1,
        before=before,
        after=after,
        reason=reason,
        changed_by=by,
        request_id=current_request_id(),
    )
    log.info("risk_limits_changed", account_id=scope.account.code, version=made.version, user_id=by.pk)
    return made


def proposed(scope: Scope, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The scope's values with the changes made, as text. Raises DeskError VALIDATION_ERROR."""
    if errors := _mistakes(scope, changes):
        raise DeskError(ErrorCode.VALIDATION_ERROR, "The limits are not valid", errors)
    _, values = current(scope)
    text = {name: decimal_text(v) if isinstance(v, Decimal) else v for name, v in changes.items()}
    values |= text
    if values["trading_halted"] and not values["halt_reason"].strip():
        message = "Say why trading is halted: traders are shown this."
        raise DeskError(ErrorCode.VALIDATION_ERROR, "The limits are not valid", {"halt_reason": [message]})
    return values


def _mistakes(scope: Scope, changes: Mapping[str, Any]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for name, value in changes.items():
        if name not in scope.names:
            errors[name] = ["belongs to the account's own limits, not to those of a symbol or user"]
        elif isinstance(value, Decimal) and value <= 0:
            errors[name] = ["must be above zero, or null for no limit"]
        elif name == "initial_margin_rate" and (value is None or value > 10):
            errors[name] = ["must be above 0 and at most 10; 0.5 means half of the order's value"]
    both = set(changes.get("allowed_symbols") or ()) & set(changes.get("blocked_symbols") or ())
    if both:
        errors["blocked_symbols"] = [f"Both allowed and blocked: {', '.join(sorted(both))}."]
    return errors


def counterfactual(scope: Scope, changes: Mapping[str, Any]) -> Counterfactual:
    """Judge the requests of the last 90 days again, by the pure rules, as if the changed limits had applied.

    All other scopes count as they stand now; the surroundings are the recorded ones.
    """
    values = proposed(scope, changes)
    row = RiskLimits.objects.filter(account=scope.account).first() or RiskLimits(account=scope.account)
    account, rate, scoped = row.limits(), row.initial_margin_rate, _scoped(scope.account.pk)
    if scope.is_account:
        account, rate = from_text(values), Decimal(values["initial_margin_rate"])
    else:
        scoped[(scope.symbol, scope.user.pk if scope.user else None)] = from_text(values)
    result = Counterfactual(since=timezone.now() - LOOK_BACK)
    for decision in _decisions(scope, result.since).iterator(chunk_size=1000):
        limits = _combined(account, scoped, str(decision.request.get("symbol", "")), decision.user_id)
        _count(result, decision, limits, Decimal(rate))
    return result


def _decisions(scope: Scope, since: Any) -> Any:
    of_scope = Q(account=scope.account, decided_at__gte=since)
    if scope.symbol:
        of_scope &= Q(request__symbol=scope.symbol)
    if scope.user is not None:
        of_scope &= Q(user=scope.user)
    return RiskDecision.objects.filter(of_scope).select_related("user").order_by("-id")


def _count(result: Counterfactual, decision: RiskDecision, limits: Limits, rate: Decimal) -> None:
    verdict, why = difference(
        was_allowed=decision.is_allowed,
        rules_broken=[breach["rule"] for breach in decision.breaches],
        request=decision.request,
        surroundings=decision.surroundings,
        limits=limits,
        initial_margin_rate=rate,
    )
    result.examined += 1
    if verdict is Difference.SAME:
        return
    setattr(result, verdict.value, getattr(result, verdict.value) + 1)
    if verdict is not Difference.UNKNOWN and len(result.examples) < EXAMPLES:
        result.examples.append({"decision": decision, "change": verdict.value, "message": why})
