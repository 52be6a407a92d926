"""Second factors: the shared secret of an authenticator app, sealed, and one-time codes for the day it is lost."""

from django.db import models

from accounts.models.users import User


class SecondFactor(models.Model):
    """A person's authenticator app (TOTP). It counts from its first right code on."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="second_factor")
    sealed_secret = models.TextField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(
        null=True, blank=True, editable=False, help_text="Of the last code that was used: each is good once"
    )

    def __str__(self) -> str:
        return f"Authenticator of {self.user}"


class RecoveryCode(models.Model):
    """A code for one sign-in without the authenticator; only its hash is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "code_hash"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"Recovery code of {self.user}"
