"""The API speaks JSON whatever an `Accept` header asks for: an error in another type helps nobody."""

from collections.abc import Iterable
from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.utils.mediatypes import media_type_matches


class JSONOnlyNegotiation(BaseContentNegotiation):
    """Chooses the parser by `Content-Type` and always the first renderer."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """The parser for what was sent, None for a type nobody understands."""
        return next((p for p in parsers if media_type_matches(p.media_type or "", request.content_type or "")), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, Any]:
        """JSON."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type
