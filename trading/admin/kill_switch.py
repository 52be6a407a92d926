"""Admin pages of the kill switch: how it stands, with the buttons, and its history."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldBooleanWidget

from accounts.admin import signed_in
from config.shared.admin import DayRangeFilter, ReadOnlyAdmin, back_to
from config.shared.errors import DeskError
from config.shared.figures import pill
from trading.admin.story import pretty
from trading.models import KillSwitch, KillSwitchEvent
from trading.services.kill_switch import REASON_MAX, Mover, engage, may_engage, may_release, release
from trading.services.kill_switch_report import full_report


class ReleaseForm(BaseDialogForm):
    """Why."""

    reason = forms.CharField(max_length=REASON_MAX, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}))


class EngageForm(ReleaseForm):
    """Why, and what is to follow."""

    cancel_orders = forms.BooleanField(
        label="Cancel every working order", initial=True, required=False, widget=UnfoldBooleanWidget
    )
    flatten = forms.BooleanField(
        label="Close every position by market orders", required=False, widget=UnfoldBooleanWidget
    )


@admin.register(KillSwitch)
class KillSwitchAdmin(ReadOnlyAdmin):
    """The one row of the switch; moved by its buttons alone."""

    list_display = ("shown_state", "changed_by_name", "changed_at", "reason")
    fields = (
        ("shown_state", "cancel_orders", "flatten"),
        ("changed_by_name", "changed_at"),
        "reason",
        ("cancelled_at", "flat_at"),
        "shown_left",
    )
    actions_detail = ("engage", "release")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one row, made here when the switch was never used: go to it."""
        KillSwitch.objects.get_or_create(pk="main")
        return HttpResponseRedirect(_page())

    def has_engage_permission(self, request: HttpRequest, _object_id: Any = None) -> bool:
        """Traders and risk managers."""
        return may_engage(signed_in(request))

    def has_release_permission(self, request: HttpRequest, _object_id: Any = None) -> bool:
        """Risk managers of every account."""
        return may_release(signed_in(request))

    @action(
        description="Engage kill switch",
        url_path="engage",
        permissions=["engage"],
        icon="emergency_home",
        variant=ActionVariant.DANGER,
        dialog={
            "title": "Engage the kill switch of the whole desk?",
            "description": "No new order is sent from then on, in no account and for nobody, until it is released.",
            "form_class": EngageForm,
            "form_submit_text": "Engage",
        },
    )
    def engage(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """As asked for in the dialog."""
        asked = form.cleaned_data
        try:
            engage(
                mover=Mover.person(signed_in(request), "admin"),
                reason=asked["reason"],
                cancel_orders=asked["cancel_orders"],
                flatten=asked["flatten"],
            )
            messages.warning(request, "The kill switch is engaged.")
        except DeskError as error:
            messages.error(request, _words(error))
        return back_to(request, _page())

    @action(
        description="Release kill switch",
        url_path="release",
        permissions=["release"],
        icon="lock_open",
        variant=ActionVariant.WARNING,
        dialog={
            "title": "Release the kill switch?",
            "description": "Orders are taken again from then on. Nothing that was stopped comes back.",
            "form_class": ReleaseForm,
            "form_submit_text": "Release",
        },
    )
    def release(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Let orders through again."""
        try:
            release(mover=Mover.person(signed_in(request), "admin"), reason=form.cleaned_data["reason"])
            messages.success(request, "The kill switch is released.")
        except DeskError as error:
            messages.error(request, _words(error))
        return back_to(request, _page())

    @display(description="state")
    def shown_state(self, row: KillSwitch) -> str:
        """Engaged or released."""
        return pill("engaged", "alarm") if row.engaged else pill("released", "good")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> KillSwitch | None:
        """The row, with who looks at it."""
        row: KillSwitch | None = super().get_object(request, object_id, from_field)
        if row is not None:
            row.looking = signed_in(request)  # type: ignore[attr-defined]
        return row

    @display(description="left to do")
    def shown_left(self, row: KillSwitch) -> str:
        """Counts, of the accounts one may see."""
        report = full_report(row.looking)  # type: ignore[attr-defined]
        left = {name: report[name] for name in ("orders_left_count", "positions_left_count")}
        return format_html('<pre class="desk-json">{}</pre>', pretty(left))


@admin.register(KillSwitchEvent)
class KillSwitchEventAdmin(ReadOnlyAdmin):
    """Every move of the switch, latest first."""

    list_display = ("at", "action", "actor_name", "via", "cancel_orders", "flatten", "reason")
    list_filter = (("at", DayRangeFilter),)
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        ("at", "action", "engagement"),
        ("actor_name", "via"),
        ("cancel_orders", "flatten"),
        "reason",
        "request_id",
    )


def _page() -> str:
    return reverse("admin:trading_killswitch_change", args=["main"])


def _words(error: DeskError) -> str:
    details = "; ".join(str(text) for texts in error.details.values() for text in texts)
    return f"{error.message}. {details}".strip()
