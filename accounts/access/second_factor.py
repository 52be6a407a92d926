"""TOTP second factors: enrol, confirm, prove, recover, remove. Which roles need one is a setting."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.access.api_keys import require_no_key
from accounts.access.lockout import count_failure
from accounts.domain.roles import Role
from accounts.models import RecoveryCode, SecondFactor, User
from config.shared.correlation import get_logger
from config.shared.errors import DeskError, ErrorCode

log = get_logger(__name__)

ISSUER = "IBKR Desk"
CODES = 10
# a phone's clock may be half a minute off either way
TOLERANCE = 1
_STEP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs: shown once, before the factor counts."""

    secret: str
    uri: str
    qr: str


def is_enrolled(user: User) -> bool:
    """Whether signing in takes a code."""
    return SecondFactor.objects.filter(user=user).exclude(confirmed_at=None).exists()


def is_required(user: User) -> bool:
    """Whether one of the person's roles needs a second factor."""
    roles: list[str] = settings.SECOND_FACTOR_ROLES
    if not roles:
        return False
    if user.is_superuser:
        return Role.ADMINISTRATOR in roles
    return user.grants.filter(role__in=roles).exists()


def is_due(user: User) -> bool:
    """Whether the person has to set a second factor up before anything else opens."""
    return is_required(user) and not is_enrolled(user)


def start_enrolment(user: User) -> Enrolment:
    """A new secret; it counts for nothing until `confirm_enrolment`. Raises DeskError CONFLICT when one is in use."""
    require_no_key(user)
    secret = pyotp.random_base32()
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if is_enrolled(user):
            raise DeskError(ErrorCode.CONFLICT, "A second factor is set up already; remove it first")
        SecondFactor.objects.filter(user=user).delete()
        SecondFactor.objects.create(user=user, sealed_secret=_seal(secret))
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=ISSUER)
    return Enrolment(
        secret=secret, uri=uri, qr=segno.make(uri, error="m").svg_data_uri(scale=5, border=2, light="#fff")
    )


def confirm_enrolment(user: User, code: str) -> list[str]:
    """The first right code puts the factor in force; returns the recovery codes, which are shown once.

    Raises DeskError: CONFLICT when nothing waits for confirmation, VALIDATION_ERROR for a wrong code.
    """
    require_no_key(user)
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(user=user).first()
        if factor is None or factor.confirmed_at is not None:
            raise DeskError(ErrorCode.CONFLICT, "No second factor waits to be confirmed")
        if not _use_step(factor, code):
            raise _wrong_code()
        factor.confirmed_at = timezone.now()
        factor.save(update_fields=["confirmed_at", "last_step"])
        codes = _new_codes(user)
    log.info("second_factor_set_up", user_id=user.pk)
    return codes


def renew_recovery_codes(user: User, code: str, request: Any) -> list[str]:
    """New recovery codes in place of the old. Raises DeskError VALIDATION_ERROR for a wrong code."""
    require_no_key(user)
    _require_code(user, code, request)
    with transaction.atomic():
        return _new_codes(user)


def remove_factor(user: User, code: str, request: Any) -> None:
    """Take the factor away. Raises DeskError: CONFLICT when a role needs it, VALIDATION_ERROR for a wrong code."""
    require_no_key(user)
    if is_required(user):
        raise DeskError(ErrorCode.CONFLICT, "Your role needs a second factor; a superuser can reset it")
    _require_code(user, code, request)
    _forget(user)
    log.info("second_factor_removed", user_id=user.pk)


def reset_factor(user: User, *, by: User) -> None:
    """Take away the factor of somebody who has lost it. Raises DeskError AUTHORIZATION_FAILED but for superusers."""
    if not by.is_superuser or by.restriction is not None:
        raise DeskError(ErrorCode.AUTHORIZATION_FAILED, "Only a superuser resets somebody's second factor")
    _forget(user)
    log.warning("second_factor_reset", person=user.pk, user_id=by.pk)


def recovery_codes_left(user: User) -> int:
    """How many recovery codes are still good."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def require_second_factor(user: User, code: str, request: Any) -> None:
    """At sign-in, after the password: let pass who has no factor, or proves it. A wrong code is a failed attempt.

    Raises DeskError AUTHENTICATION_REQUIRED, whose `second_factor` is `required` or `wrong`.
    """
    if not is_enrolled(user):
        return
    if not code:
        message = "Enter the code of your authenticator, too"
        raise DeskError(ErrorCode.AUTHENTICATION_REQUIRED, message, {"second_factor": "required"})
    if not is_right(user, code):
        count_failure(user.username, request)
        message = "The code is wrong, or was used before"
        raise DeskError(ErrorCode.AUTHENTICATION_REQUIRED, message, {"second_factor": "wrong"})


def is_right(user: User, code: str) -> bool:
    """Whether this code of the authenticator, or recovery code, is good; it is used up by that."""
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(user=user).exclude(confirmed_at=None).first()
        if factor is None:
            return False
        if _use_step(factor, code):
            factor.save(update_fields=["last_step"])
            return True
        used = RecoveryCode.objects.filter(user=user, code_hash=_hash(code), used_at=None).update(
            used_at=timezone.now()
        )
    if used:
        log.warning("recovery_code_used", user_id=user.pk, left=recovery_codes_left(user))
    return bool(used)


def _require_code(user: User, code: str, request: Any) -> None:
    if not is_right(user, code):
        count_failure(user.username, request)
        raise _wrong_code()


def _wrong_code() -> DeskError:
    return DeskError(ErrorCode.VALIDATION_ERROR, "The request is not valid", {"code": ["is wrong, or was used before"]})


def _use_step(factor: SecondFactor, code: str) -> bool:
    """Whether the code is of a time step around now that has not been used; notes the step."""
    digits = code.replace(" ", "")
    totp = pyotp.TOTP(_unseal(factor.sealed_secret))
    now = int(timezone.now().timestamp()) // _STEP_SECONDS
    for step in range(now - TOLERANCE, now + TOLERANCE + 1):
        is_fresh = factor.last_step is None or step > factor.last_step
        if is_fresh and secrets.compare_digest(totp.generate_otp(step).encode(), digits.encode()):
            factor.last_step = step
            return True
    return False


def _new_codes(user: User) -> list[str]:
    codes = [_recovery_code() for _ in range(CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create([RecoveryCode(user=user, code_hash=_hash(code)) for code in codes])
    return codes


def _recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))


def _hash(code: str) -> str:
    """80 random bits cannot be guessed back from a plain hash."""
    return hashlib.sha256(code.strip().lower().replace("-", "").replace(" ", "").encode()).hexdigest()


def _forget(user: User) -> None:
    with transaction.atomic():
        SecondFactor.objects.filter(user=user).delete()
        RecoveryCode.objects.filter(user=user).delete()


def _seal(secret: str) -> str:
    return _box(settings.SECRET_KEY).encrypt(secret.encode()).decode()


def _unseal(sealed: str) -> str:
    for key in (settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS)):
        try:
            return _box(key).decrypt(sealed.encode()).decode()
        except InvalidToken:
            continue
    # another SECRET_KEY than the one it was sealed under: no code can be right
    log.error("second_factor_not_readable")
    return pyotp.random_base32()


def _box(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"accounts.second_factor:" + key.encode()).digest()))
