"""Orders of several clients in one book: priority, crossing, queues, icebergs, limits."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tws_simulator.exchange.book import Book
from tws_simulator.exchange.fill_models import MODELS
from tws_simulator.exchange.market import Market, Print
from tws_simulator.model import ContractSpec

from tests.unit.tws_simulator.trading import D, S, Trader

AAPL = 265598


@pytest.fixture
def pair(make_desk: Callable[..., Any]) -> tuple[Trader, Trader]:
    """Two clients with an account each."""
    desk = make_desk(accounts=("DU1", "DU2"))
    desk.pin("189.90", "190.10", "500", last="190")
    return Trader(desk, 1, "DU1"), Trader(desk, 2, "DU2")


def use_model(trader: Trader, name: str) -> None:
    trader.broker._trading.model = MODELS[name]()


def test_a_book_is_ordered_by_price_then_priority() -> None:
    book = Book()
    for perm_id, price, priority in [(1, "10", 1), (2, "11", 2), (3, "10", 3), (4, "9", 4)]:
        book.put(perm_id, is_buy=True, price=D(price), priority=priority)
    book.put(5, is_buy=True, price=None, priority=9)
    assert list(book.in_order(is_buy=True)) == [5, 2, 1, 3, 4]
    assert book.reached_by(D(10), is_buy=True) == [5, 2, 1, 3]
    book.put(1, is_buy=True, price=D(12), priority=10)
    assert list(book.in_order(is_buy=True)) == [5, 1, 2, 3, 4]
    book.take_out(2)
    book.take_out(2)
    assert (len(book), book.best(is_buy=True), book.best(is_buy=False)) == (4, 5, None)
    sells = Book()
    for perm_id, price in [(1, "10"), (2, "9")]:
        sells.put(perm_id, is_buy=False, price=D(price), priority=perm_id)
    assert sells.reached_by(D(9), is_buy=False) == [2]


def test_clients_trade_with_each_other_inside_the_quote(pair: tuple[Trader, Trader]) -> None:
    seller, buyer = pair
    resting = seller.limit("SELL", "190.00", "80")
    order = buyer.place(quantity="100")
    assert [(row.quantity, row.price, row.account) for row in buyer.executions()] == [
        (D(80), D("190.00"), "DU2"),
        (D(80), D("190.00"), "DU1"),
        (D(20), D("190.10"), "DU2"),
    ]
    assert (resting.status, order.status) == (S.FILLED, S.FILLED)
    assert [row.added_liquidity for row in buyer.executions()] == [False, True, False]


def test_the_better_price_then_the_older_order_comes_first(pair: tuple[Trader, Trader]) -> None:
    seller, buyer = pair
    late = seller.limit("SELL", "190.05", "50")
    early = seller.limit("SELL", "190.00", "50")
    second = seller.limit("SELL", "190.00", "50")
    buyer.place(quantity="70")
    assert [row.filled for row in (early, second, late)] == [D(50), D(20), D(0)]


def test_a_limit_below_a_resting_price_does_not_cross(pair: tuple[Trader, Trader]) -> None:
    seller, buyer = pair
    resting = seller.limit("SELL", "190.00", "80")
    order = buyer.limit("BUY", "189.99", "100")
    assert (resting.filled, order.filled) == (D(0), D(0))
    buyer.limit("BUY", "190.00", "100", order_id=order.order_id)
    assert (resting.status, order.filled, order.remaining) == (S.FILLED, D(80), D(20))


def test_an_order_that_follows_the_quote_meets_one_that_rests(pair: tuple[Trader, Trader]) -> None:
    seller, buyer = pair
    resting = seller.limit("SELL", "190.05", "80")
    order = buyer.place(quantity="100", kind="MIDPRICE")
    assert (order.filled, resting.filled) == (D(0), D(0))
    seller.desk.pin("190.00", "190.14", "500", last="190")
    assert (order.filled, order.average_price, resting.status) == (D(80), D("190.05"), S.FILLED)


def test_an_account_does_not_trade_with_itself(pair: tuple[Trader, Trader]) -> None:
    seller, _ = pair
    resting = seller.limit("SELL", "190.00", "80")
    seller.place(quantity="50")
    assert (resting.filled, seller.fills()) == (D(0), [(D(50), D("190.10"))])


def test_cash_only_moves_between_two_who_cross(pair: tuple[Trader, Trader]) -> None:
    seller, buyer = pair
    ledger = seller.broker.ledger
    before = sum(ledger.balances(name).net_liquidation for name in ("DU1", "DU2"))
    seller.limit("SELL", "190.00", "80")
    buyer.limit("BUY", "190.00", "80")
    after = sum(ledger.balances(name).net_liquidation for name in ("DU1", "DU2"))
    fees = sum(row.commission for row in buyer.executions())
    assert before - after == fees > 0
    assert [ledger.account(name).quantity(AAPL) for name in ("DU1", "DU2")] == [D(-80), D(80)]


def test_a_change_of_price_loses_the_place_and_a_smaller_size_keeps_it(pair: tuple[Trader, Trader]) -> None:
    seller, buyer = pair
    first, second = seller.limit("SELL", "190.00", "50"), seller.limit("SELL", "190.00", "50")
    seller.limit("SELL", "190.00", "40", order_id=first.order_id)
    buyer.place(quantity="40")
    assert (first.status, second.filled) == (S.FILLED, D(0))
    third = seller.limit("SELL", "190.00", "50")
    seller.limit("SELL", "190.01", "50", order_id=second.order_id)
    seller.limit("SELL", "190.00", "50", order_id=second.order_id)
    buyer.place(quantity="50")
    assert (third.status, second.filled) == (S.FILLED, D(0))


def test_a_resting_all_or_none_order_is_passed_over_by_less(pair: tuple[Trader, Trader]) -> None:
    seller, buyer = pair
    whole = seller.limit("SELL", "190.00", "80", all_or_none=True)
    buyer.place(quantity="50")
    assert (whole.filled, buyer.fills()[0][1]) == (D(0), D("190.10"))
    buyer.place(quantity="80")
    assert whole.status is S.FILLED


def unpinned(make_desk: Callable[..., Any], model: str) -> Trader:
    desk = make_desk()
    trader = Trader(desk)
    use_model(trader, model)
    return trader


def slots_until_done(trader: Trader, model_price: str, limit: int = 4000) -> int:
    """How many slots pass until an order at the bid, or at the middle, is filled."""
    quote = trader.broker.quote(AAPL)
    price = quote.bid if model_price == "bid" else quote.ask - D("0.01")
    order = trader.limit("BUY", str(price), "100")
    for slot in range(limit):
        if order.is_done:
            return slot
        trader.desk.pass_time()
    return limit


def test_an_order_in_the_queue_waits_longer_than_one_that_is_touched(make_desk: Callable[..., Any]) -> None:
    touched = slots_until_done(unpinned(make_desk, "touch"), "bid")
    queued = slots_until_done(unpinned(make_desk, "queue"), "bid")
    assert touched <= queued < 4000


def test_the_queue_begins_with_the_size_shown(make_desk: Callable[..., Any]) -> None:
    trader = unpinned(make_desk, "queue")
    quote = trader.broker.quote(AAPL)
    at_bid = trader.limit("BUY", str(quote.bid))
    assert at_bid.queue_ahead == quote.bid_size
    inside = trader.limit("SELL", str(quote.ask - D("0.01")))
    assert inside.queue_ahead in {D(0), quote.ask_size} or inside.filled


def test_the_middle_fills_in_a_market_that_stands_still(pair: tuple[Trader, Trader]) -> None:
    seller, _ = pair
    use_model(seller, "touch")
    order = seller.limit("BUY", "190.00", "100")
    for _ in range(40):
        seller.desk.pass_time()
    assert order.filled == 0
    use_model(seller, "mid")
    again = seller.limit("BUY", "190.00", "100")
    low = seller.limit("BUY", "189.95", "100")
    seller.desk.pin("189.90", "190.10", "500", last="190")
    for _ in range(40):
        seller.desk.pass_time()
    assert (again.status, again.average_price, low.filled) == (S.FILLED, D("190.00"), D(0))


def test_an_iceberg_goes_back_in_the_queue_with_each_part_it_shows(
    pair: tuple[Trader, Trader], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = pair
    monkeypatch.setattr(Market, "print_in", lambda *_: Print(D(150), hits_bid=True))
    iceberg = first.limit("BUY", "189.95", "250", display_size=100)
    plain = second.limit("BUY", "189.95", "120")
    shares = []
    for _ in range(4):
        first.desk.pass_time()
        first.desk.pin("189.90", "190.10", "500", last="190")
        shares.append((iceberg.filled, plain.filled))
    assert shares == [(D(100), D(50)), (D(180), D(120)), (D(250), D(120)), (D(250), D(120))]


def test_twenty_working_orders_on_one_side_are_enough(pair: tuple[Trader, Trader]) -> None:
    one, other = pair
    for _ in range(20):
        one.limit("BUY", "150", "1")
    refused = one.limit("BUY", "150", "1")
    assert (refused.status, "maximum of 20" in refused.reject_text) == (S.INACTIVE, True)
    assert one.limit("SELL", "250", "1").status is S.SUBMITTED
    assert other.limit("BUY", "150", "1").status is S.SUBMITTED
    one.broker.max_open_orders = 0
    assert one.limit("BUY", "150", "1").status is S.SUBMITTED


def test_a_thousand_orders_cost_little_while_nothing_moves(make_desk: Callable[..., Any]) -> None:
    desk = make_desk()
    stocks = [row for row in desk.broker.book if row.sec_type == "STK" and row.currency == "USD"][:50]
    trader = Trader(desk)
    for instrument in stocks:
        quote = desk.broker.quote(instrument.con_id)
        desk.broker.market.pin(instrument, quote, desk.clock.now(), replenish=True)
        spec = ContractSpec(con_id=instrument.con_id, exchange="SMART")
        price = (quote.bid * D("0.8")).quantize(D("0.01"))
        for _ in range(20):
            trader.place(quantity="1", kind="LMT", limit_price=price, time_in_force="GTC", contract=spec)
    assert len(desk.broker.open) == 1000
    spent = []
    for _ in range(10):
        desk.clock.advance(timedelta(seconds=0.25))
        start = time.perf_counter()
        desk.broker.tick()
        spent.append(time.perf_counter() - start)
    assert min(spent) < 0.005
