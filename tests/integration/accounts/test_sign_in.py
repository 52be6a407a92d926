"""Sign-in: tokens that end, sessions that need their CSRF token, doors that close after too many wrong keys."""

import threading
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from accounts.models import SignIn, User
from accounts.tokens import issue_tokens
from config.shared.redis import redis_client
from tests.factories import AccountFactory, AccountGrantFactory, SignInFactory, UserFactory

PASSWORD = "a long enough passphrase"
ME, SESSION, TOKEN, REFRESH = (f"/api/v1/auth/{name}/" for name in ("me", "session", "token", "token/refresh"))

REVOKE, SIGN_INS = "/api/v1/auth/token/revoke/", "/api/v1/auth/sign-ins/"
EVERYWHERE = "/api/v1/auth/sign-out-everywhere/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(db: None) -> User:
    user: User = UserFactory(username="trader")
    user.set_password(PASSWORD)
    user.save()
    return user


def post(path: str, body: dict[str, Any], client: APIClient | None = None, **headers: Any) -> Any:
    return (client or APIClient(raise_request_exception=False)).post(path, body, format="json", **headers)


def sign_in(password: str = PASSWORD) -> Any:
    return post(TOKEN, {"username": "trader", "password": password})


def me(access: str) -> Any:
    return APIClient().get(ME, HTTP_AUTHORIZATION=f"Bearer {access}")


def is_unsigned(answer: Any) -> bool:
    return answer.status_code == 401 and answer.json()["error_code"] == "AUTHENTICATION_REQUIRED"


def test_name_and_password_give_a_pair_and_the_access_token_opens_the_door(person: User) -> None:
    AccountGrantFactory(user=person, account=AccountFactory(code="DU1"), may_trade=False)
    AccountFactory(code="DU2")
    pair = sign_in()
    assert pair.status_code == 200
    assert pair["Cache-Control"] == "no-store"
    answer = me(pair.json()["access"])
    assert answer.json() == {
        "id": person.pk,
        "username": "trader",
        "is_staff": person.is_staff,
        "is_superuser": False,
        "may_operate": False,
        "second_factor": {"enrolled": False, "required": False},
        "accounts": [{"account": "DU1", "role": "viewer", "permissions": ["see"], "may_trade": False}],
    }


@pytest.mark.parametrize(
    "credentials",
    [
        {"username": "trader", "password": "wrong"},
        {"username": "nobody", "password": PASSWORD},
        {"username": "TRADER", "password": PASSWORD},
        {"username": "trader", "password": PASSWORD + " "},
    ],
)
def test_wrong_names_and_wrong_passwords_are_told_alike(person: User, credentials: dict[str, str]) -> None:
    for path in (TOKEN, SESSION):
        answer = post(path, credentials)
        assert is_unsigned(answer)
        assert answer.json()["message"] == "The username or the password is wrong"


@pytest.mark.parametrize(
    "body",
    [{}, {"username": "trader"}, {"username": ["trader"], "password": 5}, {"username": "a", "password": "b", "c": 1}],
)
def test_a_form_that_is_not_filled_in_is_no_attempt(person: User, body: dict[str, Any]) -> None:
    for path in (TOKEN, SESSION):
        assert post(path, body).status_code == 400


def test_somebody_who_was_disabled_stays_outside_with_every_key(person: User) -> None:
    pair = sign_in().json()
    person.is_active = False
    person.save()
    assert is_unsigned(me(pair["access"]))
    assert is_unsigned(post(REFRESH, {"refresh": pair["refresh"]}))
    assert is_unsigned(sign_in())


def expired(token: Any) -> str:
    token.set_exp(from_time=timezone.now() - timedelta(days=30), lifetime=timedelta(minutes=1))
    return str(token)


