"""Celery tasks of the accounts app: each calls one service."""

from celery import shared_task
from django.core.management import call_command


@shared_task
def forget_expired_sign_ins() -> None:
    """Delete sessions and JWT refresh tokens that have run out."""
    call_command("clearsessions")
    call_command("flushexpiredtokens")
