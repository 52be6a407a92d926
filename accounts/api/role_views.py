"""Who is what in an account, for those who administer it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access.grants import grant_role, grants_of, history_of, revoke_role
from accounts.api.serializers import RoleChangeSerializer, RoleInAccountSerializer, RoleRequestSerializer
from accounts.api.who import person
from accounts.domain.roles import Permission, Role
from accounts.models import Account, AccountGrant, GrantChange, User
from accounts.selectors import require, visible_account
from config.shared.errors import DeskError, ErrorCode
from config.shared.fields import read_body
from config.shared.text import time_text
from config.shared.views import DeskList


def role_json(grant: AccountGrant) -> dict[str, Any]:
    """One person's role."""
    return {
        "username": grant.user.username,
        "account": grant.account_id,
        "role": grant.role,
        "since": time_text(grant.created_at),
    }


def administered(request: Request, code: str) -> Account:
    """The account, for whoever administers it. Raises DeskError RESOURCE_NOT_FOUND or AUTHORIZATION_FAILED."""
    account = visible_account(person(request), code)
    require(person(request), Permission.ADMINISTER, account)
    return account


class RoleList(DeskList):
    """Everybody who has a role in an account."""

    serializer_class = RoleInAccountSerializer
    queryset = AccountGrant.objects.none()
    cursor_ordering = ("id",)

    def rows(self, asked: dict[str, Any]) -> Any:
        """In the order in which they came."""
        return grants_of(administered(self.request, self.kwargs["account"]))

    def row_json(self, row: AccountGrant) -> dict[str, Any]:
        """One person's role."""
        return role_json(row)

    @extend_schema(operation_id="roles_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List who is what in an account; for its administrators."""
        return self.list(request)


class RoleDetail(APIView):
    """The role of one person in one account."""

    @extend_schema(operation_id="roles_grant", request=RoleRequestSerializer, responses={200: RoleInAccountSerializer})
    def put(self, request: Request, account: str, username: str) -> Response:
        """Give a person a role in an account, in place of the one before; for its administrators."""
        where = administered(request, account)
        fields = read_body(RoleRequestSerializer, request)
        grant = grant_role(
            by=person(request),
            user=_named(username),
            account=where,
            role=Role(fields["role"]),
            reason=fields.get("reason", ""),
        )
        return Response(role_json(grant))

    @extend_schema(operation_id="roles_revoke", responses={204: None})
    def delete(self, request: Request, account: str, username: str) -> Response:
        """Take a person's role in an account away; for its administrators."""
        where = administered(request, account)
        revoke_role(by=person(request), user=_named(username), account=where)
        return Response(status=204)


def _named(username: str) -> User:
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise DeskError(ErrorCode.RESOURCE_NOT_FOUND, "Nobody who may sign in has this name")
    return user


class RoleChangeList(DeskList):
    """How the roles in an account changed."""

    serializer_class = RoleChangeSerializer
    queryset = GrantChange.objects.none()

    def rows(self, asked: dict[str, Any]) -> Any:
        """Newest first."""
        return history_of(administered(self.request, self.kwargs["account"]))

    def row_json(self, row: GrantChange) -> dict[str, Any]:
        """One change."""
        return {
            "username": row.username,
            "account": row.account,
            "role_before": row.role_before or None,
            "role_after": row.role_after or None,
            "changed_by": row.changed_by,
            "reason": row.reason,
            "changed_at": time_text(row.changed_at),
            "request_id": row.request_id,
        }

    @extend_schema(operation_id="roles_changes")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List who gave whom which role in an account, newest first; for its administrators."""
        return self.list(request)
