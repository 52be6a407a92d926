"""Streaming quotes: subscribe to what somebody wants, conflate, publish ten times a second through Redis."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from asgiref.sync import sync_to_async
from redis.asyncio import Redis
from redis.exceptions import RedisError

from config.shared.correlation import get_logger
from config.shared.redis import QUOTES_CHANNEL, QUOTES_INTEREST, QUOTES_LATEST
from config.shared.text import decimal_text, time_text
from market_data.domain import FRESH_FOR, NOT_CONFIRMED
from market_data.models import Instrument
from trading.gateway.contracts import contract_of
from trading.gateway.ib_mapping import quote_price, to_decimal
from trading.gateway.ib_session import IbSession

log = get_logger(__name__)

# IB gives 100 market-data lines to most accounts, shared with TWS's own windows (field guide §5).
MAX_LINES = 95
PUBLISH_EVERY = 0.1
LOOK_EVERY = 0.5
# A price that nobody has confirmed for so long is asked for anew: silence may mean that nothing trades, or that the
# line is dead, and only a fresh answer tells them apart.
QUIET_AFTER = 20.0

_PRICES = {1: "bid", 2: "ask", 4: "last", 6: "high", 7: "low", 9: "close", 14: "open"}
_DELAYED_PRICES = {66: "bid", 67: "ask", 68: "last", 72: "high", 73: "low", 75: "close", 76: "open"}
_SIZES = {0: "bid_size", 3: "ask_size", 5: "last_size", 8: "volume"}
_DELAYED_SIZES = {69: "bid_size", 70: "ask_size", 71: "last_size", 74: "volume"}
_PRICE_TICKS = _PRICES | _DELAYED_PRICES
_SIZE_TICKS = _SIZES | _DELAYED_SIZES
_SIZE_OF_PRICE = {1: "bid_size", 2: "ask_size", 4: "last_size", 66: "bid_size", 67: "ask_size", 68: "last_size"}
_NAMES = ("bid", "ask", "last", "bid_size", "ask_size", "volume", "high", "low", "open", "close")
# No live data for this instrument; delayed data may be allowed (field guide §3.4).
_NOT_SUBSCRIBED = frozenset({354, 10089, 10090, 10091, 10168, 10186})
_DATA_TYPES = {1: "live", 2: "frozen", 3: "delayed", 4: "delayed_frozen"}


@dataclass
class Line:
    """One market-data line."""

    instrument: Instrument
    req_id: int
    values: dict[str, str | None] = field(default_factory=lambda: dict.fromkeys(_NAMES))
    time: datetime | None = None
    data_type: int = 1
    wanted_until: float = 0.0
    asked_at: float = 0.0  # monotonic clock, as heard_at
    heard_at: float = 0.0
    error: str = ""
    said_doubt: str = ""  # what clients were told last

    def as_json(self) -> dict[str, Any]:
        """The quote as clients get it."""
        return {
            "symbol": self.instrument.symbol,
            "con_id": self.instrument.con_id,
            **self.values,
            "time": time_text(self.time),
            "market_data_type": _DATA_TYPES.get(self.data_type, "live"),
            "stale": bool(self.said_doubt),
            "stale_reason": self.said_doubt or None,
        }


class QuoteDesk:
    """Keeps lines open for what is wanted and passes on their latest values."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._lines: dict[int, Line] = {}  # by con_id
        self._by_request: dict[int, Line] = {}
        self._changed: set[int] = set()
        self._session: IbSession | None = None
        self._unknown: dict[int, float] = {}
        self._to_request: set[int] = set()
        self._attached_at = 0.0  # monotonic clock, as farms_down_at
        self._asked_type = 1
        self._link_doubt = ""
        self._farms_down: list[str] = []
        self._farms_down_at = 0.0

    # callbacks

    def price(self, req_id: int, tick_type: int, price: float, size: float) -> None:
        line, name = self._by_request.get(req_id), _PRICE_TICKS.get(tick_type)
        if line is None or name is None:
            return
        line.values[name] = decimal_text(quote_price(price))
        size_name = _SIZE_OF_PRICE.get(tick_type)
        if size_name in line.values:
            line.values[size_name] = decimal_text(to_decimal(size))
        self._touch(line)

    def size(self, req_id: int, tick_type: int, size: float) -> None:
        line, name = self._by_request.get(req_id), _SIZE_TICKS.get(tick_type)
        if line is None or name not in line.values:
            return
        line.values[name] = decimal_text(to_decimal(size))
        self._touch(line)

    def data_type(self, req_id: int, data_type: int) -> None:
        line = self._by_request.get(req_id)
        if line is not None:
            line.data_type = data_type

    def refused(self, req_id: int, code: int, text: str) -> bool:
        """Whether the error belongs to one of our lines; without live data the line is asked for delayed data once."""
        line = self._by_request.get(req_id)
        if line is None:
            return False
        if code in _NOT_SUBSCRIBED and line.data_type == 1 and self._session is not None and self._session.is_ready:
            line.data_type = 3
            self._by_request.pop(req_id)
            self._to_request.add(line.instrument.con_id)  # at the pace that IB allows: all lines may be refused at once
        elif code != 10167:
            line.error = f"{code}: {text}"
            log.warning("quote_refused", symbol=line.instrument.symbol, ib_error_code=code, ib_text=text)
        return True

    def _touch(self, line: Line) -> None:
        line.time, line.heard_at, line.error = datetime.now(UTC), time.monotonic(), ""
        self._changed.add(line.instrument.con_id)

    # doubt

    def doubt(self, reason: str) -> None:
        """The link behind the socket is gone: every price is stale until the connection is in sync again."""
        self._link_doubt = reason

    def farms_down(self, names: list[str]) -> None:
        """The broken farms that serve quotes, by IB's names.

        IB does not say which instruments a farm serves. A price that still moves has another farm; one that has not
        moved since is doubted. Once the farm is back IB may have forgotten the subscription: it is asked again.
        """
        if names and not self._farms_down:
            self._farms_down_at = time.monotonic()
        if self._farms_down and not names:
            silent = {con_id for con_id, line in self._lines.items() if line.heard_at < self._farms_down_at}
            self._to_request |= silent if self._session is not None else set()
        self._farms_down = names

    def _doubt_of(self, line: Line) -> str:
        """Why the price of a line must not be believed; empty when it may be."""
        if self._session is None:
            return "The gateway is not connected to IB"
        if self._link_doubt:
            return self._link_doubt
        if line.error:
            return f"IB gives no price: {line.error}"
        if line.heard_at < self._attached_at:
            return "No price has come since the connection was built"
        if self._farms_down and line.heard_at < self._farms_down_at:
            return f"IB's data farm {', '.join(self._farms_down)} is broken"
        if time.monotonic() - line.heard_at > FRESH_FOR.total_seconds():
            return NOT_CONFIRMED
        return ""

    def _look_for_doubt(self) -> None:
        """Prices do not say themselves that they have gone stale."""
        for con_id, line in self._lines.items():
            if line.time is not None and line.said_doubt != self._doubt_of(line):
                self._changed.add(con_id)

    # connection

    def attach(self, session: IbSession) -> None:
        """A connection is in sync: every line is opened anew, at the pace that IB allows.

        After 1101 and 1102 the connection is the same one: lines that may still be open there are given up first.
        """
        if self._session is not session:
            self._asked_type = 1
        for line in self._lines.values():
            if self._session is session:
                self._give_up(line)
            line.data_type = 1
        self._session, self._link_doubt, self._attached_at = session, "", time.monotonic()
        self._by_request.clear()
        self._to_request = set(self._lines)

    def detach(self) -> None:
        """The connection is gone; the last values stay and age."""
        self._session = None
        self._by_request.clear()
        self._to_request.clear()

    def _request(self, session: IbSession, line: Line) -> None:
        self._by_request.pop(line.req_id, None)
        if line.data_type == 3 and self._asked_type != 3:
            session.client.reqMarketDataType(3)  # delayed where there is nothing live, for all requests from now on
            self._asked_type = 3
        line.req_id, line.asked_at = session.new_request_id(), time.monotonic()
        self._by_request[line.req_id] = line
        contract = contract_of(session.library, line.instrument)
        session.client.reqMktData(line.req_id, contract, "", False, False, [])

    # loops

    async def run(self) -> None:
        """Publish what changed and look for new wishes, until cancelled; Redis may come and go."""
        next_look = 0.0
        while True:
            await asyncio.sleep(PUBLISH_EVERY)
            self._look_for_doubt()
            try:
                await self._publish()
                if time.monotonic() >= next_look:
                    next_look = time.monotonic() + LOOK_EVERY
                    await self._follow_interest()
            except (RedisError, OSError):
                log.warning("quotes_redis_away")
                await asyncio.sleep(1)
            except ConnectionError:
                continue  # the supervisor is already rebuilding the connection

    async def _publish(self) -> None:
        if not self._changed:
            return
        changed, self._changed = self._changed, set()
        for con_id in changed & self._lines.keys():
            self._lines[con_id].said_doubt = self._doubt_of(self._lines[con_id])
        quotes = [self._lines[con_id].as_json() for con_id in changed if con_id in self._lines]
        if not quotes:
            return
        pipe = self._redis.pipeline(transaction=False)
        pipe.hset(QUOTES_LATEST, mapping={str(q["con_id"]): orjson.dumps(q).decode() for q in quotes})
        pipe.publish(QUOTES_CHANNEL, orjson.dumps(quotes).decode())
        try:
            await pipe.execute()
        except (RedisError, OSError):
            self._changed |= changed
            raise

    async def _follow_interest(self) -> None:
        now = time.time()
        self._request_again()
        await self._publish_what_redis_lost()
        await self._redis.zremrangebyscore(QUOTES_INTEREST, 0, now)
        wishes: list[Any] = await self._redis.zrange(QUOTES_INTEREST, 0, -1, withscores=True)
        wanted = {int(member): float(score) for member, score in wishes}
        for con_id in [c for c, line in self._lines.items() if c not in wanted and line.wanted_until < now]:
            self._close(con_id)
        for con_id, until in wanted.items():
            if con_id in self._lines:
                self._lines[con_id].wanted_until = until
                if time.monotonic() - max(self._lines[con_id].asked_at, self._lines[con_id].heard_at) > QUIET_AFTER:
                    self._to_request.add(con_id)
            elif self._session is not None and self._session.is_ready:
                await self._open(con_id, until)

    def _request_again(self) -> None:
        session = self._session
        while self._to_request and session is not None and session.is_ready and session.pacer.may_ask(3):
            con_id = self._to_request.pop()
            if con_id in self._lines:
                self._give_up(self._lines[con_id])
                self._request(session, self._lines[con_id])

    async def _publish_what_redis_lost(self) -> None:
        """A price that does not change is not sent again by IB, so a restarted Redis would miss it for good."""
        if self._lines:
            kept = {int(con_id) for con_id in await self._redis.hkeys(QUOTES_LATEST)}
            self._changed |= {c for c, line in self._lines.items() if c not in kept and line.time is not None}

    async def _open(self, con_id: int, until: float) -> None:
        if self._unknown.get(con_id, 0) > time.monotonic():
            return
        instrument = await sync_to_async(lambda: Instrument.objects.filter(pk=con_id).first())()
        if instrument is None:
            self._unknown[con_id] = time.monotonic() + 1
            return
        if len(self._lines) >= MAX_LINES:
            oldest = min(self._lines, key=lambda c: self._lines[c].wanted_until)
            log.warning("quote_line_taken_away", symbol=self._lines[oldest].instrument.symbol, lines=MAX_LINES)
            self._close(oldest)
        session = self._session
        if session is None or not session.pacer.may_ask():
            return  # the next look comes soon
        line = Line(instrument=instrument, req_id=0, wanted_until=until)
        self._lines[con_id] = line
        self._request(session, line)

    def _close(self, con_id: int) -> None:
        self._give_up(self._lines.pop(con_id))

    def _give_up(self, line: Line) -> None:
        was_live = self._by_request.pop(line.req_id, None) is not None
        if was_live and self._session is not None and self._session.is_ready:
            self._session.client.cancelMktData(line.req_id)
