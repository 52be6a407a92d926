"""App of orders, fills and the trade log."""

from django.apps import AppConfig


class TradingConfig(AppConfig):
    """Orders, fills, trade log, gateway, reconciliation."""

    name = "trading"
    verbose_name = "Trading"
