"""Limits over REST: what is asked, and the shapes of the answers."""

from typing import Any

from rest_framework import serializers

from config.shared.fields import (
    AmountField,
    DecimalText,
    FlagField,
    QuerySerializer,
    StrictSerializer,
    SymbolField,
    WholeField,
    WordField,
)
from trading.domain.risk import Difference
from trading.services.limits import ACCOUNT_FIELDS


class ScopeQuery(QuerySerializer):
    """Whose limits; without anything those of the account itself."""

    symbol = SymbolField(required=False, help_text="Limits of one symbol in the account")
    user = WordField(required=False, max_length=150, help_text="Limits of one person in the account")


class AccountQuery(QuerySerializer):
    """Which account."""

    account = WordField(required=False, max_length=20)


class LimitFields(StrictSerializer):
    """The limits; null: no limit. What is left out stays as it is."""

    symbol = SymbolField(required=False, help_text="Only orders in this symbol")
    user = WordField(required=False, max_length=150, help_text="Only orders of this person (username)")
    max_order_quantity = AmountField(required=False, allow_null=True)
    max_order_notional = AmountField(required=False, allow_null=True)
    max_position_quantity = AmountField(required=False, allow_null=True)
    allowed_symbols = serializers.ListField(child=SymbolField(), required=False, max_length=1000)
    blocked_symbols = serializers.ListField(child=SymbolField(), required=False, max_length=1000)
    initial_margin_rate = AmountField(required=False)
    trading_halted = FlagField(required=False)
    halt_reason = WordField(required=False, allow_blank=True, max_length=200)

    @staticmethod
    def changes(fields: dict[str, Any]) -> dict[str, Any]:
        """The limits among the fields of a request."""
        return {name: value for name, value in fields.items() if name in ACCOUNT_FIELDS}


class SetLimitsSerializer(LimitFields):
    """A new version of limits."""

    version = WholeField(min_value=0, max_value=2**31 - 1, help_text="The version you have seen; 0 for the first")
    reason = WordField(max_length=500, help_text="Why, for the record")


class PreviewLimitsSerializer(LimitFields):
    """Limits to try on the recorded requests."""

    account = WordField(max_length=20)


class LimitValuesSerializer(serializers.Serializer[Any]):
    """Limits; null: no limit. A scope of a symbol or user has only some of them."""

    max_order_quantity = DecimalText(allow_null=True)
    max_order_notional = DecimalText(allow_null=True)
    max_position_quantity = DecimalText(allow_null=True)
    allowed_symbols = serializers.ListField(child=serializers.CharField(), required=False)
    blocked_symbols = serializers.ListField(child=serializers.CharField(), required=False)
    initial_margin_rate = DecimalText(required=False)
    trading_halted = serializers.BooleanField()
    halt_reason = serializers.CharField()


class LimitsSerializer(serializers.Serializer[Any]):
    """What applies to a scope, and since which version."""

    account = serializers.CharField()
    symbol = serializers.CharField(allow_null=True, help_text="null: every symbol")
    user = serializers.CharField(allow_null=True, help_text="null: everybody")
    version = serializers.IntegerField(help_text="0: never changed")
    limits = LimitValuesSerializer()


class LimitVersionSerializer(serializers.Serializer[Any]):
    """One change of limits."""

    id = serializers.IntegerField()
    account = serializers.CharField()
    symbol = serializers.CharField(allow_null=True)
    user = serializers.CharField(allow_null=True)
    version = serializers.IntegerField()
    before = LimitValuesSerializer()
    after = LimitValuesSerializer()
    reason = serializers.CharField()
    changed_by = serializers.CharField()
    request_id = serializers.CharField(allow_null=True)
    changed_at = serializers.DateTimeField()


class ChangedVerdictSerializer(serializers.Serializer[Any]):
    """A recorded request whose verdict would have been another."""

    decision_id = serializers.IntegerField()
    change = serializers.ChoiceField(choices=[Difference.BLOCKED.value, Difference.LET_THROUGH.value])
    message = serializers.CharField(help_text="Why it would have been blocked; empty for one let through")
    user = serializers.CharField(allow_null=True)
    symbol = serializers.CharField()
    request = serializers.DictField(child=serializers.JSONField())
    decided_at = serializers.DateTimeField()


class CounterfactualSerializer(serializers.Serializer[Any]):
    """What the proposed limits would have changed in the verdicts of the last 90 days."""

    account = serializers.CharField()
    since = serializers.DateTimeField()
    examined = serializers.IntegerField()
    blocked = serializers.IntegerField(help_text="Were allowed; the proposed limits would have blocked them")
    let_through = serializers.IntegerField(help_text="Were denied; the proposed limits would have let them through")
    unknown = serializers.IntegerField(help_text="Their record lacks what the rules need")
    examples = ChangedVerdictSerializer(many=True, help_text="The newest 20")
