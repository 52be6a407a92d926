"""Streaming quotes and snapshots."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from tws_simulator.clock import SLOT
from tws_simulator.errors import BrokerError
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.messages import replies
from tws_simulator.messages.requests import Request
from tws_simulator.session.pacing import lines_allowed
from tws_simulator.session.rights import DELAYED_FROZEN, FROZEN, LIVE, Feed, feed
from tws_simulator.session.subscriptions import QuoteSubscription
from tws_simulator.session.tick_states import View, address
from tws_simulator.session.tick_types import GENERIC, legal_generic

if TYPE_CHECKING:
    from tws_simulator.session.session import Session

_SIZES_IN_SHARES = 159
_INVALID = "Error validating request.-'bQ' : cause - "


def req_market_data(session: "Session", request: Request) -> None:
    """Start a stream, or answer with a snapshot."""
    req_id, gateway = request["req_id"], session.gateway
    instrument = gateway.broker.book.resolve(request.contract)
    if req_id in session.quotes:
        raise BrokerError(322, "Error processing request.-'bD' : cause - Duplicate ticker ID")
    snapshot = request["snapshot"] or request["regulatory_snapshot"]
    generic = _generic_list(request["generic_ticks"], instrument, snapshot=snapshot)
    if lines_used(session) >= lines_allowed(session):
        raise BrokerError(101, "Max number of tickers has been reached")
    wanted = session.market_data_type
    now = gateway.clock.now()
    got = feed(gateway.data, instrument, wanted, is_open=_is_open(session, instrument, now))
    if got.notice is not None:
        session.error(req_id, *got.notice)
    subscription = QuoteSubscription(instrument, _view(session, instrument, generic, got, now), wanted, got.kind)
    session.send(replies.tick_request_parameters(req_id, instrument))
    session.send(replies.market_data_type(req_id, got.kind))
    update(session, req_id, subscription)
    if snapshot:
        session.send(replies.tick_snapshot_end(req_id))
    else:
        session.quotes[req_id] = subscription


def cancel_market_data(session: "Session", request: Request) -> None:
    """End a stream."""
    if session.quotes.pop(request["req_id"], None) is None:
        raise BrokerError(300, f"Can't find EId with tickerId:{request['req_id']}")


def req_market_data_type(session: "Session", request: Request) -> None:
    """Choose live (1), frozen, delayed or delayed-frozen (4) data for the requests that follow."""
    if request["data_type"] not in {1, 2, 3, 4}:
        raise BrokerError(321, f"{_INVALID}Invalid market data type")
    session.market_data_type = request["data_type"]


def lines_used(session: "Session") -> int:
    """Market data lines a client takes: quotes, order books, ticks and five-second bars share them."""
    return len(session.quotes) + len(session.real_time_bars) + len(session.books) + len(session.tick_streams)


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


def next_due(session: "Session", now: datetime) -> datetime | None:
    """When a quote can next change: at any moment of a session and just after it, else when the next one begins."""
    rows = session.quotes.values()
    if any(row.view.delayed for row in rows):
        return now
    return session.gateway.broker.hours.first_trading((row.instrument.hours for row in rows), now - SLOT, regular=False)


def update(session: "Session", req_id: int, subscription: QuoteSubscription) -> None:
    """Send the ticks in which the market differs from what this subscription was told."""
    gateway = session.gateway
    if gateway.broker.calendar.name != "always":
        _follow_hours(session, req_id, subscription, gateway.clock.now())
    state = gateway.ticks.state(gateway, subscription.view)
    if state is subscription.seen:
        return
    session.send_all([address(piece, req_id) for piece in state.since(subscription.seen)])
    subscription.seen = state


def _follow_hours(session: "Session", req_id: int, subscription: QuoteSubscription, now: datetime) -> None:
    """Opening and closing turn frozen data live and back, and take live quotes away."""
    is_open = _is_open(session, subscription.instrument, now)
    blank = subscription.kind == LIVE and not is_open
    kind = subscription.kind
    if subscription.wanted == FROZEN or (subscription.wanted == DELAYED_FROZEN and not subscription.view.delayed):
        kind, blank = (LIVE if is_open else FROZEN), False
    if kind != subscription.kind:
        subscription.kind = kind
        session.send(replies.market_data_type(req_id, kind))
    if blank != subscription.view.blank:
        subscription.view = replace(subscription.view, blank=blank)


def _is_open(session: "Session", instrument: Instrument, now: datetime) -> bool:
    return session.gateway.broker.calendar.of(instrument.hours).last_moment(now) == now


def _view(session: "Session", instrument: Instrument, generic: frozenset[str], got: Feed, now: datetime) -> View:
    return View(
        instrument=instrument,
        generic=generic,
        delayed=got.is_delayed,
        lots=session.version < _SIZES_IN_SHARES,
        blank=got.kind == LIVE and not _is_open(session, instrument, now),
        partial=got.partial,
    )


def _generic_list(text: str, instrument: Instrument, *, snapshot: bool) -> frozenset[str]:
    """The generic tick lists asked for. Raises BrokerError 321 for one that does not exist for the instrument."""
    generic = [part.strip() for part in text.split(",") if part.strip()]
    if generic and snapshot:
        raise BrokerError(321, f"{_INVALID}Snapshot market data subscription is not applicable to generic ticks")
    wanted: set[str] = set()
    for part in generic:
        number = part.split(":")[0]  # 292:BRFG asks for the news of one provider
        known = GENERIC.get(number)
        if known is None and number != "mdoff":
            raise BrokerError(
                321,
                f"{_INVALID}Incorrect generic tick list of {text[:60]}.  Legal ones for ({instrument.sec_type}) are: "
                f"{legal_generic(instrument.sec_type)}",
            )
        if known is not None and instrument.sec_type in known[1]:
            wanted.add(number)
    return frozenset(wanted)


HANDLERS = {
    "req_market_data": req_market_data,
    "cancel_market_data": cancel_market_data,
    "req_market_data_type": req_market_data_type,
}