def test_tokens_that_are_over_forged_or_of_another_kind_open_nothing(person: User) -> None:
    good = sign_in().json()
    head, body, signature = good["access"].split(".")
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + body + "."
    for wrong in (
        expired(AccessToken(good["access"])),
        good["refresh"],
        f"{head}.{body}.{signature[::-1]}",
        unsigned,
        "x",
        "a.b.c",
        "é",
        "",
    ):
        answer = me(wrong)
        assert is_unsigned(answer), wrong
        assert answer["WWW-Authenticate"].startswith("Bearer")
    for wrong in (expired(RefreshToken(good["refresh"])), good["access"], "x", "a.b.c"):
        assert is_unsigned(post(REFRESH, {"refresh": wrong})), wrong
    assert is_unsigned(APIClient().get(ME, HTTP_AUTHORIZATION="Basic dHJhZGVyOng="))


def test_a_refresh_token_is_good_for_one_use(person: User) -> None:
    first = sign_in().json()["refresh"]
    second = post(REFRESH, {"refresh": first})
    assert me(second.json()["access"]).status_code == 200
    third = post(REFRESH, {"refresh": second.json()["refresh"]})
    assert third.status_code == 200


def test_a_refresh_token_that_is_used_twice_ends_the_whole_sign_in(person: User) -> None:
    stolen, other = sign_in().json(), sign_in().json()
    second = post(REFRESH, {"refresh": stolen["refresh"]}).json()
    assert is_unsigned(post(REFRESH, {"refresh": stolen["refresh"]}))
    # whoever of the two holds the newer pair: it is over for both, access tokens included
    assert is_unsigned(post(REFRESH, {"refresh": second["refresh"]}))
    assert is_unsigned(me(second["access"]))
    assert is_unsigned(me(stolen["access"]))
    assert SignIn.objects.get(revoked_why="a used refresh token came back").user == person
    # the same person's other sign-in has nothing to do with it
    assert me(other["access"]).status_code == 200
    assert post(REFRESH, {"refresh": other["refresh"]}).status_code == 200


def test_a_program_signs_out_and_its_access_token_ends_too(person: User) -> None:
    pair = sign_in().json()
    assert post(REVOKE, {"refresh": pair["refresh"]}).status_code == 204
    assert is_unsigned(me(pair["access"]))
    assert is_unsigned(post(REFRESH, {"refresh": pair["refresh"]}))
    for nonsense in (pair["refresh"], "x", pair["access"]):
        assert post(REVOKE, {"refresh": nonsense}).status_code == 204


def test_signing_out_everywhere_ends_what_there_is_and_not_what_comes(person: User) -> None:
    first, second = sign_in().json(), sign_in().json()
    client = APIClient()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    stranger = UserFactory()
    kept = issue_tokens(stranger)
    answer = APIClient().post(EVERYWHERE, {}, format="json", HTTP_AUTHORIZATION=f"Bearer {first['access']}")
    assert (answer.status_code, answer.json()) == (200, {"sign_ins": 2, "api_keys": 0})
    for pair in (first, second):
        assert is_unsigned(me(pair["access"]))
        assert is_unsigned(post(REFRESH, {"refresh": pair["refresh"]}))
    assert is_unsigned(client.get(ME))
    assert me(kept["access"]).status_code == 200
    assert me(sign_in().json()["access"]).status_code == 200


def test_one_sign_in_is_ended_from_the_list(person: User) -> None:
    lost, mine = sign_in().json(), sign_in().json()
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {mine['access']}")
    rows = client.get(SIGN_INS).json()["results"]
    assert len(rows) == 2
    assert client.delete(f"{SIGN_INS}{rows[1]['id']}/").status_code == 204
    assert is_unsigned(me(lost["access"]))
    assert [row["id"] for row in client.get(SIGN_INS).json()["results"]] == [rows[0]["id"]]
    foreign = SignInFactory()
    assert client.delete(f"{SIGN_INS}{foreign.pk}/").status_code == 404
    foreign.refresh_from_db()
    assert foreign.revoked_at is None


