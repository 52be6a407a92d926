"""Manual orders and corrections on the control port."""

from typing import Any

from tests.unit.tws_simulator.test_control import control, status_of

__all__ = ["control"]


def test_an_order_is_entered_by_hand(control: Any, desk: Any, client: Any) -> None:
    desk.pin("189.99", "190.01", "500", last="190")
    order = control(
        "POST",
        "/orders",
        {"symbol": "AAPL", "action": "BUY", "quantity": "10", "order_type": "LMT", "limit_price": "150"},
    )
    assert (order["client_id"], order["order_id"], order["status"]) == (0, 0, "Submitted")
    assert [row[1] for row in client.ask(16, 1) if row[0] == "5"] == ["0"]
    assert control("POST", "/orders", {"symbol": "AAPL", "action": "SELL", "quantity": 1})["status"] == "Filled"
    refused = {"symbol": "AAPL", "action": "BUY", "quantity": "10", "order_type": "LMT", "limit_price": "150.001"}
    assert status_of(control, "POST", "/orders", refused) == 409
    assert status_of(control, "POST", "/orders", {**refused, "action": "HOLD"}) == 400
    assert status_of(control, "POST", "/orders", {**refused, "symbol": "NOSUCH"}) == 404


def test_executions_are_corrected_and_busted(control: Any, desk: Any) -> None:
    desk.pin("189.99", "190.01", "500", last="190")
    order = control("POST", "/orders", {"symbol": "AAPL", "action": "BUY", "quantity": "10"})
    (first,) = control("GET", f"/orders/{order['perm_id']}")["executions"]
    path = f"/executions/{first['exec_id']}"
    second = control("POST", f"{path}/correct", {"price": "189.95", "quantity": "8"})
    assert (second["price"], second["quantity"], second["exec_id"][-2:]) == ("189.95", "8", "02")
    assert status_of(control, "POST", f"{path}/correct", {"price": "189"}) == 409
    assert status_of(control, "POST", f"/executions/{second['exec_id']}/correct", {}) == 400
    busted = control("POST", f"/executions/{second['exec_id']}/bust")
    assert (busted["quantity"], desk.broker.account("").quantity(265598)) == ("0", 0)
    assert status_of(control, "POST", "/executions/nothing/bust") == 409


def test_the_rules_of_orders_are_chosen(control: Any, desk: Any) -> None:
    assert control("GET", "/orders/rules") == {"fill_model": "touch", "max_open_orders": 20}
    assert control("POST", "/orders/rules", {"fill_model": "mid", "max_open_orders": 0})["fill_model"] == "mid"
    assert (desk.broker.fill_model, desk.broker.max_open_orders) == ("mid", 0)
    assert status_of(control, "POST", "/orders/rules", {"fill_model": "best"}) == 400
