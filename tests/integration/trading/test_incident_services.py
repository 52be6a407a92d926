"""Raising and clearing incidents on a real PostgreSQL, and what people may do about them."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction

from accounts.models import Account
from trading import publish
from trading.domain.incidents import IncidentKind
from trading.models import Incident, IncidentEntry, StreamEvent
from trading.services.incidents import clear_incident, raise_incident

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
    start = threading.Barrier(8)

    def one() -> None:
        try:
            start.wait()
            raised(account, {"ib": "200"})
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        for job in [pool.submit(one) for _ in range(8)]:
            job.result()
    assert Incident.objects.count() == 1
    assert stream() == [("incident.created", "DU1")]


def test_the_history_cannot_be_rewritten(account: Account) -> None:
    raised(account, {"ib": "200"})
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        IncidentEntry.objects.update(text="it was not so")
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        IncidentEntry.objects.all().delete()
