"""What beat starts, and that the correlation id of a request follows into the worker."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import structlog
from celery import shared_task
from celery.contrib.testing.worker import start_worker
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from accounts.models import SignIn
from accounts.tasks import forget_expired_sign_ins
from config.beat import SteadyScheduler
from config.celery import app
from config.shared.correlation import correlated, current_correlation_id
from tests.factories import SignInFactory

_seen: dict[str, Any] = {}
_done = threading.Event()


@shared_task(name="tests.remember_context", ignore_result=True)
def remember_context() -> None:
    """Keep what the worker's log lines would carry."""
    _seen.update(structlog.contextvars.get_contextvars(), current=current_correlation_id())
    _done.set()


def test_beat_starts_tasks_that_exist() -> None:
    plan = app.conf.beat_schedule
    app.loader.import_default_modules()
    assert {entry["task"] for entry in plan.values()} <= set(app.tasks)
    assert plan["reconcile"]["schedule"] == timedelta(seconds=300)
    assert plan["reconcile"]["options"] == {"expire_seconds": 300}


@pytest.mark.django_db(transaction=True)
def test_beat_keeps_its_plan_in_the_database() -> None:
    DatabaseScheduler(app=app).schedule  # noqa: B018  reading it writes the plan down
    row = PeriodicTask.objects.get(name="reconcile")
    assert (row.interval.every, row.interval.period, row.expire_seconds) == (300, "seconds", 300)
    assert PeriodicTask.objects.get(name="keep-house").crontab.minute == "17"


@pytest.mark.django_db(transaction=True)
def test_the_correlation_id_follows_into_the_worker() -> None:
    with start_worker(app, pool="solo", perform_ping_check=False, queues=["desk"], loglevel="WARNING"):
        with correlated("request-4711"):
            remember_context.delay()
        assert _done.wait(timeout=20)
    assert _seen["correlation_id"] == _seen["current"] == "request-4711"
    assert _seen["task_id"]


@pytest.mark.django_db
def test_expired_sessions_and_tokens_are_forgotten() -> None:
    now, past = timezone.now(), timezone.now() - timedelta(days=1)
    for key, expiry in (("old", past), ("young", now + timedelta(days=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=expiry)
    young, _ = SignInFactory(), SignInFactory(expires_at=past)
    forget_expired_sign_ins()
    assert [session.session_key for session in Session.objects.all()] == ["young"]
    assert SignIn.objects.get() == young


@pytest.mark.django_db(transaction=True)
def test_a_clock_that_was_set_back_does_not_stop_the_plan() -> None:
    """Beat would wait for two hours until the times of the old clock come round again."""
    scheduler = SteadyScheduler(app=app)
    scheduler._finalize.cancel()  # it would write to the database when the test process ends
    scheduler.apply_async = lambda *_args, **_kwargs: None  # type: ignore[method-assign]
    scheduler.tick()
    ahead = timezone.now() + timedelta(hours=2)
    for entry in scheduler.schedule.values():
        entry.last_run_at = entry.model.last_run_at = ahead
    PeriodicTask.objects.update(last_run_at=ahead)
    scheduler.tick()
    now = timezone.now()
    reconcile = scheduler.schedule["reconcile"]
    assert reconcile.last_run_at <= now
    assert reconcile.is_due().next <= 300
    assert min(time for time, _, entry in scheduler._heap if entry.name == "reconcile") <= now.timestamp() + 300
    assert not PeriodicTask.objects.filter(last_run_at__gt=now).exists()


@pytest.mark.django_db(transaction=True)
def test_a_schedule_that_was_missed_is_caught_up_once() -> None:
    sent: list[str] = []
    scheduler = SteadyScheduler(app=app)
    scheduler._finalize.cancel()  # it would write to the database when the test process ends
    scheduler.apply_async = lambda entry, **_kwargs: sent.append(entry.name)  # type: ignore[method-assign]
    for entry in scheduler.schedule.values():
        entry.last_run_at = entry.model.last_run_at = timezone.now() - timedelta(hours=3)
    for _ in range(20):
        scheduler.tick()
    assert sent.count("reconcile") == 1
    assert sent.count("keep-house") == 1
