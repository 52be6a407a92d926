"""Pre-trade rules: one table of tickets and what each breaks."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal as D

import pytest

from trading.domain.orders import OrderSide, OrderTicket, OrderType, TimeInForce
from trading.domain.risk import Limits, Surroundings, check_order, opening_quantity, validate_shape

BUY = OrderTicket(side=OrderSide.BUY, quantity=D(100), order_type=OrderType.MKT)
SELL = replace(BUY, side=OrderSide.SELL)
LIMITS = Limits(max_order_quantity=D(1000), max_position_quantity=D(1500))
AROUND = Surroundings(
    symbol="AAPL",
    min_tick=D("0.01"),
    multiplier=D(1),
    position=D(0),
    working_buys=D(0),
    working_sells=D(0),
    reference_price=D(200),
    available_funds=D(1_000_000),
    initial_margin_rate=D("0.5"),
    is_session_open=True,
)


def _codes(ticket: OrderTicket, limits: Limits = LIMITS, around: Surroundings = AROUND) -> list[str]:
    return [breach.code for breach in check_order(ticket, limits, around)]


def test_an_ordinary_order_passes() -> None:
    assert _codes(BUY) == []


@pytest.mark.parametrize(
    ("ticket", "limits", "around", "codes"),
    [
        (BUY, replace(LIMITS, trading_halted=True), AROUND, ["TRADING_HALTED"]),
        (BUY, replace(LIMITS, allowed_symbols=frozenset({"MSFT"})), AROUND, ["SYMBOL_NOT_ALLOWED"]),
        (BUY, replace(LIMITS, blocked_symbols=frozenset({"AAPL"})), AROUND, ["SYMBOL_NOT_ALLOWED"]),
        (BUY, replace(LIMITS, allowed_symbols=frozenset({"AAPL"})), AROUND, []),
        (BUY, LIMITS, replace(AROUND, is_session_open=False), ["MARKET_CLOSED"]),
        (BUY, LIMITS, replace(AROUND, is_session_open=None), []),
        (replace(BUY, time_in_force=TimeInForce.GTC), LIMITS, replace(AROUND, is_session_open=False), []),
        (replace(BUY, quantity=D(1000)), LIMITS, AROUND, []),
        (replace(BUY, quantity=D(1001)), LIMITS, AROUND, ["ORDER_VALIDATION_FAILED"]),
        (BUY, replace(LIMITS, max_order_notional=D(20_000)), AROUND, []),
        (BUY, replace(LIMITS, max_order_notional=D("19999.99")), AROUND, ["ORDER_VALIDATION_FAILED"]),
        (BUY, LIMITS, replace(AROUND, position=D(1400)), []),
        (BUY, LIMITS, replace(AROUND, position=D(1401)), ["POSITION_LIMIT_EXCEEDED"]),
        (BUY, LIMITS, replace(AROUND, position=D(1000), working_buys=D(401)), ["POSITION_LIMIT_EXCEEDED"]),
        (BUY, LIMITS, replace(AROUND, position=D(1000), working_sells=D(401)), []),
        (SELL, LIMITS, replace(AROUND, position=D(-1401)), ["POSITION_LIMIT_EXCEEDED"]),
        (SELL, LIMITS, replace(AROUND, position=D(5000)), []),
        (BUY, LIMITS, replace(AROUND, available_funds=D(10_000)), []),
        (BUY, LIMITS, replace(AROUND, available_funds=D("9999.99")), ["INSUFFICIENT_FUNDS"]),
        (SELL, LIMITS, replace(AROUND, available_funds=D(0), position=D(100)), []),
        (SELL, LIMITS, replace(AROUND, available_funds=D(0), position=D(99)), ["INSUFFICIENT_FUNDS"]),
        (BUY, LIMITS, replace(AROUND, available_funds=None), ["ORDER_VALIDATION_FAILED"]),
        (BUY, LIMITS, replace(AROUND, reference_price=None), ["ORDER_VALIDATION_FAILED"]),
    ],
)
def test_breaches(ticket: OrderTicket, limits: Limits, around: Surroundings, codes: list[str]) -> None:
    assert _codes(ticket, limits, around) == codes


def test_all_breaches_are_reported_with_the_halt_first() -> None:
    limits = replace(LIMITS, trading_halted=True, halt_reason="lunch", max_order_quantity=D(1))
    breaches = check_order(BUY, limits, AROUND)
    assert [b.rule for b in breaches] == ["trading_halted", "max_order_quantity"]
    assert "lunch" in breaches[0].message


def test_a_closed_market_says_when_it_opens() -> None:
    opens = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
    (breach,) = check_order(BUY, LIMITS, replace(AROUND, is_session_open=False, opens_at=opens))
    assert breach.numbers == {"opens_at": "2026-01-05T14:30:00Z"}


def test_two_sells_cannot_both_close_the_same_position() -> None:
    around = replace(AROUND, position=D(100), working_sells=D(60))
    assert opening_quantity(SELL, around) == D(60)


LMT = replace(BUY, order_type=OrderType.LMT, limit_price=D("190.01"))
STP = replace(BUY, order_type=OrderType.STP, stop_price=D("190.01"))


@pytest.mark.parametrize(
    ("ticket", "fields"),
    [
        (BUY, set()),
        (LMT, set()),
        (STP, set()),
        (replace(BUY, quantity=D(0)), {"quantity"}),
        (replace(BUY, quantity=D(-5)), {"quantity"}),
        (replace(BUY, quantity=D("1.5")), {"quantity"}),
        (replace(BUY, limit_price=D(1)), {"limit_price"}),
        (replace(LMT, limit_price=None), {"limit_price"}),
        (replace(LMT, limit_price=D("190.005")), {"limit_price"}),
        (replace(LMT, limit_price=D(0)), {"limit_price"}),
        (replace(LMT, stop_price=D(1)), {"stop_price"}),
        (replace(STP, stop_price=None), {"stop_price"}),
        (replace(STP, time_in_force=TimeInForce.IOC), {"time_in_force"}),
        (replace(BUY, outside_rth=True), {"outside_rth"}),
        (replace(LMT, outside_rth=True), set()),
        (replace(STP, order_type=OrderType.STP_LMT), {"limit_price"}),
    ],
)
def test_shape(ticket: OrderTicket, fields: set[str]) -> None:
    assert set(validate_shape(ticket, D("0.01"))) == fields
