"""Single-use tickets that let a program open a WebSocket: short-lived, kept only as a hash, gone once used."""

import hashlib
import secrets
from datetime import datetime, timedelta

import orjson
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User
from config.shared.redis import redis_client

LIFETIME = timedelta(seconds=30)


def _key(ticket: str) -> str:
    return f"desk:ws-ticket:{hashlib.sha256(ticket.encode()).hexdigest()}"


def issue_ticket(user: User) -> tuple[str, datetime]:
    """A new ticket and when it ends."""
    ticket = secrets.token_urlsafe(32)
    owner = {"user": user.pk, "auth_hash": user.get_session_auth_hash()}
    redis_client().set(_key(ticket), orjson.dumps(owner), ex=LIFETIME)
    return ticket, timezone.now() + LIFETIME


def redeem_ticket(ticket: str) -> User | None:
    """The user a ticket was issued to, once; None for a ticket that is unknown, used or over.

    A ticket ends with the password it was issued under.
    """
    row = redis_client().getdel(_key(ticket))
    if row is None:
        return None
    owner = orjson.loads(str(row))
    user = User.objects.filter(pk=owner["user"], is_active=True).first()
    if user is None or not constant_time_compare(user.get_session_auth_hash(), owner["auth_hash"]):
        return None
    return user
