"""The kill switch over REST: read it, engage it, release it, read its history."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.shared.fields import ChoiceWordField, FlagField, QuerySerializer, StrictSerializer, WordField, read_body
from config.shared.text import time_text
from config.shared.throttling import UserBurstThrottle
from config.shared.views import DeskList
from trading.api.order_views import person
from trading.api.requests import STATUSES
from trading.models import KillSwitchEvent
from trading.models.kill_switch import KillSwitchAction
from trading.services.kill_switch import REASON_MAX, Mover, engage, release
from trading.services.kill_switch_report import full_report


class MoveSerializer(StrictSerializer):
    """How the switch is to stand, and why."""

    engaged = FlagField()
    cancel_orders = FlagField(
        required=False, default=True, help_text="Cancel every working order of the accounts where you may cancel"
    )
    flatten = FlagField(required=False, default=False, help_text="Close every position by market orders")
    reason = WordField(max_length=REASON_MAX, help_text="Kept for good, with your name")


class OrderLeftSerializer(serializers.Serializer[Any]):
    """An order that has not ended."""

    order_id = serializers.UUIDField()
    account = serializers.CharField()
    symbol = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUSES)
    note = serializers.CharField(allow_null=True, help_text="What stands in the way")


class PositionLeftSerializer(serializers.Serializer[Any]):
    """A position that is not flat."""

    account = serializers.CharField()
    symbol = serializers.CharField()
    quantity = serializers.CharField(help_text="Decimal string, negative for a short position")
    note = serializers.CharField(allow_null=True, help_text="What it waits for")


class KillSwitchSerializer(serializers.Serializer[Any]):
    """How the switch stands, and what is left to do. The stream sends the first eight fields."""

    engaged = serializers.BooleanField()
    cancel_orders = serializers.BooleanField()
    flatten = serializers.BooleanField()
    reason = serializers.CharField(allow_null=True)
    changed_by = serializers.CharField(allow_null=True)
    changed_at = serializers.DateTimeField(allow_null=True)
    cancelled_at = serializers.DateTimeField(allow_null=True, help_text="Since when no order of the whole desk is left")
    flat_at = serializers.DateTimeField(allow_null=True, help_text="Since when no position of the whole desk is left")
    orders_left_count = serializers.IntegerField(help_text="Of the accounts you may see")
    positions_left_count = serializers.IntegerField(help_text="Of the accounts you may see")
    orders_left = OrderLeftSerializer(many=True, help_text="100 at most")
    positions_left = PositionLeftSerializer(many=True, help_text="100 at most")
    may_engage = serializers.BooleanField()
    may_release = serializers.BooleanField()
    may_flatten = serializers.BooleanField()


class KillSwitchEventSerializer(serializers.Serializer[Any]):
    """One line of the history."""

    id = serializers.CharField()
    action = serializers.ChoiceField(choices=KillSwitchAction.values)
    cancel_orders = serializers.BooleanField()
    flatten = serializers.BooleanField()
    reason = serializers.CharField(allow_null=True)
    actor = serializers.CharField()
    via = serializers.ChoiceField(choices=["api", "admin", "command", "gateway"])
    at = serializers.DateTimeField()


class KillSwitchView(APIView):
    """The kill switch."""

    # a bucket of its own: whose runaway strategy has used up every other one needs the switch most
    throttle_classes = (UserBurstThrottle,)
    throttle_buckets = {"POST": "kill_switch"}

    @extend_schema(operation_id="kill_switch_get", responses={200: KillSwitchSerializer})
    def get(self, request: Request) -> Response:
        """Answer how the kill switch stands, who moved it and why, and which orders and positions are left."""
        return Response(full_report(person(request)))

    @extend_schema(
        operation_id="kill_switch_set",
        request=MoveSerializer,
        responses={200: KillSwitchSerializer},
        examples=[
            OpenApiExample(
                "Engage",
                value={"engaged": True, "cancel_orders": True, "flatten": False, "reason": "Strategy runs wild"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Engage or release the kill switch of the whole desk.

        From the answer on no new order is sent, and no change that adds risk. A repeat changes nothing; engaged
        already, it can be asked for more. Traders and risk managers engage it; releasing takes a risk manager or
        administrator of every account.
        """
        fields = read_body(MoveSerializer, request)
        mover = Mover.person(person(request), "api")
        if fields["engaged"]:
            engage(
                mover=mover,
                reason=fields["reason"],
                cancel_orders=fields["cancel_orders"],
                flatten=fields["flatten"],
            )
        else:
            release(mover=mover, reason=fields["reason"])
        return Response(full_report(person(request)))


class HistoryQuery(QuerySerializer):
    """Which lines."""

    action = ChoiceWordField(choices=KillSwitchAction.values, required=False)


class KillSwitchHistory(DeskList):
    """Who moved the switch."""

    serializer_class = KillSwitchEventSerializer
    query = HistoryQuery
    queryset = KillSwitchEvent.objects.none()

    def rows(self, asked: dict[str, Any]) -> Any:
        """Newest first."""
        rows = KillSwitchEvent.objects.order_by("-id")
        return rows.filter(action=asked["action"]) if "action" in asked else rows

    def row_json(self, row: KillSwitchEvent) -> dict[str, Any]:
        """One line."""
        return {
            "id": str(row.pk),
            "action": row.action,
            "cancel_orders": row.cancel_orders,
            "flatten": row.flatten,
            "reason": row.reason or None,
            "actor": row.actor_name,
            "via": row.via,
            "at": time_text(row.at),
        }

    @extend_schema(operation_id="kill_switch_history_list", parameters=[HistoryQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List every move of the kill switch, and when it had cancelled and closed everything, newest first."""
        return self.list(request)
