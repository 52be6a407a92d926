"""Single-use tickets that let a program open a WebSocket: short-lived, kept only as a hash, gone once used."""

import hashlib
import secrets
from dataclasses import asdict
from datetime import datetime, timedelta

import orjson
from django.utils import timezone

from accounts.access.credentials import Credential, credential_of, person_with
from accounts.models import User
from config.shared.redis import redis_client

LIFETIME = timedelta(seconds=30)


def _key(ticket: str) -> str:
    return f"desk:ws-ticket:{hashlib.sha256(ticket.encode()).hexdigest()}"


def issue_ticket(user: User, *, sign_in_id: str | None = None) -> tuple[str, datetime]:
    """A new ticket and when it ends; it opens no more than what the person came with, and ends with it."""
    ticket = secrets.token_urlsafe(32)
    credential = credential_of(user, sign_in_id=sign_in_id)
    redis_client().set(_key(ticket), orjson.dumps(asdict(credential)), ex=LIFETIME)
    return ticket, timezone.now() + LIFETIME


def redeem_ticket(ticket: str) -> Credential | None:
    """What a ticket was issued for, once; None for a ticket that is unknown, used or over."""
    row = redis_client().getdel(_key(ticket))
    if row is None:
        return None
    credential = Credential(**orjson.loads(str(row)))
    return credential if person_with(credential) else None
