"""From when and until when orders work: times in force, auctions, hours, conditions, halts and locates."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tws_simulator.clock import ManualClock
from tws_simulator.events import OrderCancelled
from tws_simulator.model import Condition

from tests.unit.tws_simulator.trading import D, S, Trader

AAPL, MSFT = 265598, 272093
# A Tuesday, 10:00 in New York.
MORNING = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


@pytest.fixture
def trader(desk: Any) -> Trader:
    desk.pin("189.99", "190.01", "500", last="190")
    return Trader(desk)


@pytest.fixture
def stock_exchange(make_desk: Callable[..., Any]) -> Trader:
    """A trader on a Tuesday at 10:00 of New York's calendar."""
    desk = make_desk(calendar="exchange")
    desk.pin("189.99", "190.01", "500", last="190")
    return Trader(desk)


def hours(count: float) -> float:
    return count * 3600


def test_good_till_date_ends_an_order(trader: Trader) -> None:
    order = trader.limit("BUY", "180", time_in_force="GTD", good_till="20261124 10:30:00 US/Eastern")
    dashed = trader.limit("BUY", "180", time_in_force="GTD", good_till="20261124-15:45:00")
    trader.desk.pass_time(hours(0.5) - 1)
    assert order.status is S.SUBMITTED
    trader.desk.pass_time(1)
    assert (order.status, order.completed_status, dashed.status) == (S.CANCELLED, "Expired", S.SUBMITTED)
    trader.desk.pass_time(hours(0.25))
    assert dashed.status is S.CANCELLED
    assert next(row.text for row in trader.told if isinstance(row, OrderCancelled)).endswith("Order expired")


def test_an_order_good_after_a_time_waits_for_it(trader: Trader) -> None:
    order = trader.place(good_after="20261124 10:10:00 US/Eastern")
    assert (order.status, order.filled) == (S.PRE_SUBMITTED, D(0))
    trader.desk.pass_time(599)
    assert order.filled == 0
    trader.desk.pass_time(1)
    assert order.status is S.FILLED


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"time_in_force": "GTD"}, 334),
        ({"time_in_force": "GTD", "good_till": "20261124 09:00:00 US/Eastern"}, 334),
        ({"time_in_force": "GTD", "good_till": "tomorrow"}, 10314),
        ({"good_after": "25:00"}, 10315),
        ({"time_in_force": "GTX"}, 111),
    ],
)
def test_impossible_times_are_refused(trader: Trader, order: dict[str, Any], code: int) -> None:
    assert trader.refusal(kind="LMT", limit_price="180", **order) == code


def test_on_close_orders_trade_in_the_closing_auction_alone(stock_exchange: Trader) -> None:
    trader = stock_exchange
    market, good = trader.place(kind="MOC"), trader.place(kind="LOC", limit_price="190.50")
    bad = trader.place(kind="LOC", limit_price="189")
    trader.desk.pass_time(hours(6) - 1)
    assert {row.status for row in (market, good, bad)} == {S.PRE_SUBMITTED}
    trader.desk.pass_time(1)
    assert [row.status for row in (market, good, bad)] == [S.FILLED, S.FILLED, S.CANCELLED]
    assert {price for _, price in trader.fills()} == {D("190")}
    assert {row.venue for row in trader.executions()} == {"NASDAQ"}


def test_opening_orders_trade_at_the_next_opening(make_desk: Callable[..., Any], clock: ManualClock) -> None:
    clock.advance(-timedelta(hours=1))  # 9:00 in New York
    desk = make_desk(calendar="exchange")
    trader = Trader(desk)
    market = trader.place(time_in_force="OPG")
    high = trader.limit("BUY", "9000", time_in_force="OPG", quantity="10")
    low = trader.limit("BUY", "1", time_in_force="OPG")
    assert trader.warnings() == []
    desk.pass_time(1799)
    assert market.status is S.PRE_SUBMITTED
    desk.pass_time(1)
    assert [row.status for row in (market, high, low)] == [S.FILLED, S.FILLED, S.CANCELLED]
    assert trader.refusal(time_in_force="OPG") == 201  # too late for today's


def test_regular_orders_rest_after_hours_and_others_go_on(stock_exchange: Trader) -> None:
    trader = stock_exchange
    plain = trader.limit("BUY", "185", time_in_force="GTC")
    wide = trader.limit("BUY", "185", time_in_force="GTC", outside_rth=True)
    trader.desk.pass_time(hours(6.5))
    trader.desk.pin("184.98", "184.99", "1000")
    assert (plain.status, wide.status) == (S.SUBMITTED, S.FILLED)
    trader.desk.pass_time(hours(16.5) + 3600)
    assert plain.status is S.FILLED


def test_a_stop_is_not_set_off_outside_its_hours(stock_exchange: Trader) -> None:
    trader = stock_exchange
    stop = trader.place("SELL", kind="STP", stop_price="185", time_in_force="GTC")
    trader.desk.pass_time(hours(6.5))
    trader.desk.pin("180", "180.02", last="180")
    assert not stop.triggered
    trader.desk.pass_time(hours(17))
    assert (stop.status, stop.average_price) == (S.FILLED, D(180))


