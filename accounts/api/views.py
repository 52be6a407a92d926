"""Accounts and positions: read-only, IB is their author."""

from typing import Any

from django.db.models import F
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.examples import ACCOUNT, CURRENCIES, EQUITY, MARGIN, PNL, POSITION
from accounts.api.shapes import (
    AccountDetailSerializer,
    AccountMarginSerializer,
    AccountSerializer,
    CurrenciesSerializer,
    EquityQuery,
    EquitySerializer,
    PnlSerializer,
    PositionSerializer,
)
from accounts.api.who import person
from accounts.domain.equity import Resolution
from accounts.models import Account, Position
from accounts.representations import (
    account_json,
    currencies_json,
    equity_point_json,
    margin_json,
    pnl_json,
    position_json,
)
from accounts.selectors import visible_account, visible_accounts, visible_positions
from accounts.services.equity import equity_history
from config.shared.fields import QuerySerializer, SymbolField, WordField, read_query
from config.shared.text import time_text


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

    @extend_schema(operation_id="accounts_get", responses={200: AccountDetailSerializer}, examples=[ACCOUNT])
    def get(self, request: Request, account: str) -> Response:
        """Answer an account with every value IB reports."""
        found = visible_account(request.user, account)  # type: ignore[arg-type]
        return Response(account_json(found, with_values=True))


class AccountPnlView(APIView):
    """Profit and loss of one account."""

    @extend_schema(operation_id="accounts_pnl", responses={200: PnlSerializer}, examples=[PNL])
    def get(self, request: Request, account: str) -> Response:
        """Answer today's profit and loss in base currency."""
        return Response(pnl_json(visible_account(person(request), account)))


class AccountCurrenciesView(APIView):
    """Values of one account by currency."""

    @extend_schema(operation_id="accounts_currencies", responses={200: CurrenciesSerializer}, examples=[CURRENCIES])
    def get(self, request: Request, account: str) -> Response:
        """Answer cash, values and P&L by currency, with IB's exchange rates."""
        return Response(currencies_json(visible_account(person(request), account)))


class AccountMarginView(APIView):
    """Margin and buying power of one account."""

    @extend_schema(operation_id="accounts_margin", responses={200: AccountMarginSerializer}, examples=[MARGIN])
    def get(self, request: Request, account: str) -> Response:
        """Answer margin and buying power, by segment, now and looking ahead."""
        return Response(margin_json(visible_account(person(request), account)))


class AccountEquityView(APIView):
    """What one account was worth over time."""

    @extend_schema(
        operation_id="accounts_equity", parameters=[EquityQuery], responses={200: EquitySerializer}, examples=[EQUITY]
    )
    def get(self, request: Request, account: str) -> Response:
        """Answer the snapshots of a stretch of time, oldest first, and the gaps between them."""
        found = visible_account(person(request), account)
        asked = read_query(EquityQuery, request)
        chosen = asked.get("resolution")
        history = equity_history(
            found,
            since=asked.get("since"),
            until=asked.get("until"),
            resolution=Resolution(chosen) if chosen else None,
        )
        return Response(
            {
                "account": found.code,
                "base_currency": found.base_currency,
                "resolution": str(history.resolution),
                "since": time_text(history.since),
                "until": time_text(history.until),
                "points": [equity_point_json(point, minutes) for point, minutes in history.points],
                "gaps": [{"since": time_text(gap.since), "until": time_text(gap.until)} for gap in history.gaps],
                "source": "IB account updates, kept once a minute",
            }
        )


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

    @extend_schema(operation_id="positions_list", parameters=[PositionQuery], examples=[POSITION])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List open positions."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response([position_json(position) for position in page or []])
