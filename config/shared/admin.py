"""What the admin pages of all apps share: read-only tables, honest counting, filters."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RadioFilter, RangeDateFilter

from config.shared.figures import NOTHING

COUNT_CAP = 10_000


class CappedPaginator(Paginator):
    """Counts no further than `COUNT_CAP`: counting millions costs seconds, and nobody turns to page 5,000.

    Older rows are reached by filter and search; every page stays a short walk along an index.
    """

    @cached_property
    def count(self) -> int:
        """The number of rows, or the cap."""
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        return int(rows.order_by()[:COUNT_CAP].count())

    @property
    def is_capped(self) -> bool:
        """Whether there may be more rows than the pages show."""
        return self.count >= COUNT_CAP


class DeskModelAdmin(ModelAdmin):
    """The look of every list: dense, filtered from a side sheet, never counted to the end."""

    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200
    list_fullwidth = True
    list_filter_submit = True
    list_before_template = "desk/admin/list_note.html"
    empty_value_display = NOTHING


class ReadOnlyAdmin(DeskModelAdmin):
    """A table whose author is IB, or the log: nobody adds, changes or deletes a row here, not even a superuser."""

    actions = None

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False


class DayRangeFilter(RangeDateFilter):
    """From one day to another in UTC, the last day included (unfold's own leaves it out)."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        """The rows of those days; a date that is none is ignored."""
        first, last = (self._day(name) for name in ("from", "to"))
        if first:
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": first})
        if last:
            queryset = queryset.filter(**{f"{self.parameter_name}__lt": last + timedelta(days=1)})
        return queryset

    def _day(self, which: str) -> datetime | None:
        text = self.used_parameters.get(f"{self.parameter_name}_{which}") or ""
        try:
            return timezone.make_aware(datetime.strptime(text, "%Y-%m-%d"), timezone.get_default_timezone())  # noqa: DTZ007
        except (TypeError, ValueError):
            return None


class WordFilter(RadioFilter):
    """One value of a text column from a fixed list, so that the table is not searched for its distinct values."""

    field = ""
    words: Iterable[str] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The words, each as itself."""
        return [(word, word) for word in self.words]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows with the chosen word."""
        return queryset.filter(**{self.field: self.value()}) if self.value() else queryset


def back_to(request: HttpRequest, url: str) -> HttpResponse:
    """Go to `url` after an action; htmx wants a header where a browser wants a redirect."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)
