"""A small HTTP/1.1 server for JSON, on asyncio streams."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

log = logging.getLogger("tws_simulator.control")
MAX_BODY = 1 << 20
MAX_HEADERS = 100
IDLE_SECONDS = 60
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 413: "Content Too Large",
           415: "Unsupported Media Type", 500: "Internal Server Error"}  # fmt: skip


@dataclass(slots=True)
class HttpRequest:
    """One request; `body` is what its JSON says, `query` the last value of each parameter."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None


class HttpError(Exception):
    """An answer other than 200, with a message for the caller."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


Answer = Callable[[HttpRequest], Any]


async def serve_connection(answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one connection until it closes or errs."""
    with contextlib.suppress(ConnectionError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        while await _serve_one(answer, reader, writer):
            pass
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def _serve_one(answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    try:
        line = await asyncio.wait_for(reader.readline(), IDLE_SECONDS)
        if not line.strip():
            return False
        method, target = _request_line(line)
        headers = await _headers(reader)
        request = await _request(method, target, headers, reader)
    except HttpError as error:
        await _write(writer, error.status, {"error": error.message}, keep=False)
        return False
    keep = headers.get("connection", "").lower() != "close"
    status, body = _answered(answer, request)
    await _write(writer, status, body, keep=keep)
    return keep


def _answered(answer: Answer, request: HttpRequest) -> tuple[int, Any]:
    try:
        return 200, answer(request)
    except HttpError as error:
        return error.status, {"error": error.message}
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return 500, {"error": "internal error"}


def _request_line(line: bytes) -> tuple[str, str]:
    parts = line.decode("latin-1").split()
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise HttpError(400, "not an HTTP/1.1 request")
    return parts[0].upper(), parts[1]


async def _headers(reader: asyncio.StreamReader) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(MAX_HEADERS):
        line = (await asyncio.wait_for(reader.readline(), IDLE_SECONDS)).decode("latin-1").strip()
        if not line:
            return headers
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    raise HttpError(400, "too many headers")


async def _request(method: str, target: str, headers: dict[str, str], reader: asyncio.StreamReader) -> HttpRequest:
    parts = urlsplit(target)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    length = headers.get("content-length", "0")
    if not length.isdigit() or "transfer-encoding" in headers:
        raise HttpError(400, "a body needs a Content-Length")
    if int(length) > MAX_BODY:
        raise HttpError(413, f"a body may have {MAX_BODY} bytes")
    raw = await asyncio.wait_for(reader.readexactly(int(length)), IDLE_SECONDS)
    body = None
    if raw:
        # Asking for this type keeps web pages that a browser shows from sending anything here unasked.
        if headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
            raise HttpError(415, "send application/json")
        try:
            body = json.loads(raw)
        except ValueError as error:
            raise HttpError(400, f"the body is no JSON: {error}") from None
    return HttpRequest(method, parts.path.rstrip("/") or "/", query, body)


async def _write(writer: asyncio.StreamWriter, status: int, body: Any, *, keep: bool) -> None:
    data = json.dumps(body).encode()
    head = (
        f"HTTP/1.1 {status} {REASONS.get(status, 'Error')}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(data)}\r\nConnection: {'keep-alive' if keep else 'close'}\r\n\r\n"
    )
    writer.write(head.encode() + data)
    await writer.drain()
