"""Fills, the gateway, verdicts of the checks, reconciliation."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.domain.roles import Permission
from accounts.models import Account
from accounts.selectors import account_named, require_operator
from config.shared.errors import DeskError, ErrorCode
from config.shared.fields import NoFields, read_body
from config.shared.throttling import OrderThrottle, UserBurstThrottle
from config.shared.views import DeskList
from trading.api.answers import BreakSerializer, DecisionSerializer, FillSerializer, GatewaySerializer, RunSerializer
from trading.api.order_views import person
from trading.api.requests import BreakQuery, DecisionQuery, FillQuery, ReconcileSerializer, RunQuery
from trading.api.rows import break_json, decision_json, run_json
from trading.models import Fill, GatewayState, ReconciliationBreak, ReconciliationRun, RiskDecision
from trading.representations import fill_json, gateway_json
from trading.selectors import (
    gateway_state,
    gateways_standing_by,
    visible_breaks,
    visible_decisions,
    visible_fills,
    visible_runs,
)
from trading.services.orders import request_reconnect
from trading.services.reconciliation import reconcile


def _given(filters: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in filters.items() if value is not None}


class FillList(DeskList):
    """Your fills."""

    serializer_class = FillSerializer
    query = FillQuery
    queryset = Fill.objects.none()
    cursor_ordering = ("-executed_at", "-id")

    def rows(self, asked: dict[str, Any]) -> Any:
        """Those that count, newest first."""
        filters = {
            "account": asked.get("account"),
            "symbol": asked.get("symbol"),
            "side": asked.get("side"),
            "order_id": asked.get("order_id"),
            "executed_at__gte": asked.get("since"),
            "executed_at__lt": asked.get("until"),
        }
        return visible_fills(person(self.request)).filter(**_given(filters))

    def row_json(self, row: Fill) -> dict[str, Any]:
        """One fill."""
        return fill_json(row)

    @extend_schema(operation_id="fills_list", parameters=[FillQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the executions that count, newest first."""
        return self.list(request)


class GatewayView(APIView):
    """The connection to IB."""

    @extend_schema(operation_id="gateway_get", responses={200: GatewaySerializer})
    def get(self, request: Request) -> Response:
        """Answer the state of the connection to IB, since when, and why."""
        return Response(_gateway_for(request, gateway_state()))


class GatewayReconnect(APIView):
    """A new connection to IB."""

    throttle_classes = (UserBurstThrottle, OrderThrottle)

    @extend_schema(operation_id="gateway_reconnect", request=NoFields, responses={202: GatewaySerializer})
    def post(self, request: Request) -> Response:
        """Ask the gateway to drop its connection to IB and build it anew: for those who administer every account."""
        read_body(NoFields, request)
        require_operator(person(request))
        state = gateway_state()
        if state is None or not state.is_alive:
            raise DeskError(ErrorCode.IB_CONNECTION_FAILED, "The gateway process is not running")
        request_reconnect()
        return Response(_gateway_for(request, state), status=202)


def _gateway_for(request: Request, state: GatewayState | None) -> dict[str, Any]:
    """The gateway with those of its accounts that this person may see."""
    body = gateway_json(state, gateways_standing_by())
    mine = set(Account.objects.visible_to(person(request)).values_list("code", flat=True))
    return body | {"accounts": [code for code in body["accounts"] if code in mine]}


class DecisionList(DeskList):
    """Verdicts of the desk's checks."""

    serializer_class = DecisionSerializer
    query = DecisionQuery
    queryset = RiskDecision.objects.none()

    def rows(self, asked: dict[str, Any]) -> Any:
        """Newest first."""
        allowed = asked.get("is_allowed")
        filters = {
            "account": asked.get("account"),
            "code": asked.get("code"),
            "is_allowed": None if allowed is None else allowed == "true",
        }
        return visible_decisions(person(self.request)).filter(**_given(filters))

    def row_json(self, row: RiskDecision) -> dict[str, Any]:
        """One verdict."""
        return decision_json(row)

    @extend_schema(operation_id="risk_decisions_list", parameters=[DecisionQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the verdicts on requests to place and change orders, newest first, with the figures that decided."""
        return self.list(request)


class RunList(DeskList):
    """Reconciliations."""

    serializer_class = RunSerializer
    query = RunQuery
    queryset = ReconciliationRun.objects.none()

    def rows(self, asked: dict[str, Any]) -> Any:
        """Newest first."""
        filters = {"account": asked.get("account"), "status": asked.get("status")}
        return visible_runs(person(self.request)).filter(**_given(filters))

    def row_json(self, row: ReconciliationRun) -> dict[str, Any]:
        """One run."""
        return run_json(row)

    @extend_schema(operation_id="reconciliation_runs_list", parameters=[RunQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the comparisons of the ledger with the broker, newest first."""
        return self.list(request)


class BreakList(DeskList):
    """Differences between ledger and broker."""

    serializer_class = BreakSerializer
    query = BreakQuery
    queryset = ReconciliationBreak.objects.none()

    def rows(self, asked: dict[str, Any]) -> Any:
        """Newest first."""
        is_open = asked.get("is_open")
        filters = {
            "account": asked.get("account"),
            "kind": asked.get("kind"),
            "last_run": asked.get("run"),
            "resolved_at__isnull": None if is_open is None else is_open == "true",
        }
        return visible_breaks(person(self.request)).filter(**_given(filters))

    def row_json(self, row: ReconciliationBreak) -> dict[str, Any]:
        """One break."""
        return break_json(row)

    @extend_schema(operation_id="reconciliation_breaks_list", parameters=[BreakQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the differences that were found, newest first."""
        return self.list(request)


class RunNow(APIView):
    """A reconciliation now."""

    throttle_classes = (UserBurstThrottle, OrderThrottle)

    @extend_schema(operation_id="reconciliation_run", request=ReconcileSerializer, responses={201: RunSerializer})
    def post(self, request: Request) -> Response:
        """Compare the ledger with the broker now and answer the finished run; all at once takes rights in all."""
        fields = read_body(ReconcileSerializer, request)
        account = None
        if "account" in fields:
            account = account_named(person(request), fields["account"], Permission.RECONCILE)
        else:
            require_operator(person(request))
        return Response(run_json(reconcile(account=account, trigger="api")), status=201)
