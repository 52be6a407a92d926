"""What the apps' list views share."""

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from config.shared.fields import QuerySerializer, read_query


class DeskList(ListAPIView[Any]):
    """A cursor-paged list: `query` checks the parameters, `rows` finds, `row_json` spells each row."""

    query: type[QuerySerializer] = QuerySerializer
    cursor_ordering: tuple[str, ...] = ("-id",)
    filter_backends = ()

    def rows(self, asked: dict[str, Any]) -> Any:
        """The rows the user may see and asked for, as a queryset."""
        raise NotImplementedError

    def row_json(self, row: Any) -> dict[str, Any]:
        """One row as JSON."""
        raise NotImplementedError

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page."""
        rows = self.rows(read_query(self.query, request))
        try:
            page = self.paginate_queryset(rows)
        except (ValueError, TypeError, DjangoValidationError, DataError) as error:
            if "cursor" not in request.query_params:
                raise
            raise ValidationError({"cursor": ["is not a cursor of this list"]}) from error  # well-formed, but forged
        return self.get_paginated_response([self.row_json(row) for row in page or []])
