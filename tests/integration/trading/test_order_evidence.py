"""What proves something about an order, and what does not: reused numbers, edited references, old or partial lists."""

from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from tests.factories import GatewayCommandFactory, OrderFactory
from tests.fixtures.gateway import events_of, fills_of
from tests.fixtures.ib_words import Ib, fresh, nothing_open
from trading.gateway.records import Snapshot
from trading.models import IbMessage, Order, OrderEvent
from trading.models.gateway import CommandKind, CommandStatus

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ib() -> Ib:
    return Ib()


def listing(*open_orders: tuple[int, str], completed: tuple[tuple[int, str], ...] = (), later: float = 60) -> Snapshot:
    return Snapshot(
        asked_at=timezone.now() + timedelta(seconds=later),
        open_orders=frozenset(open_orders),
        completed_orders=frozenset(completed),
    )


def unknown_order_of_an_earlier_connection() -> tuple[Ib, Order]:
    order = Ib().order(status="unknown")
    return Ib(again=True), order


@pytest.mark.parametrize("kind", ["open_order", "status", "execution", "error"])
def test_an_order_id_that_ib_gives_to_another_order_settles_nothing(kind: str) -> None:
    """The gateway was restarted, its counter rolled back, and another program took our client id's next number."""
    ib, order = unknown_order_of_an_earlier_connection()
    strange: dict[str, Any] = {"order_ref": "", "perm_id": 4711}
    says = {
        "open_order": lambda: ib.open_order(order, **strange),
        "status": lambda: ib.status(order, "Cancelled", perm_id=4711),
        "execution": lambda: ib.execution(order, "e.01", 100, 190.0, **strange),
        "error": lambda: ib.error(order, 201, "not enough margin"),
    }
    ib.says(says[kind]())
    ib.says(nothing_open())
    order = fresh(order)
    assert (order.status, order.ib_perm_id, fills_of(order)) == ("unknown", None, [])
    assert not order.ib_messages.exists()


def test_an_order_id_whose_owner_ib_has_named_here_belongs_to_that_owner(ib: Ib) -> None:
    order = Ib(again=True).order(status="unknown")
    ib.says(ib.open_order(order, order_ref="", perm_id=4711))
    foreign = Order.objects.get(origin="external")
    ib.says(ib.error(order, 399, "held until the market opens"))
    assert IbMessage.objects.get(kind="error").order_id == foreign.pk
    assert ib.recorder.order_ids.owner(order.ib_order_id or 0) == foreign.pk


def test_after_a_reconnect_the_listed_order_owns_its_id_again() -> None:
    ib, order = unknown_order_of_an_earlier_connection()
    ib.says(ib.open_order(order, sync=True))
    ib.says(ib.error(order, 201, "not enough margin"))
    assert IbMessage.objects.get(kind="error").order_id == order.pk


def test_a_copy_made_in_tws_carries_our_reference_and_is_not_our_order(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.open_order(order))
    ib.says(ib.open_order(order, client_id=0, order_id=0, perm_id=4711))
    ib.says(ib.execution(order, "e.01", 100, 190.0, client_id=0, order_id=0, perm_id=4711))
    ib.says(ib.completed(order, "Cancelled", perm_id=4711))
    assert (fresh(order).status, fills_of(order)) == ("working", [])
    copy = Order.objects.get(origin="external")
    assert copy.filled_quantity == D(100)


def test_a_copy_on_the_other_side_is_not_our_order(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.open_order(order, side="SELL" if order.side == "BUY" else "BUY", perm_id=4711))
    assert fresh(order).status == "pending_submit"
    assert Order.objects.filter(origin="external").count() == 1


def test_a_reference_that_was_edited_into_that_of_another_order_moves_nothing(ib: Ib) -> None:
    mine, other = ib.order(ib_order_id=11), ib.order(ib_order_id=12)
    ib.says(ib.open_order(mine, perm_id=9001), ib.open_order(other, perm_id=9002))
    ib.says(ib.completed(mine, "Cancelled", order_ref=other.order_ref))
    assert (fresh(mine).status, fresh(other).status) == ("cancelled", "working")


