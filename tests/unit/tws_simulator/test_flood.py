"""Floods of quotes: counted, never crossed, and followed by the true market."""

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from tws_simulator.control.api import ControlApi
from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.session import flood

SUBSCRIBE = (0, "AAPL", "STK", "", "0.0", "", "", "SMART", "", "USD", "", "", 0, "", 0, 0, "")


class Taken:
    """What a flood hands to a connection."""

    def __init__(self, client: Any) -> None:
        self.payloads: list[bytes] = []
        self.bytes = 0
        client.connection.send_many = self._take

    def _take(self, payloads: Sequence[bytes], frames: bytes) -> None:
        assert len(frames) == sum(len(payload) + 4 for payload in payloads)
        self.payloads += payloads

    def quotes(self) -> list[tuple[str, Decimal]]:
        fields = [payload.decode().split("\0") for payload in self.payloads]
        return [(row[3], Decimal(row[4])) for row in fields]


async def flooded(client: Any, count: int) -> Taken:
    taken = Taken(client)
    flood.start(client.session, count)
    while client.session.pending:
        await asyncio.sleep(0)
    del client.connection.send_many  # what is told from now on is the client's again
    return taken


def test_every_subscription_gets_its_quotes_and_no_quote_is_crossed(make_client: Callable[..., Any]) -> None:
    client = make_client()
    client.ask(1, 11, 5, *SUBSCRIBE)
    taken = asyncio.run(flooded(client, 1300))
    quotes = taken.quotes()
    assert len(quotes) == 1300
    assert max(price for side, price in quotes if side == "1") < min(price for side, price in quotes if side == "2")
    assert len(set(quotes)) > 100


def test_the_same_seed_floods_alike(make_client: Callable[..., Any]) -> None:
    first, second = make_client(1), make_client(2)
    for client in (first, second):
        client.ask(1, 11, 5, *SUBSCRIBE)
    assert asyncio.run(flooded(first, 700)).payloads == asyncio.run(flooded(second, 700)).payloads


def test_after_a_flood_the_market_is_told_anew(desk: Any, client: Any) -> None:
    client.ask(1, 11, 5, *SUBSCRIBE)
    asyncio.run(flooded(client, 10))
    client.news()
    desk.gateway.tick()
    assert {"1", "2", "4"} <= {message[3] for message in client.news() if message[0] == "1"}


def test_a_flood_waits_for_a_slow_reader_and_can_be_stopped(client: Any) -> None:
    client.ask(1, 11, 5, *SUBSCRIBE)

    async def scenario() -> tuple[int, bool]:
        taken = Taken(client)
        client.connection.slow = True
        flood.start(client.session, 100)
        await asyncio.sleep(0.01)
        return len(taken.payloads), flood.stop(client.session)

    assert asyncio.run(scenario()) == (0, True)
    assert not flood.stop(client.session)


def test_the_control_port_starts_and_ends_floods(desk: Any, make_client: Callable[..., Any]) -> None:
    api = ControlApi(desk.gateway)
    first, second = make_client(1), make_client(2)
    for client in (first, second):
        Taken(client)
        client.ask(1, 11, 5, *SUBSCRIBE)

    async def scenario() -> list[Any]:
        answers = [api.answer(HttpRequest("POST", "/market/flood", {}, {"quotes": 10**6}))]
        answers.append(api.answer(HttpRequest("POST", "/market/flood", {}, {"quotes": 10, "client_id": 2})))
        answers.append(api.answer(HttpRequest("DELETE", "/market/flood", {}, None)))
        return answers

    assert asyncio.run(scenario()) == [
        {"clients": 2, "quotes": 2 * 10**6},
        {"clients": 1, "quotes": 10},
        {"clients": 2, "quotes": 0},
    ]


def test_nobody_who_listens_is_a_conflict_and_a_flood_of_nothing_is_refused(desk: Any, client: Any) -> None:
    api = ControlApi(desk.gateway)
    with pytest.raises(HttpError) as conflict:
        api.answer(HttpRequest("POST", "/market/flood", {}, {"quotes": 10}))
    with pytest.raises(HttpError) as refused:
        api.answer(HttpRequest("POST", "/market/flood", {}, {"quotes": 0}))
    assert (conflict.value.status, refused.value.status) == (409, 400)
