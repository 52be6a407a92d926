"""Orders over REST: placing, repeating, reading, changing, cancelling, and whose they are."""

import uuid
from typing import Any

import pytest

from tests.fixtures.api import ORDER, ApiDesk, assert_error
from trading.models import GatewayCommand, GatewayState, Order, OrderEvent, RiskDecision, RiskLimits

ORDERS = "/api/v1/orders/"


def test_an_order_is_placed_and_on_its_way(desk: ApiDesk) -> None:
    answer = desk.place(client_order_id="mine-1")
    assert answer.status_code == 201
    body = answer.json()
    assert body["status"] == "pending_submit"
    assert (body["account"], body["con_id"], body["symbol"]) == ("DU1000001", 265598, "AAPL")
    assert (body["quantity"], body["limit_price"], body["stop_price"]) == ("100", "190", None)
    assert body["client_order_id"] == "mine-1"
    assert body["last_event_seq"] > 0
    assert body["ib"] == {"order_id": None, "perm_id": None, "client_id": None, "status": None}
    assert answer["Location"].endswith(f"/api/v1/orders/{body['id']}/")
    command = GatewayCommand.objects.get()
    assert (command.kind, str(command.order_id)) == ("place", body["id"])


def test_the_correlation_id_reaches_the_command(desk: ApiDesk) -> None:
    answer = desk.client.post(
        ORDERS, ORDER, format="json", headers={"X-Correlation-ID": "corr-7", "X-Request-ID": "req-7"}
    )
    assert answer["X-Request-ID"] == "req-7"
    command = GatewayCommand.objects.get()
    assert (command.correlation_id, command.request_id) == ("corr-7", "req-7")
    events = desk.client.get(f"{ORDERS}{answer.json()['id']}/events/").json()["results"]
    assert events[0]["correlation_id"] == "corr-7"
    assert events[0]["actor"] == "trader"
    assert events[0]["type"] == "order_submitted"


def test_the_same_request_again_is_the_same_order(desk: ApiDesk) -> None:
    first = desk.place(client_order_id="a")
    again = desk.place(client_order_id="a", limit_price="190.0")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert Order.objects.count() == 1
    assert_error(desk.place(client_order_id="a", quantity="200"), 409, "CONFLICT")
    assert Order.objects.count() == GatewayCommand.objects.count() == 1


