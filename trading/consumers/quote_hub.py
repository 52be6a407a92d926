"""One Redis subscription per process for all quotes, conflated, each quote encoded once (performance.md §4)."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from weakref import WeakKeyDictionary

import orjson
from django.utils import timezone
from redis.exceptions import RedisError

from config.shared.correlation import get_logger
from config.shared.redis import QUOTES_CHANNEL, QUOTES_INTEREST, QUOTES_LATEST, async_redis_client
from market_data.selectors import judged
from market_data.services import INTEREST_SECONDS
from trading.consumers.flow import Flow, Frame

log = get_logger(__name__)

FRAME_SECONDS = 0.1
RENEW_SECONDS = 20.0

Send = Callable[[str], Awaitable[None]]


class QuoteClient:
    """One connection: what it wants, how to reach it, and what it has not heard of while it was behind."""

    def __init__(self, send: Send, flow: Flow) -> None:
        self.send = send
        self.flow = flow
        self.con_ids: set[int] = set()
        self.missed: set[int] = set()


class QuoteHub:
    """The latest quotes somebody in this process wants, sent at most ten times a second; to the slow less often."""

    def __init__(self) -> None:
        self._clients: set[QuoteClient] = set()
        self._latest: dict[int, bytes] = {}
        self._changed: set[int] = set()
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._redis = async_redis_client()

    async def want(self, client: QuoteClient, con_ids: Iterable[int]) -> None:
        """Send these quotes to the client from now on, beginning with what is known."""
        new = set(con_ids) - client.con_ids
        client.con_ids |= new
        self._clients.add(client)
        client.flow.on_drained = self._news.set
        if not self._tasks:
            jobs = (self._listen, self._send_frames, self._renew_interest)
            self._tasks = [asyncio.create_task(job()) for job in jobs]
        try:
            await self._show_interest(new)
            rows = await self._redis.hmget(QUOTES_LATEST, [str(con_id) for con_id in new]) if new else []
            now = timezone.now()
            known = [orjson.dumps(judged(orjson.loads(row), now)) for row in rows if row]
        except (RedisError, OSError):
            known = [self._latest[con_id] for con_id in new if con_id in self._latest]
        if known:
            await client.send(_frame(known))

    async def unwant(self, client: QuoteClient, con_ids: Iterable[int] | None = None) -> None:
        """Stop sending these quotes, or all of them."""
        client.con_ids -= set(client.con_ids if con_ids is None else con_ids)
        if client.con_ids:
            return
        self._clients.discard(client)
        if not self._clients:
            tasks, self._tasks = self._tasks, []
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._redis.aclose()

    async def _listen(self) -> None:
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await pubsub.subscribe(QUOTES_CHANNEL)
                    while True:
                        message = await pubsub.get_message(timeout=1.0)
                        if message is not None:
                            self._take(message["data"])
            except asyncio.CancelledError:
                raise
            except (RedisError, OSError, TimeoutError):
                log.warning("quotes_redis_away")
                await asyncio.sleep(1)

    def _take(self, text: str) -> None:
        try:
            rows: list[dict[str, Any]] = orjson.loads(text)
            for row in rows:
                con_id = int(row["con_id"])
                self._latest[con_id] = orjson.dumps(row)
                self._changed.add(con_id)
        except (ValueError, KeyError, TypeError):
            log.warning("quotes_not_readable", text=text[:200])
        self._news.set()

    async def _send_frames(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            changed, self._changed = self._changed, set()
            frames: dict[frozenset[int], Frame] = {}
            for client in list(self._clients):
                wanted = frozenset(client.con_ids & (changed | client.missed))
                client.missed = set(wanted) if client.flow.is_held else set()
                if not wanted or client.missed:  # who is behind gets the latest of each, once, later
                    continue
                if wanted not in frames:
                    frames[wanted] = Frame(_frame([self._latest[con_id] for con_id in sorted(wanted)]))
                try:
                    if not client.flow.send_prepared(frames[wanted]):
                        await client.send(frames[wanted].text)
                except Exception:  # a connection that is just closing
                    log.debug("quotes_not_sent", exc_info=True)
            await asyncio.sleep(FRAME_SECONDS)

    async def _renew_interest(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await self._show_interest(set().union(*(client.con_ids for client in self._clients)))
            except (RedisError, OSError):
                log.warning("quote_interest_not_renewed")

    async def _show_interest(self, con_ids: set[int]) -> None:
        if con_ids:
            expiry = time.time() + INTEREST_SECONDS
            await self._redis.zadd(QUOTES_INTEREST, {str(con_id): expiry for con_id in con_ids})


def _frame(rows: Iterable[bytes]) -> str:
    return '{"type":"quotes","data":[' + b",".join(rows).decode() + "]}"


_hubs: "WeakKeyDictionary[asyncio.AbstractEventLoop, QuoteHub]" = WeakKeyDictionary()


def quote_hub() -> QuoteHub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = QuoteHub()
    return _hubs[loop]
