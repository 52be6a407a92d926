"""Where you are signed in, and how to end it."""

import uuid
from typing import Any

from django.contrib.auth import logout
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access.api_keys import keys_of, require_no_key, revoke_key
from accounts.api.serializers import (
    RefreshSerializer,
    SignedOutSerializer,
    SignInSerializer,
    SignOutEverywhereSerializer,
)
from accounts.api.who import person
from accounts.models import SignIn
from accounts.tokens import end_sign_in, revoke_by_token, sign_ins_of, sign_out_everywhere
from config.shared.errors import DeskError, ErrorCode
from config.shared.fields import read_body
from config.shared.text import time_text
from config.shared.throttling import LoginThrottle
from config.shared.views import DeskList


def sign_in_json(row: SignIn) -> dict[str, Any]:
    """One sign-in."""
    return {
        "id": str(row.pk),
        "created_at": time_text(row.created_at),
        "last_used_at": time_text(row.last_used_at),
        "expires_at": time_text(row.expires_at),
        "address": row.address,
        "user_agent": row.user_agent,
    }


class TokenRevokeView(APIView):
    """The end of one sign-in."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (LoginThrottle,)

    @extend_schema(operation_id="auth_token_revoke", request=RefreshSerializer, responses={204: None}, auth=[])
    def post(self, request: Request) -> Response:
        """End the sign-in a refresh token belongs to, its access token included. A token of nothing ends nothing."""
        fields = read_body(RefreshSerializer, request)
        revoke_by_token(fields["refresh"])
        return Response(status=204)


class SignInList(DeskList):
    """Programs that are signed in as you."""

    serializer_class = SignInSerializer
    queryset = SignIn.objects.none()
    cursor_ordering = ("-created_at", "id")

    def rows(self, asked: dict[str, Any]) -> Any:
        """Newest first."""
        require_no_key(person(self.request))
        return sign_ins_of(person(self.request))

    def row_json(self, row: SignIn) -> dict[str, Any]:
        """One sign-in."""
        return sign_in_json(row)

    @extend_schema(operation_id="sign_ins_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the token pairs that are good for you now, newest first."""
        return self.list(request)


class SignInDetail(APIView):
    """One of your sign-ins."""

    @extend_schema(operation_id="sign_ins_end", responses={204: None})
    def delete(self, request: Request, id: uuid.UUID) -> Response:
        """End one: its refresh and access token open nothing from now on."""
        require_no_key(person(request))
        row = sign_ins_of(person(request)).filter(pk=id).first()
        if row is None:
            raise DeskError(ErrorCode.RESOURCE_NOT_FOUND, "There is no such sign-in")
        end_sign_in(row)
        return Response(status=204)


class SignOutEverywhere(APIView):
    """The end of all your sign-ins."""

    is_open_without_second_factor = True

    @extend_schema(
        operation_id="sign_out_everywhere", request=SignOutEverywhereSerializer, responses={200: SignedOutSerializer}
    )
    def post(self, request: Request) -> Response:
        """End every browser session, token, ticket and socket of yours, this one too; if you say so, the API keys."""
        user = person(request)
        require_no_key(user)
        fields = read_body(SignOutEverywhereSerializer, request)
        keys = keys_of(user).filter(revoked_at=None) if fields["revoke_api_keys"] else []
        revoked = [revoke_key(key=key, by=user) for key in keys]
        ended = sign_out_everywhere(user)
        logout(request._request)
        return Response({"sign_ins": ended, "api_keys": len(revoked)})