def test_the_idempotency_key_is_the_client_order_id(desk: ApiDesk) -> None:
    headers = {"Idempotency-Key": "key-1"}
    first = desk.client.post(ORDERS, ORDER, format="json", headers=headers)
    again = desk.client.post(ORDERS, ORDER, format="json", headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["client_order_id"] == "key-1"
    other = desk.client.post(ORDERS, ORDER | {"client_order_id": "key-2"}, format="json", headers=headers)
    assert "client_order_id" in assert_error(other, 400, "VALIDATION_ERROR")
    bad = desk.client.post(ORDERS, ORDER, format="json", headers={"Idempotency-Key": "two words"})
    assert "Idempotency-Key" in assert_error(bad, 400, "VALIDATION_ERROR")


def test_exact_json_numbers_and_con_ids_are_taken(desk: ApiDesk) -> None:
    answer = desk.client.post(
        ORDERS,
        '{"con_id": 265598, "side": "BUY", "quantity": 100, "order_type": "LMT", "limit_price": 190.01}',
        content_type="application/json",
    )
    assert answer.status_code == 201, answer.content
    assert (answer.json()["quantity"], answer.json()["limit_price"]) == ("100", "190.01")


HOSTILE: list[tuple[str, dict[str, Any], int, str]] = [
    ("zero quantity", {"quantity": "0"}, 422, "ORDER_VALIDATION_FAILED"),
    ("negative quantity", {"quantity": "-5"}, 422, "ORDER_VALIDATION_FAILED"),
    ("fraction", {"quantity": "0.5"}, 422, "ORDER_VALIDATION_FAILED"),
    ("above the limit", {"quantity": "999999999"}, 422, "ORDER_VALIDATION_FAILED"),
    ("too many digits", {"quantity": "1" * 19}, 400, "VALIDATION_ERROR"),
    ("absurd digits", {"quantity": "9" * 5000}, 400, "VALIDATION_ERROR"),
    ("boolean quantity", {"quantity": True}, 400, "VALIDATION_ERROR"),
    ("list quantity", {"quantity": ["1"]}, 400, "VALIDATION_ERROR"),
    ("null quantity", {"quantity": []}, 400, "VALIDATION_ERROR"),
    ("word quantity", {"quantity": "many"}, 400, "VALIDATION_ERROR"),
    ("NaN text", {"quantity": "NaN"}, 400, "VALIDATION_ERROR"),
    ("infinity text", {"limit_price": "Infinity"}, 400, "VALIDATION_ERROR"),
    ("exponent", {"quantity": "1e2"}, 400, "VALIDATION_ERROR"),
    ("other digits", {"quantity": "١٠٠"}, 400, "VALIDATION_ERROR"),
    ("spaces", {"quantity": " 100"}, 400, "VALIDATION_ERROR"),
    ("newline", {"quantity": "100\n"}, 400, "VALIDATION_ERROR"),
    ("price off the tick", {"limit_price": "190.005"}, 422, "ORDER_VALIDATION_FAILED"),
    ("negative price", {"limit_price": "-1"}, 422, "ORDER_VALIDATION_FAILED"),
    ("missing price", {"limit_price": None}, 422, "ORDER_VALIDATION_FAILED"),
    ("surplus price", {"order_type": "MKT"}, 422, "ORDER_VALIDATION_FAILED"),
    ("missing side", {"side": None}, 400, "VALIDATION_ERROR"),
    ("lower-case side", {"side": "buy"}, 400, "VALIDATION_ERROR"),
    ("number for side", {"side": 1}, 400, "VALIDATION_ERROR"),
    ("unknown type", {"order_type": "MOON"}, 400, "VALIDATION_ERROR"),
    ("unknown time in force", {"time_in_force": "FOREVER"}, 400, "VALIDATION_ERROR"),
    ("extra field", {"limit_prize": "190.00"}, 400, "VALIDATION_ERROR"),
    ("no instrument", {"symbol": None}, 400, "VALIDATION_ERROR"),
    ("markup as symbol", {"symbol": "<script>"}, 400, "VALIDATION_ERROR"),
    ("SQL as symbol", {"symbol": "'; DROP TABLE trading_order; --"}, 400, "VALIDATION_ERROR"),
    ("number as symbol", {"symbol": 5}, 400, "VALIDATION_ERROR"),
    ("boolean con_id", {"con_id": True}, 400, "VALIDATION_ERROR"),
    ("huge con_id", {"con_id": 2**70}, 400, "VALIDATION_ERROR"),
    ("names that disagree", {"symbol": "MSFT", "con_id": 265598}, 422, "IB_INVALID_CONTRACT"),
    ("unknown account", {"account": "DU9"}, 400, "VALIDATION_ERROR"),
    ("somebody else's account", {"account": "DU2000002"}, 400, "VALIDATION_ERROR"),
    ("text for a flag", {"outside_rth": "yes"}, 400, "VALIDATION_ERROR"),
    ("NUL in a text", {"client_order_id": "a\0b"}, 400, "VALIDATION_ERROR"),
    ("long client id", {"client_order_id": "x" * 129}, 400, "VALIDATION_ERROR"),
    ("number as client id", {"client_order_id": 7}, 400, "VALIDATION_ERROR"),
]


@pytest.mark.parametrize(("changes", "status", "code"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_hostile_orders_leave_nothing_behind(desk: ApiDesk, changes: dict[str, Any], status: int, code: str) -> None:
    assert_error(desk.place(**changes), status, code)
    assert not Order.objects.exists()
    assert not GatewayCommand.objects.exists()
    assert not OrderEvent.objects.exists()


BODIES = [
    ("not JSON", b"{"),
    ("nothing", b""),
    ("a list", b"[]"),
    ("a string", b'"order"'),
    ("null", b"null"),
    ("NaN", b'{"quantity": NaN}'),
    ("Infinity", b'{"quantity": -Infinity}'),
    ("a key twice", b'{"side": "BUY", "side": "SELL"}'),
    ("too deep", b'{"a":' * 30 + b"1" + b"}" * 30),
    ("bottomless", b'{"a":' * 5000),
    ("not UTF-8", b'{"symbol": "\xff"}'),
    ("half a surrogate", b'{"symbol": "\\ud800"}'),
    ("one megabyte", b'{"symbol": "' + b"A" * 1_000_000 + b'"}'),
    ("a number of 5000 digits", b'{"quantity": ' + b"9" * 5000 + b"}"),
    ("an absurd exponent", b'{"quantity": 1e999999999999}'),
]


@pytest.mark.parametrize("body", [row[1] for row in BODIES], ids=[row[0] for row in BODIES])
def test_bodies_that_are_no_order(desk: ApiDesk, body: bytes) -> None:
    answer = desk.client.post(ORDERS, body, content_type="application/json")
    assert_error(answer, 400, "VALIDATION_ERROR")
    assert not Order.objects.exists()


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x"])
def test_only_json_is_read(desk: ApiDesk, content_type: str) -> None:
    assert_error(desk.client.post(ORDERS, b"symbol=AAPL", content_type=content_type), 400, "VALIDATION_ERROR")


def test_every_mistake_is_named(desk: ApiDesk) -> None:
    details = assert_error(desk.place(side="x", quantity="y", extra=1), 400, "VALIDATION_ERROR")
    assert set(details) == {"extra"} or set(details) == {"side", "quantity", "extra"}
    details = assert_error(desk.place(side="x", quantity="y"), 400, "VALIDATION_ERROR")
    assert set(details) == {"side", "quantity"}
    assert all(isinstance(messages, list) for messages in details.values())


class TestWhoMay:
    def test_without_a_token(self, desk: ApiDesk) -> None:
        answer = desk.client_of(None).post(ORDERS, ORDER, format="json")
        assert_error(answer, 401, "AUTHENTICATION_REQUIRED")
        assert "WWW-Authenticate" in answer

    def test_a_watcher_sees_but_does_not_trade(self, desk: ApiDesk) -> None:
        order = desk.working()
        watcher = desk.client_of(desk.watcher)
        assert watcher.get(f"{ORDERS}{order.pk}/").status_code == 200
        assert_error(watcher.post(ORDERS, ORDER, format="json"), 403, "AUTHORIZATION_FAILED")
        assert_error(watcher.post(f"{ORDERS}{order.pk}/cancel/"), 403, "AUTHORIZATION_FAILED")
        change = watcher.patch(f"{ORDERS}{order.pk}/", {"quantity": "50"}, format="json")
        assert_error(change, 403, "AUTHORIZATION_FAILED")
        answer = watcher.post(f"{ORDERS}cancel-all/", {}, format="json")
        assert (answer.status_code, answer.json()["requested"]) == (202, 0)

    @pytest.mark.parametrize("path", ["", "events/", "cancel/"])
    def test_somebody_elses_order_does_not_exist(self, desk: ApiDesk, path: str) -> None:
        order = desk.working()
        stranger = desk.client_of(desk.stranger)
        url = f"{ORDERS}{order.pk}/{path}"
        answer = stranger.post(url) if path == "cancel/" else stranger.get(url)
        assert_error(answer, 404, "RESOURCE_NOT_FOUND")
        if path == "":
            assert_error(stranger.patch(url, {"quantity": "1"}, format="json"), 404, "RESOURCE_NOT_FOUND")
        assert stranger.get(ORDERS).json()["results"] == []

    def test_an_order_that_does_not_exist(self, desk: ApiDesk) -> None:
        assert_error(desk.client.get(f"{ORDERS}{uuid.uuid4()}/"), 404, "RESOURCE_NOT_FOUND")
        assert_error(desk.client.get(f"{ORDERS}not-an-id/"), 404, "RESOURCE_NOT_FOUND")


class TestRisk:
    def test_a_denied_order_is_no_order_but_a_verdict(self, desk: ApiDesk) -> None:
        RiskLimits.objects.create(account=desk.account, allowed_symbols=["MSFT"])
        details = assert_error(desk.place(), 422, "SYMBOL_NOT_ALLOWED")
        assert details["rule"] == "allowed_symbols"
        assert not Order.objects.exists()
        rows = desk.client.get("/api/v1/risk/decisions/", {"is_allowed": "false"}).json()["results"]
        assert [(row["code"], row["is_allowed"], row["user"]) for row in rows] == [
            ("SYMBOL_NOT_ALLOWED", False, "trader")
        ]
        assert desk.client_of(desk.stranger).get("/api/v1/risk/decisions/").json()["results"] == []

    @pytest.mark.parametrize(
        ("limits", "order", "code"),
        [
            ({"trading_halted": True, "halt_reason": "test"}, {}, "TRADING_HALTED"),
            ({"max_position_quantity": 50}, {}, "POSITION_LIMIT_EXCEEDED"),
            ({"max_order_quantity": 50}, {}, "ORDER_VALIDATION_FAILED"),
            ({}, {"quantity": "10000", "limit_price": "5000.00"}, "INSUFFICIENT_FUNDS"),
        ],
    )
    def test_each_rule_has_its_code(self, desk: ApiDesk, limits: Any, order: Any, code: str) -> None:
        RiskLimits.objects.create(account=desk.account, **limits)
        assert_error(desk.place(**order), 422, code)
        assert RiskDecision.objects.get().code == code

    def test_a_closed_market(self, desk: ApiDesk) -> None:
        desk.instrument.time_zone = "US/Eastern"
        desk.instrument.liquid_hours = "20200101:CLOSED;29990101:0930-29990101:1600"
        desk.instrument.save()
        assert_error(desk.place(), 422, "MARKET_CLOSED")


class TestGatewayAway:
    def test_nothing_is_queued_to_fire_later(self, desk: ApiDesk) -> None:
        order = desk.working()
        GatewayState.objects.update(state="connecting", reason="connection refused")
        details = assert_error(desk.place(), 503, "IB_CONNECTION_FAILED")
        assert details["state"] == "connecting"
        assert_error(desk.client.post(f"{ORDERS}{order.pk}/cancel/"), 503, "IB_CONNECTION_FAILED")
        change = desk.client.patch(f"{ORDERS}{order.pk}/", {"quantity": "50"}, format="json")
        assert_error(change, 503, "IB_CONNECTION_FAILED")
        assert_error(desk.client.post(f"{ORDERS}cancel-all/", {}, format="json"), 503, "IB_CONNECTION_FAILED")
        assert_error(desk.client.post(f"{ORDERS}preview/", ORDER, format="json"), 503, "IB_CONNECTION_FAILED")
        assert GatewayCommand.objects.count() == 1

    def test_an_unknown_symbol_cannot_be_asked_for(self, desk: ApiDesk) -> None:
        assert_error(desk.place(symbol="ZZZZ"), 503, "IB_CONNECTION_FAILED")
        assert not Order.objects.exists()


class TestModifyAndCancel:
    def test_a_change_waits_for_ib(self, desk: ApiDesk) -> None:
        order = desk.working()
        answer = desk.client.patch(f"{ORDERS}{order.pk}/", {"quantity": "50", "limit_price": "189.50"}, format="json")
        assert answer.status_code == 202
        assert (answer.json()["status"], answer.json()["quantity"]) == ("pending_replace", "100")
        assert GatewayCommand.objects.get(kind="modify").payload == {"quantity": "50", "limit_price": "189.5"}

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({}, 400, "VALIDATION_ERROR"),
            ({"side": "SELL"}, 400, "VALIDATION_ERROR"),
            ({"quantity": None}, 400, "VALIDATION_ERROR"),
            ({"quantity": "0"}, 422, "ORDER_VALIDATION_FAILED"),
            ({"limit_price": "1.001"}, 422, "ORDER_VALIDATION_FAILED"),
            ({"stop_price": "1"}, 422, "ORDER_VALIDATION_FAILED"),
        ],
    )
    def test_bad_changes(self, desk: ApiDesk, body: Any, status: int, code: str) -> None:
        order = desk.working()
        assert_error(desk.client.patch(f"{ORDERS}{order.pk}/", body, format="json"), status, code)
        order.refresh_from_db()
        assert order.status == "working"

    def test_cancel_once_and_again(self, desk: ApiDesk) -> None:
        order = desk.working()
        for _ in range(2):
            answer = desk.client.post(f"{ORDERS}{order.pk}/cancel/")
            assert (answer.status_code, answer.json()["status"]) == (202, "pending_cancel")
        assert GatewayCommand.objects.filter(kind="cancel").count() == 1
        bad = desk.client.post(f"{ORDERS}{order.pk}/cancel/", {"force": True}, format="json")
        assert_error(bad, 400, "VALIDATION_ERROR")

    def test_what_has_ended_stays(self, desk: ApiDesk) -> None:
        order = desk.working()
        Order.objects.filter(pk=order.pk).update(status="filled")
        assert_error(desk.client.post(f"{ORDERS}{order.pk}/cancel/"), 409, "CONFLICT")
        change = desk.client.patch(f"{ORDERS}{order.pk}/", {"quantity": "50"}, format="json")
        assert_error(change, 409, "CONFLICT")

    def test_cancel_all_of_a_symbol(self, desk: ApiDesk) -> None:
        mine = [desk.working() for _ in range(3)]
        other = desk.client.post(f"{ORDERS}cancel-all/", {"symbol": "MSFT"}, format="json")
        assert (other.status_code, other.json()["requested"]) == (202, 0)
        answer = desk.client.post(f"{ORDERS}cancel-all/", {"symbol": "aapl", "account": "DU1000001"}, format="json")
        assert answer.json()["requested"] == 3
        assert {row["id"] for row in answer.json()["orders"]} == {str(order.pk) for order in mine}
        assert {row["status"] for row in answer.json()["orders"]} == {"pending_cancel"}
        assert_error(
            desk.client.post(f"{ORDERS}cancel-all/", {"account": "DU2000002"}, format="json"), 400, "VALIDATION_ERROR"
        )
        assert_error(desk.client.post(f"{ORDERS}cancel-all/", {"acount": "x"}, format="json"), 400, "VALIDATION_ERROR")


class TestLists:
    def test_filters(self, desk: ApiDesk) -> None:
        first, second = desk.working(client_order_id="one"), desk.placed(side="SELL", client_order_id="two")

        def ids(**query: str) -> list[str]:
            answer = desk.client.get(ORDERS, query)
            assert answer.status_code == 200, answer.content
            return [row["id"] for row in answer.json()["results"]]

        both = [str(second.pk), str(first.pk)]
        assert ids() == both
        assert ids(status="working,filled") == [str(first.pk)]
        assert ids(side="SELL") == [str(second.pk)]
        assert ids(client_order_id="one") == [str(first.pk)]
        assert ids(symbol="aapl", account="DU1000001") == both
        assert ids(symbol="MSFT") == ids(account="DU2000002") == []
        assert ids(since=second.created_at.isoformat()) == [str(second.pk)]
        assert ids(until=second.created_at.isoformat()) == [str(first.pk)]

    @pytest.mark.parametrize(
        "query",
        [
            {"status": "happy"},
            {"statsu": "working"},
            {"since": "yesterday"},
            {"side": "buy"},
            {"symbol": "a\0b"},
            {"account": "\0"},
            {"cursor": "garbage"},
            {"cursor": "cD1hYmM="},
            {"page_size": "0"},
            {"page_size": "1e3"},
        ],
    )
    def test_bad_filters_are_not_ignored(self, desk: ApiDesk, query: dict[str, str]) -> None:
        desk.placed()
        assert_error(desk.client.get(ORDERS, query), 400, "VALIDATION_ERROR")

    def test_pages(self, desk: ApiDesk) -> None:
        wanted = [str(desk.placed().pk) for _ in range(5)][::-1]
        found: list[str] = []
        url: str | None = f"{ORDERS}?page_size=2"
        while url:
            body = desk.client.get(url).json()
            assert set(body) == {"next", "previous", "results"}
            found += [row["id"] for row in body["results"]]
            url = body["next"]
        assert found == wanted


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"order_type": "TRAIL", "limit_price": None}, "trailing_amount"),
        ({"order_type": "TRAIL", "limit_price": None, "trailing_percent": "100"}, "trailing_percent"),
        ({"order_type": "TRAIL", "limit_price": None, "trailing_amount": "-0"}, "trailing_amount"),
        (
            {"order_type": "TRAIL LIMIT", "limit_price": None, "trailing_amount": "1", "stop_price": "185"},
            "limit_offset",
        ),
        ({"trailing_amount": "1"}, "trailing_amount"),
        ({"time_in_force": "GTD"}, "good_till_date"),
        ({"time_in_force": "GTD", "good_till_date": "2020-01-01T00:00:00Z"}, "good_till_date"),
        ({"time_in_force": "DAY", "good_till_date": "2050-01-01T00:00:00Z"}, "good_till_date"),
        ({"order_type": "LOC", "time_in_force": "GTC"}, "time_in_force"),
        ({"order_type": "LOC", "outside_rth": True}, "outside_rth"),
        ({"offset_amount": "0.01"}, "offset_amount"),
    ],
)
def test_terms_that_make_no_order_are_named(desk: ApiDesk, terms: dict[str, Any], field: str) -> None:
    assert field in assert_error(desk.place(**terms), 422, "ORDER_VALIDATION_FAILED")
    assert Order.objects.count() == GatewayCommand.objects.count() == 0


