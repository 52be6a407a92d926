"""A program that trades through the desk's REST API: it keeps its token fresh and never gives up on an intent."""

import asyncio
import json
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from tests.fixtures.desk import RunningDesk

TIMEOUT = 10.0


class BooksClosed(Exception):
    """What the desk has on record cannot be read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `status` 0: nothing came, so nobody knows whether the request was carried out."""

    status: int
    body: Any

    @property
    def is_done(self) -> bool:
        """Whether the desk said yes."""
        return 200 <= self.status < 300

    @property
    def is_final(self) -> bool:
        """Whether asking again would bring the same answer: a refusal for what was asked, not for the moment."""
        return self.is_done or self.status in {400, 404, 409, 422}


class ApiClient:
    """Thread-safe, blocking underneath, awaited from the drill."""

    def __init__(self, desk: RunningDesk) -> None:
        self._desk = desk
        self._token = ""
        self._lock = threading.Lock()

    async def call(self, method: str, path: str, body: Any = None) -> Answer:
        """One request, signed in again if the token has run out."""
        return await asyncio.to_thread(self._call, method, path, body)

    async def until_final(self, method: str, path: str, body: Any, *, within: float) -> Answer:
        """Repeat one request until its answer is final or the time is over."""
        until = time.monotonic() + within
        while True:
            answer = await self.call(method, path, body)
            if answer.is_final or time.monotonic() > until:
                return answer
            await asyncio.sleep(0.4)

    async def every(self, path: str) -> list[dict[str, Any]]:
        """All pages of a list. Raises BooksClosed when one does not come within a minute."""
        rows: list[dict[str, Any]] = []
        following: str | None = path
        while following:
            answer = await self.until_final("GET", following, None, within=60)
            if not answer.is_done:
                raise BooksClosed(f"GET {following}: {answer}")
            rows += answer.body["results"]
            following = answer.body["next"]
        return rows

    def _call(self, method: str, path: str, body: Any) -> Answer:
        answer = self._send(method, path, body, self._bearer())
        if answer.status == 401:
            answer = self._send(method, path, body, self._bearer(renew=True))
        return answer

    def _bearer(self, *, renew: bool = False) -> str:
        with self._lock:
            if renew or not self._token:
                person = {"username": self._desk.username, "password": self._desk.password}
                answer = self._send("POST", "/api/v1/auth/token/", person, "")
                self._token = answer.body["access"] if answer.is_done else ""
            return self._token

    def _send(self, method: str, path: str, body: Any, token: str) -> Answer:
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        url = path if path.startswith("http") else self._desk.base_url + path
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                return Answer(answer.status, json.load(answer))
        except urllib.error.HTTPError as error:
            return Answer(error.code, _json(error.read()))
        except (OSError, ValueError) as error:
            return Answer(0, repr(error))


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data[:200].decode(errors="replace")
