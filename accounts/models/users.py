"""People, and what they may do in which brokerage account."""

from collections.abc import Iterable

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac

from accounts.domain.roles import PERMISSIONS, ROLE_NAMES, Permission, Restriction, Role
from accounts.models.brokerage import Account
from config.shared.append_only import append_only

ROLE_CHOICES = [(str(role), name) for role, name in ROLE_NAMES.items()]


class User(AbstractUser):
    """A person who signs in. Superusers are administrators of every account.

    Every question of the form "may this person …" is answered here, for REST, WebSocket and admin alike.
    """

    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    # set by authentication when a request comes with an API key
    restriction: Restriction | None = None

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Ends every session, ticket and token with another password, and when everybody is signed out."""
        value = f"{self.password}:{self.session_epoch}"
        return salted_hmac("accounts.User.session_auth_hash", value, secret=secret, algorithm="sha256").hexdigest()

    def role_in(self, account: Account | str) -> Role | None:
        """What the person is in an account; None for a stranger."""
        if not self.is_active:
            return None
        if self.is_superuser:
            return Role.ADMINISTRATOR
        code = account if isinstance(account, str) else account.pk
        role = self.grants.filter(account=code).values_list("role", flat=True).first()
        return Role(role) if role else None

    def permissions_in(self, account: Account | str) -> frozenset[Permission]:
        """Everything the person may do in an account."""
        role = self.role_in(account)
        permissions = PERMISSIONS[role] if role else frozenset()
        if self.restriction is None:
            return permissions
        return self.restriction.leaves(permissions, account if isinstance(account, str) else account.pk)

    def may(self, permission: Permission, account: Account | str) -> bool:
        """Whether the person may do this in the account."""
        return permission in self.permissions_in(account)

    def permissions_somewhere(self) -> frozenset[Permission]:
        """Everything the person may do in at least one account."""
        if not self.is_active:
            return frozenset()
        roles: Iterable[str] = [Role.ADMINISTRATOR]
        if not self.is_superuser:
            roles = self.grants.values_list("role", flat=True).distinct()
        permissions = frozenset[Permission]().union(*(PERMISSIONS[Role(role)] for role in roles))
        return permissions if self.restriction is None else permissions & self.restriction.permissions

    def may_somewhere(self, permission: Permission) -> bool:
        """Whether there is an account in which the person may do this."""
        return permission in self.permissions_somewhere()

    def may_see(self, account: Account) -> bool:
        """Whether this person may read the account's orders, fills and values."""
        return self.may(Permission.SEE, account)

    def may_trade(self, account: Account) -> bool:
        """Whether this person may place and change orders in the account."""
        return self.may(Permission.TRADE, account)

    @property
    def sees_everything(self) -> bool:
        """Whether every account, also one that appears later, is this person's to see."""
        return self.is_superuser and self.restriction is None

    def may_operate(self) -> bool:
        """Whether this person may do what concerns every account: reconnect the gateway, reconcile everything.

        Superusers, and whoever administers every account there is.
        """
        if not self.is_active or not (self.restriction is None or self.restriction.may_operate):
            return False
        if self.is_superuser:
            return True
        mine = self.grants.filter(role=Role.ADMINISTRATOR).values("account")
        return Account.objects.exists() and not Account.objects.exclude(pk__in=mine).exists()


class AccountGrant(models.Model):
    """The role of one person in one brokerage account, as it is now; written by `accounts.access.grants` only."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=ROLE_CHOICES, default="viewer")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "account"], name="one_grant_per_user_and_account"),
            models.CheckConstraint(condition=models.Q(role__in=[str(role) for role in Role]), name="grant_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.get_role_display().lower()} of {self.account_id}"


class GrantChange(models.Model):
    """One change of a role, and who made it: append-only. An empty role means none.

    Names are kept as text, so that the history outlives the people and accounts it tells of.
    """

    username = models.CharField(max_length=150)
    account = models.CharField(max_length=20)
    role_before = models.CharField(max_length=20, blank=True)
    role_after = models.CharField(max_length=20, blank=True)
    changed_by = models.CharField(max_length=150)
    reason = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField(auto_now_add=True)
    request_id = models.CharField(max_length=128, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = "change of a role"
        verbose_name_plural = "changes of roles"
        indexes = [models.Index(fields=["account", "id"], name="grant_change_account")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.username} in {self.account}: {self.role_before or 'nothing'} → {self.role_after or 'nothing'}"
