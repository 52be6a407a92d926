"""The admin site of the desk: only the desk's own tables, its sidebar, its first page."""

from collections.abc import Iterable
from typing import Any, cast

from csp.constants import UNSAFE_EVAL
from csp.decorators import csp_update
from django.apps import apps
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from unfold.sites import UnfoldAdminSite

from config.shared.throttling import LoginThrottle

OUR_APPS = frozenset({"market_data", "accounts", "trading"})
_OURS_TOO = frozenset({"auth.group"})
RECENT_EVENTS = 10_000

# unfold's Alpine evaluates expressions written in attributes; the rest of the desk stays without eval
_policy: Any = csp_update({"script-src": [UNSAFE_EVAL]})


class DeskAdminSite(UnfoldAdminSite):
    """unfold's site without the tables of the frameworks, under its own content security policy."""

    index_title = "Today"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take the desk's tables and leave those that the frameworks bring."""
        models = model_or_iterable if isinstance(model_or_iterable, Iterable) else [model_or_iterable]
        ours = [m for m in models if m._meta.app_label in OUR_APPS or m._meta.label_lower in _OURS_TOO]
        ours = [m for m in ours if not (m._meta.label_lower in _OURS_TOO and self.is_registered(m))]
        if ours:
            super().register(ours, admin_class, **options)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Every page under the admin's policy."""
        return _policy(super().admin_view(view, cacheable))

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff, with the second factor their role needs."""
        from accounts.access.second_factor import is_due

        return super().has_permission(request) and not is_due(cast(Any, request.user))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The sign-in page too; attempts are counted by address, as those over the API are."""
        if request.method == "GET" and super().has_permission(request) and not self.has_permission(request):
            return HttpResponseRedirect("/settings")  # where the missing second factor is set up
        throttle = LoginThrottle()
        if not throttle.allow_request(request, None):
            wait = max(1, round(throttle.wait() or 1))
            text = f"Too many attempts; try again in {wait} s"
            return HttpResponse(text, status=429, content_type="text/plain", headers={"Retry-After": str(wait)})
        page: HttpResponse = _policy(super().login)(request, extra_context)
        return page


def stylesheet(_request: HttpRequest) -> str:
    """Where the desk's own style is, under its hashed name."""
    return static("desk/admin.css")


