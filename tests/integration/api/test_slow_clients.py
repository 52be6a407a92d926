"""Clients that do not read: nothing of theirs is lost, nobody else waits, and their messages do not fill our memory."""

import base64
import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from websockets.sync.client import connect

from accounts.models import AccountGrant, User
from accounts.tickets import issue_ticket
from config.shared.redis import QUOTES_CHANNEL, redis_client
from tests.fixtures.api import ApiDesk, WebProcess
from tests.fixtures.waiting import eventually
from trading.consumers.socket import MOST_BEHIND, RIGHTS_CHECKED_EVERY
from trading.models import StreamEvent, StreamHead

Message = dict[str, Any]


@pytest.fixture
def desk(committed_desk: ApiDesk) -> ApiDesk:
    return committed_desk


class LazyClient:
    """A WebSocket that reads from its connection only when it is told to, with a small buffer of its own."""

    def __init__(self, web: WebProcess, user: User) -> None:
        address = urlsplit(web.ws_url)
        ticket, _ = issue_ticket(user)
        self._raw = socket.socket()
        self._raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        self._raw.settimeout(20)
        self._raw.connect((address.hostname or "", address.port or 0))
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {address.path}?ticket={ticket} HTTP/1.1",
            f"Host: {address.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
        ]
        self._raw.sendall("\r\n".join([*lines, "", ""]).encode())
        self._buffer = bytearray()
        while b"\r\n\r\n" not in self._buffer:
            self._read()
        head, _, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        assert b" 101 " in head.splitlines()[0]
        self._buffer = bytearray(rest)

    def say(self, **message: Any) -> None:
        body = orjson.dumps(message)
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(body))
        length = bytes([0x80 | len(body)]) if len(body) < 126 else b"\xfe" + struct.pack("!H", len(body))
        self._raw.sendall(b"\x81" + length + mask + masked)

    def next(self) -> Message:
        """The next message of the server; its pings are passed over."""
        while True:
            opcode, body = self._frame()
            if opcode == 1:
                message: Message = orjson.loads(body)
                return message
            if opcode == 8:
                raise ConnectionError(f"closed with {struct.unpack('!H', body[:2])[0]}")

    def _frame(self) -> tuple[int, bytes]:
        self._need(2)
        length, start = self._buffer[1], 2
        if length == 126:
            self._need(4)
            length, start = struct.unpack("!H", self._buffer[2:4])[0], 4
        elif length == 127:
            self._need(10)
            length, start = struct.unpack("!Q", self._buffer[2:10])[0], 10
        self._need(start + length)
        opcode, body = self._buffer[0] & 0x0F, bytes(self._buffer[start : start + length])
        del self._buffer[: start + length]
        return opcode, body

    def _need(self, count: int) -> None:
        while len(self._buffer) < count:
            self._read()

    def _read(self) -> None:
        data = self._raw.recv(65536)
        if not data:
            raise ConnectionError("the server has gone")
        self._buffer += data

    def close(self) -> None:
        self._raw.close()


@contextmanager
def lazy(web: WebProcess, user: User) -> Iterator[LazyClient]:
    client = LazyClient(web, user)
    try:
        yield client
    finally:
        client.close()


def publish_many(desk: ApiDesk, count: int, size: int) -> int:
    """So many events of an account in the table, as the gateway would have written them; the number of the last."""
    head = StreamHead.objects.get_or_create(pk=1)[0].seq
    filler = "x" * size
    rows = [
        StreamEvent(
            seq=head + i, channel="orders", event="order.updated", account=desk.account.code, data={"filler": filler}
        )
        for i in range(1, count + 1)
    ]
    StreamEvent.objects.bulk_create(rows, batch_size=2000)
    StreamHead.objects.filter(pk=1).update(seq=head + count)
    return head + count


