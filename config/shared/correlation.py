"""Request and correlation ids that follow an order from the HTTP request to IB's answer.

Both live in structlog's context variables, so every log line carries them.
"""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from structlog.contextvars import bound_contextvars, get_contextvars

_VALID_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:\-]{0,127}")


def new_id() -> str:
    """A fresh id for a request or for work that no request started."""
    return uuid.uuid4().hex


def is_valid_id(text: str | None) -> bool:
    """Whether an id from outside may be taken over: 1 to 128 letters, digits and `._:-`."""
    return bool(text and _VALID_ID.fullmatch(text))


def current_request_id() -> str:
    """The id of the HTTP request being answered, or an empty string outside one."""
    return str(get_contextvars().get("request_id") or "")


def current_correlation_id() -> str:
    """The id that ties this work to the request that caused it, or an empty string."""
    context = get_contextvars()
    return str(context.get("correlation_id") or context.get("request_id") or "")


@contextmanager
def correlated(correlation_id: str, **more: object) -> Iterator[None]:
    """Log everything inside under `correlation_id` (and whatever else is given)."""
    with bound_contextvars(correlation_id=correlation_id, **more):
        yield


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger every module of the desk uses."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
