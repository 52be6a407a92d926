"""Accounts at IB, what they hold and what they are worth; IB is the author of every figure here."""

from typing import TYPE_CHECKING

from django.db import models

from accounts.domain.roles import Permission, roles_with
from market_data.models import Instrument

if TYPE_CHECKING:
    from accounts.models.users import User


class AccountQuerySet(models.QuerySet["Account"]):
    """Reads of accounts."""

    def visible_to(self, user: "User") -> "AccountQuerySet":
        """The accounts `user` may see; all of them for a superuser, none for a disabled user."""
        return self.open_to(user, Permission.SEE)

    def open_to(self, user: "User", permission: Permission) -> "AccountQuerySet":
        """The accounts in which `user` may do this."""
        if not user.is_active:
            return self.none()
        mine = self
        if user.restriction is not None:
            if permission not in user.restriction.permissions:
                return self.none()
            if user.restriction.accounts is not None:
                mine = self.filter(pk__in=user.restriction.accounts)
        if user.is_superuser:
            return mine
        return mine.filter(pk__in=user.grants.filter(role__in=roles_with(permission)).values("account"))


class Account(models.Model):
    """One brokerage account. Paper account numbers begin with D."""

    code = models.CharField("account number", max_length=20, primary_key=True)
    base_currency = models.CharField(max_length=3, default="USD")
    is_paper = models.BooleanField("paper")
    first_seen_at = models.DateTimeField(auto_now_add=True)
    values_at = models.DateTimeField("values as of", null=True, blank=True)
    values_confirmed_at = models.DateTimeField(
        null=True, blank=True, help_text="When IB's stream of values was last known to be up: until then they stood"
    )
    pnl_confirmed_at = models.DateTimeField(
        "P&L confirmed at", null=True, blank=True, help_text="The same of IB's stream of profit and loss"
    )

    objects = AccountQuerySet.as_manager()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class AccountValue(models.Model):
    """One tag of an account in one currency, as IB spells it; `amount` is empty where IB sends a word."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="values")
    tag = models.CharField(max_length=60)
    currency = models.CharField(max_length=10, blank=True)
    text = models.CharField(max_length=200)
    amount = models.DecimalField(max_digits=28, decimal_places=8, null=True, blank=True)
    as_of = models.DateTimeField()

    class Meta:
        ordering = ["tag", "currency"]
        constraints = [
            models.UniqueConstraint(fields=["account", "tag", "currency"], name="one_value_per_account_tag_currency")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.tag} {self.text} {self.currency}".strip()


class AccountPnl(models.Model):
    """Profit and loss of an account today, as IB streams it, in base currency."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="pnl")
    daily = models.DecimalField(max_digits=28, decimal_places=8, null=True, blank=True)
    unrealized = models.DecimalField(max_digits=28, decimal_places=8, null=True, blank=True)
    realized = models.DecimalField(max_digits=28, decimal_places=8, null=True, blank=True)
    as_of = models.DateTimeField()

    class Meta:
        verbose_name = "P&L"
        verbose_name_plural = "P&L"

    def __str__(self) -> str:
        return f"{self.account_id} daily {self.daily}"


class Position(models.Model):
    """What an account holds of an instrument, as IB says. A closed position keeps its row with quantity zero.

    Beside IB's figure stands what the desk's own ledger derives; `differs_since` is set while the two do not agree
    although nothing is on its way any more.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="positions")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="positions")
    quantity = models.DecimalField(max_digits=24, decimal_places=8)
    average_cost = models.DecimalField(
        max_digits=24,
        decimal_places=8,
        help_text="Per contract, multiplier and commission included, as IB gives it",
    )
    market_price = models.DecimalField(max_digits=24, decimal_places=8, null=True, blank=True)
    market_value = models.DecimalField(max_digits=28, decimal_places=8, null=True, blank=True)
    unrealized_pnl = models.DecimalField(max_digits=28, decimal_places=8, null=True, blank=True)
    realized_pnl = models.DecimalField(max_digits=28, decimal_places=8, null=True, blank=True)
    as_of = models.DateTimeField()
    market_at = models.DateTimeField(
        "market as of", null=True, blank=True, help_text="When IB last sent price, value and P&L of this quantity"
    )
    ledger_quantity = models.DecimalField(
        max_digits=24,
        decimal_places=8,
        null=True,
        blank=True,
        help_text="Opening, fills and adjustments; empty until the ledger of the account has begun",
    )
    differs_since = models.DateTimeField(null=True, blank=True, help_text="Empty while both sides agree")
    agreed_at = models.DateTimeField(null=True, blank=True, help_text="When both sides were last seen to agree")

    class Meta:
        ordering = ["account", "instrument"]
        constraints = [
            models.UniqueConstraint(fields=["account", "instrument"], name="one_position_per_account_instrument")
        ]
        indexes = [
            models.Index(fields=["id"], name="position_differs", condition=models.Q(differs_since__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.quantity.normalize():f} {self.instrument.symbol}"


class PositionPnl(models.Model):
    """Profit and loss of one position today, as IB streams it about once a second, in the account's base currency."""

    position = models.OneToOneField(Position, on_delete=models.CASCADE, primary_key=True, related_name="pnl")
    daily = models.DecimalField(max_digits=28, decimal_places=8, null=True, blank=True)
    unrealized = models.DecimalField(max_digits=28, decimal_places=8, null=True, blank=True)
    realized = models.DecimalField(max_digits=28, decimal_places=8, null=True, blank=True)
    market_value = models.DecimalField(max_digits=28, decimal_places=8, null=True, blank=True)
    as_of = models.DateTimeField()
    confirmed_at = models.DateTimeField(help_text="When IB's stream of it was last known to be up")

    class Meta:
        verbose_name = "P&L of a position"
        verbose_name_plural = "P&L of positions"

    def __str__(self) -> str:
        return f"{self.position_id} daily {self.daily}"
