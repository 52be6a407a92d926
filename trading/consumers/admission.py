"""Who may open a socket: a signed-in browser on our own pages, or a program with a ticket."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.utils.crypto import constant_time_compare

from accounts.models import Account, User
from accounts.tickets import redeem_ticket

Scope = dict[str, Any]


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)


def ticket_in(scope: Scope) -> str | None:
    """The ticket in the address, None when there is none."""
    values = parse_qs(scope["query_string"].decode("latin-1")).get("ticket")
    return values[0] if values else None


def is_origin_allowed(scope: Scope) -> bool:
    """Whether the page that opens the socket is ours.

    Browsers always send `Origin`; without this check any page could use the visitor's cookie. Programs send none,
    and then only a ticket opens the door.
    """
    host, origin = _header(scope, b"host") or "", _header(scope, b"origin")
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return False
    if origin is None:
        return ticket_in(scope) is not None
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What a socket was opened with; it stays open only as long as this holds."""

    user_id: int
    auth_hash: str
    session_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """Whose events a person may see."""

    sees_all: bool
    accounts: frozenset[str]

    def may_see(self, account: str) -> bool:
        """Whether events of this account are for the person; an empty name is for everybody."""
        return not account or self.sees_all or account in self.accounts


async def admit(scope: Scope) -> Admission | None:
    """Who connects; a ticket, if there is one, decides alone. None for a stranger."""
    ticket = ticket_in(scope)
    session_key = getattr(scope.get("session"), "session_key", None)
    admission: Admission | None = None
    if ticket is not None:
        admission = await _by_ticket(ticket[:200])
    elif session_key:
        admission = await _by_session(session_key)
    return admission


@database_sync_to_async
def _by_ticket(ticket: str) -> Admission | None:
    user = redeem_ticket(ticket)
    return _admission(user, session_key=None) if user else None


@database_sync_to_async
def _by_session(session_key: str) -> Admission | None:
    user = _user_of_session(session_key)
    return _admission(user, session_key=session_key) if user else None


def _admission(user: User, *, session_key: str | None) -> Admission:
    return Admission(user_id=user.pk, auth_hash=user.get_session_auth_hash(), session_key=session_key)


def _user_of_session(session_key: str) -> User | None:
    """Django's own judgement: the session has not ended, its password still is the password, the user is active."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return user if isinstance(user, User) and user.is_active else None


@database_sync_to_async
def rights_of(admission: Admission) -> Rights | None:
    """What the person may see now; None when what the socket was opened with holds no more.

    That is: signed out, the session over, another password, or no longer active.
    """
    user = User.objects.filter(pk=admission.user_id, is_active=True).first()
    if user is None or not constant_time_compare(user.get_session_auth_hash(), admission.auth_hash):
        return None
    if admission.session_key is not None and _user_of_session(admission.session_key) != user:
        return None
    codes = Account.objects.visible_to(user).values_list("code", flat=True)
    return Rights(sees_all=user.is_superuser, accounts=frozenset() if user.is_superuser else frozenset(codes))
