"""The parts of the gateway that need neither IB nor a database: pacing, answers, waiting in line."""

import asyncio
import time
import uuid
from types import SimpleNamespace

import pytest

from config.shared.clock import boot_seconds
from trading.gateway import kill_switch, runner
from trading.gateway.commands import Sending
from trading.gateway.ib_wrapper import Answers, RequestRefused
from trading.gateway.pacing import Pacer
from trading.models.gateway import CommandKind

pytestmark = pytest.mark.alone


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


async def ask(pacer: Pacer, sent: list[float] | None = None) -> None:
    await pacer.question()
    pacer.spend()
    if sent is not None:
        sent.append(time.monotonic())


async def order(pacer: Pacer, sent: list[float]) -> None:
    await pacer.order()
    pacer.spend()
    sent.append(time.monotonic())


def most_in_a_second(sent: list[float]) -> int:
    return max(sum(1 for at in sent if start <= at < start + 0.99) for start in sent)


async def test_questions_leave_room_for_orders() -> None:
    pacer = Pacer(rate=45)
    for _ in range(30):
        await ask(pacer)
    assert pacer.orders_allowed() == 15
    started = time.monotonic()
    await ask(pacer)
    assert time.monotonic() - started > 0.9  # it had to wait until the first one was a second old
    for _ in range(pacer.orders_allowed()):
        pacer.spend()
    assert pacer.orders_allowed() == 0


async def test_no_second_sees_more_than_the_rate() -> None:
    pacer, sent = Pacer(rate=20), []
    until = time.monotonic() + 2.3
    while time.monotonic() < until:
        await order(pacer, sent)
    assert len(sent) >= 40  # the pace is used
    assert most_in_a_second(sent) <= 20


async def test_two_hundred_waiting_questions_never_delay_an_order() -> None:
    pacer, asked, ordered = Pacer(rate=45), [], []
    questions = [asyncio.create_task(ask(pacer, asked)) for _ in range(200)]
    await asyncio.sleep(0.2)  # all that may go have gone, the others wait
    for _ in range(15):
        began = time.monotonic()
        await order(pacer, ordered)
        assert time.monotonic() - began < 0.05
    assert len(asked) == 30
    assert most_in_a_second(asked + ordered) <= 45
    for question in questions:
        question.cancel()


async def test_while_orders_wait_no_question_goes() -> None:
    pacer, asked, ordered = Pacer(rate=10), [], []
    pacer.RESERVED_FOR_ORDERS = 2  # type: ignore[misc]
    for _ in range(10):
        await order(pacer, ordered)
    questions = [asyncio.create_task(ask(pacer, asked)) for _ in range(20)]
    orders = [asyncio.create_task(order(pacer, ordered)) for _ in range(20)]
    await asyncio.gather(*orders)
    assert not asked
    assert most_in_a_second(ordered) <= 10
    for question in questions:
        question.cancel()


@pytest.mark.parametrize("slow_answers", [2, 1000])
async def test_a_database_that_is_too_slow_about_the_kill_switch_is_not_asked_without_end(
    monkeypatch: pytest.MonkeyPatch, slow_answers: int
) -> None:
    asked = 0

    async def answer(*_args: object) -> tuple[str, float]:
        nonlocal asked
        asked += 1
        age = 1.0 if asked <= slow_answers else 0.0
        return "", boot_seconds() - age

    monkeypatch.setattr(runner, "in_database", answer)
    order = Sending(
        command_id=1,
        kind=CommandKind.PLACE,
        order_id=None,
        ib_order_id=1,
        correlation_id="",
        not_after=boot_seconds() + 5,
    )
    halted = await runner.Gateway._halted(None, order)  # type: ignore[arg-type]  # it needs nothing of the gateway
    assert (asked, halted) == (3, "" if slow_answers < 3 else kill_switch.TOO_SLOW)


async def test_cancels_are_sent_before_orders_that_may_wait_for_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other, third = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    claimed = [
        Sending(command_id=n, kind=kind, order_id=order_id, ib_order_id=n, correlation_id="")
        for n, (kind, order_id) in enumerate(
            [
                (CommandKind.PLACE, one),
                (CommandKind.CANCEL, other),
                (CommandKind.CANCEL, one),
                (CommandKind.MODIFY, third),
                (CommandKind.CANCEL, third),
                (CommandKind.CANCEL, uuid.uuid4()),
            ]
        )
    ]
    sent: list[int] = []

    async def claim(*_args: object, **_more: object) -> list[Sending]:
        return claimed

    async def send(sending: Sending, _session: object) -> bool:
        sent.append(sending.command_id)
        return True

    pacer, wrapper = SimpleNamespace(orders_allowed=lambda: 50), SimpleNamespace(next_valid_id=1)
    gateway = object.__new__(runner.Gateway)
    gateway._keeper = SimpleNamespace(  # type: ignore[assignment]
        is_ready=True, session=SimpleNamespace(is_ready=True, pacer=pacer, wrapper=wrapper)
    )
    gateway._lease = SimpleNamespace(is_held=True)  # type: ignore[assignment]
    gateway._commands = SimpleNamespace(claim=None)  # type: ignore[assignment]
    monkeypatch.setattr(runner, "in_database", claim)
    monkeypatch.setattr(gateway, "_send", send)
    await gateway._send_some()
    assert sent == [1, 5, 0, 2, 3, 4], "what belongs to one order keeps its order"
