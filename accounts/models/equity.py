"""What an account was worth over time: looked at once a minute while IB's figures were known to be current."""

from django.db import models

from accounts.models.brokerage import Account


class EquitySnapshot(models.Model):
    """An account's main figures at one minute. Minutes of which nothing is known have no row: that is a gap.

    With age rows are thinned: of a quarter of an hour, later of a day, the last one stays and tells of how many
    minutes something was known.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="equity")
    at = models.DateTimeField("minute")
    span_seconds = models.PositiveIntegerField("stands for", help_text="Seconds: 60, 900 or 86400")
    known_minutes = models.PositiveIntegerField(
        default=1, help_text="Of how many minutes of the span IB's figures are known"
    )
    currency = models.CharField(max_length=3)
    net_liquidation = models.DecimalField(max_digits=28, decimal_places=8, null=True, blank=True)
    total_cash = models.DecimalField(max_digits=28, decimal_places=8, null=True, blank=True)
    gross_position_value = models.DecimalField(max_digits=28, decimal_places=8, null=True, blank=True)
    buying_power = models.DecimalField(max_digits=28, decimal_places=8, null=True, blank=True)
    init_margin = models.DecimalField(max_digits=28, decimal_places=8, null=True, blank=True)
    maint_margin = models.DecimalField(max_digits=28, decimal_places=8, null=True, blank=True)
    daily_pnl = models.DecimalField("daily P&L", max_digits=28, decimal_places=8, null=True, blank=True)
    unrealized_pnl = models.DecimalField("unrealized P&L", max_digits=28, decimal_places=8, null=True, blank=True)
    realized_pnl = models.DecimalField("realized P&L", max_digits=28, decimal_places=8, null=True, blank=True)
    values_at = models.DateTimeField("values as of")
    pnl_at = models.DateTimeField("P&L as of", null=True, blank=True)

    class Meta:
        ordering = ["account", "-at"]
        constraints = [models.UniqueConstraint(fields=["account", "at"], name="one_equity_snapshot_a_minute")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.at:%Y-%m-%d %H:%M} {self.net_liquidation} {self.currency}"
