"""What the API answers about orders: the shapes that `trading.representations` fills."""

from typing import Any

from rest_framework import serializers

from config.shared.fields import TRADING_MODES, DecimalText
from trading.api.requests import BREAK_KINDS, ORDER_TYPES, RUN_STATUSES, SIDES, STATUSES, TIMES_IN_FORCE
from trading.domain.farms import FarmKind
from trading.domain.orders import OrderOrigin
from trading.models.gateway import GatewayStatus
from trading.models.orders import EventSource


class IbOrderSerializer(serializers.Serializer[Any]):
    """IB's own names for the order and its own word for the status."""

    order_id = serializers.IntegerField(allow_null=True)
    perm_id = serializers.IntegerField(allow_null=True)
    client_id = serializers.IntegerField(allow_null=True)
    status = serializers.CharField(allow_null=True)


class OrderSerializer(serializers.Serializer[Any]):
    """One order and where it stands."""

    id = serializers.UUIDField()
    client_order_id = serializers.CharField()
    account = serializers.CharField()
    con_id = serializers.IntegerField()
    symbol = serializers.CharField()
    side = serializers.ChoiceField(choices=SIDES)
    quantity = DecimalText()
    order_type = serializers.CharField(help_text=f"{', '.join(ORDER_TYPES)}; others for orders placed elsewhere")
    limit_price = DecimalText(allow_null=True)
    stop_price = DecimalText(
        allow_null=True, help_text="Stop or trigger price; of trailing orders where IB last said that the stop stands"
    )
    trailing_amount = DecimalText(allow_null=True)
    trailing_percent = DecimalText(allow_null=True)
    limit_offset = DecimalText(allow_null=True)
    offset_amount = DecimalText(allow_null=True)
    time_in_force = serializers.CharField(help_text=f"{', '.join(TIMES_IN_FORCE)}; others for orders placed elsewhere")
    good_till_date = serializers.DateTimeField(allow_null=True)
    outside_rth = serializers.BooleanField()
    status = serializers.ChoiceField(choices=STATUSES)
    filled_quantity = DecimalText()
    average_fill_price = DecimalText(allow_null=True)
    commission = DecimalText(allow_null=True)
    commission_currency = serializers.CharField(allow_null=True, help_text="null while there is none, or several")
    origin = serializers.ChoiceField(choices=[origin.value for origin in OrderOrigin])
    reject_code = serializers.CharField(allow_null=True)
    reject_reason = serializers.CharField(allow_null=True)
    settled_by = serializers.ChoiceField(
        choices=["person"], allow_null=True, help_text="person: it ended on a person's word, which IB has not confirmed"
    )
    ib = IbOrderSerializer()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    last_event_seq = serializers.IntegerField(help_text="Place in the stream of its latest change")


class IbMessageSerializer(serializers.Serializer[Any]):
    """A message as IB sent it."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    payload = serializers.JSONField()
    received_at = serializers.DateTimeField()


class OrderEventSerializer(serializers.Serializer[Any]):
    """One line of the trade log."""

    id = serializers.IntegerField()
    type = serializers.CharField()
    source = serializers.ChoiceField(choices=[source.value for source in EventSource])  # type: ignore[assignment]
    status_before = serializers.ChoiceField(choices=STATUSES)
    status_after = serializers.ChoiceField(choices=STATUSES)
    is_anomaly = serializers.BooleanField(help_text="IB said something that was not foreseen; nothing was changed")
    at = serializers.DateTimeField(help_text="When it happened, by IB's clock where IB says so")
    received_at = serializers.DateTimeField(help_text="When the desk had it")
    data = serializers.DictField(child=serializers.JSONField())  # type: ignore[assignment]
    ib_message = IbMessageSerializer(allow_null=True)
    correlation_id = serializers.CharField(allow_null=True)
    actor = serializers.CharField(allow_null=True, help_text="Username of who asked")


class FillSerializer(serializers.Serializer[Any]):
    """One execution."""

    id = serializers.CharField()
    exec_id = serializers.CharField()
    order_id = serializers.UUIDField()
    account = serializers.CharField()
    con_id = serializers.IntegerField()
    symbol = serializers.CharField()
    side = serializers.ChoiceField(choices=SIDES)
    quantity = DecimalText()
    price = DecimalText()
    commission = DecimalText(allow_null=True)
    commission_currency = serializers.CharField(allow_null=True)
    realized_pnl = DecimalText(allow_null=True)
    executed_at = serializers.DateTimeField()
    exchange = serializers.CharField()
    is_current = serializers.BooleanField(help_text="false once a correction has taken its place")
    is_summary = serializers.BooleanField(help_text="of a combination: the fills of its legs move the positions")


class CancelFailureSerializer(serializers.Serializer[Any]):
    """An order that could not be asked to be cancelled."""

    order_id = serializers.UUIDField()
    error_code = serializers.CharField()
    message = serializers.CharField()


class CancelAllAnswer(serializers.Serializer[Any]):
    """The orders that IB is asked to cancel, and those for which that failed."""

    requested = serializers.IntegerField()
    orders = OrderSerializer(many=True)
    failed = CancelFailureSerializer(many=True)


class BreachSerializer(serializers.Serializer[Any]):
    """A rule that says no, with the figures that decided beside."""

    rule = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class VerdictSerializer(serializers.Serializer[Any]):
    """What the desk's own checks say."""

    is_allowed = serializers.BooleanField()
    code = serializers.CharField(allow_null=True)
    message = serializers.CharField(allow_null=True)
    breaches = BreachSerializer(many=True)


