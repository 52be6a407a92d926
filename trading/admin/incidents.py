"""Admin pages of the incidents: what waits for a person, and the choices as actions."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.contrib.filters.admin import ChoicesCheckboxFilter, RadioFilter, RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.admin import signed_in
from accounts.models import Account
from config.shared.admin import DayRangeFilter, ReadOnlyAdmin, back_to
from config.shared.errors import DeskError
from trading.admin.incident_page import page, state_pill
from trading.admin.trade_log import link_to
from trading.domain.incidents import HINT_OF, LABEL_OF, Choice
from trading.models import Incident
from trading.services.incident_choices import REASON_MAX, REASON_MIN, may_resolve, resolve_incident


class ReasonForm(BaseDialogForm):
    """Why: it takes the place of IB's evidence."""

    reason = forms.CharField(
        label="How do you know?",
        min_length=REASON_MIN,
        max_length=REASON_MAX,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class OpenFilter(RadioFilter):
    """Open incidents, or those that are over."""

    title = "state"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Open or over."""
        return [("open", "Open"), ("over", "Over")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """As chosen."""
        if self.value() not in ("open", "over"):
            return queryset
        return queryset.filter(resolved_at__isnull=self.value() == "open")


_ICONS = {
    Choice.ASK_IB: "sync",
    Choice.SEND_CANCEL: "cancel",
    Choice.KEEP_WAITING: "hourglass_top",
    Choice.NEVER_REACHED: "link_off",
    Choice.WAS_CANCELLED: "block",
    Choice.ACCEPT_IB: "sync_saved_locally",
    Choice.DEALT_WITH: "task_alt",
}


def _action_for(choice: Choice) -> Callable[..., HttpResponse]:
    """The button of one choice; its dialog says what it does and asks why where that is due."""

    def act(self: "IncidentAdmin", request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self.take(request, object_id, choice, form.cleaned_data.get("reason", ""))

    act.__name__ = f"choice_{choice.value}"
    decorated: Callable[..., HttpResponse] = action(
        description=LABEL_OF[choice],
        url_path=choice.value.replace("_", "-"),
        permissions=["resolve"],
        icon=_ICONS[choice],
        variant=ActionVariant.DANGER if choice.needs_reason else ActionVariant.DEFAULT,
        dialog={
            "title": f"{LABEL_OF[choice]}?",
            "description": HINT_OF[choice],
            "form_class": ReasonForm if choice.needs_reason else None,
            "form_submit_text": LABEL_OF[choice],
        },
    )(act)
    return decorated


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    """What the desk could not settle, latest first; the choices go through the service."""

    list_display = ("opened_at", "standing", "shown_kind", "account", "order_link", "last_seen_at", "resolved_by")
    list_display_links = ("opened_at", "shown_kind")
    list_select_related = ("account", "order", "resolved_by")
    list_filter = (
        OpenFilter,
        ("kind", ChoicesCheckboxFilter),
        ("account", RelatedDropdownFilter),
        ("opened_at", DayRangeFilter),
    )
    ordering = ("-id",)
    sortable_by = ()
    fields = ()
    actions_detail = tuple(f"choice_{choice.value}" for choice in Choice)

    choice_ask_ib = _action_for(Choice.ASK_IB)
    choice_send_cancel = _action_for(Choice.SEND_CANCEL)
    choice_keep_waiting = _action_for(Choice.KEEP_WAITING)
    choice_never_reached = _action_for(Choice.NEVER_REACHED)
    choice_was_cancelled = _action_for(Choice.WAS_CANCELLED)
    choice_accept_ib = _action_for(Choice.ACCEPT_IB)
    choice_dealt_with = _action_for(Choice.DEALT_WITH)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Of the accounts this person may see, and of no account."""
        rows: QuerySet[Any] = super().get_queryset(request)
        person = signed_in(request)
        if person.is_superuser:
            return rows
        return rows.filter(Q(account=None) | Q(account__in=Account.objects.visible_to(person)))

    def _visible(self, request: HttpRequest, object_id: Any) -> Incident | None:
        if not str(object_id).isdecimal():
            return None
        rows = self.get_queryset(request).select_related("account", "order", "acknowledged_by", "resolved_by")
        return rows.filter(pk=object_id).first()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The evidence and the history."""
        incident = self._visible(request, object_id)
        context = {} if incident is None else {**page(incident), "title": incident.title, "subtitle": None}
        answer: HttpResponse = super().change_view(request, object_id, form_url, context | (extra_context or {}))
        return answer

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """The choices that make sense now, for who may choose."""
        incident = self._visible(request, object_id)
        if incident is None or not may_resolve(signed_in(request), incident):
            return []
        now = {f"trading_incident_choice_{choice.value}" for choice in incident.choices_now}
        return [offered for offered in super().get_actions_detail(request, object_id) if offered.action_name in now]

    def has_resolve_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever manages the risk of the account."""
        incident = self._visible(request, object_id)
        return incident is not None and may_resolve(signed_in(request), incident)

    def take(self, request: HttpRequest, object_id: str, choice: Choice, reason: str) -> HttpResponse:
        """Carry a choice out, and say what came of it."""
        try:
            resolve_incident(incident_id=int(object_id), user=signed_in(request), choice=choice, reason=reason)
        except DeskError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, f"{LABEL_OF[choice]}: done, and kept in the history below.")
        return back_to(request, reverse("admin:trading_incident_change", args=[object_id]))

    @display(description="state")
    def standing(self, incident: Incident) -> str:
        """In colour."""
        return state_pill(incident, in_list=True)

    @display(description="what")
    def shown_kind(self, incident: Incident) -> str:
        """In words."""
        return incident.title

    @display(description="order")
    def order_link(self, incident: Incident) -> str:
        """To the order's story."""
        return link_to(incident.order)
