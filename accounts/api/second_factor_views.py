"""Your second factor: set up, confirmed, recovered, removed."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import second_factor
from accounts.access.api_keys import require_no_key
from accounts.access.lockout import count_failure
from accounts.api.serializers import (
    CodeSerializer,
    EnrolmentSerializer,
    PasswordSerializer,
    RecoveryCodesSerializer,
    SecondFactorSerializer,
)
from accounts.api.who import person
from config.shared.errors import DeskError, ErrorCode
from config.shared.fields import read_body
from config.shared.throttling import LoginThrottle, UserBurstThrottle


class FactorView(APIView):
    """What all of these share: open to who has yet to set up the factor their role needs, and not to be guessed at."""

    is_open_without_second_factor = True
    throttle_classes = (UserBurstThrottle, LoginThrottle)


class SecondFactorView(FactorView):
    """The factor, and the first step to one."""

    @extend_schema(operation_id="second_factor_get", responses={200: SecondFactorSerializer})
    def get(self, request: Request) -> Response:
        """Answer whether you have a second factor, whether your role needs one, and the recovery codes left."""
        user = person(request)
        body: dict[str, Any] = {
            "enrolled": second_factor.is_enrolled(user),
            "required": second_factor.is_required(user),
            "recovery_codes_left": second_factor.recovery_codes_left(user),
        }
        return Response(body)

    @extend_schema(operation_id="second_factor_enrol", request=PasswordSerializer, responses={201: EnrolmentSerializer})
    def post(self, request: Request) -> Response:
        """Make a secret for your authenticator app; takes your password. It counts once it is confirmed with a code."""
        user = person(request)
        require_no_key(user)
        if not user.check_password(read_body(PasswordSerializer, request)["password"]):
            count_failure(user.username, request)
            details = {"password": ["is wrong"]}
            raise DeskError(ErrorCode.VALIDATION_ERROR, "The request is not valid", details)
        made = second_factor.start_enrolment(user)
        return Response({"secret": made.secret, "uri": made.uri, "qr": made.qr}, status=201)


class ConfirmView(FactorView):
    """The second step."""

    @extend_schema(
        operation_id="second_factor_confirm", request=CodeSerializer, responses={200: RecoveryCodesSerializer}
    )
    def post(self, request: Request) -> Response:
        """Put the factor in force with a code of the app. The recovery codes are in this answer and nowhere else."""
        code = read_body(CodeSerializer, request)["code"]
        return Response({"recovery_codes": second_factor.confirm_enrolment(person(request), code)})


class RecoveryCodesView(FactorView):
    """New recovery codes."""

    @extend_schema(
        operation_id="second_factor_recovery_codes", request=CodeSerializer, responses={200: RecoveryCodesSerializer}
    )
    def post(self, request: Request) -> Response:
        """Answer new recovery codes; the old ones open nothing any more."""
        code = read_body(CodeSerializer, request)["code"]
        return Response({"recovery_codes": second_factor.renew_recovery_codes(person(request), code, request)})


class RemoveView(FactorView):
    """The end of the factor."""

    @extend_schema(operation_id="second_factor_remove", request=CodeSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Remove your second factor; takes a code, and is refused while your role needs one."""
        second_factor.remove_factor(person(request), read_body(CodeSerializer, request)["code"], request)
        return Response(status=204)
