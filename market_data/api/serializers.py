"""JSON of instruments, quotes and bars."""

from typing import Any

from rest_framework import serializers

from config.shared.fields import DecimalText


class InstrumentSerializer(serializers.Serializer[Any]):
    """What can be traded."""

    con_id = serializers.IntegerField(help_text="IB's permanent number")
    symbol = serializers.CharField()
    sec_type = serializers.CharField()
    exchange = serializers.CharField()
    primary_exchange = serializers.CharField(allow_blank=True)
    currency = serializers.CharField()
    long_name = serializers.CharField(allow_blank=True)
    min_tick = DecimalText()
    multiplier = DecimalText()
    trading_hours = serializers.CharField(allow_blank=True, help_text="IB's text, in `time_zone`")
    liquid_hours = serializers.CharField(allow_blank=True, help_text="IB's text, in `time_zone`")
    time_zone = serializers.CharField(allow_blank=True)
    is_tradable = serializers.BooleanField()


class InstrumentPageSerializer(serializers.Serializer[Any]):
    """What a search found."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = InstrumentSerializer(many=True)


class QuoteSerializer(serializers.Serializer[Any]):
    """The latest prices of an instrument."""

    symbol = serializers.CharField()
    con_id = serializers.IntegerField()
    bid = DecimalText(allow_null=True)
    ask = DecimalText(allow_null=True)
    last = DecimalText(allow_null=True)
    bid_size = DecimalText(allow_null=True)
    ask_size = DecimalText(allow_null=True)
    volume = DecimalText(allow_null=True)
    high = DecimalText(allow_null=True)
    low = DecimalText(allow_null=True)
    open = DecimalText(allow_null=True)
    close = DecimalText(allow_null=True)
    time = serializers.DateTimeField(allow_null=True)
    market_data_type = serializers.ChoiceField(choices=["live", "frozen", "delayed", "delayed_frozen"])
    stale = serializers.BooleanField(help_text="Not to be believed, and not used by the desk's own checks")
    stale_reason = serializers.CharField(allow_null=True)


class QuotePageSerializer(serializers.Serializer[Any]):
    """Quotes in the order they were asked for."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = QuoteSerializer(many=True)


class BarSerializer(serializers.Serializer[Any]):
    """One bar; `time` is its start."""

    time = serializers.DateTimeField()
    open = DecimalText()
    high = DecimalText()
    low = DecimalText()
    close = DecimalText()
    volume = DecimalText(allow_null=True)


class BarsSerializer(serializers.Serializer[Any]):
    """Historical bars, oldest first."""

    symbol = serializers.CharField()
    con_id = serializers.IntegerField()
    bar_size = serializers.CharField()
    duration = serializers.CharField()
    bars = BarSerializer(many=True)
