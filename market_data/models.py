"""Instruments as IB knows them. Quotes live in Redis: they may be lost."""

from django.db import models
from django.db.models.functions import Upper


class Instrument(models.Model):
    """What can be traded. `con_id` is IB's permanent number for it, the same on every exchange."""

    con_id = models.BigIntegerField("contract id", primary_key=True)
    symbol = models.CharField(max_length=40)
    sec_type = models.CharField("security type", max_length=10, default="STK")
    exchange = models.CharField(max_length=40, default="SMART")
    primary_exchange = models.CharField(max_length=40, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    local_symbol = models.CharField(max_length=40, blank=True)
    trading_class = models.CharField(max_length=40, blank=True)
    long_name = models.CharField("name", max_length=200, blank=True)
    min_tick = models.DecimalField("tick size", max_digits=18, decimal_places=9, default=0)
    multiplier = models.DecimalField(max_digits=18, decimal_places=6, default=1)
    valid_exchanges = models.TextField(blank=True)
    order_types = models.TextField(blank=True)
    market_rule_ids = models.CharField(max_length=400, blank=True)
    time_zone = models.CharField(max_length=60, blank=True)
    trading_hours = models.TextField(blank=True, help_text="IB's text, in the instrument's time zone")
    liquid_hours = models.TextField("regular hours", blank=True, help_text="IB's text, in the instrument's time zone")
    details_at = models.DateTimeField(
        "details as of", null=True, blank=True, help_text="When IB last described the instrument"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["symbol"]
        indexes = [
            models.Index(Upper("symbol"), name="instrument_symbol"),
            models.Index(fields=["sec_type", "symbol"], name="instrument_type_symbol"),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} ({self.primary_exchange or self.exchange}, {self.currency})"
