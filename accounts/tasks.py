"""Celery tasks of the accounts app: each calls one service."""

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from accounts.models import SignIn


@shared_task
def forget_expired_sign_ins() -> None:
    """Delete sessions and sign-ins that have run out."""
    call_command("clearsessions")
    SignIn.objects.filter(expires_at__lt=timezone.now()).delete()
