"""How often one may ask, what one is told about it, and what stays locked when Redis forgets."""

import time
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from rest_framework.test import APIClient

from config.shared import throttling
from config.shared.redis import redis_client
from tests.factories import PASSWORD
from tests.fixtures.access import ROUTES
from tests.fixtures.api import ApiDesk, assert_error
from tests.integration.access.test_every_route import answer_of
from trading.models import Order

pytestmark = pytest.mark.usefixtures("impatient")

ME, TOKEN = "/api/v1/auth/me/", "/api/v1/auth/token/"
LIMIT, LEFT, RESET = "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"


@pytest.fixture
def rates(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    from rest_framework.settings import api_settings

    own = dict(api_settings.DEFAULT_THROTTLE_RATES)
    monkeypatch.setattr(api_settings, "DEFAULT_THROTTLE_RATES", own)
    return own


def sign_in(password: str, client: APIClient | None = None) -> Any:
    client = client or APIClient(raise_request_exception=False)
    return client.post(TOKEN, {"username": "trader", "password": password}, format="json")


def test_every_answer_of_every_route_says_what_is_left(desk: ApiDesk, rates: dict[str, str]) -> None:
    rates |= {
        "user": "1000/min",
        "login": "1000/min",
        "anonymous": "1000/min",
        "orders": "1000/min",
        "kill_switch": "1000/min",
    }
    order: Order = desk.working()
    for method, path in ROUTES:
        for who in (desk.trader, None):
            answer = answer_of(desk, order, method, path, who)
            told = {name: answer.headers.get(name) for name in (LIMIT, LEFT, RESET)}
            assert told[LIMIT] == "1000", (method, path, who, answer.status_code, told)
            assert 0 <= int(told[LEFT] or -1) < 1000
            assert time.time() - 1 <= int(told[RESET] or 0) <= time.time() + 61


def test_what_is_left_counts_down_and_the_end_says_when_to_come_back(desk: ApiDesk, rates: dict[str, str]) -> None:
    rates["user"] = "3/min"
    answers = [desk.client.get(ME) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert [answer[LEFT] for answer in answers] == ["2", "1", "0", "0", "0"]
    details = assert_error(answers[-1], 429, "RATE_LIMIT_EXCEEDED")
    assert answers[-1]["Retry-After"] == str(details["retry_after"])
    assert 1 <= details["retry_after"] <= 60


def test_the_bucket_that_is_nearest_to_its_end_is_told(desk: ApiDesk, rates: dict[str, str]) -> None:
    rates["orders"] = "5/min"
    assert desk.place()[LIMIT] == "5"
    assert desk.client.get("/api/v1/orders/")[LIMIT] == "600"


@pytest.mark.parametrize("header", ["Api-Key desk_00_x", "Bearer desk_00_x", "Bearer a.b.c", None])
def test_whoever_tries_keys_is_held_back(desk: ApiDesk, rates: dict[str, str], header: str | None) -> None:
    rates["anonymous"] = "4/min"
    client = APIClient(raise_request_exception=False)
    if header:
        client.credentials(HTTP_AUTHORIZATION=header)
    assert [client.get(ME).status_code for _ in range(6)] == [401] * 4 + [429] * 2
    # and nobody else is
    assert desk.client.get(ME).status_code == 200


def test_without_redis_nobody_is_held_back_and_the_lock_out_holds(
    desk: ApiDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        sign_in("wrong")
    redis_client().flushall()
    assert_error(sign_in(PASSWORD), 429, "RATE_LIMIT_EXCEEDED")
    monkeypatch.setattr(throttling, "_count", lambda *_: 0)  # what it answers when Redis is away
    assert_error(sign_in(PASSWORD), 429, "RATE_LIMIT_EXCEEDED")
    assert desk.client.get(ME).status_code == 200


def test_the_lock_out_is_of_a_name_at_an_address(desk: ApiDesk) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        sign_in("wrong")
    elsewhere = APIClient(raise_request_exception=False, REMOTE_ADDR="10.9.8.7")
    assert sign_in(PASSWORD, elsewhere).status_code == 200
    assert sign_in(PASSWORD).status_code == 429


def test_mistakes_before_a_success_are_forgotten(desk: ApiDesk) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        sign_in("wrong")
    assert sign_in(PASSWORD).status_code == 200
    for _ in range(settings.AXES_FAILURE_LIMIT - 2):
        assert sign_in("wrong").status_code == 401


def test_the_door_of_the_admin_is_counted_too(desk: ApiDesk, rates: dict[str, str], settings: Any) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    rates["login"] = "3/min"
    client = Client()
    form = {"username": "trader", "password": "wrong"}
    answers = [client.post("/admin/login/", form) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1]["Retry-After"]) >= 1
    assert client.get("/admin/login/").status_code == 200


def test_who_has_used_up_every_other_bucket_still_reaches_the_kill_switch(desk: ApiDesk, rates: dict[str, str]) -> None:
    rates |= {"user": "2/min", "orders": "1/min", "kill_switch": "2/min"}
    assert [desk.client.get(ME).status_code for _ in range(3)] == [200, 200, 429]
    on = {"engaged": True, "reason": "Strategy runs wild"}
    answers = [desk.client.post("/api/v1/risk/kill-switch/", on, format="json") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0][LEFT] == "1"
