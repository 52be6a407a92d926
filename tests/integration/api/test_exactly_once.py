"""One intent, one order: identical requests at once through real web processes on real PostgreSQL."""

import json
import tempfile
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.tokens import issue_tokens
from tests.factories import AccountGrantFactory, UserFactory
from tests.fixtures import parallel
from tests.fixtures.api import ORDER, ApiDesk, WebProcess, web_process
from trading.models import GatewayCommand, GatewayState, Order, OrderEvent
from trading.models.gateway import CommandKind, CommandStatus

pytestmark = pytest.mark.django_db(transaction=True)
Answer = tuple[int, dict[str, Any]]


@pytest.fixture
def two_webs(committed_desk: ApiDesk) -> Iterator[list[WebProcess]]:
    """Two web processes on one database."""
    with (
        tempfile.TemporaryDirectory(prefix="desk-web-") as one,
        tempfile.TemporaryDirectory(prefix="desk-web-") as two,
        web_process(Path(one), API_RATE_ORDERS="6000/min") as first,
        web_process(Path(two), API_RATE_ORDERS="6000/min") as second,
    ):
        # the gateway's row goes on saying ready, and the quote stays fresh, however long the processes took to start
        GatewayState.objects.update(heartbeat_at=timezone.now() + timedelta(minutes=5))
        committed_desk.quote(bid="189.99", ask="190.01", last="190.00")
        yield [first, second]


_signing_in = threading.Lock()


def token_of(user: User) -> str:
    """The person's access token: signed in once, whoever of the many threads comes first."""
    with _signing_in:
        if "access_token" not in user.__dict__:
            user.__dict__["access_token"] = issue_tokens(user)["access"]
            connection.close()
    return str(user.__dict__["access_token"])


def ask(web: WebProcess, user: User, method: str, path: str, body: dict[str, Any]) -> Answer:
    request = urllib.request.Request(
        f"{web.base_url}{path}",
        data=json.dumps(body).encode(),
        method=method,
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token_of(user)}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
    except (OSError, ValueError):
        return 0, {}  # the connection died: the client knows nothing


def at_once(count: int, job: Any) -> list[Answer]:
    """`job(number)` so many times, all let go in the same moment."""
    return parallel.at_once(*(partial(job, number) for number in range(count)))


def test_a_hundred_identical_posts_to_two_web_processes(committed_desk: ApiDesk, two_webs: list[WebProcess]) -> None:
    body = ORDER | {"client_order_id": "once"}
    answers = at_once(100, lambda n: ask(two_webs[n % 2], committed_desk.trader, "POST", "/api/v1/orders/", body))
    assert Counter(status for status, _ in answers) == {201: 1, 200: 99}
    assert len({json.dumps(answer, sort_keys=True) for _, answer in answers}) == 1
    assert Order.objects.count() == GatewayCommand.objects.count() == OrderEvent.objects.count() == 1


def test_a_hundred_posts_of_two_bodies(committed_desk: ApiDesk, two_webs: list[WebProcess]) -> None:
    bodies = [ORDER | {"client_order_id": "once", "quantity": quantity} for quantity in ("100", "200")]
    answers = at_once(
        100, lambda n: ask(two_webs[n // 2 % 2], committed_desk.trader, "POST", "/api/v1/orders/", bodies[n % 2])
    )
    assert Counter(status for status, _ in answers) == {201: 1, 200: 49, 409: 50}
    won = {answer["quantity"] for status, answer in answers if status in (200, 201)}
    assert len(won) == 1
    assert Order.objects.count() == GatewayCommand.objects.count() == 1


def test_a_web_process_killed_in_the_middle(committed_desk: ApiDesk, two_webs: list[WebProcess]) -> None:
    """Whatever the first one had done, asking the second one again gives one order."""
    body = ORDER | {"client_order_id": "once"}

    def post(number: int) -> Answer:
        if number == 0:
            two_webs[0].kill()
            return 0, {}
        return ask(two_webs[0], committed_desk.trader, "POST", "/api/v1/orders/", body)

    at_once(20, post)
    answers = at_once(20, lambda n: ask(two_webs[1], committed_desk.trader, "POST", "/api/v1/orders/", body))
    assert {status for status, _ in answers} <= {200, 201}
    assert len({answer["id"] for _, answer in answers}) == 1
    assert Order.objects.count() == GatewayCommand.objects.count() == 1


def test_one_key_of_two_people_and_of_two_accounts(committed_desk: ApiDesk, two_webs: list[WebProcess]) -> None:
    """The id is the account's: a colleague gets the same order, another account an order of its own."""
    colleague = UserFactory(username="colleague")
    AccountGrantFactory(user=colleague, account=committed_desk.account, may_trade=True)
    body = ORDER | {"client_order_id": "once"}
    people = (committed_desk.trader, colleague, committed_desk.stranger)
    answers = [ask(two_webs[0], person, "POST", "/api/v1/orders/", body) for person in people]
    assert [status for status, _ in answers] == [201, 200, 201]
    assert answers[0][1]["id"] == answers[1][1]["id"] != answers[2][1]["id"]


@pytest.mark.parametrize("key", ["ключ", "a b", "a\tb", "x" * 129, "é", "\ud800", "", "a\u200b"])
def test_a_client_order_id_that_could_be_read_in_two_ways_is_refused(committed_desk: ApiDesk, key: str) -> None:
    answer = committed_desk.client.generic(
        "POST", "/api/v1/orders/", json.dumps(ORDER | {"client_order_id": key}), content_type="application/json"
    )
    assert answer.status_code == 400
    assert answer.json()["error_code"] == "VALIDATION_ERROR"
    assert not Order.objects.exists()


def test_space_around_a_client_order_id_makes_no_second_order(committed_desk: ApiDesk) -> None:
    answers = [committed_desk.place(client_order_id=key) for key in ("a", " a", "a\t")]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert Order.objects.get().client_order_id == "a"


def test_fifty_changes_and_fifty_cancels_at_once(committed_desk: ApiDesk, two_webs: list[WebProcess]) -> None:
    """One change at most, before the cancel; every answer is a 202 or a 409 that says why."""
    order = committed_desk.working(client_order_id="contested")
    GatewayCommand.objects.update(status=CommandStatus.DONE)
    path = f"/api/v1/orders/{order.pk}/"

    def want(number: int) -> Answer:
        web, person = two_webs[number // 2 % 2], committed_desk.trader
        if number % 2:
            return ask(web, person, "POST", f"{path}cancel/", {})
        return ask(web, person, "PATCH", path, {"limit_price": f"{189 - number / 100:.2f}"})

    answers = at_once(100, want)
    changes, cancels = answers[::2], answers[1::2]
    assert {status for status, _ in cancels} == {202}
    assert set(Counter(status for status, _ in changes)) <= {202, 409}
    assert Order.objects.get(pk=order.pk).status == "pending_cancel"
    waiting = GatewayCommand.objects.filter(status=CommandStatus.QUEUED).order_by("id")
    kinds = list(waiting.values_list("kind", flat=True))
    assert kinds in ([CommandKind.CANCEL], [CommandKind.MODIFY, CommandKind.CANCEL])
