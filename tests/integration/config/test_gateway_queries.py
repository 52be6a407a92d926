"""Questions to the gateway process over a real Redis."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from config.shared.correlation import correlated
from config.shared.errors import DeskError, ErrorCode
from config.shared.gateway_queries import ask_gateway
from config.shared.redis import GATEWAY_REQUESTS, gateway_reply_key, redis_client

pytestmark = pytest.mark.django_db  # the suite starts its servers with the database


@pytest.fixture(autouse=True)
def no_old_questions(db: None) -> Iterator[None]:
    redis_client().delete(GATEWAY_REQUESTS)
    yield
    redis_client().delete(GATEWAY_REQUESTS)


def answer_once(reply: dict[str, Any], *, after: float = 0.0) -> list[dict[str, Any]]:
    """Answer the next question from a thread, and keep it."""
    asked: list[dict[str, Any]] = []

    def serve() -> None:
        got = redis_client().blpop([GATEWAY_REQUESTS], timeout=4)
        asked.append(orjson.loads(got[1]))
        time.sleep(after)
        redis_client().lpush(gateway_reply_key(asked[0]["id"]), orjson.dumps(reply))

    threading.Thread(target=serve, daemon=True).start()
    return asked


def test_the_answer_comes_back_and_the_question_carries_its_correlation_id() -> None:
    asked = answer_once({"ok": True, "result": {"bars": []}})
    with correlated("the-request"):
        assert ask_gateway("historical_bars", con_id=265598) == {"bars": []}
    assert asked[0]["params"] == {"con_id": 265598}
    assert asked[0]["correlation_id"] == "the-request"
    assert asked[0]["expires_at"] > time.time()


def test_a_refusal_becomes_the_same_error_here() -> None:
    answer_once({"ok": False, "error_code": "IB_INVALID_CONTRACT", "message": "no such thing", "details": {"a": 1}})
    with pytest.raises(DeskError) as caught:
        ask_gateway("instrument_details", symbol="NOPE")
    assert (caught.value.code, caught.value.details) == (ErrorCode.IB_INVALID_CONTRACT, {"a": 1})


def test_no_answer_is_a_failed_connection() -> None:
    with pytest.raises(DeskError) as caught:
        ask_gateway("instrument_details", timeout=0.2, symbol="AAPL")
    assert caught.value.code is ErrorCode.IB_CONNECTION_FAILED


@pytest.mark.slow
def test_an_answer_may_take_longer_than_a_socket_may_be_silent() -> None:
    answer_once({"ok": True, "result": "late"}, after=6.0)
    assert ask_gateway("broker_snapshot", timeout=12.0) == "late"
