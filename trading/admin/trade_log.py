"""Admin pages of the trade log: what happened to orders, and IB's own words. Append-only in the database."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesRadioFilter
from unfold.decorators import display

from accounts.admin import AccountScopedAdmin
from config.shared.admin import DayRangeFilter, WordFilter
from config.shared.figures import pill
from trading.admin import search
from trading.admin.story import pretty
from trading.admin.words import event_title, order_title, status_pill
from trading.domain.order_events import EVENT_TYPES
from trading.models import IbMessage, Order, OrderEvent


class EventTypeFilter(WordFilter):
    """By what happened."""

    title = "event"
    parameter_name = field = "type"
    words = tuple(event.type_name for event in EVENT_TYPES)


def link_to(order: Order | None) -> str:
    """To the order's story."""
    if order is None:
        return "–"
    url = reverse("admin:trading_order_change", args=[order.pk])
    return format_html('<a class="desk-link" href="{}" title="{}">{}</a>', url, order.pk, order_title(order))


@admin.register(OrderEvent)
class OrderEventAdmin(AccountScopedAdmin):
    """The log of all orders, latest entry first."""

    account_path = "order__account"
    list_display = ("happened", "event", "order_link", "move", "source", "anomaly", "actor")
    list_select_related = ("order", "actor")
    list_filter = (
        ("source", ChoicesRadioFilter),
        ("is_anomaly", BooleanRadioFilter),
        EventTypeFilter,
    )
    search_fields = ("order",)
    search_help_text = search.HELP
    ordering = ("-id",)
    sortable_by = ()
    fieldsets = (
        (
            None,
            {"fields": (("event", "order_link"), ("move", "source", "anomaly"), ("at", "recorded_at", "actor"))},
        ),
        ("Details", {"fields": ("shown_data", ("correlation_id", "request_id"))}),
        ("IB's own words", {"fields": ("ib_words",)}),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By symbol or any id of the order."""
        return search.search_orders(queryset, search_term, path="order__"), False

    @display(description="time (UTC)")
    def happened(self, event: OrderEvent) -> str:
        """With milliseconds."""
        return f"{event.at:%Y-%m-%d %H:%M:%S}.{event.at.microsecond // 1000:03d}"

    @display(description="event")
    def event(self, event: OrderEvent) -> str:
        """In words."""
        return event_title(event.type)

    @display(description="order")
    def order_link(self, event: OrderEvent) -> str:
        """To the order's story."""
        return link_to(event.order)

    @display(description="status")
    def move(self, event: OrderEvent) -> str:
        """Before and after."""
        if event.status_before == event.status_after:
            return status_pill(event.status_after)
        return format_html("{} → {}", status_pill(event.status_before), status_pill(event.status_after))

    @display(description="anomaly")
    def anomaly(self, event: OrderEvent) -> str:
        """Something the table of moves does not foresee."""
        return pill("anomaly", "bad") if event.is_anomaly else "–"

    @display(description="data")
    def shown_data(self, event: OrderEvent) -> str:
        """JSON, escaped."""
        return format_html('<pre class="desk-json">{}</pre>', pretty(event.data))

    @display(description="message")
    def ib_words(self, event: OrderEvent) -> str:
        """The raw message, escaped."""
        if event.ib_message is None:
            return "–"
        return format_html('<pre class="desk-json">{}</pre>', pretty(event.ib_message.payload))


@admin.register(IbMessage)
class IbMessageAdmin(AccountScopedAdmin):
    """What IB said, in the order it arrived."""

    account_path = "order__account"
    list_display = ("received", "kind", "source", "order_link", "beginning")
    list_select_related = ("order",)
    list_filter = (("received_at", DayRangeFilter),)
    search_fields = ("order",)
    search_help_text = search.HELP
    ordering = ("-id",)
    sortable_by = ()
    fields = (("kind", "source", "session"), ("received_at", "order_link"), "words")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By symbol or any id of the order."""
        return search.search_orders(queryset, search_term, path="order__"), False

    @display(description="received (UTC)")
    def received(self, message: IbMessage) -> str:
        """With milliseconds."""
        return f"{message.received_at:%Y-%m-%d %H:%M:%S}.{message.received_at.microsecond // 1000:03d}"

    @display(description="order")
    def order_link(self, message: IbMessage) -> str:
        """To the order's story."""
        return link_to(message.order)

    @display(description="message")
    def beginning(self, message: IbMessage) -> str:
        """Its first words."""
        text = pretty(message.payload).replace("\n", " ")
        return format_html('<code class="desk-cut">{}</code>', text[:120])

    @display(description="message")
    def words(self, message: IbMessage) -> str:
        """JSON, escaped."""
        return format_html('<pre class="desk-json">{}</pre>', pretty(message.payload))
