"""People, and which brokerage accounts they may see and trade."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from accounts.models.brokerage import Account


class User(AbstractUser):
    """A person who signs in. Superusers see every account."""

    def may_see(self, account: Account) -> bool:
        """Whether this person may read the account's orders, fills and values."""
        return Account.objects.visible_to(self).filter(pk=account.pk).exists()

    def may_trade(self, account: Account) -> bool:
        """Whether this person may place, change and cancel orders in the account."""
        return self.is_active and (self.is_superuser or self.grants.filter(account=account, may_trade=True).exists())


class AccountGrant(models.Model):
    """Lets one person see, and perhaps trade, one brokerage account."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="grants")
    may_trade = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "account"], name="one_grant_per_user_and_account")]

    def __str__(self) -> str:
        return f"{self.user} {'trades' if self.may_trade else 'sees'} {self.account}"
