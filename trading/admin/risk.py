"""Admin pages of the risk limits (a form) and of the verdicts (a log)."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.admin import AccountFilter, AccountScopedAdmin, signed_in
from accounts.domain.roles import Permission
from accounts.models import Account
from config.shared.admin import DayRangeFilter, DeskModelAdmin
from config.shared.errors import DeskError
from config.shared.figures import figure, number, pill
from config.shared.text import decimal_text
from trading.admin.story import pretty
from trading.admin.trade_log import link_to
from trading.models import LimitVersion, RiskDecision, RiskLimits
from trading.services.limits import ACCOUNT_FIELDS, LOOK_BACK, Scope, counterfactual, current, set_limits

_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9 ./-]{0,39}")
_SEPARATORS = re.compile(r"[,;\n\r\t]+")


class SymbolListField(forms.CharField):
    """A list of symbols, separated by commas or lines; upper-cased, sorted, each once."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        """How the list is shown."""
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        """The symbols; raises ValidationError naming those that cannot be any."""
        words = {word.strip().upper() for word in _SEPARATORS.split(super().clean(value) or "")} - {""}
        if bad := sorted(word for word in words if not _SYMBOL.fullmatch(word)):
            raise forms.ValidationError(f"These are no symbols: {', '.join(bad)}.")
        return sorted(words)


class RiskLimitsForm(forms.ModelForm):
    """Limits that make sense, or a message that says which does not."""

    allowed_symbols = SymbolListField(
        required=False, help_text="Separated by commas or lines. Empty: every symbol may be traded."
    )
    blocked_symbols = SymbolListField(required=False, help_text="These may not be traded, whatever is allowed.")

    reason = forms.CharField(max_length=500, widget=UnfoldAdminTextInputWidget(), help_text="Why, for the record.")
    confirmed = forms.BooleanField(
        required=False,
        label="Save although verdicts would have been others",
        help_text="Before saving, the requests of the last 90 days are judged again by the new limits.",
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput())

    class Meta:
        model = RiskLimits
        fields = (
            "account",
            "max_order_quantity",
            "max_order_notional",
            "max_position_quantity",
            "allowed_symbols",
            "blocked_symbols",
            "initial_margin_rate",
            "trading_halted",
            "halt_reason",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Figures without the zeros of their columns."""
        super().__init__(*args, **kwargs)
        for name, value in self.initial.items():
            if isinstance(value, Decimal):
                self.initial[name] = decimal_text(value)
        if self.instance.pk:
            self.initial["version"] = current(Scope(account=self.instance.account))[0]

    def clean_max_order_quantity(self) -> Any:
        """Above zero; to stop trading there is the halt."""
        return self._positive("max_order_quantity")

    def clean_max_order_notional(self) -> Any:
        """Above zero."""
        return self._positive("max_order_notional")

    def clean_max_position_quantity(self) -> Any:
        """Above zero."""
        return self._positive("max_position_quantity")

    def _positive(self, name: str) -> Any:
        value = self.cleaned_data[name]
        if value is not None and value <= 0:
            raise forms.ValidationError("Must be above zero, or empty for no limit. To stop trading, halt it below.")
        return value

    def clean_initial_margin_rate(self) -> Any:
        """A share; more than the whole value is possible for risky instruments."""
        value = self.cleaned_data["initial_margin_rate"]
        if not 0 < value <= 10:
            raise forms.ValidationError("Must be above 0 and at most 10; 0.5 means half of the order's value.")
        return value

    def clean(self) -> dict[str, Any]:
        """What no field can say alone."""
        data = super().clean() or self.cleaned_data
        both = set(data.get("allowed_symbols") or ()) & set(data.get("blocked_symbols") or ())
        if both:
            self.add_error("blocked_symbols", f"Both allowed and blocked: {', '.join(sorted(both))}.")
        if data.get("trading_halted") and not (data.get("halt_reason") or "").strip():
            self.add_error("halt_reason", "Say why trading is halted: traders are shown this.")
        if not self.errors:
            self._look_back(data)
        return data

    def changes(self) -> dict[str, Any]:
        """The limits that differ from what the person was shown."""
        names = ACCOUNT_FIELDS if self.instance._state.adding else self.changed_data
        return {name: self.cleaned_data[name] for name in names if name in ACCOUNT_FIELDS}

    def _look_back(self, data: dict[str, Any]) -> None:
        """Refuse what was changed meanwhile, and say first what the limits would have done."""
        account = self.instance.account if not self.instance._state.adding else data["account"]
        scope = Scope(account=account)
        if data.get("version") is not None and data["version"] != current(scope)[0]:
            raise forms.ValidationError("Somebody changed these limits meanwhile. Load the page again.")
        if data.get("confirmed"):
            return
        result = counterfactual(scope, self.changes())
        if result.blocked or result.let_through:
            raise forms.ValidationError(
                f"Of {result.examined} requests in the last {LOOK_BACK.days} days these limits would have blocked "
                f"{result.blocked} and let through {result.let_through} ({result.unknown} cannot be told). "
                f"{_examples(result.examples)} Tick the box below to save all the same."
            )


