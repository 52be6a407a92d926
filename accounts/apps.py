"""App of brokerage accounts and the people who use them."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts, account values, positions, users."""

    name = "accounts"
    verbose_name = "Accounts"
