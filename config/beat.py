"""Celery beat's schedule, with a clock that may be set back."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from config.shared.correlation import get_logger

log = get_logger(__name__)

_SLACK = timedelta(seconds=2)


class SteadyScheduler(DatabaseScheduler):
    """A task that ran "in the future" ran before the clock was set back; beat itself would wait until then again."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """One round, after the schedule has been freed of times that are yet to come."""
        self._forget_the_future()
        wait: float = super().tick(*args, **kwargs)
        return wait

    def _forget_the_future(self) -> None:
        now = datetime.now(UTC)
        ahead = [entry for entry in self.schedule.values() if entry.last_run_at > now + _SLACK]
        if not ahead:
            return
        for entry in ahead:
            entry.last_run_at = entry.model.last_run_at = now
        # update() because save() would announce a change of the plan
        PeriodicTask.objects.filter(last_run_at__gt=now).update(last_run_at=now)
        self._heap = None  # it is ordered by times of the old clock
        log.warning("schedule_clock_set_back", tasks=sorted(entry.name for entry in ahead))
