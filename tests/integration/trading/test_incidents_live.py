"""Orders that IB swallows: a person is called with the evidence, chooses, and IB's later evidence wins all the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.shared.errors import DeskError
from tests.fixtures.gateway import GatewayProcess, LiveDesk, wait_status, words_of
from tests.fixtures.simulator import SimulatorProcess
from tests.fixtures.waiting import eventually
from trading.domain.incidents import Choice
from trading.models import GatewayCommand, Incident, Order, StreamEvent
from trading.services.incident_choices import resolve_incident

WORD = "IB's order desk has no such order, ticket 4711"
# openOrder, orderStatus, execDetails, completedOrder
ALL_WORDS_OF_AN_ORDER = [5, 3, 11, 101]


@pytest.fixture
def desk(transactional_db: None, simulator: SimulatorProcess, tmp_path: Path) -> Iterator[LiveDesk]:
    """A gateway that calls a person after two seconds."""
    gateway = GatewayProcess(tmp_path, simulator, INCIDENT_PATIENCE_SECONDS="2", IB_ACK_TIMEOUT_SECONDS="1")
    desk = LiveDesk(gateway.start(), simulator)
    desk.pin("AAPL", "189.99", "190.01")
    yield desk
    gateway.stop()


def incident_of(order: Order, kind: str, *, is_open: bool = True) -> Incident:
    found = Incident.objects.filter(order=order, kind=kind, resolved_at__isnull=is_open)
    return eventually(lambda: found.order_by("-id").first(), within=25)


def choose(desk: LiveDesk, incident: Incident, choice: Choice, reason: str = "") -> Incident:
    return resolve_incident(incident_id=incident.pk, user=desk.user, choice=choice, reason=reason)


def swallowed(desk: LiveDesk) -> tuple[Order, Incident]:
    desk.fault("swallow_orders", symbol="AAPL")
    order = wait_status(desk.submit("AAPL", 100, "180.00"), "unknown")
    return order, incident_of(order, "order_unsettled")


def test_a_swallowed_order_calls_a_person_with_the_evidence_and_ends_on_their_word(desk: LiveDesk) -> None:
    order, incident = swallowed(desk)
    evidence = incident.evidence
    assert evidence["order"]["status"] == "unknown"
    assert [(c["command"], c["ib_order_id"]) for c in evidence["sent"]] == [("place", order.ib_order_id)]
    assert evidence["ib_said"] == []
    answer = evidence["complete_answers"]["first"]
    assert evidence["complete_answers"]["count"] >= 1
    assert answer["asked_at"] > evidence["sent"][0]["sent_at"]
    assert {answer[name]["count"] for name in ("open_orders", "completed_orders", "executions")} == {0}
    assert StreamEvent.objects.filter(channel="incidents", data__id=str(incident.pk)).first() is not None

    with pytest.raises(DeskError, match="not valid"):
        choose(desk, incident, Choice.NEVER_REACHED, "dunno")
    done = choose(desk, incident, Choice.NEVER_REACHED, WORD)
    assert (done.resolved_by, done.reason) == (desk.user, WORD)
    order.refresh_from_db()
    assert (order.status, order.settled_by, order.reject_code) == ("rejected", "person", "SETTLED_BY_PERSON")
    assert order.reject_reason.endswith(WORD)
    event = order.events.last()
    assert event is not None
    assert (event.type, event.source, event.actor) == ("attested_never_reached", "person", desk.user)
    with pytest.raises(DeskError, match="over"):
        choose(desk, incident, Choice.NEVER_REACHED, WORD)


def test_ib_is_asked_and_told_to_cancel_and_its_answer_is_in_the_evidence(desk: LiveDesk) -> None:
    order, incident = swallowed(desk)
    before = incident.evidence["complete_answers"]["count"]
    choose(desk, incident, Choice.ASK_IB)

    def has_more_answers() -> bool:
        return bool(Incident.objects.get(pk=incident.pk).evidence["complete_answers"]["count"] > before)

    assert eventually(has_more_answers)
    choose(desk, incident, Choice.SEND_CANCEL)
    assert eventually(lambda: words_of(order, "error"))
    assert {word["code"] for word in words_of(order, "error")} <= {161, 10147, 135}
    assert GatewayCommand.objects.get(order=order, kind="cancel").ib_order_id == order.ib_order_id
    assert wait_status(order, "unknown").settled_by == ""  # "no such order" is no proof
    said = eventually(lambda: Incident.objects.get(pk=incident.pk).evidence["ib_said"])
    assert said[0]["kind"] == "error"
    quiet = choose(desk, incident, Choice.KEEP_WAITING)
    assert (quiet.is_open, quiet.acknowledged_by) == (True, desk.user)
    assert [entry.choice for entry in incident.entries.filter(kind="choice")] == [
        "ask_ib",
        "send_cancel",
        "keep_waiting",
    ]


def test_evidence_that_comes_late_closes_the_incident_by_itself(desk: LiveDesk) -> None:
    desk.fault("lose_messages", messages=ALL_WORDS_OF_AN_ORDER, symbol="AAPL")
    order = wait_status(desk.submit("AAPL", 100, "180.00"), "unknown")
    incident = incident_of(order, "order_unsettled")
    desk.no_faults()
    choose(desk, incident, Choice.ASK_IB)
    wait_status(order, "working")
    done = incident_of(order, "order_unsettled", is_open=False)
    assert done.resolved_by is None
    assert "order found open" in done.resolution


def test_ib_contradicts_a_word_and_wins(desk: LiveDesk) -> None:
    desk.fault("lose_messages", messages=ALL_WORDS_OF_AN_ORDER, symbol="AAPL")
    order = wait_status(desk.submit("AAPL", 100, "180.00"), "unknown")
    choose(desk, incident_of(order, "order_unsettled"), Choice.NEVER_REACHED, WORD)
    wait_status(order, "rejected")
    desk.no_faults()
    desk.gateway.kill()  # the next gateway compares with IB's lists first of all
    desk.gateway.start()
    order = wait_status(order, "working")
    assert (order.settled_by, order.reject_reason) == ("", "")
    contradiction = incident_of(order, "attestation_contradicted")
    assert WORD in contradiction.evidence["attested"]["what"]
    assert contradiction.evidence["contradicted_by"]["event"] in ("order_accepted", "order_found_open")
    # and the live order can be dealt with from there
    choose(desk, contradiction, Choice.SEND_CANCEL)
    wait_status(order, "cancelled")
    assert choose(desk, contradiction, Choice.DEALT_WITH, "Cancelled it at IB as meant").resolved_by == desk.user


def test_a_cancel_that_ib_swallows_while_it_says_pending(desk: LiveDesk) -> None:
    order = wait_status(desk.submit("AAPL", 100, "180.00"), "working")
    desk.fault("swallow_cancels", symbol="AAPL")
    desk.cancel(order)
    wait_status(order, "working", within=30)  # IB still lists it: the cancel is refused, and no incident is due
    assert not Incident.objects.filter(order=order).exists()
