"""Keep the tables that only bridge the present from growing: the clients' stream, runs that never ended."""

from datetime import timedelta

from django.utils import timezone

from config.shared.correlation import get_logger
from trading.models import ReconciliationRun, StreamEvent
from trading.models.reconciliation import RunStatus

log = get_logger(__name__)

STREAM_KEPT = timedelta(hours=24)
RUN_GIVEN_UP_AFTER = timedelta(minutes=15)


def prune_stream() -> int:
    """Forget the stream's events that are older than a day; returns how many.

    A client that asks for what it missed before that gets a reset (design §7). Orders, events and fills stay.
    """
    deleted, _ = StreamEvent.objects.filter(at__lt=timezone.now() - STREAM_KEPT).delete()
    log.info("stream_pruned", deleted=deleted)
    return deleted


def close_abandoned_runs() -> int:
    """Mark runs FAILED whose process died before it could say how they ended; returns how many."""
    now = timezone.now()
    abandoned = ReconciliationRun.objects.filter(status=RunStatus.RUNNING, started_at__lt=now - RUN_GIVEN_UP_AFTER)
    return abandoned.update(status=RunStatus.FAILED, finished_at=now, error="The process ended before the run did")
