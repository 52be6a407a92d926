"""Who asks: a bearer token or an API key for programs, the session cookie with its CSRF token for the web app."""

from typing import Any

from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.tokens import Token

from accounts.access.api_keys import MARK, owner_of
from accounts.models import User
from accounts.tokens import SIGN_IN_CLAIM, person_signed_in
from config.shared.throttling import StrangerThrottle


class _CountsFailures(BaseAuthentication):
    """Whoever keeps trying keys and tokens that are good for nothing is told to wait."""

    def authenticate(self, request: Request) -> Any:
        """What the next class says; raises Throttled in place of the failure that is one too many."""
        try:
            return super().authenticate(request)
        except AuthenticationFailed:
            StrangerThrottle().refuse_beyond(request)
            raise


class _ApiKeys(BaseAuthentication):
    """`Authorization: Api-Key desk_…`, or the same key as a bearer token."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """The key's owner, restricted to what the key is for; None for a request without a key."""
        scheme, _, text = get_authorization_header(request).decode("latin-1").partition(" ")
        text = text.strip()
        is_key = scheme.lower() == "api-key" or (scheme.lower() == "bearer" and text.startswith(MARK))
        if not is_key:
            return None
        owner = owner_of(text, address=str(request.META.get("REMOTE_ADDR") or ""))
        if owner is None:
            raise AuthenticationFailed("The API key is not valid (any more)")
        return owner, None

    def authenticate_header(self, request: Request) -> str:
        """How to come back."""
        return 'Bearer realm="api"'


class DeskApiKeyAuthentication(_CountsFailures, _ApiKeys):
    """`Authorization: Api-Key desk_…`."""


class DeskJWTAuthentication(_CountsFailures, JWTAuthentication):
    """`Authorization: Bearer <access token>`, good while the sign-in it came from is."""

    def get_user(self, validated_token: Token) -> Any:
        """The person whose sign-in this is; raises AuthenticationFailed when it was ended."""
        user = person_signed_in(validated_token.get(SIGN_IN_CLAIM))
        if user is None:
            raise AuthenticationFailed("This sign-in has ended")
        return user


class DeskSessionAuthentication(SessionAuthentication):
    """The cookie of a signed-in browser; changes need `X-CSRFToken`."""

    def authenticate_header(self, request: Request) -> str:
        """So that a missing sign-in is a 401 and not a 403."""
        return "Session"


def enforce_csrf(request: Request) -> None:
    """Ask for the CSRF token although nobody is signed in yet; raises PermissionDenied without it."""
    checker: Any = DeskSessionAuthentication()
    checker.enforce_csrf(request)
