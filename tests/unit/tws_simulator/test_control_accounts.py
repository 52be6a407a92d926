"""What the control port does to accounts."""

from decimal import Decimal
from typing import Any

from tests.unit.tws_simulator.test_control import control, status_of
from tests.unit.tws_simulator.test_session import kinds, order_fields

__all__ = ["control"]
D = Decimal
HOME = "/accounts/DU1234567"


def test_cash_is_paid_in_and_is_no_profit(control: Any, desk: Any, client: Any) -> None:
    row = control("POST", f"{HOME}/cash", {"currency": "EUR", "amount": "5000"})
    assert row["cash_by_currency"] == {"EUR": "5000.00", "USD": "1000000.00"}
    assert (row["daily_pnl"], D(row["buying_power"]) > 4_000_000) == ("0.00", True)
    row = control("POST", f"{HOME}/cash", {"currency": "USD", "amount": "-999000"})
    assert row["cash_by_currency"]["USD"] == "1000.00"
    assert status_of(control, "POST", f"{HOME}/cash", {"currency": "XXX", "amount": "1"}) == 400
    assert status_of(control, "POST", "/accounts/DU9/cash", {"currency": "USD", "amount": "1"}) == 404


def test_a_payment_reaches_account_updates(control: Any, desk: Any, client: Any) -> None:
    client.ask(6, 2, 1, "")
    client.news()
    control("POST", f"{HOME}/cash", {"currency": "GBP", "amount": "10"})
    desk.pass_time()
    rows = [row for row in client.news() if row[0] == "6"]
    assert ("CashBalance", "10.00", "GBP") in {row[2:5] for row in rows}


def test_a_position_is_set_without_cash_or_profit(control: Any, desk: Any, client: Any) -> None:
    client.ask(61, 1)
    row = control("POST", f"{HOME}/positions", {"symbol": "AAPL", "quantity": "-50", "average_cost": "150.25"})
    (held,) = row["positions"]
    assert (held["quantity"], held["average_cost"], row["cash"]) == ("-50", "150.25", "1000000.00")
    assert row["daily_pnl"] == "0.00"
    assert [message[14] for message in client.news() if message[0] == "61"] == ["-50"]
    row = control("POST", f"{HOME}/positions", {"symbol": "AAPL", "quantity": "0"})
    assert (row["positions"], row["daily_pnl"]) == ([], "0.00")


def test_a_dividend_is_paid_on_what_is_held(control: Any, desk: Any) -> None:
    control("POST", f"{HOME}/positions", {"symbol": "AAPL", "quantity": "100"})
    row = control("POST", f"{HOME}/corporate-actions", {"kind": "dividend", "symbol": "AAPL", "amount": "0.26"})
    assert (row["cash"], row["daily_pnl"]) == ("1000026.00", "26.00")


def test_what_is_held_can_be_sold(control: Any, desk: Any, client: Any) -> None:
    desk.pin("189.99", "190.01")
    control("POST", f"{HOME}/positions", {"symbol": "AAPL", "quantity": "100", "average_cost": "100"})
    client.news()
    client.ask(*order_fields(1, "SELL"))
    (report,) = [row for row in client.news() if row[0] == "59"]
    assert report[3:6] == ("1.0", "USD", "8998.0")


def test_locates_are_given_by_hand(control: Any, desk: Any) -> None:
    control("POST", f"{HOME}/locates", {"symbol": "AAPL", "quantity": "100"})
    assert desk.broker.account("").locates[265598].found == 100


def test_options_that_are_not_held_are_not_exercised(control: Any, desk: Any) -> None:
    for kind in ("exercise", "assignment"):
        body = {"kind": kind, "symbol": "AAPL", "contracts": "1"}
        assert status_of(control, "POST", f"{HOME}/exercises", body) == 409


def test_nothing_is_told_of_a_payment_to_those_who_asked_for_positions(control: Any, client: Any) -> None:
    client.ask(61, 1)
    client.news()
    control("POST", f"{HOME}/cash", {"currency": "USD", "amount": "1"})
    assert kinds(client.news()) == []


def test_rules_are_changed_while_it_runs(control: Any, desk: Any, client: Any) -> None:
    assert control("GET", "/account-rules")["liquidate_after"] is None
    changed = control("POST", "/account-rules", {"liquidate_after": 0, "locate_after": None, "interest": True})
    assert changed == {"locate_after": None, "liquidate_after": 0.0, "day_trader_rule": False, "interest": True}
    desk.pin("189.99", "190.01")
    control("POST", f"{HOME}/cash", {"currency": "USD", "amount": "-950000"})
    control("POST", f"{HOME}/positions", {"symbol": "AAPL", "quantity": "-100"})
    desk.pass_time()
    assert desk.broker.state.executions == []
    desk.pin("399.99", "400.01", "1000000")
    desk.pass_time()
    assert {row.liquidation for row in desk.broker.state.executions} == {1}
    assert status_of(control, "POST", "/account-rules", {"liquidate_after": -1}) == 400
