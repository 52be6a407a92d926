"""Every operation of the OpenAPI schema is called; every answer, good or bad, is what the schema promises."""

import json
import uuid
from collections.abc import Iterator
from decimal import Decimal as D
from typing import Any

import jsonschema
import orjson
import pytest
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.settings import api_settings
from rest_framework.test import APIClient

from accounts.models import User
from config.shared.redis import QUOTES_LATEST, redis_client
from tests.factories import (
    AccountFactory,
    AccountGrantFactory,
    AccountPnlFactory,
    AccountValueFactory,
    ApiKeyFactory,
    AppleFactory,
    EquitySnapshotFactory,
    FillFactory,
    GatewayStateFactory,
    GrantChangeFactory,
    IncidentFactory,
    InstrumentFactory,
    KillSwitchEventFactory,
    LimitVersionFactory,
    OrderEventFactory,
    OrderFactory,
    PositionFactory,
    PositionPnlFactory,
    ReconciliationBreakFactory,
    RiskDecisionFactory,
    SignInFactory,
    person_with,
)
from trading.models import GatewayCommand, Order
from trading.services.kill_switch import Mover, engage, release

pytestmark = pytest.mark.django_db
TAKES_NO_BODY = {"auth_ws_ticket"}
METHODS = ("get", "post", "put", "patch", "delete")
ORDER = {"symbol": "AAPL", "side": "BUY", "quantity": "1", "order_type": "LMT", "limit_price": "190.00"}


class OpenApi(dict[str, Any]):
    """The schema; short in reports, and with a validator for every answer."""

    def validator(self, operation: dict[str, Any], status: str) -> Any:
        """Of the body of one answer; built once."""
        key = (operation["operationId"], status)
        if key not in self._validators:
            content = operation["responses"][status]["content"]["application/json"]["schema"]
            promised = {**as_json_schema(content), "components": self._components}
            self._validators[key] = jsonschema.Draft202012Validator(promised)
        return self._validators[key]

    def __init__(self, schema: dict[str, Any]) -> None:
        super().__init__(schema)
        self._components = as_json_schema(schema["components"])
        self._validators: dict[tuple[str, str], Any] = {}

    def __repr__(self) -> str:
        return "the schema"


@pytest.fixture(scope="module")
def openapi() -> OpenApi:
    generated = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return OpenApi(json.loads(json.dumps(generated, default=str)))


