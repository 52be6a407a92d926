"""A client of a running desk that keeps one connection open."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from tests.fixtures.desk import RunningDesk


class DeskClient:
    """REST with a bearer token; raises RuntimeError on anything but success."""

    def __init__(self, desk: RunningDesk) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(desk.base_url).netloc, timeout=30)
        self._headers = {"Content-Type": "application/json"}
        credentials = {"username": desk.username, "password": desk.password}
        self._headers["Authorization"] = f"Bearer {self.post('/api/v1/auth/token/', credentials)['access']}"

    def get(self, path: str) -> Any:
        """The JSON answer."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: Any) -> Any:
        """The JSON answer."""
        return self._ask("POST", path, json.dumps(body))

    def _ask(self, method: str, path: str, body: str | None) -> Any:
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:400]!r}")
        return json.loads(text)
