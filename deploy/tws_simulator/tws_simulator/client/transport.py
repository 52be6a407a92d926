"""Requests to a control port and what can go wrong with them."""

import http.client
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

DEFAULT_URL = "http://127.0.0.1:4003"
ENVIRONMENT = "TWS_SIMULATOR_CONTROL"
_Method = TypeVar("_Method", bound=Callable[..., Any])
COVERED: set[tuple[str, str]] = set()
"""The routes that have a method, as method and path."""


class ControlError(Exception):
    """The simulator refused: `status` is that of HTTP, `field` names what is wrong, if known."""

    def __init__(self, status: int, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.field = field


class Unreachable(ConnectionError):
    """Nobody answers at the address, or not in time, or nobody who is a simulator."""


def covers(method: str, path: str) -> Callable[[_Method], _Method]:
    """Note which route a method is for; a test holds the list against the routes there are."""

    def note(function: _Method) -> _Method:
        COVERED.add((method, path))
        return function

    return note


class Transport:
    """Sends requests to one control port. Raises ValueError for an address that is none."""

    def __init__(self, url: str | None = None, *, timeout: float = 10.0) -> None:
        self.url = (url or os.environ.get(ENVIRONMENT) or DEFAULT_URL).rstrip("/")
        if not self.url.startswith(("http://", "https://")):
            raise ValueError(f"{self.url!r} is no address of a control port, like {DEFAULT_URL}")
        self.timeout = timeout
        # No proxy of the environment: a simulator is near.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def request(
        self, method: str, path: str, body: Any = None, *, query: dict[str, Any] | None = None, wait: float = 0.0
    ) -> Any:
        """The JSON answer; `wait` seconds are added to the timeout. Raises ControlError, Unreachable."""
        data = None if body is None else json.dumps(plain(body)).encode()
        headers = {} if data is None else {"Content-Type": "application/json"}
        target = f"{self.url}{path}{_query_text(query or {})}"
        asked = urllib.request.Request(target, data, headers, method=method)  # noqa: S310  # http, as checked above
        try:
            with self._opener.open(asked, timeout=self.timeout + wait) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error.code, error.read()) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or str(error) or type(error).__name__
            raise Unreachable(f"no simulator answers at {self.url}: {reason}") from None


def segment(value: object) -> str:
    """A word as part of a path."""
    return urllib.parse.quote(str(value), safe="")


def given(**values: Any) -> dict[str, Any]:
    """Those that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def plain(value: Any) -> Any:
    """What JSON can hold: decimals and times become strings."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    return str(value)


def _query_text(query: dict[str, Any]) -> str:
    words = {name: _word(value) for name, value in query.items() if value is not None}
    return f"?{urllib.parse.urlencode(words)}" if words else ""


def _word(value: Any) -> str:
    value = plain(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _refusal(status: int, raw: bytes) -> ControlError:
    try:
        found = json.loads(raw)
        return ControlError(status, str(found["error"]), found.get("field"))
    except (ValueError, KeyError, TypeError):
        return ControlError(status, raw[:200].decode("utf-8", "replace"))
