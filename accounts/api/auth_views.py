"""Sign-in: JWT for programs, a session for the browser, tickets for WebSockets."""

from typing import Any

from django.contrib.auth import authenticate, get_user, login, logout
from django.middleware.csrf import get_token
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect, ensure_csrf_cookie
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import Token

from accounts.access.lockout import forget_failures
from accounts.access.second_factor import is_enrolled, is_required, require_second_factor
from accounts.api.serializers import (
    CredentialsSerializer,
    MeSerializer,
    RefreshSerializer,
    SessionSerializer,
    TicketSerializer,
    TokenPairSerializer,
)
from accounts.api.who import person
from accounts.domain.roles import Permission, sorted_permissions
from accounts.models import Account, User
from accounts.tickets import issue_ticket
from accounts.tokens import SIGN_IN_CLAIM, issue_tokens, rotate_tokens
from config.shared.errors import DeskError, ErrorCode
from config.shared.text import time_text
from config.shared.throttling import AnonymousThrottle, LoginThrottle


def me_json(user: User) -> dict[str, Any]:
    """The person, and the accounts they may see."""
    return {
        "id": user.pk,
        "username": user.username,
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
        "may_operate": user.may_operate(),
        "second_factor": {"enrolled": is_enrolled(user), "required": is_required(user)},
        "accounts": [_grant_json(user, account) for account in Account.objects.visible_to(user)],
    }


def _grant_json(user: User, account: Account) -> dict[str, Any]:
    permissions = user.permissions_in(account)
    return {
        "account": account.code,
        "role": user.role_in(account),
        "permissions": sorted_permissions(permissions),
        "may_trade": Permission.TRADE in permissions,
    }


def checked_user(request: Request) -> User:
    """The user behind the credentials in the body. Raises DeskError AUTHENTICATION_REQUIRED.

    A wrong name and a wrong password are told in the same words; a code is asked for after the right password only.
    """
    given = CredentialsSerializer(data=request.data)
    given.is_valid(raise_exception=True)
    fields = given.validated_data
    user = authenticate(request._request, username=fields["username"], password=fields["password"])
    if not isinstance(user, User):
        raise DeskError(ErrorCode.AUTHENTICATION_REQUIRED, "The username or the password is wrong")
    require_second_factor(user, fields.get("code", ""), request)
    return user


class TokenView(APIView):
    """JWTs for username and password."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (LoginThrottle,)

    @extend_schema(
        operation_id="auth_token", request=CredentialsSerializer, responses={200: TokenPairSerializer}, auth=[]
    )
    def post(self, request: Request) -> Response:
        """Answer an access token (15 minutes) and a refresh token (7 days, one use)."""
        user = checked_user(request)
        forget_failures(user, request)
        agent = request.headers.get("User-Agent", "")
        return Response(issue_tokens(user, address=request.META.get("REMOTE_ADDR"), user_agent=agent))


class TokenRefreshView(APIView):
    """A new pair for a refresh token, which is used up."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (LoginThrottle,)

    @extend_schema(
        operation_id="auth_token_refresh", request=RefreshSerializer, responses={200: TokenPairSerializer}, auth=[]
    )
    def post(self, request: Request) -> Response:
        """Answer a new pair. The old refresh token is used up: if it comes again, the whole sign-in ends."""
        given = RefreshSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(rotate_tokens(given.validated_data["refresh"]))


class TicketView(APIView):
    """A ticket to open a WebSocket with."""

    @extend_schema(operation_id="auth_ws_ticket", request=None, responses={200: TicketSerializer})
    def post(self, request: Request) -> Response:
        """Answer a ticket for `/ws/?ticket=…`: one use, 30 seconds."""
        sign_in = request.auth.get(SIGN_IN_CLAIM) if isinstance(request.auth, Token) else None
        ticket, expires_at = issue_ticket(person(request), sign_in_id=sign_in)
        return Response({"ticket": ticket, "expires_at": time_text(expires_at)})


class MeView(APIView):
    """The person who is asking."""

    is_open_without_second_factor = True

    @extend_schema(operation_id="auth_me", responses={200: MeSerializer})
    def get(self, request: Request) -> Response:
        """Answer who you are and which accounts you may see and trade."""
        return Response(me_json(person(request)))


@method_decorator(ensure_csrf_cookie, name="get")
@method_decorator(csrf_protect, name="post")
@method_decorator(csrf_protect, name="delete")
class SessionView(APIView):
    """The browser's session."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (AnonymousThrottle, LoginThrottle)
    throttle_buckets = {"GET": "user", "DELETE": "user", "POST": "user"}

    @extend_schema(operation_id="auth_session", responses={200: SessionSerializer}, auth=[])
    def get(self, request: Request) -> Response:
        """Answer whether this browser is signed in; sets the CSRF cookie that sign-in and every change need."""
        return Response(self._body(request))

    @extend_schema(
        operation_id="auth_sign_in", request=CredentialsSerializer, responses={200: SessionSerializer}, auth=[]
    )
    def post(self, request: Request) -> Response:
        """Sign in."""
        user = checked_user(request)
        login(request._request, user)
        get_token(request._request)
        return Response({"authenticated": True, "user": me_json(user)})

    @extend_schema(operation_id="auth_sign_out", responses={204: None}, auth=[])
    def delete(self, request: Request) -> Response:
        """Sign out."""
        logout(request._request)
        return Response(status=204)

    def _body(self, request: Request) -> dict[str, Any]:
        # asked anew: REST framework has put nobody on a request that needs no credentials
        user = get_user(request._request)
        if not isinstance(user, User):
            return {"authenticated": False, "user": None}
        return {"authenticated": True, "user": me_json(user)}
