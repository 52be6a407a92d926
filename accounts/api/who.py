"""Who asks."""

from rest_framework.request import Request

from accounts.models import User


def person(request: Request) -> User:
    """The person; the permission classes let nobody else through."""
    assert isinstance(request.user, User)
    return request.user
