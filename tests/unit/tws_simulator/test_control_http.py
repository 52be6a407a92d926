"""The control port over a real socket, spoken to rudely."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from tws_simulator.control import http
from tws_simulator.control.api import ControlApi
from tws_simulator.control.http import serve_connection

Talk = Callable[[bytes], Coroutine[Any, Any, bytes]]


def over_socket(desk: Any, conversation: Callable[[Talk], Coroutine[Any, Any, Any]]) -> Any:
    """Run a conversation with a control port that listens."""
    api = ControlApi(desk.gateway)

    async def run() -> Any:
        server = await asyncio.start_server(
            lambda reader, writer: serve_connection(api.answer, reader, writer), "127.0.0.1", 0
        )
        port = server.sockets[0].getsockname()[1]

        async def talk(data: bytes) -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(data)
            answer = await asyncio.wait_for(reader.read(), 5)
            writer.close()
            return answer

        try:
            return await conversation(talk)
        finally:
            server.close()

    return asyncio.run(run())


def once(desk: Any, data: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one answer."""
    raw = over_socket(desk, lambda talk: talk(data))
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), dict(line.split(": ", 1) for line in lines), body


CLOSE = b"Connection: close\r\n"
JSON = b"Content-Type: application/json\r\n"


def post(body: bytes, more: bytes = JSON) -> bytes:
    return b"POST /faults HTTP/1.1\r\n" + CLOSE + more + b"Content-Length: %d\r\n\r\n" % len(body) + body


def test_keep_alive_serves_one_request_after_another(desk: Any) -> None:
    data = b"GET /health HTTP/1.1\r\n\r\n" * 3 + b"GET /health HTTP/1.1\r\n" + CLOSE + b"\r\n"
    assert over_socket(desk, lambda talk: talk(data)).count(b"200 OK") == 4


def test_http_1_0_closes(desk: Any) -> None:
    status, headers, _ = once(desk, b"GET /health HTTP/1.0\r\n\r\n")
    assert (status, headers["Connection"]) == (200, "close")


def test_head_has_the_length_but_no_body(desk: Any) -> None:
    status, headers, body = once(desk, b"HEAD /health HTTP/1.1\r\n" + CLOSE + b"\r\n")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) > 10


def test_a_browser_gets_a_page_and_a_program_json(desk: Any) -> None:
    _, headers, body = once(desk, b"GET / HTTP/1.1\r\nAccept: text/html,*/*\r\n" + CLOSE + b"\r\n")
    assert headers["Content-Type"].startswith("text/html")
    assert b"/prices" in body
    _, headers, body = once(desk, b"GET / HTTP/1.1\r\n" + CLOSE + b"\r\n")
    assert "GET /health" in json.loads(body)["routes"]


def test_all_refusals_have_one_form(desk: Any) -> None:
    status, headers, body = once(desk, b"PUT /prices HTTP/1.1\r\n" + CLOSE + b"\r\n")
    assert (status, headers["Allow"]) == (405, "GET, HEAD, POST")
    assert json.loads(body) == {"error": "/prices answers GET, HEAD, POST", "status": 405, "field": None}
    status, _, body = once(desk, post(b'{"name": "delay_ms", "on": "yes"}'))
    assert json.loads(body) == {"error": "on must be true or false", "status": 400, "field": "on"}


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET health HTTP/1.1\r\n\r\n", 400),
        (b"GET /health HTTP/2.0\r\n\r\n", 400),
        (b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\n" + b"a: b\r\n" * 101 + b"\r\n", 400),
        (b"GET /health HTTP/1.1\r\na: " + b"b" * 40_000 + b"\r\n\r\n", 400),
        (b"GET /health?a=1&a=2 HTTP/1.1\r\n\r\n", 400),
        (b"GET /health?x HTTP/1.1\r\n\r\n", 400),
        (b"GET /health?x=1 HTTP/1.1\r\n" + CLOSE + b"\r\n", 400),
        (b"GET /nowhere HTTP/1.1\r\n" + CLOSE + b"\r\n", 404),
        (b"POST /faults HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /faults HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /faults HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 413),
        (post(b"{}", b"Content-Type: text/plain\r\n"), 415),
        (post(b"{}", b""), 415),
        (post(b"{"), 400),
        (post(b"\xff\xfe"), 400),
        (post(b'{"name": NaN}'), 400),
        (post(b'{"name": "stall", "name": "stall"}'), 400),
        (post(b"[" * 100_000), 400),
        (post(b""), 400),
    ],
)
def test_what_cannot_be_read_is_refused(desk: Any, data: bytes, status: int) -> None:
    assert once(desk, data)[0] == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (b"Host: 127.0.0.1:4003\r\n", 200),
        (b"Host: localhost:4003\r\n", 200),
        (b"Host: [::1]:4003\r\n", 200),
        (b"Host: simulator:4003\r\n", 200),
        (b"Host: evil.example:4003\r\n", 403),
        (b"Host: 127.0.0.1.evil.example\r\n", 403),
        (b"Host: [\r\n", 403),
        (b"Host: localhost:4003\r\nOrigin: http://localhost:4003\r\n", 200),
        (b"Host: localhost:4003\r\nOrigin: http://evil.example\r\n", 403),
        (b"Host: localhost:4003\r\nOrigin: null\r\n", 403),
    ],
)
def test_web_pages_from_elsewhere_get_nothing(desk: Any, headers: bytes, status: int) -> None:
    assert once(desk, b"GET /health HTTP/1.1\r\n" + CLOSE + headers + b"\r\n")[0] == status


def test_slow_senders_are_cut_off_and_others_are_served_meanwhile(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEAD_SECONDS", "BODY_SECONDS", "IDLE_SECONDS"):
        monkeypatch.setattr(http, name, 0.1)

    async def conversation(talk: Talk) -> list[bytes]:
        slow = [talk(data) for data in (b"", b"G", b"GET /health HTTP/1.1\r\nHost: a\r\n", post(b"{}")[:-1])]
        return await asyncio.gather(*slow, talk(b"GET /health HTTP/1.1\r\n" + CLOSE + b"\r\n"))

    idle, *late, served = over_socket(desk, conversation)
    assert idle == b""
    assert [row.split()[1] for row in late] == [b"408"] * 3
    assert served.split()[1] == b"200"


def test_a_handler_that_fails_gives_500_and_the_port_goes_on(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(desk.gateway), "clear_faults", lambda self: 1 / 0)
    data = b"DELETE /faults HTTP/1.1\r\n\r\nGET /health HTTP/1.1\r\n" + CLOSE + b"\r\n"
    raw = over_socket(desk, lambda talk: talk(data))
    assert raw.startswith(b"HTTP/1.1 500")
    assert b"200 OK" in raw
    assert b"ZeroDivision" not in raw


def test_the_program_can_end_while_somebody_waits(desk: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def conversation(talk: Talk) -> None:
        asyncio.get_running_loop().create_task(talk(b"GET /log?wait=30 HTTP/1.1\r\n\r\n"))
        await asyncio.sleep(0.1)

    over_socket(desk, conversation)
    assert caplog.records == []
