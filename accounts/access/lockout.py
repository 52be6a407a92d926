"""Lock-out after failed sign-ins: django-axes counts in PostgreSQL, by name and address together."""

from typing import Any

from axes.utils import reset
from django.contrib.auth.signals import user_login_failed

from accounts.models import User


def count_failure(username: str, request: Any) -> None:
    """One more failed attempt, for a reason that Django's `authenticate` does not know of."""
    http = getattr(request, "_request", request)
    user_login_failed.send(sender=__name__, credentials={"username": username}, request=http)


def forget_failures(user: User, request: Any) -> None:
    """The person has proved who they are: earlier mistakes from this address do not count any more."""
    reset(username=user.username, ip=str(request.META.get("REMOTE_ADDR") or ""))
