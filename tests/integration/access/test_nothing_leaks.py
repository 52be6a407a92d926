"""What belongs to somebody else is not there: by id, by filter, in lists, in error texts, in the stream."""

import os
import subprocess
import sys
import uuid
from decimal import Decimal
from typing import Any

import orjson
import pytest

from accounts.models import User
from config.desk.home import REPOSITORY
from tests.factories import (
    AccountPnlFactory,
    ApiKeyFactory,
    FillFactory,
    GrantChangeFactory,
    IncidentFactory,
    OrderFactory,
    PositionFactory,
    ReconciliationBreakFactory,
    ReconciliationRunFactory,
    RiskDecisionFactory,
    SignInFactory,
    person_with,
)
from tests.fixtures.access import ROUTES
from tests.fixtures.api import ApiDesk
from trading.consumers.admission import Rights
from trading.consumers.socket import shown_to
from trading.consumers.stream_hub import Event
from trading.models import Order

pytestmark = pytest.mark.usefixtures("impatient")


class Foreign:
    """An account full of things that the trader of the other one must never hear of."""

    def __init__(self, desk: ApiDesk) -> None:
        account = desk.foreign_account
        self.owner: User = person_with("administrator", [account], username="mallory")
        AccountPnlFactory(account=account, daily=Decimal("-7777777.25"))
        self.order: Order = OrderFactory(
            account=account, created_by=self.owner, client_order_id="their-own-id", status="unknown", symbol="THEIRS"
        )
        self.fill = FillFactory(order=OrderFactory(account=account, status="filled"), exec_id="0000f00d.1.01.01")
        PositionFactory(account=account, quantity=Decimal(424242424))
        RiskDecisionFactory(account=account, user=self.owner, message="a limit of theirs")
        run = ReconciliationRunFactory(account=account, error="their run")
        ReconciliationBreakFactory(account=account, first_run=run, subject="THEIRBREAK")
        self.incident = IncidentFactory(order=self.order)
        self.key = ApiKeyFactory(user=self.owner, name="their key")
        self.sign_in = SignInFactory(user=self.owner, user_agent="their program")
        GrantChangeFactory(account=account.code, username="mallory")
        self.marks = [
            "DU2000002", "mallory", "7777777", "their", "THEIR", "424242424", "0000f00d.1.01.01",
            str(self.order.pk), str(self.fill.order_id), str(self.sign_in.pk), self.key.prefix,
        ]  # fmt: skip

    def address(self, path: str) -> str:
        """The route with the foreign things' ids."""
        path = path.replace("sign-ins/<uuid:id>", f"sign-ins/{self.sign_in.pk}").replace(
            "<uuid:id>", str(self.order.pk)
        )
        path = path.replace("<int:id>", str(self.incident.pk)).replace("<key_id:key_id>", str(self.key.pk))
        return path.replace("<account:account>", "DU2000002").replace("<str:username>", "mallory")


def address_of_nothing(path: str) -> str:
    """The route with ids that nobody has."""
    path = path.replace("<uuid:id>", str(uuid.UUID(int=7))).replace("<int:id>", "999999999")
    path = path.replace("<key_id:key_id>", "999999999").replace("<account:account>", "DU9999999")
    return path.replace("<str:username>", "nobody-at-all")


@pytest.fixture
def foreign(desk: ApiDesk) -> Foreign:
    return Foreign(desk)


def people(desk: ApiDesk) -> list[User]:
    return [desk.trader, desk.watcher, desk.risk_manager, person_with("administrator", [desk.account])]


def send(desk: ApiDesk, who: User, method: str, url: str, body: Any = None) -> Any:
    call = getattr(desk.client_of(who), method.lower())
    return call(f"/api/v1/{url}") if body is None else call(f"/api/v1/{url}", body, format="json")


def told(answer: Any) -> Any:
    """The answer without what differs from request to request."""
    body = orjson.loads(answer.content) if answer.content else None
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in ("timestamp", "request_id")}
    return answer.status_code, body


