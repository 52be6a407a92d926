"""All ticks of an instrument at one moment, encoded once and shared by everybody who watches it.

A state holds the ticks as they are; what a subscriber must be told is the difference from the state it saw last,
and that is computed once for all who saw the same.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import DayStatistics, Quote
from tws_simulator.messages import replies
from tws_simulator.messages.replies import Message
from tws_simulator.session import generic_ticks
from tws_simulator.session import tick_types as types
from tws_simulator.wire.fields import encode_fields

if TYPE_CHECKING:
    from tws_simulator.gateway import Gateway

DELAY = timedelta(minutes=15)
_ROUND_LOT = 100
_MOST_VIEWS = 4096
_LATELY = timedelta(seconds=30)
_NO_PRICE = Decimal(-1)
_ZERO = Decimal(0)
_OPTIONS = {"OPT", "FOP"}
_OPTION_COMPUTATION = 21

Piece = tuple[bytes, bytes]
"""A message before and after its request id."""
Stamp = object


@dataclass(frozen=True, slots=True)
class View:
    """What a subscriber sees of an instrument: two with equal views are told the same."""

    instrument: Instrument
    generic: frozenset[str] = frozenset()
    delayed: bool = False
    lots: bool = False
    """US stock sizes in round lots, for clients below version 159."""
    blank: bool = False
    """No bid and ask: live data while the market is closed."""
    partial: bool = False
    """Only what needs no subscription."""


@dataclass(slots=True, eq=False)
class TickState:
    """The ticks by a key, each with what tells whether it changed."""

    quote: Quote
    day: DayStatistics
    halted: int
    asked: tuple[datetime, int]
    ticks: dict[str, tuple[Stamp, Piece]]
    before: "TickState | None" = None
    _news: list[Piece] = field(default_factory=list)

    def since(self, seen: "TickState | None") -> Iterable[Piece]:
        """The ticks that differ from a state seen before; all of them if there was none."""
        if seen is not None and seen is self.before:
            return self._news
        return list(_differences(self.ticks, seen.ticks if seen else {}))

    def succeed(self, before: "TickState") -> None:
        """Keep the difference from the state before, which is what most are going to ask for."""
        self.before, self._news = before, list(_differences(self.ticks, before.ticks))
        before.before = None  # or a chain of all states would stay in memory


class TickBoard:
    """The newest state of every view somebody has."""

    def __init__(self) -> None:
        self._states: dict[View, TickState] = {}

    def state(self, gateway: "Gateway", view: View) -> TickState:
        """The ticks of a view now."""
        market = gateway.broker.market
        now = gateway.clock.now()
        known = self._states.get(view)
        if known is not None and known.asked == (now, market.version):
            return known
        quote = market.quote(view.instrument, now - DELAY if view.delayed else now)
        halted = market.halted.get(view.instrument.con_id, 0)
        if known is not None and known.quote == quote and known.halted == halted:
            known.asked = (now, market.version)
            return known
        state = _make(gateway, view, quote, halted, now, known)
        if known is not None:
            state.succeed(known)
        if len(self._states) >= _MOST_VIEWS:
            self._forget_old(now)
        self._states[view] = state
        return state

    def _forget_old(self, now: datetime) -> None:
        """Keep only what was asked for lately."""
        self._states = {view: row for view, row in self._states.items() if now - row.asked[0] < _LATELY}


def address(piece: Piece, req_id: int) -> bytes:
    """The payload of a message for one request."""
    return piece[0] + b"%d\0" % req_id + piece[1]


def cut(message: Message) -> Piece:
    """A message without its request id."""
    at = 1 if message[0] == _OPTION_COMPUTATION else 2
    return encode_fields(message[:at]), encode_fields(message[at + 1 :])


def _differences(ticks: dict[str, tuple[Stamp, Piece]], seen: dict[str, tuple[Stamp, Piece]]) -> Iterator[Piece]:
    for key, (stamp, piece) in ticks.items():
        old = seen.get(key)
        if old is None or old[0] != stamp:
            yield piece


def _make(
    gateway: "Gateway", view: View, quote: Quote, halted: int, now: datetime, known: TickState | None
) -> TickState:
    market = gateway.broker.market
    traded = known is None or known.quote.last_at != quote.last_at or known.quote.last != quote.last
    at = now - DELAY if view.delayed else now
    day = market.day(view.instrument, at) if traded or known is None else known.day
    ticks: dict[str, tuple[Stamp, Piece]] = {}
    for key, stamp, message in _all_ticks(gateway, view, quote, day, at):
        old = known.ticks.get(key) if known else None
        ticks[key] = old if old is not None and old[0] == stamp else (stamp, cut(message))
    kind = types.DELAYED[types.HALTED] if view.delayed else types.HALTED
    ticks["halted"] = (halted, cut(replies.tick_generic(0, kind, halted)))
    return TickState(quote, day, halted, (now, market.version), ticks)


def _all_ticks(
    gateway: "Gateway", view: View, quote: Quote, day: DayStatistics, at: datetime
) -> Iterator[tuple[str, Stamp, Message]]:
    if not view.partial and view.instrument.sec_type != "IND":
        yield from _sides(view, quote)
    if not view.partial:
        yield from _trade(view, quote)
    yield from _day(view, quote, day)
    if view.partial:
        return
    if view.instrument.sec_type in _OPTIONS:
        yield from generic_ticks.option_ticks(gateway, view.instrument, quote, at, kinds=_option_kinds(view))
    yield from generic_ticks.ticks(gateway, view.instrument, view.generic, quote, day, at)


def _sides(view: View, quote: Quote) -> Iterator[tuple[str, Stamp, Message]]:
    blank = view.blank
    for key, price_type, size_type, price, size in (
        ("bid", types.BID, types.BID_SIZE, quote.bid, quote.bid_size),
        ("ask", types.ASK, types.ASK_SIZE, quote.ask, quote.ask_size),
    ):
        shown, amount = (_NO_PRICE, _ZERO) if blank else (price, _size(view, size))
        mask = 0 if blank else 1
        yield key, shown, replies.tick_price(0, _kind(view, price_type), shown, amount, mask=mask)
        yield f"{key} size", amount, replies.tick_size(0, _kind(view, size_type), amount)


def _trade(view: View, quote: Quote) -> Iterator[tuple[str, Stamp, Message]]:
    size, stamp = _size(view, quote.last_size), (quote.last_at, quote.last)
    yield "last", stamp, replies.tick_price(0, _kind(view, types.LAST), quote.last, size)
    yield "last size", stamp, replies.tick_size(0, _kind(view, types.LAST_SIZE), size)
    seconds = str(int(quote.last_at.timestamp()))
    yield "last time", stamp, replies.tick_string(0, _kind(view, types.LAST_TIME), seconds)


def _day(view: View, quote: Quote, day: DayStatistics) -> Iterator[tuple[str, Stamp, Message]]:
    volume = _size(view, Decimal(day.volume))
    yield "volume", (quote.last_at, quote.last), replies.tick_size(0, _kind(view, types.VOLUME), volume)
    yield "high", day.high, replies.tick_price(0, _kind(view, types.HIGH), day.high)
    yield "low", day.low, replies.tick_price(0, _kind(view, types.LOW), day.low)
    yield "close", day.previous_close, replies.tick_price(0, _kind(view, types.CLOSE), day.previous_close)
    yield "open", day.open, replies.tick_price(0, _kind(view, types.OPEN), day.open)


def _kind(view: View, kind: int) -> int:
    return types.DELAYED[kind] if view.delayed else kind


def _option_kinds(view: View) -> tuple[int, int, int, int]:
    bid, ask, last, model = (
        _kind(view, kind) for kind in (types.BID_OPTION, types.ASK_OPTION, types.LAST_OPTION, types.MODEL_OPTION)
    )
    return bid, ask, last, model


def _size(view: View, amount: Decimal) -> Decimal:
    """US stock sizes are in round lots for clients below version 159."""
    if view.lots and view.instrument.sec_type == "STK" and view.instrument.currency == "USD":
        return amount // _ROUND_LOT
    return amount