def test_another_password_ends_every_token(person: User) -> None:
    pair = sign_in().json()
    person.set_password("another passphrase")
    person.save()
    assert is_unsigned(me(pair["access"]))
    assert is_unsigned(post(REFRESH, {"refresh": pair["refresh"]}))


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_use_one_refresh_token_at_once_one_succeeds(person: User) -> None:
    refresh = sign_in().json()["refresh"]
    statuses: list[int] = []
    start = threading.Barrier(10)

    def use() -> None:
        start.wait()
        statuses.append(post(REFRESH, {"refresh": refresh}).status_code)
        connection.close()

    threads = [threading.Thread(target=use) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [401] * 9


def browser() -> Client:
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


def csrf_of(client: Client) -> str:
    client.get(SESSION)
    return client.cookies[settings.CSRF_COOKIE_NAME].value


def test_a_browser_signs_in_acts_and_signs_out(person: User) -> None:
    client = browser()
    assert client.get(SESSION).json() == {"authenticated": False, "user": None}
    credentials = {"username": "trader", "password": PASSWORD}
    answer = client.post(
        SESSION, credentials, content_type="application/json", headers={"X-CSRFToken": csrf_of(client)}
    )
    assert answer.status_code == 200, answer.content
    assert answer.json()["user"]["username"] == "trader"
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert client.get(ME).json()["username"] == "trader"
    # a change needs the new CSRF token
    ask = partial(client.post, "/api/v1/auth/ws-ticket/", content_type="application/json")
    assert ask().status_code == 403
    assert ask(headers={"X-CSRFToken": csrf_of(client)}).status_code == 200
    assert client.delete(SESSION).status_code == 403
    assert client.get(ME).status_code == 200
    assert client.delete(SESSION, headers={"X-CSRFToken": csrf_of(client)}).status_code == 204
    assert is_unsigned(client.get(ME))
    assert client.get(SESSION).json()["authenticated"] is False


def test_a_foreign_page_cannot_sign_a_visitor_in(person: User) -> None:
    credentials = {"username": "trader", "password": PASSWORD}
    answer = browser().post(SESSION, credentials, content_type="application/json")
    assert answer.status_code == 403
    assert answer.json()["error_code"] == "AUTHORIZATION_FAILED"
    client = browser()
    foreign = {"X-CSRFToken": csrf_of(client), "Origin": "https://evil.example"}
    answer = client.post(SESSION, credentials, content_type="application/json", headers=foreign)
    assert answer.status_code == 403
    assert answer.json()["error_code"] == "AUTHORIZATION_FAILED"


def test_after_ten_wrong_passwords_the_right_one_opens_nothing_for_a_while(person: User) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        sign_in("wrong")
    answer = sign_in()
    assert answer.status_code == 429, answer.content
    assert answer.json()["error_code"] == "RATE_LIMIT_EXCEEDED"
    assert int(answer["Retry-After"]) > 0
    assert answer["X-Request-ID"] == answer.json()["request_id"]
    # by session too, and nobody else is locked out
    assert post(SESSION, {"username": "trader", "password": PASSWORD}, APIClient()).status_code == 429
    other = UserFactory(username="other")
    other.set_password(PASSWORD)
    other.save()
    assert post(TOKEN, {"username": "other", "password": PASSWORD}).status_code == 200


@pytest.mark.alone  # twenty-five hashes within the minute that is counted
def test_attempts_are_counted_by_address_whatever_the_name(person: User) -> None:
    statuses = [post(TOKEN, {"username": f"name{n}", "password": "x"}).status_code for n in range(25)]
    assert statuses[:20] == [401] * 20
    assert statuses[20:] == [429] * 5
    # asking whether one is signed in is no attempt
    assert APIClient().get(SESSION).status_code == 200


def test_a_person_may_not_ask_without_end_and_is_told_when_to_come_back(person: User) -> None:
    client = APIClient()
    client.force_authenticate(person)
    answers = [client.get(ME) for _ in range(601)]
    assert {answer.status_code for answer in answers[:600]} <= {200, 429}
    refused = answers[-1]
    if refused.status_code == 429:
        assert refused.json()["error_code"] == "RATE_LIMIT_EXCEEDED"
        assert 1 <= int(refused["Retry-After"]) <= 60
    assert any(key.startswith("desk:throttle:user") for key in redis_client().keys("desk:throttle:*"))  # type: ignore[union-attr]
