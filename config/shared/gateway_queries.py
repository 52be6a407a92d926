"""Ask the gateway process a question about IB and wait for the answer; orders never travel this way.

A question may be lost with Redis: the caller then gets IB_CONNECTION_FAILED and asks again.
"""

import time
import uuid
from typing import Any

import orjson
from redis.exceptions import RedisError

from config.shared.correlation import current_correlation_id
from config.shared.errors import DeskError, ErrorCode
from config.shared.redis import GATEWAY_REQUESTS, gateway_reply_key, redis_client

DEFAULT_TIMEOUT = 5.0
_SLICE = 1.0


def ask_gateway(kind: str, *, timeout: float = DEFAULT_TIMEOUT, **params: Any) -> Any:
    """The gateway's answer to `kind` with JSON `params`; `timeout` in seconds.

    Raises DeskError with the gateway's own code, IB_CONNECTION_FAILED when no answer comes in time, and
    EXTERNAL_SERVICE_ERROR when Redis is away.
    """
    question_id = uuid.uuid4().hex
    question = {
        "id": question_id,
        "kind": kind,
        "params": params,
        "correlation_id": current_correlation_id(),
        "expires_at": time.time() + timeout,
    }
    try:
        client = redis_client()
        client.lpush(GATEWAY_REQUESTS, orjson.dumps(question))
        client.expire(GATEWAY_REQUESTS, 60)
        answer = _wait_for_reply(gateway_reply_key(question_id), timeout)
    except RedisError as error:
        raise DeskError(
            ErrorCode.EXTERNAL_SERVICE_ERROR, "Redis does not answer, so the gateway cannot be asked"
        ) from error
    if answer is None:
        raise DeskError(ErrorCode.IB_CONNECTION_FAILED, "The gateway did not answer in time", {"question": kind})
    reply = orjson.loads(answer[1])
    if not reply["ok"]:
        raise DeskError(ErrorCode(reply["error_code"]), reply["message"], reply.get("details"))
    return reply["result"]


def _wait_for_reply(key: str, timeout: float) -> Any:
    """Block in slices: a socket that is silent for two seconds counts as a failure of Redis."""
    deadline = time.monotonic() + timeout
    while (left := deadline - time.monotonic()) > 0:
        if answer := redis_client().blpop([key], timeout=min(left, _SLICE)):
            return answer
    return None