def test_outside_hours_is_dropped_for_auctions_with_a_warning(stock_exchange: Trader) -> None:
    order = stock_exchange.place(kind="MOC", outside_rth=True)
    assert stock_exchange.warnings() == [2109]
    assert order.ticket.outside_rth is False


def test_a_halt_refuses_new_orders_and_holds_the_others(trader: Trader) -> None:
    order = trader.limit("BUY", "189")
    trader.broker.halt(AAPL)
    trader.desk.pin("188.98", "189.00")
    assert (order.status, order.filled) == (S.SUBMITTED, D(0))
    assert trader.refusal() == 154
    trader.broker.resume(AAPL)
    assert order.status is S.FILLED


def test_a_price_condition_holds_an_order(trader: Trader) -> None:
    trader.desk.pin("400.00", "400.02", con_id=MSFT, last="400")
    wish = Condition(kind=1, is_more=True, value="405", con_id=MSFT, exchange="SMART")
    order = trader.place(conditions=[wish])
    assert (order.status, order.why_held) == (S.PRE_SUBMITTED, "")
    trader.desk.pin("405.00", "405.02", con_id=MSFT, last="405")
    trader.desk.pass_time()
    assert order.status is S.FILLED


def test_conditions_can_cancel_an_order(trader: Trader) -> None:
    wish = Condition(kind=3, is_more=True, value="20261124 10:05:00 US/Eastern")
    order = trader.limit("BUY", "180", conditions=[wish], conditions_cancel=True)
    assert order.status is S.SUBMITTED
    trader.desk.pass_time(299)
    assert order.status is S.SUBMITTED
    trader.desk.pass_time(1)
    assert order.status is S.CANCELLED


def test_and_binds_closer_than_or(trader: Trader) -> None:
    never = Condition(kind=3, is_more=True, value="20300101 00:00:00 US/Eastern")
    later = Condition(kind=3, is_more=True, value="20261124 10:05:00 US/Eastern")
    always = Condition(kind=3, is_more=True, value="20200101 00:00:00 US/Eastern")

    def joined(row: Condition, joins_and: bool) -> Condition:
        return Condition(row.kind, joins_and, row.is_more, row.value)

    alternative = trader.place(conditions=[joined(never, True), joined(always, False), joined(later, True)])
    both = trader.place(conditions=[joined(always, True), joined(never, True)])
    either = trader.place(conditions=[joined(never, False), joined(always, True)])
    assert (alternative.filled, both.filled, either.status) == (D(0), D(0), S.FILLED)
    trader.desk.pass_time(300)
    assert (alternative.status, both.filled) == (S.FILLED, D(0))


def test_conditions_on_executions_volume_change_and_margin(trader: Trader) -> None:
    trader.desk.pin("400.00", "400.02", con_id=MSFT)
    waits = [
        trader.limit("BUY", "191", "10", conditions=[row])
        for row in (
            Condition(kind=5, sec_type="STK", exchange="SMART", symbol="MSFT"),
            Condition(kind=6, is_more=True, value="1", con_id=AAPL, exchange="SMART"),
            Condition(kind=7, is_more=False, value="-99", con_id=AAPL, exchange="SMART"),
            Condition(kind=4, is_more=True, value="50"),
        )
    ]
    assert [row.status is S.FILLED for row in waits] == [False, True, False, True]
    trader.place(symbol="MSFT")
    trader.desk.pass_time()
    assert waits[0].status is S.FILLED
    assert waits[2].filled == 0


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        (Condition(kind=1, value="1", con_id=1), 147),
        (Condition(kind=1, value="x", con_id=AAPL), 147),
        (Condition(kind=1, value="1", con_id=AAPL, trigger_method=6), 146),
        (Condition(kind=3, value="soon"), 10314),
        (Condition(kind=5, symbol="AAPL"), 147),
    ],
)
def test_conditions_that_cannot_be_watched_are_refused(trader: Trader, condition: Condition, code: int) -> None:
    assert trader.refusal(conditions=[condition]) == code


def test_a_cancelled_order_never_comes_alive(trader: Trader) -> None:
    order = trader.place(good_after="20261124 10:10:00 US/Eastern")
    trader.cancel(order)
    trader.desk.pass_time(601)
    assert (order.status, order.filled) == (S.CANCELLED, D(0))


def test_waiting_orders_wait_on_after_a_restart(trader: Trader) -> None:
    timed = trader.place(good_after="20261124 10:10:00 US/Eastern", time_in_force="GTC")
    stop = trader.place("SELL", kind="STP", stop_price="185", time_in_force="GTC")
    resting = trader.limit("BUY", "185", time_in_force="GTC")
    trader.broker.reload()
    told = len(trader.told)
    trader.desk.pass_time()
    assert len(trader.told) == told
    trader.desk.pin("184.98", "185.00", last="185")
    assert [row.status for row in (timed, stop, resting)] == [S.PRE_SUBMITTED, S.FILLED, S.FILLED]
    assert resting.average_price == D(185)
    trader.desk.pass_time(600)
    assert timed.status is S.FILLED
