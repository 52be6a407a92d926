"""Celery tasks of the accounts app: each calls one service."""

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from accounts.models import SignIn
from accounts.services import equity


@shared_task
def forget_expired_sign_ins() -> None:
    """Delete sessions and sign-ins that have run out."""
    call_command("clearsessions")
    SignIn.objects.filter(expires_at__lt=timezone.now()).delete()


@shared_task
def take_equity_snapshots() -> int:
    """Keep what each account is worth this minute; returns of how many accounts it is known."""
    return equity.take_snapshots()


@shared_task
def thin_equity_history() -> int:
    """Keep less of what is old; returns how many snapshots went."""
    return equity.thin_history()
