"""Second factors: set up with a code, asked for at every door, good once, recovered, required by role."""

import time
from typing import Any

import pyotp
import pytest
from django.conf import settings as desk_settings
from django.test import Client
from rest_framework.test import APIClient

from accounts.access.credentials import credential_of
from accounts.access.credentials import person_with as person_of
from accounts.access.second_factor import confirm_enrolment, is_enrolled, reset_factor, start_enrolment
from accounts.models import RecoveryCode, SecondFactor, User
from accounts.tokens import issue_tokens
from config.shared.errors import DeskError
from tests.factories import PASSWORD, ApiKeyFactory, StaffFactory
from tests.fixtures.api import ApiDesk, assert_error
from trading.consumers.admission import rights_of

FACTOR = "/api/v1/auth/second-factor/"
TOKEN, SESSION, ME = (f"/api/v1/auth/{name}/" for name in ("token", "session", "me"))


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock of the codes, to be moved by the test."""
    from accounts.access import second_factor

    now = [time.time()]

    class Clock:
        @staticmethod
        def now() -> Any:
            from datetime import UTC, datetime

            return datetime.fromtimestamp(now[0], tz=UTC)

    monkeypatch.setattr(second_factor, "timezone", Clock)
    return now


def enrolled(user: User, now: list[float]) -> tuple[pyotp.TOTP, list[str]]:
    """The person's app and recovery codes; the code of this half minute is used up."""
    totp = pyotp.TOTP(start_enrolment(user).secret)
    codes = confirm_enrolment(user, totp.at(int(now[0])))
    now[0] += 60
    return totp, codes


def sign_in(path: str, **more: str) -> Any:
    client = APIClient(raise_request_exception=False)
    return client.post(path, {"username": "trader", "password": PASSWORD, **more}, format="json")


def test_set_up_over_rest(desk: ApiDesk, frozen: list[float]) -> None:
    client = desk.client
    assert client.get(FACTOR).json() == {"enrolled": False, "required": False, "recovery_codes_left": 0}
    assert_error(client.post(FACTOR, {"password": "wrong"}, format="json"), 400, "VALIDATION_ERROR")
    made = client.post(FACTOR, {"password": PASSWORD}, format="json").json()
    assert made["uri"].startswith("otpauth://totp/IBKR%20Desk:trader?")
    assert made["qr"].startswith("data:image/svg+xml")
    assert made["secret"] not in SecondFactor.objects.get().sealed_secret
    # not in force before the first code
    assert sign_in(TOKEN).status_code == 200
    assert_error(client.post(f"{FACTOR}confirm/", {"code": "000000"}, format="json"), 400, "VALIDATION_ERROR")
    totp = pyotp.TOTP(made["secret"])
    codes = client.post(f"{FACTOR}confirm/", {"code": totp.at(int(frozen[0]))}, format="json").json()["recovery_codes"]
    assert len(set(codes)) == 10
    assert not set(codes) & set(RecoveryCode.objects.values_list("code_hash", flat=True))
    assert client.get(FACTOR).json() == {"enrolled": True, "required": False, "recovery_codes_left": 10}
    assert_error(client.post(FACTOR, {"password": PASSWORD}, format="json"), 409, "CONFLICT")
    assert_error(client.post(f"{FACTOR}confirm/", {"code": "1"}, format="json"), 409, "CONFLICT")


@pytest.mark.parametrize("path", [TOKEN, SESSION])
def test_the_password_alone_opens_nothing(desk: ApiDesk, frozen: list[float], path: str) -> None:
    totp, codes = enrolled(desk.trader, frozen)
    assert assert_error(sign_in(path), 401, "AUTHENTICATION_REQUIRED") == {"second_factor": "required"}
    assert assert_error(sign_in(path, code="000000"), 401, "AUTHENTICATION_REQUIRED") == {"second_factor": "wrong"}
    code = totp.at(int(frozen[0]))
    assert sign_in(path, code=f"{code[:3]} {code[3:]}").status_code == 200
    # each code is good once
    assert_error(sign_in(path, code=code), 401, "AUTHENTICATION_REQUIRED")
    assert sign_in(path, code=codes[3].upper()).status_code == 200
    assert_error(sign_in(path, code=codes[3]), 401, "AUTHENTICATION_REQUIRED")
    assert desk.client.get(FACTOR).json()["recovery_codes_left"] == 9