@pytest.mark.parametrize(
    "date",
    [
        "2026-12-31T21:00:00",
        "2026-12-31",
        "2026-13-31T21:00:00Z",
        "2026-12-31T21:00:00.5Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "٢٠٢٦-12-31T21:00:00Z",
        1798750800,
        True,
        ["2026-12-31T21:00:00Z"],
    ],
)
def test_a_date_that_is_no_moment_is_refused(desk: ApiDesk, date: Any) -> None:
    wrong = desk.place(time_in_force="GTD", good_till_date=date)
    assert "good_till_date" in assert_error(wrong, 400, "VALIDATION_ERROR")


@pytest.mark.parametrize("value", [True, "NaN", "Infinity", "1e3", "", [], {}, "9" * 30, "<b>1</b>", "1; DROP TABLE"])
@pytest.mark.parametrize("name", ["trailing_amount", "trailing_percent", "limit_offset", "offset_amount"])
def test_terms_that_are_no_numbers_are_refused(desk: ApiDesk, name: str, value: Any) -> None:
    assert name in assert_error(desk.place(**{name: value}), 400, "VALIDATION_ERROR")


def test_an_order_shows_its_terms(desk: ApiDesk) -> None:
    terms = {"trailing_percent": "2.50", "stop_price": "185.00", "time_in_force": "GTD"}
    placed = desk.place(
        order_type="TRAIL", side="BUY", limit_price=None, good_till_date="2050-01-01T01:00:00+01:00", **terms
    )
    assert placed.status_code == 201, placed.json()
    body = placed.json()
    assert (body["trailing_percent"], body["stop_price"], body["limit_price"]) == ("2.5", "185", None)
    assert (body["good_till_date"], body["trailing_amount"]) == ("2050-01-01T00:00:00Z", None)
