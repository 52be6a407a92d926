"""The parts of the gateway that need neither IB nor a database: pacing, answers, waiting in line."""

import asyncio
import time

import pytest

from trading.gateway.ib_wrapper import Answers, RequestRefused
from trading.gateway.pacing import Pacer


async def test_an_answer_is_complete_with_its_end_marker() -> None:
    answers = Answers()
    waiting = answers.start(7)
    answers.add(7, "a")
    answers.add(7, "b")
    answers.add(8, "nobody asked")
    assert not waiting.done()
    answers.end(7)
    assert await waiting == ["a", "b"]
    answers.end(7)  # a second marker is harmless
    assert not answers.is_open(7)


async def test_an_empty_answer_is_an_answer() -> None:
    answers = Answers()
    waiting = answers.start("positions")
    answers.end("positions")
    assert await waiting == []


async def test_a_refused_question_raises() -> None:
    answers = Answers()
    waiting = answers.start(7)
    answers.fail(7, RequestRefused(200, "No security definition"))
    with pytest.raises(RequestRefused, match="200: No security definition"):
        await waiting


async def test_a_lost_connection_fails_every_question() -> None:
    answers = Answers()
    waiting = [answers.start(key) for key in (1, ("executions", 2), "time")]
    assert answers.is_any_open("executions")
    answers.fail_all(ConnectionError("gone"))
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ConnectionError] * 3
    assert not answers.is_any_open("executions")


async def test_questions_leave_room_for_orders() -> None:
    pacer = Pacer(rate=45)
    for _ in range(30):
        await pacer.question()
    assert pacer.orders_allowed() == 15
    started = time.monotonic()
    await pacer.question()
    assert time.monotonic() - started > 0.9  # it had to wait until the first one was a second old
    pacer.spend(pacer.orders_allowed())
    assert pacer.orders_allowed() == 0


async def test_no_second_sees_more_than_the_rate() -> None:
    pacer, sent = Pacer(rate=20), []
    until = time.monotonic() + 2.3
    while time.monotonic() < until:
        count = pacer.orders_allowed()
        pacer.spend(count)
        sent += [time.monotonic()] * count
        await asyncio.sleep(0.01)
    assert len(sent) >= 40  # the pace is used
    assert all(sum(1 for at in sent if start <= at < start + 0.99) <= 20 for start in sent)
