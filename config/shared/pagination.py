"""Pages of long lists by cursor: as fast on the last page as on the first, and stable while rows arrive."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.settings import api_settings

MAX_PAGE_SIZE = 500


class DeskCursorPagination(CursorPagination):
    """`{next, previous, results}`; `?page_size=` up to `MAX_PAGE_SIZE`."""

    page_size_query_param = "page_size"
    max_page_size = MAX_PAGE_SIZE
    ordering: str | tuple[str, ...] = ("-id",)
    cursor_query_description = "Where the page begins: taken from `next` or `previous` of another page"
    page_size_query_description = f"Rows of a page, 1 to {MAX_PAGE_SIZE}"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        """One page; a cursor whose position fits no row of this list is the client's mistake."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (DjangoValidationError, DataError, ValueError, TypeError, OverflowError) as error:
            if self.cursor_query_param not in request.query_params:
                raise
            raise _not_ours() from error

    def get_page_size(self, request: Request) -> int:
        """The size asked for; a size that is none is refused."""
        text = request.query_params.get("page_size")
        if text is None:
            return int(api_settings.PAGE_SIZE or 100)
        if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MAX_PAGE_SIZE:
            raise ValidationError({"page_size": [f"must be a number from 1 to {MAX_PAGE_SIZE}"]})
        return int(text)

    def decode_cursor(self, request: Request) -> Any:
        """The cursor; one that was not made here is the client's mistake and not a missing page."""
        try:
            return super().decode_cursor(request)
        except (NotFound, ValueError) as error:
            raise _not_ours() from error

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        """The view's own order."""
        ordering: Sequence[str] = getattr(view, "cursor_ordering", None) or (
            (self.ordering,) if isinstance(self.ordering, str) else self.ordering
        )
        return tuple(ordering)


def _not_ours() -> ValidationError:
    return ValidationError({"cursor": ["is not a cursor of this list"]})
