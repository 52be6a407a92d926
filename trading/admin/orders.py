"""Admin pages of the orders: the blotter, and the whole story of each."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from unfold.contrib.filters.admin import ChoicesCheckboxFilter, ChoicesRadioFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.admin import AccountFilter, AccountScopedAdmin, signed_in
from accounts.domain.roles import Permission
from config.shared.admin import DayRangeFilter, WordFilter, back_to
from config.shared.errors import DeskError
from config.shared.figures import average_price, figure, number, pill
from config.shared.text import uuid_of
from trading.admin import search
from trading.admin.story import fingerprint, story
from trading.admin.words import order_title, price_words, side_word, status_pill
from trading.domain.orders import OrderOrigin, OrderStatus, OrderType
from trading.models import Order
from trading.services.orders import request_cancel

_AT = {"MOC": "close", "MIDPRICE": "midpoint", "REL": "quote"}


class OrderTypeFilter(WordFilter):
    """By order type."""

    title = "type"
    parameter_name = field = "order_type"
    words = tuple(OrderType)


@admin.register(Order)
class OrderAdmin(AccountScopedAdmin):
    """Every order, newest first; nothing here can be edited, and cancelling goes through the service."""

    list_display = (
        "created",
        "shown_status",
        "symbol",
        "shown_side",
        "filled_of",
        "order_type",
        "shown_price",
        "average",
        "account",
        "shown_origin",
        "perm_id",
        "short_id",
    )
    list_display_links = ("created", "symbol")
    list_select_related = ("account",)
    list_filter = (
        ("status", ChoicesCheckboxFilter),
        ("side", ChoicesRadioFilter),
        ("account", AccountFilter),
        ("origin", ChoicesRadioFilter),
        OrderTypeFilter,
        ("created_at", DayRangeFilter),
    )
    search_fields = ("id",)
    search_help_text = search.HELP
    ordering = ("-created_at", "-id")
    sortable_by = ("created",)
    fields = ()
    actions_detail = ("request_cancel_action",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By symbol or any id, along indexes."""
        return search.search_orders(queryset, search_term), False

    def get_urls(self) -> list[Any]:
        """With the page's own refresher."""
        refresh = path(
            "<uuid:order_id>/story/", self.admin_site.admin_view(self.story_view), name="trading_order_story"
        )
        return [refresh, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The story of one order."""
        order = self._visible(request, object_id)
        context = {} if order is None else {**story(order), "title": order_title(order), "subtitle": None}
        context |= extra_context or {}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    def story_view(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """The changing part of the page; 204 while what the browser has (`seen`) is still right."""
        order = self._visible(request, str(order_id))
        if order is None or not self.has_view_permission(request, order):
            raise Http404
        if request.GET.get("seen") == fingerprint(order):
            return HttpResponse(status=204)
        return TemplateResponse(request, "admin/trading/order/story.html", {**story(order), "opts": self.opts})

    def _visible(self, request: HttpRequest, object_id: str) -> Order | None:
        pk = uuid_of(object_id)
        if pk is None:
            return None
        rows = self.get_queryset(request).select_related("account", "instrument", "created_by")
        return rows.filter(pk=pk).first()

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Cancel is offered for open orders of ours only."""
        order = self._visible(request, str(object_id))
        if order is None or OrderStatus(order.status).is_terminal or order.origin != OrderOrigin.DESK:
            return []
        actions: list[Any] = super().get_actions_detail(request, object_id)
        return actions

    def has_cancel_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may cancel in the order's account."""
        order = self._visible(request, str(object_id))
        return order is not None and signed_in(request).may(Permission.CANCEL, order.account)

    @action(
        description="Request cancel",
        url_path="cancel",
        permissions=["cancel"],
        icon="cancel",
        variant=ActionVariant.DANGER,
        dialog={
            "title": "Ask IB to cancel this order?",
            "description": "The order stays open until IB confirms; a fill can still cross the request.",
            "form_class": None,
            "form_submit_text": "Request cancel",
        },
    )
    def request_cancel_action(self, request: HttpRequest, _form: Any, object_id: str) -> HttpResponse:
        """Ask the gateway to cancel, and say what came of the request."""
        pk = uuid_of(object_id)
        if pk is None:
            raise Http404
        try:
            request_cancel(order_id=pk, user=signed_in(request))
        except DeskError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, "The cancel is on its way to IB.")
        return back_to(request, reverse("admin:trading_order_change", args=[pk]))

    @display(description="created (UTC)", ordering="created_at")
    def created(self, order: Order) -> str:
        """When the desk recorded it."""
        return f"{order.created_at:%Y-%m-%d %H:%M:%S}"

    @display(description="status")
    def shown_status(self, order: Order) -> str:
        """In colour; marks the row."""
        return status_pill(order.status, in_list=True)

    @display(description="side")
    def shown_side(self, order: Order) -> str:
        """In colour."""
        return side_word(order.side)

    @display(description="filled / quantity")
    def filled_of(self, order: Order) -> str:
        """How much is done."""
        return figure(f"{number(order.filled_quantity)} / {number(order.quantity)}")

    @display(description="price")
    def shown_price(self, order: Order) -> str:
        """Stop, then limit; an order without any takes the market's."""
        return figure(" → ".join(price_words(order)) or _AT.get(order.order_type, "market"))

    @display(description="average")
    def average(self, order: Order) -> str:
        """What was paid, without commission."""
        return figure(average_price(order.average_fill_price))

    @display(description="origin")
    def shown_origin(self, order: Order) -> str:
        """Orders from elsewhere stand out."""
        if order.origin == OrderOrigin.DESK:
            return str(order.origin)
        return pill(order.origin, "bad" if order.origin == OrderOrigin.LIQUIDATION else "warn")

    @display(description="perm id")
    def perm_id(self, order: Order) -> str:
        """IB's number for it."""
        return "–" if order.ib_perm_id is None else str(order.ib_perm_id)

    @display(description="order id")
    def short_id(self, order: Order) -> str:
        """The beginning of our id; the whole one on hover."""
        return format_html('<code title="{}">{}</code>', order.pk, str(order.pk)[:8])
