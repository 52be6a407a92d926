"""Streaming quotes and snapshots."""

from decimal import Decimal
from typing import TYPE_CHECKING

from tws_simulator.errors import BrokerError
from tws_simulator.exchange.market import DayStatistics, Quote
from tws_simulator.messages import replies
from tws_simulator.messages.requests import Request
from tws_simulator.session.subscriptions import QuoteSubscription

if TYPE_CHECKING:
    from tws_simulator.session.session import Session

# Tick types (IBKR Campus, "Available tick types").
BID_SIZE, BID, ASK, ASK_SIZE, LAST, LAST_SIZE, HIGH, LOW, VOLUME, CLOSE = range(10)
OPEN, MARK, LAST_TIME, HALTED = 14, 37, 45, 49
GENERIC_MARK = {"221", "232"}
MAX_LINES = 100
_ROUND_LOT = 100
_SIZES_IN_SHARES = 159


def req_market_data(session: "Session", request: Request) -> None:
    """Start a stream, or answer with a snapshot."""
    req_id = request["req_id"]
    instrument = session.gateway.broker.book.resolve(request.contract)
    if req_id in session.quotes:
        raise BrokerError(322, "Error processing request.-'bD' : cause - Duplicate ticker ID")
    if len(session.quotes) >= MAX_LINES:
        raise BrokerError(101, "Max number of tickers has been reached")
    generic = frozenset(part.strip() for part in request["generic_ticks"].split(",") if part.strip())
    subscription = QuoteSubscription(instrument, generic)
    session.send(replies.tick_request_parameters(req_id, instrument))
    session.send(replies.market_data_type(req_id, 1))
    update(session, req_id, subscription)
    session.send(replies.tick_generic(req_id, HALTED, 0))
    if request["snapshot"] or request["regulatory_snapshot"]:
        session.send(replies.tick_snapshot_end(req_id))
    else:
        session.quotes[req_id] = subscription


def cancel_market_data(session: "Session", request: Request) -> None:
    """End a stream."""
    if session.quotes.pop(request["req_id"], None) is None:
        raise BrokerError(300, f"Can't find EId with tickerId:{request['req_id']}")


def req_market_data_type(session: "Session", request: Request) -> None:
    """Live data is always there, so every type gives it, as at IB for a subscriber while the market is open."""
    if request["data_type"] not in {1, 2, 3, 4}:
        raise BrokerError(321, "Error validating request.-'bQ' : cause - Invalid market data type")
    session.market_data_type = request["data_type"]


def on_tick(session: "Session") -> None:
    """Send what changed. A client that reads too slowly gets the newest state later."""
    if not session.quotes or session.connection.is_slow():
        return
    freezes = session.gateway.faults.has("freeze_quotes")
    for req_id, subscription in list(session.quotes.items()):
        if not freezes or not is_frozen(session, subscription.instrument.symbol):
            update(session, req_id, subscription)


def is_frozen(session: "Session", symbol: str) -> bool:
    """Whether the quotes of a symbol stand still for this client."""
    return session.gateway.faults.on("freeze_quotes", session.client_id, symbol=symbol)


def update(session: "Session", req_id: int, subscription: QuoteSubscription) -> None:
    """Send the ticks in which the market differs from what this subscription was told."""
    broker = session.gateway.broker
    now = session.gateway.clock.now()
    before, quote = subscription.quote, broker.market.quote(subscription.instrument, now)
    if quote == before:
        return
    subscription.quote = quote
    bid = (before.bid, before.bid_size) if before else None
    ask = (before.ask, before.ask_size) if before else None
    _book_side(session, req_id, BID, BID_SIZE, bid, (quote.bid, quote.bid_size))
    _book_side(session, req_id, ASK, ASK_SIZE, ask, (quote.ask, quote.ask_size))
    if before is None or quote.last_at != before.last_at or quote.last != before.last:
        _trade(session, req_id, subscription, quote)
        day = broker.market.day(subscription.instrument, now)
        _day(session, req_id, subscription.day, day)
        subscription.day = day
    if subscription.generic & GENERIC_MARK and (before is None or before.mark != quote.mark):
        session.send(replies.tick_price(req_id, MARK, quote.mark))


def _book_side(
    session: "Session", req_id: int, price_tick: int, size_tick: int,
    before: tuple[Decimal, Decimal] | None, now: tuple[Decimal, Decimal],
) -> None:  # fmt: skip
    size = _size(session, now[1])
    if before is None or before[0] != now[0]:
        session.send(replies.tick_price(req_id, price_tick, now[0], size, mask=1))
    if before is None or before[1] != now[1]:
        session.send(replies.tick_size(req_id, size_tick, size))


def _trade(session: "Session", req_id: int, subscription: QuoteSubscription, quote: Quote) -> None:
    size = _size(session, quote.last_size)
    session.send(replies.tick_price(req_id, LAST, quote.last, size))
    session.send(replies.tick_size(req_id, LAST_SIZE, size))
    session.send(replies.tick_string(req_id, LAST_TIME, str(int(quote.last_at.timestamp()))))


def _day(session: "Session", req_id: int, before: DayStatistics | None, day: DayStatistics) -> None:
    session.send(replies.tick_size(req_id, VOLUME, _size(session, Decimal(day.volume))))
    if before is None or before.high != day.high:
        session.send(replies.tick_price(req_id, HIGH, day.high))
    if before is None or before.low != day.low:
        session.send(replies.tick_price(req_id, LOW, day.low))
    if before is None or before.previous_close != day.previous_close:
        session.send(replies.tick_price(req_id, CLOSE, day.previous_close))
    if before is None or before.open != day.open:
        session.send(replies.tick_price(req_id, OPEN, day.open))


def _size(session: "Session", shares: Decimal) -> Decimal:
    """US stock sizes are in round lots for clients below version 159."""
    return shares if session.version >= _SIZES_IN_SHARES else shares // _ROUND_LOT


HANDLERS = {
    "req_market_data": req_market_data,
    "cancel_market_data": cancel_market_data,
    "req_market_data_type": req_market_data_type,
}
