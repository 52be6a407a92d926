"""Limits: what applies, every version of it, a new one, and what it would have done."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.domain.roles import Permission
from accounts.models import Account, User
from accounts.selectors import account_named, require, visible_account
from config.shared.errors import DeskError, ErrorCode
from config.shared.fields import read_body, read_query
from config.shared.text import time_text
from config.shared.throttling import OrderThrottle, UserBurstThrottle
from config.shared.views import DeskList
from trading.api.order_views import person
from trading.api.risk_shapes import (
    AccountQuery,
    CounterfactualSerializer,
    LimitsSerializer,
    LimitVersionSerializer,
    PreviewLimitsSerializer,
    ScopeQuery,
    SetLimitsSerializer,
)
from trading.models import LimitVersion
from trading.services.limits import Counterfactual, Scope, counterfactual, current, set_limits


def _scope(account: Account, fields: dict[str, Any]) -> Scope:
    user = None
    if "user" in fields:
        user = User.objects.filter(username=fields["user"], is_active=True).first()
        if user is None or not user.may_see(account):
            message = f"has no role in {account.code}"
            raise DeskError(ErrorCode.VALIDATION_ERROR, "The request is not valid", {"user": [message]})
    return Scope(account=account, symbol=fields.get("symbol", ""), user=user)


def _limits_json(scope: Scope) -> dict[str, Any]:
    version, limits = current(scope)
    return {
        "account": scope.account.code,
        "symbol": scope.symbol or None,
        "user": scope.user.username if scope.user else None,
        "version": version,
        "limits": limits,
    }


class LimitsList(DeskList):
    """Limits of accounts."""

    serializer_class = LimitsSerializer
    query = AccountQuery
    queryset = Account.objects.none()
    cursor_ordering = ("code",)

    def rows(self, asked: dict[str, Any]) -> Any:
        """Your accounts."""
        mine = Account.objects.visible_to(person(self.request))
        return mine.filter(code=asked["account"]) if "account" in asked else mine

    def row_json(self, row: Account) -> dict[str, Any]:
        """The account's own limits."""
        return _limits_json(Scope(account=row))

    @extend_schema(operation_id="risk_limits_list", parameters=[AccountQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the limits of your accounts; those of a symbol or user are answered by the account's own address."""
        return self.list(request)


class LimitsDetail(APIView):
    """Limits of one account, or of a symbol or user in it."""

    throttle_classes = (UserBurstThrottle,)

    @extend_schema(operation_id="risk_limits_get", parameters=[ScopeQuery], responses={200: LimitsSerializer})
    def get(self, request: Request, account: str) -> Response:
        """Answer the limits that apply; an order must keep those of its account, its symbol and its user together."""
        found = visible_account(person(request), account)
        return Response(_limits_json(_scope(found, read_query(ScopeQuery, request))))

    @extend_schema(operation_id="risk_limits_set", request=SetLimitsSerializer, responses={200: LimitsSerializer})
    def put(self, request: Request, account: str) -> Response:
        """Record new limits, for risk managers and administrators; 409 when somebody changed them meanwhile."""
        found = visible_account(person(request), account)
        require(person(request), Permission.MANAGE_RISK, found)
        fields = read_body(SetLimitsSerializer, request)
        scope = _scope(found, fields)
        set_limits(
            scope=scope,
            version=fields["version"],
            changes=SetLimitsSerializer.changes(fields),
            by=person(request),
            reason=fields["reason"],
        )
        return Response(_limits_json(scope))


class LimitVersions(DeskList):
    """Every change of an account's limits."""

    serializer_class = LimitVersionSerializer
    query = ScopeQuery
    queryset = LimitVersion.objects.none()

    def rows(self, asked: dict[str, Any]) -> Any:
        """Newest first."""
        account = visible_account(person(self.request), self.kwargs["account"])
        rows = LimitVersion.objects.filter(account=account).select_related("user", "changed_by")
        if "symbol" in asked:
            rows = rows.filter(symbol=asked["symbol"])
        return rows.filter(user__username=asked["user"]) if "user" in asked else rows

    def row_json(self, row: LimitVersion) -> dict[str, Any]:
        """One change."""
        return {
            "id": row.pk,
            "account": row.account_id,
            "symbol": row.symbol or None,
            "user": row.user.username if row.user else None,
            "version": row.version,
            "before": row.before,
            "after": row.after,
            "reason": row.reason,
            "changed_by": row.changed_by.username,
            "request_id": row.request_id or None,
            "changed_at": time_text(row.changed_at),
        }

    @extend_schema(operation_id="risk_limits_versions", parameters=[ScopeQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List who changed the limits, when, why, and from what to what, newest first."""
        return self.list(request)


class LimitsPreview(APIView):
    """What limits would have done."""

    throttle_classes = (UserBurstThrottle, OrderThrottle)

    @extend_schema(
        operation_id="risk_limits_preview",
        request=PreviewLimitsSerializer,
        responses={200: CounterfactualSerializer},
    )
    def post(self, request: Request) -> Response:
        """Judge the requests of the last 90 days again as if these limits had applied; nothing is changed."""
        fields = read_body(PreviewLimitsSerializer, request)
        account = account_named(person(request), fields["account"], Permission.MANAGE_RISK)
        result = counterfactual(_scope(account, fields), PreviewLimitsSerializer.changes(fields))
        return Response(_counterfactual_json(account, result))


def _counterfactual_json(account: Account, result: Counterfactual) -> dict[str, Any]:
    return {
        "account": account.code,
        "since": time_text(result.since),
        "examined": result.examined,
        "blocked": result.blocked,
        "let_through": result.let_through,
        "unknown": result.unknown,
        "examples": [_example_json(example) for example in result.examples],
    }


def _example_json(example: dict[str, Any]) -> dict[str, Any]:
    decision = example["decision"]
    return {
        "decision_id": decision.pk,
        "change": example["change"],
        "message": example["message"],
        "user": decision.user.username if decision.user else None,
        "symbol": str(decision.request.get("symbol", "")),
        "request": decision.request,
        "decided_at": time_text(decision.decided_at),
    }
