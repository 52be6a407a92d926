"""Order books told by changes, single trades and quotes, now and in the past; calculations on options."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tws_simulator.exchange.quote import Level
from tws_simulator.messages.market_data import BID_SIDE, BookRow
from tws_simulator.session.depth import changes
from tws_simulator.session.rights import Right

from tests.unit.tws_simulator.conftest import Desk

AAPL = (265598, "", "", "", "", "", "", "SMART", "", "", "", "")
DIRECT = (265598, "", "", "", "", "", "", "NASDAQ", "", "", "", "")


def codes(messages: Sequence[tuple[str, ...]]) -> list[str]:
    return [row[3] for row in messages if row[0] == "4"]


def replay(rows: Sequence[BookRow], start: Sequence[Level] = ()) -> list[tuple[Decimal, Decimal]]:
    book = [(row.price, row.size) for row in start]
    for row in rows:
        if row.operation == 0:
            book.insert(row.position, (row.price, row.size))
        elif row.operation == 1:
            book[row.position] = (row.price, row.size)
        else:
            del book[row.position]
    return book


@pytest.mark.parametrize("seed", range(30))
def test_replayed_changes_give_the_book(seed: int) -> None:
    dice = random.Random(seed)

    def book() -> list[Level]:
        prices = sorted(dice.sample(range(100, 130), dice.randint(0, 10)), reverse=True)
        return [Level(Decimal(price), Decimal(dice.randint(1, 3)), dice.choice("AB")) for price in prices]

    before, after = book(), book()
    rows = list(changes(before, after, BID_SIDE))
    assert replay(rows, before) == [(row.price, row.size) for row in after]
    assert len(rows) <= max(len(before), len(after))
    by_position = dict(enumerate((row.price, row.size) for row in before))  # as ib_async reads them
    for row in rows:
        if row.operation == 2:
            del by_position[row.position]
        else:
            by_position[row.position] = (row.price, row.size)
    assert list(by_position.values()) == [(row.price, row.size) for row in after]


def test_an_order_book_follows_the_market(desk: Desk, client: Any) -> None:
    told = client.ask(10, 5, 1, *AAPL, 8, 1, "")
    assert {row[0] for row in told} == {"13"}
    books: dict[str, list[tuple[str, str]]] = {"0": [], "1": []}

    def follow(messages: Sequence[tuple[str, ...]]) -> None:
        for _, version, req_id, position, venue, operation, side, price, size, smart in messages:
            assert (version, req_id, smart) == ("1", "1", "1")
            assert venue
            book, at = books[side], int(position)
            if operation == "0":
                book.insert(at, (price, size))
            elif operation == "1":
                book[at] = (price, size)
            else:
                del book[at]
            assert len(book) <= 8

    client.news()
    follow(told)
    for _ in range(60):
        desk.pass_time()
        follow(client.news())
        bids, asks = desk.broker.market.levels(desk.broker.instrument(265598), desk.clock.now(), 8)
        assert [Decimal(price) for price, _ in books["1"]] == [row.price for row in bids]
        assert [Decimal(size) for _, size in books["0"]] == [row.size for row in asks]
    assert client.ask(11, 1, 1, 1) == []


def test_one_exchange_shows_its_book_without_names(client: Any) -> None:
    rows = client.ask(10, 5, 1, *DIRECT, 3, 0, "")
    assert [row[:5] for row in rows[:3]] == [("12", "1", "1", str(index), "0") for index in range(3)]
    assert len(rows) == 6


def test_order_books_have_limits(desk: Desk, client: Any) -> None:
    for req_id in (1, 2, 3):
        client.ask(10, 5, req_id, *AAPL, 2, 1, "")
    assert codes(client.ask(10, 5, 4, *AAPL, 2, 1, "")) == ["309"]
    assert codes(client.ask(10, 5, 3, *AAPL, 2, 1, "")) == ["322"]
    assert codes(client.ask(11, 1, 9, 1)) == ["310"]
    client.ask(11, 1, 1, 1)
    assert codes(client.ask(10, 5, 4, *AAPL, 0, 1, "")) == ["321"]
    desk.gateway.data.single[265598] = Right.DELAYED
    assert codes(client.ask(10, 5, 4, *AAPL, 2, 1, "")) == ["10168"]
    client.news()
    desk.broker.halt(265598)
    desk.pass_time()
    assert codes(client.news()) == ["316", "316"]


def test_trades_come_one_by_one(desk: Desk, client: Any) -> None:
    assert client.ask(97, 1, *AAPL, "AllLast", 0, 0) == []
    client.news()
    told: list[tuple[str, ...]] = []
    for _ in range(80):
        desk.pass_time()
        told += client.news()
    assert 10 < len(told) < 60
    for number, req_id, kind, at, price, size, mask, venue, conditions in told:
        assert (number, req_id, kind, mask, conditions) == ("99", "1", "2", "0", "")
        assert int(at) <= desk.clock.now().timestamp()
        assert Decimal(price) > 0
        assert Decimal(size) >= 100
        assert venue
    assert client.ask(98, 1) == []
    assert codes(client.ask(98, 1)) == ["300"]


def test_quotes_and_middles_come_when_they_change(desk: Desk, client: Any) -> None:
    client.ask(97, 1, *AAPL, "BidAsk", 0, 1)
    client.ask(97, 2, *AAPL, "MidPoint", 0, 0)
    client.news()
    last: dict[str, tuple[str, ...]] = {}
    for _ in range(80):
        desk.pass_time()
        for row in client.news():
            assert len(row) == (9 if row[1] == "1" else 5)
            values = row[4:6] if row[1] == "1" else row[4:]
            assert last.get(row[1]) != values
            last[row[1]] = values
    quote = desk.broker.market.quote(desk.broker.instrument(265598), desk.clock.now())
    assert tuple(map(Decimal, last["1"])) == (quote.bid, quote.ask)
    assert Decimal(last["2"][0]) == (quote.bid + quote.ask) / 2


def test_past_ticks_come_before_the_stream(client: Any) -> None:
    (past,) = client.ask(97, 1, *AAPL, "Last", 50, 0)
    assert past[:3] == ("98", "1", "50")
    assert len(past) == 4 + 50 * 6
    times = [int(text) for text in past[3:-1:6]]
    assert times == sorted(times)
    assert past[-1] == "1"


def test_tick_streams_have_limits(desk: Desk, client: Any) -> None:
    for req_id in range(5):
        client.ask(97, req_id, *AAPL, "Last", 0, 0)
    assert codes(client.ask(97, 9, *AAPL, "Last", 0, 0)) == ["10190"]
    assert codes(client.ask(97, 1, *AAPL, "Last", 0, 0)) == ["322"]
    client.ask(98, 1)
    assert codes(client.ask(97, 9, *AAPL, "Trades", 0, 0)) == ["321"]
    desk.gateway.data.default = Right.NONE
    assert codes(client.ask(97, 9, *AAPL, "Last", 0, 0)) == ["10189"]


def historical(client: Any, start: str, end: str, what: str, count: int = 200) -> list[tuple[str, ...]]:
    async def ask() -> list[tuple[str, ...]]:
        client.news()
        client.ask(96, 7, *AAPL, 0, start, end, count, what, 1, 0, "")
        for _ in range(5000):
            if client.connection.messages:
                break
            await asyncio.sleep(0)
        return list(client.news())

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("what", "number", "width"), [("TRADES", "98", 6), ("BID_ASK", "97", 6), ("MIDPOINT", "96", 4)]
)
def test_past_ticks_of_every_kind(client: Any, what: str, number: str, width: int) -> None:
    (until,) = historical(client, "", "20261124 09:50:00 US/Eastern", what, 100)
    (since,) = historical(client, "20261124-14:40:00", "", what, 100)
    for answer in (until, since):
        assert answer[:3] == (number, "7", "100")
        assert len(answer) == 4 + 100 * width
        assert answer[-1] == "1"
        times = [int(text) for text in answer[3:-1:width]]
        assert times == sorted(times)
    edge = 1795531800  # 9:50 in New York
    assert int(until[-1 - width]) <= edge
    assert int(since[3]) >= edge - 600


def test_past_ticks_are_those_that_were_streamed(desk: Desk, client: Any) -> None:
    client.ask(97, 1, *AAPL, "Last", 0, 0)
    client.news()
    start = desk.clock.now()
    told: list[tuple[str, ...]] = []
    for _ in range(100):
        desk.pass_time()
        told += client.news()
    (past,) = historical(client, f"{start:%Y%m%d-%H:%M:%S}", "", "TRADES", 1000)
    rows = [past[index : index + 6] for index in range(3, len(past) - 1, 6)]
    streamed = [(row[3], row[4], row[5]) for row in told]
    after = [(row[0], row[2], row[3]) for row in rows]
    assert after[-len(streamed) :] == streamed


@pytest.mark.parametrize(
    ("start", "end", "what", "count", "code"),
    [
        ("", "", "TRADES", 10, "321"),
        ("20261124 09:40:00", "20261124 09:50:00", "TRADES", 10, "321"),
        ("yesterday", "", "TRADES", 10, "10314"),
        ("20261124 09:40:00 Mars/Crater", "", "TRADES", 10, "10314"),
        ("20261124 09:40:00", "", "MOOD", 10, "321"),
        ("20261124 09:40:00", "", "TRADES", 1001, "321"),
        ("19990101 09:40:00", "", "TRADES", 10, "10187"),
    ],
)
def test_impossible_requests_for_ticks(client: Any, start: str, end: str, what: str, count: int, code: str) -> None:
    assert codes(historical(client, start, end, what, count)) == [code]


def an_option(desk: Desk, right: str = "C") -> tuple[Any, tuple[Any, ...]]:
    """An option near the money, and its fields."""
    stock = desk.broker.instrument(265598)
    strike = desk.broker.quote(265598).last.quantize(Decimal(1))
    row = replace(
        stock, con_id=900_000_001, sec_type="OPT", strike=strike, right=right, expiry="20270219", underlying=265598,
        multiplier=Decimal(100), daily_volume=0, local_symbol=f"AAPL  270219{right}{strike:05}000",
    )  # fmt: skip
    desk.broker.book.listed[row.con_id] = row
    return row, (row.con_id, "", "", "", "", "", "", "SMART", "", "", "", "")


def test_options_are_quoted_with_greeks(desk: Desk, client: Any) -> None:
    _, contract = an_option(desk)
    told = client.ask(1, 11, 5, *contract, 0, "100,101,106", 0, 0, "")
    greeks = {row[2]: row for row in told if row[0] == "21"}
    assert set(greeks) == {"10", "11", "12", "13"}
    for row in greeks.values():
        assert len(row) == 12
        _, req_id, _, attribute, volatility, delta, price, _, gamma, vega, theta, spot = row
        assert (req_id, attribute) == ("5", "1")
        assert 0.05 < float(volatility) < 1
        assert 0.3 < float(delta) < 0.75
        assert min(float(price), float(gamma), float(vega), -float(theta)) > 0
        assert float(spot) == pytest.approx(float(desk.broker.quote(265598).last), rel=0.01)
    assert float(greeks["10"][6]) < float(greeks["11"][6])
    kinds = {row[3] for row in told if row[0] in {"2", "45"}}
    assert {"27", "29", "24"} <= kinds


def test_volatility_and_price_are_computed_both_ways(desk: Desk, client: Any) -> None:
    _, contract = an_option(desk, "P")
    ((_, req_id, kind, _, volatility, delta, price, *rest),) = client.ask(55, 3, 8, *contract, 0.4, 230, 0, "")
    assert (req_id, kind, float(volatility)) == ("8", "53", 0.4)
    assert float(delta) < 0
    assert float(rest[-1]) == 230
    ((*_, back, _, _, _, _, _, _, _),) = client.ask(54, 3, 9, *contract, price, 230, "")
    assert float(back) == pytest.approx(0.4, abs=1e-6)
    (none,) = client.ask(54, 3, 9, *contract, 5000, 230, "")
    assert none[4:6] == ("-1", "-2")
    assert codes(client.ask(55, 3, 8, *contract, -1, 230, 0, "")) == ["321"]
    assert client.ask(56, 1, 9) == client.ask(57, 1, 8) == []


def test_an_exercise_needs_a_position(desk: Desk, client: Any) -> None:
    row, _ = an_option(desk)
    fields = (row.con_id, "", "", "", "", "", "", "SMART", "", "", "")
    assert codes(client.ask(21, 2, 4, *fields, 1, 1, "", 1)) == ["322"]
    assert codes(client.ask(21, 2, 4, *fields, 3, 1, "", 1)) == ["321"]
    assert codes(client.ask(21, 2, 4, *fields, 1, 0, "", 1)) == ["321"]
    assert codes(client.ask(21, 2, 4, *fields, 1, 1, "DU0", 1)) == ["321"]
    desk.clock.advance(timedelta(seconds=1))
