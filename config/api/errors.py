"""Every failure becomes the one error shape: DRF's, Django's, the database's, Redis', IB's and the unforeseen."""

import sys
from collections.abc import Mapping
from typing import Any

from django.core import exceptions as django_errors
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.views import defaults
from django.views.csrf import csrf_failure as django_csrf_failure
from redis.exceptions import RedisError
from rest_framework import exceptions as drf
from rest_framework.views import set_rollback

from config.shared.correlation import get_logger
from config.shared.error_body import error_body
from config.shared.errors import DeskError, ErrorCode

log = get_logger(__name__)

Headers = dict[str, str]
_ADMIN = "/admin/"


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """DRF's hook: an answer for every exception a view can raise, in JSON even where the view renders a page."""
    set_rollback()
    return error_response(error)


def error_response(error: Exception) -> JsonResponse:
    """The same answer for failures outside DRF."""
    known, headers = explain(error)
    _tell(error, known)
    return JsonResponse(error_body(known), status=known.http_status, headers=headers)


def explain(error: BaseException) -> tuple[DeskError, Headers]:
    """The code, message and details a client is told, and the headers that belong to them."""
    if isinstance(error, DeskError):
        return error, _retry_after(error)
    if isinstance(error, drf.APIException):
        return _explain_drf(error)
    for kinds, code, message in _DJANGO:
        if isinstance(error, kinds):
            headers = {"Retry-After": "1"} if code is ErrorCode.DATABASE_ERROR else {}
            return DeskError(code, message), headers
    if isinstance(error, django_errors.ValidationError):
        return DeskError(ErrorCode.VALIDATION_ERROR, "The request is not valid", _details(error.messages)), {}
    return DeskError(ErrorCode.INTERNAL_SERVER_ERROR, "Something went wrong here; it has been recorded"), {}


def _retry_after(error: DeskError) -> Headers:
    if error.code is ErrorCode.RATE_LIMIT_EXCEEDED:
        return {"Retry-After": str(error.details.get("retry_after", 1))}
    return {"Retry-After": "1"} if error.http_status == 503 else {}


_DJANGO: tuple[tuple[tuple[type[BaseException], ...], ErrorCode, str], ...] = (
    ((Http404, django_errors.ObjectDoesNotExist), ErrorCode.RESOURCE_NOT_FOUND, "There is no such resource"),
    ((django_errors.PermissionDenied,), ErrorCode.AUTHORIZATION_FAILED, "You may not do this"),
    ((django_errors.RequestDataTooBig,), ErrorCode.VALIDATION_ERROR, "The request is too large"),
    ((django_errors.DisallowedHost,), ErrorCode.VALIDATION_ERROR, "This host name is not served here"),
    (
        (django_errors.SuspiciousOperation, django_errors.BadRequest, UnreadablePostError),
        ErrorCode.VALIDATION_ERROR,
        "The request is malformed",
    ),
    # a number or text that no column can hold, in a place nobody thought of checking
    ((DataError,), ErrorCode.VALIDATION_ERROR, "A value of the request is out of range"),
    ((OperationalError, InterfaceError), ErrorCode.DATABASE_ERROR, "The database does not answer"),
    ((RedisError,), ErrorCode.EXTERNAL_SERVICE_ERROR, "Redis does not answer"),
)


def _explain_drf(error: drf.APIException) -> tuple[DeskError, Headers]:
    if isinstance(error, (drf.NotAuthenticated, drf.AuthenticationFailed)):
        headers = {"WWW-Authenticate": str(getattr(error, "auth_header", None) or 'Bearer realm="api"')}
        return DeskError(ErrorCode.AUTHENTICATION_REQUIRED, _sentence(error.detail)), headers
    if isinstance(error, drf.Throttled):
        wait = max(1, round(getattr(error, "wait", None) or 1))
        message = f"Too many requests; try again in {wait} s"
        return DeskError(ErrorCode.RATE_LIMIT_EXCEEDED, message, {"retry_after": wait}), {"Retry-After": str(wait)}
    if isinstance(error, drf.ValidationError):
        return DeskError(ErrorCode.VALIDATION_ERROR, "The request is not valid", _details(error.detail)), {}
    code = _DRF_CODES.get(error.status_code)
    if code is None:
        return DeskError(ErrorCode.INTERNAL_SERVER_ERROR, "Something went wrong here; it has been recorded"), {}
    return DeskError(code, _sentence(error.detail)), {}


