"""The WebSocket of a real web process: order, holes, resuming, whose events, tickets, origins, quotes."""

import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import orjson
import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from accounts.models import User
from accounts.tickets import issue_ticket
from accounts.tokens import issue_tokens
from config.shared.redis import QUOTES_CHANNEL, QUOTES_INTEREST, redis_client
from tests.fixtures.api import ERROR_FIELDS, ORDER, ApiDesk, WebProcess, accept
from tests.fixtures.waiting import eventually
from trading import publish
from trading.models import GatewayCommand, Order, StreamEvent

Message = dict[str, Any]


@pytest.fixture
def desk(committed_desk: ApiDesk) -> ApiDesk:
    return committed_desk


class Socket:
    """One client."""

    def __init__(self, raw: ClientConnection) -> None:
        self.raw = raw

    def say(self, **message: Any) -> None:
        self.raw.send(orjson.dumps(message).decode())

    def next(self, within: float = 8) -> Message:
        message: Message = orjson.loads(self.raw.recv(timeout=within))
        return message

    def subscribe(self, *channels: str, **more: Any) -> Message:
        self.say(type="subscribe", channels=channels, **more)
        return self.next()

    def events(self, count: int) -> list[Message]:
        found = [self.next() for _ in range(count)]
        assert {message["type"] for message in found} == {"event"}
        return found

    def has_nothing(self) -> bool:
        """A pong overtakes nothing: what came before it would have been seen."""
        self.say(type="ping")
        return self.next() == {"type": "pong"}


Open = Callable[..., Any]


@pytest.fixture
def opened(web: WebProcess) -> Open:
    @contextmanager
    def open_for(user: User) -> Iterator[Socket]:
        ticket, _ = issue_ticket(user)
        with connect(f"{web.ws_url}?ticket={ticket}", open_timeout=15) as raw:
            yield Socket(raw)

    return open_for


def chained(events: list[Message]) -> bool:
    """Each event names the one before it."""
    return [event["prev"] for event in events[1:]] == [event["seq"] for event in events[:-1]]


def test_events_arrive_in_order_with_what_rest_would_say(desk: ApiDesk, opened: Open) -> None:
    with opened(desk.trader) as socket:
        answer = socket.subscribe("orders")
        assert answer == {"type": "subscribed", "channels": ["orders"], "seq": publish_head()}
        order = desk.placed()
        accept(order)
        created, updated = socket.events(2)
        assert (created["event"], updated["event"]) == ("order.created", "order.updated")
        assert (created["prev"], updated["prev"]) == (0, created["seq"])
        assert created["seq"] > answer["seq"]
        assert updated["data"] == desk.client.get(f"/api/v1/orders/{order.pk}/").json()
        assert updated["data"]["last_event_seq"] == updated["seq"]


def publish_head() -> int:
    return StreamEvent.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


def test_a_client_that_returns_gets_what_it_missed(desk: ApiDesk, opened: Open) -> None:
    with opened(desk.trader) as socket:
        socket.subscribe("orders", "gateway")
        desk.placed()
        last = socket.events(1)[0]["seq"]
    orders = [desk.placed() for _ in range(4)]
    with opened(desk.trader) as socket:
        assert socket.subscribe("orders", after=last)["seq"] == last
        missed = socket.events(4)
        assert [message["data"]["id"] for message in missed] == [str(order.pk) for order in orders]
        assert chained(missed)
        desk.placed()
        assert chained([missed[-1], *socket.events(1)])


def test_more_than_one_batch_is_replayed(desk: ApiDesk, opened: Open) -> None:
    order = desk.placed()
    start = publish_head()
    for _ in range(60):
        with publish.recording():
            publish.order_changed(order.pk)
    with opened(desk.trader) as socket:
        socket.subscribe("orders", after=start)
        assert [event["seq"] for event in socket.events(60)] == list(range(start + 1, start + 61))


@pytest.mark.parametrize("after", [10_000_000, 0])
def test_what_cannot_be_resumed_is_reset(desk: ApiDesk, opened: Open, after: int) -> None:
    desk.placed()
    desk.placed()
    StreamEvent.objects.filter(seq__lt=publish_head()).delete()
    with opened(desk.trader) as socket:
        assert socket.subscribe("orders", after=after) == {"type": "reset"}
        assert socket.next() == {"type": "subscribed", "channels": ["orders"], "seq": publish_head()}
        desk.placed()
        assert socket.events(1)[0]["event"] == "order.created"


def test_nobody_sees_another_accounts_events(desk: ApiDesk, opened: Open) -> None:
    with opened(desk.stranger) as stranger, opened(desk.watcher) as watcher:
        for socket in (stranger, watcher):
            socket.subscribe("orders", "gateway")
        desk.placed()
        with publish.recording():
            publish.gateway_changed()
        assert [event["channel"] for event in watcher.events(2)] == ["orders", "gateway"]
        (event,) = stranger.events(1)
        assert (event["channel"], event["prev"]) == ("gateway", 0)
        assert stranger.has_nothing()


