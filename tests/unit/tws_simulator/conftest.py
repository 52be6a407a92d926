"""A Gateway on a clock that stands still, and clients without sockets."""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import hypothesis
import pytest

SIMULATOR = Path(__file__).resolve().parents[3] / "deploy" / "tws_simulator"
if str(SIMULATOR) not in sys.path:
    sys.path.insert(0, str(SIMULATOR))

from tws_simulator.clock import ManualClock  # noqa: E402
from tws_simulator.exchange.market import SLOT_SECONDS, manual_quote  # noqa: E402
from tws_simulator.gateway import Gateway, Settings, create_gateway  # noqa: E402
from tws_simulator.session.session import Session  # noqa: E402
from tws_simulator.wire.fields import encode_fields  # noqa: E402
from tws_simulator.wire.framing import frame, split_fields  # noqa: E402

# A busy machine is no reason to fail.
hypothesis.settings.register_profile("simulator", deadline=None)
hypothesis.settings.load_profile("simulator")

AAPL = 265598
# A Tuesday, 10:00 in New York.
OPENING = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


class Desk:
    """A Gateway and a hand on its clock and prices."""

    def __init__(self, gateway: Gateway, clock: ManualClock) -> None:
        self.gateway = gateway
        self.broker = gateway.broker
        self.clock = clock

    def pin(
        self,
        bid: str,
        ask: str,
        size: str = "1000",
        *,
        last: str | None = None,
        con_id: int = AAPL,
        replenish: bool = False,
    ) -> None:
        """Hold a market and let orders meet it."""
        instrument = self.broker.instrument(con_id)
        base = self.broker.market.quote(instrument, self.clock.now())
        sizes = {"bid_size": Decimal(size), "ask_size": Decimal(size)}
        prices = {"bid": Decimal(bid), "ask": Decimal(ask), "last": Decimal(last) if last else None}
        quote = manual_quote(base, self.clock.now(), **prices, **sizes)
        self.broker.market.pin(instrument, quote, self.clock.now(), replenish=replenish)
        self.broker.work_instrument(con_id)

    def pass_time(self, seconds: float = SLOT_SECONDS) -> None:
        """Move the clock in one step, then let it act."""
        self.clock.advance(timedelta(seconds=seconds))
        self.gateway.tick()


class FakeConnection:
    """Takes what a session sends."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, ...]] = []
        self.closed = False
        self.slow = False
        self.peer = "test"

    def send(self, message: tuple[Any, ...]) -> None:
        self.messages.append(tuple(split_fields(encode_fields(message))))

    def send_payload(self, payload: bytes) -> None:
        self.messages.append(tuple(split_fields(payload)))

    def send_many(self, payloads: Sequence[bytes], frames: bytes) -> None:
        assert frames == b"".join(frame(payload) for payload in payloads)
        for payload in payloads:
            self.send_payload(payload)

    def close(self) -> None:
        self.closed = True

    def cut(self, *, reset: bool = False) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def started(self) -> None:
        pass

    def is_slow(self) -> bool:
        return self.slow


class Client:
    """One client in a conversation, after the handshake."""

    def __init__(self, gateway: Gateway, client_id: int, version: int) -> None:
        self.connection = FakeConnection()
        self.session = Session(gateway, self.connection, version)  # type: ignore[arg-type]
        self.client_id = client_id
        self.ask(71, 2, client_id, "")

    def ask(self, *fields: Any) -> list[tuple[str, ...]]:
        """Send one request; returns the messages it brought."""
        before = len(self.connection.messages)
        self.session.receive(encode_fields(list(fields)))
        return self.connection.messages[before:]

    def order(self, order_id: int, action: str, quantity: str, kind: str, **more: str) -> list[tuple[str, ...]]:
        """Place an order for Apple with nothing unusual about it (version 178)."""
        apple = (AAPL, "AAPL", "STK", "", "0.0", "", "", "SMART", "", "USD", "", "", "", "")
        terms = (action, quantity, kind, more.get("limit", ""), more.get("stop", ""), more.get("tif", "DAY"))
        flags = ("", "", "", 0, more.get("ref", ""), more.get("transmit", "1"), 0, 0, 0, "", 0, 0, 0)
        times = ("", "", more.get("good_after", ""), *[""] * 5, 0, "", -1)
        middle = (*times, 0, "", "", 0, "", "", 0, 0, "", 0, *[""] * 5, 0, "", "")
        tail = ("", "", 0, *[""] * 10, 0, "", "", 0, 0, "", "", 0, "", 0, 0, 0)
        end = (0, *[""] * 6, 0, *[""] * 8, 0, 0, 0, "", "", "", 0, "", "")
        return self.ask(3, order_id, *apple, *terms, *flags, *middle, *tail, *end)

    def news(self) -> list[tuple[str, ...]]:
        """The messages since the last call of this."""
        messages, self.connection.messages = self.connection.messages, []
        return messages


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(OPENING)


@pytest.fixture
def make_desk(clock: ManualClock) -> Callable[..., Desk]:
    def make(**settings: Any) -> Desk:
        return Desk(create_gateway(Settings(**{"seed": 7, **settings}), clock), clock)

    return make


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    return make_desk()


@pytest.fixture
def make_client(desk: Desk) -> Callable[..., Client]:
    def make(client_id: int = 1, version: int = 178) -> Client:
        return Client(desk.gateway, client_id, version)

    return make


@pytest.fixture
def client(make_client: Callable[..., Client]) -> Client:
    return make_client()


@pytest.fixture
def make_talk() -> Callable[..., Client]:
    """Clients of any gateway."""

    def make(gateway: Gateway, client_id: int = 1, version: int = 178) -> Client:
        return Client(gateway, client_id, version)

    return make
