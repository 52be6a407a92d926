"""`manage.py run_gateway`: the one process that speaks to Interactive Brokers."""

import asyncio
from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Run the gateway until SIGTERM or SIGINT."""

    help = "Hold the connection to IB Gateway: send commands, record what IB says, push updates."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Start the event loop; the gateway imports the IB library inside it."""
        from trading.gateway.database import end_idle_transactions
        from trading.gateway.runner import run_gateway

        end_idle_transactions()
        asyncio.run(run_gateway())
