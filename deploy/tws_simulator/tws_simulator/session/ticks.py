"""Tick by tick: every trade, every change of the quote, now and in the past."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from tws_simulator.clock import SLOT
from tws_simulator.errors import BrokerError
from tws_simulator.exchange import ticks
from tws_simulator.exchange.bars import FIRST_DAY, parse_time
from tws_simulator.exchange.calendar import Calendar
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.quote import slot_of
from tws_simulator.exchange.ticks import QuoteTick, TradeTick
from tws_simulator.messages import market_data
from tws_simulator.messages.market_data import TICK_KINDS
from tws_simulator.messages.replies import Message
from tws_simulator.messages.requests import Request
from tws_simulator.session.quotes import is_frozen
from tws_simulator.session.rights import LIVE, Right, feed
from tws_simulator.session.subscriptions import TickSubscription

if TYPE_CHECKING:
    from tws_simulator.session.session import Session

MAX_TICKS = 1000
_CHUNK = 50  # slots looked at before others get their turn
_MOST_SLOTS = 200_000  # looked at for one request: half a day
_CATCH_UP = 1200  # slots told after a jump of the clock
_HISTORY_KINDS = {"TRADES": "Last", "BID_ASK": "BidAsk", "MIDPOINT": "MidPoint"}
_NOT_TRADED = {"IND", "CASH"}
_INVALID = "Error validating request.-'cF' : cause - "
Tick = TradeTick | QuoteTick


def req_tick_by_tick(session: "Session", request: Request) -> None:
    """Start a stream, after as many past ticks as are asked for."""
    req_id, kind, data = request["req_id"], request["tick_type"], session.gateway.data
    if kind not in TICK_KINDS:
        raise BrokerError(321, f"{_INVALID}Incorrect tick-by-tick type {kind[:20]}")
    instrument = session.gateway.broker.book.resolve(request.contract)
    if req_id in session.tick_streams:
        raise BrokerError(322, "Error processing request.-'bD' : cause - Duplicate ticker ID")
    if len(session.tick_streams) >= data.tick_by_tick_requests:
        raise BrokerError(10190, "Max number of tick-by-tick requests has been reached")
    count = request["count"] or 0
    if not 0 <= count <= MAX_TICKS:
        raise BrokerError(321, f"{_INVALID}Number of ticks must be 0 to {MAX_TICKS}")
    _check(session, instrument, kind, 10189, "Failed to request tick-by-tick data:")
    now = session.gateway.clock.now()
    stream = TickSubscription(instrument, kind, request["ignore_size"], slot_of(now))
    session.tick_streams[req_id] = stream
    if count:
        slots = ticks.slots_until(_hours(session, instrument), now, regular=False, first=FIRST_DAY)
        found = _take(_found(session, instrument, kind, slots, ignore_size=stream.ignore_size), count)
        session.send(_past(req_id, kind, found[::-1], done=True))


def cancel_tick_by_tick(session: "Session", request: Request) -> None:
    """End a stream."""
    if session.tick_streams.pop(request["req_id"], None) is None:
        raise BrokerError(300, f"Can't find EId with tickerId:{request['req_id']}")


def req_historical_ticks(session: "Session", request: Request) -> None:
    """Up to 1,000 past ticks, from a moment on or up to one, answered beside the conversation."""
    kind = _HISTORY_KINDS.get(request["what_to_show"].upper())
    if kind is None:
        raise BrokerError(321, f"{_INVALID}Incorrect what to show {request['what_to_show'][:20]}")
    instrument = session.gateway.broker.book.resolve(request.contract, expired=request["include_expired"])
    if not 1 <= (request["count"] or 0) <= MAX_TICKS:
        raise BrokerError(321, f"{_INVALID}Number of ticks must be 1 to {MAX_TICKS}")
    start, end = request["start"].strip(), request["end"].strip()
    if bool(start) == bool(end):
        raise BrokerError(321, f"{_INVALID}Either start or end date and time must be given")
    moment = parse_time(start or end)
    _check(session, instrument, kind, 10187, "Failed to request historical ticks:")
    slots = _slots(session, instrument, moment, forward=bool(start), regular=bool(request["use_rth"]))
    session.start_task(request["req_id"], _answer(session, request, instrument, kind, slots, forward=bool(start)))


def next_due(session: "Session", now: datetime) -> datetime | None:
    """When `on_tick` can next have anything to say: at any moment of a session, else when the next one begins."""
    rows = session.tick_streams.values()
    return session.gateway.broker.hours.first_trading((row.instrument.hours for row in rows), now - SLOT, regular=False)


def on_tick(session: "Session") -> None:
    """Send the ticks of the slots that have passed."""
    if not session.tick_streams or session.connection.is_slow():
        return
    slot = slot_of(session.gateway.clock.now())
    for req_id, stream in list(session.tick_streams.items()):
        first = max(stream.seen_slot + 1, slot - _CATCH_UP)
        stream.seen_slot = max(slot, stream.seen_slot)
        if is_frozen(session, stream.instrument.symbol):
            continue
        slots = _open_slots(session, stream.instrument, range(first, slot + 1))
        for tick in _found(session, stream.instrument, stream.kind, slots, ignore_size=stream.ignore_size):
            if tick is not None:
                session.send(_now(req_id, stream.kind, tick))


async def _answer(
    session: "Session", request: Request, instrument: Instrument, kind: str, slots: Iterator[int], *, forward: bool
) -> None:
    found: list[Tick] = []
    ignore_size = request["ignore_size"]
    looked = _found(session, instrument, kind, slots, ignore_size=ignore_size)
    async with session.gateway.history_turn:
        for number, tick in enumerate(looked):
            if tick is not None:
                found.append(tick)
            if len(found) >= request["count"] or number >= _MOST_SLOTS:
                break
            if number % _CHUNK == 0:
                await asyncio.sleep(0)
    session.answered(request["req_id"])
    session.send(_past(request["req_id"], kind, found if forward else found[::-1], done=True))


def _slots(
    session: "Session", instrument: Instrument, moment: datetime, *, forward: bool, regular: bool
) -> Iterator[int]:
    now, hours = session.gateway.clock.now(), _hours(session, instrument)
    if hours.local_day(moment) < FIRST_DAY:
        raise BrokerError(10187, "Failed to request historical ticks:No historical data query found")
    if forward:
        return ticks.slots_from(hours, moment, now, regular=regular)
    return ticks.slots_until(hours, min(moment, now), regular=regular, first=FIRST_DAY)


def _open_slots(session: "Session", instrument: Instrument, slots: range) -> Iterator[int]:
    hours = _hours(session, instrument)
    for slot in slots:
        at = ticks.moment_of(slot)
        if hours.last_moment(at) == at:
            yield slot


def _found(
    session: "Session", instrument: Instrument, kind: str, slots: Iterator[int], *, ignore_size: bool
) -> Iterator[Tick | None]:
    """What each slot brings."""
    market = session.gateway.broker.market
    for slot in slots:
        if kind in {"Last", "AllLast"}:
            yield ticks.trade_in(market, instrument, slot)
        else:
            middle = kind == "MidPoint"
            yield ticks.quote_change_in(market, instrument, slot, ignore_size=ignore_size, middle=middle)


def _take(found: Iterator[Tick | None], count: int) -> list[Tick]:
    """The first so many, looking no further than is reasonable within one turn."""
    taken: list[Tick] = []
    for number, tick in enumerate(found):
        if tick is not None:
            taken.append(tick)
        if len(taken) >= count or number >= count * 20:
            break
    return taken


def _check(session: "Session", instrument: Instrument, kind: str, code: int, prefix: str) -> None:
    """Whether there are such ticks, and the right to see them."""
    right = session.gateway.data.of(instrument)
    if right is not Right.LIVE:
        if right is Right.COMPETING:
            feed(session.gateway.data, instrument, LIVE, is_open=True)
        raise BrokerError(code, f"{prefix}No market data permissions for {instrument.primary_exchange} {kind}")
    if kind in {"Last", "AllLast"} and instrument.sec_type in _NOT_TRADED:
        raise BrokerError(code, f"{prefix}No trades of {instrument.sec_type} {instrument.symbol} are reported")
    if instrument.sec_type == "IND":
        raise BrokerError(code, f"{prefix}No quotes of {instrument.sec_type} {instrument.symbol} are reported")


def _hours(session: "Session", instrument: Instrument) -> Calendar:
    return session.gateway.broker.calendar.of(instrument.hours)


def _now(req_id: int, kind: str, tick: Tick) -> Message:
    if isinstance(tick, TradeTick):
        return market_data.trade_by_trade(req_id, kind, tick)
    if kind == "BidAsk":
        return market_data.quote_by_quote(req_id, tick)
    return market_data.middle_by_middle(req_id, tick)


def _past(req_id: int, kind: str, found: Sequence[Tick], *, done: bool) -> Message:
    trades = [tick for tick in found if isinstance(tick, TradeTick)]
    quotes = [tick for tick in found if isinstance(tick, QuoteTick)]
    if kind in {"Last", "AllLast"}:
        return market_data.historical_trades(req_id, trades, done=done)
    if kind == "BidAsk":
        return market_data.historical_quotes(req_id, quotes, done=done)
    return market_data.historical_middles(req_id, quotes, done=done)


HANDLERS = {
    "req_tick_by_tick": req_tick_by_tick,
    "cancel_tick_by_tick": cancel_tick_by_tick,
    "req_historical_ticks": req_historical_ticks,
}
