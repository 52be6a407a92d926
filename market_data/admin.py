"""Admin pages of the instruments IB has described."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from config.shared.admin import ReadOnlyAdmin
from config.shared.figures import number
from market_data.models import Instrument

MAX_CON_ID = 2**63 - 1


@admin.register(Instrument)
class InstrumentAdmin(ReadOnlyAdmin):
    """What can be traded; IB is the author."""

    list_display = ("symbol", "long_name", "sec_type", "primary_exchange", "currency", "tick", "con_id", "details_at")
    list_filter = ("sec_type", "currency")
    search_fields = ("symbol",)
    search_help_text = "Symbol, name or contract id"
    ordering = ("symbol", "con_id")
    sortable_by = ("symbol", "con_id")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("symbol", "long_name", "con_id"),
                    ("sec_type", "exchange", "primary_exchange"),
                    ("currency", "tick", "size"),
                    ("local_symbol", "trading_class", "time_zone"),
                )
            },
        ),
        ("Hours", {"fields": ("regular_sessions", "all_sessions")}),
        ("As IB says", {"fields": ("valid_exchanges", "order_types", "market_rule_ids", "details_at")}),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By beginning of the symbol, part of the name, or the whole contract id."""
        term = search_term.strip()
        if not term:
            return queryset, False
        matches = Q(symbol__istartswith=term) | Q(long_name__icontains=term)
        if term.isascii() and term.isdigit() and int(term) <= MAX_CON_ID:
            matches |= Q(con_id=int(term))
        return queryset.filter(matches), False

    @display(description="tick size")
    def tick(self, row: Instrument) -> str:
        """The smallest step of a price."""
        return number(row.min_tick)

    @display(description="multiplier")
    def size(self, row: Instrument) -> str:
        """Units of the underlying a contract stands for."""
        return number(row.multiplier)

    @display(description="regular hours")
    def regular_sessions(self, row: Instrument) -> str:
        """One session a line, in the instrument's time zone."""
        return row.liquid_hours.replace(";", "\n")

    @display(description="trading hours")
    def all_sessions(self, row: Instrument) -> str:
        """One session a line, in the instrument's time zone."""
        return row.trading_hours.replace(";", "\n")
