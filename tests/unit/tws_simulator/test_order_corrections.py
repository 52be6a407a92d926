"""Executions that are corrected, busted, or made by IB itself."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tws_simulator.broker import CorrectionError
from tws_simulator.events import AccountNotice, CommissionReported
from tws_simulator.ledger.options import LedgerRules

from tests.unit.tws_simulator.trading import D, S, Trader

AAPL = 265598


@pytest.fixture
def trader(desk: Any) -> Trader:
    desk.pin("189.99", "190.01", "500", last="190")
    return Trader(desk)


def books(trader: Trader) -> tuple[Any, Any]:
    account = trader.broker.account("")
    return account.quantity(AAPL), account.cash["USD"]


def test_a_corrected_price_moves_the_cash_and_the_order(trader: Trader) -> None:
    order = trader.place()
    before = books(trader)
    (old,) = trader.executions()
    new = trader.broker.correct_execution(old.exec_id, price=D("189.51"))
    assert (old.exec_id[:-2], new.exec_id[-2:], old.replaced_by) == (new.exec_id[:-2], "02", new.exec_id)
    assert books(trader) == (before[0], before[1] + 50)
    assert (order.status, order.filled, order.average_price) == (S.FILLED, D(100), D("189.51"))
    assert trader.broker.executions_today() == [new]
    again = trader.broker.correct_execution(new.exec_id, price=D("190.01"))
    assert again.exec_id.endswith(".03")
    assert books(trader) == before


def test_a_corrected_quantity_changes_position_and_commission(trader: Trader) -> None:
    order = trader.place(quantity="400")
    (old,) = trader.executions()
    assert old.commission == D(2)
    new = trader.broker.correct_execution(old.exec_id, quantity=D(150))
    assert (books(trader)[0], order.filled, new.cumulative, new.commission) == (D(150), D(150), D(150), D(1))
    assert books(trader)[1] == D(1_000_000) - 150 * D("190.01") - 1
    reports = [row.execution.exec_id for row in trader.told if isinstance(row, CommissionReported)]
    assert reports == [old.exec_id, new.exec_id]


def test_a_bust_leaves_nothing(trader: Trader) -> None:
    order = trader.place()
    (old,) = trader.executions()
    new = trader.broker.bust(old.exec_id)
    assert (new.quantity, order.filled, books(trader)) == (D(0), D(0), (D(0), D(1_000_000)))
    assert trader.executions()[-1].exec_id.endswith(".02")


def test_a_correction_of_an_earlier_sale_restates_the_profit(trader: Trader) -> None:
    trader.place()
    trader.place("SELL")
    bought, sold = trader.executions()
    new = trader.broker.correct_execution(sold.exec_id, price=D("191.00"))
    assert new.realized_pnl is not None
    assert sold.realized_pnl is not None
    assert new.realized_pnl - sold.realized_pnl == 100 * (D("191.00") - D("189.99")) - (
        new.commission - sold.commission
    )
    assert bought.replaced_by == ""


def test_what_cannot_be_corrected(trader: Trader) -> None:
    trader.place()
    (old,) = trader.executions()
    for wrong in ({"price": D("1.001")}, {"quantity": D(-1)}):
        with pytest.raises(CorrectionError):
            trader.broker.correct_execution(old.exec_id, **wrong)
    trader.broker.bust(old.exec_id)
    with pytest.raises(CorrectionError, match="was replaced"):
        trader.broker.bust(old.exec_id)
    with pytest.raises(CorrectionError, match="no execution"):
        trader.broker.bust("0.0.0.0")


def test_clients_see_the_second_revision(desk: Any, client: Any) -> None:
    desk.pin("189.99", "190.01", "500", last="190")
    trader = Trader(desk)
    trader.place()
    client.news()
    trader.broker.correct_execution(trader.executions()[0].exec_id, quantity=D(60))
    messages = client.news()
    assert [row[0] for row in messages] == ["11", "5", "3", "5", "3", "59"]
    assert (messages[0][14].endswith(".02"), messages[0][19], messages[2][3]) == (True, "60", "60")
    listed = [row for row in client.ask(7, 3, 9, 0, "", "", "", "", "", "") if row[0] == "11"]
    assert [row[19] for row in listed] == ["60"]


def test_ib_closes_positions_of_an_account_without_margin(make_desk: Callable[..., Any]) -> None:
    from tests.unit.tws_simulator.conftest import Client

    rules = LedgerRules(liquidation_grace=timedelta(seconds=10))
    desk = make_desk(rules=rules, starting_cash=D(100_000))
    desk.pin("189.99", "190.01", "5000", last="190")
    trader = Trader(desk)
    zero = Client(desk.gateway, 0, 178)
    trader.place(quantity="1900")
    desk.pin("139.99", "140.01", "5000", last="140")
    zero.news()
    for _ in range(60):
        desk.pass_time()
    done = [row for row in trader.executions() if row.liquidation]
    assert [(row.order_id, row.client_id, row.is_buy) for row in done] == [(-1, 0, False)]
    assert trader.broker.account("").quantity(AAPL) == D(1900) - done[0].quantity
    assert trader.broker.balances("").excess_liquidity >= 0
    assert [row.code for row in trader.told if isinstance(row, AccountNotice)] == [2148]
    messages = zero.news()
    assert [row[0] for row in messages if row[0] in {"4", "11", "59"}] == ["4", "11", "59"]
    fill = next(row for row in messages if row[0] == "11")
    assert (fill[2], fill[23]) == ("-1", "1")
