"""What moves a derived position beside the fills: where it began, and what a person accepted. Append-only."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account
from config.shared.append_only import append_only
from market_data.models import Instrument


class LedgerStart(models.Model):
    """When the ledger of an account began: from then on every change of a position has a fill or an adjustment."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, primary_key=True, related_name="ledger_start")
    at = models.DateTimeField(help_text="When IB was asked for the positions it began with")
    evidence = models.JSONField(help_text="The connection, and IB's positions beside the sums of the fills")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.account_id} since {self.at:%Y-%m-%d %H:%M}"


class AdjustmentKind(models.TextChoices):
    """Why a position moved without a fill."""

    OPENING = "opening", "held when the desk first saw it"
    ACCEPTED = "accepted", "IB's figure accepted by a person"


class PositionAdjustment(models.Model):
    """One movement of a derived position that no fill explains: a line with its reason, never a silent change."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="position_adjustments")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="position_adjustments")
    kind = models.CharField(max_length=10, choices=AdjustmentKind.choices)
    quantity = models.DecimalField(max_digits=24, decimal_places=8, help_text="Signed; added to the sum of the fills")
    reason = models.TextField(help_text="Split, transfer, exercise, assignment, expiry, …, in the person's words")
    evidence = models.JSONField(default=dict, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    incident = models.ForeignKey(
        "trading.Incident", on_delete=models.PROTECT, null=True, blank=True, related_name="adjustments"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "instrument"], condition=Q(kind="opening"), name="one_opening_per_position"
            ),
            models.CheckConstraint(
                condition=Q(kind="opening") | Q(actor__isnull=False), name="accepted_adjustment_has_an_actor"
            ),
        ]
        indexes = [models.Index(fields=["account", "instrument"], name="adjustment_position")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity.normalize():f} of {self.instrument_id} in {self.account_id}"
