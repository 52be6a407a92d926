"""Accounts that trade what the catalogue offers: currency pairs, futures, options, prices in pence."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.orders import Order
from tws_simulator.ledger.options import parse_account
from tws_simulator.model import ContractSpec, OrderTicket

from tests.unit.tws_simulator.conftest import Client

D = Decimal
AAPL = 265598


class Trader:
    """Trades at pinned prices."""

    def __init__(self, desk: Any) -> None:
        self.desk = desk
        self.broker = desk.broker
        self.number = 0

    def find(self, **spec: Any) -> Instrument:
        return self.broker.book.find_all(ContractSpec(**spec))[0]

    def pin(self, what: Instrument, bid: object, ask: object) -> None:
        self.desk.pin(str(bid), str(ask), "10000000", con_id=what.con_id, replenish=True)

    def trade(self, what: Instrument, side: str, quantity: object) -> Order:
        self.number += 1
        spec = ContractSpec(con_id=what.con_id, exchange=what.exchanges[0])
        ticket = OrderTicket(side, D(str(quantity)), "MKT", outside_rth=what.sec_type == "STK")
        self.broker.place(client_id=1, order_id=self.number, contract=spec, ticket=ticket)
        order = self.broker.find(1, self.number)
        assert order.filled == order.ticket.quantity, order.reject_text
        return order

    def quantity(self, what: Instrument) -> Decimal:
        return self.broker.account("").quantity(what.con_id)


@pytest.fixture
def trader(desk: Any) -> Trader:
    return Trader(desk)


def test_a_currency_trade_exchanges_cash_and_shows_a_virtual_position(trader: Trader, client: Client) -> None:
    pair = trader.find(symbol="EUR", sec_type="CASH", currency="USD", exchange="IDEALPRO")
    trader.pin(pair, "1.0895", "1.0896")
    client.ask(6, 2, 1, "")
    client.ask(61, 1)
    client.news()
    order = trader.trade(pair, "BUY", 50_000)
    assert trader.broker.account("").cash == {"USD": D(1_000_000) - 54_480 - 2, "EUR": D(50_000)}
    assert order.commission == 2
    trader.desk.pass_time()
    news = client.news()
    assert [row[14] for row in news if row[0] == "61"] == ["50000"]
    assert [row for row in news if row[0] == "7"] == []
    assert ("CashBalance", "50000.00", "EUR") in {row[2:5] for row in news if row[0] == "6"}
    rates = {row[3] for row in news if row[0] == "6" and row[2] == "ExchangeRate" and row[4] == "EUR"}
    assert rates == {"1.08955"}


def test_profit_of_a_currency_trade_is_told_in_the_base_currency(trader: Trader) -> None:
    pair = trader.find(symbol="USD", sec_type="CASH", currency="JPY", exchange="IDEALPRO")
    trader.pin(pair, "149.995", "150.000")
    trader.trade(pair, "BUY", 50_000)
    trader.pin(pair, "151.500", "151.505")
    trader.trade(pair, "SELL", 50_000)
    closing = trader.broker.state.executions[-1]
    assert closing.currency == "USD"
    assert closing.realized_pnl is not None
    assert abs(closing.realized_pnl - D(75_000) / D("151.5025")) < D("0.01")


def test_a_future_is_settled_into_cash_at_the_turn_of_the_day(trader: Trader, client: Client) -> None:
    future = trader.find(symbol="ES", sec_type="FUT", exchange="CME")
    trader.pin(future, "6000.00", "6000.25")
    trader.trade(future, "BUY", 2)
    account = trader.broker.account("")
    assert account.cash["USD"] == D("999995.50")
    (row,) = [row for row in client.ask(6, 2, 1, "") if row[0] == "7"]
    assert D(row[15]) == 2 * 50 * D(row[14])  # the market value of a future is its notional value
    assert D(row[16]) == D("6000.25") * 50 + D("2.25")
    trader.pin(future, "6010.00", "6010.25")
    before = trader.broker.balances("").net_liquidation
    trader.desk.pass_time(86_400)
    assert account.cash["USD"] == D("999995.50") + 2 * 50 * (trader.broker.mark(future.con_id) - D("6000.25"))
    assert trader.broker.balances("").net_liquidation == before


def test_a_future_is_paid_out_at_its_end(trader: Trader) -> None:
    future = trader.find(symbol="MES", sec_type="FUT", exchange="CME")
    trader.pin(future, "6000.00", "6000.25")
    trader.trade(future, "SELL", 3)
    last = future.expiry
    trader.desk.clock.advance(timedelta(days=int(last[6:]) - 24 + 30 * (int(last[4:6]) - 11)))
    trader.desk.gateway.tick()
    assert trader.quantity(future) == -3
    trader.desk.pass_time(86_400)
    assert trader.quantity(future) == 0


def test_a_share_in_pence_is_paid_in_pounds(trader: Trader) -> None:
    share = trader.find(symbol="VOD", sec_type="STK", currency="GBP", exchange="LSE")
    trader.pin(share, "75.40", "75.50")
    trader.trade(share, "BUY", 1_000)
    assert trader.broker.account("").cash["GBP"] == -(D(755) + 3)
    assert trader.broker.account("").position(share.con_id).average_cost == D("0.758")
    trader.trade(share, "SELL", 1_000)
    assert trader.broker.state.executions[-1].realized_pnl == D(754) - D(758) - 3


@pytest.mark.parametrize(("spot", "shares"), [("190", 0), ("260", 200)])
def test_an_option_ends_overnight_without_an_execution(trader: Trader, client: Client, spot: str, shares: int) -> None:
    """Scenario: positions change, no execution and no order tells of it."""
    stock = trader.broker.instrument(AAPL)
    trader.pin(stock, "219.99", "220.01")
    calls = trader.broker.book.find_all(
        ContractSpec(symbol="AAPL", sec_type="OPT", exchange="SMART", right="C", strike=D(220))
    )
    call = calls[0]
    trader.trade(call, "BUY", 2)
    client.ask(61, 1)
    client.news()
    price = D(spot)
    trader.pin(stock, price - D("0.01"), price + D("0.01"))
    for _ in range(5):
        trader.desk.pass_time(86_400)
        if not trader.quantity(call):
            break
    assert (trader.quantity(call), trader.quantity(stock)) == (0, shares)
    news = client.news()
    assert not {row[0] for row in news} & {"11", "59", "5", "3"}
    told = {row[3]: row[14] for row in news if row[0] == "61"}
    assert told[str(call.con_id)] == "0"
    assert told.get(str(AAPL), "0") == str(shares)


def test_a_covered_call_in_a_cash_account_is_assigned(make_desk: Callable[..., Any]) -> None:
    option = parse_account("DU5:type=cash,cash=USD:25000")
    trader = Trader(make_desk(accounts=("DU5",), account_options={"DU5": option}))
    stock = trader.broker.instrument(AAPL)
    trader.pin(stock, "219.99", "220.01")
    call = trader.find(symbol="AAPL", sec_type="OPT", exchange="SMART", right="C", strike=D(220))
    trader.trade(stock, "BUY", 100)
    trader.trade(call, "SELL", 1)
    cash = trader.broker.account("").cash["USD"]
    trader.broker.ledger.assign("DU5", call.con_id, D(1))
    assert (trader.quantity(stock), trader.quantity(call)) == (0, 0)
    assert trader.broker.account("").cash["USD"] == cash + 22_000
