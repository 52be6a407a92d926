"""One request from the first byte to the last: its ids, its access log line, its errors in the one shape."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject
from structlog.contextvars import bind_contextvars, clear_contextvars

from config.api.errors import error_response
from config.shared.correlation import get_logger, is_valid_id, new_id
from config.shared.errors import DeskError, ErrorCode
from config.shared.throttling import quota_headers

log = get_logger("desk.access")

_HTML_ALLOWED = ("/admin/", "/static/")


class RequestContextMiddleware:
    """Binds `request_id` and `correlation_id`, logs one line a request, answers in JSON when something breaks."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer; in the mode of whatever comes next."""
        if self._is_async:
            return self._answer_async(request)
        began = _begin(request)
        try:
            response = self.get_response(request)
        except Exception as error:
            response = error_response(error)
        return _finish(request, response, began)

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        began = _begin(request)
        try:
            response = await self.get_response(request)
        except Exception as error:
            response = error_response(error)
        return _finish(request, response, began)


def _begin(request: HttpRequest) -> float:
    asked, correlated = request.headers.get("X-Request-ID"), request.headers.get("X-Correlation-ID")
    request_id = asked if asked and is_valid_id(asked) else new_id()
    clear_contextvars()
    bind_contextvars(
        request_id=request_id,
        correlation_id=correlated if correlated and is_valid_id(correlated) else request_id,
    )
    request.request_id = request_id  # type: ignore[attr-defined]
    return time.perf_counter()


def _finish(request: HttpRequest, response: HttpResponseBase, began: float) -> HttpResponseBase:
    response = _in_one_shape(request, response)
    response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
    for name, value in quota_headers(request).items():
        response[name] = value
    if request.path.startswith("/api/"):
        response.setdefault("Cache-Control", "no-store")
    log.info(
        "request",
        method=request.method,
        path=request.path,
        status_code=response.status_code,
        latency_ms=round((time.perf_counter() - began) * 1000, 2),
        user_id=_user_id(request),
    )
    return response


def _in_one_shape(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Whatever a library answered in HTML or text, a client of the API gets JSON."""
    status = response.status_code
    if status < 400 or request.path.startswith(_HTML_ALLOWED) or _is_json(response):
        return response
    if status == 403:
        return error_response(PermissionDenied())
    if status == 404:
        return error_response(Http404())
    if status == 405:
        return _method_not_allowed(response)
    return error_response(BadRequest() if status < 500 else RuntimeError(f"answered {status} without a reason"))


def _method_not_allowed(response: HttpResponseBase) -> HttpResponseBase:
    answer = error_response(DeskError(ErrorCode.METHOD_NOT_ALLOWED, "This method is not allowed here"))
    answer["Allow"] = response.get("Allow", "")
    return answer


def _is_json(response: HttpResponseBase) -> bool:
    return str(response.get("Content-Type", "")).startswith(("application/json", "application/vnd.oai"))


def _user_id(request: HttpRequest) -> Any:
    """Who asked, without a query for those who were never looked up."""
    user = request.__dict__.get("user")
    if isinstance(user, SimpleLazyObject):
        user = request.__dict__.get("_cached_user")
    return getattr(user, "pk", None)
