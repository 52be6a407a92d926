"""Orders: place, list, read, change, cancel, preview."""

import uuid
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.domain.roles import Permission
from accounts.models import User
from accounts.selectors import account_named, account_to_trade, require, require_trader
from config.shared.errors import DeskError, ErrorCode
from config.shared.fields import NoFields, read_body
from config.shared.text import decimal_text
from config.shared.throttling import OrderThrottle, UserBurstThrottle
from config.shared.views import DeskList
from market_data.models import Instrument
from market_data.services import resolve_instrument
from trading.api.answers import (
    CancelAllAnswer,
    OrderEventSerializer,
    OrderSerializer,
    PreviewAnswer,
)
from trading.api.requests import (
    CancelAllSerializer,
    ModifyOrderSerializer,
    OrderQuery,
    PlaceOrderSerializer,
    PreviewSerializer,
    check_client_order_id,
    ticket_of,
)
from trading.api.rows import event_json
from trading.models import Order, OrderEvent
from trading.representations import order_json
from trading.selectors import order_events, visible_order
from trading.services.cancel_all import cancel_all
from trading.services.orders import request_cancel, request_modify, submit_order
from trading.services.preview import preview_order

THROTTLES = (UserBurstThrottle, OrderThrottle)


def person(request: Request) -> User:
    """Who asks; the permission classes let nobody else through."""
    assert isinstance(request.user, User)
    return request.user


def instrument_of(fields: dict[str, Any]) -> Instrument:
    """The instrument a request names. Raises DeskError IB_INVALID_CONTRACT when its two names disagree."""
    symbol, con_id = fields.get("symbol"), fields.get("con_id")
    if con_id is None:
        return resolve_instrument(symbol=symbol)
    instrument = resolve_instrument(con_id=con_id)
    if symbol is not None and instrument.symbol != symbol:
        message = f"Contract {con_id} is {instrument.symbol}, not {symbol}"
        raise DeskError(ErrorCode.IB_INVALID_CONTRACT, message, {"con_id": con_id, "symbol": symbol})
    return instrument


def client_order_id_of(request: Request, fields: dict[str, Any]) -> str | None:
    """The client's id from the body or the `Idempotency-Key` header, which must not disagree."""
    in_body, in_header = fields.get("client_order_id"), request.headers.get("Idempotency-Key")
    if in_header is None:
        return in_body
    try:
        check_client_order_id(in_header)
    except ValidationError as error:
        raise ValidationError({"Idempotency-Key": error.detail}) from error
    if in_body is not None and in_body != in_header:
        raise ValidationError({"client_order_id": ["differs from the Idempotency-Key header"]})
    return in_header


