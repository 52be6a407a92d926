"""One reader of the stream per process: every client takes its events from here, encoded once.

Messages of the channel layer only make it fast. The table is read for whatever is missing, and its head is looked
at every two seconds, so Redis may lose anything.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import orjson
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db.models import Min

from config.shared.correlation import get_logger
from trading.models import StreamEvent, StreamHead
from trading.publish import STREAM_GROUP, event_message

log = get_logger(__name__)

KEPT = 5_000
BATCH = 500
POLL_SECONDS = 2.0
REJOIN_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the stream; `tail` is its JSON after the numbers."""

    seq: int
    channel: str
    account: str
    tail: str

    def text(self, prev: int) -> str:
        """The message to a client whose previous event was `prev`."""
        return f'{{"type":"event","seq":{self.seq},"prev":{prev},{self.tail}'


def _event(message: dict[str, Any]) -> Event:
    tail = orjson.dumps({"channel": message["channel"], "event": message["event"], "data": message["data"]})
    return Event(message["seq"], message["channel"], message["account"], tail[1:].decode())


class StreamHub:
    """The newest events of the stream in order, and the clients to wake when there are more."""

    def __init__(self) -> None:
        self.head = 0
        self._kept: deque[Event] = deque(maxlen=KEPT)
        self._clients: set[asyncio.Event] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._starting = asyncio.Lock()
        self._filling = asyncio.Lock()
        self._channel: str | None = None

    async def join(self, wake: asyncio.Event) -> None:
        """Set `wake` whenever there is news; the first client starts the reading."""
        async with self._starting:
            self._clients.add(wake)
            if not self._tasks:
                await self._enter_group()
                self.head = await _read_head()
                self._kept.clear()
                self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._poll())]

    async def leave(self, wake: asyncio.Event) -> None:
        """The last client ends the reading."""
        async with self._starting:
            self._clients.discard(wake)
            if self._clients:
                return
            tasks, self._tasks = self._tasks, []
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._leave_group()

    async def after(self, seq: int) -> Sequence[Event] | None:
        """Up to `BATCH` events that follow `seq`, in order, none past the head; None when they are not kept."""
        if self._kept and self._kept[0].seq <= seq + 1:
            start = seq + 1 - self._kept[0].seq
            return [self._kept[i] for i in range(start, min(start + BATCH, len(self._kept)))]
        events = await _read_events(seq)
        if not events:
            return None if self.head > seq else []
        if events[0].seq != seq + 1:
            return None
        # the table may be ahead of what we have heard of; a client ahead of the head would look lost
        return [event for event in events if event.seq <= self.head]

    async def can_resume(self, seq: int) -> bool:
        """Whether everything after `seq` can still be told."""
        if seq > self.head:
            # our own view may be a moment old
            await self._fill()
        if seq > self.head:
            return False
        return seq == self.head or (await _read_oldest() or self.head + 1) <= seq + 1

    async def _listen(self) -> None:
        while True:
            try:
                if self._channel is None:
                    await self._enter_group()
                if (channel := self._channel) is None:
                    await asyncio.sleep(1)
                    continue
                message = await _layer().receive(channel)
                if self._append([_event(event) for event in message["events"]]):
                    await self._fill()
            except asyncio.CancelledError:
                raise
            except Exception:
                log.warning("stream_listening_failed", exc_info=True)
                self._channel = None
                await asyncio.sleep(1)

    async def _poll(self) -> None:
        rejoined = time.monotonic()
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                was_late = await self._fill()
                # Redis forgets who is in a group when it restarts
                if was_late or time.monotonic() - rejoined > REJOIN_SECONDS:
                    rejoined = time.monotonic()
                    await self._enter_group()
            except asyncio.CancelledError:
                raise
            except Exception:
                log.warning("stream_polling_failed", exc_info=True)

    async def _fill(self) -> bool:
        """Read what is missing from the table; tells whether anything was."""
        async with self._filling:
            known = self.head
            head = await _read_head()
            # news may have come by Redis while the table was read: that is no going back
            if head < known:
                log.warning("stream_went_back", head=head, known=self.head)  # another database than before
                self.head = head
                self._kept.clear()
                self._wake()
                return True
            found = False
            while (before := self.head) < head:
                events = await _read_events(before)
                if not events:
                    break
                found = True
                # a hole in the table, unless Redis was faster meanwhile: then some of these are known already
                if events[0].seq != before + 1 and self.head == before:
                    self._kept.clear()
                    self.head = events[0].seq - 1
                self._append(events)
            return found

    def _append(self, events: Sequence[Event]) -> bool:
        """Take what follows on; tells whether something before it is missing."""
        is_hole, before = False, self.head
        for event in events:
            if event.seq == self.head + 1:
                self._kept.append(event)
                self.head = event.seq
            elif event.seq > self.head:
                is_hole = True
        if self.head != before:
            self._wake()
        return is_hole

    def _wake(self) -> None:
        for wake in self._clients:
            wake.set()

    async def _enter_group(self) -> None:
        try:
            layer = _layer()
            channel = self._channel or await layer.new_channel("stream")
            await layer.group_add(STREAM_GROUP, channel)
            self._channel = channel
        except Exception:
            log.warning("stream_group_not_joined", exc_info=True)

    async def _leave_group(self) -> None:
        channel, self._channel = self._channel, None
        try:
            if channel is not None:
                await _layer().group_discard(STREAM_GROUP, channel)
        except Exception:
            log.warning("stream_group_not_left", exc_info=True)


def _layer() -> Any:
    return get_channel_layer()


def _in_thread(function: Any) -> Any:
    """Database work in a thread of its own, so that one slow client does not hold up the others."""
    return database_sync_to_async(function, thread_sensitive=False)


@_in_thread
def _read_head() -> int:
    return StreamHead.objects.filter(pk=1).values_list("seq", flat=True).first() or 0


@_in_thread
def _read_oldest() -> int | None:
    oldest: int | None = StreamEvent.objects.aggregate(oldest=Min("seq"))["oldest"]
    return oldest


@_in_thread
def _read_events(after: int) -> list[Event]:
    rows = StreamEvent.objects.filter(seq__gt=after).order_by("seq")[:BATCH]
    return [_event(event_message(row)) for row in rows]


_hubs: "WeakKeyDictionary[asyncio.AbstractEventLoop, StreamHub]" = WeakKeyDictionary()


def stream_hub() -> StreamHub:
    """The hub of the running event loop; a process has one loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = StreamHub()
    return _hubs[loop]
