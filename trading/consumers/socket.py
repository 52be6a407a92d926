"""One client's socket: subscriptions, delivery in order, quotes, errors in the one shape."""

import asyncio
import time
from typing import Any

import orjson
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError
from redis.exceptions import RedisError

from accounts.access.credentials import Credential
from config.shared.correlation import get_logger, new_id
from config.shared.error_body import error_body
from config.shared.errors import DeskError, ErrorCode
from config.shared.waiting import happens_within
from market_data.services import resolve_instrument
from trading.consumers.admission import Rights, admit, is_origin_allowed, rights_of
from trading.consumers.flow import flow_of
from trading.consumers.messages import QUOTES_PREFIX, ClientMessage, read_message
from trading.consumers.quote_hub import QuoteClient, quote_hub
from trading.consumers.stream_hub import Event, stream_hub
from trading.metrics import WEBSOCKET_CONNECTIONS, WEBSOCKET_HELD, WEBSOCKET_RESETS
from trading.publish import GATEWAY

log = get_logger(__name__)

MAX_BYTES = 16 * 1024
MAX_QUOTES = 200
# A client that has once been up to date and then falls so many events behind is told to read everything anew.
MOST_BEHIND = 20_000
RIGHTS_CHECKED_EVERY = 15.0
# daphne sends no codes of the protocol's own, such as 1009
UNAUTHENTICATED, TOO_BIG, UNAVAILABLE = 4401, 4413, 4503
GONE = 1006


def shown_to(rights: Rights, event: Event, prev: int) -> str:
    """The message as this person may see it: the gateway serves everybody, but its account numbers are not for all."""
    if event.channel != GATEWAY or rights.sees_all:
        return event.text(prev)
    message = orjson.loads(event.text(prev))
    data = message["data"]
    data["accounts"] = [code for code in data.get("accounts") or [] if rights.may_see(code)]
    return orjson.dumps(message).decode()


