"""`manage.py reconcile`: compare the ledger with the broker now and say so in the exit code."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Account
from trading.models import ReconciliationRun
from trading.models.reconciliation import RunStatus
from trading.services.reconciliation import reconcile

EXIT_CODES = {RunStatus.BALANCED.value: 0, RunStatus.BREAKS.value: 3, RunStatus.FAILED.value: 4}


class Command(BaseCommand):
    """Exit code 0: balanced; 3: breaks found; 4: could not compare; 1: no such account."""

    help = "Compare open orders, today's fills and positions with Interactive Brokers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--account` limits the run to one account."""
        parser.add_argument("--account", help="account number; without it every account is compared")

    def handle(self, *_args: Any, account: str | None = None, **_options: Any) -> None:
        """Run, report, exit."""
        run = reconcile(account=_known(account), trigger="command")
        self._report(run)
        if code := EXIT_CODES[run.status]:
            sys.exit(code)

    def _report(self, run: ReconciliationRun) -> None:
        self.stdout.write(
            f"Run {run.pk}: {run.get_status_display()}. Compared {run.orders_compared} orders, "
            f"{run.fills_compared} fills, {run.positions_compared} positions."
        )
        if run.error:
            self.stderr.write(run.error)
        for row in run.breaks.filter(resolved_at=None):
            self.stdout.write(f"  {row.account_id} {row} | ours: {row.ours} | IB: {row.theirs}")


def _known(code: str | None) -> Account | None:
    if code is None:
        return None
    account = Account.objects.filter(pk=code).first()
    if account is None:
        raise CommandError(f"The desk knows no account {code}.")
    return account
