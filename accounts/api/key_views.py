"""Your API keys: made and taken back by a person who has signed in."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access.api_keys import MARK, create_key, keys_of, require_no_key, revoke_key
from accounts.api.serializers import ApiKeyRequestSerializer, ApiKeySerializer, NewApiKeySerializer
from accounts.api.who import person
from accounts.domain.roles import Scope
from accounts.models import ApiKey
from config.shared.errors import DeskError, ErrorCode
from config.shared.fields import read_body
from config.shared.text import time_text
from config.shared.views import DeskList


def key_status(key: ApiKey) -> str:
    """Whether the key still opens anything."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at <= timezone.now() else "active"


def key_json(key: ApiKey) -> dict[str, Any]:
    """A key without its secret."""
    return {
        "id": key.pk,
        "name": key.name,
        "prefix": f"{MARK}{key.prefix}",
        "scopes": key.scopes,
        "accounts": key.accounts,
        "status": key_status(key),
        "created_at": time_text(key.created_at),
        "expires_at": time_text(key.expires_at),
        "last_used_at": time_text(key.last_used_at),
        "last_used_from": key.last_used_from,
        "revoked_at": time_text(key.revoked_at),
    }


class ApiKeyList(DeskList):
    """Your keys."""

    serializer_class = ApiKeySerializer
    queryset = ApiKey.objects.none()

    def rows(self, asked: dict[str, Any]) -> Any:
        """Newest first, those that are over too."""
        require_no_key(person(self.request))
        return keys_of(person(self.request))

    def row_json(self, row: ApiKey) -> dict[str, Any]:
        """One key."""
        return key_json(row)

    @extend_schema(operation_id="api_keys_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List your API keys, newest first."""
        return self.list(request)

    @extend_schema(
        operation_id="api_keys_create", request=ApiKeyRequestSerializer, responses={201: NewApiKeySerializer}
    )
    def post(self, request: Request) -> Response:
        """Make a key. Its text is in this answer and nowhere else, ever."""
        require_no_key(person(request))
        fields = read_body(ApiKeyRequestSerializer, request)
        key, text = create_key(
            user=person(request),
            name=fields["name"],
            scopes=[Scope(scope) for scope in fields["scopes"]],
            accounts=fields.get("accounts"),
            expires_at=fields["expires_at"],
        )
        return Response({**key_json(key), "key": text}, status=201)


class ApiKeyDetail(APIView):
    """One of your keys."""

    @extend_schema(operation_id="api_keys_revoke", responses={204: None})
    def delete(self, request: Request, key_id: int) -> Response:
        """Revoke a key: it opens nothing from now on, and sockets opened with it close."""
        require_no_key(person(request))
        key = keys_of(person(request)).filter(pk=key_id).first()
        if key is None:
            raise DeskError(ErrorCode.RESOURCE_NOT_FOUND, "There is no such key")
        revoke_key(key=key, by=person(request))
        return Response(status=204)