def favicon(_request: HttpRequest) -> str:
    """Where the icon of the browser's tab is."""
    return static("desk/favicon.svg")


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar: what a person may not see is left out by unfold."""
    from accounts.models import Account
    from trading.models import Incident, Order, ReconciliationBreak

    person: Any = request.user
    mine = Account.objects.visible_to(person)
    unknown = Order.objects.visible_to(person).filter(status="unknown").count()
    breaks = ReconciliationBreak.objects.filter(resolved_at=None, account__in=mine).count()
    incidents = Incident.objects.open().filter(Q(account=None) | Q(account__in=mine)).count()
    return [
        {
            "title": "",
            "items": [
                {"title": "Today", "icon": "dashboard", "link": reverse("admin:index")},
            ],
        },
        {
            "title": "Trading",
            "separator": True,
            "items": [
                _item(request, "trading.order", "Orders", "receipt_long", badge=unknown),
                _item(request, "trading.incident", "Incidents", "emergency_home", badge=incidents),
                _item(request, "trading.fill", "Fills", "task_alt"),
                _item(request, "trading.orderevent", "Trade log", "history"),
                _item(request, "trading.riskdecision", "Risk decisions", "gavel"),
                _item(request, "trading.risklimits", "Risk limits", "shield"),
                _item(request, "trading.limitversion", "Limit changes", "manage_history"),
            ],
        },
        {
            "title": "Accounts",
            "separator": True,
            "items": [
                _item(request, "accounts.account", "Accounts", "account_balance"),
                _item(request, "accounts.position", "Positions", "stacked_bar_chart"),
                _item(request, "accounts.accountvalue", "Account values", "payments"),
                _item(request, "accounts.equitysnapshot", "Equity history", "show_chart"),
            ],
        },
        {
            "title": "Market data",
            "separator": True,
            "items": [_item(request, "market_data.instrument", "Instruments", "candlestick_chart")],
        },
        {
            "title": "Reconciliation",
            "separator": True,
            "items": [
                _item(request, "trading.reconciliationrun", "Runs", "compare_arrows"),
                _item(request, "trading.reconciliationbreak", "Breaks", "report", badge=breaks),
            ],
        },
        {
            "title": "Gateway",
            "separator": True,
            "items": [
                _item(request, "trading.gatewaystate", "Connection to IB", "lan"),
                _item(request, "trading.killswitch", "Kill switch", "emergency_home"),
                _item(request, "trading.killswitchevent", "Kill switch history", "history"),
                _item(request, "trading.gatewaycommand", "Commands", "terminal"),
                _item(request, "trading.ibmessage", "IB messages", "forum"),
            ],
        },
        {
            "title": "Administration",
            "separator": True,
            "items": [
                _item(request, "accounts.user", "Users", "person"),
                _item(request, "accounts.accountgrant", "Roles", "badge"),
                _item(request, "accounts.grantchange", "Changes of roles", "history_edu"),
                _item(request, "accounts.apikey", "API keys", "key"),
                _item(request, "accounts.signin", "Sign-ins", "login"),
                _item(request, "auth.group", "Groups", "group"),
            ],
        },
    ]


def _item(request: HttpRequest, label: str, title: str, icon: str, *, badge: int = 0) -> dict[str, Any]:
    model = apps.get_model(label)
    name = f"{model._meta.app_label}_{model._meta.model_name}"
    link = reverse(f"admin:{name}_changelist")
    item: dict[str, Any] = {
        "title": title,
        "icon": icon,
        "link": link,
        # unfold takes every page whose address contains the link for active: /order/ is in none of the others
        "active": request.path.startswith(link),
        "permission": lambda asking: asking.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"),
    }
    if badge:
        item |= {"badge": str(badge), "badge_variant": "danger", "badge_style": "solid"}
    return item


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The figures of the first page, of the accounts this person may see."""
    from accounts.models import Account
    from trading.admin.gateway import gateway_pill
    from trading.admin.reconciliation import run_pill
    from trading.admin.story import fill_row, order_row
    from trading.models import Fill, GatewayState, Incident, Order, OrderEvent, ReconciliationBreak, ReconciliationRun

    user: Any = request.user
    accounts = Account.objects.visible_to(user)
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    orders = Order.objects.visible_to(user)
    fills = Fill.objects.visible_to(user).current().filter(executed_at__gte=midnight)
    counts = orders.open().aggregate(open=Count("id"), unknown=Count("id", filter=Q(status="unknown")))
    last_run = ReconciliationRun.objects.exclude(status="running").first()
    state = GatewayState.objects.filter(pk="main").first()
    last_event = OrderEvent.objects.aggregate(last=Max("id"))["last"] or 0
    anomalies = OrderEvent.objects.filter(
        pk__gt=last_event - RECENT_EVENTS, is_anomaly=True, order__account__in=accounts
    )
    return {
        **context,
        "gateway": state,
        "gateway_pill": gateway_pill(state),
        "open_orders": counts["open"],
        "unknown_orders": counts["unknown"],
        "incidents": Incident.objects.visible_to(user).open().count(),
        "orders_today": orders.filter(created_at__gte=midnight).count(),
        "fills_today": fills.count(),
        "breaks": ReconciliationBreak.objects.filter(resolved_at=None, account__in=accounts).count(),
        "last_run": last_run,
        "run_pill": run_pill(last_run) if last_run else None,
        "anomalies": anomalies.count(),
        "recent_events": RECENT_EVENTS,
        "latest_orders": [order_row(order) for order in orders[:10]],
        "latest_fills": [fill_row(fill) for fill in fills[:10]],
    }
