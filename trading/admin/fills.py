"""Admin pages of the fills: every execution IB reported, with what it cost."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesRadioFilter
from unfold.decorators import display

from accounts.admin import AccountFilter, AccountScopedAdmin
from config.shared.admin import DayRangeFilter
from config.shared.figures import figure, money, number, pill, price, signed_money
from trading.admin import search
from trading.admin.story import pretty
from trading.admin.trade_log import link_to
from trading.admin.words import side_word
from trading.models import Fill


@admin.register(Fill)
class FillAdmin(AccountScopedAdmin):
    """Executions, newest first; corrections stand beside what they replace."""

    list_display = (
        "executed",
        "symbol",
        "shown_side",
        "shown_quantity",
        "shown_price",
        "shown_commission",
        "pnl",
        "account",
        "exchange",
        "counts",
        "exec_id",
        "order_link",
    )
    list_select_related = ("account", "order")
    list_filter = (
        ("side", ChoicesRadioFilter),
        ("account", AccountFilter),
        ("is_current", BooleanRadioFilter),
        ("executed_at", DayRangeFilter),
    )
    search_fields = ("exec_id",)
    search_help_text = search.HELP
    ordering = ("-executed_at", "-id")
    sortable_by = ("executed",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("executed_at", "executed_at_text", "recorded_at"),
                    ("symbol", "shown_side", "counts"),
                    ("shown_quantity", "shown_price", "exchange"),
                    ("shown_commission", "pnl", "is_liquidation", "is_summary"),
                    ("account", "instrument", "order_link"),
                )
            },
        ),
        ("Identifiers", {"fields": (("exec_id", "revision"), ("perm_id", "ib_order_id", "ib_client_id"))}),
        ("IB's own words", {"fields": ("ib_words",)}),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By execution id, symbol, or any id of the order, along indexes."""
        term = search_term.strip()
        if not term:
            return queryset, False
        by_exec_id = queryset.filter(exec_id__in=search.exec_ids(term))
        if by_exec_id.exists():
            return by_exec_id, False
        named = search.orders_named(term)
        matches = Q(order__in=named) if named else Q(symbol__in=search.symbol_words(term))
        if (perm_id := search.whole_number(term)) is not None:
            matches |= Q(perm_id=perm_id)
        return queryset.filter(matches), False

    @display(description="executed (UTC)", ordering="executed_at")
    def executed(self, fill: Fill) -> str:
        """IB's time."""
        return f"{fill.executed_at:%Y-%m-%d %H:%M:%S}"

    @display(description="side")
    def shown_side(self, fill: Fill) -> str:
        """In colour."""
        return side_word(fill.side)

    @display(description="quantity")
    def shown_quantity(self, fill: Fill) -> str:
        """Always positive."""
        return figure(number(fill.quantity))

    @display(description="price")
    def shown_price(self, fill: Fill) -> str:
        """Without commission."""
        return figure(price(fill.price))

    @display(description="commission")
    def shown_commission(self, fill: Fill) -> str:
        """A dash until IB reports it."""
        return figure(money(fill.commission, fill.commission_currency))

    @display(description="realized P&L")
    def pnl(self, fill: Fill) -> str:
        """As IB reports it with the commission."""
        return signed_money(fill.realized_pnl)

    @display(description="counts")
    def counts(self, fill: Fill) -> str:
        """Whether the ledger counts it, or a correction took its place."""
        return pill("counts", "good") if fill.is_current else pill("replaced", "warn")

    @display(description="order")
    def order_link(self, fill: Fill) -> str:
        """To the order's story."""
        return link_to(fill.order)

    @display(description="execution")
    def ib_words(self, fill: Fill) -> str:
        """The raw message, escaped."""
        if fill.ib_message is None:
            return "–"
        return format_html('<pre class="desk-json">{}</pre>', pretty(fill.ib_message.payload))
