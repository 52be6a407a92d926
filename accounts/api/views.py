"""Accounts and positions: read-only, IB is their author."""

from typing import Any

from django.db.models import F
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.serializers import (
    AccountDetailSerializer,
    AccountSerializer,
    PnlSerializer,
    PositionSerializer,
)
from accounts.models import Account, Position
from accounts.representations import account_json, position_json
from accounts.selectors import visible_account, visible_accounts, visible_positions
from config.shared.fields import QuerySerializer, SymbolField, WordField, read_query
from config.shared.text import decimal_text, time_text


class AccountList(ListAPIView[Account]):
    """Your accounts."""

    serializer_class = AccountSerializer
    cursor_ordering = ("code",)
    filter_backends = ()
    queryset = Account.objects.none()

    def get_queryset(self) -> Any:
        """The accounts the user may see."""
        return visible_accounts(self.request.user)  # type: ignore[arg-type]

    @extend_schema(operation_id="accounts_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List your accounts with their main figures."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response([account_json(account) for account in page or []])


class AccountDetail(APIView):
    """One account."""

    @extend_schema(operation_id="accounts_get", responses={200: AccountDetailSerializer})
    def get(self, request: Request, account: str) -> Response:
        """Answer an account with every value IB reports."""
        found = visible_account(request.user, account)  # type: ignore[arg-type]
        return Response(account_json(found, with_values=True))


class AccountPnlView(APIView):
    """Profit and loss of one account."""

    @extend_schema(operation_id="accounts_pnl", responses={200: PnlSerializer})
    def get(self, request: Request, account: str) -> Response:
        """Answer today's profit and loss in base currency."""
        found = visible_account(request.user, account)  # type: ignore[arg-type]
        pnl = getattr(found, "pnl", None)
        figures = {
            name: decimal_text(getattr(pnl, name)) if pnl else None for name in ("daily", "unrealized", "realized")
        }
        return Response({"account": found.code, **figures, "as_of": time_text(pnl.as_of) if pnl else None})


class PositionQuery(QuerySerializer):
    """By account and symbol."""

    account = WordField(required=False, max_length=20)
    symbol = SymbolField(required=False)


class PositionList(ListAPIView[Position]):
    """What your accounts hold."""

    serializer_class = PositionSerializer
    filter_backends = ()
    cursor_ordering = ("position_symbol", "id")
    queryset = Position.objects.none()

    def get_queryset(self) -> Any:
        """Positions of the user's accounts."""
        rows = visible_positions(self.request.user)  # type: ignore[arg-type]
        asked = read_query(PositionQuery, self.request)
        if "account" in asked:
            rows = rows.filter(account=asked["account"])
        if "symbol" in asked:
            rows = rows.filter(instrument__symbol=asked["symbol"])
        # the cursor is made from the row's own first column of the order
        return rows.annotate(position_symbol=F("instrument__symbol"))

    @extend_schema(operation_id="positions_list", parameters=[PositionQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List open positions."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response([position_json(position) for position in page or []])
