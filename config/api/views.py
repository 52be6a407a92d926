"""What belongs to no app: the React app's page, JSON for unknown API paths, the schema and its pages."""

from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny

from config.api.errors import error_response


def json_404(_request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
    """No such path below /api, /ws, /health or /metrics."""
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


class SchemaView(SpectacularAPIView):
    """The OpenAPI schema, as YAML or (`?format=json`) JSON."""

    permission_classes = [AllowAny]
    content_negotiation_class = DefaultContentNegotiation


# Swagger UI starts itself from a script in the page
_docs_policy: Any = csp_update({"script-src": ["'unsafe-inline'"]})


class DocsView(SpectacularSwaggerView):
    """The schema to read and try out."""

    permission_classes = [AllowAny]
    content_negotiation_class = DefaultContentNegotiation


docs = _docs_policy(DocsView.as_view(url_name="schema"))
schema = SchemaView.as_view()