def _examples(examples: list[dict[str, Any]]) -> str:
    told = []
    for example in examples[:5]:
        asked = example["decision"].request
        order = f"{asked.get('side')} {asked.get('quantity')} {asked.get('symbol')}"
        why = f": {example['message'].rstrip('.')}" if example["message"] else ""
        told.append(f"{order} ({example['change'].replace('_', ' ')}{why})")
    return f"The newest: {'; '.join(told)}."


@admin.register(RiskLimits)
class RiskLimitsAdmin(DeskModelAdmin):
    """Limits of each account. They cannot be deleted: an account without a row would get the defaults."""

    form = RiskLimitsForm
    list_display = ("account", "halted", "order_quantity", "order_value", "position", "symbols", "updated_at")
    list_select_related = ("account",)
    ordering = ("account",)
    sortable_by = ()
    search_fields = ("account__code",)
    fieldsets = (
        (None, {"fields": ("account",)}),
        (
            "Size",
            {
                "fields": (
                    ("max_order_quantity", "max_order_notional"),
                    ("max_position_quantity", "initial_margin_rate"),
                )
            },
        ),
        ("Symbols", {"fields": ("allowed_symbols", "blocked_symbols")}),
        ("Halt", {"fields": ("trading_halted", "halt_reason")}),
        ("Record", {"fields": ("reason", "confirmed", "version")}),
    )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A new version, by the same service as over REST."""
        account, changes = obj.account, form.changes()
        scope = Scope(account=account)
        version = form.cleaned_data.get("version")
        try:
            set_limits(
                scope=scope,
                version=current(scope)[0] if version is None else version,
                changes=changes,
                by=signed_in(request),
                reason=form.cleaned_data["reason"],
            )
        except DeskError as error:
            self.message_user(request, f"Not saved: {error.message}", level=messages.ERROR)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The limits of the accounts this person may see."""
        rows: QuerySet[Any] = super().get_queryset(request)
        person = signed_in(request)
        return rows if person.is_superuser else rows.filter(account__in=Account.objects.visible_to(person))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Limits do not move from one account to another."""
        return ("account",) if obj else ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever may change limits somewhere; the form offers only those accounts."""
        return signed_in(request).may_somewhere(Permission.MANAGE_RISK)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Risk managers and administrators of the account."""
        person = signed_in(request)
        if isinstance(obj, RiskLimits):
            return person.may(Permission.MANAGE_RISK, obj.account_id)
        return person.may_somewhere(Permission.MANAGE_RISK)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only the accounts whose limits this person may set."""
        if db_field.name == "account":
            kwargs["queryset"] = Account.objects.open_to(signed_in(request), Permission.MANAGE_RISK)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: the defaults would take over silently."""
        return False

    @display(description="trading")
    def halted(self, row: RiskLimits) -> str:
        """Open or halted."""
        return pill("halted", "bad") if row.trading_halted else pill("open", "good")

    @display(description="order quantity")
    def order_quantity(self, row: RiskLimits) -> str:
        """Most units in one order."""
        return figure(number(row.max_order_quantity))

    @display(description="order value")
    def order_value(self, row: RiskLimits) -> str:
        """Most value in one order."""
        return figure(number(row.max_order_notional))

    @display(description="position")
    def position(self, row: RiskLimits) -> str:
        """Most units of one instrument, long or short."""
        return figure(number(row.max_position_quantity))

    @display(description="symbols")
    def symbols(self, row: RiskLimits) -> str:
        """What may be traded."""
        allowed = ", ".join(row.allowed_symbols[:5]) + (" …" if len(row.allowed_symbols) > 5 else "")
        blocked = f" except {', '.join(row.blocked_symbols[:5])}" if row.blocked_symbols else ""
        return f"{allowed or 'all'}{blocked}"


@admin.register(RiskDecision)
class RiskDecisionAdmin(AccountScopedAdmin):
    """Every verdict of the pre-trade checks, with the numbers that decided it."""

    list_display = ("decided_at", "verdict", "account", "symbol", "action", "code", "message", "user")
    list_select_related = ("account", "user")
    list_filter = (
        ("is_allowed", BooleanRadioFilter),
        ("account", AccountFilter),
        ("decided_at", DayRangeFilter),
    )
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        ("decided_at", "verdict", "action"),
        ("account", "user", "order_link"),
        ("code", "rule", "rules_version"),
        "message",
        "shown_request",
        "shown_surroundings",
        "shown_breaches",
        "request_id",
    )

    @display(description="verdict")
    def verdict(self, row: RiskDecision) -> str:
        """Allowed or denied."""
        return pill("allowed", "good") if row.is_allowed else pill("denied", "bad")

    @display(description="symbol")
    def symbol(self, row: RiskDecision) -> str:
        """What was to be traded."""
        return str(row.request.get("symbol", "–"))

    @display(description="order")
    def order_link(self, row: RiskDecision) -> str:
        """To the order that was to be changed."""
        return link_to(row.order)

    @display(description="request")
    def shown_request(self, row: RiskDecision) -> str:
        """JSON, escaped."""
        return format_html('<pre class="desk-json">{}</pre>', pretty(row.request))

    @display(description="surroundings")
    def shown_surroundings(self, row: RiskDecision) -> str:
        """JSON, escaped."""
        return format_html('<pre class="desk-json">{}</pre>', pretty(row.surroundings))

    @display(description="breaches")
    def shown_breaches(self, row: RiskDecision) -> str:
        """JSON, escaped."""
        return format_html('<pre class="desk-json">{}</pre>', pretty(row.breaches))


@admin.register(LimitVersion)
class LimitVersionAdmin(AccountScopedAdmin):
    """Every change of limits: who, when, why, from what to what."""

    list_display = ("changed_at", "account", "scope", "version", "changed_by", "reason")
    list_select_related = ("account", "user", "changed_by")
    list_filter = (("account", AccountFilter), ("changed_at", DayRangeFilter))
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        ("changed_at", "account", "scope", "version"),
        ("changed_by", "reason", "request_id"),
        "shown_before",
        "shown_after",
    )

    @display(description="orders of")
    def scope(self, row: LimitVersion) -> str:
        """Whose orders are limited."""
        return " by ".join(filter(None, (row.symbol, row.user.username if row.user else ""))) or "the account"

    @display(description="before")
    def shown_before(self, row: LimitVersion) -> str:
        """JSON, escaped."""
        return format_html('<pre class="desk-json">{}</pre>', pretty(row.before))

    @display(description="after")
    def shown_after(self, row: LimitVersion) -> str:
        """JSON, escaped."""
        return format_html('<pre class="desk-json">{}</pre>', pretty(row.after))