def test_a_reference_of_an_order_that_was_never_sent_proves_nothing(ib: Ib) -> None:
    order: Order = OrderFactory(
        account=ib.account, instrument=ib.apple, status="pending_submit", ib_perm_id=None, ib_order_id=None
    )
    ib.says(ib.open_order(order, client_id=3, order_id=9, perm_id=4711))
    assert fresh(order).status == "pending_submit"
    assert fresh(order).ib_perm_id is None


def test_a_name_that_a_person_has_taken_does_not_lose_an_order_placed_elsewhere(ib: Ib) -> None:
    taken = ib.order(client_order_id="ib-4711")
    ib.says(ib.open_order(taken, order_ref="", client_id=0, order_id=0, perm_id=4711))
    foreign = Order.objects.get(origin="external")
    assert foreign.client_order_id.startswith("ib-4711-")


def test_an_old_list_of_open_orders_brings_no_cancelled_order_back(ib: Ib) -> None:
    order = ib.order()
    ib.says(ib.open_order(order), ib.status(order, "Cancelled"))
    key = (9001, order.order_ref)
    ib.says(ib.open_order(order, sync=True), ib.completed(order, "Cancelled"), listing(key, completed=(key,)))
    assert fresh(order).status == "cancelled"
    ib.says(ib.open_order(order, sync=True))  # and without the other two answers nothing at all follows
    assert fresh(order).status == "cancelled"
    ib.says(ib.open_order(order, sync=True), listing(key))  # open, and nowhere completed: it lives
    assert fresh(order).status == "working"


def test_a_refused_cancel_is_not_the_refusal_of_the_order(ib: Ib) -> None:
    """The order is gone from all lists, after IB's midnight: it may have been filled."""
    order = ib.order()
    ib.says(ib.open_order(order), ib.status(order, "Submitted"))
    GatewayCommandFactory(order=order, kind=CommandKind.CANCEL, status=CommandStatus.SENT, sent_at=timezone.now())
    ib.says(ib.error(order, 203, "The security is not available or allowed for this account"))
    ib.says(nothing_open())
    assert fresh(order).status == "unknown"


@pytest.mark.parametrize("times", [1, 3])
def test_empty_lists_after_the_daily_reset_settle_nothing(ib: Ib, times: int) -> None:
    order = ib.order()
    for number in range(times):
        ib.says(nothing_open(60 * (number + 1)))
    assert fresh(order).status == "unknown"


def test_a_batch_whose_commit_was_not_answered_is_written_once(ib: Ib, monkeypatch: pytest.MonkeyPatch) -> None:
    order = ib.order()
    batch = [ib.open_order(order), ib.status(order, "Submitted"), ib.execution(order, "e.01", 40, 190.0)]
    commit = connection._commit

    def die() -> None:
        commit()
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "_commit", die)
        with pytest.raises(OperationalError):
            ib.says(*batch)
    said, logged = IbMessage.objects.count(), OrderEvent.objects.count()
    ib.says(*batch)
    assert (IbMessage.objects.count(), OrderEvent.objects.count()) == (said, logged)
    assert fresh(order).filled_quantity == D(40)
    ib.says(ib.status(order, "Submitted"))
    assert IbMessage.objects.count() == said + 1


def test_a_batch_that_was_rolled_back_is_written_when_it_comes_again(ib: Ib, monkeypatch: pytest.MonkeyPatch) -> None:
    order = ib.order()

    def die() -> None:
        connection._rollback()
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "_commit", die)
        with pytest.raises(OperationalError):
            ib.says(ib.open_order(order))
    assert fresh(order).status == "pending_submit"
    ib.says(ib.open_order(order))
    assert fresh(order).status == "working"


def test_a_modify_that_crosses_the_last_fill_is_not_called_filled(ib: Ib) -> None:
    order = ib.order(quantity=D(100))
    ib.says(ib.open_order(order), ib.status(order, "Submitted"))
    GatewayCommandFactory(
        order=order,
        kind=CommandKind.MODIFY,
        status=CommandStatus.SENT,
        sent_at=timezone.now(),
        payload={"quantity": "200"},
    )
    Order.objects.filter(pk=order.pk).update(status="pending_replace")
    ib.says(ib.execution(order, "e.01", 100, 190.0))
    assert fresh(order).status == "filled"
    ib.says(ib.open_order(order, quantity=200.0))
    assert fresh(order).status == "partially_filled"
    assert "terms_confirmed" in events_of(order)
