"""The market depends on seed, instrument and time alone, and behaves like one."""

import itertools
import math
import statistics
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from tws_simulator.exchange.calendar import AlwaysOpen, NewYorkHours
from tws_simulator.exchange.catalogue import instruments
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Market, manual_quote, slot_of
from tws_simulator.exchange.noise import log_return

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
ALL = list(instruments().values())
AAPL = instruments()[265598]


def market(seed: int = 7) -> Market:
    return Market(seed, AlwaysOpen())


def moments(count: int, step: float = 0.25) -> list[datetime]:
    return [NOW + timedelta(seconds=step * index) for index in range(count)]


def test_the_same_seed_says_the_same_in_any_order() -> None:
    times = moments(200)
    first, second = market(), market()
    forward = [first.quote(AAPL, at) for at in times]
    backward = [second.quote(AAPL, at) for at in reversed(times)]
    assert forward == backward[::-1]


def test_seeds_and_instruments_differ() -> None:
    other = instruments()[272093]
    assert market(1).quote(AAPL, NOW) != market(2).quote(AAPL, NOW)
    path = [log_return(7, AAPL.con_id, 1.0, float(second)) for second in range(0, 100_000, 1000)]
    parallel = [log_return(7, other.con_id, 1.0, float(second)) for second in range(0, 100_000, 1000)]
    assert abs(statistics.correlation(path, parallel)) < 0.9


@pytest.mark.parametrize("instrument", ALL, ids=lambda row: row.symbol)
def test_every_quote_is_sane(instrument: Instrument) -> None:
    for at in moments(40, step=37):
        quote = market().quote(instrument, at)
        assert Decimal(0) < quote.bid < quote.ask
        assert quote.ask - quote.bid <= max(quote.bid * Decimal("0.005"), 3 * instrument.tick_at(quote.bid))
        assert all(instrument.is_on_tick(price) for price in (quote.bid, quote.ask, quote.last))
        if instrument.is_tradable:
            assert min(quote.bid_size, quote.ask_size, quote.last_size) >= 100
        assert quote.bid <= quote.mark <= quote.ask
        assert quote.last_at <= at


def test_prices_move_as_much_as_the_volatility_says() -> None:
    """Of a year's daily changes, the yearly volatility is that of the instrument within a quarter."""
    day = 86_400
    path = [log_return(3, AAPL.con_id, AAPL.volatility, 1.7e9 + day * index) for index in range(400)]
    changes = [after - before for before, after in itertools.pairwise(path)]
    yearly = statistics.pstdev(changes) * math.sqrt(365.25)
    assert yearly == pytest.approx(AAPL.volatility, rel=0.25)


def test_prices_stay_near_their_reference_for_years() -> None:
    for instrument in ALL:
        for year in range(10):
            price = market().price(instrument, 1.6e9 + year * 3.1e7)
            assert 0.2 < price / float(instrument.reference_price) < 5


def test_the_day_holds_what_was_quoted() -> None:
    now_market = market()
    for at in moments(100, step=61):
        quote, day = now_market.quote(AAPL, at), now_market.day(AAPL, at)
        assert day.low <= quote.last <= day.high
        assert day.low <= day.open <= day.high
    volumes = [now_market.day(AAPL, at).volume for at in moments(20, step=600)]
    assert volumes == sorted(volumes)
    assert volumes[-1] > 0


def test_the_exchange_calendar_stops_the_quotes_at_night() -> None:
    quiet = Market(7, NewYorkHours())
    sunday = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
    assert quiet.quote(AAPL, sunday) == quiet.quote(AAPL, sunday + timedelta(hours=5))
    assert quiet.day(AAPL, sunday).open > 0
    monday = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    assert quiet.quote(AAPL, monday) != quiet.quote(AAPL, monday + timedelta(hours=1))
    assert quiet.day(AAPL, monday).volume > 0


def pinned(bid: str, ask: str, **more: Decimal) -> Market:
    held = market()
    quote = manual_quote(held.quote(AAPL, NOW), NOW, bid=Decimal(bid), ask=Decimal(ask), **more)
    held.pin(AAPL, quote, NOW)
    return held


def test_a_pinned_market_does_not_move_and_has_no_prints() -> None:
    held = pinned("189.99", "190.01")
    later = NOW + timedelta(minutes=5)
    assert held.quote(AAPL, later) == held.quote(AAPL, NOW)
    assert held.quote(AAPL, NOW).last == held.quote(AAPL, NOW).mark
    assert all(held.print_in(AAPL, slot_of(at)) is None for at in moments(50))
    assert held.traded_price(AAPL, later.timestamp()) == float(held.quote(AAPL, NOW).last)
    assert held.traded_price(AAPL, NOW.timestamp() - 100) == held.price(AAPL, NOW.timestamp() - 100)


def test_a_released_market_goes_on_from_where_it_was_held() -> None:
    held = pinned("150.00", "150.02")
    held.release(AAPL, NOW)
    assert abs(held.quote(AAPL, NOW).bid - Decimal("150.01")) < Decimal("0.10")
    held.release(AAPL, NOW, Decimal("99.00"))
    assert abs(held.quote(AAPL, NOW).ask - Decimal("99.00")) < Decimal("0.10")
    held.reset()
    assert held.quote(AAPL, NOW) == market().quote(AAPL, NOW)


def test_shown_sizes_come_back_only_if_asked() -> None:
    held = pinned("150.00", "150.02")
    assert held.shown(AAPL, 1) != held.shown(AAPL, 2)
    held.pin(AAPL, held.quote(AAPL, NOW), NOW, replenish=False)
    assert held.shown(AAPL, 1) == held.shown(AAPL, 2)
    before = held.shown(AAPL, 2)
    held.pin(AAPL, held.quote(AAPL, NOW), NOW, replenish=False)
    assert held.shown(AAPL, 2) != before


@pytest.mark.parametrize(
    "changes", [{"bid": Decimal(500)}, {"last": Decimal(0)}, {"ask": Decimal(-1)}, {"bid_size": Decimal(-1)}]
)
def test_an_impossible_quote_is_refused(changes: dict[str, Decimal]) -> None:
    with pytest.raises(ValueError, match="must"):
        manual_quote(market().quote(AAPL, NOW), NOW, **changes)


def test_prints_happen_on_both_sides() -> None:
    prints = [market().print_in(AAPL, slot_of(at)) for at in moments(400)]
    happened = [row for row in prints if row is not None]
    assert 80 < len(happened) < 220
    assert {row.hits_bid for row in happened} == {True, False}
    assert all(row.size >= 100 for row in happened)
