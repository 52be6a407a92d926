"""Raising and clearing incidents on a real PostgreSQL, and what people may do about them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import Account
from config.shared.text import time_text
from tests.factories import GatewayCommandFactory, IbMessageFactory, OrderEventFactory, OrderFactory
from tests.fixtures.parallel import at_once
from trading import publish
from trading.domain.incidents import IncidentKind
from trading.domain.order_events import OrderFoundOpen
from trading.models import Incident, IncidentEntry, Order, StreamEvent
from trading.models.orders import EventSource
from trading.services.incident_watch import OrderWatch
from trading.services.incidents import clear_incident, raise_incident
from trading.services.order_log import Origin, record_order_event

pytestmark = pytest.mark.django_db(transaction=True)
KIND = IncidentKind.POSITION_DIFFERS


@pytest.fixture
def account() -> Account:
    return Account.objects.create(code="DU1", is_paper=True)


def raised(account: Account, evidence: dict[str, Any], subject: str = "DU1 265598") -> Incident:
    with publish.recording():
        return raise_incident(kind=KIND, account=account, subject=subject, evidence=evidence)


def cleared(subject: str = "DU1 265598") -> Incident | None:
    with publish.recording():
        return clear_incident(kind=KIND, subject=subject, how="IB's position is ours again")


def stream() -> list[tuple[str, str]]:
    return list(StreamEvent.objects.filter(channel="incidents").values_list("event", "account"))


def test_the_same_again_is_the_same_incident_and_tells_nobody(account: Account) -> None:
    first = raised(account, {"ours": "100", "ib": "200"})
    again = raised(account, {"ours": "100", "ib": "200"})
    assert again.pk == first.pk
    assert Incident.objects.get().last_seen_at > first.last_seen_at
    assert stream() == [("incident.created", "DU1")]
    assert [entry.kind for entry in IncidentEntry.objects.all()] == ["raised"]


def test_new_evidence_is_kept_and_told(account: Account) -> None:
    raised(account, {"ib": "200"})
    raised(account, {"ib": "300"})
    assert Incident.objects.get().evidence == {"ib": "300"}
    assert [entry.data for entry in IncidentEntry.objects.all()] == [{"ib": "200"}, {"ib": "300"}]
    assert stream() == [("incident.created", "DU1"), ("incident.updated", "DU1")]


def test_evidence_clears_it_and_the_same_trouble_later_is_a_new_one(account: Account) -> None:
    first = raised(account, {"ib": "200"})
    done = cleared()
    assert done is not None
    assert (done.pk, done.resolved_by, done.resolution) == (first.pk, None, "IB's position is ours again")
    assert cleared() is None
    assert raised(account, {"ib": "200"}).pk != first.pk


def test_many_raise_the_same_at_once_and_one_stands(account: Account) -> None:
    at_once(*[lambda: raised(account, {"ib": "200"})] * 8)
    assert Incident.objects.count() == 1
    assert stream() == [("incident.created", "DU1")]


def test_the_history_cannot_be_rewritten(account: Account) -> None:
    raised(account, {"ib": "200"})
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        IncidentEntry.objects.update(text="it was not so")
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        IncidentEntry.objects.all().delete()


# the watch over orders


def stuck(status: str, *, ib_order_id: int | None = 42, for_seconds: float = 60) -> Order:
    """An order that has been in `status`, with its place command sent, for so long."""
    at = timezone.now() - timedelta(seconds=for_seconds)
    order = OrderFactory(status=status, ib_order_id=ib_order_id)
    GatewayCommandFactory(order=order, kind="place", status="sent", sent_at=at)
    OrderEventFactory(order=order, type="moved", status_before="working", status_after=status, at=at)
    Order.objects.filter(pk=order.pk).update(updated_at=at)
    return order


def ib_answers(times: int, *, after_seconds: float = -30) -> None:
    """IB's three lists came in full, asked for so many seconds from now."""
    asked_at = timezone.now() + timedelta(seconds=after_seconds)
    for _ in range(times):
        payload = {"asked_at": time_text(asked_at)}
        IbMessageFactory(order=None, kind="complete_answer", payload=payload, received_at=asked_at)


