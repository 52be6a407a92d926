"""The kill switch: how it stands, and the append-only history of who moved it."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from config.shared.append_only import append_only


class KillSwitch(models.Model):
    """How the switch stands now; one row for the whole desk. No row: it was never engaged."""

    name = models.CharField(max_length=20, primary_key=True, default="main")
    engaged = models.BooleanField(default=False)
    engagement = models.BigIntegerField(default=0, help_text="Raised each time it is engaged")
    cancel_orders = models.BooleanField("cancels working orders", default=False)
    cancel_accounts = models.JSONField(
        null=True, blank=True, help_text="Where working orders are cancelled; empty: in every account"
    )
    flatten = models.BooleanField("closes positions", default=False)
    reason = models.TextField(blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    changed_by_name = models.CharField("changed by", max_length=150, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)
    barrier = models.BigIntegerField(
        default=0, help_text="Orders and changes up to this command that were not sent yet are never sent"
    )
    cancelled_at = models.DateTimeField(
        "all cancelled at", null=True, blank=True, help_text="Empty while orders are left"
    )
    flat_at = models.DateTimeField(null=True, blank=True, help_text="Empty while positions are left")

    class Meta:
        verbose_name = "kill switch"
        verbose_name_plural = "kill switch"

    def __str__(self) -> str:
        return "engaged" if self.engaged else "released"

    def cancels_in(self, account: str) -> bool:
        """Whether working orders of this account are cancelled."""
        return self.cancel_orders and (self.cancel_accounts is None or account in self.cancel_accounts)


class KillSwitchAction(models.TextChoices):
    """What can happen to the switch."""

    ENGAGED = "engaged", "engaged"
    EXTENDED = "extended", "asked for more"
    CANCELLED = "cancelled", "no order left"
    FLAT = "flat", "no position left"
    RELEASED = "released", "released"


class KillSwitchEvent(models.Model):
    """One line of the switch's history: append-only, enforced by the database."""

    id = models.BigAutoField(primary_key=True)
    action = models.CharField(max_length=10, choices=KillSwitchAction.choices)
    engagement = models.BigIntegerField()
    cancel_orders = models.BooleanField(default=False)
    flatten = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    actor_name = models.CharField(max_length=150, blank=True)
    via = models.CharField(max_length=10, help_text="api, admin, command, or gateway")
    request_id = models.CharField(max_length=128, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "kill switch history"
        verbose_name_plural = "kill switch history"
        ordering = ["-id"]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.action} by {self.actor_name}"
