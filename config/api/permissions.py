"""Who gets as far as a view."""

from typing import Any, cast

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

from accounts.access.second_factor import is_due
from accounts.models import User
from config.shared.errors import DeskError, ErrorCode
from config.shared.throttling import StrangerThrottle


class SignedIn(IsAuthenticated):
    """People who have signed in, with the second factor their role needs.

    Everybody else is counted by address before being turned away.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether somebody is signed in; raises Throttled for an address that keeps coming without."""
        if super().has_permission(request, view):
            if not getattr(view, "is_open_without_second_factor", False) and is_due(cast(User, request.user)):
                message = "Your role needs a second factor: set one up in your settings first"
                raise DeskError(ErrorCode.AUTHORIZATION_FAILED, message, {"second_factor": "enrol"})
            return True
        StrangerThrottle().refuse_beyond(request)
        return False
