"""JWT pairs: a refresh token is good for one use; one that is used twice ends the whole sign-in it belongs to."""

from datetime import UTC, datetime

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import RefreshToken, Token

from accounts.models import SignIn, User
from config.shared.correlation import get_logger
from config.shared.errors import DeskError, ErrorCode

log = get_logger(__name__)

SIGN_IN_CLAIM = "sid"
USER_CLAIM = "user_id"


def issue_tokens(user: User, *, address: str | None = None, user_agent: str = "") -> dict[str, str]:
    """A new pair for a person who has just proved who they are."""
    refresh = RefreshToken()
    sign_in = SignIn.objects.create(
        user=user,
        current_jti=refresh["jti"],
        auth_hash=user.get_session_auth_hash(),
        last_used_at=timezone.now(),
        expires_at=_end_of(refresh),
        address=address or None,
        user_agent=user_agent[:200],
    )
    return _pair(refresh, sign_in)


def rotate_tokens(text: str) -> dict[str, str]:
    """A new pair for a refresh token, which is used up.

    A token that was used before tells of a theft, whoever of the two came first: the whole sign-in ends.
    Raises DeskError AUTHENTICATION_REQUIRED for a token that is forged, over, used, revoked or of another password.
    """
    with transaction.atomic():
        refresh, sign_in = _locked(text)
        if refresh is not None and sign_in is not None:
            if sign_in.current_jti == refresh["jti"]:
                successor = RefreshToken()
                sign_in.current_jti, sign_in.last_used_at = successor["jti"], timezone.now()
                sign_in.expires_at = _end_of(successor)
                sign_in.save(update_fields=["current_jti", "last_used_at", "expires_at"])
                return _pair(successor, sign_in)
            _revoke(sign_in, "a used refresh token came back")
            log.warning("refresh_reused", user_id=sign_in.user_id, sign_in=str(sign_in.pk))
    raise DeskError(ErrorCode.AUTHENTICATION_REQUIRED, "The refresh token is not valid any more")


def revoke_by_token(text: str) -> None:
    """End the sign-in a refresh token belongs to; a token that is good for nothing ends nothing, and nobody is told."""
    with transaction.atomic():
        _, sign_in = _locked(text)
        if sign_in is not None:
            _revoke(sign_in, "signed out")


def sign_ins_of(user: User) -> QuerySet[SignIn]:
    """The sign-ins that still hold."""
    good = {"revoked_at": None, "expires_at__gt": timezone.now(), "auth_hash": user.get_session_auth_hash()}
    return SignIn.objects.filter(user=user, **good)


def end_sign_in(sign_in: SignIn, *, why: str = "ended by its owner") -> None:
    """End one sign-in: its access token too."""
    _revoke(sign_in, why)


def sign_out_everywhere(user: User) -> int:
    """End every session, token, ticket and socket of a person; tells how many token sign-ins there were."""
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        ended = sign_ins_of(locked).update(revoked_at=timezone.now(), revoked_why="signed out everywhere")
        locked.session_epoch += 1
        locked.save(update_fields=["session_epoch"])
    user.session_epoch = locked.session_epoch
    log.info("signed_out_everywhere", user_id=user.pk, sign_ins=ended)
    return ended


def person_signed_in(sign_in_id: object) -> User | None:
    """Whose sign-in this is, while it holds: not revoked, its owner active, its password still the password."""
    try:
        sign_in = SignIn.objects.select_related("user").filter(pk=str(sign_in_id)).first()
    except (ValueError, DjangoValidationError):
        return None
    return None if sign_in is None or not _holds(sign_in) else sign_in.user


def _holds(sign_in: SignIn) -> bool:
    user = sign_in.user
    is_same = constant_time_compare(sign_in.auth_hash, user.get_session_auth_hash())
    return sign_in.revoked_at is None and user.is_active and is_same


def _locked(text: str) -> tuple[RefreshToken | None, SignIn | None]:
    """The token and its sign-in, locked; None for what is not good (any more)."""
    try:
        refresh = RefreshToken(text)  # type: ignore[arg-type]
        rows = SignIn.objects.select_for_update(of=["self"]).select_related("user")
        sign_in = rows.filter(pk=str(refresh.get(SIGN_IN_CLAIM))).first()
    except (TokenError, ValueError, DjangoValidationError):
        return None, None
    if sign_in is None or not _holds(sign_in):
        return None, None
    return refresh, sign_in


def _revoke(sign_in: SignIn, why: str) -> None:
    if sign_in.revoked_at is None:
        sign_in.revoked_at, sign_in.revoked_why = timezone.now(), why
        sign_in.save(update_fields=["revoked_at", "revoked_why"])


def _pair(refresh: RefreshToken, sign_in: SignIn) -> dict[str, str]:
    refresh[USER_CLAIM], refresh[SIGN_IN_CLAIM] = str(sign_in.user_id), str(sign_in.pk)
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


def _end_of(token: Token) -> datetime:
    return datetime.fromtimestamp(token["exp"], tz=UTC)
