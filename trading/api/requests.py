"""What clients send about orders: strict, exact, nothing guessed."""

import re
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from config.shared.fields import (
    MAX_CON_ID,
    AmountField,
    ChoiceWordField,
    FlagField,
    QuerySerializer,
    StrictSerializer,
    SymbolField,
    WholeField,
    WordField,
    ZonedTimeField,
)
from trading.domain.orders import TERM_NAMES, OrderSide, OrderStatus, OrderTicket, OrderType, TimeInForce
from trading.models.reconciliation import BreakKind, RunStatus

SIDES = [side.value for side in OrderSide]
ORDER_TYPES = [kind.value for kind in OrderType]
TIMES_IN_FORCE = [time.value for time in TimeInForce]
RUN_STATUSES = [status.value for status in RunStatus]
BREAK_KINDS = [kind.value for kind in BreakKind]
STATUSES = [status.value for status in OrderStatus]
LIMIT_HELP = "Of LMT, STP LMT, LIT, LOC; for REL and MIDPRICE the price that is not exceeded, if any"
STOP_HELP = "The stop of STP and STP LMT, the trigger of MIT and LIT, where the stop of TRAIL and TRAIL LIMIT starts"
TRAIL_HELP = "Of TRAIL and TRAIL LIMIT: how far the stop follows the market, as an amount or in percent"
OFFSET_HELP = "Of TRAIL LIMIT: how far the limit stands beyond the stop"
PEG_HELP = "Of REL: by how much it betters its side of the quote"
CLIENT_ORDER_ID = re.compile(r"[\x21-\x7e]{1,128}")


def check_client_order_id(text: str) -> None:
    """1 to 128 printable ASCII characters without spaces; raises ValidationError."""
    if not CLIENT_ORDER_ID.fullmatch(text):
        raise ValidationError("must be 1 to 128 printable ASCII characters without spaces")


class PreviewSerializer(StrictSerializer):
    """An order as a person fills it in. The instrument is named by `symbol` or by `con_id`."""

    account = WordField(required=False, max_length=20, help_text="May be left out by who may trade exactly one")
    symbol = SymbolField(required=False, help_text="A US stock or ETF")
    con_id = WholeField(required=False, help_text="IB's number of the instrument", min_value=1, max_value=MAX_CON_ID)
    side = ChoiceWordField(choices=SIDES)
    quantity = AmountField()
    order_type = ChoiceWordField(choices=ORDER_TYPES)
    limit_price = AmountField(required=False, allow_null=True, help_text=LIMIT_HELP)
    stop_price = AmountField(required=False, allow_null=True, help_text=STOP_HELP)
    trailing_amount = AmountField(required=False, allow_null=True, help_text=TRAIL_HELP)
    trailing_percent = AmountField(required=False, allow_null=True, help_text=TRAIL_HELP)
    limit_offset = AmountField(required=False, allow_null=True, help_text=OFFSET_HELP)
    offset_amount = AmountField(required=False, allow_null=True, help_text=PEG_HELP)
    time_in_force = ChoiceWordField(choices=TIMES_IN_FORCE, required=False, default=TimeInForce.DAY.value)
    good_till_date = ZonedTimeField(required=False, allow_null=True, help_text="Of GTD orders: when they end")
    outside_rth = FlagField(required=False, default=False, help_text="Also outside regular trading hours")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one way of naming the instrument is needed; both are compared later."""
        if "symbol" not in attrs and "con_id" not in attrs:
            raise ValidationError({"symbol": ["symbol or con_id is required"]})
        return attrs


class PlaceOrderSerializer(PreviewSerializer):
    """An order to place."""

    client_order_id = WordField(
        required=False,
        allow_null=True,
        max_length=128,
        validators=[check_client_order_id],
        help_text="Yours; the same id with the same content is the same order, however often it is sent",
    )


def ticket_of(fields: dict[str, Any]) -> OrderTicket:
    """The domain's ticket from checked fields."""
    return OrderTicket(
        side=OrderSide(fields["side"]),
        quantity=fields["quantity"],
        order_type=OrderType(fields["order_type"]),
        time_in_force=TimeInForce(fields["time_in_force"]),
        outside_rth=fields["outside_rth"],
        **{name: fields.get(name) for name in TERM_NAMES},
    )


class ModifyOrderSerializer(StrictSerializer):
    """What to change; a value that is left out stays."""

    quantity = AmountField(required=False)
    limit_price = AmountField(required=False, help_text=LIMIT_HELP)
    stop_price = AmountField(required=False, help_text=STOP_HELP)
    trailing_amount = AmountField(required=False, help_text=TRAIL_HELP)
    trailing_percent = AmountField(required=False, help_text=TRAIL_HELP)
    limit_offset = AmountField(required=False, help_text=OFFSET_HELP)
    offset_amount = AmountField(required=False, help_text=PEG_HELP)
    good_till_date = ZonedTimeField(required=False, help_text="Of GTD orders: when they end")
    outside_rth = FlagField(required=False, help_text="Also outside regular trading hours")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Something must change."""
        if not attrs:
            raise ValidationError("something to change is required: quantity, a price or another term")
        return attrs


class CancelAllSerializer(StrictSerializer):
    """Which working orders; without anything all you may trade."""

    account = WordField(required=False, max_length=20)
    symbol = SymbolField(required=False)


class StatusList(WordField):
    """One status, or several separated by commas."""

    def to_internal_value(self, data: Any) -> Any:
        """The statuses."""
        words = [word.strip() for word in super().to_internal_value(data).split(",")]
        if wrong := [word for word in words if word not in STATUSES]:
            raise ValidationError(f"{wrong[0][:40]!r} is no status; known are {', '.join(STATUSES)}")
        return words


class PeriodQuery(QuerySerializer):
    """From and until, ISO 8601; a time without zone is UTC."""

    since = serializers.DateTimeField(required=False, help_text="At or after this time")
    until = serializers.DateTimeField(required=False, help_text="Before this time")


class OrderQuery(PeriodQuery):
    """Which orders."""

    status = StatusList(required=False, help_text="One status, or several separated by commas")
    symbol = SymbolField(required=False)
    account = WordField(required=False, max_length=20)
    side = ChoiceWordField(choices=SIDES, required=False)
    client_order_id = WordField(required=False, max_length=128)


class FillQuery(PeriodQuery):
    """Which fills."""

    account = WordField(required=False, max_length=20)
    symbol = SymbolField(required=False)
    side = ChoiceWordField(choices=SIDES, required=False)
    order_id = serializers.UUIDField(required=False)


class DecisionQuery(QuerySerializer):
    """Which verdicts."""

    account = WordField(required=False, max_length=20)
    is_allowed = ChoiceWordField(choices=["true", "false"], required=False)
    code = WordField(required=False, max_length=40)


class RunQuery(QuerySerializer):
    """Which runs."""

    account = WordField(required=False, max_length=20)
    status = ChoiceWordField(choices=RUN_STATUSES, required=False)


class BreakQuery(QuerySerializer):
    """Which breaks."""

    account = WordField(required=False, max_length=20)
    kind = ChoiceWordField(choices=BREAK_KINDS, required=False)
    is_open = ChoiceWordField(choices=["true", "false"], required=False)
    run = serializers.IntegerField(required=False, min_value=1, max_value=2**62, help_text="Seen by this run")


class ReconcileSerializer(StrictSerializer):
    """Which account; all without one."""

    account = WordField(required=False, max_length=20)
