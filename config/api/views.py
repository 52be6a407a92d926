"""What belongs to no app: the React app's page, JSON for unknown API paths, the schema and its pages."""

from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from config.api.errors import error_response
from config.shared.errors import DeskError, ErrorCode


def json_404(request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
    """No such path below /api, /ws, /health or /metrics; a forgotten last slash is pointed out."""
    if not request.path.endswith("/") and resolve(f"{request.path_info}/").func.__name__ != "json_404":
        message = f"There is no such resource; did you mean {request.path}/ ?"
        return error_response(DeskError(ErrorCode.RESOURCE_NOT_FOUND, message))
    return error_response(Http404())


@require_safe
@ensure_csrf_cookie
def react_app(_request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
    """The web app's page, whatever path within the app was opened."""
    page = _index(settings.FRONTEND_DIST)
    if page is None:
        return HttpResponse(_NOT_BUILT, content_type="text/plain; charset=utf-8", status=200)
    return HttpResponse(page, headers={"Cache-Control": "no-cache"})


_NOT_BUILT = "The web app is not built yet: run `npm ci && npm run build` in frontend/, or `make run`.\n"
_cached_pages: dict[str, tuple[int, bytes]] = {}


def _index(directory: Any) -> bytes | None:
    """index.html, read again when a new build has replaced it."""
    path = directory / "index.html"
    try:
        changed = path.stat().st_mtime_ns
        if (known := _cached_pages.get(str(path))) is None or known[0] != changed:
            known = _cached_pages[str(path)] = (changed, path.read_bytes())
    except OSError:
        return None
    return known[1]


class SchemaNegotiation(DefaultContentNegotiation):
    """By `Accept`, or by `?format=json` and `?format=yaml`; the rest of the API knows no formats."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """The renderer; a format nobody knows is ignored."""
        asked = request.query_params.get("format")
        return super().select_renderer(request, renderers, asked if asked in ("json", "yaml") else format_suffix)


class SchemaView(SpectacularAPIView):
    """The OpenAPI schema, as YAML or (`?format=json`) JSON."""

    permission_classes = [AllowAny]
    content_negotiation_class = SchemaNegotiation


# Swagger UI starts itself from a script in the page
_docs_policy: Any = csp_update({"script-src": ["'unsafe-inline'"]})


class DocsView(SpectacularSwaggerView):
    """The schema to read and try out."""

    permission_classes = [AllowAny]
    content_negotiation_class = DefaultContentNegotiation


docs = _docs_policy(DocsView.as_view(url_name="schema"))
schema = SchemaView.as_view()
