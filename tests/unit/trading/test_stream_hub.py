"""The hub's view of the stream while the table is being read."""

import asyncio

import pytest

from trading.consumers import stream_hub
from trading.consumers.stream_hub import Event, StreamHub


def event(seq: int) -> Event:
    return Event(seq, "orders", "DU1234567", '"channel":"orders"}')


async def test_news_that_come_while_the_table_is_read_are_no_going_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by the drill: a client was told to start over although nothing was missing."""
    hub = StreamHub()
    hub.head = 100
    wake = asyncio.Event()
    hub._clients.add(wake)

    async def read_head() -> int:
        hub._append([event(101)])  # by Redis, between the reading and its answer
        return 100

    monkeypatch.setattr(stream_hub, "_read_head", read_head)
    await hub._fill()
    assert hub.head == 101
    assert [row.seq for row in await hub.after(100) or []] == [101]


async def test_another_database_is_a_going_back(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = StreamHub()
    hub.head = 100

    async def read_head() -> int:
        return 7

    monkeypatch.setattr(stream_hub, "_read_head", read_head)
    assert await hub._fill()
    assert hub.head == 7


async def test_news_that_come_while_events_are_read_are_not_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by the drill: the hub went back to what it had read, and a client ahead of it was told to start over."""
    hub = StreamHub()
    hub.head = 100

    async def read_head() -> int:
        return 102

    async def read_events(after: int) -> list[Event]:
        found = [event(seq) for seq in range(after + 1, 103)]
        hub._append([event(101), event(102), event(103)])
        return found

    monkeypatch.setattr(stream_hub, "_read_head", read_head)
    monkeypatch.setattr(stream_hub, "_read_events", read_events)
    await hub._fill()
    assert hub.head == 103
    assert [row.seq for row in await hub.after(100) or []] == [101, 102, 103]


async def test_a_pruned_table_leaves_a_hole(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = StreamHub()
    hub.head = 100

    async def read_head() -> int:
        return 200

    async def read_events(after: int) -> list[Event]:
        return [event(seq) for seq in range(max(after + 1, 150), 201)]

    monkeypatch.setattr(stream_hub, "_read_head", read_head)
    monkeypatch.setattr(stream_hub, "_read_events", read_events)
    assert await hub._fill()
    assert hub.head == 200
    assert await hub.after(100) is None


async def test_a_client_that_catches_up_from_the_table_does_not_overtake_the_hub(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Found by the drill: it got what the hub had not heard of, was ahead of it, and was told to start over."""
    hub = StreamHub()
    hub.head = 100

    async def read_events(after: int) -> list[Event]:
        return [event(seq) for seq in range(after + 1, 104)]

    monkeypatch.setattr(stream_hub, "_read_events", read_events)
    assert [row.seq for row in await hub.after(97) or []] == [98, 99, 100]