def operations(openapi: OpenApi) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in openapi["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


class World:
    """A person with one account full of things, and somebody else with another."""

    def __init__(self) -> None:
        self.account = AccountFactory(code="DU1000001")
        AccountValueFactory(account=self.account)
        AccountPnlFactory(account=self.account, unrealized=None)
        self.person: User = person_with("administrator", [self.account], username="trader")
        self.key, self.sign_in = ApiKeyFactory(user=self.person), SignInFactory(user=self.person)
        GrantChangeFactory(account="DU1000001")
        GrantChangeFactory(account="DU2000002", username="hidden")
        self.apple = AppleFactory()
        self.order = OrderFactory(account=self.account, instrument=self.apple, symbol="AAPL", created_by=self.person)
        OrderEventFactory(order=self.order)
        FillFactory(order=OrderFactory(account=self.account, instrument=self.apple, symbol="AAPL", status="filled"))
        OrderFactory(
            account=self.account,
            instrument=self.apple,
            symbol="AAPL",
            origin="external",
            order_type="TRAIL",
            limit_price=None,
        )
        PositionPnlFactory(position=PositionFactory(account=self.account, instrument=self.apple, unrealized_pnl=None))
        EquitySnapshotFactory(account=self.account)
        breach = {"rule": "symbol", "code": "SYMBOL_NOT_ALLOWED", "message": "not on the list", "numbers": {}}
        RiskDecisionFactory(account=self.account, breaches=[breach])
        LimitVersionFactory(account=self.account, symbol="AAPL")
        ReconciliationBreakFactory(account=self.account)
        unknown = OrderFactory(account=self.account, instrument=self.apple, symbol="AAPL", status="unknown")
        self.incident = IncidentFactory(order=unknown)
        GatewayStateFactory()
        mover = Mover.person(self.person, "api")
        engage(mover=mover, reason="a test")
        release(mover=Mover(user=None, name="machine", via="command"), reason="over")
        self.theirs = OrderFactory(account=AccountFactory(code="DU2000002"))
        quote = dict.fromkeys(("bid_size", "ask_size", "volume", "high", "low", "open", "close"))
        quote |= {"symbol": "AAPL", "con_id": 265598, "bid": "189.99", "ask": "190.01", "last": "190.00"}
        quote |= {"time": timezone.now().isoformat(), "market_data_type": "live"}
        redis_client().hset(QUOTES_LATEST, "265598", orjson.dumps(quote).decode())
        self.client = APIClient(raise_request_exception=False)
        self.client.force_authenticate(self.person)

    def url(self, path: str, **instead: str) -> str:
        names = {"account": "DU1000001", "username": "trader", "id": str(self.order.pk), "con_id": "265598"}
        names |= {"key_id": str(self.key.pk), **instead}
        if "/sign-ins/" in path and "id" not in instead:
            names["id"] = str(self.sign_in.pk)
        if "/incidents/" in path and "id" not in instead:
            names["id"] = str(self.incident.pk)
        return path.format(**names)


@pytest.fixture(autouse=True)
def rates_out_of_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test asks every route many times in a minute; that there are limits is tested elsewhere."""
    rates = dict(api_settings.DEFAULT_THROTTLE_RATES) | {
        "login": "5000/min",
        "anonymous": "5000/min",
        "kill_switch": "5000/min",
    }
    monkeypatch.setattr(api_settings, "DEFAULT_THROTTLE_RATES", rates)


@pytest.fixture
def world(db: None) -> World:
    return World()


def as_json_schema(part: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON schema says `null`."""
    if isinstance(part, list):
        return [as_json_schema(item) for item in part]
    if not isinstance(part, dict):
        return part
    plain = {name: as_json_schema(item) for name, item in part.items() if name != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if part.get("nullable") is True else plain


def check(openapi: OpenApi, operation: dict[str, Any], response: Any) -> Any:
    """The status is documented, the body is what that status promises, the request is named."""
    told = f"{operation['operationId']} answered {response.status_code}: {response.content[:600]!r}"
    assert str(response.status_code) in operation["responses"], told
    assert response["X-Request-ID"], told
    content = operation["responses"][str(response.status_code)].get("content")
    if content is None:
        assert response.content == b"", told
        return None
    assert response["Content-Type"].startswith("application/json"), told
    body = json.loads(response.content)
    openapi.validator(operation, str(response.status_code)).validate(body)
    if response.status_code >= 400:
        assert set(body) == {"error_code", "message", "details", "timestamp", "request_id"}, told
        assert body["request_id"] == response["X-Request-ID"], told
        assert isinstance(body["details"], dict), told
        assert body["message"], told
        assert body["timestamp"].endswith("Z"), told
    return body


def test_nobody_who_is_not_signed_in_gets_anything(openapi: OpenApi, world: World) -> None:
    open_to_all = set()
    for path, method, operation in operations(openapi):
        response = getattr(APIClient(raise_request_exception=False), method)(world.url(path), {}, format="json")
        if response.status_code == 401:
            assert check(openapi, operation, response)["error_code"] == "AUTHENTICATION_REQUIRED"
            assert response["WWW-Authenticate"]
        else:
            check(openapi, operation, response)
            open_to_all.add(operation["operationId"])
    assert open_to_all == {
        "auth_session",
        "auth_sign_in",
        "auth_sign_out",
        "auth_token",
        "auth_token_refresh",
        "auth_token_revoke",
    }


READS = [
    ("/api/v1/accounts/", ""),
    ("/api/v1/accounts/{account}/", ""),
    ("/api/v1/accounts/{account}/pnl/", ""),
    ("/api/v1/accounts/{account}/currencies/", ""),
    ("/api/v1/accounts/{account}/margin/", ""),
    ("/api/v1/accounts/{account}/equity/", ""),
    ("/api/v1/accounts/{account}/equity/", "?resolution=day&since=2026-01-01T00:00:00Z"),
    ("/api/v1/accounts/{account}/role-changes/", ""),
    ("/api/v1/accounts/{account}/roles/", ""),
    ("/api/v1/auth/api-keys/", ""),
    ("/api/v1/auth/me/", ""),
    ("/api/v1/auth/second-factor/", ""),
    ("/api/v1/auth/session/", ""),
    ("/api/v1/auth/sign-ins/", ""),
    ("/api/v1/fills/", ""),
    ("/api/v1/gateway/", ""),
    ("/api/v1/incidents/", ""),
    ("/api/v1/incidents/{id}/", ""),
    ("/api/v1/instruments/{con_id}/", ""),
    ("/api/v1/orders/", ""),
    ("/api/v1/orders/{id}/", ""),
    ("/api/v1/orders/{id}/events/", ""),
    ("/api/v1/positions/", ""),
    ("/api/v1/quotes/", "?symbols=AAPL"),
    ("/api/v1/reconciliation/breaks/", ""),
    ("/api/v1/reconciliation/runs/", ""),
    ("/api/v1/risk/decisions/", ""),
    ("/api/v1/risk/limits/", ""),
    ("/api/v1/risk/limits/{account}/", ""),
    ("/api/v1/risk/limits/{account}/", "?symbol=AAPL"),
    ("/api/v1/risk/limits/{account}/versions/", ""),
    ("/api/v1/risk/kill-switch/", ""),
    ("/api/v1/risk/kill-switch/history/", ""),
]


@pytest.mark.parametrize(("path", "query"), READS)
def test_every_reading_answers_what_the_schema_promises(openapi: OpenApi, world: World, path: str, query: str) -> None:
    response = world.client.get(world.url(path) + query)
    assert response.status_code == 200, response.content
    body = check(openapi, openapi["paths"][path]["get"], response)
    if "results" in body:
        assert body["results"], "an empty list proves nothing"
        assert set(body) == {"next", "previous", "results"}


def test_the_readings_are_all_that_can_be_read_without_ib(openapi: OpenApi) -> None:
    tested = {path for path, _ in READS}
    asks_ib = {"/api/v1/bars/", "/api/v1/instruments/"}
    assert {path for path, method, _ in operations(openapi) if method == "get"} - tested == asks_ib


def test_somebody_elses_account_and_orders_do_not_exist(openapi: OpenApi, world: World) -> None:
    mine = b"".join(world.client.get(world.url(path) + query).content for path, query in READS)
    assert b"DU2000002" not in mine
    assert str(world.theirs.pk).encode() not in mine
    for path, method, operation in operations(openapi):
        if "{id}" not in path and "{account}" not in path:
            continue
        url = world.url(path, id=str(world.theirs.pk), account="DU2000002")
        response = getattr(world.client, method)(url, {}, format="json")
        assert response.status_code == 404, (path, method, response.content)
        check(openapi, operation, response)


@pytest.mark.parametrize(
    "bad", ["0", "x", "00000000-0000-0000-0000-000000000000", "%00", "..%2f..", "<script>", "9" * 400]
)
def test_ids_that_are_none_are_not_found(openapi: OpenApi, world: World, bad: str) -> None:
    for path, method, _ in operations(openapi):
        if "{id}" in path or "{account}" in path:
            response = getattr(world.client, method)(world.url(path, id=bad, account=bad), {}, format="json")
            assert response.status_code == 404, (path, method, response.content)
            assert response.json()["error_code"] == "RESOURCE_NOT_FOUND"


def test_wrong_methods_are_named_with_what_is_allowed(openapi: OpenApi, world: World) -> None:
    for path, item in openapi["paths"].items():
        for method in METHODS:
            if method in item:
                continue
            response = getattr(world.client, method)(world.url(path), {}, format="json")
            assert response.status_code == 405, (path, method, response.content)
            assert response.json()["error_code"] == "METHOD_NOT_ALLOWED"
            allowed = {word.strip().lower() for word in response["Allow"].split(",")}
            assert set(item) & set(METHODS) <= allowed


def test_an_order_is_placed_and_its_answer_is_as_promised(openapi: OpenApi, world: World) -> None:
    operation = openapi["paths"]["/api/v1/orders/"]["post"]
    body = {**ORDER, "client_order_id": "contract-1"}
    first = world.client.post("/api/v1/orders/", body, format="json")
    assert first.status_code == 201, first.content
    again = world.client.post("/api/v1/orders/", {**body, "limit_price": 190}, format="json")
    assert again.status_code == 200, again.content
    assert check(openapi, operation, first)["id"] == check(openapi, operation, again)["id"]
    other = world.client.post("/api/v1/orders/", {**body, "quantity": "2"}, format="json")
    assert check(openapi, operation, other)["error_code"] == "CONFLICT"


def test_every_body_of_another_type_is_refused(openapi: OpenApi, world: World) -> None:
    for path, method, operation in operations(openapi):
        if method not in ("post", "patch") or operation["operationId"] in TAKES_NO_BODY:
            continue
        for content_type in (
            "text/plain",
            "application/xml",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
        ):
            response = world.client.generic(method.upper(), world.url(path), b"a=b", content_type=content_type)
            assert response.status_code in (400, 415), (path, method, content_type, response.content)
            assert response.json()["error_code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b'{"a": NaN}',
        b'{"a": 1, "a": 1}',
        b"\xff",
        b'{"a": "\\u0000"}',
        b'{"a":' * 30 + b"1" + b"}" * 30,
    ],
)
def test_every_broken_body_is_refused(openapi: OpenApi, world: World, body: bytes) -> None:
    for path, method, operation in operations(openapi):
        if method not in ("post", "patch") or operation["operationId"] in TAKES_NO_BODY:
            continue
        response = world.client.generic(method.upper(), world.url(path), body, content_type="application/json")
        assert response.status_code == 400, (path, method, response.content)
        assert check(openapi, operation, response)["error_code"] == "VALIDATION_ERROR"


def test_a_megabyte_is_refused_everywhere_and_nothing_is_written(openapi: OpenApi, world: World) -> None:
    before = Order.objects.count(), GatewayCommand.objects.count()
    body = json.dumps({**ORDER, "client_order_id": "x" * 1_000_000}).encode()
    for path, method, operation in operations(openapi):
        if method in ("post", "patch") and operation["operationId"] not in TAKES_NO_BODY:
            response = world.client.generic(method.upper(), world.url(path), body, content_type="application/json")
            assert response.status_code == 400, (path, method, response.content[:300])
            check(openapi, operation, response)
    assert (Order.objects.count(), GatewayCommand.objects.count()) == before


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%00",
        "cD0xJnA9eA==",
        "bz0tMQ==",
        "cD1hYmM=",
        "cD0lMDA=",
        "cj0y",
        "bz05OTk5OTk5OTk5OTk5OTk5OTk5OQ==",
        "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk=",
    ],
)
def test_a_cursor_that_was_not_made_here_is_never_a_crash(openapi: OpenApi, world: World, cursor: str) -> None:
    for path, _ in READS:
        if "cursor" not in {p["name"] for p in openapi["paths"][path]["get"].get("parameters", [])}:
            continue
        response = world.client.get(world.url(path) + f"?cursor={cursor}")
        assert response.status_code in (200, 400), (path, cursor, response.status_code, response.content)
        check(openapi, openapi["paths"][path]["get"], response)


