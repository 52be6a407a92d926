"""The kill switch over REST: who may, what is refused, and what everybody is told."""

import pytest

from tests.factories import AccountGrantFactory, UserFactory
from tests.fixtures.api import ORDER, ApiDesk
from trading.models import KillSwitchEvent, Order, StreamEvent

pytestmark = pytest.mark.django_db
URL = "/api/v1/risk/kill-switch/"
ON = {"engaged": True, "cancel_orders": True, "flatten": False, "reason": "Strategy runs wild"}
OFF = {"engaged": False, "reason": "over"}


def test_a_trader_engages_it_and_nobody_can_place_any_more(desk: ApiDesk) -> None:
    order = desk.working()
    answer = desk.client.post(URL, ON, format="json")
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["engaged"], body["changed_by"], body["reason"]) == (True, desk.trader.username, ON["reason"])
    assert [row["order_id"] for row in body["orders_left"]] == [str(order.pk)]
    placed = desk.client.post("/api/v1/orders/", ORDER, format="json")
    assert placed.status_code == 422, placed.content
    assert placed.json()["error_code"] == "TRADING_HALTED"
    assert placed.json()["details"]["rule"] == "kill_switch"
    assert Order.objects.count() == 1
    events = StreamEvent.objects.filter(channel="kill_switch")
    assert events.get().account == ""
    assert set(events.get().data) < set(body)
    again = desk.client.post(URL, ON, format="json").json()
    assert again["changed_at"] == body["changed_at"]
    assert KillSwitchEvent.objects.count() == 1


def test_releasing_takes_a_risk_manager_of_every_account(desk: ApiDesk) -> None:
    desk.client.post(URL, ON, format="json")
    assert desk.client.post(URL, OFF, format="json").status_code == 403
    manager = UserFactory()
    AccountGrantFactory(user=manager, account=desk.account, role="risk_manager")
    assert desk.client_of(manager).post(URL, OFF, format="json").status_code == 403
    AccountGrantFactory(user=manager, account=desk.foreign_account, role="risk_manager")
    assert desk.client_of(manager).get(URL).json()["may_release"] is True
    assert desk.client_of(manager).post(URL, OFF, format="json").json()["engaged"] is False
    rows = desk.client.get(f"{URL}history/").json()["results"]
    assert [(row["action"], row["actor"]) for row in rows] == [
        ("released", manager.username),
        ("engaged", desk.trader.username),
    ]


def test_others_orders_are_neither_shown_nor_counted(desk: ApiDesk) -> None:
    desk.working()
    body = desk.client_of(desk.stranger).post(URL, ON, format="json").json()
    assert (body["orders_left_count"], body["orders_left"]) == (0, [])
    assert body["cancelled_at"] is None
    assert desk.client.get(URL).json()["orders_left_count"] == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"engaged": True}, "reason"),
        ({"reason": "x"}, "engaged"),
        ({**ON, "reason": "   "}, "reason"),
        ({**ON, "reason": "x" * 501}, "reason"),
        ({**ON, "engaged": "yes"}, "engaged"),
        ({**ON, "flaten": True}, "flaten"),
    ],
)
def test_bad_requests_change_nothing(desk: ApiDesk, body: dict[str, object], field: str) -> None:
    answer = desk.client.post(URL, body, format="json")
    assert answer.status_code == 400, answer.content
    assert field in answer.json()["details"]
    assert not KillSwitchEvent.objects.exists()


def test_closing_everything_takes_rights_in_everything_and_the_cancels(desk: ApiDesk) -> None:
    assert desk.client.post(URL, {**ON, "flatten": True}, format="json").status_code == 403
    chief = desk.client_of(UserFactory(is_superuser=True))
    refused = chief.post(URL, {**ON, "flatten": True, "cancel_orders": False}, format="json")
    assert refused.status_code == 400
    assert "flatten" in refused.json()["details"]
    assert chief.post(URL, {**ON, "flatten": True}, format="json").json()["flatten"] is True