def kinds() -> list[str]:
    OrderWatch().look()
    return list(Incident.objects.open().values_list("kind", flat=True))


def test_an_unknown_order_waits_for_patience_and_for_a_complete_answer() -> None:
    order = stuck("unknown")
    assert kinds() == []  # a time-out is not "none": nobody has asked IB in full
    ib_answers(1, after_seconds=-90)
    assert kinds() == []  # asked before the order was sent: it says nothing of it
    ib_answers(1)
    assert kinds() == ["order_unsettled"]
    assert Incident.objects.get().evidence["complete_answers"]["count"] == 1
    ib_answers(2)
    assert kinds() == ["order_unsettled"]
    assert Incident.objects.get().evidence["complete_answers"]["count"] == 3
    assert IncidentEntry.objects.count() == 1  # counting fills no history
    with publish.recording():
        record_order_event(order_id=order.pk, event=OrderFoundOpen(), origin=Origin(source=EventSource.SYNC))
    assert kinds() == []
    assert "order found open" in Incident.objects.get().resolution


def test_a_person_told_already_is_told_again_when_ib_or_we_say_something(
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[Any]],
) -> None:
    orders = [stuck("unknown") for _ in range(10)]
    ib_answers(1)
    watch, now = OrderWatch(), timezone.now()
    watch.look(now=now)
    assert Incident.objects.open().count() == 10

    def tallies() -> set[int]:
        return {row.evidence["complete_answers"]["count"] for row in Incident.objects.open()}

    ib_answers(1)
    with django_assert_max_num_queries(8):  # nothing new of any of them: not one is weighed
        watch.look(now=now + timedelta(seconds=2))
    assert tallies() == {1}
    IbMessageFactory(order=orders[0], kind="error", payload={"order_id": 42, "code": 399, "text": "words"})
    GatewayCommandFactory(order=orders[1], kind="cancel", status="sent", sent_at=now - timedelta(seconds=50))
    watch.look(now=now + timedelta(seconds=4))
    assert [len(row.evidence["ib_said"]) for row in Incident.objects.filter(order=orders[0])] == [1]
    assert [len(row.evidence["sent"]) for row in Incident.objects.filter(order=orders[1])] == [2]
    assert Incident.objects.get(order=orders[2]).evidence["complete_answers"]["count"] == 1
    watch.look(now=now + timedelta(seconds=6))
    assert Incident.objects.get(order=orders[2]).evidence["complete_answers"]["count"] == 2


def test_each_of_many_stuck_orders_gets_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trading.services.incident_watch.AT_ONCE", 3)
    for _ in range(7):
        stuck("unknown")
    ib_answers(1)
    watch = OrderWatch()
    for told in (3, 6, 7):
        watch.look()
        assert Incident.objects.open().count() == told


def test_an_order_that_moved_lately_is_not_stuck() -> None:
    stuck("unknown", for_seconds=5)
    ib_answers(3, after_seconds=-1)
    assert kinds() == []


def test_without_any_answer_a_person_is_told_after_ten_patiences() -> None:
    stuck("unknown", for_seconds=301)
    assert kinds() == ["order_unsettled"]
    assert Incident.objects.get().evidence["complete_answers"]["count"] == 0


@pytest.mark.parametrize("status", ["pending_submit", "pending_cancel", "pending_replace"])
def test_a_request_unanswered_through_three_answers_is_swallowed(status: str) -> None:
    order = stuck(status)
    ib_answers(2)
    assert kinds() == []
    ib_answers(1)
    assert kinds() == ["order_swallowed"]
    choices = [choice.value for choice in Incident.objects.get().choices_now]
    assert choices == ["ask_ib", "send_cancel", "keep_waiting"]
    Order.objects.filter(pk=order.pk).update(status="working")
    assert kinds() == []


def test_what_is_still_in_our_own_hands_is_nobodys_incident() -> None:
    stuck("pending_submit", ib_order_id=None)
    ib_answers(5)
    assert kinds() == []
