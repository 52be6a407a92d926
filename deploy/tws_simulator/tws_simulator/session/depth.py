"""Order books, told by rows inserted, changed and deleted."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from tws_simulator.clock import SLOT
from tws_simulator.errors import BrokerError
from tws_simulator.exchange.instruments import STOCK_EXCHANGES, Instrument, canonical_exchange
from tws_simulator.exchange.quote import Level
from tws_simulator.messages import market_data
from tws_simulator.messages.market_data import ASK_SIDE, BID_SIDE, DELETE, INSERT, UPDATE, BookRow
from tws_simulator.messages.requests import Request
from tws_simulator.session.pacing import depth_allowed, lines_allowed
from tws_simulator.session.quotes import is_frozen, lines_used
from tws_simulator.session.rights import LIVE, feed
from tws_simulator.session.subscriptions import BookSubscription

if TYPE_CHECKING:
    from tws_simulator.session.session import Session

MAX_ROWS = 60
_SIZES_IN_SHARES = 159
_LETTERS = "CTPBKJNQVZXWYAHMDULIGRFES"


def req_market_depth(session: "Session", request: Request) -> None:
    """Start an order book."""
    req_id, data = request["req_id"], session.gateway.data
    instrument = session.gateway.broker.book.resolve(request.contract)
    if req_id in session.books:
        raise BrokerError(322, "Error processing request.-'bD' : cause - Duplicate ticker ID")
    most = depth_allowed(session)
    if len(session.books) >= most:
        raise BrokerError(309, f"Max number ({most}) of market depth requests has been reached")
    rows = request["rows"] or 0
    if not 1 <= rows <= MAX_ROWS:
        raise BrokerError(321, f"Error validating request.-'bU' : cause - Number of rows must be 1 to {MAX_ROWS}")
    exchange = canonical_exchange(request.contract.exchange)
    directed = exchange != "SMART"
    if instrument.sec_type == "IND" or (not directed and not request["is_smart"]):
        raise BrokerError(10092, "Deep market data is not supported for this combination of security type/exchange")
    if lines_used(session) >= lines_allowed(session):
        raise BrokerError(101, "Max number of tickers has been reached")
    feed(data, instrument, LIVE, is_open=True)
    subscription = BookSubscription(instrument, rows, is_smart=request["is_smart"], by_venue=request["is_smart"])
    session.books[req_id] = subscription
    update(session, req_id, subscription)


def cancel_market_depth(session: "Session", request: Request) -> None:
    """End an order book."""
    if session.books.pop(request["req_id"], None) is None:
        raise BrokerError(310, f"Can't find the subscribed market depth with tickerId:{request['req_id']}")


def next_due(session: "Session", now: datetime) -> datetime | None:
    """When `on_tick` can next have anything to say: at any moment of a session, else when the next one begins."""
    rows = session.books.values()
    return session.gateway.broker.hours.first_trading((row.instrument.hours for row in rows), now - SLOT, regular=False)


def on_tick(session: "Session") -> None:
    """Send what changed, unless the client reads too slowly: it gets the newest state later."""
    if not session.books or session.connection.is_slow():
        return
    halted = session.gateway.broker.market.halted
    for req_id, subscription in list(session.books.items()):
        if subscription.instrument.con_id in halted:
            del session.books[req_id]
            session.error(req_id, 316, "Market depth data has been HALTED. Please re-subscribe.")
        elif not is_frozen(session, subscription.instrument.symbol):
            update(session, req_id, subscription)


def update(session: "Session", req_id: int, subscription: BookSubscription) -> None:
    """Tell how the rows differ from those the client has."""
    now = session.gateway.clock.now()
    levels = session.gateway.broker.market.levels(subscription.instrument, now, subscription.rows)
    if levels == subscription.sent:
        return
    for side, before, after in zip((BID_SIDE, ASK_SIDE), subscription.sent, levels, strict=True):
        for row in changes(before, after, side):
            _send(session, req_id, subscription, row)
    subscription.sent = levels


def changes(before: Sequence[Level], after: Sequence[Level], side: int) -> Iterator[BookRow]:
    """The operations that turn one list of rows into another.

    Rows are changed in place, and come and go at the end only. Clients differ in what an insertion or deletion
    further up does to the rows below it (ib_async moves none), and so all of them end up with the same book.
    """
    for position, row in enumerate(after):
        if position >= len(before):
            yield BookRow(position, INSERT, side, row.price, row.size, row.venue)
        elif before[position] != row:
            yield BookRow(position, UPDATE, side, row.price, row.size, row.venue)
    for position in range(len(before) - 1, len(after) - 1, -1):
        gone = before[position]
        yield BookRow(position, DELETE, side, gone.price, gone.size, gone.venue)


def req_depth_exchanges(session: "Session", request: Request) -> None:
    """The exchanges of the instruments on offer, each with its order book."""
    session.send(market_data.depth_exchanges(_exchanges(session.gateway.broker.book)))


def req_smart_components(session: "Session", request: Request) -> None:
    """Which exchanges the letters of a SMART quote of US stocks stand for."""
    names = [name for name in STOCK_EXCHANGES if name != "SMART"]
    rows = [(bit, name, letter) for bit, (name, letter) in enumerate(zip(names, _LETTERS, strict=False))]
    session.send(market_data.smart_components(request["req_id"], rows))


def _exchanges(instruments: Iterable[Instrument]) -> list[tuple[str, str, str, str, int]]:
    kinds: dict[tuple[str, str], None] = {}
    for row in instruments:
        if row.sec_type != "IND":
            kinds |= dict.fromkeys((name, row.sec_type) for name in row.exchanges if name != "SMART")
    return [(name, kind, "", "Deep" if kind == "STK" else "Deep2", group) for group, (name, kind) in enumerate(kinds)]


def _send(session: "Session", req_id: int, subscription: BookSubscription, row: BookRow) -> None:
    if session.version < _SIZES_IN_SHARES and subscription.instrument.sec_type == "STK":
        row = BookRow(row.position, row.operation, row.side, row.price, row.size // 100, row.venue)
    if subscription.by_venue:
        session.send(market_data.market_depth_l2(req_id, row, is_smart=subscription.is_smart))
    else:
        session.send(market_data.market_depth(req_id, row))


HANDLERS = {
    "req_market_depth": req_market_depth,
    "cancel_market_depth": cancel_market_depth,
    "req_depth_exchanges": req_depth_exchanges,
    "req_smart_components": req_smart_components,
}
