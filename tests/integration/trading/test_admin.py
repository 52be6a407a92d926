"""The admin's pages over real rows: they render, find, escape, and change nothing that IB or the log wrote."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountGrant, User
from config.shared import admin as shared_admin
from tests.factories import (
    PASSWORD,
    AccountGrantFactory,
    AccountPnlFactory,
    AccountValueFactory,
    ApiKeyFactory,
    AppleFactory,
    EquitySnapshotFactory,
    FillFactory,
    GatewayCommandFactory,
    GatewayStateFactory,
    GrantChangeFactory,
    GroupFactory,
    IbMessageFactory,
    IncidentFactory,
    InstrumentFactory,
    KillSwitchEventFactory,
    KillSwitchFactory,
    LimitVersionFactory,
    OrderEventFactory,
    OrderFactory,
    PositionAdjustmentFactory,
    PositionFactory,
    ReconciliationBreakFactory,
    RiskDecisionFactory,
    RiskLimitsFactory,
    SignInFactory,
    StaffFactory,
    person_with,
    trader_of,
)
from trading.admin.story import pretty
from trading.models import (
    Fill,
    GatewayCommand,
    Incident,
    KillSwitch,
    LimitVersion,
    Order,
    OrderEvent,
    ReconciliationRun,
    RiskLimits,
    StreamEvent,
)

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"
EDITABLE = {"accounts.user", "accounts.accountgrant", "auth.group", "trading.risklimits"}


def page_of(model: type[models.Model], page: str, *args: Any) -> str:
    """The address of an admin page."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def registered() -> list[type[models.Model]]:
    return sorted(admin.site._registry, key=lambda model: model._meta.label)


def read_only() -> list[type[models.Model]]:
    return [model for model in registered() if model._meta.label_lower not in EDITABLE]


