"""Keys of programs, and sign-ins whose refresh tokens follow one another."""

import uuid

from django.db import models

from accounts.domain.roles import Restriction, Scope
from accounts.models.users import User


class ApiKey(models.Model):
    """A key of a program: it may what its owner may, within its scopes and accounts, until it ends.

    The key itself is kept nowhere: `prefix` finds the row, `key_hash` proves it. The secret part is random and long,
    so a plain hash cannot be guessed back.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16, unique=True)
    key_hash = models.CharField(max_length=64)
    scopes = models.JSONField()
    accounts = models.JSONField(null=True, blank=True, help_text="Empty: every account of its owner")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_from = models.GenericIPAddressField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def restriction(self) -> Restriction:
        """What the key leaves of its owner's rights."""
        return Restriction(
            key_id=self.pk,
            scopes=frozenset(Scope(scope) for scope in self.scopes),
            accounts=None if self.accounts is None else frozenset(self.accounts),
        )


class SignIn(models.Model):
    """A program signed in with name and password: a family of refresh tokens of which only the newest is good."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    current_jti = models.CharField(max_length=64)
    auth_hash = models.CharField(max_length=64, help_text="Of the password it was made under")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_why = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.user} since {self.created_at:%Y-%m-%d %H:%M}"
