"""Historical bars, bars kept up to date, five-second bars, first data."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tws_simulator.clock import tws_time
from tws_simulator.errors import BrokerError
from tws_simulator.exchange.bar_query import (
    DAY,
    FIRST_DAY,
    PRICE_KINDS,
    SMALL_BAR,
    VOLATILITY_KINDS,
    BarQuery,
    bar_query,
    check_kind,
    check_updates,
    histogram_query,
)
from tws_simulator.exchange.bars import Bar, forming_bar, make_bars, single_bar
from tws_simulator.exchange.calendar import Calendar
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.messages import market_data, replies
from tws_simulator.messages.replies import BarRow
from tws_simulator.messages.requests import Request
from tws_simulator.session.pacing import history_is_paced, lines_allowed
from tws_simulator.session.pacing_history import VIOLATION
from tws_simulator.session.quotes import is_frozen, lines_used
from tws_simulator.session.rights import Right
from tws_simulator.session.subscriptions import BarSubscription

if TYPE_CHECKING:
    from tws_simulator.session.session import Session

_CHUNK = 40  # bars made before others get their turn: a few milliseconds
MAX_PENDING = 50  # requests of one client at a time, as at IB
_SERVICE = "Historical Market Data Service error message:"
_UPDATE_EVERY = timedelta(seconds=1)
_FIVE_SECONDS = timedelta(seconds=5)
_EPOCH_FORMAT = 2
_MOMENT = timedelta(microseconds=1)
_REAL_TIME = "Invalid Real-time Query:"
_REAL_TIME_KINDS = {"TRADES", "BID", "ASK", "MIDPOINT"}


def req_historical_data(session: "Session", request: Request) -> None:
    """Check a request and answer it beside the conversation."""
    gateway, kind = session.gateway, request["what_to_show"].upper()
    instrument = gateway.broker.book.resolve(request.contract, expired=request["include_expired"])
    if kind == "SCHEDULE":
        _send_schedule(session, request, instrument)
        return
    if session.pending >= MAX_PENDING:
        raise BrokerError(162, f"{_SERVICE}Too many simultaneous historical data requests")
    if request["req_id"] in session.bars or session.is_answering(request["req_id"]):
        raise BrokerError(322, "Error processing request.-'bD' : cause - Duplicate ticker ID")
    query = bar_query(
        calendar=gateway.broker.calendar.of(instrument.hours),
        now=gateway.clock.now(),
        end=request["end"],
        duration=request["duration"],
        bar_size=request["bar_size"],
        kind=kind,
        regular=request["use_rth"],
    )
    check_kind(instrument, kind)
    if request["keep_up_to_date"]:
        check_updates(query, request["end"])
    _check_rights(session, instrument)
    if query.seconds <= SMALL_BAR:
        rest = (request["end"], request["duration"], request["bar_size"], request["use_rth"])
        _count(session, instrument, request.contract.exchange, kind, rest, 162, _SERVICE)
    session.start_task(request["req_id"], _answer(session, request, instrument, query))


def cancel_historical_data(session: "Session", request: Request) -> None:
    """Stop an answer or an update."""
    req_id = request["req_id"]
    running = session.cancel_task(req_id)
    if session.bars.pop(req_id, None) is None and not running:
        raise BrokerError(366, f"No historical data query found for ticker id:{req_id}")
    if running:
        raise BrokerError(162, f"{_SERVICE}API historical data query cancelled")


def req_head_timestamp(session: "Session", request: Request) -> None:
    """The first moment for which there is data."""
    broker, kind = session.gateway.broker, request["what_to_show"].upper()
    instrument = broker.book.resolve(request.contract, expired=request["include_expired"])
    if kind not in PRICE_KINDS | VOLATILITY_KINDS:
        raise BrokerError(162, f"{_SERVICE}No head time stamp")
    check_kind(instrument, kind)
    first = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, 14, 30, tzinfo=UTC)
    text = str(int(first.timestamp())) if request["format_date"] == _EPOCH_FORMAT else f"{first:%Y%m%d-%H:%M:%S}"
    session.send(replies.head_timestamp(request["req_id"], text))


def cancel_head_timestamp(session: "Session", request: Request) -> None:
    """The answer has always been sent already."""


def req_real_time_bars(session: "Session", request: Request) -> None:
    """Five-second bars. They take a market data line, and count as requests for small bars."""
    kind, req_id = request["what_to_show"].upper(), request["req_id"]
    if kind not in _REAL_TIME_KINDS:
        raise BrokerError(321, "Error validating request.-'bW' : cause - Invalid what to show")
    if request["bar_size"] != _FIVE_SECONDS.seconds:
        raise BrokerError(321, "Error validating request.-'bW' : cause - Only bars of 5 seconds are supported")
    if req_id in session.real_time_bars:
        raise BrokerError(322, "Error processing request.-'bD' : cause - Duplicate ticker ID")
    instrument = session.gateway.broker.book.resolve(request.contract)
    untraded = instrument.sec_type == "CASH" and kind == "TRADES"
    if untraded or (instrument.sec_type == "IND" and kind != "TRADES"):
        raise BrokerError(420, f"{_REAL_TIME}No {kind} of {instrument.sec_type} {instrument.symbol}")
    if session.gateway.data.of(instrument) is not Right.LIVE:
        what = f"{instrument.primary_exchange} {instrument.sec_type}"
        raise BrokerError(420, f"{_REAL_TIME}No market data permissions for {what}")
    if lines_used(session) >= lines_allowed(session):
        raise BrokerError(101, "Max number of tickers has been reached")
    _count(session, instrument, request.contract.exchange, kind, (request["use_rth"], "real time"), 420, _REAL_TIME)
    now = session.gateway.clock.now()
    query = BarQuery(now, now, 5, kind, request["use_rth"])
    session.real_time_bars[req_id] = BarSubscription(instrument, query, next_at=_next_five(now))


def cancel_real_time_bars(session: "Session", request: Request) -> None:
    """End five-second bars."""
    if session.real_time_bars.pop(request["req_id"], None) is None:
        raise BrokerError(300, f"Can't find EId with tickerId:{request['req_id']}")


def on_tick(session: "Session") -> None:
    """Send bars that changed or were finished."""
    if not session.bars and not session.real_time_bars:
        return
    now = session.gateway.clock.now()
    for req_id, subscription in list(session.bars.items()):
        if not is_frozen(session, subscription.instrument.symbol):
            _keep_up(session, req_id, subscription, now)
    for req_id, subscription in list(session.real_time_bars.items()):
        if not is_frozen(session, subscription.instrument.symbol):
            _real_time(session, req_id, subscription, now)


def next_due(session: "Session", now: datetime) -> datetime | None:
    """When the next bar may have to be sent; a bar that is to be kept up to date has no moment of its own at first."""
    rows = [*session.bars.values(), *session.real_time_bars.values()]
    return min((row.next_at or now for row in rows), default=None)


def bar_row(bar: Bar, calendar: Calendar, *, seconds: int, epoch: bool) -> BarRow:
    """A bar with its time as the client wants it; days are always `yyyymmdd`."""
    if seconds >= DAY:
        text = f"{calendar.trading_day(bar.start):%Y%m%d}"
    else:
        text = str(int(bar.start.timestamp())) if epoch else tws_time(bar.start)
    return BarRow(
        time=text,
        open=bar.open,
        high=bar.high,
        low=bar.low,
        close=bar.close,
        volume=Decimal(bar.volume),
        average=bar.average,
        count=bar.count,
    )


def _check_rights(session: "Session", instrument: Instrument) -> None:
    """Whether the history of an instrument may be seen. Raises BrokerError 162 or 10197."""
    right = session.gateway.data.of(instrument)
    if right is Right.COMPETING:
        raise BrokerError(162, f"{_SERVICE}Trading TWS session is connected from a different IP address")
    if right is Right.NONE:
        what = f"{instrument.primary_exchange} {instrument.sec_type}"
        raise BrokerError(162, f"{_SERVICE}No market data permissions for {what}")


def _count(
    session: "Session", instrument: Instrument, exchange: str, kind: str, rest: tuple[object, ...], code: int,
    prefix: str,
) -> None:  # fmt: skip
    """Count a request while the rules are in force, and refuse it if it breaks one."""
    if not history_is_paced(session):
        return
    now = session.gateway.clock.now()
    keeps = session.history_pacer.admits(now, con_id=instrument.con_id, exchange=exchange, kind=kind, rest=rest)
    if not keeps:
        raise BrokerError(code, f"{prefix}{VIOLATION}")


async def _answer(session: "Session", request: Request, instrument: Instrument, query: BarQuery) -> None:
    broker = session.gateway.broker
    calendar = broker.calendar.of(instrument.hours)
    epoch = request["format_date"] == _EPOCH_FORMAT
    rows: list[BarRow] = []
    async with session.gateway.history_turn:  # one answer is worked on at a time, so that many cannot add up
        for bar in make_bars(broker.market, calendar, instrument, query):
            rows.append(bar_row(bar, calendar, seconds=query.seconds, epoch=epoch))
            if len(rows) % _CHUNK == 0:
                await asyncio.sleep(0)
    if not rows:
        raise BrokerError(162, f"{_SERVICE}HMDS query returned no data")
    session.answered(request["req_id"])
    start, end = tws_time(query.start), tws_time(query.end)
    session.send(replies.historical_data(request["req_id"], start, end, rows))
    if request["keep_up_to_date"]:
        session.bars[request["req_id"]] = BarSubscription(instrument, query, epoch=epoch, last=rows[-1])


def _keep_up(session: "Session", req_id: int, subscription: BarSubscription, now: datetime) -> None:
    if subscription.next_at is not None and now < subscription.next_at:
        return
    subscription.next_at = now + _UPDATE_EVERY
    broker, query = session.gateway.broker, subscription.query
    calendar = broker.calendar.of(subscription.instrument.hours)
    bar = forming_bar(broker.market, calendar, subscription.instrument, query, now)
    if bar is None:
        return
    row = bar_row(bar, calendar, seconds=query.seconds, epoch=subscription.epoch)
    last = subscription.last
    if last is not None and last.time != row.time:
        # The bar before is over: what it came to since it was last told goes first.
        closing = forming_bar(broker.market, calendar, subscription.instrument, query, bar.start - _MOMENT)
        if closing is not None:
            ended = bar_row(closing, calendar, seconds=query.seconds, epoch=subscription.epoch)
            if ended.time == last.time and ended != last:
                session.send(replies.historical_data_update(req_id, ended))
    if row != last:
        subscription.last = row
        session.send(replies.historical_data_update(req_id, row))


def _real_time(session: "Session", req_id: int, subscription: BarSubscription, now: datetime) -> None:
    if subscription.next_at is None or now < subscription.next_at:
        return
    end = subscription.next_at
    subscription.next_at = _next_five(now)
    calendar = session.gateway.broker.calendar.of(subscription.instrument.hours)
    if not calendar.is_open(end, regular=subscription.query.regular):
        return
    market = session.gateway.broker.market
    bar = single_bar(market, subscription.instrument, subscription.query.kind, end - _FIVE_SECONDS, end)
    row = bar_row(bar, calendar, seconds=5, epoch=True)
    session.send(replies.real_time_bar(req_id, int(bar.start.timestamp()), row))


def _next_five(now: datetime) -> datetime:
    return datetime.fromtimestamp((int(now.timestamp()) // 5 + 1) * 5, UTC)


def _send_schedule(session: "Session", request: Request, instrument: Instrument) -> None:
    """The sessions of the days asked for, in the zone of the exchange."""
    calendar = session.gateway.broker.calendar.of(instrument.hours)
    query = bar_query(
        calendar=calendar,
        now=session.gateway.clock.now(),
        end=request["end"],
        duration=request["duration"],
        bar_size="1 day",
        kind="TRADES",
        regular=request["use_rth"],
    )
    rows: list[tuple[str, str, str]] = []
    day, last = calendar.local_day(query.start), calendar.trading_day(query.end)
    while day <= last:
        rows += [
            (_local(calendar, each.start), _local(calendar, each.end), f"{day:%Y%m%d}")
            for each in calendar.sessions(day, regular=request["use_rth"])
        ]
        day += timedelta(days=1)
    if not rows:
        raise BrokerError(162, f"{_SERVICE}HMDS query returned no data")
    session.send(replies.historical_schedule(request["req_id"], rows[0][0], rows[-1][1], calendar.zone_name, rows))


def _local(calendar: Calendar, at: datetime) -> str:
    return f"{at.astimezone(calendar.zone):%Y%m%d-%H:%M:%S}"


def req_histogram(session: "Session", request: Request) -> None:
    """How much was traded at which price in the last days, answered beside the conversation."""
    broker = session.gateway.broker
    instrument = broker.book.resolve(request.contract, expired=request["include_expired"])
    check_kind(instrument, "TRADES")
    query = histogram_query(
        broker.calendar.of(instrument.hours), session.gateway.clock.now(), request["period"], regular=request["use_rth"]
    )
    _check_rights(session, instrument)
    session.start_task(request["req_id"], _answer_histogram(session, request["req_id"], instrument, query))


def cancel_histogram(session: "Session", request: Request) -> None:
    """Stop an answer that has not been sent."""
    if not session.cancel_task(request["req_id"]):
        raise BrokerError(366, f"No historical data query found for ticker id:{request['req_id']}")


async def _answer_histogram(session: "Session", req_id: int, instrument: Instrument, query: BarQuery) -> None:
    broker = session.gateway.broker
    found: Counter[Decimal] = Counter()
    async with session.gateway.history_turn:
        bars = make_bars(broker.market, broker.calendar.of(instrument.hours), instrument, query)
        for count, bar in enumerate(bars):
            # A bar's volume lies in equal parts at its four prices.
            for price in (bar.open, bar.high, bar.low, bar.close):
                found[price] += bar.volume // 4
            if count % _CHUNK == 0:
                await asyncio.sleep(0)
    session.answered(req_id)
    session.send(market_data.histogram(req_id, sorted(found.items())))


HANDLERS = {
    "req_historical_data": req_historical_data,
    "cancel_historical_data": cancel_historical_data,
    "req_histogram": req_histogram,
    "cancel_histogram": cancel_histogram,
    "req_head_timestamp": req_head_timestamp,
    "cancel_head_timestamp": cancel_head_timestamp,
    "req_real_time_bars": req_real_time_bars,
    "cancel_real_time_bars": cancel_real_time_bars,
}
