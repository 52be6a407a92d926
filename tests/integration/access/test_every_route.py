"""Every registered route, asked by every role, against one table."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from accounts.tokens import issue_tokens
from tests.factories import ApiKeyFactory, IncidentFactory, SignInFactory
from tests.fixtures.access import OPERATE, ROLE_MAY, ROUTES, people_of, registered_routes
from tests.fixtures.api import ApiDesk
from trading.models import Incident, Order

pytestmark = pytest.mark.usefixtures("impatient")

REFUSED = {401, 403, 404}


@pytest.fixture
def order(desk: ApiDesk) -> Order:
    return desk.working()


def answer_of(desk: ApiDesk, order: Order, method: str, path: str, who: Any, body: Any = None) -> Any:
    """What this person is answered; whatever the request did is undone."""
    route = ROUTES[method, path]
    owner = who or desk.trader
    url = path.replace("sign-ins/<uuid:id>", f"sign-ins/{SignInFactory(user=owner).pk}")
    url = url.replace("<key_id:key_id>", str(ApiKeyFactory(user=owner).pk))
    url = url.replace("<account:account>", desk.account.code).replace("<uuid:id>", str(order.pk))
    if "<int:id>" in url:
        incident = Incident.objects.filter(order=order).first() or IncidentFactory(order=order)
        url = url.replace("<int:id>", str(incident.pk))
    url = url.replace("<con_id:con_id>", "265598").replace("<str:username>", "watcher")
    given = route.body if body is None else body
    if given and given.get("refresh"):
        given = {"refresh": issue_tokens(desk.trader)["refresh"]}
    send: Callable[..., Any] = getattr(desk.client_of(who), method.lower())
    with transaction.atomic():
        answer = (
            send(f"/api/v1/{url}{route.query}", given, format="json")
            if given is not None
            else send(f"/api/v1/{url}{route.query}")
        )
        transaction.set_rollback(True)
    return answer


def test_the_table_knows_every_route_and_no_other() -> None:
    assert set(registered_routes()) == set(ROUTES)


@pytest.mark.parametrize(("method", "path"), sorted(ROUTES), ids=lambda part: str(part))
def test_each_role_may_what_the_table_says(desk: ApiDesk, order: Order, method: str, path: str) -> None:
    needs = ROUTES[method, path].needs
    for role, who in people_of(desk).items():
        answer = answer_of(desk, order, method, path, who)
        is_refused = answer.status_code in REFUSED or (
            # an account one knows nothing of is told like one that is misspelt
            answer.status_code == 400 and answer.json()["details"].get("account") == ["is not known"]
        )
        assert is_refused != (needs in ROLE_MAY[role]), (role, needs, answer.status_code, answer.content[:300])
        assert answer.status_code < 500 or answer.json()["error_code"].startswith("IB_"), answer.content[:300]


def test_nobody_is_told_to_sign_in_and_a_small_role_that_it_is_small(desk: ApiDesk, order: Order) -> None:
    people = people_of(desk)
    for (method, path), route in ROUTES.items():
        if "public" in route.needs or route.needs == "signed_in":
            continue
        assert answer_of(desk, order, method, path, None).status_code == 401, path
        if route.needs != "see":
            answer = answer_of(desk, order, method, path, people["viewer"])
            assert answer.status_code == 403, (path, answer.content)
            assert answer.json()["error_code"] == "AUTHORIZATION_FAILED"


@pytest.mark.parametrize("role", sorted(ROLE_MAY))
def test_a_reconciliation_of_everything_takes_rights_in_everything(desk: ApiDesk, order: Order, role: str) -> None:
    answer = answer_of(desk, order, "POST", "reconciliation/run/", people_of(desk)[role], body={})
    assert (answer.status_code not in (401, 403)) == (OPERATE in ROLE_MAY[role]), answer.content
