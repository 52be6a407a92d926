"""Option values against textbook numbers and the laws they must obey; derivatives in the market."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tws_simulator.exchange.calendar import AlwaysOpen
from tws_simulator.exchange.catalogue import instruments
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Market, manual_quote
from tws_simulator.exchange.options_pricing import OptionTerms, greeks, implied_volatility, option_price

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
AAPL = instruments()[265598]


def terms(*, call: bool = True, strike: float = 100, years: float = 1, rate: float = 0.05) -> OptionTerms:
    return OptionTerms(call, strike, years, rate, 0.0)


def test_a_textbook_option() -> None:
    """Hull's example: spot 42, strike 40, 10%, 20%, half a year: call 4.76, put 0.81."""
    hull = terms(strike=40, years=0.5, rate=0.1)
    assert option_price(hull, 42, 0.2) == pytest.approx(4.76, abs=0.005)
    assert option_price(replace(hull, is_call=False), 42, 0.2) == pytest.approx(0.81, abs=0.005)


@given(st.floats(20, 400), st.floats(0.05, 1.5), st.floats(0.02, 3), st.booleans())
def test_the_greeks_are_the_slopes_of_the_price(spot: float, volatility: float, years: float, call: bool) -> None:
    option = OptionTerms(call, 100, years, 0.04, 0.01)
    found, step = greeks(option, spot, volatility), spot * 1e-4
    up, down = option_price(option, spot + step, volatility), option_price(option, spot - step, volatility)
    assert found.delta == pytest.approx((up - down) / (2 * step), abs=1e-3)
    more = option_price(option, spot, volatility + 0.0005) - option_price(option, spot, volatility - 0.0005)
    assert found.vega == pytest.approx(more * 10, abs=1e-3)
    assert found.gamma >= 0


@given(st.floats(40, 250), st.floats(0.1, 1.0), st.floats(0.1, 2))
def test_put_call_parity_and_the_way_back_to_volatility(spot: float, volatility: float, years: float) -> None:
    call, put = terms(years=years), terms(years=years, call=False)
    gap = option_price(call, spot, volatility) - option_price(put, spot, volatility)
    assert gap == pytest.approx(spot - 100 * math.exp(-0.05 * years), abs=1e-9)
    otm = put if spot > 100 else call
    price = option_price(otm, spot, volatility)
    if price > 1e-3:
        found = implied_volatility(otm, spot, price)
        assert found == pytest.approx(volatility, abs=1e-4)


def test_impossible_prices_have_no_volatility() -> None:
    assert implied_volatility(terms(), 100, 100.5) is None
    assert implied_volatility(terms(), 200, 1) is None
    assert implied_volatility(terms(years=0), 100, 5) is None
    assert option_price(terms(years=0), 110, 0.2) == 10
    assert option_price(terms(years=0, call=False), 110, 0.2) == 0


def option(strike: str, right: str, con_id: int) -> Instrument:
    return replace(
        AAPL, con_id=con_id, sec_type="OPT", strike=Decimal(strike), right=right, expiry="20270115", underlying=265598,
        multiplier=Decimal(100), daily_volume=0,
    )  # fmt: skip


def test_options_follow_their_underlying() -> None:
    call, put = option("230", "C", 1), option("230", "P", 2)
    market = Market(7, AlwaysOpen(), {row.con_id: row for row in (AAPL, call, put)}.get)
    before = market.quote(call, NOW), market.quote(put, NOW)
    for quote in before:
        assert Decimal(0) < quote.bid < quote.ask
        assert call.is_on_tick(quote.bid)
    higher = manual_quote(market.quote(AAPL, NOW), NOW, bid=Decimal("299.99"), ask=Decimal("300.01"))
    market.pin(AAPL, higher, NOW)
    after = market.quote(call, NOW), market.quote(put, NOW)
    assert after[0].bid > before[0].bid + 30
    assert after[1].ask < before[1].ask
    derivation = market.derivation(call)
    assert derivation is not None
    seconds = NOW.timestamp()
    assert derivation.price(seconds) - derivation.spot(seconds) + 230 == pytest.approx(
        market.price(put, seconds) + 230 * (1 - math.exp(-0.043 * derivation.years(seconds))), abs=0.5
    )


def test_a_wilder_underlying_makes_dearer_options() -> None:
    call = option("260", "C", 1)
    market = Market(7, AlwaysOpen(), {row.con_id: row for row in (AAPL, call)}.get)
    before = market.quote(call, NOW).bid
    market.set_process(AAPL, {"kind": "seeded", "volatility": 1.2}, NOW)
    assert market.quote(call, NOW).bid > before * 2


def test_futures_cost_what_holding_costs_and_meet_their_underlying() -> None:
    future = replace(AAPL, con_id=3, sec_type="FUT", expiry="20270319", underlying=265598)
    market = Market(7, AlwaysOpen(), {row.con_id: row for row in (AAPL, future)}.get)
    spot, ahead = market.price(AAPL, NOW.timestamp()), market.price(future, NOW.timestamp())
    assert 1.005 < ahead / spot < 1.02
    due = (NOW + timedelta(days=120)).timestamp()
    assert market.price(future, due) == pytest.approx(market.price(AAPL, due))
