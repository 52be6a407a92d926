"""A program that uses the desk over HTTP."""

import json
import urllib.request
import uuid
from typing import Any

from tests.fixtures.desk import RunningDesk


class Client:
    """Talks to the desk as a program does: a token, keep nothing."""

    def __init__(self, desk: RunningDesk) -> None:
        self._desk = desk
        body = {"username": desk.username, "password": desk.password}
        self._token = ""
        self._token = self.call("POST", "/api/v1/auth/token/", body)["access"]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON answer; raises HTTPError."""
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._desk.base_url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def buy(self, **more: Any) -> Any:
        """One share of AAPL."""
        order = {"symbol": "AAPL", "side": "BUY", "quantity": "1", "order_type": "MKT", **more}
        return self.call("POST", "/api/v1/orders/", {**order, "client_order_id": uuid.uuid4().hex})
