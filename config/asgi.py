"""The web process: HTTP to Django, `/ws/` to the stream."""

import io
import json
import os
from typing import IO, Any

from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.exceptions import BadRequest, RequestAborted
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from config.api.errors import error_response  # noqa: E402 (Django must be set up first)


class OneHopHandler(ASGIHandler):
    """Django's handler with the whole stack of middlewares and views in one thread.

    Every view here is synchronous. Django's own handler crosses into a thread and back for each middleware, about
    a millisecond a request (performance.md §2).
    """

    def __init__(self) -> None:
        super(ASGIHandler, self).__init__()
        self.load_middleware(is_async=False)

    def create_request(self, scope: Any, body_file: IO[bytes]) -> tuple[Any, Any]:
        """The request, or an answer in the one error shape for one that Django cannot even read."""
        request, refusal = super().create_request(scope, body_file)
        if refusal is not None:
            refusal = error_response(BadRequest())
            refusal["X-Request-ID"] = json.loads(refusal.content)["request_id"]
        elif request is not None:
            # a chunked request has no Content-Length, and DRF would take its body for empty
            request.META["CONTENT_LENGTH"] = str(body_file.seek(0, io.SEEK_END))
            body_file.seek(0)
        return request, refusal

    async def read_body(self, receive: Any) -> IO[bytes]:
        """The body; what lies beyond the limit is read and dropped, so that the parser sees that it is too large."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1
        body = io.BytesIO()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise RequestAborted
            body.write(message.get("body", b"")[: limit - body.tell()])
            if not message.get("more_body", False):
                body.seek(0)
                return body

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, computed in the request's own thread."""
        response: HttpResponseBase = await sync_to_async(self.get_response, thread_sensitive=True)(request)
        return response


def _application() -> ProtocolTypeRouter:
    from trading.consumers import StreamConsumer, UnknownPath

    routes = URLRouter([path("ws/", StreamConsumer.as_asgi()), re_path(r"", UnknownPath.as_asgi())])
    return ProtocolTypeRouter({"http": OneHopHandler(), "websocket": AuthMiddlewareStack(routes)})


application = _application()