def test_only_what_was_asked_for(desk: ApiDesk, opened: Open) -> None:
    with opened(desk.trader) as socket:
        socket.subscribe("fills")
        desk.placed()
        assert socket.has_nothing()
        later = socket.subscribe("orders", "fills")
        assert later["channels"] == ["fills", "orders"]
        desk.placed()
        assert socket.events(1)[0]["channel"] == "orders"
        socket.say(type="unsubscribe", channels=["orders"])
        assert socket.next()["type"] == "unsubscribed"
        desk.placed()
        assert socket.has_nothing()


def test_a_later_subscription_may_go_back(desk: ApiDesk, opened: Open) -> None:
    start = publish_head()
    with opened(desk.trader) as socket:
        desk.placed()
        socket.subscribe("gateway")
        desk.placed()
        socket.subscribe("orders", after=start)
        seqs = [event["seq"] for event in socket.events(2)]
        assert seqs == sorted(seqs)
        assert len(set(seqs)) == 2


def test_events_that_redis_lost_come_from_the_table(desk: ApiDesk, opened: Open) -> None:
    with opened(desk.trader) as socket:
        socket.subscribe("orders")
        redis_client().flushall()  # every group membership is gone
        order = desk.placed()
        (event,) = socket.events(1)
        assert event["data"]["id"] == str(order.pk)
        accept(order)
        assert chained([event, *socket.events(1)])


def test_a_hole_in_the_messages_is_filled_in_order(desk: ApiDesk, opened: Open) -> None:
    with opened(desk.trader) as socket:
        socket.subscribe("orders")
        order = desk.placed()
        first = socket.events(1)[0]
        with patch("trading.publish._send"):  # as if Redis had dropped exactly this message
            accept(order)
        second = desk.placed()
        between, after = socket.events(2)
        assert chained([first, between, after])
        assert (between["data"]["status"], after["data"]["id"]) == ("working", str(second.pk))


def test_rights_that_are_taken_away_end_the_events(desk: ApiDesk, opened: Open) -> None:
    with opened(desk.trader) as socket:
        socket.subscribe("orders")
        User.objects.filter(pk=desk.trader.pk).update(is_active=False)
        message = socket.next(within=25)
        assert (message["type"], message["error_code"]) == ("error", "AUTHENTICATION_REQUIRED")
        with pytest.raises(ConnectionClosed) as closed:
            socket.next()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401


class TestMessages:
    @pytest.mark.parametrize(
        "text",
        [
            "not json",
            "[]",
            "{}",
            '{"type": "dance"}',
            '{"type": "subscribe"}',
            '{"type": "subscribe", "channels": []}',
            '{"type": "subscribe", "channels": "orders"}',
            '{"type": "subscribe", "channels": ["secrets"]}',
            '{"type": "subscribe", "channels": ["quotes:<script>"]}',
            '{"type": "subscribe", "channels": ["orders"], "after": -1}',
            '{"type": "subscribe", "channels": ["orders"], "after": "5"}',
            '{"type": "subscribe", "channels": ["orders"], "after": true}',
            '{"type": "subscribe", "channels": ["orders"], "from": 5}',
            '{"type": "subscribe", "channels": [1]}',
        ],
    )
    def test_bad_ones_are_answered_and_change_nothing(self, desk: ApiDesk, opened: Open, text: str) -> None:
        with opened(desk.trader) as socket:
            socket.raw.send(text)
            message = socket.next()
            assert set(message) == ERROR_FIELDS | {"type"}
            assert (message["type"], message["error_code"]) == ("error", "VALIDATION_ERROR")
            assert socket.has_nothing()

    def test_a_flood_in_one_message_ends_the_connection(self, desk: ApiDesk, opened: Open) -> None:
        with opened(desk.trader) as socket:
            socket.raw.send('{"type": "ping", "id": "' + "x" * 20_000 + '"}')
            assert socket.next()["error_code"] == "VALIDATION_ERROR"
            with pytest.raises(ConnectionClosed):
                socket.next()


