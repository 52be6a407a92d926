"""Who may open a socket: a signed-in browser on our own pages, or a program with a ticket."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from channels.db import database_sync_to_async
from django.conf import settings
from django.http.request import split_domain_port, validate_host

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


async def user_of(scope: Scope) -> User | None:
    """Who connects; a ticket, if there is one, decides alone."""
    ticket = ticket_in(scope)
    if ticket is not None:
        user: User | None = await database_sync_to_async(redeem_ticket)(ticket[:200])
        return user
    signed_in = scope.get("user")
    if signed_in is None or not signed_in.is_authenticated or not signed_in.is_active:
        return None
    person: User = await database_sync_to_async(User.objects.get)(pk=signed_in.pk)
    return person


@database_sync_to_async
def visible_account_codes(user_id: int) -> frozenset[str] | None:
    """The accounts this person may see now; None when the person may not sign in any more."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return None
    return frozenset(Account.objects.visible_to(user).values_list("code", flat=True))