@pytest.fixture(autouse=True)
def unhashed_static_files(settings: Any) -> None:
    """Pages link to files under their plain names: nobody ran collectstatic for the tests."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(StaffFactory())
    return client


@pytest.fixture
def history() -> Order:
    """One filled order with everything that belongs to it, and a row in every other table."""
    instrument = AppleFactory()
    order = OrderFactory(instrument=instrument, status="filled", filled_quantity=D(100), ib_perm_id=1_812_345_678)
    message = IbMessageFactory(order=order, payload={"status": "Filled", "whyHeld": SCRIPT})
    OrderEventFactory(order=order, ib_message=message, data={"reason": SCRIPT}, is_anomaly=True)
    FillFactory(order=order, exec_id="0000beef.65a1b2c3.77.01", ib_message=message, realized_pnl=D("-3.21"))
    decision = RiskDecisionFactory(account=order.account, is_allowed=True, code="", message="", rule="")
    GatewayCommandFactory(order=order, payload={"risk_decision": decision.pk})
    RiskDecisionFactory(account=order.account, message=SCRIPT)
    RiskLimitsFactory(account=order.account)
    LimitVersionFactory(account=order.account, symbol="AAPL", reason=SCRIPT)
    PositionFactory(account=order.account, instrument=instrument)
    PositionAdjustmentFactory(account=order.account, instrument=instrument, reason=SCRIPT)
    AccountValueFactory(account=order.account, tag="NetLiquidation")
    AccountPnlFactory(account=order.account)
    EquitySnapshotFactory(account=order.account)
    AccountGrantFactory(account=order.account)
    GrantChangeFactory(account=order.account.code)
    ApiKeyFactory()
    SignInFactory()
    ReconciliationBreakFactory(account=order.account, subject=str(order.pk))
    IncidentFactory(order=order, kind="fill_over_quantity")
    GatewayStateFactory()
    KillSwitchFactory()
    KillSwitchEventFactory(reason=SCRIPT)
    GroupFactory()
    return order


def text(client: Client, url: str, **query: Any) -> str:
    answer = client.get(url, query)
    assert answer.status_code == 200, f"{url}: {answer.status_code}"
    return str(answer.content.decode())


def test_every_list_and_every_page_renders(operator: Client, history: Order) -> None:
    for model in registered():
        listed = operator.get(page_of(model, "changelist"), follow=True)
        assert listed.status_code == 200, model
        row = model._default_manager.first()
        assert row is not None, f"the fixture has no {model.__name__}"
        assert operator.get(page_of(model, "change", row.pk)).status_code == 200, model


def test_only_the_desk_s_own_tables_are_there() -> None:
    labels = {model._meta.app_label for model in registered()}
    assert labels == {"trading", "accounts", "market_data", "auth"}
    assert Permission not in admin.site._registry


def test_nothing_that_ib_or_the_log_wrote_can_be_changed(operator: Client, history: Order) -> None:
    for model in read_only():
        row = model._default_manager.first()
        assert row is not None
        before = model._default_manager.filter(pk=row.pk).values().get()
        assert operator.get(page_of(model, "add")).status_code == 403, model
        assert operator.post(page_of(model, "add"), {"symbol": "X"}).status_code == 403, model
        assert operator.post(page_of(model, "change", row.pk), {"symbol": "X"}).status_code == 403, model
        assert operator.post(page_of(model, "delete", row.pk), {"post": "yes"}).status_code == 403, model
        selected = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        operator.post(page_of(model, "changelist"), selected)
        assert model._default_manager.filter(pk=row.pk).values().get() == before, model


def test_read_only_covers_the_tables_that_must_be() -> None:
    names = {model._meta.label_lower for model in read_only()}
    assert names >= {
        "trading.order",
        "trading.orderevent",
        "trading.fill",
        "trading.ibmessage",
        "trading.gatewaystate",
        "trading.incident",
        "trading.gatewaycommand",
        "trading.riskdecision",
        "trading.reconciliationrun",
        "trading.reconciliationbreak",
        "accounts.account",
        "accounts.accountvalue",
        "accounts.position",
        "accounts.equitysnapshot",
        "market_data.instrument",
    }


def test_an_order_s_page_tells_its_whole_story(operator: Client, history: Order) -> None:
    page = text(operator, page_of(Order, "change", history.pk))
    fill = history.fills.get()
    for told in (
        str(history.pk),
        "1812345678",
        str(history.ib_order_id),
        history.correlation_id,
        "Order submitted",
        "Order accepted",
        "anomaly",
        fill.exec_id,
        "189.99",
        "1.00 USD",
        "-3.21",
        "place order",
        "answered by IB",
        "allowed",
        "whyHeld",
    ):
        assert told in page, told


def test_raw_words_are_json_with_the_wire_on_one_line() -> None:
    payload = {"wire": ["3", "1", ""], "status": "Filled", "legs": [{"ratio": 1}], "nothing": {}, "grün": None}
    written = pretty(payload)
    assert json.loads(written) == payload
    assert '  "wire": ["3", "1", ""]' in written
    assert written.index("status") < written.index("wire")
    assert pretty([]) == "[]"


def test_a_script_in_any_text_stays_text(operator: Client, history: Order) -> None:
    evil = OrderFactory(
        instrument=InstrumentFactory(symbol=SCRIPT[:40], long_name=SCRIPT), reject_reason=SCRIPT, status="rejected"
    )
    pages = [
        page_of(Order, "change", history.pk),
        page_of(Order, "change", evil.pk),
        page_of(Order, "changelist"),
        page_of(OrderEvent, "changelist"),
        page_of(OrderEvent, "change", history.events.get(is_anomaly=True).pk),
        page_of(Fill, "change", history.fills.get().pk),
        reverse("admin:trading_riskdecision_changelist"),
        reverse("admin:market_data_instrument_changelist"),
        reverse("admin:index"),
    ]
    for url in pages:
        page = text(operator, url)
        assert "<script>alert(1)" not in page, url
    assert "&lt;script&gt;alert(1)" in text(operator, pages[0])


def test_a_script_in_the_search_box_stays_text(operator: Client, history: Order) -> None:
    page = text(operator, page_of(Order, "changelist"), q=SCRIPT)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


SEARCHES: dict[str, Callable[[Order], str]] = {
    "symbol": lambda order: "aapl",
    "our id": lambda order: str(order.pk),
    "our id without dashes": lambda order: order.pk.hex,
    "client order id": lambda order: order.client_order_id,
    "perm id": lambda order: str(order.ib_perm_id),
    "IB order id": lambda order: str(order.ib_order_id),
    "execution id": lambda order: order.fills.get().exec_id,
    "execution id without revision": lambda order: order.fills.get().exec_root,
}


@pytest.mark.parametrize("kind", SEARCHES)
@pytest.mark.parametrize("model", [Order, Fill, OrderEvent, GatewayCommand])
def test_search_finds_the_order_and_no_other(
    operator: Client, history: Order, model: type[models.Model], kind: str
) -> None:
    Order.objects.filter(pk=history.pk).update(client_order_id="desk-client-7", ib_order_id=4711)
    history.refresh_from_db()
    other = FillFactory(order=OrderFactory(instrument=InstrumentFactory(symbol="MSFT"), ib_order_id=4712)).order
    GatewayCommandFactory(order=other)
    answer = operator.get(page_of(model, "changelist"), {"q": SEARCHES[kind](history)})
    rows = list(answer.context["cl"].queryset)
    found = {row.pk if model is Order else row.order_id for row in rows}
    assert found == {history.pk}


@pytest.mark.parametrize("term", ["99999999999999999999999", "-1", "no such thing", "%", "'; drop table", "\x00"])
def test_a_search_for_nonsense_finds_nothing_and_breaks_nothing(operator: Client, history: Order, term: str) -> None:
    for model in (Order, Fill, OrderEvent):
        answer = operator.get(page_of(model, "changelist"), {"q": term})
        assert answer.status_code == 200
        if term != "\x00":  # Django takes it for no search at all
            assert not answer.context["cl"].queryset.exists()


def test_a_second_perm_id_of_an_order_is_found_too(operator: Client, history: Order) -> None:
    history.perm_ids.create(account=history.account, perm_id=555)
    assert [o.pk for o in operator.get(page_of(Order, "changelist"), {"q": "555"}).context["cl"].queryset] == [
        history.pk
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status__exact": ["working", "unknown"]}, {"open", "unknown"}),
        ({"side__exact": "SELL"}, {"done"}),
        ({"origin__exact": "external"}, {"done"}),
        ({"order_type": "STP"}, {"unknown"}),
        ({"account__code__exact": "DU777"}, {"done"}),
        ({"created_at_from": "2026-01-05", "created_at_to": "2026-01-05"}, {"done"}),
        ({"created_at_from": "no date"}, {"open", "done", "unknown"}),
    ],
)
def test_filters_of_the_order_list(operator: Client, query: dict[str, Any], expected: set[str]) -> None:
    OrderFactory(client_order_id="open")
    OrderFactory(client_order_id="unknown", status="unknown", order_type="STP", stop_price=D(180))
    done = OrderFactory(client_order_id="done", status="filled", side="SELL", origin="external", account__code="DU777")
    last_second = timezone.now().replace(year=2026, month=1, day=5, hour=23, minute=59, second=59)
    Order.objects.filter(pk=done.pk).update(created_at=last_second)
    answer = operator.get(page_of(Order, "changelist"), query)
    assert {order.client_order_id for order in answer.context["cl"].queryset} == expected


def test_open_orders_are_marked_and_unknown_ones_unmistakable(operator: Client) -> None:
    OrderFactory(status="working")
    assert "desk-row-open" in text(operator, page_of(Order, "changelist"))
    unknown = OrderFactory(status="unknown")
    assert "desk-row-unknown" in text(operator, page_of(Order, "changelist"))
    assert "outcome of this order is unknown" in text(operator, page_of(Order, "change", unknown.pk))


def test_a_list_costs_the_same_number_of_queries_for_one_row_or_thirty(
    operator: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        FillFactory()
    for model in (Order, Fill, OrderEvent):
        with django_assert_max_num_queries(16):
            operator.get(page_of(model, "changelist"))


def test_a_long_list_is_counted_to_the_cap_only_and_says_so(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_admin, "COUNT_CAP", 3)
    for _ in range(5):
        OrderFactory()
    answer = operator.get(page_of(Order, "changelist"))
    assert answer.context["cl"].result_count == 3
    assert "The newest 3 are listed" in answer.content.decode()


def cancel_url(order: Order) -> str:
    return reverse("admin:trading_order_request_cancel_action", args=[order.pk])


SUBMITTED = {"_form_submitted": "True"}


def test_cancel_shows_the_service_s_error(operator: Client, history: Order) -> None:
    order = OrderFactory()
    GatewayStateFactory._meta.model.objects.all().delete()
    answer = operator.post(cancel_url(order), SUBMITTED, follow=True)
    assert "No order can be sent to IB now" in answer.content.decode()
    order.refresh_from_db()
    assert order.status == "working"
    assert not GatewayCommand.objects.filter(order=order).exists()


def test_cancel_asks_the_gateway(operator: Client) -> None:
    GatewayStateFactory()
    order = OrderFactory()
    answer = operator.post(cancel_url(order), SUBMITTED, follow=True)
    assert "on its way to IB" in answer.content.decode()
    order.refresh_from_db()
    assert order.status == "pending_cancel"
    command = GatewayCommand.objects.get(order=order)
    assert (command.kind, command.status) == ("cancel", "queued")
    event = order.events.get(type="cancel_requested")
    assert event.actor is not None
    assert StreamEvent.objects.filter(data__id=str(order.pk), event="order.updated").exists()


def test_looking_at_the_cancel_dialog_cancels_nothing(operator: Client) -> None:
    GatewayStateFactory()
    order = OrderFactory()
    assert "Ask IB to cancel" in text(operator, cancel_url(order))
    order.refresh_from_db()
    assert order.status == "working"


def test_cancel_in_the_dialog_leads_htmx_back_to_the_order(operator: Client) -> None:
    GatewayStateFactory()
    order = OrderFactory()
    answer = operator.post(cancel_url(order), SUBMITTED, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == page_of(Order, "change", order.pk)


def test_cancel_needs_the_csrf_token() -> None:
    GatewayStateFactory()
    order = OrderFactory()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(StaffFactory())
    assert strict.post(cancel_url(order), SUBMITTED).status_code == 403
    order.refresh_from_db()
    assert order.status == "working"


@pytest.mark.parametrize("fields", [{"status": "filled"}, {"origin": "external"}])
def test_cancel_is_offered_only_where_it_can_be_done(operator: Client, fields: dict[str, str]) -> None:
    offered, not_offered = OrderFactory(), OrderFactory(**fields)
    assert "Request cancel" in text(operator, page_of(Order, "change", offered.pk))
    assert "Request cancel" not in text(operator, page_of(Order, "change", not_offered.pk))
    GatewayStateFactory()
    operator.post(cancel_url(not_offered), SUBMITTED)
    assert not GatewayCommand.objects.exists()


def clerk(client: Client, order: Order, *, may_trade: bool) -> User:
    """Staff, no superuser, with a role in one account."""
    person = person_with("trader" if may_trade else "viewer", [order.account], is_staff=True)
    client.force_login(person)
    return person


def test_staff_see_the_accounts_granted_to_them_only(client: Client) -> None:
    mine, other = FillFactory().order, FillFactory().order
    clerk(client, mine, may_trade=False)
    assert [o.pk for o in client.get(page_of(Order, "changelist")).context["cl"].queryset] == [mine.pk]
    assert [f.order_id for f in client.get(page_of(Fill, "changelist")).context["cl"].queryset] == [mine.pk]
    assert not client.get(page_of(Order, "changelist"), {"q": str(other.pk)}).context["cl"].queryset.exists()
    assert client.get(page_of(Order, "change", other.pk)).status_code == 302
    assert client.get(reverse("admin:trading_order_story", args=[other.pk])).status_code == 404
    limits = RiskLimitsFactory(account=other.account)
    assert limits not in client.get(reverse("admin:trading_risklimits_changelist")).context["cl"].queryset


@pytest.mark.parametrize(("may_trade", "status"), [(True, "pending_cancel"), (False, "working")])
def test_staff_cancel_where_they_may_trade(client: Client, may_trade: bool, status: str) -> None:
    GatewayStateFactory()
    order = OrderFactory()
    clerk(client, order, may_trade=may_trade)
    answer = client.post(cancel_url(order), SUBMITTED)
    assert answer.status_code == (302 if may_trade else 403)
    order.refresh_from_db()
    assert order.status == status


@pytest.mark.parametrize("page", ["index", "trading_order_changelist", "trading_reconciliationrun_run_now"])
def test_people_who_are_no_staff_are_sent_to_sign_in(client: Client, page: str) -> None:
    client.force_login(trader_of([]))
    answer = client.post(reverse(f"admin:{page}"), SUBMITTED)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("admin:login"))
    assert not ReconciliationRun.objects.exists()


def test_signing_in(client: Client) -> None:
    person = StaffFactory()
    page = client.get(reverse("admin:login"))
    assert "'unsafe-eval'" in page.headers["Content-Security-Policy"]
    wrong = client.post(reverse("admin:login"), {"username": person.username, "password": "wrong"})
    assert wrong.status_code == 200
    right = client.post(
        reverse("admin:login"), {"username": person.username, "password": PASSWORD, "next": reverse("admin:index")}
    )
    assert right.headers["Location"] == reverse("admin:index")


def test_pages_allow_eval_but_no_inline_script(operator: Client) -> None:
    policy = operator.get(reverse("admin:index")).headers["Content-Security-Policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert scripts == "script-src 'self' 'unsafe-eval'"


def test_the_story_refreshes_only_when_something_happened(operator: Client) -> None:
    order = OrderFactory()
    url = reverse("admin:trading_order_story", args=[order.pk])
    first = operator.get(url)
    assert first.status_code == 200
    seen = first.context["fingerprint"]
    assert operator.get(url, {"seen": seen}).status_code == 204
    OrderEventFactory(order=order, type="order_found_open")
    again = operator.get(url, {"seen": seen})
    assert again.status_code == 200
    assert "Order found open" in again.content.decode()


def test_an_order_that_does_not_exist(operator: Client) -> None:
    assert operator.get(page_of(Order, "change", "not-a-uuid")).status_code == 302
    missing = "5f0c0d9e-0000-4000-8000-000000000001"
    assert operator.get(page_of(Order, "change", missing)).status_code == 302
    assert operator.get(reverse("admin:trading_order_story", args=[missing])).status_code == 404
    assert operator.post(reverse("admin:trading_order_request_cancel_action", args=["x"]), SUBMITTED).status_code == 403


def test_the_first_page_counts_what_is_in_the_database(operator: Client, history: Order) -> None:
    OrderFactory(status="working")
    OrderFactory(status="unknown")
    old = FillFactory(executed_at=timezone.now() - timedelta(days=2))
    OrderFactory(status="cancelled")
    answer = operator.get(reverse("admin:index"))
    figures = {
        name: answer.context[name]
        for name in ("open_orders", "unknown_orders", "fills_today", "orders_today", "breaks", "anomalies")
    }
    assert figures == {
        "open_orders": 2,
        "unknown_orders": 1,
        "fills_today": 1,
        "orders_today": 5,
        "breaks": 1,
        "anomalies": 1,
    }
    assert old.exec_id not in answer.content.decode()
    assert "ready" in answer.context["gateway_pill"]


def test_the_first_page_of_an_empty_desk(operator: Client) -> None:
    page = text(operator, reverse("admin:index"))
    assert "the gateway process is not running" in page
    assert "not reconciled yet" in page


def test_reconnect_asks_the_gateway(operator: Client) -> None:
    GatewayStateFactory()
    url = reverse("admin:trading_gatewaystate_reconnect", args=["main"])
    assert "asked to reconnect" in operator.post(url, SUBMITTED, follow=True).content.decode()
    assert GatewayCommand.objects.get().kind == "reconnect"


def test_reconnect_without_a_gateway_process_says_so(operator: Client) -> None:
    GatewayStateFactory(heartbeat_at=timezone.now() - timedelta(minutes=1))
    url = reverse("admin:trading_gatewaystate_reconnect", args=["main"])
    assert "not running" in operator.post(url, SUBMITTED, follow=True).content.decode()
    assert "disconnected" in text(operator, reverse("admin:trading_gatewaystate_change", args=["main"]))


def test_times_are_shown_with_seconds_and_sort(operator: Client) -> None:
    synced = timezone.now().replace(year=2026, month=1, day=5, hour=14, minute=30, second=7)
    GatewayStateFactory(synced_at=synced)
    assert "2026-01-05 14:30:07" in text(operator, reverse("admin:trading_gatewaystate_change", args=["main"]))


def test_run_now_shows_why_nothing_could_be_compared(operator: Client) -> None:
    answer = operator.post(reverse("admin:trading_reconciliationrun_run_now"), SUBMITTED, follow=True)
    run = ReconciliationRun.objects.get()
    assert (run.status, run.trigger) == ("failed", "admin")
    assert answer.redirect_chain[-1][0] == reverse("admin:trading_reconciliationrun_change", args=[run.pk])
    assert "gateway process is not running" in answer.content.decode()


LIMITS = {
    "max_order_quantity": "500",
    "max_order_notional": "",
    "max_position_quantity": "1000",
    "allowed_symbols": " aapl, msft\nbrk b ,AAPL",
    "blocked_symbols": "",
    "initial_margin_rate": "0.5",
    "halt_reason": "",
    "reason": "earnings week",
}


def test_limits_are_saved_with_symbols_in_upper_case(operator: Client) -> None:
    limits = RiskLimitsFactory()
    url = page_of(RiskLimits, "change", limits.pk)
    assert operator.post(url, LIMITS).status_code == 302
    limits.refresh_from_db()
    assert limits.allowed_symbols == ["AAPL", "BRK B", "MSFT"]
    assert (limits.max_order_quantity, limits.max_order_notional) == (D(500), None)
    assert "AAPL, BRK B, MSFT" in text(operator, url)


def test_the_form_says_first_which_orders_new_limits_would_have_blocked(operator: Client) -> None:
    limits = RiskLimitsFactory()
    request = {"symbol": "AAPL", "side": "BUY", "quantity": "100", "order_type": "LMT", "limit_price": "190"}
    around = {"symbol": "AAPL", "min_tick": "0.01", "multiplier": "1", "position": "0", "working_buys": "0"}
    around |= {"working_sells": "0", "reference_price": "190", "available_funds": "1000000"}
    around |= {"initial_margin_rate": "0.5", "is_session_open": True}
    record: dict[str, Any] = {"code": "", "rule": "", "request": request, "surroundings": around}
    RiskDecisionFactory(account=limits.account, is_allowed=True, **record)
    url, tight = page_of(RiskLimits, "change", limits.pk), LIMITS | {"max_order_quantity": "99"}
    page = operator.post(url, tight)
    assert page.status_code == 200
    assert "would have blocked 1 and let through 0" in page.content.decode()
    assert not LimitVersion.objects.exists()
    assert operator.post(url, tight | {"confirmed": "on", "version": "0"}).status_code == 302
    version = LimitVersion.objects.get()
    assert (version.version, version.reason, version.after["max_order_quantity"]) == (1, "earnings week", "99")
    late = operator.post(url, tight | {"max_order_quantity": "98", "confirmed": "on", "version": "0"})
    assert "Somebody changed these limits meanwhile" in late.content.decode()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_order_quantity": "0"}, "Must be above zero"),
        ({"max_order_notional": "-1"}, "Must be above zero"),
        ({"max_position_quantity": "many"}, "Enter a number"),
        ({"initial_margin_rate": "0"}, "Must be above 0 and at most 10"),
        ({"initial_margin_rate": "11"}, "Must be above 0 and at most 10"),
        ({"allowed_symbols": "AAPL, <b>"}, "These are no symbols: &lt;B&gt;."),
        ({"blocked_symbols": "aapl"}, "Both allowed and blocked: AAPL."),
        ({"trading_halted": "on"}, "Say why trading is halted"),
    ],
)
def test_limits_that_make_no_sense_are_refused(operator: Client, change: dict[str, str], message: str) -> None:
    limits = RiskLimitsFactory()
    answer = operator.post(page_of(RiskLimits, "change", limits.pk), LIMITS | change)
    assert answer.status_code == 200
    assert message in answer.content.decode()
    limits.refresh_from_db()
    assert limits.allowed_symbols == []


def test_limits_cannot_be_deleted(operator: Client) -> None:
    limits = RiskLimitsFactory()
    assert operator.post(page_of(RiskLimits, "delete", limits.pk), {"post": "yes"}).status_code == 403


def test_a_person_is_added_and_given_an_account(operator: Client) -> None:
    added = {"username": "new", "password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    assert operator.post(page_of(User, "add"), added).status_code == 302
    person = User.objects.get(username="new")
    assert person.check_password(PASSWORD)
    account = OrderFactory().account
    given = {"person": person.username, "account": account.pk, "role": "trader"}
    assert operator.post(page_of(AccountGrant, "add"), given).status_code == 302
    assert person.may_trade(account)


# incidents


def test_an_incident_s_page_shows_the_evidence_and_its_choices_decide(operator: Client) -> None:
    order = OrderFactory(status="unknown", ib_order_id=42)
    said = {"id": 7, "at": "2026-11-24T12:00:00Z", "kind": "error", "source": "ib", "payload": {"text": SCRIPT}}
    ends = {name: {"count": 0, "ended_at": "now"} for name in ("open_orders", "completed_orders", "executions")}
    answer = {"asked_at": "2026-11-24T12:00:03Z", **ends}
    evidence = {
        "order": {"symbol": "AAPL", "status": "unknown"},
        "why": "the link was lost",
        "sent": [{"command": "place", "sent_at": "2026-11-24T11:59:59Z", "status": "unknown", "ib_order_id": 42}],
        "ib_said": [said],
        "complete_answers": {"count": 3, "first": answer, "last": answer},
    }
    incident = IncidentFactory(order=order, evidence=evidence)
    page = text(operator, page_of(Incident, "change", incident.pk))
    for told in (
        "the link was lost",
        "2026-11-24T11:59:59Z",
        "3 times",
        "The order was in none of them",
        "It never reached IB",
    ):
        assert told in page, told
    assert "<script>alert(1)" not in page
    url = f"{page_of(Incident, 'change', incident.pk).removesuffix('change/')}never-reached/"
    dialog = operator.get(url)
    assert "without evidence from IB" in dialog.content.decode()
    operator.post(url, {"_form_submitted": "on", "reason": "short"})
    order.refresh_from_db()
    assert order.status == "unknown"
    operator.post(url, {"_form_submitted": "on", "reason": "IB's desk has no such order, ticket 4711"})
    order.refresh_from_db()
    assert (order.status, order.settled_by) == ("rejected", "person")
    assert "person&#x27;s word" in text(operator, page_of(Order, "change", order.pk)) or "person's word" in text(
        operator, page_of(Order, "change", order.pk)
    )
    over = text(operator, page_of(Incident, "change", incident.pk))
    assert "ticket 4711" in over
    assert "Ask IB again now" not in over
    assert operator.post(url, {"_form_submitted": "on", "reason": "once more, please"}).status_code in (200, 302, 403)
    assert Incident.objects.get(pk=incident.pk).entries.count() == 1


def test_staff_who_may_not_see_the_account_see_no_incident(client: Client) -> None:
    incident = IncidentFactory()
    person = trader_of([], is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_incident"))
    client.force_login(person)
    assert str(incident.subject) not in text(client, page_of(Incident, "changelist"))
    url = f"{page_of(Incident, 'change', incident.pk).removesuffix('change/')}keep-waiting/"
    assert client.post(url, {"_form_submitted": "on"}).status_code == 403
    assert Incident.objects.get(pk=incident.pk).acknowledged_at is None


def test_the_kill_switch_has_its_buttons_in_the_admin(operator: Client, history: Order) -> None:
    url = reverse("admin:trading_killswitch_engage", args=["main"])
    operator.post(url, {"reason": "from the admin", "cancel_orders": "on", "_form_submitted": "on"}, follow=True)
    switch = KillSwitch.objects.get()
    assert (switch.engaged, switch.cancel_orders, switch.flatten, switch.reason) == (
        True,
        True,
        False,
        "from the admin",
    )
    assert "from the admin" in text(operator, page_of(KillSwitch, "change", "main"))
    operator.post(
        reverse("admin:trading_killswitch_release", args=["main"]),
        {"reason": "over", "_form_submitted": "on"},
        follow=True,
    )
    assert not KillSwitch.objects.get().engaged
