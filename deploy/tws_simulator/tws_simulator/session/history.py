"""Historical bars, bars kept up to date, five-second bars, first data."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tws_simulator.clock import tws_time
from tws_simulator.errors import BrokerError
from tws_simulator.exchange.bars import (
    DAY,
    FIRST_DAY,
    PRICE_KINDS,
    Bar,
    BarQuery,
    bar_query,
    forming_bar,
    make_bars,
    single_bar,
)
from tws_simulator.exchange.calendar import Calendar
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.messages import replies
from tws_simulator.messages.replies import BarRow
from tws_simulator.messages.requests import Request
from tws_simulator.session.subscriptions import BarSubscription

if TYPE_CHECKING:
    from tws_simulator.session.session import Session

_CHUNK = 40  # bars made before others get their turn: a few milliseconds
MAX_PENDING = 50  # requests of one client at a time, as at IB
_SERVICE = "Historical Market Data Service error message:"
_UPDATE_EVERY = timedelta(seconds=1)
_FIVE_SECONDS = timedelta(seconds=5)
_EPOCH_FORMAT = 2


def req_historical_data(session: "Session", request: Request) -> None:
    """Check a request and answer it beside the conversation."""
    broker = session.gateway.broker
    instrument = broker.book.resolve(request.contract, expired=request["include_expired"])
    if request["what_to_show"].upper() == "SCHEDULE":
        _send_schedule(session, request, instrument)
        return
    if request["keep_up_to_date"] and request["end"].strip():
        raise BrokerError(
            321, "Error validating request.-'bX' : cause - End date not supported with keep up to date subscription"
        )
    if session.pending >= MAX_PENDING:
        raise BrokerError(162, f"{_SERVICE}Too many simultaneous historical data requests")
    query = bar_query(
        calendar=broker.calendar.of(instrument.hours),
        now=session.gateway.clock.now(),
        end=request["end"],
        duration=request["duration"],
        bar_size=request["bar_size"],
        kind=request["what_to_show"].upper(),
        regular=request["use_rth"],
    )
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
    session.gateway.broker.book.resolve(request.contract, expired=request["include_expired"])
    if request["what_to_show"].upper() not in PRICE_KINDS:
        raise BrokerError(162, f"{_SERVICE}No head time stamp")
    first = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, 14, 30, tzinfo=UTC)
    text = str(int(first.timestamp())) if request["format_date"] == _EPOCH_FORMAT else f"{first:%Y%m%d-%H:%M:%S}"
    session.send(replies.head_timestamp(request["req_id"], text))


def cancel_head_timestamp(session: "Session", request: Request) -> None:
    """The answer has always been sent already."""


def req_real_time_bars(session: "Session", request: Request) -> None:
    """Five-second bars."""
    kind = request["what_to_show"].upper()
    if kind not in PRICE_KINDS:
        raise BrokerError(321, "Error validating request.-'bW' : cause - Invalid what to show")
    instrument = session.gateway.broker.book.resolve(request.contract)
    now = session.gateway.clock.now()
    query = BarQuery(now, now, 5, kind, request["use_rth"])
    session.real_time_bars[request["req_id"]] = BarSubscription(instrument, query, next_at=_next_five(now))


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
        _keep_up(session, req_id, subscription, now)
    for req_id, subscription in list(session.real_time_bars.items()):
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
    if row != subscription.last:
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


HANDLERS = {
    "req_historical_data": req_historical_data,
    "cancel_historical_data": cancel_historical_data,
    "req_head_timestamp": req_head_timestamp,
    "cancel_head_timestamp": cancel_head_timestamp,
    "req_real_time_bars": req_real_time_bars,
    "cancel_real_time_bars": cancel_real_time_bars,
}
