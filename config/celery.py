"""The Celery app: worker and beat of the desk."""

import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("desk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# The context of whoever started a task (request id, correlation id) travels in its headers and is bound in the worker.
app.steps["worker"].add(DjangoStructLogInitStep)


@app.on_after_configure.connect
def _plan(sender: Celery, **_kwargs: object) -> None:
    """What beat starts by itself. A reconciliation that waits longer than its own period is not worth running."""
    every = settings.RECONCILE_EVERY
    sender.conf.beat_schedule = {
        "reconcile": {
            "task": "trading.tasks.reconcile_with_broker",
            "schedule": every,
            "options": {"expire_seconds": int(every.total_seconds())},  # django-celery-beat's own word for it
        },
        # a snapshot that waits for longer than its minute is the next one's
        "equity-snapshots": {
            "task": "accounts.tasks.take_equity_snapshots",
            "schedule": crontab(),
            "options": {"expire_seconds": 50},
        },
        "thin-equity-history": {"task": "accounts.tasks.thin_equity_history", "schedule": crontab(minute=23)},
        "keep-house": {"task": "trading.tasks.keep_house", "schedule": crontab(minute=17)},
        "forget-expired-sign-ins": {
            "task": "accounts.tasks.forget_expired_sign_ins",
            "schedule": crontab(hour=3, minute=41),
        },
    }


@setup_logging.connect
def _keep_our_logging(**_kwargs: object) -> None:
    """Let Django's JSON logging stand: Celery would otherwise install its own."""
