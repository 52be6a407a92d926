"""JSON of sign-in, keys and roles."""

from typing import Any

from rest_framework import serializers

from accounts.domain.roles import Permission, Role, Scope
from config.shared.fields import ChoiceWordField, FlagField, StrictSerializer, WordField

ROLES = [str(role) for role in Role]
SCOPES = [str(scope) for scope in Scope]
KEY_STATUSES = ["active", "expired", "revoked"]
PERMISSION_WORDS = [str(permission) for permission in Permission]


class CredentialsSerializer(StrictSerializer):
    """Username and password, and the code of whoever has a second factor."""

    username = WordField(max_length=150)
    password = WordField(max_length=1024, trim_whitespace=False)
    code = WordField(
        max_length=40, required=False, allow_blank=True, help_text="Of the authenticator, or a recovery code"
    )


class RefreshSerializer(StrictSerializer):
    """A refresh token."""

    refresh = WordField(max_length=4096)


class TokenPairSerializer(serializers.Serializer[Any]):
    """A pair of JWTs: access for 15 minutes, refresh for 7 days and one use."""

    access = serializers.CharField()
    refresh = serializers.CharField()


class TicketSerializer(serializers.Serializer[Any]):
    """A WebSocket ticket: one use, 30 seconds."""

    ticket = serializers.CharField()
    expires_at = serializers.DateTimeField()


class GrantSerializer(serializers.Serializer[Any]):
    """An account a person may see, and what else they may do there."""

    account = serializers.CharField()
    role = serializers.ChoiceField(choices=ROLES)
    permissions = serializers.ListField(child=serializers.ChoiceField(choices=PERMISSION_WORDS))
    may_trade = serializers.BooleanField()


class RoleRequestSerializer(StrictSerializer):
    """The role to give, and why."""

    role = ChoiceWordField(choices=ROLES)
    reason = WordField(max_length=200, required=False, allow_blank=True)


class RoleInAccountSerializer(serializers.Serializer[Any]):
    """What a person is in an account."""

    username = serializers.CharField()
    account = serializers.CharField()
    role = serializers.ChoiceField(choices=ROLES)
    since = serializers.DateTimeField()


class RoleChangeSerializer(serializers.Serializer[Any]):
    """One change of a role, and who made it."""

    username = serializers.CharField()
    account = serializers.CharField()
    role_before = serializers.CharField(allow_null=True)
    role_after = serializers.CharField(allow_null=True)
    changed_by = serializers.CharField()
    reason = serializers.CharField()
    changed_at = serializers.DateTimeField()
    request_id = serializers.CharField()


class FactorStateSerializer(serializers.Serializer[Any]):
    """Whether you have a second factor, and whether your role needs one; without the one it needs little opens."""

    enrolled = serializers.BooleanField()
    required = serializers.BooleanField()  # type: ignore[assignment]


class MeSerializer(serializers.Serializer[Any]):
    """The person who is asking."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    is_staff = serializers.BooleanField()
    is_superuser = serializers.BooleanField()
    may_operate = serializers.BooleanField(help_text="Whether you may do what concerns every account")
    second_factor = FactorStateSerializer()
    accounts = GrantSerializer(many=True)


class SessionSerializer(serializers.Serializer[Any]):
    """Whether this browser is signed in, and who."""

    authenticated = serializers.BooleanField()
    user = MeSerializer(allow_null=True)


class ApiKeyRequestSerializer(StrictSerializer):
    """A new key: what for, in which accounts (all of yours when left out), until when."""

    name = WordField(max_length=80)
    scopes = serializers.ListField(child=ChoiceWordField(choices=SCOPES), min_length=1, max_length=len(SCOPES))
    accounts = serializers.ListField(
        child=WordField(max_length=20), min_length=1, max_length=100, required=False, allow_null=True
    )
    expires_at = serializers.DateTimeField(help_text="At most 366 days ahead")


class ApiKeySerializer(serializers.Serializer[Any]):
    """A key without its secret."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="The beginning of the key, to recognise it by")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=SCOPES))
    accounts = serializers.ListField(child=serializers.CharField(), allow_null=True)
    status = serializers.ChoiceField(choices=KEY_STATUSES)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    last_used_from = serializers.CharField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class NewApiKeySerializer(ApiKeySerializer):
    """A key that has just been made, with its text: this once and never again."""

    key = serializers.CharField()


class SignInSerializer(serializers.Serializer[Any]):
    """A program that is signed in with a token pair."""

    id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    address = serializers.CharField(allow_null=True)
    user_agent = serializers.CharField()


class SignOutEverywhereSerializer(StrictSerializer):
    """Whether the API keys end too."""

    revoke_api_keys = FlagField(required=False, default=False)


class SignedOutSerializer(serializers.Serializer[Any]):
    """What was ended, besides every browser session."""

    sign_ins = serializers.IntegerField()
    api_keys = serializers.IntegerField()


class SecondFactorSerializer(FactorStateSerializer):
    """The state of your second factor."""

    recovery_codes_left = serializers.IntegerField()


class PasswordSerializer(StrictSerializer):
    """Your password, once more."""

    password = WordField(max_length=1024, trim_whitespace=False)


class CodeSerializer(StrictSerializer):
    """A code of your authenticator, or a recovery code."""

    code = WordField(max_length=40)


class EnrolmentSerializer(serializers.Serializer[Any]):
    """What an authenticator app needs: shown once."""

    secret = serializers.CharField(help_text="To type, in base 32")
    uri = serializers.CharField(help_text="otpauth://…, to open or to make a QR code of")
    qr = serializers.CharField(help_text="The QR code as an SVG data URI")


class RecoveryCodesSerializer(serializers.Serializer[Any]):
    """Codes for one sign-in each without the app: shown once."""

    recovery_codes = serializers.ListField(child=serializers.CharField())
