"""Incidents over REST: who sees them, who may decide, and what is answered."""

import pytest

from tests.factories import IncidentFactory, OrderFactory
from tests.fixtures.api import ApiDesk, assert_error
from trading.models import GatewayCommand, Incident, StreamEvent

pytestmark = pytest.mark.django_db
WORD = "IB's order desk has no such order, ticket 4711"


@pytest.fixture
def incident(desk: ApiDesk) -> Incident:
    order = OrderFactory(account=desk.account, instrument=desk.instrument, status="unknown", ib_order_id=42)
    return IncidentFactory(order=order)


def resolve(desk: ApiDesk, incident: Incident, who: str = "risk_manager", **body: str):  # type: ignore[no-untyped-def]
    client = desk.client_of(getattr(desk, who))
    return client.post(f"/api/v1/incidents/{incident.pk}/resolve/", body, format="json")


def test_the_list_shows_evidence_and_choices_and_filters(desk: ApiDesk, incident: Incident) -> None:
    (row,) = desk.client.get("/api/v1/incidents/?is_open=true&kind=order_unsettled").json()["results"]
    assert (row["id"], row["severity"], row["evidence"]["order"]) == (
        str(incident.pk),
        "critical",
        {"status": "unknown"},
    )
    assert [choice["choice"] for choice in row["choices"]] == [
        "ask_ib",
        "send_cancel",
        "keep_waiting",
        "never_reached",
        "was_cancelled",
    ]
    for query in ("is_open=false", "kind=position_differs", "account=DU2000002"):
        assert desk.client.get(f"/api/v1/incidents/?{query}").json()["results"] == []
    assert_error(desk.client.get("/api/v1/incidents/?kind=nonsense"), 400, "VALIDATION_ERROR")


def test_somebody_elses_incident_does_not_exist(desk: ApiDesk, incident: Incident) -> None:
    stranger = desk.client_of(desk.stranger)
    assert stranger.get("/api/v1/incidents/").json()["results"] == []
    assert_error(stranger.get(f"/api/v1/incidents/{incident.pk}/"), 404, "RESOURCE_NOT_FOUND")
    assert_error(resolve(desk, incident, "stranger", choice="ask_ib"), 404, "RESOURCE_NOT_FOUND")


def test_who_may_only_look_does_not_decide(desk: ApiDesk, incident: Incident) -> None:
    assert desk.client_of(desk.watcher).get(f"/api/v1/incidents/{incident.pk}/").status_code == 200
    assert_error(resolve(desk, incident, "watcher", choice="keep_waiting"), 403, "AUTHORIZATION_FAILED")
    assert_error(resolve(desk, incident, "trader", choice="keep_waiting"), 403, "AUTHORIZATION_FAILED")
    assert resolve(desk, incident, "risk_manager", choice="keep_waiting").status_code == 200


def test_asking_ib_hands_the_gateway_a_command(desk: ApiDesk, incident: Incident) -> None:
    answer = resolve(desk, incident, choice="ask_ib")
    assert answer.status_code == 200, answer.content
    assert answer.json()["is_open"] is True
    assert GatewayCommand.objects.get(kind="compare").status == "queued"
    assert answer.json()["history"][-1]["actor"] == "risk-manager"


def test_a_cancel_goes_under_the_known_order_id_and_only_once(desk: ApiDesk, incident: Incident) -> None:
    assert resolve(desk, incident, choice="send_cancel").status_code == 200
    assert GatewayCommand.objects.get(kind="cancel").order == incident.order
    assert_error(resolve(desk, incident, choice="send_cancel"), 409, "CONFLICT")
    assert GatewayCommand.objects.filter(kind="cancel").count() == 1


def test_without_the_gateway_nothing_is_promised(desk: ApiDesk, incident: Incident) -> None:
    desk.gateway.state = "disconnected"
    desk.gateway.save()
    for choice in ("ask_ib", "send_cancel"):
        assert_error(resolve(desk, incident, choice=choice), 503, "IB_CONNECTION_FAILED")
    assert not GatewayCommand.objects.exists()
    assert not incident.entries.exists()


@pytest.mark.parametrize(("choice", "status"), [("never_reached", "rejected"), ("was_cancelled", "cancelled")])
def test_a_word_ends_the_order_visibly_and_is_told(desk: ApiDesk, incident: Incident, choice: str, status: str) -> None:
    assert "reason" in assert_error(resolve(desk, incident, choice=choice), 400, "VALIDATION_ERROR")
    assert "reason" in assert_error(resolve(desk, incident, choice=choice, reason=" short  "), 400, "VALIDATION_ERROR")
    answer = resolve(desk, incident, choice=choice, reason=WORD).json()
    assert (answer["is_open"], answer["resolved_by"], answer["reason"], answer["choices"]) == (
        False,
        "risk-manager",
        WORD,
        [],
    )
    order = desk.client.get(f"/api/v1/orders/{incident.order_id}/").json()
    assert (order["status"], order["settled_by"]) == (status, "person")
    assert order["reject_reason"].startswith("risk-manager said")
    told = StreamEvent.objects.get(channel="incidents")
    assert (told.event, told.account, told.data["is_open"]) == ("incident.updated", "DU1000001", False)
    assert assert_error(resolve(desk, incident, choice=choice, reason=WORD), 409, "CONFLICT")["choices"] == []


def test_a_choice_that_no_longer_fits_says_what_does(desk: ApiDesk, incident: Incident) -> None:
    assert incident.order is not None
    incident.order.status = "working"
    incident.order.save()
    details = assert_error(resolve(desk, incident, choice="never_reached", reason=WORD), 409, "CONFLICT")
    assert details["order_status"] == "working"
    assert "send_cancel" in details["choices"]
    assert_error(resolve(desk, incident, choice="nonsense"), 400, "VALIDATION_ERROR")
    assert_error(resolve(desk, incident, choice="ask_ib", surprise="x"), 400, "VALIDATION_ERROR")
