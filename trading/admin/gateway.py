"""Admin pages of the gateway: how the connection to IB stands, and the commands sent through it."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.contrib.filters.admin import ChoicesCheckboxFilter, ChoicesRadioFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.admin import AccountScopedAdmin, signed_in
from config.shared.admin import DayRangeFilter, ReadOnlyAdmin, back_to
from config.shared.figures import pill
from trading.admin import search
from trading.admin.story import pretty
from trading.admin.trade_log import link_to
from trading.models import GatewayCommand, GatewayState
from trading.models.gateway import CommandStatus, GatewayStatus
from trading.selectors import gateways_standing_by
from trading.services.orders import request_reconnect

_TONES = {
    GatewayStatus.READY: "good",
    GatewayStatus.DISCONNECTED: "bad",
    GatewayStatus.WAITING_FOR_LOGIN: "alarm",
    GatewayStatus.DEGRADED: "warn",
}
_COMMAND_TONES = {
    CommandStatus.DONE: "good",
    CommandStatus.FAILED: "bad",
    CommandStatus.EXPIRED: "warn",
    CommandStatus.UNKNOWN: "alarm",
}


def gateway_pill(state: GatewayState | None) -> str:
    """The connection as one may believe it: a process that has gone silent is disconnected."""
    status = (state or GatewayState()).believed().state
    return pill(status.label, _TONES.get(status, "busy"))


@admin.register(GatewayState)
class GatewayStateAdmin(ReadOnlyAdmin):
    """The one row in which the gateway process says how it is."""

    list_display = ("name", "shown_state", "reason", "since", "heartbeat_at")
    actions_detail = ("reconnect",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("shown_state", "since", "heartbeat_at"),
                    "shown_reason",
                    "shown_clock",
                    ("connected_at", "synced_at", "lag_seconds"),
                    ("shown_next_restart", "shown_farms", "shown_standbys"),
                )
            },
        ),
        (
            "Connection",
            {
                "fields": (
                    ("host", "port", "client_id"),
                    ("library", "server_version", "session"),
                    ("shown_accounts", "highest_order_id", "pid"),
                )
            },
        ),
        ("Trouble", {"fields": (("reconnects", "last_error_code"), "last_error")}),
    )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one row: go to it."""
        if GatewayState.objects.filter(pk="main").exists():
            return HttpResponseRedirect(reverse("admin:trading_gatewaystate_change", args=["main"]))
        page: HttpResponse = super().changelist_view(request, extra_context)
        return page

    def has_reconnect_permission(self, request: HttpRequest, _object_id: Any = None) -> bool:
        """Whoever may do what concerns every account."""
        return signed_in(request).may_operate()

    @action(
        description="Reconnect",
        url_path="reconnect",
        permissions=["reconnect"],
        icon="sync",
        variant=ActionVariant.WARNING,
        dialog={
            "title": "Drop the connection to IB and build it anew?",
            "description": "No order can be sent until everything is in sync again, usually within seconds.",
            "form_class": None,
            "form_submit_text": "Reconnect",
        },
    )
    def reconnect(self, request: HttpRequest, _form: Any, object_id: str) -> HttpResponse:
        """Ask the gateway process to reconnect."""
        request_reconnect()
        state = GatewayState.objects.filter(pk=object_id).first()
        if state is None or not state.is_alive:
            messages.warning(request, "The gateway process is not running; nobody is there to reconnect.")
        else:
            messages.success(request, "The gateway has been asked to reconnect.")
        return back_to(request, reverse("admin:trading_gatewaystate_change", args=[object_id]))

    @display(description="state")
    def shown_state(self, state: GatewayState) -> str:
        """As one may believe it."""
        return gateway_pill(state)

    @display(description="reason")
    def shown_reason(self, state: GatewayState) -> str:
        """Why it is so."""
        return state.believed().reason or "–"

    @display(description="next planned interruption")
    def shown_next_restart(self, _state: GatewayState) -> str:
        """From the settings."""
        ahead = settings.IB_PLAN.next(timezone.now())
        return f"{ahead.starts_at:%Y-%m-%d %H:%M} UTC, {ahead.name}" if ahead else "none is configured"

    @display(description="clocks")
    def shown_clock(self, state: GatewayState) -> str:
        """What the gateway says of clocks that were stepped or differ; a dead one's word is old."""
        if not state.is_alive or not state.clock_note:
            return "agree" if state.is_alive else "–"
        return f"{state.clock_note}, since {state.clock_since:%H:%M:%S} UTC" if state.clock_since else state.clock_note

    @display(description="data farms down")
    def shown_farms(self, state: GatewayState) -> str:
        """As IB names them, with since when."""
        return ", ".join(f"{row['farm']} ({row['kind']}) since {row['since']}" for row in state.farms_down) or "none"

    @display(description="standing by")
    def shown_standbys(self, _state: GatewayState) -> str:
        """Processes that would take over."""
        rows = gateways_standing_by()
        return ", ".join(f"{row.host}, process {row.pid}, since {row.since:%H:%M:%S} UTC" for row in rows) or "nobody"

    @display(description="accounts")
    def shown_accounts(self, state: GatewayState) -> str:
        """The accounts IB's login manages."""
        return ", ".join(state.accounts) or "–"


@admin.register(GatewayCommand)
class GatewayCommandAdmin(AccountScopedAdmin):
    """Instructions to the gateway, latest first."""

    account_path = "order__account"
    list_display = ("created_at", "kind", "shown_status", "order_link", "sent_at", "finished_at", "error")
    list_select_related = ("order",)
    list_filter = (
        ("status", ChoicesCheckboxFilter),
        ("kind", ChoicesRadioFilter),
        ("created_at", DayRangeFilter),
    )
    search_fields = ("order",)
    search_help_text = search.HELP
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        ("kind", "shown_status", "order_link"),
        ("created_at", "deadline_at"),
        ("sent_at", "finished_at", "ib_order_id"),
        "error",
        "shown_payload",
        ("correlation_id", "request_id"),
    )

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By symbol or any id of the order."""
        return search.search_orders(queryset, search_term, path="order__"), False

    @display(description="status")
    def shown_status(self, command: GatewayCommand) -> str:
        """In colour."""
        return pill(command.get_status_display(), _COMMAND_TONES.get(CommandStatus(command.status), "busy"))

    @display(description="order")
    def order_link(self, command: GatewayCommand) -> str:
        """To the order's story."""
        return link_to(command.order)

    @display(description="payload")
    def shown_payload(self, command: GatewayCommand) -> str:
        """JSON, escaped."""
        return format_html('<pre class="desk-json">{}</pre>', pretty(command.payload))
