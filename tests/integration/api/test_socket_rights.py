"""A socket stays open only as long as what opened it: the session, the password, the person, the grant."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from accounts.models import AccountGrant, User
from accounts.tickets import issue_ticket, redeem_ticket
from tests.factories import AccountFactory, OrderFactory, UserFactory
from tests.fixtures.api import ApiDesk, accept
from trading.consumers import socket
from trading.consumers.stream_hub import StreamHub
from trading.metrics import WEBSOCKET_CONNECTIONS


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "RIGHTS_CHECKED_EVERY", 0.2)


def in_thread(work: Callable[[], Any]) -> Any:
    """Database work of the test itself, in a thread whose connection is given back."""
    return database_sync_to_async(work, thread_sensitive=False)()


def signed_in(user: User) -> str:
    """The cookie of a browser that has signed in."""
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


@asynccontextmanager
async def opened(*, ticket: str = "", session: str = "") -> AsyncIterator[WebsocketCommunicator]:
    from config.asgi import application

    headers = [(b"host", b"127.0.0.1:8000")]
    if session:
        cookie = f"{settings.SESSION_COOKIE_NAME}={session}".encode()
        headers += [(b"origin", b"http://127.0.0.1:8000"), (b"cookie", cookie)]
    client = WebsocketCommunicator(application, "/ws/" + (f"?ticket={ticket}" if ticket else ""), headers)
    accepted, _ = await client.connect(timeout=5)
    assert accepted
    yield client
    await client.disconnect()


async def said(client: WebsocketCommunicator) -> dict[str, Any]:
    message: dict[str, Any] = orjson.loads(await client.receive_from(timeout=5))
    return message


async def subscribe(client: WebsocketCommunicator, *channels: str) -> None:
    await client.send_to(orjson.dumps({"type": "subscribe", "channels": list(channels)}).decode())
    assert (await said(client))["type"] == "subscribed"


async def is_shown_the_door(client: WebsocketCommunicator) -> bool:
    error = await said(client)
    assert error["type"] == "error"
    assert error["error_code"] == "AUTHENTICATION_REQUIRED"
    closed = await client.receive_output(timeout=5)
    return bool(closed["type"] == "websocket.close" and closed["code"] == 4401)


async def test_signing_out_ends_the_sockets_of_that_session_and_no_others(committed_desk: ApiDesk) -> None:
    mine = await in_thread(lambda: signed_in(committed_desk.trader))
    other = await in_thread(lambda: signed_in(committed_desk.trader))
    async with opened(session=mine) as client:
        await subscribe(client, "orders")
        await in_thread(lambda: Session.objects.filter(pk=mine).delete())
        assert await is_shown_the_door(client)
    async with opened(session=other) as client:
        await subscribe(client, "orders")
        assert await client.receive_nothing(timeout=0.7)


async def test_a_session_that_runs_out_ends_its_sockets(committed_desk: ApiDesk) -> None:
    session = await in_thread(lambda: signed_in(committed_desk.trader))
    async with opened(session=session) as client:
        await subscribe(client, "orders")
        await in_thread(lambda: Session.objects.filter(pk=session).update(expire_date=timezone.now()))
        assert await is_shown_the_door(client)


@pytest.mark.parametrize("way", ["ticket", "session"])
async def test_another_password_ends_every_socket(committed_desk: ApiDesk, way: str) -> None:
    session = await in_thread(lambda: signed_in(committed_desk.trader))
    ticket, _ = await in_thread(lambda: issue_ticket(committed_desk.trader))

    def change_password() -> None:
        user = User.objects.get(pk=committed_desk.trader.pk)
        user.set_password("another passphrase")
        user.save()

    async with opened(**{way: ticket if way == "ticket" else session}) as client:
        await subscribe(client, "orders")
        await in_thread(change_password)
        assert await is_shown_the_door(client)


async def test_a_person_who_is_disabled_is_shown_the_door(committed_desk: ApiDesk) -> None:
    ticket, _ = await in_thread(lambda: issue_ticket(committed_desk.trader))
    async with opened(ticket=ticket) as client:
        await subscribe(client, "orders")
        await in_thread(lambda: User.objects.filter(pk=committed_desk.trader.pk).update(is_active=False))
        assert await is_shown_the_door(client)


async def test_a_grant_that_is_taken_away_ends_the_view_but_not_the_socket(
    committed_desk: ApiDesk,
) -> None:
    order = await in_thread(lambda: OrderFactory(account=committed_desk.account, status="pending_submit"))
    ticket, _ = await in_thread(lambda: issue_ticket(committed_desk.watcher))
    async with opened(ticket=ticket) as client:
        await subscribe(client, "orders")
        await in_thread(lambda: AccountGrant.objects.filter(user=committed_desk.watcher).delete())
        await asyncio.sleep(0.7)
        await in_thread(lambda: accept(order))
        assert await client.receive_nothing(timeout=2.5)
        await client.send_to('{"type": "ping"}')
        assert (await said(client))["type"] == "pong"


async def test_a_superuser_sees_an_account_that_appears_after_the_socket_was_opened(
    committed_desk: ApiDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "RIGHTS_CHECKED_EVERY", 60.0)
    root = await in_thread(lambda: UserFactory(is_superuser=True))
    ticket, _ = await in_thread(lambda: issue_ticket(root))
    async with opened(ticket=ticket) as client:
        await subscribe(client, "orders")
        order = await in_thread(lambda: OrderFactory(account=AccountFactory(code="DU3000003"), status="pending_submit"))
        await in_thread(lambda: accept(order))
        assert (await said(client))["data"]["account"] == "DU3000003"


@pytest.mark.django_db
def test_a_ticket_ends_with_the_password_it_was_issued_under(desk: ApiDesk) -> None:
    ticket, _ = issue_ticket(desk.trader)
    desk.trader.set_password("another passphrase")
    desk.trader.save()
    assert redeem_ticket(ticket) is None


@pytest.mark.django_db(transaction=True)
async def test_of_twenty_who_use_one_ticket_at_once_one_gets_in(committed_desk: ApiDesk) -> None:
    ticket, _ = await in_thread(lambda: issue_ticket(committed_desk.trader))
    admitted: list[bool] = []
    start = threading.Barrier(20)

    def use() -> None:
        start.wait()
        admitted.append(redeem_ticket(ticket) is not None)
        connection.close()

    threads = [threading.Thread(target=use) for _ in range(20)]
    await sync_to_async(lambda: [thread.start() for thread in threads] and [thread.join() for thread in threads])()
    assert sorted(admitted) == [False] * 19 + [True]


async def test_a_message_that_is_too_large_ends_the_socket_with_a_reason(committed_desk: ApiDesk) -> None:
    ticket, _ = await in_thread(lambda: issue_ticket(committed_desk.trader))
    async with opened(ticket=ticket) as client:
        await client.send_to('{"type": "subscribe", "channels": ["' + "x" * socket.MAX_BYTES + '"]}')
        assert (await said(client))["error_code"] == "VALIDATION_ERROR"
        closed = await client.receive_output(timeout=5)
        # a code daphne can send: 1000 or 3000 to 4999
        assert closed == {"type": "websocket.close", "code": 4413}


async def test_a_failure_while_answering_is_told_and_the_socket_stays(
    committed_desk: ApiDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any) -> bool:
        raise OperationalError("the database went away")

    ticket, _ = await in_thread(lambda: issue_ticket(committed_desk.trader))
    async with opened(ticket=ticket) as client:
        monkeypatch.setattr(StreamHub, "can_resume", fails)
        await client.send_to('{"type": "subscribe", "channels": ["orders"], "after": 0}')
        assert (await said(client))["error_code"] == "DATABASE_ERROR"
        monkeypatch.undo()
        await subscribe(client, "orders")


async def test_without_a_database_the_caller_is_told_to_come_back(
    committed_desk: ApiDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any) -> None:
        raise OperationalError("the database went away")

    ticket, _ = await in_thread(lambda: issue_ticket(committed_desk.trader))
    monkeypatch.setattr(StreamHub, "join", fails)
    before = WEBSOCKET_CONNECTIONS._value.get()
    async with opened(ticket=ticket) as client:
        assert (await said(client))["error_code"] == "DATABASE_ERROR"
        assert await client.receive_output(timeout=5) == {"type": "websocket.close", "code": 4503}
    assert WEBSOCKET_CONNECTIONS._value.get() == before
