"""Every channel of the stream, listened to by every role: events of one's own accounts and no others."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator

from accounts.models import Account, User
from accounts.tickets import issue_ticket
from tests.factories import FillFactory, OrderFactory, PositionFactory
from tests.fixtures.access import ROLE_MAY, SEE, people_of
from tests.fixtures.api import ApiDesk
from trading import publish
from trading.domain.incidents import IncidentKind
from trading.services.incidents import raise_incident


def in_thread(work: Callable[[], Any]) -> Any:
    return database_sync_to_async(work, thread_sensitive=False)()


def something_happens_in(account: Account, channel: str) -> None:
    """One event of the channel that concerns the account."""
    with publish.recording():
        if channel == publish.ORDERS:
            publish.order_changed(OrderFactory(account=account).pk)
        elif channel == publish.FILLS:
            publish.fill_changed(FillFactory(order=OrderFactory(account=account)).pk)
        elif channel == publish.POSITIONS:
            publish.position_changed(PositionFactory(account=account).pk)
        elif channel == publish.ACCOUNT:
            publish.account_changed(account.code)
        elif channel == publish.INCIDENTS:
            raise_incident(
                kind=IncidentKind.POSITION_DIFFERS, account=account, subject=account.code, evidence={"ours": "1"}
            )
        else:
            pytest.fail(f"say here how an event of the channel {channel!r} comes about")


async def heard(client: WebsocketCommunicator) -> dict[str, Any]:
    message: dict[str, Any] = orjson.loads(await client.receive_from(timeout=8))
    return message


async def listener(user: User) -> WebsocketCommunicator:
    """A socket that is subscribed to everything."""
    from config.asgi import application

    ticket, _ = await in_thread(lambda: issue_ticket(user))
    client = WebsocketCommunicator(application, f"/ws/?ticket={ticket}", [(b"host", b"127.0.0.1:8000")])
    assert (await client.connect(timeout=8))[0]
    await client.send_to(orjson.dumps({"type": "subscribe", "channels": list(publish.CHANNELS)}).decode())
    assert (await heard(client))["type"] == "subscribed"
    return client


@pytest.mark.parametrize("role", sorted(set(ROLE_MAY) - {"nobody"}))
async def test_each_role_hears_its_own_accounts_and_no_others(committed_desk: ApiDesk, role: str) -> None:
    desk = committed_desk
    who = (await in_thread(lambda: people_of(desk)))[role]
    of_accounts = [channel for channel in publish.CHANNELS if channel not in (publish.GATEWAY, publish.KILL_SWITCH)]
    client = await listener(who)
    try:
        for channel in of_accounts:
            await in_thread(lambda channel=channel: something_happens_in(desk.foreign_account, channel))
            await in_thread(lambda channel=channel: something_happens_in(desk.account, channel))
        with_account: dict[str, set[str]] = {channel: set() for channel in of_accounts}
        # the gateway is everybody's: its event closes the row
        await in_thread(gateway_speaks)
        while (message := await heard(client))["channel"] != publish.GATEWAY:
            with_account[message["channel"]].add(message["data"]["account"])
    finally:
        await client.disconnect()
    sees_all = role in ("operator", "superuser")
    expected = {"DU1000001"} if SEE in ROLE_MAY[role] else {"DU2000002"}
    assert with_account == {channel: expected | ({"DU2000002"} if sees_all else set()) for channel in of_accounts}


def gateway_speaks() -> None:
    with publish.recording():
        publish.gateway_changed()


async def test_nobody_hears_nothing(committed_desk: ApiDesk) -> None:
    from config.asgi import application

    client = WebsocketCommunicator(application, "/ws/?ticket=x", [(b"host", b"127.0.0.1:8000")])
    assert (await client.connect(timeout=8))[0]
    assert (await heard(client))["error_code"] == "AUTHENTICATION_REQUIRED"
    assert (await client.receive_output(timeout=8))["code"] == 4401
    await asyncio.sleep(0)