odd = (
    st.sampled_from(
        [
            "",
            " ",
            "AAPL",
            "aapl",
            "MSFT;--",
            "<script>",
            "NaN",
            "1e5",
            "-1",
            "0",
            "100",
            "190.01",
            "0.005",
            "1" * 30,
            "BUY",
            "SELL",
            "MKT",
            "LMT",
            "STP",
            "STP LMT",
            "TRAIL",
            "DAY",
            "GTC",
            "IOC",
            "DU1000001",
            "DU2000002",
            "\U0001f600",
            "a" * 300,
        ]
    )
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.none()
    | st.just([])
    | st.just({"a": 1})
)
FIELDS = (
    "account",
    "symbol",
    "con_id",
    "side",
    "quantity",
    "order_type",
    "limit_price",
    "stop_price",
    "time_in_force",
    "outside_rth",
    "client_order_id",
    "extra",
)
# only instruments the desk knows: what IB would say of others is tested with a gateway
wild = st.dictionaries(st.sampled_from(FIELDS), odd, max_size=12).filter(
    lambda body: (
        body.get("symbol", "AAPL")
        not in (
            "100",
            "1e5",
            "0",
            "NaN",
            "BUY",
            "SELL",
            "MKT",
            "LMT",
            "STP",
            "STP LMT",
            "TRAIL",
            "DAY",
            "GTC",
            "IOC",
            "DU1000001",
            "DU2000002",
            "1" * 30,
        )
        and (body.get("con_id") is None or isinstance(body.get("con_id"), (str, bool, float, list, dict)))
    )
)