class StreamConsumer(AsyncWebsocketConsumer):
    """`/ws/`: see design §7. Events come from the hubs of this process, never from a channel of the connection."""

    # no such layer: otherwise each connection would wait at Redis for messages that nobody sends it
    channel_layer_alias = "none"

    is_open = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The connection's whole life. Daphne ends an application that is busy for long after its client has gone."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self.is_open:
                await self.disconnect(GONE)

    async def connect(self) -> None:
        """Refuse foreign pages at the handshake; tell a stranger why, then close with 4401."""
        self.is_open = False
        self.request_id = new_id()
        self.flow = flow_of(self.scope)
        if not is_origin_allowed(self.scope):
            await self.close()
            return
        await self.accept()
        self.wake = asyncio.Event()
        self.hub = stream_hub()
        try:
            admission = await admit(self.scope)
            rights = await rights_of(admission) if admission else None
            if rights is not None:
                await self.hub.join(self.wake)
        except (DatabaseError, RedisError):
            log.warning("websocket_not_opened", exc_info=True, request_id=self.request_id)
            await self.hub.leave(self.wake)
            await self.tell(DeskError(ErrorCode.DATABASE_ERROR, "The desk cannot look up who you are; try again"))
            await self.close(code=UNAVAILABLE)
            return
        if admission is None or rights is None:
            await self.tell(DeskError(ErrorCode.AUTHENTICATION_REQUIRED, "Sign in, or connect with a fresh ticket"))
            await self.close(code=UNAUTHENTICATED)
            return
        self.admission: Credential = admission
        self.rights: Rights = rights
        self.checked_at = time.monotonic()
        self.channels: dict[str, None] = {}  # an ordered set
        self.position: int | None = None  # the stream begins with the first subscription
        self.prev = 0
        self.was_current = False  # since it has the stream; a client that resumes may be far behind at first
        self.in_order = asyncio.Lock()
        self.quotes = QuoteClient(self._send_now, self.flow)
        self.con_ids: dict[str, int] = {}
        self.is_open = True
        WEBSOCKET_CONNECTIONS.inc()
        self.tasks = {asyncio.create_task(self._pump())}
        log.info("websocket_opened", user_id=admission.user_id, request_id=self.request_id)

    async def disconnect(self, code: int) -> None:
        """Leave both hubs."""
        if not self.is_open:
            return
        self.is_open = False
        WEBSOCKET_CONNECTIONS.dec()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await quote_hub().unwant(self.quotes)
        await self.hub.leave(self.wake)
        log.info("websocket_closed", user_id=self.admission.user_id, code=code, request_id=self.request_id)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """One message of the client; a bad one is answered with an error and changes nothing."""
        if not self.is_open:
            return
        if len(text_data or bytes_data or "") > MAX_BYTES:
            await self.tell(DeskError(ErrorCode.VALIDATION_ERROR, f"A message has at most {MAX_BYTES} bytes"))
            await self.close(code=TOO_BIG)
            return
        try:
            message = read_message(text_data if text_data is not None else bytes_data or b"")
            if message.type == "ping":
                await self.send_json({"type": "pong"})
            elif message.type == "subscribe":
                await self._subscribe(message)
            else:
                await self._unsubscribe(message)
        except DeskError as error:
            await self.tell(error)
        except DatabaseError:
            log.warning("websocket_without_database", exc_info=True, request_id=self.request_id)
            await self.tell(DeskError(ErrorCode.DATABASE_ERROR, "The database does not answer"))
        except Exception:
            # an exception that leaves this method ends the connection without `disconnect`
            log.exception("websocket_message_failed", request_id=self.request_id)
            await self.tell(
                DeskError(ErrorCode.INTERNAL_SERVER_ERROR, "Something went wrong here; it has been recorded")
            )

    async def _subscribe(self, message: ClientMessage) -> None:
        wanted = [channel for channel in message.channels if channel not in self.channels]
        symbols = [channel for channel in wanted if channel.startswith(QUOTES_PREFIX)]
        known_quotes = sum(1 for channel in self.channels if channel.startswith(QUOTES_PREFIX))
        if known_quotes + len(symbols) > MAX_QUOTES:
            raise DeskError(ErrorCode.VALIDATION_ERROR, f"At most {MAX_QUOTES} quotes per connection")
        async with self.in_order:
            missed_from = await self._take_position(message)
            self.channels |= dict.fromkeys(wanted)
            await self._confirm("subscribed", list(self.channels))
            if missed_from is not None and not await self._replay(missed_from, frozenset(wanted)):
                await self._reset()
        self.wake.set()
        if symbols:
            self._start(self._want_quotes(symbols))

    async def _take_position(self, message: ClientMessage) -> int | None:
        """Where the stream begins for this client; if a later subscription missed its new channels, from where."""
        after = message.after
        if after is not None and not await self.hub.can_resume(after):
            log.warning("websocket_reset", after=after, head=self.hub.head, request_id=self.request_id)
            WEBSOCKET_RESETS.labels(reason="too_old").inc()
            await self.send_json({"type": "reset"})
            after = None
        if self.position is None:
            self.position = self.hub.head if after is None else after
            return None
        return after if after is not None and after < self.position else None

    async def _replay(self, after: int, channels: frozenset[str]) -> bool:
        """Of new channels, up to where the others are; their `prev` chain is their own. False: some cannot be had."""
        prev, until = 0, self.position or 0
        try:
            while after < until and not self.flow.is_gone:
                if self._are_rights_old() and not await self._renew_rights():
                    return True  # closed
                events = await self.hub.after(after)
                if not events:
                    return False
                for event in events:
                    if event.seq <= until and event.channel in channels and self._may_see(event):
                        await self.send_text(shown_to(self.rights, event, prev))
                        prev = event.seq
                after = events[-1].seq
        except DatabaseError:
            log.warning("websocket_replay_failed", exc_info=True, request_id=self.request_id)
            return False
        return True

    async def _unsubscribe(self, message: ClientMessage) -> None:
        async with self.in_order:
            for channel in message.channels:
                self.channels.pop(channel, None)
            gone = [self.con_ids.pop(channel) for channel in message.channels if channel in self.con_ids]
            await self._confirm("unsubscribed", message.channels)
        if gone:
            await quote_hub().unwant(self.quotes, set(gone) - set(self.con_ids.values()))

    async def _confirm(self, kind: str, channels: list[str]) -> None:
        seq = self.hub.head if self.position is None else self.position
        await self.send_json({"type": kind, "channels": channels, "seq": seq})

    async def _want_quotes(self, channels: list[str]) -> None:
        for channel in channels:
            symbol = channel.removeprefix(QUOTES_PREFIX)
            try:
                instrument = await database_sync_to_async(resolve_instrument, thread_sensitive=False)(symbol=symbol)
            except DeskError as error:
                self.channels.pop(channel, None)
                await self.tell(DeskError(error.code, error.message, {**error.details, "channel": channel}))
                continue
            if channel in self.channels:
                self.con_ids[channel] = instrument.con_id
                await quote_hub().want(self.quotes, [instrument.con_id])

    async def _pump(self) -> None:
        """Deliver whenever there is news; look now and then whether the person may still see it."""
        while True:
            await happens_within(self.wake, RIGHTS_CHECKED_EVERY)
            self.wake.clear()
            try:
                if self._are_rights_old() and not await self._renew_rights():
                    return
                async with self.in_order:
                    await self._deliver()
            except asyncio.CancelledError:
                raise
            except Exception:
                log.warning("websocket_delivery_failed", exc_info=True, request_id=self.request_id)
                await asyncio.sleep(1)
                self.wake.set()

    def _are_rights_old(self) -> bool:
        return time.monotonic() - self.checked_at >= RIGHTS_CHECKED_EVERY

    async def _renew_rights(self) -> bool:
        self.checked_at = time.monotonic()
        rights = await rights_of(self.admission)
        if rights is None:
            await self.tell(DeskError(ErrorCode.AUTHENTICATION_REQUIRED, "You are not signed in any more"))
            await self.close(code=UNAUTHENTICATED)
            return False
        self.rights = rights
        return True

    async def _deliver(self) -> None:
        while self.position is not None and self.position != self.hub.head and not self.flow.is_gone:
            is_lost = self.position > self.hub.head or self._is_too_far_behind(self.position)
            events = None if is_lost else await self.hub.after(self.position)
            if events is None:
                await self._reset()
                return
            for event in events:
                if event.channel in self.channels and self._may_see(event):
                    await self.send_text(shown_to(self.rights, event, self.prev))
                    self.prev = event.seq
                self.position = event.seq
                if self._are_rights_old():  # whoever reads slowly may have lost them meanwhile
                    self.wake.set()
                    return
        self.was_current = self.position is not None

    def _is_too_far_behind(self, position: int) -> bool:
        """Whether a client that reads too slowly is better off with a fresh answer than with all it has missed."""
        return self.was_current and self.hub.head - position > MOST_BEHIND

    async def _reset(self) -> None:
        """The client is told that there is a hole, and goes on from here."""
        log.warning("websocket_reset", position=self.position, head=self.hub.head, request_id=self.request_id)
        WEBSOCKET_RESETS.labels(reason="too_slow" if self.was_current else "too_old").inc()
        await self.send_json({"type": "reset"})
        self.position, self.prev = self.hub.head, 0
        await self._confirm("subscribed", list(self.channels))

    def _may_see(self, event: Event) -> bool:
        return self.rights.may_see(event.account)

    def _start(self, coroutine: Any) -> None:
        task = asyncio.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def tell(self, error: DeskError) -> None:
        """An error in the one shape."""
        await self.send_json({"type": "error", **error_body(error, request_id=self.request_id)})

    async def send_json(self, message: dict[str, Any]) -> None:
        """One message."""
        await self.send_text(orjson.dumps(message).decode())

    async def send_text(self, text: str) -> None:
        """One message that is JSON already, as soon as the client takes it."""
        if self.flow.is_held:
            WEBSOCKET_HELD.inc()
            try:
                await self.flow.drained()
            finally:
                WEBSOCKET_HELD.dec()
        await self._send_now(text)

    async def _send_now(self, text: str) -> None:
        await self.send(text_data=text)