class OrderList(DeskList):
    """Your orders."""

    serializer_class = OrderSerializer
    query = OrderQuery
    queryset = Order.objects.none()
    cursor_ordering = ("-created_at", "-id")
    throttle_classes = THROTTLES

    def rows(self, asked: dict[str, Any]) -> Any:
        """Newest first."""
        filters = {
            "status__in": asked.get("status"),
            "symbol": asked.get("symbol"),
            "account": asked.get("account"),
            "side": asked.get("side"),
            "created_at__gte": asked.get("since"),
            "created_at__lt": asked.get("until"),
            "client_order_id": asked.get("client_order_id"),
        }
        known = {name: value for name, value in filters.items() if value is not None}
        return Order.objects.visible_to(person(self.request)).filter(**known)

    def row_json(self, row: Order) -> dict[str, Any]:
        """One order."""
        return order_json(row)

    @extend_schema(operation_id="orders_list", parameters=[OrderQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List your orders, newest first."""
        return self.list(request)

    @extend_schema(
        operation_id="orders_place",
        request=PlaceOrderSerializer,
        responses={200: OrderSerializer, 201: OrderSerializer},
        parameters=[
            OpenApiParameter(
                "Idempotency-Key", str, OpenApiParameter.HEADER, description="The same as `client_order_id` in the body"
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Place an order. 201: it is on record and on its way to IB; 200: this request was made before."""
        fields = read_body(PlaceOrderSerializer, request)
        client_order_id = client_order_id_of(request, fields)
        account = account_to_trade(person(request), fields.get("account"))
        order, is_new = submit_order(
            user=person(request),
            account=account,
            instrument=instrument_of(fields),
            ticket=ticket_of(fields),
            client_order_id=client_order_id,
        )
        where = request.build_absolute_uri(f"/api/v1/orders/{order.pk}/")
        return Response(order_json(_as_stored(order)), status=201 if is_new else 200, headers={"Location": where})


def _as_stored(order: Order) -> Order:
    """With what the transaction's end has added: its place in the stream, and perhaps IB's first answer."""
    return Order.objects.get(pk=order.pk)


class OrderDetail(APIView):
    """One order."""

    throttle_classes = THROTTLES

    @extend_schema(operation_id="orders_get", responses={200: OrderSerializer})
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """Answer one order."""
        return Response(order_json(visible_order(person(request), id)))

    @extend_schema(operation_id="orders_modify", request=ModifyOrderSerializer, responses={202: OrderSerializer})
    def patch(self, request: Request, id: uuid.UUID) -> Response:
        """Ask IB to change quantity or prices; the order keeps its old terms until IB confirms the new ones."""
        order = visible_order(person(request), id)
        require_trader(person(request), order.account)
        changes = read_body(ModifyOrderSerializer, request)
        order = request_modify(order_id=order.pk, user=person(request), **changes)
        return Response(order_json(_as_stored(order)), status=202)


class OrderEvents(DeskList):
    """The trade log of one order."""

    serializer_class = OrderEventSerializer
    queryset = OrderEvent.objects.none()
    cursor_ordering = ("id",)

    def rows(self, asked: dict[str, Any]) -> Any:
        """Oldest first."""
        return order_events(visible_order(person(self.request), self.kwargs["id"]))

    def row_json(self, row: OrderEvent) -> dict[str, Any]:
        """One line."""
        return event_json(row)

    @extend_schema(operation_id="orders_events")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List everything that happened to an order, oldest first, with IB's raw words."""
        return self.list(request)


class OrderCancel(APIView):
    """The end of one order."""

    throttle_classes = THROTTLES

    @extend_schema(operation_id="orders_cancel", request=NoFields, responses={202: OrderSerializer})
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Ask IB to cancel. The answer says that it was asked for, not that it happened."""
        read_body(NoFields, request)
        order = visible_order(person(request), id)
        require(person(request), Permission.CANCEL, order.account)
        order = request_cancel(order_id=order.pk, user=person(request))
        return Response(order_json(_as_stored(order)), status=202)


class OrderCancelAll(APIView):
    """The end of all orders."""

    throttle_classes = THROTTLES

    @extend_schema(operation_id="orders_cancel_all", request=CancelAllSerializer, responses={202: CancelAllAnswer})
    def post(self, request: Request) -> Response:
        """Ask IB to cancel every working order you may cancel, of one account or symbol if you say so."""
        fields = read_body(CancelAllSerializer, request)
        user = person(request)
        account = account_named(user, fields["account"], Permission.CANCEL) if "account" in fields else None
        done = cancel_all(user=user, account=account, symbol=fields.get("symbol"))
        failed = [
            {"order_id": str(order.pk), "error_code": str(error.code), "message": error.message}
            for order, error in done.failed
        ]
        stored = Order.objects.in_bulk([order.pk for order in done.orders])
        orders = [order_json(stored[order.pk]) for order in done.orders]
        return Response({"requested": len(orders), "orders": orders, "failed": failed}, status=202)


class OrderPreview(APIView):
    """What an order would do."""

    throttle_classes = THROTTLES

    @extend_schema(operation_id="orders_preview", request=PreviewSerializer, responses={200: PreviewAnswer})
    def post(self, request: Request) -> Response:
        """Answer the verdict of the desk's checks and IB's margin and commission. Nothing is placed."""
        fields = read_body(PreviewSerializer, request)
        account = account_to_trade(person(request), fields.get("account"))
        instrument = instrument_of(fields)
        preview = preview_order(account=account, instrument=instrument, ticket=ticket_of(fields), user=person(request))
        first = preview.breaches[0] if preview.breaches else None
        return Response(
            {
                "account": account.code,
                "con_id": instrument.con_id,
                "symbol": instrument.symbol,
                "estimated_value": decimal_text(preview.estimated_value),
                "risk": {
                    "is_allowed": first is None,
                    "code": first.code if first else None,
                    "message": first.message if first else None,
                    "breaches": [
                        {"rule": b.rule, "code": b.code, "message": b.message, **b.numbers} for b in preview.breaches
                    ],
                },
                "what_if": preview.what_if,
            }
        )