def test_a_wrong_password_is_told_alike_with_and_without_a_factor(desk: ApiDesk, frozen: list[float]) -> None:
    enrolled(desk.trader, frozen)
    client = APIClient(raise_request_exception=False)
    answer = client.post(TOKEN, {"username": "trader", "password": "wrong", "code": "1"}, format="json")
    assert assert_error(answer, 401, "AUTHENTICATION_REQUIRED") == {}


def test_a_code_is_good_half_a_minute_early_and_late_and_no_more(desk: ApiDesk, frozen: list[float]) -> None:
    totp, _ = enrolled(desk.trader, frozen)
    frozen[0] += 3600
    for drift, status in ((-60, 401), (-30, 200), (30, 200), (90, 401)):
        assert sign_in(TOKEN, code=totp.at(int(frozen[0]) + drift)).status_code == status, drift


def test_guessing_codes_locks_the_name(desk: ApiDesk, frozen: list[float]) -> None:
    totp, _ = enrolled(desk.trader, frozen)
    for _ in range(desk_settings.AXES_FAILURE_LIMIT):
        sign_in(TOKEN, code="000000")
    assert_error(sign_in(TOKEN, code=totp.at(int(frozen[0]))), 429, "RATE_LIMIT_EXCEEDED")


def test_the_admin_asks_too(desk: ApiDesk, frozen: list[float], settings: Any) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    root = StaffFactory(username="root")
    client = Client()
    form = {"username": "root", "password": PASSWORD}
    assert 'name="code"' in client.get("/admin/login/").content.decode()
    totp, _ = enrolled(root, frozen)
    assert "Enter the code of your authenticator" in client.post("/admin/login/", form).content.decode()
    assert "The code is wrong" in client.post("/admin/login/", form | {"code": "000000"}).content.decode()
    assert client.get("/admin/").status_code == 302
    answer = client.post("/admin/login/", form | {"code": totp.at(int(frozen[0]))})
    assert answer.status_code == 302, answer.content.decode()[:500]
    assert client.get("/admin/").status_code == 200


def test_new_recovery_codes_end_the_old_and_removal_takes_a_code(desk: ApiDesk, frozen: list[float]) -> None:
    totp, old = enrolled(desk.trader, frozen)
    client = desk.client
    assert_error(client.post(f"{FACTOR}recovery-codes/", {"code": "0"}, format="json"), 400, "VALIDATION_ERROR")
    answer = client.post(f"{FACTOR}recovery-codes/", {"code": totp.at(int(frozen[0]))}, format="json")
    new = answer.json()["recovery_codes"]
    assert_error(sign_in(TOKEN, code=old[0]), 401, "AUTHENTICATION_REQUIRED")
    assert_error(client.post(f"{FACTOR}remove/", {"code": old[0]}, format="json"), 400, "VALIDATION_ERROR")
    assert client.post(f"{FACTOR}remove/", {"code": new[0]}, format="json").status_code == 204
    assert sign_in(TOKEN).status_code == 200
    assert not RecoveryCode.objects.exists()


