"""Celery tasks of the trading app: each calls one service."""

from celery import shared_task

from accounts.models import Account
from trading.services import housekeeping
from trading.services.reconciliation import reconcile


@shared_task
def reconcile_with_broker(account: str | None = None, trigger: str = "schedule") -> str:
    """Compare ledger and broker; returns the run's status. `account` is an account number, None for all."""
    chosen = Account.objects.get(pk=account) if account else None
    return reconcile(account=chosen, trigger=trigger).status


@shared_task
def keep_house() -> dict[str, int]:
    """Prune what is kept for a day only and close what was abandoned; returns the counts."""
    return {"stream": housekeeping.prune_stream(), "runs": housekeeping.close_abandoned_runs()}
