"""Between the intent and the socket: deadlines, lost commits, stops and poison, on real PostgreSQL."""

import asyncio
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.models import Account
from config.shared.clock import boot_seconds
from market_data.models import Instrument
from tests.factories import AccountFactory, AppleFactory, GatewayCommandFactory, OrderFactory
from tests.fixtures.gateway import events_of
from trading.gateway.commands import COMMIT_LOST, LATE, NO_JUDGING, CommandDesk, Sending
from trading.gateway.ib_library import load_ib_library
from trading.models import GatewayCommand, GatewayLease, GatewayState, Order
from trading.models.gateway import CommandKind, CommandStatus

pytestmark = pytest.mark.django_db(transaction=True)
CLIENT_ID = 7


@pytest.fixture
def commands() -> CommandDesk:
    """The claiming side of a gateway that holds the lease."""

    async def load() -> Any:  # the library wants a running loop
        return load_ib_library()

    GatewayLease.objects.create(name="main", holder="me", epoch=1)
    GatewayState.objects.get_or_create(pk="main")
    return CommandDesk(library=asyncio.run(load()), client_id=CLIENT_ID, lease_epoch=lambda: 1)


def new_order(**fields: Any) -> Order:
    account = Account.objects.filter(pk="DU1234567").first() or AccountFactory(code="DU1234567")
    apple = Instrument.objects.first() or AppleFactory()
    known = {"status": "pending_submit", "ib_order_id": None, "ib_client_id": None, "ib_perm_id": None, **fields}
    order: Order = OrderFactory(account=account, instrument=apple, **known)
    return order


def queue(order: Order, kind: CommandKind = CommandKind.PLACE, *, seconds: float = 10, **payload: str) -> int:
    deadline = timezone.now() + timedelta(seconds=seconds)
    command = GatewayCommandFactory(
        order=order, kind=kind, status=CommandStatus.QUEUED, deadline_at=deadline, payload=payload
    )
    return int(command.pk)


def claim(commands: CommandDesk, *, may_send: bool = True) -> list[Sending]:
    return commands.claim(limit=50, next_valid_id=1, may_send=may_send)


def end_of(command_id: int) -> tuple[str, str]:
    command = GatewayCommand.objects.get(pk=command_id)
    return command.status, command.error


@contextmanager
def commit_without_answer(monkeypatch: pytest.MonkeyPatch, *, is_committed: bool) -> Any:
    """The connection dies while the server commits: the client cannot know whether it did."""
    commit: Callable[[], None] = connection._commit

    def die() -> None:
        if is_committed:
            commit()
        else:
            connection._rollback()
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "_commit", die)
        yield


@pytest.mark.parametrize("is_committed", [True, False])
def test_a_claim_whose_commit_was_not_answered_is_never_sent_twice_and_never_forgotten(
    commands: CommandDesk, monkeypatch: pytest.MonkeyPatch, is_committed: bool
) -> None:
    order = new_order()
    command = queue(order)
    with commit_without_answer(monkeypatch, is_committed=is_committed), pytest.raises(OperationalError):
        claim(commands)
    assert end_of(command)[0] == ("sent" if is_committed else "queued")
    commands.doubt_unanswered("the connection was lost")  # knows that nothing was written
    sendings = claim(commands)
    order.refresh_from_db()
    if is_committed:
        assert sendings == []
        assert end_of(command) == ("expired", COMMIT_LOST)
        assert order.status == "rejected"
    else:
        assert [sending.command_id for sending in sendings] == [command]
        assert order.status == "pending_submit"
    assert claim(commands) == []


