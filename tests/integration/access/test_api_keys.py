"""API keys: shown once, kept as a hash, good for their scopes and accounts until they end."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.access.api_keys import MARK
from accounts.access.credentials import person_with as person_of
from accounts.domain.roles import Permission
from accounts.models import ApiKey, User
from accounts.tickets import issue_ticket, redeem_ticket
from tests.factories import AccountFactory, AccountGrantFactory, ApiKeyFactory, StaffFactory
from tests.fixtures.api import ORDER, ApiDesk, assert_error
from trading.models import KillSwitch

KEYS = "/api/v1/auth/api-keys/"
ME = "/api/v1/auth/me/"
SWITCH, ON = "/api/v1/risk/kill-switch/", {"engaged": True, "reason": "a test"}


def create(desk: ApiDesk, who: User | None = None, **changes: Any) -> Any:
    body = {"name": "strategy", "scopes": ["read"], "expires_at": (timezone.now() + timedelta(days=30)).isoformat()}
    body = {name: value for name, value in (body | changes).items() if value is not None}
    return desk.client_of(who or desk.trader).post(KEYS, body, format="json")


def key_for(desk: ApiDesk, who: User | None = None, **changes: Any) -> str:
    answer = create(desk, who, **changes)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["key"])


def client_with(key: str, scheme: str = "Api-Key") -> APIClient:
    return APIClient(raise_request_exception=False, HTTP_AUTHORIZATION=f"{scheme} {key}")


def test_a_key_is_shown_once_and_kept_as_a_hash(desk: ApiDesk) -> None:
    answer = create(desk).json()
    key, row = answer["key"], ApiKey.objects.get()
    assert key.startswith(f"{MARK}{row.prefix}_")
    assert key not in str(ApiKey.objects.values().get())
    (listed,) = desk.client.get(KEYS).json()["results"]
    assert "key" not in listed
    assert listed == {name: value for name, value in answer.items() if name != "key"}


@pytest.mark.parametrize("scheme", ["Api-Key", "Bearer", "api-key"])
def test_a_key_opens_the_door_and_its_use_is_noted(desk: ApiDesk, scheme: str) -> None:
    assert client_with(key_for(desk), scheme).get(ME).json()["username"] == "trader"
    row = ApiKey.objects.get()
    assert row.last_used_at is not None
    assert row.last_used_from == "127.0.0.1"


def test_a_key_for_reading_reads_and_no_more(desk: ApiDesk) -> None:
    order = desk.working()
    client = client_with(key_for(desk))
    assert client.get(f"/api/v1/orders/{order.pk}/").status_code == 200
    assert client.get(ME).json()["accounts"][0]["permissions"] == ["see"]
    for path, body in (
        ("orders/", ORDER),
        ("orders/preview/", ORDER),
        ("orders/cancel-all/", {"account": "DU1000001"}),
        (f"orders/{order.pk}/cancel/", {}),
        ("reconciliation/run/", {"account": "DU1000001"}),
        ("gateway/reconnect/", {}),
    ):
        assert_error(client.post(f"/api/v1/{path}", body, format="json"), 403, "AUTHORIZATION_FAILED")
    assert client.post("/api/v1/orders/cancel-all/", {}, format="json").json()["requested"] == 0


def test_a_key_for_trading_trades_for_its_owner(desk: ApiDesk) -> None:
    answer = client_with(key_for(desk, scopes=["trade"])).post("/api/v1/orders/", ORDER, format="json")
    assert answer.status_code == 201, answer.content
    looks_only = client_with(key_for(desk, desk.watcher, scopes=["trade"]))
    assert_error(looks_only.post("/api/v1/orders/", ORDER, format="json"), 403, "AUTHORIZATION_FAILED")


def test_a_key_gives_nobody_more_than_they_have(desk: ApiDesk) -> None:
    client = client_with(key_for(desk, desk.watcher, scopes=["read", "trade", "risk"]))
    assert client.get(ME).json()["accounts"][0]["permissions"] == ["see"]
    desk.watcher.grants.all().delete()
    assert client.get(ME).json()["accounts"] == []


def test_a_key_ends_at_the_accounts_it_was_made_for(desk: ApiDesk) -> None:
    other = AccountFactory(code="DU3000003")
    AccountGrantFactory(user=desk.trader, account=other)
    order = desk.working(account="DU1000001")
    client = client_with(key_for(desk, scopes=["trade"], accounts=["DU3000003"]))
    assert [row["account"] for row in client.get("/api/v1/accounts/").json()["results"]] == ["DU3000003"]
    assert client.get("/api/v1/orders/").json()["results"] == []
    assert_error(client.get(f"/api/v1/orders/{order.pk}/"), 404, "RESOURCE_NOT_FOUND")
    assert_error(client.post(f"/api/v1/orders/{order.pk}/cancel/", {}, format="json"), 404, "RESOURCE_NOT_FOUND")
    assert_error(client.get("/api/v1/accounts/DU1000001/"), 404, "RESOURCE_NOT_FOUND")
    refused = client.post("/api/v1/orders/", ORDER | {"account": "DU1000001"}, format="json")
    assert_error(refused, 400, "VALIDATION_ERROR")


def test_a_superuser_s_key_is_held_to_its_scopes_and_accounts(desk: ApiDesk) -> None:
    root = StaffFactory()
    client = client_with(key_for(desk, root, scopes=["risk"], accounts=["DU1000001"]))
    assert [row["account"] for row in client.get(ME).json()["accounts"]] == ["DU1000001"]
    assert_error(client.post("/api/v1/gateway/reconnect/", {}, format="json"), 403, "AUTHORIZATION_FAILED")
    assert_error(client.get("/api/v1/accounts/DU1000001/roles/"), 403, "AUTHORIZATION_FAILED")
    assert_error(client.post("/api/v1/orders/", ORDER, format="json"), 403, "AUTHORIZATION_FAILED")
    whole = client_with(key_for(desk, root, scopes=["risk"]))
    assert whole.post("/api/v1/gateway/reconnect/", {}, format="json").status_code == 202


def test_a_key_manages_no_keys_sign_ins_or_roles(desk: ApiDesk) -> None:
    client = client_with(key_for(desk, scopes=["read", "trade", "risk"]))
    row = ApiKey.objects.get()
    for method, path in (
        ("get", KEYS),
        ("post", KEYS),
        ("delete", f"{KEYS}{row.pk}/"),
        ("get", "/api/v1/auth/sign-ins/"),
        ("post", "/api/v1/auth/sign-out-everywhere/"),
    ):
        assert_error(getattr(client, method)(path, {}, format="json"), 403, "AUTHORIZATION_FAILED")


@pytest.mark.parametrize("end", ["revoked", "expired", "owner disabled"])
def test_a_key_that_is_over_opens_nothing(desk: ApiDesk, end: str) -> None:
    client = client_with(key_for(desk))
    row = ApiKey.objects.get()
    if end == "revoked":
        assert desk.client.delete(f"{KEYS}{row.pk}/").status_code == 204
    elif end == "expired":
        ApiKey.objects.update(expires_at=timezone.now())
    else:
        User.objects.filter(pk=desk.trader.pk).update(is_active=False)
    answer = client.get(ME)
    assert_error(answer, 401, "AUTHENTICATION_REQUIRED")
    assert answer.json()["message"] == "The API key is not valid (any more)"


def test_keys_that_are_none_are_told_alike(desk: ApiDesk) -> None:
    key = key_for(desk)
    wrong = [key[:-1], key + "x", MARK, "", "desk__", key.upper(), "é" * 9, "x" * 9000]
    for text in wrong:
        answer = client_with(text).get(ME)
        assert_error(answer, 401, "AUTHENTICATION_REQUIRED")
        assert answer.json()["message"] == "The API key is not valid (any more)", text


@pytest.mark.parametrize(
    "changes",
    [
        {"scopes": []},
        {"scopes": ["everything"]},
        {"scopes": None},
        {"name": ""},
        {"name": None},
        {"accounts": ["DU2000002"]},
        {"accounts": []},
        {"accounts": "DU1000001"},
        {"expires_at": None},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": "2999-01-01T00:00:00Z"},
        {"expires_at": "soon"},
        {"extra": 1},
    ],
)
def test_a_key_that_cannot_be(desk: ApiDesk, changes: dict[str, Any]) -> None:
    assert_error(create(desk, **changes), 400, "VALIDATION_ERROR")
    assert not ApiKey.objects.exists()


def test_somebody_elses_key_is_not_there(desk: ApiDesk) -> None:
    foreign = ApiKeyFactory(user=desk.stranger)
    assert desk.client.get(KEYS).json()["results"] == []
    assert_error(desk.client.delete(f"{KEYS}{foreign.pk}/"), 404, "RESOURCE_NOT_FOUND")
    foreign.refresh_from_db()
    assert foreign.revoked_at is None


def test_a_ticket_opens_no_more_than_the_key_it_was_made_with(desk: ApiDesk) -> None:
    client = client_with(key_for(desk, scopes=["read"], accounts=["DU1000001"]))
    credential = redeem_ticket(client.post("/api/v1/auth/ws-ticket/").json()["ticket"])
    assert credential is not None
    person = person_of(credential)
    assert person is not None
    assert person.permissions_in(desk.account) == {Permission.SEE}
    ApiKey.objects.update(revoked_at=timezone.now())
    assert person_of(credential) is None


def test_a_ticket_ends_with_the_sign_in_it_was_made_with(desk: ApiDesk) -> None:
    client = desk.client
    credential = redeem_ticket(client.post("/api/v1/auth/ws-ticket/").json()["ticket"])
    assert credential is not None
    assert person_of(credential) == desk.trader
    desk.trader.sign_ins.update(revoked_at=timezone.now())
    assert person_of(credential) is None
    assert redeem_ticket(issue_ticket(desk.trader)[0]) is not None


def test_no_log_line_knows_a_key(desk: ApiDesk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        key = key_for(desk)
        client_with(key).get(ME)
        client_with(key + "x").get(ME)
        desk.client.delete(f"{KEYS}{ApiKey.objects.get().pk}/")
    assert caplog.records
    assert key.rpartition("_")[2] not in "\n".join(str(record.msg) + str(record.args) for record in caplog.records)


def test_signing_out_everywhere_takes_the_keys_when_asked(desk: ApiDesk) -> None:
    client = client_with(key_for(desk))
    answer = desk.client.post("/api/v1/auth/sign-out-everywhere/", {"revoke_api_keys": True}, format="json")
    assert answer.json()["api_keys"] == 1
    assert_error(client.get(ME), 401, "AUTHENTICATION_REQUIRED")


def test_a_key_engages_the_kill_switch_only_where_it_may_do_something(desk: ApiDesk) -> None:
    AccountGrantFactory(user=desk.trader, account=desk.foreign_account, role="viewer")
    looks_only = client_with(key_for(desk, scopes=["trade"], accounts=["DU2000002"]))
    assert looks_only.get(SWITCH).json()["may_engage"] is False
    assert_error(looks_only.post(SWITCH, ON, format="json"), 403, "AUTHORIZATION_FAILED")
    reads_only = client_with(key_for(desk, scopes=["read"]))
    assert_error(reads_only.post(SWITCH, ON, format="json"), 403, "AUTHORIZATION_FAILED")
    assert not KillSwitch.objects.filter(engaged=True).exists()
    trades = client_with(key_for(desk, scopes=["trade"], accounts=["DU1000001"]))
    assert trades.post(SWITCH, ON, format="json").json()["may_engage"] is True


def test_a_superuser_s_key_for_one_account_has_only_that_account_s_orders_cancelled(desk: ApiDesk) -> None:
    key = client_with(key_for(desk, StaffFactory(), scopes=["trade"], accounts=["DU1000001"]))
    assert key.post(SWITCH, ON, format="json").status_code == 200
    switch = KillSwitch.objects.get()
    assert (switch.cancels_in("DU1000001"), switch.cancels_in("DU2000002")) == (True, False)
