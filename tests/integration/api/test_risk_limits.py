"""Limits over REST: versions, conflicts, who may change them, scopes, and what they would have done."""

from typing import Any

import pytest

from tests.fixtures.api import ApiDesk, assert_error
from trading.models import LimitVersion, RiskDecision, RiskLimits

pytestmark = pytest.mark.django_db
URL = "/api/v1/risk/limits/DU1000001/"


def put(desk: ApiDesk, who: str = "risk_manager", **body: Any) -> Any:
    body = {"version": 0, "reason": "earnings week"} | body
    return desk.client_of(getattr(desk, who)).put(URL, body, format="json")


def preview(desk: ApiDesk, who: str = "risk_manager", **body: Any) -> Any:
    body = {"account": "DU1000001"} | body
    return desk.client_of(getattr(desk, who)).post("/api/v1/risk/limits/preview/", body, format="json")


def test_a_change_is_a_version_with_who_why_and_what(desk: ApiDesk) -> None:
    answer = put(desk, max_order_quantity="50", blocked_symbols=["tsla"])
    assert answer.status_code == 200, answer.content
    assert (answer.json()["version"], answer.json()["limits"]["max_order_quantity"]) == (1, "50")
    assert answer.json()["limits"]["max_position_quantity"] == "50000"  # what is left out stays
    assert RiskLimits.objects.get(account=desk.account).blocked_symbols == ["TSLA"]
    (row,) = desk.client.get(f"{URL}versions/").json()["results"]
    assert (row["changed_by"], row["reason"], row["version"]) == ("risk-manager", "earnings week", 1)
    assert (row["before"]["max_order_quantity"], row["after"]["max_order_quantity"]) == ("10000", "50")
    assert_error(desk.place(), 422, "ORDER_VALIDATION_FAILED")
    assert RiskDecision.objects.get().limits["max_order_quantity"] == "50"


def test_the_second_of_two_who_saw_the_same_version_is_told(desk: ApiDesk) -> None:
    assert put(desk, max_order_quantity="50").status_code == 200
    details = assert_error(put(desk, max_order_quantity="5000"), 409, "CONFLICT")
    assert (details["version"], details["limits"]["max_order_quantity"]) == (1, "50")
    assert put(desk, version=1, max_order_quantity=None).json()["limits"]["max_order_quantity"] is None
    assert LimitVersion.objects.count() == 2


def test_only_risk_managers_and_administrators_change_limits(desk: ApiDesk) -> None:
    for who in ("trader", "watcher"):
        assert_error(put(desk, who, max_order_quantity="50"), 403, "AUTHORIZATION_FAILED")
        assert_error(preview(desk, who, max_order_quantity="50"), 403, "AUTHORIZATION_FAILED")
        assert desk.client_of(getattr(desk, who)).get(URL).status_code == 200
    assert_error(put(desk, "stranger", max_order_quantity="50"), 404, "RESOURCE_NOT_FOUND")
    assert_error(desk.client_of(desk.stranger).get(f"{URL}versions/"), 404, "RESOURCE_NOT_FOUND")
    assert [r["account"] for r in desk.client_of(desk.stranger).get("/api/v1/risk/limits/").json()["results"]] == [
        "DU2000002"
    ]
    assert not LimitVersion.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"max_order_quantity": "0"}, "max_order_quantity"),
        ({"max_order_quantity": "NaN"}, "max_order_quantity"),
        ({"initial_margin_rate": "11"}, "initial_margin_rate"),
        ({"allowed_symbols": ["A"], "blocked_symbols": ["A"]}, "blocked_symbols"),
        ({"trading_halted": True}, "halt_reason"),
        ({"symbol": "AAPL", "initial_margin_rate": "1"}, "initial_margin_rate"),
        ({"user": "stranger", "max_order_quantity": "1"}, "user"),
        ({"user": "nobody-at-all", "max_order_quantity": "1"}, "user"),
        ({"max_ordr_quantity": "1"}, "max_ordr_quantity"),
    ],
)
def test_limits_that_make_no_sense_are_refused(desk: ApiDesk, body: dict[str, Any], field: str) -> None:
    assert field in assert_error(put(desk, **body), 400, "VALIDATION_ERROR")
    assert not LimitVersion.objects.exists()


@pytest.mark.parametrize("scope", [{"symbol": "AAPL"}, {"user": "trader"}, {"symbol": "AAPL", "user": "trader"}])
def test_the_strictest_of_account_symbol_and_user_applies(desk: ApiDesk, scope: dict[str, str]) -> None:
    assert put(desk, max_order_quantity="60", **scope).json()["limits"]["max_order_quantity"] == "60"
    assert desk.client.get(URL).json()["limits"]["max_order_quantity"] == "10000"
    assert desk.client.get(URL, scope).json()["version"] == 1
    assert_error(desk.place(), 422, "ORDER_VALIDATION_FAILED")
    assert desk.place(quantity="60").status_code == 201


def test_limits_of_another_symbol_and_of_another_user_do_not_apply(desk: ApiDesk) -> None:
    assert put(desk, symbol="MSFT", max_order_quantity="1").status_code == 200
    assert put(desk, user="watcher", trading_halted=True, halt_reason="training").status_code == 200
    assert desk.place().status_code == 201


def test_a_preview_says_what_would_have_been_blocked_and_let_through(desk: ApiDesk) -> None:
    assert desk.place(quantity="100").status_code == 201
    assert desk.place(quantity="40").status_code == 201
    assert desk.place(quantity="10001").status_code == 422
    tight = preview(desk, max_order_quantity="50").json()
    assert (tight["examined"], tight["blocked"], tight["let_through"], tight["unknown"]) == (3, 1, 0, 0)
    (example,) = tight["examples"]
    assert (example["change"], example["request"]["quantity"], example["user"]) == ("blocked", "100", "trader")
    assert example["message"] == "Quantity 100 is above the limit of 50 per order."
    wide = preview(desk, max_order_quantity=None, initial_margin_rate="0.1").json()
    assert (wide["blocked"], wide["let_through"]) == (0, 1)
    assert preview(desk, symbol="MSFT", max_order_quantity="1").json()["examined"] == 0
    assert preview(desk, user="trader", max_order_quantity="50").json()["blocked"] == 1
    assert not LimitVersion.objects.exists()
