"""Fills (our record of IB's executions) and the commission reports that belong to them."""

import uuid
from typing import TYPE_CHECKING

import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.models import Account
from config.shared.append_only import facts_stay, never_removed
from market_data.models import Instrument
from trading.domain.fills import COMBINATION
from trading.domain.orders import Execution, OrderSide
from trading.models.gateway import IbMessage
from trading.models.orders import Order

if TYPE_CHECKING:
    from accounts.models import User


# IB may say later whose execution it is (field guide §1.1); what it has once said of that stays.
_NAMED_OTHERWISE = (
    pgtrigger.Q(old__perm_id__isnull=False) & pgtrigger.Q(old__perm_id__df=pgtrigger.F("new__perm_id"))
) | (
    (pgtrigger.Q(old__perm_id__isnull=False) | pgtrigger.Q(new__perm_id__isnull=True))
    & pgtrigger.Q(old__order__df=pgtrigger.F("new__order"))
)


class FillQuerySet(models.QuerySet["Fill"]):
    """Reads of fills."""

    def visible_to(self, user: "User") -> "FillQuerySet":
        """The fills of the accounts `user` may see."""
        return self.filter(account__in=Account.objects.visible_to(user))

    def current(self) -> "FillQuerySet":
        """Fills that count: not replaced by a correction, not busted."""
        return self.filter(is_current=True)

    def moving_positions(self) -> "FillQuerySet":
        """Fills that count in a position: of a combination the legs, not the summary of them (field guide §1.2)."""
        return self.current().filter(is_summary=False)

    def executions_of(self, order_id: uuid.UUID) -> tuple[Execution, ...]:
        """The executions that are an order's progress, in the order IB reported them.

        Of a combination these are its own executions, of every other order those of its instrument.
        """
        is_combination = Q(order__instrument__sec_type=COMBINATION)
        own = (Q(is_summary=True) & is_combination) | (Q(is_summary=False) & ~is_combination)
        rows = self.current().filter(own, order_id=order_id).order_by("id")
        return tuple(
            Execution(exec_root=root, revision=revision, quantity=quantity, price=price)
            for root, revision, quantity, price in rows.values_list("exec_root", "revision", "quantity", "price")
        )


class Fill(models.Model):
    """One execution. Unique by account and execution id; a correction is a row of its own that replaces the old one.

    Append-only, enforced by the database: what IB reported stays; only the commission may come later, and the
    permanent id of the order with the order it names. A fill that has ceased to count never counts again.
    `quantity` is always positive; `price` excludes commission.
    `commission` is positive when it costs and stays empty until IB reports it: zero is a figure, empty is not.
    """

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="fills")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="fills")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="fills")
    symbol = models.CharField(max_length=40)
    exec_id = models.CharField("execution id", max_length=80)
    exec_root = models.CharField(max_length=80)
    revision = models.IntegerField()
    is_current = models.BooleanField("counts", default=True)
    side = models.CharField(max_length=4, choices=[(s.value, s.value) for s in OrderSide])
    quantity = models.DecimalField(max_digits=24, decimal_places=8)
    price = models.DecimalField(max_digits=24, decimal_places=8)
    exchange = models.CharField(max_length=40, blank=True)
    executed_at = models.DateTimeField(help_text="IB's time of the execution, UTC")
    executed_at_text = models.CharField(max_length=60, blank=True, help_text="IB's own words for that time")
    perm_id = models.BigIntegerField(null=True, blank=True)
    ib_order_id = models.IntegerField("IB order id", null=True, blank=True)
    ib_client_id = models.IntegerField("IB client id", null=True, blank=True)
    is_liquidation = models.BooleanField(default=False)
    is_summary = models.BooleanField(
        "sum of a combination",
        default=False,
        help_text="Progress of a combination's order; the fills of its legs move the positions",
    )
    commission = models.DecimalField(max_digits=24, decimal_places=8, null=True, blank=True)
    commission_currency = models.CharField(max_length=3, blank=True)
    realized_pnl = models.DecimalField(max_digits=24, decimal_places=8, null=True, blank=True)
    ib_message = models.ForeignKey(IbMessage, on_delete=models.PROTECT, null=True, blank=True, related_name="fills")
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = FillQuerySet.as_manager()

    class Meta:
        ordering = ["-executed_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "exec_id"], name="one_fill_per_account_and_exec_id"),
            models.CheckConstraint(condition=models.Q(quantity__gte=0), name="fill_quantity_not_negative"),
        ]
        indexes = [
            models.Index(fields=["executed_at", "id"], name="fill_executed"),
            models.Index(fields=["symbol", "executed_at", "id"], name="fill_symbol_executed"),
            models.Index(fields=["order", "id"], name="fill_order"),
            models.Index(fields=["exec_id"], name="fill_exec_id"),
            models.Index(fields=["perm_id"], name="fill_perm_id"),
            # what a position is derived from, without a visit to the table
            models.Index(
                fields=["account", "instrument"],
                include=["side", "quantity", "id"],
                name="fill_position",
                condition=Q(is_current=True, is_summary=False),
            ),
        ]
        triggers = [
            *never_removed(),
            *facts_stay(
                may_change=[
                    "is_current",
                    "commission",
                    "commission_currency",
                    "realized_pnl",
                    "perm_id",
                    "order",
                ],
                but_not=pgtrigger.Q(old__is_current=False, new__is_current=True) | _NAMED_OTHERWISE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.quantity.normalize():f} {self.symbol} @ {self.price.normalize():f}"


class CommissionReport(models.Model):
    """What IB charged for one execution; kept apart because it can come before, long after, or never.

    The latest figure IB gave; its words, one report after the other, are among the messages.
    """

    exec_id = models.CharField("execution id", max_length=80, primary_key=True)
    commission = models.DecimalField(max_digits=24, decimal_places=8, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    realized_pnl = models.DecimalField(max_digits=24, decimal_places=8, null=True, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        triggers = [
            *never_removed(),
            *facts_stay(
                may_change=["commission", "currency", "realized_pnl", "received_at"],
                but_not=pgtrigger.Q(old__commission__isnull=False, new__commission__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exec_id}: {self.commission} {self.currency}"