class MarginSerializer(serializers.Serializer[Any]):
    """What IB says the order would do to the account, in base currency; null where IB says nothing."""

    init_margin_before = DecimalText(allow_null=True)
    init_margin_change = DecimalText(allow_null=True)
    init_margin_after = DecimalText(allow_null=True)
    maint_margin_before = DecimalText(allow_null=True)
    maint_margin_change = DecimalText(allow_null=True)
    maint_margin_after = DecimalText(allow_null=True)
    equity_with_loan_before = DecimalText(allow_null=True)
    equity_with_loan_change = DecimalText(allow_null=True)
    equity_with_loan_after = DecimalText(allow_null=True)
    commission = DecimalText(allow_null=True)
    min_commission = DecimalText(allow_null=True)
    max_commission = DecimalText(allow_null=True)
    commission_currency = serializers.CharField(allow_null=True)
    warning = serializers.CharField(allow_null=True)


class PreviewAnswer(serializers.Serializer[Any]):
    """What would happen; nothing was placed."""

    account = serializers.CharField()
    con_id = serializers.IntegerField()
    symbol = serializers.CharField()
    estimated_value = DecimalText(allow_null=True, help_text="Price times quantity, null without a fresh price")
    risk = VerdictSerializer()
    what_if = MarginSerializer()


class FarmSerializer(serializers.Serializer[Any]):
    """A data farm of IB that is broken."""

    farm = serializers.CharField()
    kind = serializers.ChoiceField(choices=[kind.value for kind in FarmKind])
    since = serializers.DateTimeField()


class StandbySerializer(serializers.Serializer[Any]):
    """A second gateway process that would take over."""

    state = serializers.ChoiceField(choices=[GatewayStatus.STANDBY.value])
    host = serializers.CharField()
    pid = serializers.IntegerField()
    reason = serializers.CharField(allow_null=True)
    since = serializers.DateTimeField()
    heartbeat_at = serializers.DateTimeField()


class GatewaySerializer(serializers.Serializer[Any]):
    """The connection to IB as the gateway process last described it."""

    state = serializers.ChoiceField(choices=[state.value for state in GatewayStatus])
    ready = serializers.BooleanField(help_text="Whether new orders and changes are taken")
    takes_cancels = serializers.BooleanField(help_text="Also true in the last minute before a planned restart")
    since = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    connected_at = serializers.DateTimeField(allow_null=True)
    synced_at = serializers.DateTimeField(allow_null=True)
    heartbeat_at = serializers.DateTimeField(allow_null=True)
    lag_seconds = serializers.FloatField(allow_null=True)
    host = serializers.CharField(allow_null=True)
    port = serializers.IntegerField(allow_null=True)
    client_id = serializers.IntegerField(allow_null=True)
    server_version = serializers.IntegerField(allow_null=True)
    library = serializers.CharField(allow_null=True)
    accounts = serializers.ListField(child=serializers.CharField())
    clock_note = serializers.CharField(allow_null=True)
    clock_since = serializers.DateTimeField(allow_null=True)
    next_restart = serializers.DateTimeField(allow_null=True, help_text="The next planned interruption")
    next_restart_name = serializers.CharField(allow_null=True)
    planned_until = serializers.DateTimeField(allow_null=True, help_text="Set while one is under way: when it ends")
    farms_down = FarmSerializer(many=True)
    standbys = StandbySerializer(many=True)
    trading_mode = serializers.ChoiceField(choices=TRADING_MODES)


class DecisionSerializer(serializers.Serializer[Any]):
    """One verdict of the desk's checks, with the figures that decided."""

    id = serializers.IntegerField()
    account = serializers.CharField()
    order_id = serializers.UUIDField(allow_null=True)
    user = serializers.CharField(allow_null=True)
    action = serializers.CharField()
    is_allowed = serializers.BooleanField()
    code = serializers.CharField(allow_null=True)
    rule = serializers.CharField(allow_null=True)
    message = serializers.CharField(allow_null=True)
    request = serializers.DictField(child=serializers.JSONField())
    surroundings = serializers.DictField(child=serializers.JSONField())
    breaches = BreachSerializer(many=True)
    limits = serializers.DictField(
        child=serializers.JSONField(allow_null=True), help_text="The strictest of all limits that applied"
    )
    rules_version = serializers.IntegerField()
    request_id = serializers.CharField(allow_null=True)
    decided_at = serializers.DateTimeField()


class RunSerializer(serializers.Serializer[Any]):
    """One comparison of the ledger with the broker."""

    id = serializers.IntegerField()
    account = serializers.CharField(allow_null=True, help_text="null: all accounts")
    trigger = serializers.CharField()
    status = serializers.ChoiceField(choices=RUN_STATUSES)
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    orders_compared = serializers.IntegerField()
    fills_compared = serializers.IntegerField()
    positions_compared = serializers.IntegerField()
    error = serializers.CharField(allow_null=True)


class BreakSerializer(serializers.Serializer[Any]):
    """One difference between ledger and broker."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=BREAK_KINDS)
    account = serializers.CharField()
    subject = serializers.CharField()
    ours = serializers.JSONField(allow_null=True)
    theirs = serializers.JSONField(allow_null=True)
    first_run = serializers.IntegerField()
    last_run = serializers.IntegerField()
    found_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)
    resolution = serializers.CharField(allow_null=True)
