"""Admin pages of the reconciliation: runs, and the differences they found."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import (
    ChoicesCheckboxFilter,
    RadioFilter,
)
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.admin import AccountFilter, AccountScopedAdmin, signed_in
from accounts.models import Account
from config.shared.admin import DayRangeFilter, ReadOnlyAdmin, back_to
from config.shared.figures import pill
from config.shared.text import uuid_of
from trading.admin.story import pretty
from trading.models import Order, ReconciliationBreak, ReconciliationRun
from trading.models.reconciliation import RunStatus
from trading.services.reconciliation import reconcile

_TONES = {RunStatus.BALANCED: "good", RunStatus.BREAKS: "bad", RunStatus.FAILED: "alarm", RunStatus.RUNNING: "busy"}


def run_pill(run: ReconciliationRun) -> str:
    """How a run ended, in colour."""
    return pill(run.get_status_display(), _TONES[RunStatus(run.status)])


class BreakInline(TabularInline):
    """What the run saw."""

    model = ReconciliationBreak
    fk_name = "last_run"
    extra = 0
    fields = readonly_fields = ("kind", "account", "subject", "found_at", "resolved_at")
    can_delete = False
    show_change_link = True
    verbose_name_plural = "Breaks last seen by this run"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Of the accounts this person may see."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(account__in=Account.objects.visible_to(signed_in(request)))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


@admin.register(ReconciliationRun)
class ReconciliationRunAdmin(ReadOnlyAdmin):
    """Comparisons of ledger and broker, latest first."""

    list_display = (
        "started_at",
        "shown_status",
        "scope",
        "trigger",
        "orders_compared",
        "fills_compared",
        "positions_compared",
        "duration",
        "error",
    )
    list_select_related = ("account",)
    list_filter = (("status", ChoicesCheckboxFilter), ("started_at", DayRangeFilter))
    ordering = ("-id",)
    sortable_by = ()
    inlines = (BreakInline,)
    actions_list = ("run_now",)
    fields = (
        "shown_status",
        ("scope", "trigger"),
        ("started_at", "finished_at", "duration"),
        ("orders_compared", "fills_compared", "positions_compared"),
        "error",
        "correlation_id",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Runs over all accounts and runs over one that this person may see."""
        rows: QuerySet[Any] = super().get_queryset(request)
        mine = Account.objects.visible_to(signed_in(request))
        return rows.filter(Q(account=None) | Q(account__in=mine))

    def has_run_permission(self, request: HttpRequest, _object_id: Any = None) -> bool:
        """Whoever may do what concerns every account."""
        return signed_in(request).may_operate()

    @action(
        description="Run now",
        url_path="run-now",
        permissions=["run"],
        icon="play_arrow",
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": "Compare ledger and broker now?",
            "description": "Open orders, today's fills and positions of every account. Takes a few seconds.",
            "form_class": None,
            "form_submit_text": "Run now",
        },
    )
    def run_now(self, request: HttpRequest, _form: Any) -> HttpResponse:
        """Run, then show the run."""
        run = reconcile(trigger="admin")
        text = f"Run {run.pk}: {run.get_status_display()}. {run.error}".strip()
        messages.add_message(request, messages.SUCCESS if run.status == RunStatus.BALANCED else messages.ERROR, text)
        return back_to(request, reverse("admin:trading_reconciliationrun_change", args=[run.pk]))

    @display(description="result")
    def shown_status(self, run: ReconciliationRun) -> str:
        """In colour."""
        return run_pill(run)

    @display(description="accounts")
    def scope(self, run: ReconciliationRun) -> str:
        """One account, or all."""
        return run.account_id or "all"

    @display(description="took")
    def duration(self, run: ReconciliationRun) -> str:
        """In seconds."""
        if run.finished_at is None:
            return "–"
        return f"{(run.finished_at - run.started_at).total_seconds():.2f} s"


class StandingFilter(RadioFilter):
    """Open breaks, or those that have gone."""

    title = "state"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Open or resolved."""
        return [("open", "Open"), ("resolved", "Resolved")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """As chosen."""
        if self.value() not in ("open", "resolved"):
            return queryset
        return queryset.filter(resolved_at__isnull=self.value() == "open")


@admin.register(ReconciliationBreak)
class ReconciliationBreakAdmin(AccountScopedAdmin):
    """Differences between ledger and broker. A run closes those it no longer sees."""

    list_display = ("found_at", "standing", "kind", "account", "subject", "last_run", "resolved_at")
    list_display_links = ("found_at", "subject")
    list_select_related = ("account", "last_run")
    list_filter = (
        StandingFilter,
        ("kind", ChoicesCheckboxFilter),
        ("account", AccountFilter),
        ("found_at", DayRangeFilter),
    )
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        ("standing", "kind", "account"),
        "about",
        ("shown_ours", "shown_theirs"),
        ("found_at", "first_run", "last_run"),
        ("resolved_at", "resolution"),
    )

    @display(description="state")
    def standing(self, row: ReconciliationBreak) -> str:
        """Open or resolved."""
        return pill("open", "bad", marker="desk-row-unknown") if row.resolved_at is None else pill("resolved", "calm")

    @display(description="subject")
    def about(self, row: ReconciliationBreak) -> str:
        """What it is about; an order of ours is linked."""
        pk = uuid_of(row.subject)
        if pk is None or not Order.objects.filter(pk=pk).exists():
            return row.subject
        url = reverse("admin:trading_order_change", args=[pk])
        return format_html('<a class="desk-link" href="{}">{}</a>', url, row.subject)

    @display(description="ours")
    def shown_ours(self, row: ReconciliationBreak) -> str:
        """The ledger's side."""
        return _side(row.ours)

    @display(description="IB's")
    def shown_theirs(self, row: ReconciliationBreak) -> str:
        """The broker's side."""
        return _side(row.theirs)


def _side(evidence: Any) -> str:
    return "not there" if evidence is None else format_html('<pre class="desk-json">{}</pre>', pretty(evidence))