class TestAdmission:
    def test_a_ticket_opens_once(self, desk: ApiDesk, web: WebProcess) -> None:
        ticket = desk.client.post("/api/v1/auth/ws-ticket/").json()["ticket"]
        with connect(f"{web.ws_url}?ticket={ticket}") as raw:
            assert Socket(raw).has_nothing()
        self.is_refused(f"{web.ws_url}?ticket={ticket}")

    @pytest.mark.parametrize("ticket", ["x", "%00", "x" * 5000])
    def test_no_ticket_of_ours(self, desk: ApiDesk, web: WebProcess, ticket: str) -> None:
        self.is_refused(f"{web.ws_url}?ticket={ticket}")

    def is_refused(self, url: str) -> None:
        with connect(url) as raw:
            socket = Socket(raw)
            assert socket.next()["error_code"] == "AUTHENTICATION_REQUIRED"
            with pytest.raises(ConnectionClosed) as closed:
                socket.next()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401

    def test_a_changed_password_ends_a_ticket(self, desk: ApiDesk, web: WebProcess) -> None:
        ticket, _ = issue_ticket(desk.trader)
        desk.trader.set_password("another long passphrase")
        desk.trader.save()
        self.is_refused(f"{web.ws_url}?ticket={ticket}")

    def cookie(self, user: User) -> str:
        session = SessionStore()
        session["_auth_user_id"] = str(user.pk)
        session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
        session["_auth_user_hash"] = user.get_session_auth_hash()
        session.save()
        return f"sessionid={session.session_key}"

    def test_our_own_page_uses_its_cookie(self, desk: ApiDesk, web: WebProcess) -> None:
        headers = {"Cookie": self.cookie(desk.trader)}
        with connect(web.ws_url, additional_headers=headers, origin=web.base_url) as raw:
            socket = Socket(raw)
            assert socket.subscribe("orders")["type"] == "subscribed"

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", None])
    def test_a_foreign_page_cannot_use_the_cookie(self, desk: ApiDesk, web: WebProcess, origin: Any) -> None:
        with (
            pytest.raises(InvalidStatus) as refused,
            connect(web.ws_url, additional_headers={"Cookie": self.cookie(desk.trader)}, origin=origin),
        ):
            pass
        assert refused.value.response.status_code == 403

    def test_our_page_without_a_session(self, desk: ApiDesk, web: WebProcess) -> None:
        with connect(web.ws_url, origin=web.base_url) as raw:
            assert Socket(raw).next()["error_code"] == "AUTHENTICATION_REQUIRED"

    def test_another_path(self, desk: ApiDesk, web: WebProcess) -> None:
        with pytest.raises(InvalidStatus), connect(f"{web.ws_url}other/", origin=web.base_url):
            pass


class TestQuotes:
    def row(self, **more: Any) -> Message:
        names = ("bid", "ask", "last", "bid_size", "ask_size", "volume")
        return dict.fromkeys(names) | {"symbol": "AAPL", "con_id": 265598, "time": timezone.now().isoformat()} | more

    def publish(self, *rows: Message) -> None:
        redis_client().publish(QUOTES_CHANNEL, orjson.dumps(list(rows)))

    def test_the_known_quote_first_and_then_every_change(self, desk: ApiDesk, opened: Open) -> None:
        with opened(desk.trader) as socket:
            assert socket.subscribe("quotes:aapl")["channels"] == ["quotes:AAPL"]
            first = socket.next()
            assert (first["type"], first["data"][0]["bid"]) == ("quotes", "189.99")
            assert redis_client().zscore(QUOTES_INTEREST, "265598")

            def arrives() -> Message | None:
                self.publish(self.row(bid="191.00"), self.row(con_id=1, symbol="OTHER"))
                try:
                    return socket.next(within=0.5)
                except TimeoutError:
                    return None

            frame = eventually(arrives)
            assert frame["type"] == "quotes"
            assert "seq" not in frame
            assert [(row["symbol"], row["bid"]) for row in frame["data"]] == [("AAPL", "191.00")]

    def test_many_changes_are_one_frame(self, desk: ApiDesk, opened: Open) -> None:
        with opened(desk.trader) as socket:
            socket.subscribe("quotes:AAPL")
            socket.next()
            eventually(lambda: redis_client().pubsub_numsub(QUOTES_CHANNEL)[0][1] > 0)
            for number in range(200):
                self.publish(self.row(last=str(number)))
            frames = []
            while not frames or frames[-1]["data"][0]["last"] != "199":
                frames.append(socket.next())
            assert len(frames) < 50

    def test_a_symbol_ib_cannot_be_asked_about(self, desk: ApiDesk, opened: Open) -> None:
        with opened(desk.trader) as socket:
            assert socket.subscribe("orders", "quotes:ZZZZ")["type"] == "subscribed"
            message = socket.next(within=15)
            assert (message["type"], message["error_code"]) == ("error", "IB_CONNECTION_FAILED")
            assert message["details"]["channel"] == "quotes:ZZZZ"
            desk.placed()
            assert socket.events(1)[0]["channel"] == "orders"


def test_twenty_identical_requests_at_once_are_one_order(desk: ApiDesk, web: WebProcess) -> None:
    token = issue_tokens(desk.trader)["access"]

    def post(_: int) -> tuple[int, str]:
        request = urllib.request.Request(
            f"{web.base_url}/api/v1/orders/",
            data=orjson.dumps(ORDER | {"client_order_id": "the-one"}),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, orjson.loads(answer.read())["id"]

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(post, range(20)))
    assert sorted(status for status, _ in answers) == [200] * 19 + [201]
    assert len({order_id for _, order_id in answers}) == 1
    assert Order.objects.count() == GatewayCommand.objects.count() == 1


def test_a_chunked_body_counts(desk: ApiDesk, web: WebProcess) -> None:
    """Without a Content-Length DRF would read nothing, and a cancel of one symbol would cancel all."""
    desk.working()
    token = issue_tokens(desk.trader)["access"]
    request = urllib.request.Request(
        f"{web.base_url}/api/v1/orders/cancel-all/",
        data=iter([b'{"symbol"', b': "MSFT"}']),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert orjson.loads(answer.read())["requested"] == 0