def test_a_change_whose_claim_was_not_answered_leaves_the_order_as_it_was(
    commands: CommandDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = new_order(status="pending_replace", ib_order_id=5, ib_client_id=CLIENT_ID)
    command = queue(order, CommandKind.MODIFY, limit_price="181")
    with commit_without_answer(monkeypatch, is_committed=True), pytest.raises(OperationalError):
        claim(commands)
    assert claim(commands) == []
    order.refresh_from_db()
    assert (order.status, end_of(command)[0]) == ("working", "expired")


def test_a_command_carries_its_deadline_on_a_clock_that_runs_while_the_process_is_frozen(commands: CommandDesk) -> None:
    queue(new_order(), seconds=0.4)
    (sending,) = claim(commands)
    assert 0 < sending.not_after - boot_seconds() <= 0.4
    time.sleep(0.45)  # the process was frozen, or the commit took its time
    assert boot_seconds() >= sending.not_after
    commands.not_sent(sending, LATE)
    order = Order.objects.get()
    assert (order.status, order.reject_code) == ("rejected", "IB_CONNECTION_FAILED")


def test_a_clock_that_is_set_back_gives_no_command_more_time(commands: CommandDesk, settings: Any) -> None:
    settings.IB_COMMAND_DEADLINE = timedelta(seconds=0.5)
    order = new_order()
    command = queue(order, seconds=0.5)
    assert claim(commands, may_send=False) == []  # seen while the link is down
    GatewayCommand.objects.filter(pk=command).update(deadline_at=timezone.now() + timedelta(hours=1))
    time.sleep(0.55)
    assert claim(commands) == []
    assert end_of(command) == ("expired", NO_JUDGING)


def test_a_deadline_further_away_than_deadlines_are_is_not_believed(commands: CommandDesk, settings: Any) -> None:
    """The clock was set back an hour before this process first saw the command: it may be an hour old."""
    settings.IB_COMMAND_DEADLINE = timedelta(seconds=3)
    command = queue(new_order(), seconds=3600)
    assert claim(commands) == []
    assert end_of(command) == ("expired", NO_JUDGING)


def test_a_stop_between_claim_and_write_leaves_no_doubt_behind(commands: CommandDesk) -> None:
    order = new_order()
    command = queue(order)
    assert len(claim(commands)) == 1
    commands.take_back_all("The gateway was stopped before it was sent")
    assert end_of(command)[0] == "expired"
    assert Order.objects.get(pk=order.pk).status == "rejected"


def test_what_others_doubt_is_settled_by_the_one_who_had_it_in_hand(commands: CommandDesk) -> None:
    """Another gateway has taken over and doubts everything; the frozen one wakes and knows that it sent nothing."""
    order = new_order()
    command = queue(order)
    (sending,) = claim(commands)
    successor = CommandDesk(library=commands._library, client_id=CLIENT_ID, lease_epoch=lambda: 1)
    successor.doubt_unanswered("The gateway process ended before IB had answered")
    assert Order.objects.get(pk=order.pk).status == "unknown"
    commands.not_sent(sending, "the lease was lost")
    assert end_of(command)[0] == "expired"
    assert Order.objects.get(pk=order.pk).status == "rejected"
    assert events_of(order)[-2:] == ["outcome_unknown", "send_expired"]


def test_a_command_that_cannot_be_put_together_takes_no_neighbour_along(commands: CommandDesk) -> None:
    good, bad, last = new_order(), new_order(), new_order()
    ids = [queue(order) for order in (good, bad, last)]
    cancel = queue(bad, CommandKind.CANCEL)
    real = commands._sending

    def build(command: GatewayCommand, order: Order, *rest: Any) -> Sending:
        if order.pk == bad.pk:
            raise ValueError("a contract that IB's library cannot express")
        return real(command, order, *rest)

    commands._sending = build  # type: ignore[method-assign]
    assert [sending.command_id for sending in claim(commands)] == [ids[0], ids[2]]
    assert end_of(ids[1])[0] == "expired"
    assert end_of(cancel)[0] == "failed"
    assert Order.objects.get(pk=bad.pk).status == "rejected"
    assert Order.objects.get(pk=bad.pk).ib_order_id is None
