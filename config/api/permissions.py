"""Who gets as far as a view."""

from typing import Any

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

from config.shared.throttling import StrangerThrottle


class SignedIn(IsAuthenticated):
    """People who have signed in. Everybody else is counted by address before being turned away."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether somebody is signed in; raises Throttled for an address that keeps coming without."""
        if super().has_permission(request, view):
            return True
        StrangerThrottle().refuse_beyond(request)
        return False
