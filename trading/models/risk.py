"""What accounts may do, and the record of every verdict."""

from decimal import Decimal

from django.conf import settings
from django.db import models

from accounts.models import Account
from config.shared.append_only import append_only
from trading.domain.risk import Limits


class RiskLimits(models.Model):
    """Limits of one account; the row is also the lock that lets only one order at a time pass the checks."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="risk_limits")
    max_order_quantity = models.DecimalField(
        max_digits=24, decimal_places=8, null=True, blank=True, default=Decimal(10_000)
    )
    max_order_notional = models.DecimalField(max_digits=24, decimal_places=2, null=True, blank=True, default=None)
    max_position_quantity = models.DecimalField(
        max_digits=24, decimal_places=8, null=True, blank=True, default=Decimal(50_000)
    )
    allowed_symbols = models.JSONField(default=list, blank=True, help_text="Empty: every symbol")
    blocked_symbols = models.JSONField(default=list, blank=True)
    initial_margin_rate = models.DecimalField(
        max_digits=6,
        decimal_places=4,
        default=Decimal("0.5"),
        help_text="Share of the value an opening order needs (Reg T: 0.5)",
    )
    trading_halted = models.BooleanField(default=False)
    halt_reason = models.CharField(max_length=200, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "risk limits"
        verbose_name_plural = "risk limits"

    def __str__(self) -> str:
        return f"Limits of {self.account_id}"

    def limits(self) -> Limits:
        """The limits as the rules see them."""
        return Limits(
            max_order_quantity=self.max_order_quantity,
            max_order_notional=self.max_order_notional,
            max_position_quantity=self.max_position_quantity,
            allowed_symbols=frozenset(self.allowed_symbols),
            blocked_symbols=frozenset(self.blocked_symbols),
            trading_halted=self.trading_halted,
            halt_reason=self.halt_reason,
        )


class LimitVersion(models.Model):
    """One change of limits: append-only. The newest version of a (symbol, user) scope is what applies there.

    The scope without symbol and user is the account itself, whose current limits stand in `RiskLimits`.
    """

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="limit_versions")
    symbol = models.CharField(max_length=40, blank=True, help_text="Empty: every symbol")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField()
    before = models.JSONField()
    after = models.JSONField()
    reason = models.CharField(max_length=500)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    request_id = models.CharField(max_length=128, blank=True)
    changed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "symbol", "user", "version"],
                name="one_limit_version_per_scope",
                nulls_distinct=False,
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"Limits of {self.account_id} {self.symbol or 'every symbol'} version {self.version}"


class RiskDecision(models.Model):
    """One verdict on one request, with the numbers that decided it: append-only."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="risk_decisions")
    order = models.ForeignKey(
        "trading.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="risk_decisions"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    action = models.CharField(max_length=10, default="place")
    is_allowed = models.BooleanField("allowed")
    code = models.CharField(max_length=40, blank=True)
    rule = models.CharField(max_length=40, blank=True)
    message = models.TextField(blank=True)
    request = models.JSONField()
    surroundings = models.JSONField()
    breaches = models.JSONField(default=list)
    limits = models.JSONField(default=dict, help_text="The strictest of all that applied, as the rules saw them")
    rules_version = models.IntegerField()
    request_id = models.CharField(max_length=128, blank=True)
    decided_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["account", "id"], name="risk_decision_account")]
        triggers = append_only()

    def __str__(self) -> str:
        return "allowed" if self.is_allowed else f"denied: {self.code}"
