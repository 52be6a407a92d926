"""Each order type: when it trades and at what price."""

from typing import Any

import pytest
from tws_simulator.exchange.quote import Level

from tests.unit.tws_simulator.trading import D, S, Trader


@pytest.fixture
def trader(desk: Any) -> Trader:
    desk.pin("189.99", "190.01", "500", last="190")
    return Trader(desk)


def pin_book(desk: Any, bids: list[tuple[str, str]], asks: list[tuple[str, str]]) -> None:
    """Hold a market with levels behind the best prices."""
    desk.pin(bids[0][0], asks[0][0])
    pinned = desk.broker.market.pinned[265598]
    quote = pinned.quote
    desk.broker.market.pin(
        desk.broker.instrument(265598),
        type(quote)(quote.bid, quote.ask, D(bids[0][1]), D(asks[0][1]), quote.last, quote.last_size, quote.last_at),
        desk.clock.now(),
        replenish=False,
    )
    pinned = desk.broker.market.pinned[265598]
    pinned.bids = tuple(Level(D(price), D(size), "ARCA") for price, size in bids[1:])
    pinned.asks = tuple(Level(D(price), D(size), "ARCA") for price, size in asks[1:])


def test_a_large_order_walks_the_levels_up_to_its_limit(trader: Trader) -> None:
    pin_book(trader.desk, [("189.99", "100")], [("190.01", "100"), ("190.02", "200"), ("190.05", "300")])
    order = trader.limit("BUY", "190.02", "500")
    assert trader.fills() == [(D(100), D("190.01")), (D(200), D("190.02"))]
    assert (order.status, order.remaining) == (S.SUBMITTED, D(200))
    assert [row.venue for row in trader.executions()][1] == "ARCA"
    assert trader.place(quantity="300").average_price == D("190.05")


@pytest.mark.parametrize("kind", ["MKT", "MTL"])
def test_a_market_order_takes_any_price_whatever_limit_is_written_on_it(trader: Trader, kind: str) -> None:
    order = trader.place(kind=kind, limit_price="1")
    assert (order.status, order.average_price) == (S.FILLED, D("190.01"))


def test_a_trailing_stop_follows_the_last_price_and_never_falls_back(trader: Trader) -> None:
    order = trader.place("SELL", kind="TRAIL", stop_price="1", trail_stop_price="189")
    assert (order.status, order.why_held, order.stop_now) == (S.PRE_SUBMITTED, "trigger", D("189"))
    trader.desk.pin("192.00", "192.02")
    assert order.stop_now == D("191.00")
    trader.desk.pin("191.50", "191.52")
    assert (order.stop_now, order.filled) == (D("191.00"), D(0))
    trader.desk.pin("190.90", "190.92")
    assert (order.status, order.average_price) == (S.FILLED, D("190.90"))


def test_a_trailing_percentage_starts_from_the_market(trader: Trader) -> None:
    order = trader.place("BUY", kind="TRAIL", trailing_percent="2")
    assert order.stop_now == D("193.80")
    trader.desk.pin("179.99", "180.01", last="180")
    assert order.stop_now == D("183.60")
    trader.desk.pin("183.60", "183.62")
    assert (order.status, order.average_price) == (S.FILLED, D("183.62"))


def test_a_trailing_limit_moves_its_limit_along(trader: Trader) -> None:
    order = trader.place("SELL", kind="TRAIL LIMIT", stop_price="1", trail_stop_price="189", limit_offset="0.25")
    assert order.limit_now == D("188.75")
    trader.desk.pin("192.00", "192.02")
    assert (order.stop_now, order.limit_now) == (D("191.00"), D("190.75"))
    trader.desk.pin("190.50", "190.52")
    assert (order.triggered, order.filled) == (True, D(0))
    trader.desk.pin("190.80", "190.82")
    assert (order.status, order.average_price) == (S.FILLED, D("190.75"))


def test_a_change_of_size_leaves_a_trailing_stop_where_it_is(trader: Trader) -> None:
    order = trader.place("SELL", kind="TRAIL", stop_price="1", trail_stop_price="189")
    trader.desk.pin("192.00", "192.02")
    trader.place("SELL", "50", "TRAIL", stop_price="1", trail_stop_price="189", order_id=order.order_id)
    assert (order.ticket.quantity, order.stop_now) == (D(50), D("191.00"))


