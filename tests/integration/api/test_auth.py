"""Signing in: tokens for programs, a session for the browser, and what a missing or old one gets."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from accounts.tokens import issue_tokens
from tests.factories import PASSWORD
from tests.fixtures.api import ApiDesk, assert_error

AUTH = "/api/v1/auth/"
ME = f"{AUTH}me/"


def bearer(token: object) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


class TestTokens:
    def test_a_pair_opens_the_api_and_is_renewed_once(self, desk: ApiDesk) -> None:
        client = desk.client_of(None)
        pair = client.post(f"{AUTH}token/", {"username": "trader", "password": PASSWORD}, format="json").json()
        assert set(pair) == {"access", "refresh"}
        assert bearer(pair["access"]).get(ME).json() == {
            "id": desk.trader.pk,
            "username": "trader",
            "is_staff": False,
            "is_superuser": False,
            "may_operate": False,
            "second_factor": {"enrolled": False, "required": False},
            "accounts": [
                {
                    "account": "DU1000001",
                    "role": "trader",
                    "permissions": ["see", "trade", "cancel", "reconcile"],
                    "may_trade": True,
                }
            ],
        }
        renewed = client.post(f"{AUTH}token/refresh/", {"refresh": pair["refresh"]}, format="json")
        assert renewed.status_code == 200
        assert renewed.json()["refresh"] != pair["refresh"]
        again = client.post(f"{AUTH}token/refresh/", {"refresh": pair["refresh"]}, format="json")
        assert_error(again, 401, "AUTHENTICATION_REQUIRED")

    @pytest.mark.parametrize("who", [("trader", "wrong"), ("nobody", PASSWORD), ("trader\0", PASSWORD)])
    def test_wrong_credentials(self, desk: ApiDesk, who: tuple[str, str]) -> None:
        answer = desk.client_of(None).post(f"{AUTH}token/", {"username": who[0], "password": who[1]}, format="json")
        if "\0" in who[0]:
            assert_error(answer, 400, "VALIDATION_ERROR")
        else:
            assert_error(answer, 401, "AUTHENTICATION_REQUIRED")

    @pytest.mark.parametrize("body", [{}, {"username": "trader"}, {"username": 1, "password": True}, {"user": "x"}])
    def test_a_request_that_is_none(self, desk: ApiDesk, body: dict[str, object]) -> None:
        for path in ("token/", "token/refresh/"):
            assert_error(desk.client_of(None).post(AUTH + path, body, format="json"), 400, "VALIDATION_ERROR")

    def test_an_expired_token(self, desk: ApiDesk) -> None:
        token = AccessToken(issue_tokens(desk.trader)["access"])  # type: ignore[arg-type]
        token.set_exp(lifetime=timedelta(seconds=-1))
        answer = bearer(token).get(ME)
        assert_error(answer, 401, "AUTHENTICATION_REQUIRED")
        assert answer["WWW-Authenticate"].startswith("Bearer")

    def test_tokens_that_are_none(self, desk: ApiDesk) -> None:
        refresh = RefreshToken(issue_tokens(desk.trader)["refresh"])  # type: ignore[arg-type]
        for token in ("x", "", "a.b.c", refresh, str(refresh.access_token)[:-2] + "xx"):
            assert_error(bearer(token).get(ME), 401, "AUTHENTICATION_REQUIRED")

    def test_a_person_who_left(self, desk: ApiDesk) -> None:
        client = desk.client
        desk.trader.is_active = False
        desk.trader.save()
        assert_error(client.get(ME), 401, "AUTHENTICATION_REQUIRED")
        assert_error(client.post(f"{AUTH}ws-ticket/"), 401, "AUTHENTICATION_REQUIRED")

    def test_without_one_nothing_opens(self, desk: ApiDesk) -> None:
        nobody = desk.client_of(None)
        for path in ("orders/", "fills/", "positions/", "accounts/", "gateway/", "instruments/", "quotes/?symbols=A"):
            assert_error(nobody.get(f"/api/v1/{path}"), 401, "AUTHENTICATION_REQUIRED")


class TestSession:
    def browser(self) -> APIClient:
        return APIClient(enforce_csrf_checks=True, raise_request_exception=False)

    def signed_in(self) -> tuple[APIClient, dict[str, str]]:
        client = self.browser()
        assert client.get(f"{AUTH}session/").json() == {"authenticated": False, "user": None}
        answer = client.post(
            f"{AUTH}session/",
            {"username": "trader", "password": PASSWORD},
            format="json",
            headers={"X-CSRFToken": client.cookies["csrftoken"].value},
        )
        assert answer.status_code == 200, answer.content
        assert answer.json()["user"]["username"] == "trader"
        return client, {"X-CSRFToken": client.cookies["csrftoken"].value}

    def test_in_and_out(self, desk: ApiDesk) -> None:
        client, token = self.signed_in()
        assert client.get(f"{AUTH}session/").json()["authenticated"] is True
        assert client.get(ME).status_code == 200
        assert client.post("/api/v1/orders/cancel-all/", {}, format="json", headers=token).status_code == 202
        assert client.delete(f"{AUTH}session/", headers=token).status_code == 204
        assert client.get(f"{AUTH}session/").json()["authenticated"] is False
        assert_error(client.get(ME), 401, "AUTHENTICATION_REQUIRED")

    def test_changes_need_the_csrf_token(self, desk: ApiDesk) -> None:
        client, _ = self.signed_in()
        assert_error(client.post("/api/v1/orders/cancel-all/", {}, format="json"), 403, "AUTHORIZATION_FAILED")
        assert_error(client.delete(f"{AUTH}session/"), 403, "AUTHORIZATION_FAILED")
        fresh = self.browser()
        answer = fresh.post(f"{AUTH}session/", {"username": "trader", "password": PASSWORD}, format="json")
        assert_error(answer, 403, "AUTHORIZATION_FAILED")


class TestTooOften:
    def test_guessing_locks_the_name_from_that_address(self, desk: ApiDesk) -> None:
        client = desk.client_of(None)
        body = {"username": "trader", "password": "wrong"}
        answers = [client.post(f"{AUTH}token/", body, format="json") for _ in range(12)]
        assert [answer.status_code for answer in answers[:9]] == [401] * 9
        last = answers[-1]
        assert_error(last, 429, "RATE_LIMIT_EXCEEDED")
        assert int(last["Retry-After"]) > 0
        right = client.post(f"{AUTH}token/", body | {"password": PASSWORD}, format="json")
        assert_error(right, 429, "RATE_LIMIT_EXCEEDED")

    def test_sign_ins_are_counted_by_address(self, desk: ApiDesk) -> None:
        client = desk.client_of(None)
        codes = [client.post(f"{AUTH}token/", {}, format="json").status_code for _ in range(22)]
        assert codes == [400] * 20 + [429] * 2
        headers = {"X-Forwarded-For": "10.1.2.3"}  # anybody can write this
        assert client.post(f"{AUTH}token/", {}, format="json", headers=headers).status_code == 429

    def test_orders_have_a_bucket_of_their_own(self, desk: ApiDesk, settings: object) -> None:
        from rest_framework.settings import api_settings

        before = dict(api_settings.DEFAULT_THROTTLE_RATES)
        api_settings.DEFAULT_THROTTLE_RATES["orders"] = "2/min"
        try:
            assert [desk.place().status_code for _ in range(2)] == [201, 201]
            answer = desk.place()
            details = assert_error(answer, 429, "RATE_LIMIT_EXCEEDED")
            assert 1 <= details["retry_after"] <= 60
            assert answer["Retry-After"] == str(details["retry_after"])
            assert desk.client.get("/api/v1/orders/").status_code == 200
        finally:
            api_settings.DEFAULT_THROTTLE_RATES.update(before)