def new_id_in(text: str) -> str:
    """The request id an error names; something that occurs nowhere when it names none."""
    body = orjson.loads(text)
    return str(body.get("request_id") or "\0") if isinstance(body, dict) else "\0"


READS = sorted(path for method, path in ROUTES if method == "GET")
FILTERS = ("account=DU2000002", "symbol=THEIRS", "client_order_id=their-own-id", "side=BUY", "is_open=true")


def test_no_list_and_no_page_tells_of_it(desk: ApiDesk, foreign: Foreign) -> None:
    for who in people(desk):
        for path in READS:
            if "<" in path:
                continue
            for query in (
                ROUTES["GET", path].query,
                *(f"?{asked}" for asked in FILTERS),
                f"?order_id={foreign.order.pk}",
            ):
                text = send(desk, who, "GET", path + query).content.decode()
                # a page names its own address, and an error its random request id
                own_words = text.replace(query.lstrip("?"), "").replace(new_id_in(text), "")
                assert not [mark for mark in foreign.marks if mark in own_words], (
                    who.username,
                    path,
                    query,
                    text[:400],
                )


@pytest.mark.parametrize(("method", "path"), sorted(key for key in ROUTES if "<" in key[1]), ids=str)
def test_by_id_it_is_told_like_what_does_not_exist(desk: ApiDesk, foreign: Foreign, method: str, path: str) -> None:
    if "<con_id" in path:
        pytest.skip("instruments are everybody's")
    body = ROUTES[method, path].body
    for who in people(desk):
        theirs = send(desk, who, method, foreign.address(path), body)
        nothing = send(desk, who, method, address_of_nothing(path), body)
        assert told(theirs) == told(nothing), who.username
        assert theirs.status_code == 404


@pytest.mark.parametrize(("method", "path"), sorted(k for k, r in ROUTES.items() if r.body and "account" in r.body))
def test_an_account_in_a_body_is_told_like_one_that_does_not_exist(
    desk: ApiDesk, foreign: Foreign, method: str, path: str
) -> None:
    body = ROUTES[method, path].body or {}
    for who in people(desk):
        theirs = send(desk, who, method, path, body | {"account": "DU2000002"})
        nothing = send(desk, who, method, path, body | {"account": "DU9999999"})
        assert told(theirs) == told(nothing)
        assert theirs.status_code == 400
    assert Order.objects.filter(account=desk.account).count() == 0


def test_somebody_elses_order_id_and_client_order_id_are_free_to_use(desk: ApiDesk, foreign: Foreign) -> None:
    answer = desk.place(client_order_id="their-own-id")
    assert answer.status_code == 201
    assert answer.json()["account"] == "DU1000001"


def test_the_gateway_names_only_one_s_own_accounts(desk: ApiDesk, foreign: Foreign) -> None:
    desk.gateway.accounts = ["DU1000001", "DU2000002"]
    desk.gateway.save()
    assert desk.client.get("/api/v1/gateway/").json()["accounts"] == ["DU1000001"]
    tail = orjson.dumps({"channel": "gateway", "event": "gateway.updated", "data": {"accounts": desk.gateway.accounts}})
    event = Event(seq=5, channel="gateway", account="", tail=tail[1:].decode())
    mine = orjson.loads(shown_to(Rights(sees_all=False, accounts=frozenset({"DU1000001"})), event, 4))
    assert mine["data"]["accounts"] == ["DU1000001"]
    assert (mine["seq"], mine["prev"]) == (5, 4)
    whole = orjson.loads(shown_to(Rights(sees_all=True, accounts=frozenset()), event, 4))
    assert whole["data"]["accounts"] == desk.gateway.accounts


def test_the_deployment_check_is_clean() -> None:
    """As it runs behind TLS, with warnings that count as failures."""
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=REPOSITORY,
        env=os.environ | {"DESK_BEHIND_TLS": "true", "DESK_ALLOWED_HOSTS": "desk.example"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
