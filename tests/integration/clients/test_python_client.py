"""The Python client against a whole running desk: trade, be refused, and lose no event while the web process dies."""

import asyncio
import json
import os
import signal
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from desk_client import Desk, DeskError, Event, Quotes, Reset, Stream, Unanswered

from tests.fixtures.desk import RunningDesk
from tests.fixtures.ports import free_ports
from tests.fixtures.waiting import eventually


@pytest.fixture
def desk(running_desk: RunningDesk) -> Desk:
    return Desk(running_desk.base_url, username=running_desk.username, password=running_desk.password)


@pytest.fixture(autouse=True)
def calm_market(running_desk: RunningDesk) -> None:
    market = {"symbol": "CSCO", "bid": "189.99", "ask": "190.01", "bid_size": "9000", "ask_size": "9000"}
    running_desk.simulator.post("/prices", {**market, "frozen": True, "replenish": True})


def test_it_trades_in_ten_lines(running_desk: RunningDesk) -> None:
    desk = Desk(running_desk.base_url, username=running_desk.username, password=running_desk.password)
    order = desk.place_order("CSCO", "BUY", 1, "LMT", limit_price="195.00")
    order = desk.wait_until_ended(order["id"])
    assert (order["status"], order["average_fill_price"]) == ("filled", "190.01")
    fill = next(iter(desk.fills(order_id=order["id"])))
    assert (fill["quantity"], fill["price"]) == ("1", "190.01")
    assert eventually(lambda: [row["symbol"] for row in desk.positions(symbol="CSCO")]) == ["CSCO"]


def test_the_same_intent_is_one_order(desk: Desk) -> None:
    name = uuid.uuid4().hex
    first = desk.place_order("CSCO", "BUY", 1, "LMT", limit_price="100.00", client_order_id=name)
    again = desk.place_order("CSCO", "BUY", 1, "LMT", limit_price="100.00", client_order_id=name)
    assert again["id"] == first["id"]
    with pytest.raises(DeskError) as refused:
        desk.place_order("CSCO", "BUY", 2, "LMT", limit_price="100.00", client_order_id=name)
    assert (refused.value.status, refused.value.code) == (409, "CONFLICT")
    eventually(lambda: desk.order(first["id"])["status"] == "working")
    desk.modify_order(first["id"], limit_price="101.00")
    eventually(lambda: desk.order(first["id"])["limit_price"] == "101")
    desk.cancel_order(first["id"])
    assert desk.wait_until_ended(first["id"])["status"] == "cancelled"


def test_a_refusal_says_which_field(desk: Desk) -> None:
    with pytest.raises(DeskError) as refused:
        desk.place_order("CSCO", "BUY", -1)
    assert (refused.value.status, "quantity" in refused.value.details) == (422, True)
    assert refused.value.request_id
    assert not refused.value.is_passing
    with pytest.raises(DeskError, match="RESOURCE_NOT_FOUND"):
        desk.order(str(uuid.uuid4()))


def test_a_wrong_password_is_said_at_once() -> None:
    with pytest.raises(ValueError, match="password"):
        Desk("http://127.0.0.1:1")


def test_nobody_there_is_no_answer() -> None:
    nobody = Desk(f"http://127.0.0.1:{free_ports(1)[0]}", api_key="desk_x", patience=0.5)
    with pytest.raises(Unanswered) as lost:
        nobody.place_order("CSCO", "BUY", 1, client_order_id="mine")
    assert lost.value.client_order_id == "mine"
    began = time.monotonic()
    with pytest.raises(Unanswered):  # what could undo somebody else's work is not repeated
        Desk(nobody.url, api_key="desk_x").request("POST", "/api/v1/risk/kill-switch/", {"engaged": False})
    assert time.monotonic() - began < 5


def test_its_token_is_for_the_desk_alone(desk: Desk) -> None:
    with pytest.raises(ValueError, match="not an address"):
        desk.request("GET", "http://127.0.0.1:1/elsewhere")


def test_an_api_key_that_may_only_look(desk: Desk, running_desk: RunningDesk) -> None:
    wish = {"name": uuid.uuid4().hex[:12], "scopes": ["read"], "expires_at": "2027-01-01T00:00:00Z"}
    key = desk.request("POST", "/api/v1/auth/api-keys/", wish)
    looking = Desk(running_desk.base_url, api_key=key["key"])
    assert [row["account"] for row in looking.accounts()] == [row["account"] for row in desk.accounts()]
    with pytest.raises(DeskError) as refused:
        looking.place_order("CSCO", "BUY", 1)
    assert refused.value.status == 403


async def _until(stream: Stream, seen: list[Any], is_enough: Callable[[], Awaitable[bool] | bool]) -> None:
    async for message in stream:
        seen.append(message)
        enough = is_enough()
        if await enough if isinstance(enough, Awaitable) else enough:
            return


def test_no_event_is_lost_while_the_web_process_dies(desk: Desk, running_desk: RunningDesk) -> None:
    desk.patience = 60
    seen: list[Any] = []
    stream = desk.stream("orders", "fills")

    async def trade_and_listen() -> list[str]:
        placed: list[str] = []
        ended: set[str] = set()

        def is_over() -> bool:
            if isinstance(seen[-1], Event) and seen[-1].data.get("status") == "cancelled":
                ended.add(seen[-1].data["id"])
            return len(placed) == 6 and ended >= set(placed)

        listening = asyncio.create_task(_until(stream, seen, is_over))
        while not seen:  # the first word is where the stream begins
            await asyncio.sleep(0.05)
        for number in range(6):
            order = await asyncio.to_thread(desk.place_order, "CSCO", "BUY", 1, "LMT", limit_price="100.00")
            placed.append(order["id"])
            if number % 2:
                os.kill((await asyncio.to_thread(running_desk.pids))["web"], signal.SIGKILL)
            await asyncio.to_thread(desk.cancel_order, order["id"])
        await asyncio.wait_for(listening, timeout=60)
        return placed

    placed = asyncio.run(trade_and_listen())
    assert isinstance(seen[0], Reset)
    events = [message for message in seen if isinstance(message, Event)]
    assert [type(message) for message in seen[1:] if not isinstance(message, Event)] == []  # no hole, no reset
    numbers = [event.seq for event in events]
    assert numbers == sorted(set(numbers))
    told = [event.seq for event in events if event.channel == "orders"]
    stored = running_desk.manage("shell", "-v0", "-c", _EVENTS_AFTER.format(after=seen[0].seq, last=numbers[-1]))
    assert told == json.loads(stored.stdout.strip().splitlines()[-1])
    created = [event.data["id"] for event in events if event.event == "order.created"]
    assert created == placed


_EVENTS_AFTER = (
    "import json; from trading.models import StreamEvent as S; "
    "print(json.dumps(list(S.objects.filter(seq__gt={after}, seq__lte={last}, channel='orders')"
    ".order_by('seq').values_list('seq', flat=True))))"
)


def test_quotes_come_and_a_channel_that_is_none_is_refused(desk: Desk) -> None:
    seen: list[Any] = []

    async def listen() -> None:
        stream = desk.stream("quotes:CSCO")
        await asyncio.wait_for(_until(stream, seen, lambda: isinstance(seen[-1], Quotes)), timeout=30)
        with pytest.raises(DeskError, match="VALIDATION_ERROR"):
            await asyncio.wait_for(_until(desk.stream("gossip"), seen, lambda: False), timeout=30)

    asyncio.run(listen())
    assert seen[-1].quotes[0]["symbol"] == "CSCO"
