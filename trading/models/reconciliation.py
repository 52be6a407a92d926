"""Runs of the reconciliation and the breaks they found."""

from django.db import models

from accounts.models import Account


class RunStatus(models.TextChoices):
    """How a run ended."""

    RUNNING = "running", "running"
    BALANCED = "balanced", "balanced"
    BREAKS = "breaks", "breaks found"
    FAILED = "failed", "could not compare"


class ReconciliationRun(models.Model):
    """One comparison of the ledger with the broker."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    trigger = models.CharField(max_length=20, default="schedule")
    status = models.CharField(max_length=10, choices=RunStatus.choices, default=RunStatus.RUNNING)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    orders_compared = models.IntegerField(default=0)
    fills_compared = models.IntegerField(default=0)
    positions_compared = models.IntegerField(default=0)
    error = models.TextField(blank=True)
    correlation_id = models.CharField(max_length=128, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Run {self.pk}: {self.status}"


class BreakKind(models.TextChoices):
    """What did not agree."""

    ORDER_MISSING_AT_IB = "order_missing_at_ib", "open here, not open at IB"
    ORDER_MISSING_HERE = "order_missing_here", "open at IB, not open here"
    ORDER_TERMS = "order_terms", "quantity or price differs"
    FILL_MISSING_AT_IB = "fill_missing_at_ib", "fill here, not at IB"
    FILL_MISSING_HERE = "fill_missing_here", "fill at IB, not here"
    FILL_DIFFERS = "fill_differs", "fill differs"
    POSITION_DIFFERS = "position_differs", "position differs"


class ReconciliationBreak(models.Model):
    """One difference between ledger and broker; open until a later run no longer sees it or a person closes it."""

    id = models.BigAutoField(primary_key=True)
    first_run = models.ForeignKey(ReconciliationRun, on_delete=models.PROTECT, related_name="new_breaks")
    last_run = models.ForeignKey(ReconciliationRun, on_delete=models.PROTECT, related_name="breaks")
    kind = models.CharField(max_length=24, choices=BreakKind.choices)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="breaks")
    subject = models.CharField(max_length=120, help_text="What it is about: an order, an execution, an instrument")
    ours = models.JSONField(null=True, blank=True)
    theirs = models.JSONField(null=True, blank=True)
    found_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolution = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "account", "subject"],
                condition=models.Q(resolved_at__isnull=True),
                name="one_open_break_per_subject",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject}"
