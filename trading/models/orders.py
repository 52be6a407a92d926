"""Orders and the append-only log of what happened to each."""

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models

from accounts.models import Account
from config.shared.append_only import append_only
from market_data.models import Instrument
from trading.domain.orders import (
    OPEN,
    TERM_NAMES,
    Execution,
    OrderOrigin,
    OrderSide,
    OrderState,
    OrderStatus,
    OrderType,
    SettledBy,
    Terms,
    TimeInForce,
)

if TYPE_CHECKING:
    from accounts.models import User


class OrderQuerySet(models.QuerySet["Order"]):
    """Reads of orders."""

    def visible_to(self, user: "User") -> "OrderQuerySet":
        """The orders of the accounts `user` may see."""
        return self.filter(account__in=Account.objects.visible_to(user))

    def open(self) -> "OrderQuerySet":
        """Orders that have not reached an end, the unknown ones included."""
        return self.filter(status__in=[status.value for status in OPEN])


class Order(models.Model):
    """One order and where it stands: a projection of its events, written only by `record_order_event`.

    `id` is what IB carries as orderRef. Quantities in units of the instrument, prices in its currency.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="orders")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="orders")
    symbol = models.CharField(max_length=40, help_text="The instrument's symbol, kept here for the lists")
    client_order_id = models.CharField(max_length=128)
    request_hash = models.CharField(max_length=64, blank=True, editable=False)
    side = models.CharField(max_length=4, choices=[(s.value, s.value) for s in OrderSide])
    quantity = models.DecimalField(max_digits=24, decimal_places=8)
    order_type = models.CharField(max_length=20)
    limit_price = models.DecimalField(max_digits=24, decimal_places=8, null=True, blank=True)
    stop_price = models.DecimalField(max_digits=24, decimal_places=8, null=True, blank=True)
    trailing_amount = models.DecimalField(max_digits=24, decimal_places=8, null=True, blank=True)
    trailing_percent = models.DecimalField(max_digits=24, decimal_places=8, null=True, blank=True)
    limit_offset = models.DecimalField(
        max_digits=24, decimal_places=8, null=True, blank=True, help_text="Of a TRAIL LIMIT: its limit beyond its stop"
    )
    offset_amount = models.DecimalField(
        max_digits=24, decimal_places=8, null=True, blank=True, help_text="Of a REL order: how far it betters the quote"
    )
    time_in_force = models.CharField(max_length=8, default=TimeInForce.DAY)
    good_till_date = models.DateTimeField(null=True, blank=True)
    outside_rth = models.BooleanField("outside regular hours", default=False)
    origin = models.CharField(
        max_length=12, choices=[(o.value, o.value) for o in OrderOrigin], default=OrderOrigin.DESK
    )

    status = models.CharField(
        max_length=20,
        choices=[(s.value, s.value.replace("_", " ")) for s in OrderStatus],
        default=OrderStatus.PENDING_SUBMIT,
    )
    filled_quantity = models.DecimalField(max_digits=24, decimal_places=8, default=0)
    average_fill_price = models.DecimalField(max_digits=24, decimal_places=8, null=True, blank=True)
    commission = models.DecimalField(
        max_digits=24,
        decimal_places=8,
        null=True,
        blank=True,
        help_text="Reported so far; empty until IB reports any, and when it comes in several currencies",
    )
    commission_currency = models.CharField(
        max_length=3, blank=True, help_text="Empty as long as there is no commission, or in several currencies"
    )
    reject_code = models.CharField(max_length=40, blank=True)
    reject_reason = models.TextField(blank=True)
    settled_by = models.CharField(
        max_length=10,
        blank=True,
        choices=[("person", "a person")],
        help_text="Who says how it ended: empty is IB or the desk itself, otherwise a person without IB's evidence",
    )

    ib_order_id = models.IntegerField("IB order id", null=True, blank=True)
    ib_client_id = models.IntegerField("IB client id", null=True, blank=True)
    ib_perm_id = models.BigIntegerField("IB perm id", null=True, blank=True)
    ib_status = models.CharField("IB status", max_length=40, blank=True)

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="orders"
    )
    correlation_id = models.CharField(max_length=128, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    last_event_seq = models.BigIntegerField(default=0, help_text="Sequence number of its latest event in the stream")

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "client_order_id"], name="one_order_per_client_order_id"),
            models.CheckConstraint(condition=models.Q(filled_quantity__gte=0), name="order_filled_not_negative"),
        ]
        indexes = [
            models.Index(fields=["created_at", "id"], name="order_created"),
            models.Index(fields=["symbol", "created_at", "id"], name="order_symbol_created"),
            models.Index(fields=["status", "created_at", "id"], name="order_status_created"),
            models.Index(fields=["account", "status"], name="order_account_status"),
            models.Index(fields=["ib_perm_id"], name="order_perm_id"),
            models.Index(fields=["ib_client_id", "ib_order_id"], name="order_ib_order_id"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.quantity.normalize():f} {self.symbol} {self.order_type} ({self.status})"

    @property
    def order_ref(self) -> str:
        """The text IB carries with the order and gives back on every message about it."""
        return str(self.id)

    def term_values(self) -> dict[str, Any]:
        """Its terms by name."""
        return {name: getattr(self, name) for name in TERM_NAMES}

    def terms(self) -> Terms:
        """Its terms as the rules see them."""
        return Terms(**self.term_values())

    def state(self, executions: tuple[Execution, ...] | None = None) -> OrderState:
        """What the domain rules see; without `executions` those that count are read from the fills."""
        from trading.models.fills import Fill

        if executions is None:
            executions = Fill.objects.executions_of(self.pk)
        return OrderState(
            status=OrderStatus(self.status),
            quantity=self.quantity,
            outside_rth=self.outside_rth,
            **self.term_values(),
            executions=executions,
            reject_code=self.reject_code,
            reject_reason=self.reject_reason,
            settled_by=SettledBy(self.settled_by),
        )


class OrderPermId(models.Model):
    """IB's account-wide numbers of an order. A modify on a degraded link can give it a second one."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="perm_ids")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    perm_id = models.BigIntegerField()
    first_seen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "perm id"
        constraints = [models.UniqueConstraint(fields=["account", "perm_id"], name="one_order_per_perm_id")]

    def __str__(self) -> str:
        return str(self.perm_id)


