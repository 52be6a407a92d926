"""Who asks: a bearer token for programs, the session cookie with its CSRF token for the web app."""

from typing import Any

from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication


class DeskJWTAuthentication(JWTAuthentication):
    """`Authorization: Bearer <access token>`."""


class DeskSessionAuthentication(SessionAuthentication):
    """The cookie of a signed-in browser; changes need `X-CSRFToken`."""

    def authenticate_header(self, request: Request) -> str:
        """So that a missing sign-in is a 401 and not a 403."""
        return "Session"


def enforce_csrf(request: Request) -> None:
    """Ask for the CSRF token although nobody is signed in yet; raises PermissionDenied without it."""
    checker: Any = DeskSessionAuthentication()
    checker.enforce_csrf(request)
