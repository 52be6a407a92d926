"""A small HTTP/1.1 server for JSON, on asyncio streams."""

import asyncio
import contextlib
import ipaddress
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any
from urllib.parse import parse_qs, urlsplit

log = logging.getLogger("tws_simulator.control")
MAX_BODY = 32 << 20  # a saved state of a busy week fits
MAX_HEADERS = 100
MAX_HEAD_BYTES = 32 << 10
IDLE_SECONDS = 60.0  # between requests of one connection
HEAD_SECONDS = 10.0  # from the first byte of a request to the end of its headers
BODY_SECONDS = 30.0
REASONS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
           408: "Request Timeout", 409: "Conflict", 413: "Content Too Large", 415: "Unsupported Media Type",
           422: "Unprocessable Content", 500: "Internal Server Error"}  # fmt: skip
_LOCAL_ENDINGS = (".localhost", ".internal")


@dataclass(slots=True)
class HttpRequest:
    """One request; `body` is what its JSON says, `query` the words after the question mark.

    `params` are the parameters of path and query as the route's schemas read them.
    """

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is not JSON."""

    text: str
    content_type: str


class HttpError(Exception):
    """An answer other than 200, with a message for the caller and, if known, the field that is wrong."""

    def __init__(
        self, status: int, message: str, *, field: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.field = field
        self.headers = headers or {}

    @property
    def body(self) -> dict[str, Any]:
        """The one form of all refusals."""
        return {"error": self.message, "status": self.status, "field": self.field}


Answer = Callable[[HttpRequest], Any]


async def serve_connection(answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one connection until it closes or errs."""
    try:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await _serve_one(answer, reader, writer):
                pass
    except TimeoutError:
        writer.transport.abort()  # idle, or it does not read what it asked for
    except asyncio.CancelledError:
        writer.transport.abort()  # the program ends while somebody waits for an answer
        return
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def _serve_one(answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    try:
        line = await _first_line(reader)
        if not line.strip():
            return False
        request, keep = await _read_request(line, reader, writer)
    except HttpError as error:
        await _write(writer, error.status, error.body, error.headers, keep=False)
        return False
    status, body, headers = await _answered(answer, request)
    await _write(writer, status, body, headers, keep=keep, with_body=request.method != "HEAD")
    return keep


async def _answered(answer: Answer, request: HttpRequest) -> tuple[int, Any, dict[str, str]]:
    try:
        result = answer(request)
        return 200, await result if isawaitable(result) else result, {}
    except HttpError as error:
        return error.status, error.body, error.headers
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return 500, HttpError(500, "internal error; the simulator's log says more").body, {}


# Reading -----------------------------------------------------------------------------------------------------------


async def _first_line(reader: asyncio.StreamReader) -> bytes:
    """Wait for a request to begin, then for the end of its first line: who begins must go on."""
    first = await asyncio.wait_for(reader.read(1), IDLE_SECONDS)
    return first + await _line(reader) if first and first != b"\n" else b""


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        async with asyncio.timeout(HEAD_SECONDS):
            return await reader.readline()
    except TimeoutError:
        raise HttpError(408, f"a request must be complete within {HEAD_SECONDS:g} seconds") from None
    except ValueError:
        raise HttpError(400, "a line of the request is too long") from None


async def _read_request(
    line: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> tuple[HttpRequest, bool]:
    method, target, version = _request_line(line)
    headers = await _headers(reader)
    _check_origin(headers)
    keep_word = headers.get("connection", "").lower()
    keep = keep_word != "close" if version == "HTTP/1.1" else keep_word == "keep-alive"
    return await _request(method, target, headers, reader, writer), keep


def _request_line(line: bytes) -> tuple[str, str, str]:
    parts = line.decode("latin-1").split()
    if len(parts) != 3 or parts[2] not in {"HTTP/1.1", "HTTP/1.0"} or not parts[1].startswith("/"):
        raise HttpError(400, "not an HTTP/1.1 request")
    return parts[0].upper(), parts[1], parts[2]


async def _headers(reader: asyncio.StreamReader) -> dict[str, str]:
    """All headers; slow senders are cut off by the time for all of them, not for each."""
    headers: dict[str, str] = {}
    size, ends = 0, asyncio.get_running_loop().time() + HEAD_SECONDS
    for _ in range(MAX_HEADERS + 1):
        if asyncio.get_running_loop().time() > ends:
            raise HttpError(408, f"a request must be complete within {HEAD_SECONDS:g} seconds")
        line = await _line(reader)
        size += len(line)
        if size > MAX_HEAD_BYTES:
            raise HttpError(400, f"headers may have {MAX_HEAD_BYTES} bytes")
        name, _, value = line.decode("latin-1").strip().partition(":")
        if not name:
            return headers
        headers[name.strip().lower()] = value.strip()
    raise HttpError(400, "too many headers")


def _check_origin(headers: dict[str, str]) -> None:
    """Keep web pages out, also those whose host name was made to point here after they were loaded."""
    host = headers.get("host", "localhost")
    if not _is_local_name(host):
        raise HttpError(403, f"requests for host {host[:100]} are not answered; use the address")
    origin = headers.get("origin")
    if origin is not None and origin.lower() not in {f"http://{host.lower()}", f"https://{host.lower()}"}:
        raise HttpError(403, "requests of web pages from elsewhere are not answered")


def _is_local_name(host: str) -> bool:
    """An address, or a name that only exists locally: nobody outside can own it."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    name = name.rstrip(".").lower()
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(name)
        return True
    return bool(name) and ("." not in name or name.endswith(_LOCAL_ENDINGS))


async def _request(
    method: str,
    target: str,
    headers: dict[str, str],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> HttpRequest:
    path, query = _target(target)
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()) or "transfer-encoding" in headers:
        raise HttpError(400, "a body needs a Content-Length")
    if len(length) > 12 or int(length) > MAX_BODY:
        raise HttpError(413, f"a body may have {MAX_BODY} bytes")
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            raw = await reader.readexactly(int(length))
    except TimeoutError:
        raise HttpError(408, f"a body must be complete within {BODY_SECONDS:g} seconds") from None
    return HttpRequest(method, path, query, _json(raw, headers) if raw else None, headers)


def _target(target: str) -> tuple[str, dict[str, str]]:
    try:
        parts = urlsplit(target)
        words = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query), max_num_fields=50)
    except ValueError:
        raise HttpError(400, "the part after the question mark cannot be read") from None
    for name, values in words.items():
        if len(values) > 1:
            raise HttpError(400, f"{name[:60]} is given twice", field=name[:60])
    return parts.path.rstrip("/") or "/", {name: values[0] for name, values in words.items()}


def _json(raw: bytes, headers: dict[str, str]) -> Any:
    # Asking for this type keeps web pages that a browser shows from sending anything here unasked.
    if headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise HttpError(415, "send application/json")
    try:
        return json.loads(raw, parse_constant=_no_constant, object_pairs_hook=_no_twins)
    except (ValueError, RecursionError) as error:
        raise HttpError(400, f"the body is no JSON: {error}") from None


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is given twice")
    return found


# Writing -----------------------------------------------------------------------------------------------------------


async def _write(
    writer: asyncio.StreamWriter,
    status: int,
    body: Any,
    headers: dict[str, str],
    *,
    keep: bool,
    with_body: bool = True,
) -> None:
    reply = body if isinstance(body, Reply) else Reply(json.dumps(body), "application/json")
    data = reply.text.encode()
    head = [f"HTTP/1.1 {status} {REASONS.get(status, 'Error')}"]
    head += [f"{name}: {value}" for name, value in headers.items()]
    head += [
        f"Content-Type: {reply.content_type}",
        f"Content-Length: {len(data)}",
        "X-Content-Type-Options: nosniff",
        "Cache-Control: no-store",
        f"Connection: {'keep-alive' if keep else 'close'}",
    ]
    writer.write("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + (data if with_body else b""))
    async with asyncio.timeout(BODY_SECONDS):
        await writer.drain()
