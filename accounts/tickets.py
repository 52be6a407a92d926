"""Single-use tickets that let a program open a WebSocket: short-lived, kept only as a hash, gone once used."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from config.shared.redis import redis_client

LIFETIME = timedelta(seconds=30)


def _key(ticket: str) -> str:
    return f"desk:ws-ticket:{hashlib.sha256(ticket.encode()).hexdigest()}"


def issue_ticket(user: User) -> tuple[str, datetime]:
    """A new ticket and when it ends."""
    ticket = secrets.token_urlsafe(32)
    redis_client().set(_key(ticket), f"{user.pk} {user.get_session_auth_hash()}", ex=LIFETIME)
    return ticket, timezone.now() + LIFETIME


def redeem_ticket(ticket: str) -> User | None:
    """The user a ticket was issued to, once; None for a ticket that is unknown, used or over."""
    kept = redis_client().getdel(_key(ticket))
    if kept is None:
        return None
    user_id, _, fingerprint = str(kept).partition(" ")
    user = User.objects.filter(pk=int(user_id), is_active=True).first()
    # a changed password ends what was issued before
    return user if user is not None and secrets.compare_digest(user.get_session_auth_hash(), fingerprint) else None