class TestRequiredByRole:
    """`DESK_SECOND_FACTOR_ROLES`."""

    @pytest.fixture(autouse=True)
    def traders_need_one(self, settings: Any) -> None:
        settings.SECOND_FACTOR_ROLES = ["trader", "administrator"]

    def test_until_it_is_set_up_nothing_else_opens(self, desk: ApiDesk, frozen: list[float]) -> None:
        client = desk.client
        for path in ("orders/", "accounts/", "fills/", "auth/api-keys/"):
            details = assert_error(client.get(f"/api/v1/{path}"), 403, "AUTHORIZATION_FAILED")
            assert details == {"second_factor": "enrol"}
        assert_error(client.post("/api/v1/auth/ws-ticket/"), 403, "AUTHORIZATION_FAILED")
        assert client.get(ME).json()["second_factor"] == {"enrolled": False, "required": True}
        enrolled(desk.trader, frozen)
        assert client.get("/api/v1/orders/").status_code == 200

    def test_other_roles_need_none(self, desk: ApiDesk) -> None:
        assert desk.client_of(desk.watcher).get("/api/v1/orders/").status_code == 200

    def test_keys_of_a_person_without_one_open_nothing_either(self, desk: ApiDesk) -> None:
        key = ApiKeyFactory(user=desk.trader)
        desk.trader.restriction = key.restriction
        client = APIClient(raise_request_exception=False)
        client.force_authenticate(desk.trader)
        assert_error(client.get("/api/v1/orders/"), 403, "AUTHORIZATION_FAILED")

    def test_it_cannot_be_removed(self, desk: ApiDesk, frozen: list[float]) -> None:
        totp, _ = enrolled(desk.trader, frozen)
        answer = desk.client.post(f"{FACTOR}remove/", {"code": totp.at(int(frozen[0]))}, format="json")
        assert_error(answer, 409, "CONFLICT")
        assert is_enrolled(desk.trader)

    def test_superusers_count_as_administrators_and_the_admin_sends_them_to_the_settings(self, desk: ApiDesk) -> None:
        root = StaffFactory()
        assert_error(desk.client_of(root).get("/api/v1/orders/"), 403, "AUTHORIZATION_FAILED")
        browser = Client()
        browser.force_login(root, backend="django.contrib.auth.backends.ModelBackend")
        answer = browser.get("/admin/", follow=True)
        assert answer.redirect_chain[-1][0] == "/settings"

    @pytest.mark.django_db(transaction=True)
    async def test_no_socket_opens_either(self, committed_desk: ApiDesk) -> None:
        from asgiref.sync import sync_to_async

        credential = await sync_to_async(credential_of)(committed_desk.trader)
        assert await rights_of(credential) is None
        credential = await sync_to_async(credential_of)(committed_desk.watcher)
        assert await rights_of(credential) is not None


def test_a_superuser_resets_the_factor_of_who_lost_it(desk: ApiDesk, frozen: list[float]) -> None:
    enrolled(desk.trader, frozen)
    with pytest.raises(DeskError):
        reset_factor(desk.trader, by=desk.watcher)
    reset_factor(desk.trader, by=StaffFactory())
    assert sign_in(TOKEN).status_code == 200


def test_an_api_key_changes_no_factor(desk: ApiDesk) -> None:
    key = ApiKeyFactory(user=desk.trader)
    desk.trader.restriction = key.restriction
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(desk.trader)
    assert_error(client.post(FACTOR, {"password": PASSWORD}, format="json"), 403, "AUTHORIZATION_FAILED")
    for path in ("confirm/", "recovery-codes/", "remove/"):
        assert_error(client.post(f"{FACTOR}{path}", {"code": "1"}, format="json"), 403, "AUTHORIZATION_FAILED")


def test_a_key_sealed_under_another_secret_key_lets_nobody_in(
    desk: ApiDesk, frozen: list[float], settings: Any
) -> None:
    totp, codes = enrolled(desk.trader, frozen)
    credential = credential_of(desk.trader)
    assert person_of(credential) == desk.trader
    settings.SECRET_KEY = "another-" * 8
    settings.SECRET_KEY_FALLBACKS = []
    assert_error(sign_in(TOKEN, code=totp.at(int(frozen[0]))), 401, "AUTHENTICATION_REQUIRED")
    assert sign_in(TOKEN, code=codes[0]).status_code == 200
    assert issue_tokens(desk.trader)
