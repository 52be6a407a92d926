"""App of instruments, quotes and bars."""

from django.apps import AppConfig


class MarketDataConfig(AppConfig):
    """Instruments, quotes and bars."""

    name = "market_data"
    verbose_name = "Market data"