@given(body=wild, keep=st.sets(st.sampled_from(sorted(ORDER))))
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_no_order_form_however_wild_breaks_the_contract(
    openapi: OpenApi, world: World, body: dict[str, Any], keep: set[str]
) -> None:
    operation = openapi["paths"]["/api/v1/orders/"]["post"]
    sent = {**body, **{name: ORDER[name] for name in keep}}
    before = Order.objects.count(), GatewayCommand.objects.count()
    response = world.client.post("/api/v1/orders/", sent, format="json")
    check(openapi, operation, response)
    assert response.status_code in (200, 201, 400, 403, 404, 409, 422), (sent, response.content)
    if response.status_code == 201:
        placed = Order.objects.get(pk=response.json()["id"])
        assert placed.quantity > 0
        assert placed.quantity == D(str(sent["quantity"]))
        assert placed.account_id == "DU1000001"
        assert (Order.objects.count(), GatewayCommand.objects.count()) == (before[0] + 1, before[1] + 1)
    elif response.status_code >= 400:
        assert (Order.objects.count(), GatewayCommand.objects.count()) == before


def test_pages_of_every_list_join_without_a_hole_or_a_repeat(openapi: OpenApi, world: World) -> None:
    for _ in range(4):
        instrument = InstrumentFactory()
        order = OrderFactory(account=world.account, instrument=instrument, symbol=instrument.symbol)
        FillFactory(order=order, executed_at=timezone.now())
        OrderEventFactory(order=world.order)
        PositionFactory(account=world.account, instrument=instrument)
        RiskDecisionFactory(account=world.account, breaches=[])
        LimitVersionFactory(account=world.account)
        KillSwitchEventFactory()
        ReconciliationBreakFactory(account=world.account)
        IncidentFactory(order=order)
        ApiKeyFactory(user=world.person)
        SignInFactory(user=world.person)
        AccountGrantFactory(user=world.person)
        AccountGrantFactory(account=world.account)
        GrantChangeFactory(account=world.account.code)
    for path, _ in READS:
        operation = openapi["paths"][path]["get"]
        if "cursor" not in {parameter["name"] for parameter in operation.get("parameters", [])}:
            continue
        whole = world.client.get(world.url(path)).json()["results"]
        assert len(whole) >= 5, path
        forth, url = [], world.url(path) + "?page_size=2"
        while url:
            last = check(openapi, operation, world.client.get(url))
            forth += last["results"]
            url = last["next"]
        assert forth == whole, path
        back = last["results"]
        while last["previous"]:
            last = check(openapi, operation, world.client.get(last["previous"]))
            back = last["results"] + back
        assert back == whole, path


