"""The traffic keeps each answer: what was accepted is exact, and an answer that nothing excuses is called wrong."""

import time
from typing import Any, cast

from tests.drill.api_client import Answer, ApiClient
from tests.drill.plan import Move
from tests.drill.traffic import Traffic

TICKET = {"symbol": "AAPL", "side": "BUY", "quantity": "5", "order_type": "MKT", "time_in_force": "DAY"}
PLACE = Move(0.0, "place", TICKET)


class Script:
    """Gives one answer after the other, the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, Any]] = []

    async def call(self, method: str, path: str, body: Any = None) -> Answer:
        self.asked.append((method, path, body))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def traffic_of(script: Script, *moves: Move) -> Traffic:
    traffic = Traffic(cast(ApiClient, script), seed=1)
    for move in moves:
        await traffic.run((move,), time.monotonic())
    return traffic


def said(status: int, **body: Any) -> Answer:
    return Answer(status, body)


def refused(status: int, code: str) -> Answer:
    return said(status, error_code=code)


async def test_an_order_is_asked_for_under_one_id_until_the_answer_is_final() -> None:
    script = Script(
        Answer(0, "TimeoutError('timed out')"), refused(503, "IB_CONNECTION_FAILED"), said(201, id="order-1")
    )
    traffic = await traffic_of(script, PLACE)
    (intent,) = traffic.intents
    assert intent.order_ids == {"order-1"}
    assert {body["client_order_id"] for _, _, body in script.asked} == {"drill-1-0"}
    assert [(row.status, row.code, row.order_id) for row in traffic.requests] == [
        (0, "no answer: timed out", ""),
        (503, "IB_CONNECTION_FAILED", ""),
        (201, "", "order-1"),
        (201, "", "order-1"),
    ]
    assert traffic.refusals() == {"IB_CONNECTION_FAILED": 1, "no answer: timed out": 1}
    assert not traffic.wrong_answers


async def test_two_orders_for_one_id_are_both_kept() -> None:
    traffic = await traffic_of(Script(said(201, id="order-1"), said(201, id="order-2")), PLACE)
    assert traffic.intents[0].order_ids == {"order-1", "order-2"}


async def test_only_what_was_refused_each_time_must_not_exist() -> None:
    refusals = await traffic_of(Script(refused(422, "TRADING_HALTED")), PLACE)
    assert refusals.intents[0].was_refused
    unclear = await traffic_of(Script(Answer(0, "time-out"), refused(422, "TRADING_HALTED")), PLACE)
    assert not unclear.intents[0].was_refused


async def test_a_repeat_that_is_called_another_order_is_wrong() -> None:
    accepted = said(201, id="order-1")
    traffic = await traffic_of(Script(accepted, accepted, refused(409, "CONFLICT")), PLACE, Move(0.0, "repeat"))
    assert len(traffic.wrong_answers) == 1


async def test_another_order_under_a_used_id_must_be_a_conflict() -> None:
    accepted, conflict = said(201, id="order-1"), Move(0.0, "conflict")
    right = await traffic_of(Script(accepted, accepted, refused(409, "CONFLICT")), PLACE, conflict)
    wrong = await traffic_of(Script(accepted), PLACE, conflict)
    assert not right.wrong_answers
    assert len(wrong.wrong_answers) == 1


async def test_an_accepted_order_that_is_not_found_is_wrong() -> None:
    accepted = said(201, id="order-1")
    traffic = await traffic_of(
        Script(accepted, accepted, refused(404, "RESOURCE_NOT_FOUND")), PLACE, Move(0.0, "cancel")
    )
    assert len(traffic.wrong_answers) == 1
    assert traffic.done("cancel") == 0


async def test_an_impossible_order_that_is_accepted_is_wrong() -> None:
    move = Move(0.0, "refused", {**TICKET, "quantity": "-5"})
    assert not (await traffic_of(Script(refused(400, "VALIDATION_ERROR")), move)).wrong_answers
    assert len((await traffic_of(Script(said(201, id="order-1")), move)).wrong_answers) == 1


async def test_a_refusal_without_the_error_shape_is_wrong() -> None:
    traffic = await traffic_of(Script(Answer(404, "<html>")), Move(0.0, "cancel_all", {"symbol": "AAPL"}))
    assert len(traffic.wrong_answers) == 1