@pytest.mark.parametrize(("kind", "more"), [("MIT", {}), ("LIT", {"limit_price": "188.5"})])
def test_touched_orders_wait_for_a_better_price(trader: Trader, kind: str, more: dict[str, str]) -> None:
    order = trader.place("BUY", kind=kind, stop_price="188", **more)
    assert (order.status, order.why_held) == (S.PRE_SUBMITTED, "trigger")
    trader.desk.pin("191.00", "191.02")
    assert not order.triggered
    trader.desk.pin("187.98", "188.00")
    assert (order.status, order.average_price) == (S.FILLED, D("188.00"))


def test_market_to_limit_rests_at_the_price_it_got(trader: Trader) -> None:
    order = trader.place(quantity="800", kind="MTL")
    assert (order.filled, order.limit_now, order.status) == (D(500), D("190.01"), S.SUBMITTED)
    trader.desk.pin("190.05", "190.07")
    assert order.filled == 500
    trader.desk.pin("189.99", "190.01")
    assert (order.status, order.average_price) == (S.FILLED, D("190.01"))


def test_a_relative_order_stands_at_its_offset_from_the_best_price_up_to_its_cap(trader: Trader) -> None:
    order = trader.place("BUY", kind="REL", stop_price="0.02", limit_price="190.50")
    book = trader.broker._working.lane(265598).book
    assert order.filled == 100 or book.price(order.perm_id) is not None
    trader.desk.pin("190.10", "190.20")
    second = trader.place("BUY", kind="REL", stop_price="0.02", limit_price="190.50")
    assert book.price(second.perm_id) == D("190.12")
    trader.desk.pin("190.48", "190.60")
    assert book.price(second.perm_id) == D("190.50")
    trader.desk.pin("190.60", "190.70")
    assert book.price(second.perm_id) == D("190.50")


def test_pegged_orders_follow_the_quote(trader: Trader) -> None:
    trader.desk.pin("190.00", "190.10")
    market = trader.place("BUY", kind="PEG MKT", stop_price="0.03")
    middle = trader.place("BUY", kind="MIDPRICE")
    capped = trader.place("BUY", kind="MIDPRICE", limit_price="190.02")
    book = trader.broker._working.lane(265598).book
    stands = [book.price(row.perm_id) for row in (market, middle, capped)]
    assert stands == [D("190.07"), D("190.05"), D("190.02")]
    trader.desk.pin("190.20", "190.31")
    stands = [book.price(row.perm_id) for row in (market, middle, capped)]
    assert stands == [D("190.28"), D("190.255"), D("190.02")]
    assert {row.status for row in (market, middle, capped)} == {S.SUBMITTED}


def test_pegged_orders_for_the_ats_go_there_only(trader: Trader) -> None:
    assert trader.refusal(kind="PEG MID") == 387
    assert trader.refusal(kind="PEG BEST") == 387


def test_a_discretionary_amount_reaches_beyond_the_limit(trader: Trader) -> None:
    order = trader.limit("BUY", "189.90", discretionary_amount="0.05")
    assert order.status is S.SUBMITTED
    trader.desk.pin("189.93", "189.96")
    assert order.filled == 0
    trader.desk.pin("189.92", "189.95")
    assert (order.status, order.average_price) == (S.FILLED, D("189.95"))


def test_all_or_none_and_minimum_quantities_wait_for_enough(trader: Trader) -> None:
    whole = trader.limit("BUY", "190.01", "600", all_or_none=True)
    part = trader.limit("BUY", "190.01", "900", minimum_quantity=550)
    assert (whole.filled, part.filled) == (D(0), D(0))
    trader.desk.pin("189.99", "190.01", "600")
    assert (whole.status, part.filled) == (S.FILLED, D(0))
    trader.desk.pin("189.99", "190.01", "560")
    assert part.filled == 560
    trader.desk.pin("189.99", "190.01", "10")
    assert part.filled == 570


def test_fill_or_kill_takes_all_or_nothing(trader: Trader) -> None:
    killed = trader.limit("BUY", "190.01", "501", time_in_force="FOK")
    filled = trader.limit("BUY", "190.01", "500", time_in_force="FOK")
    assert (killed.status, killed.filled, filled.status) == (S.CANCELLED, D(0), S.FILLED)


