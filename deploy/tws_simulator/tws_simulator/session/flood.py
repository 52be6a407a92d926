"""Quotes as fast as a client reads them, to find out how many it can take.

The prices are a seeded walk around the market at the start of the flood, in whole ticks and never crossed. They are
shown only: orders trade against the market itself, which every client is told again when its flood is over.
"""

import asyncio
import hashlib
from decimal import Decimal
from typing import TYPE_CHECKING

from tws_simulator.messages import replies
from tws_simulator.session.subscriptions import QuoteSubscription
from tws_simulator.session.tick_types import ASK, BID
from tws_simulator.wire.fields import encode_fields
from tws_simulator.wire.framing import frame

if TYPE_CHECKING:
    from tws_simulator.session.session import Session

FLOOD_TASK = -2  # no request of a client has this number
_LEVELS = 128
_DIGEST = 64
_CHUNK = 512  # quotes of one subscription in a turn
_PAUSE = 0.002


class _Words:
    """All messages a subscription's flood is made of, encoded once."""

    def __init__(self, session: "Session", req_id: int, subscription: QuoteSubscription) -> None:
        self._key = f"{session.gateway.settings.seed} {subscription.instrument.con_id}"
        self.payloads = [_payload(session, req_id, subscription, word) for word in range(2 * _LEVELS)]
        self.frames = [frame(payload) for payload in self.payloads]
        self.sent = 0

    def next(self, count: int) -> tuple[list[bytes], bytes]:
        """The next payloads, and the same as one stretch of the stream."""
        blocks = range(self.sent // _DIGEST, (self.sent + count - 1) // _DIGEST + 1)
        digests = (hashlib.blake2b(f"{self._key} {block}".encode(), digest_size=_DIGEST) for block in blocks)
        words = b"".join(digest.digest() for digest in digests)[self.sent % _DIGEST :][:count]
        self.sent += count
        return [self.payloads[word] for word in words], b"".join([self.frames[word] for word in words])


def start(session: "Session", count: int) -> int:
    """Send each quote subscription of a client `count` quotes more; returns how many quotes that makes."""
    session.start_task(FLOOD_TASK, _flood(session, count))
    return count * len(session.quotes)


def stop(session: "Session") -> bool:
    """End the flood of a client. Returns whether there was one."""
    return session.cancel_task(FLOOD_TASK)


async def _flood(session: "Session", count: int) -> None:
    words = {req_id: _Words(session, req_id, row) for req_id, row in session.quotes.items()}
    try:
        while words:
            if _must_wait(session):
                await asyncio.sleep(_PAUSE)
                continue
            for req_id, row in list(words.items()):
                if req_id not in session.quotes or row.sent >= count:
                    del words[req_id]
                    continue
                session.connection.send_many(*row.next(min(_CHUNK, count - row.sent)))
            await asyncio.sleep(0)
    finally:
        for subscription in session.quotes.values():
            subscription.seen = None  # everything is told anew


def _must_wait(session: "Session") -> bool:
    gateway = session.gateway
    frozen = gateway.faults.on("freeze_quotes", session.client_id)
    return frozen or not gateway.link_is_up or session.connection.is_slow()


def _payload(session: "Session", req_id: int, subscription: QuoteSubscription, word: int) -> bytes:
    instrument = subscription.instrument
    quote = session.gateway.broker.market.quote(instrument, session.gateway.clock.now())
    level, is_bid = word >> 1, word & 1
    size = Decimal(100 * (1 + word % 9))
    if not is_bid:
        return encode_fields(replies.tick_price(req_id, ASK, quote.ask + level * instrument.min_tick, size, mask=1))
    price = max(quote.bid - level * instrument.min_tick, instrument.min_tick)
    return encode_fields(replies.tick_price(req_id, BID, price, size, mask=1))
