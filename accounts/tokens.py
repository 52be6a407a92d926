"""JWT pairs: a refresh token is good for one use, and both end with the password they were issued under."""

from typing import Any

from django.utils.crypto import constant_time_compare
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.utils import get_md5_hash_password

from accounts.models import User
from config.shared.errors import DeskError, ErrorCode


def issue_tokens(user: User) -> dict[str, str]:
    """A new pair for a person who has just shown the password."""
    refresh = RefreshToken.for_user(user)
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


def rotate_tokens(text: str) -> dict[str, str]:
    """A new pair for a refresh token, which is used up; of several who use it at once, one succeeds.

    Raises DeskError AUTHENTICATION_REQUIRED for a token that is forged, over, used, revoked or of another password.
    """
    try:
        refresh = RefreshToken(text)  # type: ignore[arg-type]
        user = _owner(refresh)
        if user is not None:
            used: Any = refresh.blacklist()  # (row, created), whatever its annotation says
            if used[1]:
                return issue_tokens(user)
    except TokenError:
        pass
    raise DeskError(ErrorCode.AUTHENTICATION_REQUIRED, "The refresh token is not valid any more")


def _owner(refresh: RefreshToken) -> User | None:
    user = User.objects.filter(pk=refresh.get(api_settings.USER_ID_CLAIM), is_active=True).first()
    if user is None:
        return None
    claimed = str(refresh.get(api_settings.REVOKE_TOKEN_CLAIM) or "")
    return user if constant_time_compare(claimed, get_md5_hash_password(user.password)) else None