@pytest.mark.parametrize(
    ("method", "quotes", "reached"),
    [
        (1, [("189.5", "190", "188.9"), ("188.8", "189.0", "190")], False),
        (1, [("188.8", "189.0", "190"), ("188.7", "188.9", "190")], True),
        (2, [("189.5", "190", "189")], True),
        (3, [("189.5", "190", "189")], False),
        (3, [("189.5", "190", "189"), ("189.4", "190", "189")], True),
        (4, [("189.5", "190", "188")], False),
        (4, [("188.8", "189", "190")], True),
        (7, [("189.5", "190", "189")], True),
        (7, [("188.8", "189", "190")], True),
        (8, [("188.5", "189.6", "190")], False),
        (8, [("188.5", "189.5", "190")], True),
    ],
)
def test_trigger_methods(trader: Trader, method: int, quotes: list[tuple[str, str, str]], reached: bool) -> None:
    order = trader.place("SELL", kind="STP", stop_price="189", trigger_method=method)
    for bid, ask, last in quotes:
        trader.desk.pin(bid, ask, last=last)
    assert order.triggered is reached


def test_one_quote_counts_once_for_the_methods_that_want_two(trader: Trader) -> None:
    trader.desk.pin("188.98", "189.00", last="189")
    order = trader.place("SELL", kind="STP", stop_price="189", trigger_method=3)
    trader.desk.pass_time()
    trader.desk.pass_time()
    assert not order.triggered
    trader.desk.pin("188.97", "188.99", last="188.97")
    assert order.triggered


def test_a_stop_attached_to_a_parent_is_adjusted_to_a_trailing_one(trader: Trader) -> None:
    parent = trader.place(quantity="100", transmit=False)
    stop = trader.place(
        "SELL",
        kind="STP",
        stop_price="188",
        parent_id=parent.order_id,
        adjusted_order_type="TRAIL",
        adjusted_trigger="192",
        adjusted_stop="190",
        adjusted_trail="1",
    )
    assert (parent.status, stop.stop_now) == (S.FILLED, D(188))
    trader.desk.pin("192.00", "192.02", last="192")
    assert (stop.ticket.order_type, stop.stop_now) == ("TRAIL", D(191))
    trader.desk.pin("193.00", "193.02", last="193")
    assert stop.stop_now == D(192)
    trader.desk.pin("191.90", "191.92", last="191.9")
    assert (stop.status, stop.average_price) == (S.FILLED, D("191.90"))


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"kind": "MOC", "time_in_force": "GTC"}, 113),
        ({"kind": "MIDPRICE", "time_in_force": "GTC"}, 111),
        ({"kind": "TRAIL", "stop_price": "1", "time_in_force": "IOC"}, 111),
        ({"kind": "STP", "stop_price": "1", "time_in_force": "OPG"}, 111),
        ({"kind": "MKT PRT"}, 387),
        ({"kind": "PEG BENCH"}, 387),
        ({"kind": "TRAIL", "stop_price": "1", "trailing_percent": "2"}, 321),
        ({"kind": "TRAIL LIMIT", "stop_price": "1", "limit_offset": "0.1"}, 403),
        ({"kind": "TRAIL LIMIT", "stop_price": "1", "trail_stop_price": "180"}, 321),
        ({"kind": "LMT", "limit_price": "1", "trigger_method": 5}, 146),
        ({"kind": "LMT", "limit_price": "1", "display_size": -1}, 321),
        ({"kind": "MKT", "discretionary_amount": "1"}, 321),
        ({"kind": "STP", "stop_price": "1", "adjusted_order_type": "TRAIL"}, 328),
        ({"kind": "LMT", "limit_price": "1", "adjusted_order_type": "TRAIL"}, 387),
        ({"kind": "MKT", "short_sale_slot": 1}, 348),
        ({"action": "SELL", "kind": "MKT", "short_sale_slot": 2}, 352),
        ({"action": "SELL", "kind": "MKT", "short_sale_slot": 1, "designated_location": "x"}, 353),
        ({"kind": "MKT", "short_sale_slot": 3}, 347),
        ({"kind": "MKT", "cash_quantity": D(100)}, 10244),
        ({"kind": "MKT", "obsolete": [10268]}, 10268),
    ],
)
def test_what_does_not_go_together_is_refused(trader: Trader, order: dict[str, Any], code: int) -> None:
    assert trader.refusal(**order) == code
    assert trader.told == []
