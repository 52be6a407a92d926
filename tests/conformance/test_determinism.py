"""Same seed, same start, same requests at the same moments: the same bytes for every client, at any speed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.conformance.conversation import APPLE, Clock, Talker

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(60)]

START = datetime.fromisoformat("2026-01-05T15:59:30-05:00")  # half a minute before the close
OPTIONS = ("--clock", "virtual", "--start", START.isoformat(), "--paused", "--calendar", "exchange", "--seed", "5")
Move = Callable[[Clock, datetime], None]


def by_stepping(clock: Clock, moment: datetime) -> None:
    """Straight to the moment."""
    assert clock.post(advance_to=moment.isoformat())["reached"] is True


def in_odd_pieces(clock: Clock, moment: datetime) -> None:
    """The same way in pieces that fit no slot."""
    left = moment - datetime.fromisoformat(clock.get()["now"])
    for part in (left / 7, left / 3):
        clock.post(step_seconds=part.total_seconds())
    by_stepping(clock, moment)


def at_full_speed(clock: Clock, moment: datetime) -> None:
    """By the clock running, a thousand times as fast as the world; a night would still take a minute."""
    if moment - datetime.fromisoformat(clock.get()["now"]) > timedelta(hours=1):
        by_stepping(clock, moment - timedelta(minutes=1))
    clock.run_to(moment.isoformat(), 1000)


def conversation(simulator: Any, move: Move) -> list[bytes]:
    """Two clients trade, watch and ask before and after the close and on the next morning; all they heard."""
    clock = Clock(simulator.control_port)
    first, second = Talker(simulator.port, 1), Talker(simulator.port, 2, version=157)
    subscribe(first, second)
    trade(first)
    first.sync()
    second.say(17, 1)  # an unknown kind of request is told in its place too
    second.sync()
    for seconds in (4.25, 20, 40):
        move(clock, START + timedelta(seconds=seconds))
        ask(first, second, int(seconds))
    unsubscribe(first, second)
    move(clock, START + timedelta(hours=17, minutes=31))  # half a minute after the next open
    first.place(9, "SELL", 50, "MKT")
    first.sync()
    clock.post("/lifecycle", action="reset", seconds=12)
    first.place(10, "BUY", 50, "MKT")
    first.sync()
    move(clock, START + timedelta(hours=17, minutes=31, seconds=15))
    ask(first, second, 99)
    assert simulator.stop() == 0
    return [first.all(), second.all()]


def subscribe(first: Talker, second: Talker) -> None:
    """Everything that time makes simulators talk of."""
    for client in (first, second):
        client.say(6, 2, 1, "")
        client.say(61, 1)
        client.say(1, 11, 11, *APPLE, 0, "233", 0, 0, "")
        client.say(92, 15, "DU1234567", "")
        client.say(62, 1, 16, "All", "NetLiquidation,BuyingPower")
        client.sync()  # what one client does the other may hear: the order of arrival must be the same
    first.say(10, 5, 18, *(field if field != "SMART" else "ISLAND" for field in APPLE), 5, 0, "")
    first.say(97, 19, *APPLE, "AllLast", 0, 1)
    first.say(50, 3, 13, *APPLE, 5, "TRADES", 0, "")
    first.say(20, 14, *APPLE, 0, "", "1 min", "1 D", 1, "TRADES", 1, 1, "")
    first.say(20, 17, *APPLE, 0, "20260105 15:00:00 US/Eastern", "1 day", "1 Y", 1, "MIDPOINT", 2, 0, "")
    first.sync()


def unsubscribe(first: Talker, second: Talker) -> None:
    """Let the night be quiet."""
    for client in (first, second):
        client.say(2, 1, 11)
        client.say(6, 2, 0, "")
        client.say(93, 15)
        client.say(63, 1, 16)
    first.say(51, 1, 13)
    first.say(11, 1, 18, 0)
    first.say(98, 19)
    first.say(25, 1, 14)
    for client in (first, second):
        client.sync()


def trade(client: Talker) -> None:
    """Orders that fill, rest, wait for their price, and fail."""
    client.place(1, "BUY", 300, "MKT")
    client.place(2, "BUY", 100, "LMT", "10", tif="GTC")
    client.place(3, "SELL", 200, "LMT", "100")
    client.place(4, "SELL", 100, "STP", stop="50")
    client.place(5, "BUY", 10**7, "MKT")
    client.place(3, "SELL", 250, "LMT", "100")


def ask(first: Talker, second: Talker, number: int) -> None:
    """Questions whose answers depend on all that happened."""
    first.say(7, 3, number, "", "", "", "", "", "", "")
    first.say(5, 1)
    first.say(99, 0)
    first.place(100 + number, "BUY", 7, "MKT", tif="IOC")
    first.sync()
    second.say(16, 1)
    second.say(20, number, *APPLE, 0, "", "5 mins", "2 D", 0, "BID", 1, 0, "")
    second.sync()


def test_the_same_conversation_brings_the_same_bytes(start_simulator: Callable[..., Any]) -> None:
    """Twice in steps, once in odd pieces, once running: four processes, not one byte of difference."""
    simulators = [start_simulator(*OPTIONS) for _ in range(4)]
    moves = (by_stepping, by_stepping, in_odd_pieces, at_full_speed)
    with ThreadPoolExecutor() as pool:
        heard = list(pool.map(conversation, simulators, moves))
    for name, other in zip(("a second time", "in odd pieces", "at full speed"), heard[1:], strict=True):
        for client, (expected, got) in enumerate(zip(heard[0], other, strict=True)):
            assert got == expected, f"client {client}, {name}: {difference(expected, got)}"
    assert all(len(said) > 10_000 for said in heard[0])
    for kind in (
        b"\0\0\0",
        b"11\0",
        b"59\0",
        b"50\0",
        b"17\0",
        b"90\0",
        b"94\0",
        b"101\0",
        b"85\0",
        b"99\0",
        b"12\0",
        b"\0001100\0",
    ):
        assert kind in heard[0][0], kind


def test_another_seed_is_another_conversation(start_simulator: Callable[..., Any]) -> None:
    """The bytes do depend on what they should depend on."""
    simulators = [start_simulator(*OPTIONS[:-1], seed) for seed in ("5", "6")]
    with ThreadPoolExecutor() as pool:
        heard = list(pool.map(conversation, simulators, (by_stepping, by_stepping)))
    assert heard[0][0] != heard[1][0]


def difference(expected: bytes, got: bytes) -> str:
    """Where two answers part."""
    at = next((i for i, pair in enumerate(zip(expected, got, strict=False)) if pair[0] != pair[1]), None)
    at = min(len(expected), len(got)) if at is None else at
    return f"at {at} of {len(expected)} and {len(got)}: {expected[at - 80 : at + 40]!r} and {got[at - 80 : at + 40]!r}"
