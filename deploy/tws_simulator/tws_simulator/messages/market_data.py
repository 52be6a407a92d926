"""Server to client: order books, single ticks, histograms, scanners and news."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.ticks import QuoteTick, TradeTick
from tws_simulator.messages.replies import Message
from tws_simulator.wire.fields import Scalar, escape_text, price_text

ASK_SIDE, BID_SIDE = 0, 1
INSERT, UPDATE, DELETE = 0, 1, 2
TICK_KINDS = {"Last": 1, "AllLast": 2, "BidAsk": 3, "MidPoint": 4}


@dataclass(frozen=True, slots=True)
class BookRow:
    """A change of one row of an order book: `operation` 0 insert, 1 update, 2 delete; `side` 0 ask, 1 bid."""

    position: int
    operation: int
    side: int
    price: Decimal
    size: Decimal
    venue: str


def market_depth(req_id: int, row: BookRow) -> Message:
    """12: a row of one exchange's order book."""
    return (12, 1, req_id, row.position, row.operation, row.side, price_text(row.price), row.size)


def market_depth_l2(req_id: int, row: BookRow, *, is_smart: bool) -> Message:
    """13: a row of an order book that names who stands there."""
    return (
        13, 1, req_id, row.position, row.venue, row.operation, row.side, price_text(row.price), row.size, is_smart,
    )  # fmt: skip


def depth_exchanges(rows: Sequence[tuple[str, str, str, str, int]]) -> Message:
    """80: exchanges with order books: name, security type, listing exchange, kind of data, group."""
    return (80, len(rows), *(value for row in rows for value in row))


def smart_components(req_id: int, rows: Sequence[tuple[int, str, str]]) -> Message:
    """82: bit, exchange and letter of each exchange a SMART quote may name."""
    return (82, req_id, len(rows), *(value for row in rows for value in row))


def trade_by_trade(req_id: int, kind: str, tick: TradeTick) -> Message:
    """99: a trade as it happens."""
    return (
        99, req_id, TICK_KINDS[kind], _seconds(tick.at), price_text(tick.price), tick.size, 0, tick.venue, "",
    )  # fmt: skip


def quote_by_quote(req_id: int, tick: QuoteTick) -> Message:
    """99: a changed quote."""
    return (
        99, req_id, TICK_KINDS["BidAsk"], _seconds(tick.at), price_text(tick.bid), price_text(tick.ask),
        tick.bid_size, tick.ask_size, 0,
    )  # fmt: skip


def middle_by_middle(req_id: int, tick: QuoteTick) -> Message:
    """99: a changed middle between bid and ask."""
    return (99, req_id, TICK_KINDS["MidPoint"], _seconds(tick.at), price_text(tick.middle))


def historical_middles(req_id: int, ticks: Sequence[QuoteTick], *, done: bool) -> Message:
    """96: past middles; the second field of each is not used."""
    rows = [(_seconds(tick.at), 0, price_text(tick.middle), 0) for tick in ticks]
    return (96, req_id, len(rows), *_flat(rows), done)


def historical_quotes(req_id: int, ticks: Sequence[QuoteTick], *, done: bool) -> Message:
    """97: past quotes."""
    rows = [
        (_seconds(tick.at), 0, price_text(tick.bid), price_text(tick.ask), tick.bid_size, tick.ask_size)
        for tick in ticks
    ]
    return (97, req_id, len(rows), *_flat(rows), done)


def historical_trades(req_id: int, ticks: Sequence[TradeTick], *, done: bool) -> Message:
    """98: past trades."""
    rows = [(_seconds(tick.at), 0, price_text(tick.price), tick.size, tick.venue, "") for tick in ticks]
    return (98, req_id, len(rows), *_flat(rows), done)


def histogram(req_id: int, rows: Sequence[tuple[Decimal, int]]) -> Message:
    """89: how much was traded at which price."""
    return (89, req_id, len(rows), *_flat([(price_text(price), size) for price, size in rows]))


def scanner_parameters(xml: str) -> Message:
    """19: what can be scanned for."""
    return (19, 1, xml)


def scanner_data(req_id: int, instruments: Sequence[Instrument]) -> Message:
    """20: the instruments found, the best first."""
    rows = [
        (
            rank, row.con_id, row.symbol, row.sec_type, row.expiry, row.strike, row.right, "SMART", row.currency,
            row.local, row.trading_class, row.trading_class, "", "", "", "",
        )
        for rank, row in enumerate(instruments)
    ]  # fmt: skip
    return (20, 3, req_id, len(rows), *_flat(rows))


def news_providers(rows: Sequence[tuple[str, str]]) -> Message:
    """85: code and name of each provider."""
    return (85, len(rows), *_flat(rows))


def news_article(req_id: int, text: str) -> Message:
    """83: a plain text article."""
    return (83, req_id, 0, escape_text(text))


def historical_news(req_id: int, at: str, provider: str, article_id: str, headline: str) -> Message:
    """86: one headline."""
    return (86, req_id, at, provider, article_id, escape_text(headline))


def historical_news_end(req_id: int, *, has_more: bool) -> Message:
    """87: the headlines are complete."""
    return (87, req_id, has_more)


def tick_news(req_id: int, at: datetime, provider: str, article_id: str, headline: str) -> Message:
    """84: a headline as it comes."""
    return (84, req_id, int(at.timestamp() * 1000), provider, article_id, escape_text(headline), "")


def news_bulletin(number: int, kind: int, text: str, exchange: str) -> Message:
    """14: a bulletin of IB: kind 1 general, 2 exchange unavailable, 3 available again."""
    return (14, 1, number, kind, escape_text(text), exchange)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _flat(rows: Sequence[Sequence[Scalar]]) -> list[Scalar]:
    return [value for row in rows for value in row]
