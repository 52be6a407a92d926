"""`manage.py reconcile` with a real gateway process and a real simulator."""

import pgtrigger
import pytest
from django.utils import timezone

from accounts.models import Account, Position
from tests.fixtures.gateway import LiveDesk, other_client, wait_status
from tests.fixtures.reconcile import reconcile
from tests.fixtures.waiting import eventually
from trading.models import Fill, ReconciliationBreak, ReconciliationRun


@pytest.fixture(scope="module")
def db(shared_desk: LiveDesk) -> None:
    """pytest-django builds the test database for tests that use a fixture of this name; here no test rolls back."""


@pytest.fixture
def desk(db: None, calm_desk: LiveDesk) -> LiveDesk:
    """AAPL at 189.99 to 190.01."""
    calm_desk.pin("AAPL", "189.99", "190.01", replenish=True)
    return calm_desk


def test_a_desk_that_traded_is_balanced(desk: LiveDesk) -> None:
    wait_status(desk.submit("AAPL", 100), "filled")
    wait_status(desk.submit("AAPL", 10, "150.00"), "working")
    wait_status(desk.submit("AAPL", 30, side="SELL"), "filled")
    eventually(lambda: Position.objects.filter(quantity=70).exists())
    answer = reconcile(desk)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    run = ReconciliationRun.objects.first()
    assert run is not None
    assert (run.status, run.trigger) == ("balanced", "command")
    assert run.orders_compared >= 1
    assert run.fills_compared >= 2
    assert run.positions_compared >= 1


def test_a_fill_the_ledger_lost_is_found_and_the_break_closed_when_it_is_back(desk: LiveDesk) -> None:
    order = wait_status(desk.submit("AAPL", 7), "filled")
    fill = Fill.objects.get(order=order)
    with pgtrigger.ignore():  # the database does not let anybody lose a fill
        Fill.objects.filter(pk=fill.pk).update(exec_id="lost.01", exec_root="lost", executed_at=timezone.now())
    answer = reconcile(desk)
    assert answer.returncode == 3, answer.stdout + answer.stderr
    kinds = set(ReconciliationBreak.objects.filter(resolved_at=None).values_list("kind", flat=True))
    assert kinds == {"fill_missing_here", "fill_missing_at_ib"}
    facts = {name: getattr(fill, name) for name in ("exec_id", "exec_root", "executed_at")}
    with pgtrigger.ignore():
        Fill.objects.filter(pk=fill.pk).update(**facts)
    assert reconcile(desk).returncode == 0
    assert not ReconciliationBreak.objects.filter(resolved_at=None).exists()
    assert ReconciliationBreak.objects.count() == 2


def test_orders_placed_elsewhere_are_balanced_too(desk: LiveDesk) -> None:
    other_client(desk.simulator, "place", "BUY", "5", "AAPL", "150.00")
    answer = reconcile(desk)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_an_account_that_is_not_ours_cannot_be_compared(desk: LiveDesk) -> None:
    stranger = Account.objects.create(code="DU999", is_paper=True)
    answer = reconcile(desk, "--account", stranger.code)
    assert answer.returncode == 4
    assert "does not speak for DU999" in answer.stderr