_DRF_CODES = {
    400: ErrorCode.VALIDATION_ERROR,
    403: ErrorCode.AUTHORIZATION_FAILED,
    404: ErrorCode.RESOURCE_NOT_FOUND,
    405: ErrorCode.METHOD_NOT_ALLOWED,
    406: ErrorCode.VALIDATION_ERROR,
    415: ErrorCode.VALIDATION_ERROR,
}


def _sentence(detail: Any) -> str:
    """The first words of DRF's nested details."""
    if isinstance(detail, Mapping):
        return _sentence(detail.get("detail") or next(iter(detail.values()), ""))
    if isinstance(detail, (list, tuple)):
        return _sentence(detail[0] if detail else "")
    return str(detail).rstrip(".")


def _details(detail: Any) -> dict[str, Any]:
    """`{"field": ["message", …]}`; what belongs to no field is under `non_field_errors`."""
    if isinstance(detail, Mapping):
        return {str(name): _messages(rest) for name, rest in detail.items()}
    return {"non_field_errors": _messages(detail)}


def _messages(detail: Any) -> Any:
    if isinstance(detail, Mapping):
        return {str(name): _messages(rest) for name, rest in detail.items()}
    if isinstance(detail, (list, tuple)):
        return [_messages(item) if isinstance(item, (Mapping, list)) else str(item) for item in detail]
    return [str(detail)]


def _tell(error: BaseException, known: DeskError) -> None:
    """Failures of ours with their stack, failures of what we depend on as a warning; clients' mistakes are no news."""
    if known.code is ErrorCode.INTERNAL_SERVER_ERROR:
        log.error("unhandled_exception", error_code=str(known.code), exc_info=error)
    elif known.http_status >= 500:
        log.warning("request_failed", error_code=str(known.code), details=known.details, error_text=str(error))


def _wants_html(request: HttpRequest) -> bool:
    return request.path.startswith(_ADMIN)


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A malformed request, a foreign host name, a body that is too large."""
    if _wants_html(request):
        return defaults.bad_request(request, exception)
    return error_response(exception if isinstance(exception, Exception) else django_errors.BadRequest())


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Refused by Django itself."""
    if _wants_html(request):
        return defaults.permission_denied(request, exception)
    return error_response(django_errors.PermissionDenied())


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such path."""
    if _wants_html(request):
        return defaults.page_not_found(request, exception)
    return error_response(Http404())


def handler500(request: HttpRequest) -> HttpResponse:
    """Whatever nobody caught."""
    if _wants_html(request):
        return defaults.server_error(request)
    error = sys.exc_info()[1]
    return error_response(error if isinstance(error, Exception) else RuntimeError("no exception is known"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A change without the CSRF token."""
    if _wants_html(request):
        return django_csrf_failure(request, reason)
    return error_response(DeskError(ErrorCode.AUTHORIZATION_FAILED, f"CSRF check failed: {reason}".rstrip(". ")))


def locked_out(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
    """429 after too many failed sign-ins for a name from an address."""
    message = "Too many failed sign-ins; wait a quarter of an hour"
    if _wants_html(request):
        return HttpResponse(message, status=429, content_type="text/plain", headers={"Retry-After": "900"})
    return error_response(DeskError(ErrorCode.RATE_LIMIT_EXCEEDED, message, {"retry_after": 900}))
