"""What a socket was opened with: it stays open only as long as that holds."""

from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.access.api_keys import owner_by_id
from accounts.models import User
from accounts.tokens import person_signed_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A person, and the session, sign-in or API key by which they came."""

    user_id: int
    auth_hash: str
    session_key: str | None = None
    key_id: int | None = None
    sign_in_id: str | None = None


def credential_of(user: User, *, session_key: str | None = None, sign_in_id: str | None = None) -> Credential:
    """What somebody who has just been recognised may come back with."""
    return Credential(
        user_id=user.pk,
        auth_hash=user.get_session_auth_hash(),
        session_key=session_key,
        key_id=user.restriction.key_id if user.restriction else None,
        sign_in_id=sign_in_id,
    )


def person_with(credential: Credential) -> User | None:
    """The person, restricted as their key is; None when the credential holds no more.

    That is: signed out, the session or key over, another password, or no longer active.
    """
    user = User.objects.filter(pk=credential.user_id, is_active=True).first()
    if user is None or not constant_time_compare(user.get_session_auth_hash(), credential.auth_hash):
        return None
    if credential.session_key is not None and person_of_session(credential.session_key) != user:
        return None
    if credential.sign_in_id is not None and person_signed_in(credential.sign_in_id) != user:
        return None
    if credential.key_id is not None:
        owner = owner_by_id(credential.key_id)
        return owner if owner == user else None
    return user


def person_of_session(session_key: str) -> User | None:
    """Django's own judgement: the session has not ended, its password still is the password, the user is active."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return user if isinstance(user, User) and user.is_active else None
