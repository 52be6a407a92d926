"""Incidents: what cannot be settled, its evidence, and what a person did about it."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account
from config.shared.append_only import append_only
from trading.domain.incidents import (
    LABEL_OF,
    SEVERITY_OF,
    TITLE_OF,
    Choice,
    IncidentKind,
    OrderFacts,
    Severity,
    allowed_choices,
)
from trading.domain.orders import OrderOrigin, OrderStatus

if TYPE_CHECKING:
    from accounts.models import User


class IncidentQuerySet(models.QuerySet["Incident"]):
    """Reads of incidents."""

    def visible_to(self, user: "User") -> "IncidentQuerySet":
        """Those of the accounts `user` may see, and those of no account."""
        return self.filter(Q(account=None) | Q(account__in=Account.objects.visible_to(user)))

    def open(self) -> "IncidentQuerySet":
        """Those that are not over."""
        return self.filter(resolved_at=None)


class Incident(models.Model):
    """One thing that cannot be settled; open until evidence settles it or a person closes it."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=30, choices=[(k.value, TITLE_OF[k]) for k in IncidentKind])
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="incidents")
    order = models.ForeignKey(
        "trading.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="incidents"
    )
    subject = models.CharField(max_length=120, help_text="What it is about: an order, an instrument, an execution")
    evidence = models.JSONField(default=dict, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: evidence settled it",
    )
    resolution = models.TextField(blank=True)
    choice = models.CharField(
        max_length=20, blank=True, choices=[(c.value, c.value) for c in Choice], help_text="The latest choice taken"
    )
    reason = models.TextField(blank=True, help_text="What the person wrote with that choice")
    correlation_id = models.CharField(max_length=128, blank=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=models.Q(resolved_at__isnull=True),
                name="one_open_incident_per_subject",
            )
        ]
        indexes = [
            models.Index(fields=["order", "id"], name="incident_order"),
            models.Index(fields=["id"], name="incident_open", condition=models.Q(resolved_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.subject}"

    @property
    def title(self) -> str:
        """The kind in a person's words."""
        return TITLE_OF[IncidentKind(self.kind)]

    @property
    def severity(self) -> Severity:
        """How bad it can be."""
        return SEVERITY_OF[IncidentKind(self.kind)]

    @property
    def is_open(self) -> bool:
        """Whether it is not over."""
        return self.resolved_at is None

    @property
    def choices_now(self) -> tuple[Choice, ...]:
        """What a person can do about it at this moment."""
        return allowed_choices(
            IncidentKind(self.kind),
            self._order_facts(),
            is_open=self.is_open,
            is_acknowledged=self.acknowledged_at is not None,
        )

    def _order_facts(self) -> OrderFacts | None:
        order: Any = self.order
        if order is None:
            return None
        return OrderFacts(
            status=OrderStatus(order.status),
            origin=OrderOrigin(order.origin),
            has_ib_order_id=order.ib_order_id is not None,
            filled_quantity=order.filled_quantity,
        )


class EntryKind(models.TextChoices):
    """What happened to an incident."""

    RAISED = "raised", "raised"
    EVIDENCE = "evidence", "new evidence"
    CHOICE = "choice", "a person chose"
    RESOLVED = "resolved", "resolved"


class IncidentEntry(models.Model):
    """One line of an incident's history: append-only, enforced by the database."""

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=EntryKind.choices)
    choice = models.CharField(max_length=20, blank=True)
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    request_id = models.CharField(max_length=128, blank=True)
    correlation_id = models.CharField(max_length=128, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "incident entries"
        ordering = ["id"]
        indexes = [models.Index(fields=["incident", "id"], name="incident_entry_incident")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.kind} {self.choice}".strip()

    @property
    def choice_label(self) -> str:
        """The choice in a person's words."""
        return LABEL_OF[Choice(self.choice)] if self.choice else ""
