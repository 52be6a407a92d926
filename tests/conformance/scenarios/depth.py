"""Order books, tick by tick, past ticks, five-second bars."""

import time
from typing import Any

from control import Control
from face import Face
from order_types import APPLE

EXPECTED: dict[str, Any] = {
    "levels": [5, 5, True],
    "ordered": [True, True],
    "held": True,
    "held_levels": [1, 1],
    "bid_ask": [189.99, 190.01],
    "bid_ask_moves": True,
    "trades": True,
    "trade_is_sound": [True],
    "past_trades": [True, True],
    "past_quotes": [True, True],
    "none_are_of_the_future": True,
    "bar": True,
    "bar_is_sound": [0.0, True, True],
}


def live_through(face: Face, control: Control, seen: dict[str, Any]) -> None:
    """Watch one market closely."""
    apple = face.contract(**APPLE)
    bars = face.real_time_bars(face.contract(**{**APPLE, "symbol": "MSFT", "conId": 272093}))
    books(face, control, apple, seen)
    streams(face, control, apple, seen)
    past(face, seen)
    seen["bar"] = face.until(lambda: face.live_bars(bars), 6)
    at, begin, high, low, close = face.live_bars(bars)[0]
    seen["bar_is_sound"] = [at % 5, low <= min(begin, close), max(begin, close) <= high]


def books(face: Face, control: Control, apple: Any, seen: dict[str, Any]) -> None:
    number = face.depth(apple, 5, smart=True)
    face.until(lambda: all(len(side) == 5 for side in face.book(number)))
    bids, asks = face.book(number)
    seen["levels"] = [len(bids), len(asks), bids[0][0] < asks[0][0]]
    seen["ordered"] = [bids == sorted(bids, reverse=True, key=_price), asks == sorted(asks, key=_price)]
    # A market held by hand shows what was given, no more.
    control.pin("AAPL", "191.99", "192.01", "700")
    seen["held"] = face.until(lambda: [side[0][0] for side in face.book(number)] == [191.99, 192.01])
    seen["held_levels"] = [len(side) for side in face.book(number)]


def _price(row: list[float]) -> float:
    return row[0]


def streams(face: Face, control: Control, apple: Any, seen: dict[str, Any]) -> None:
    both, trades = face.each_tick(apple, "BidAsk"), face.each_tick(apple, "AllLast")
    face.wait(0.3)  # the stream begins with the next change; requests and control do not share a queue
    control.pin("AAPL", "189.99", "190.01", "100000")
    face.until(lambda: face.ticks(both)[-1:] == [[189.99, 190.01]])
    seen["bid_ask"] = face.ticks(both)[-1]
    control.pin("AAPL", "190.09", "190.11", "100000")
    seen["bid_ask_moves"] = face.until(lambda: face.ticks(both)[-1] == [190.09, 190.11])
    control.post("/prices", symbol="AAPL", frozen=False)
    seen["trades"] = face.until(lambda: face.ticks(trades), 6)
    seen["trade_is_sound"] = [price > 0 and size > 0 for price, size in face.ticks(trades)[:1]]


def past(face: Face, seen: dict[str, Any]) -> None:
    ibm = face.contract(symbol="IBM", secType="STK", exchange="SMART", currency="USD", conId=8314)
    trades = face.past_ticks(ibm, "20260602 10:00:00 US/Eastern", 20, "TRADES")
    seen["past_trades"] = [len(trades) >= 20, [row[0] for row in trades] == sorted(row[0] for row in trades)]
    quotes = face.past_ticks(ibm, "20260602 10:00:00 US/Eastern", 20, "BID_ASK")
    seen["past_quotes"] = [len(quotes) >= 20, all(bid < ask for _, bid, ask in quotes)]
    seen["same_trades"] = trades[:5]
    seen["same_quotes"] = quotes[:5]
    seen["none_are_of_the_future"] = max(row[0] for row in quotes) < time.time()