def memory_of(web: WebProcess) -> int:
    """Resident bytes of the web process."""
    with open(f"/proc/{web.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_client_that_does_not_read_loses_nothing_and_fills_no_memory(desk: ApiDesk, web: WebProcess) -> None:
    ticket, _ = issue_ticket(desk.trader)
    with lazy(web, desk.trader) as slow, connect(f"{web.ws_url}?ticket={ticket}") as quick:
        slow.say(type="subscribe", channels=["orders"])
        assert slow.next()["type"] == "subscribed"
        quick.send('{"type":"subscribe","channels":["orders"]}')
        assert orjson.loads(quick.recv(timeout=8))["type"] == "subscribed"
        before = memory_of(web)
        last = publish_many(desk, 15_000, 2_000)  # 30 MB, and the kernel takes 4 of it
        seen = 0
        while seen != last:  # the one beside it gets all of them meanwhile
            seen = orjson.loads(quick.recv(timeout=20))["seq"]
        assert memory_of(web) - before < 22_000_000  # among it the hub's own 5,000 of 2 KB
        events = [slow.next() for _ in range(15_000)]
    assert [event["seq"] for event in events] == list(range(last - 14_999, last + 1))
    assert [event["prev"] for event in events[1:]] == [event["seq"] for event in events[:-1]]


def test_a_client_that_falls_too_far_behind_is_told_to_read_anew(desk: ApiDesk, web: WebProcess) -> None:
    with lazy(web, desk.trader) as slow:
        slow.say(type="subscribe", channels=["orders"])
        assert slow.next()["type"] == "subscribed"
        publish_many(desk, 8_000, 2_000)  # more than fits on the way
        time.sleep(5)  # the hub looks into the table every two seconds
        last = publish_many(desk, MOST_BEHIND + 10, 10)
        time.sleep(5)
        messages = []
        while not messages or messages[-1]["type"] != "subscribed":
            messages.append(slow.next())
        told = [message["type"] for message in messages]
        assert told[-2:] == ["reset", "subscribed"]
        assert set(told[:-2]) == {"event"}
        assert len(told) < 8_000  # the rest it is spared
        assert messages[-1]["seq"] == last
        desk.placed()
        event = slow.next()
        assert (event["event"], event["prev"]) == ("order.created", 0)


def test_whoever_loses_their_role_while_they_do_not_read_hears_no_more(desk: ApiDesk, web: WebProcess) -> None:
    with lazy(web, desk.trader) as slow:
        slow.say(type="subscribe", channels=["orders"])
        assert slow.next()["type"] == "subscribed"
        publish_many(desk, 8_000, 2_000)
        time.sleep(5)  # it is held by now
        AccountGrant.objects.filter(user=desk.trader).delete()
        time.sleep(RIGHTS_CHECKED_EVERY + 1)
        slow.say(type="ping")
        told = []
        while not told or told[-1] != "pong":
            told.append(slow.next()["type"])
        assert len(told) < 7_000  # what was on its way, and one more batch at most


def test_one_that_comes_back_from_far_behind_is_told_everything(desk: ApiDesk, web: WebProcess) -> None:
    first = publish_many(desk, 1, 10)
    publish_many(desk, MOST_BEHIND + 10, 10)
    with lazy(web, desk.trader) as back:
        back.say(type="subscribe", channels=["orders"], after=first)
        assert back.next()["type"] == "subscribed"
        assert [back.next()["seq"] for _ in range(MOST_BEHIND + 10)] == list(range(first + 1, first + MOST_BEHIND + 11))


def test_quotes_for_the_slow_are_conflated_to_the_latest(desk: ApiDesk, web: WebProcess) -> None:
    row = {"con_id": 265598, "symbol": "AAPL", "filler": "x" * 200_000}
    with lazy(web, desk.trader) as slow:
        slow.say(type="subscribe", channels=["quotes:AAPL"])
        assert slow.next()["type"] == "subscribed"

        def tick(last: int) -> None:
            redis_client().publish(QUOTES_CHANNEL, orjson.dumps([{**row, "last": str(last)}]).decode())

        eventually(web_is_listening)
        for last in range(1, 101):
            tick(last)
            time.sleep(0.12)  # a frame is sent every tenth of a second
        prices = [1]
        while prices[-1] != 100:
            message = slow.next()
            prices += [int(quote["last"]) for quote in message["data"] if "filler" in quote]
        assert prices == sorted(prices)
        assert len(prices) < 60  # what fitted on the way, and then at once the latest


def web_is_listening() -> bool:
    return bool(dict(redis_client().pubsub_numsub(QUOTES_CHANNEL)).get(QUOTES_CHANNEL))


def talk_until_it_ends(client: LazyClient) -> None:
    for _ in range(200_000):
        client.say(type="ping")
    while True:
        client.next()


def test_a_client_that_only_talks_is_shown_out(desk: ApiDesk, web: WebProcess) -> None:
    with lazy(web, desk.trader) as chatty, pytest.raises(ConnectionError):
        talk_until_it_ends(chatty)
    with connect(f"{web.ws_url}?ticket={issue_ticket(desk.trader)[0]}") as other:  # the others do not mind
        other.send('{"type":"ping"}')
        assert orjson.loads(other.recv(timeout=8)) == {"type": "pong"}
