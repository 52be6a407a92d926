"""Orders in futures, options, currency pairs, indices, and in shares that must be borrowed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.ledger.options import LedgerRules
from tws_simulator.model import ContractSpec

from tests.unit.tws_simulator.trading import D, S, Trader


@pytest.fixture
def trader(desk: Any) -> Trader:
    return Trader(desk)


def named(trader: Trader, symbol: str, sec_type: str, exchange: str, **more: Any) -> Instrument:
    """The first contract of a description."""
    spec = ContractSpec(symbol=symbol, sec_type=sec_type, exchange=exchange, currency="USD", **more)
    return trader.broker.book.find_all(spec)[0]


def spec_of(instrument: Instrument) -> ContractSpec:
    return ContractSpec(con_id=instrument.con_id, exchange=instrument.exchanges[0])


def test_protected_market_orders_of_futures_have_a_limit(trader: Trader) -> None:
    future = named(trader, "ES", "FUT", "CME")
    trader.desk.pin("6000.00", "6000.25", "5", con_id=future.con_id, last="6000")
    order = trader.place(quantity="8", kind="MKT PRT", contract=spec_of(future))
    assert (order.filled, order.limit_now) == (D(5), D("6030.25"))
    trader.desk.pin("6040.00", "6040.25", "5", con_id=future.con_id)
    assert (order.filled, order.status) == (D(5), S.SUBMITTED)
    stop = trader.place("SELL", "2", "STP PRT", stop_price="5990", contract=spec_of(future))
    trader.desk.pin("5985.00", "5985.25", "50", con_id=future.con_id, last="5985")
    assert (order.status, stop.status, stop.average_price) == (S.FILLED, S.FILLED, D(5985))


def test_option_orders_keep_to_one_side(trader: Trader) -> None:
    option = named(trader, "AAPL", "OPT", "SMART", right="C")
    trader.desk.pin("5.00", "5.10", "50", con_id=option.con_id, last="5.05")
    bid = trader.limit("BUY", "4.50", "1", contract=spec_of(option))
    refused = trader.limit("SELL", "5.50", "1", contract=spec_of(option))
    assert (bid.status, refused.status) == (S.SUBMITTED, S.INACTIVE)
    assert "both sides of the same US Option contract" in refused.reject_text
    trader.cancel(bid)
    parent = trader.limit("BUY", "4.50", "1", contract=spec_of(option), transmit=False)
    child = trader.limit("SELL", "9.00", "1", contract=spec_of(option), parent_id=parent.order_id)
    assert (parent.status, child.why_held) == (S.SUBMITTED, "child")


def test_options_do_not_trade_outside_their_hours(trader: Trader) -> None:
    option = named(trader, "AAPL", "OPT", "SMART", right="C")
    order = trader.limit("BUY", "0.05", "1", contract=spec_of(option), outside_rth=True)
    assert (trader.warnings(), order.ticket.outside_rth) == ([2109], False)


def test_small_currency_orders_are_odd_lots(trader: Trader) -> None:
    pair = named(trader, "EUR", "CASH", "IDEALPRO")
    trader.desk.pin("1.08950", "1.08960", "1000000", con_id=pair.con_id)
    small = trader.place(quantity="1000.50", contract=spec_of(pair))
    assert (small.status, small.average_price, trader.warnings()) == (S.FILLED, D("1.08960"), [399])
    large = trader.place(quantity="25000", contract=spec_of(pair))
    assert (large.status, trader.warnings()) == (S.FILLED, [399])


@pytest.mark.parametrize(
    ("contract", "order", "code"),
    [
        (("EUR", "CASH", "IDEALPRO"), {"kind": "MOC"}, 387),
        (("EUR", "CASH", "IDEALPRO"), {"kind": "MTL"}, 387),
        (("EUR", "CASH", "IDEALPRO"), {"quantity": "1.005"}, 355),
        (("EUR", "CASH", "IDEALPRO"), {"time_in_force": "OPG"}, 111),
        (("EUR", "CASH", "IDEALPRO"), {"kind": "LMT", "limit_price": "1.08951"}, 110),
        (("ES", "FUT", "CME"), {"kind": "LMT", "limit_price": "6000.10"}, 110),
        (("ES", "FUT", "CME"), {"quantity": "0.5"}, 10243),
        (("ES", "FUT", "CME"), {"kind": "MIDPRICE"}, 387),
    ],
)
def test_each_kind_of_contract_has_its_rules(
    trader: Trader, contract: tuple[str, str, str], order: dict[str, Any], code: int
) -> None:
    found = named(trader, *contract)
    trader.broker.quote(found.con_id)
    assert trader.refusal(contract=spec_of(found), **order) == code


def test_an_index_is_not_traded(trader: Trader) -> None:
    assert trader.refusal(contract=ContractSpec(symbol="SPX", sec_type="IND", exchange="CBOE")) in {203, 412}


def test_shares_to_borrow_are_looked_for(make_desk: Callable[..., Any]) -> None:
    desk = make_desk(rules=LedgerRules(locate_after=timedelta(seconds=30)))
    trader = Trader(desk)
    hard = next(row for row in desk.broker.book if row.shortable == "hard" and row.currency == "USD")
    desk.pin("100.00", "100.02", "500", con_id=hard.con_id)
    order = trader.place("SELL", "10", contract=spec_of(hard))
    assert (order.status, order.why_held, trader.warnings()) == (S.PRE_SUBMITTED, "locate", [404])
    desk.pass_time(29)
    assert order.filled == 0
    desk.pass_time(1)
    assert (order.status, order.why_held) == (S.FILLED, "")
    none = next(row for row in desk.broker.book if row.shortable == "none" and row.sec_type == "STK")
    refused = trader.place("SELL", "10", contract=spec_of(none))
    assert (refused.status, "short sale" in refused.reject_text) == (S.INACTIVE, True)


def test_a_preview_looks_for_no_shares(make_desk: Callable[..., Any]) -> None:
    desk = make_desk()
    trader = Trader(desk)
    hard = next(row for row in desk.broker.book if row.shortable == "hard" and row.currency == "USD")
    ticket = trader.limit("SELL", "9999", "1").ticket
    desk.broker.preview(client_id=1, order_id=9, contract=spec_of(hard), ticket=ticket)
    assert desk.broker.account("").locates == {}
