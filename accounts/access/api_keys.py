"""API keys: made, shown once, proved, taken back. Only a hash is kept."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.domain.roles import Scope
from accounts.models import Account, ApiKey, User
from config.shared.correlation import get_logger
from config.shared.errors import DeskError, ErrorCode

log = get_logger(__name__)

MARK = "desk_"
LONGEST = timedelta(days=366)
MAX_KEYS = 50
# a row is not written for every request
USE_NOTED_EVERY = timedelta(minutes=1)


def create_key(
    *, user: User, name: str, scopes: Iterable[Scope], accounts: Iterable[str] | None, expires_at: datetime
) -> tuple[ApiKey, str]:
    """A new key and its text, which is never to be had again.

    Raises DeskError: VALIDATION_ERROR for accounts the user does not know and for an end that is past or too far off,
    AUTHORIZATION_FAILED when a key asks for a key.
    """
    require_no_key(user)
    now = timezone.now()
    if not now < expires_at <= now + LONGEST:
        raise _bad("expires_at", f"must lie ahead, by at most {LONGEST.days} days")
    codes = None if accounts is None else sorted(set(accounts))
    known = set(Account.objects.visible_to(user).values_list("code", flat=True))
    if codes is not None and (unknown := [code for code in codes if code not in known]):
        raise _bad("accounts", f"{unknown[0]} is not known")
    if keys_of(user).filter(revoked_at=None, expires_at__gt=now).count() >= MAX_KEYS:
        raise DeskError(ErrorCode.CONFLICT, f"A person has at most {MAX_KEYS} keys; revoke one first")
    prefix, secret = secrets.token_hex(5), secrets.token_urlsafe(32)
    text = f"{MARK}{prefix}_{secret}"
    key = ApiKey.objects.create(
        user=user,
        name=name,
        prefix=prefix,
        key_hash=_hash(text),
        scopes=[str(scope) for scope in Scope if scope in set(scopes)],
        accounts=codes,
        expires_at=expires_at,
    )
    log.info("key_created", user_id=user.pk, key_prefix=prefix, scopes=key.scopes)
    return key, text


def keys_of(user: User) -> QuerySet[ApiKey]:
    """A person's keys, those that are over too."""
    return ApiKey.objects.filter(user=user)


def revoke_key(*, key: ApiKey, by: User) -> ApiKey:
    """End a key now; one that is revoked already stays as it is. Raises DeskError when a key asks for it."""
    require_no_key(by)
    if key.revoked_at is None:
        key.revoked_at, key.revoked_by = timezone.now(), by.username
        key.save(update_fields=["revoked_at", "revoked_by"])
        log.info("key_revoked", user_id=by.pk, key_prefix=key.prefix)
    return key


def owner_of(text: str, *, address: str | None = None) -> User | None:
    """The owner, restricted to what the key is for; None for a key that is unknown, over or revoked."""
    prefix, _, secret = text.removeprefix(MARK).partition("_")
    if not text.startswith(MARK) or not secret or len(text) > 120:
        return None
    key = ApiKey.objects.select_related("user").filter(prefix=prefix).first()
    if key is None or not constant_time_compare(key.key_hash, _hash(text)):
        return None
    return _restricted(key, address)


def owner_by_id(key_id: int) -> User | None:
    """The owner of a key that was proved before, if it is still good."""
    key = ApiKey.objects.select_related("user").filter(pk=key_id).first()
    return None if key is None else _restricted(key, None)


def _restricted(key: ApiKey, address: str | None) -> User | None:
    now = timezone.now()
    if key.revoked_at is not None or key.expires_at <= now or not key.user.is_active:
        return None
    if address is not None:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now, last_used_from=address or None)
    user = key.user
    user.restriction = key.restriction
    return user


def require_no_key(user: User) -> None:
    """Raises DeskError AUTHORIZATION_FAILED when the request came with an API key."""
    if user.restriction is not None:
        raise DeskError(ErrorCode.AUTHORIZATION_FAILED, "This takes a person who has signed in, not an API key")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _bad(field: str, message: str) -> DeskError:
    return DeskError(ErrorCode.VALIDATION_ERROR, "The request is not valid", {field: [message]})