@given(
    name=st.sampled_from(
        (
            "status",
            "symbol",
            "account",
            "side",
            "since",
            "until",
            "client_order_id",
            "order_id",
            "page_size",
            "kind",
            "is_open",
            "run",
            "code",
            "is_allowed",
            "nonsense",
        )
    ),
    value=st.text(max_size=40),
)
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_no_filter_however_wild_breaks_the_contract(openapi: OpenApi, world: World, name: str, value: str) -> None:
    redis_client().flushdb()  # a person may not ask that often
    for path in (
        "/api/v1/orders/",
        "/api/v1/fills/",
        "/api/v1/positions/",
        "/api/v1/reconciliation/breaks/",
        "/api/v1/risk/decisions/",
    ):
        response = world.client.get(path, {name: value})
        assert response.status_code in (200, 400), (path, name, value, response.status_code, response.content)
        check(openapi, openapi["paths"][path]["get"], response)


@pytest.mark.parametrize(
    "since", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-13-01", "now", "2026-01-01", "1e9"]
)
def test_times_at_the_end_of_time_are_no_crash(openapi: OpenApi, world: World, since: str) -> None:
    response = world.client.get("/api/v1/orders/", {"since": since})
    assert response.status_code in (200, 400), response.content
    check(openapi, openapi["paths"]["/api/v1/orders/"]["get"], response)


def test_unknown_paths_of_the_api_are_json_too(world: World) -> None:
    for path in (
        "/api/",
        "/api/v1/",
        "/api/v1/nothing/",
        "/api/v2/orders/",
        "/api/v1/orders",
        f"/api/v1/orders/{uuid.uuid4()}/x/",
        "/ws/",
        "/health/x",
        "/metrics/x",
    ):
        response = world.client.get(path)
        assert response.status_code == 404, path
        assert response.json()["error_code"] == "RESOURCE_NOT_FOUND"
        assert response["X-Request-ID"] == response.json()["request_id"]
