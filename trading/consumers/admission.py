"""Who may open a socket: a signed-in browser on our own pages, or a program with a ticket."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from channels.db import database_sync_to_async
from django.conf import settings
from django.http.request import split_domain_port, validate_host

from accounts.access.credentials import Credential, credential_of, person_of_session, person_with
from accounts.access.second_factor import is_due
from accounts.models import Account
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
class Rights:
    """Whose events a person may see."""

    sees_all: bool
    accounts: frozenset[str]

    def may_see(self, account: str) -> bool:
        """Whether events of this account are for the person; an empty name is for everybody."""
        return not account or self.sees_all or account in self.accounts


async def admit(scope: Scope) -> Credential | None:
    """Who connects; a ticket, if there is one, decides alone. None for a stranger."""
    ticket = ticket_in(scope)
    session_key = getattr(scope.get("session"), "session_key", None)
    credential: Credential | None = None
    if ticket is not None:
        credential = await _by_ticket(ticket[:200])
    elif session_key:
        credential = await _by_session(session_key)
    return credential


@database_sync_to_async
def _by_ticket(ticket: str) -> Credential | None:
    return redeem_ticket(ticket)


@database_sync_to_async
def _by_session(session_key: str) -> Credential | None:
    user = person_of_session(session_key)
    return credential_of(user, session_key=session_key) if user else None


@database_sync_to_async
def rights_of(credential: Credential) -> Rights | None:
    """What the person may see now; None when what the socket was opened with holds no more."""
    user = person_with(credential)
    if user is None or is_due(user):
        return None
    if user.sees_everything:
        return Rights(sees_all=True, accounts=frozenset())
    return Rights(sees_all=False, accounts=frozenset(Account.objects.visible_to(user).values_list("code", flat=True)))
