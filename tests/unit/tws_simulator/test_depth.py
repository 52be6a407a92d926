"""The order book behind the quote: ordered, growing, repeatable, adjustable."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import mean

import pytest
from tws_simulator.exchange.calendar import AlwaysOpen
from tws_simulator.exchange.catalogue import instruments
from tws_simulator.exchange.market import Level, Market, manual_quote, slot_of

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
AAPL = instruments()[265598]


def market() -> Market:
    return Market(7, AlwaysOpen())


def moments(count: int) -> list[datetime]:
    return [NOW + timedelta(seconds=index) for index in range(count)]


def test_the_first_level_is_the_quote_and_the_others_lie_behind_it() -> None:
    for at in moments(30):
        quote = market().quote(AAPL, at)
        bids, asks = market().levels(AAPL, at, 10)
        assert (bids[0].price, bids[0].size) == (quote.bid, quote.bid_size)
        assert (asks[0].price, asks[0].size) == (quote.ask, quote.ask_size)
        assert len(bids) == len(asks) == 10
        assert [row.price for row in bids] == sorted({row.price for row in bids}, reverse=True)
        assert [row.price for row in asks] == sorted({row.price for row in asks})
        assert all(AAPL.is_on_tick(row.price) for row in (*bids, *asks))


def test_sizes_grow_away_from_the_touch() -> None:
    books = [market().levels(AAPL, at, 12)[0] for at in moments(60)]
    by_row = [mean(float(book[row].size) for book in books) for row in range(12)]
    assert by_row[1] < by_row[4] < by_row[8] < by_row[11]


def test_the_book_depends_on_seed_instrument_and_slot_alone() -> None:
    first, second = market(), market()
    forward = [first.levels(AAPL, at, 10) for at in moments(20)]
    backward = [second.levels(AAPL, at, 10) for at in reversed(moments(20))]
    assert forward == backward[::-1]
    assert Market(8, AlwaysOpen()).levels(AAPL, NOW, 10) != first.levels(AAPL, NOW, 10)


def test_fewer_rows_are_the_beginning_of_more() -> None:
    few, many = market().levels(AAPL, NOW, 3), market().levels(AAPL, NOW, 20)
    assert few == (many[0][:3], many[1][:3])


def test_a_pinned_market_shows_only_what_it_was_given() -> None:
    held = market()
    quote = manual_quote(held.quote(AAPL, NOW), NOW, bid=Decimal("150.00"), ask=Decimal("150.02"))
    held.pin(AAPL, quote, NOW)
    assert [len(side) for side in held.levels(AAPL, NOW, 10)] == [1, 1]
    behind = (Level(Decimal("149.90"), Decimal(300), "ARCA"),)
    held.pin(AAPL, quote, NOW, bids=behind)
    bids, asks = held.levels(AAPL, NOW, 10)
    assert [row.price for row in bids] == [Decimal("150.00"), Decimal("149.90")]
    assert len(asks) == 1


def test_liquidity_scales_every_size() -> None:
    thin, usual = market(), market()
    thin.set_liquidity(AAPL, 0.1)
    for at in moments(10):
        few, many = thin.levels(AAPL, at, 5), usual.levels(AAPL, at, 5)
        assert few[0][0].size == many[0][0].size / 10
        assert sum(row.size for row in few[0]) < sum(row.size for row in many[0]) / 5
    thin.set_liquidity(AAPL, 0)
    assert {row.size for side in thin.levels(AAPL, NOW, 5) for row in side} == {Decimal(0)}
    assert all(thin.print_in(AAPL, slot_of(at)) is None for at in moments(50))
    for wrong in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="liquidity"):
            thin.set_liquidity(AAPL, wrong)