class EventSource(models.TextChoices):
    """Who told us."""

    API = "api", "desk"
    GATEWAY = "gateway", "gateway process"
    IB = "ib", "IB, live"
    SYNC = "sync", "IB, re-sync"
    PERSON = "person", "a person's word"


class OrderEvent(models.Model):
    """One line of the trade log: append-only, enforced by the database."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events")
    type = models.CharField(max_length=40)
    source = models.CharField(max_length=10, choices=EventSource.choices)
    status_before = models.CharField(max_length=20)
    status_after = models.CharField(max_length=20)
    is_anomaly = models.BooleanField(
        default=False, help_text="IB said something the table of moves does not foresee; nothing was changed"
    )
    data = models.JSONField(default=dict, blank=True)
    ib_message = models.ForeignKey(
        "trading.IbMessage", on_delete=models.PROTECT, null=True, blank=True, related_name="order_events"
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    correlation_id = models.CharField(max_length=128, blank=True)
    request_id = models.CharField(max_length=128, blank=True)
    at = models.DateTimeField(help_text="When it happened, by IB's clock where IB says so")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "trade log entry"
        verbose_name_plural = "trade log"
        ordering = ["id"]
        indexes = [models.Index(fields=["order", "id"], name="order_event_order")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.type} ({self.status_before} → {self.status_after})"


__all__ = ["EventSource", "Order", "OrderEvent", "OrderPermId", "OrderType"]
