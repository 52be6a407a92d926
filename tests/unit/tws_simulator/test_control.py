"""The control port's answers, without a socket."""

import asyncio
import json
from decimal import Decimal
from typing import Any

import pytest
from tws_simulator.control.api import ControlApi
from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.control.schemas import read

from tests.unit.tws_simulator.test_session import order_fields


@pytest.fixture
def control(desk: Any) -> Any:
    api = ControlApi(desk.gateway)

    def call(method: str, path: str, body: Any = None, **query: str) -> Any:
        body = None if body is None else json.loads(json.dumps(body))
        answer = api.answer(HttpRequest(method, path, query, body))
        read(api.router.find(method, path)[0].answer, json.loads(json.dumps(answer)))  # it is as described
        return answer

    return call


def status_of(control: Any, *arguments: Any, **query: str) -> int:
    with pytest.raises(HttpError) as refused:
        control(*arguments, **query)
    assert refused.value.message
    return refused.value.status


def test_health_and_index(control: Any, client: Any) -> None:
    health = control("GET", "/health")
    assert (health["status"], health["clients"], health["link_up"], health["market_open"]) == ("ok", [1], True, True)
    assert "POST /prices" in control("GET", "/")["routes"]


def test_the_state_tells_everything(control: Any, desk: Any, client: Any) -> None:
    control("POST", "/prices", {"symbol": "AAPL", "bid": "189.99", "ask": "190.01", "ask_size": "500", "frozen": True})
    client.ask(*order_fields(1, ref="mine"))
    state = control("GET", "/state")
    (order,), (execution,), (account,) = state["orders"], state["executions"], state["accounts"]
    assert (order["status"], order["order_ref"], order["filled"], order["symbol"]) == ("Filled", "mine", "100", "AAPL")
    assert (execution["price"], execution["symbol"]) == ("190.01", "AAPL")
    assert account["positions"][0]["quantity"] == "100"
    assert account["cash"] == "980998.00"
    assert state["clients"][0]["server_version"] == 178
    assert state["next_order_ids"] == {"1": 2}


def test_prices_are_set_frozen_and_released(control: Any, desk: Any) -> None:
    (row,) = control("POST", "/prices", {"symbol": "AAPL", "price": "150"})["prices"]
    assert (row["bid"], row["ask"], row["last"], row["frozen"]) == ("149.99", "150.01", "150", True)
    (row,) = control("POST", "/prices", {"symbol": "AAPL", "bid": "151.00"})["prices"]
    assert (row["bid"], row["ask"]) == ("151.00", "151.02")
    (row,) = control("POST", "/prices", {"symbol": "AAPL", "ask": "149.00"})["prices"]
    assert (row["bid"], row["ask"]) == ("148.98", "149.00")
    (row,) = control("POST", "/prices", {"symbol": "AAPL", "frozen": False})["prices"]
    assert not row["frozen"]
    assert abs(Decimal(row["bid"]) - 149) < 1
    (row,) = control("POST", "/prices", {"symbol": "AAPL", "price": "90", "frozen": False})["prices"]
    assert abs(Decimal(row["bid"]) - 90) < 1
    assert len(control("GET", "/prices")["prices"]) == len(control("GET", "/instruments")["instruments"])
    assert len(control("GET", "/prices", symbol="AAPL")["prices"]) == 1


def test_several_prices_change_together_or_not_at_all(control: Any) -> None:
    rows = [{"symbol": "AAPL", "price": "100"}, {"symbol": "MSFT", "price": "100.001"}]
    assert status_of(control, "POST", "/prices", {"prices": rows}) == 400
    assert not any(row["frozen"] for row in control("GET", "/prices")["prices"])
    rows[1]["price"] = "200"
    assert [row["last"] for row in control("POST", "/prices", {"prices": rows})["prices"]] == ["100", "200"]


def test_a_price_meets_resting_orders_at_once(control: Any, desk: Any, client: Any) -> None:
    desk.pin("189.99", "190.01")
    client.ask(*order_fields(1, kind="LMT", limit="180"))
    control("POST", "/prices", {"symbol": "AAPL", "bid": "179.00", "ask": "179.02"})
    assert control("GET", "/state")["orders"][0]["status"] == "Filled"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (None, 400),
        ([], 400),
        ({}, 400),
        ({"symbol": "NOSUCH", "price": "1"}, 404),
        ({"symbol": 5, "price": "1"}, 400),
        ({"price": "1", "prices": [{"symbol": "AAPL"}]}, 400),
        ({"prices": []}, 400),
        ({"symbol": "AAPL", "price": "1e99999"}, 400),
        ({"symbol": "AAPL", "price": "1" * 60}, 400),
        ({"symbol": "AAPL", "price": "abc"}, 400),
        ({"symbol": "AAPL", "price": "NaN"}, 400),
        ({"symbol": "AAPL", "price": True}, 400),
        ({"symbol": "AAPL", "price": "0"}, 400),
        ({"symbol": "AAPL", "bid": "191.00", "ask": "190.00"}, 400),
        ({"symbol": "AAPL", "bid": "190.005", "ask": "191"}, 400),
        ({"symbol": "AAPL", "colour": "red"}, 400),
        ({"symbol": "AAPL", "frozen": "yes"}, 400),
        ({"prices": ["AAPL"]}, 400),
    ],
)
def test_wrong_prices_are_refused(control: Any, body: Any, status: int) -> None:
    assert status_of(control, "POST", "/prices", body) == status


def test_faults_are_switched(control: Any, desk: Any, client: Any) -> None:
    listing = control("GET", "/faults")
    assert "swallow_orders" in listing["switches"]
    assert "link_down" in listing["actions"]
    assert control("POST", "/faults", {"name": "swallow_orders", "count": 3})["on"]["swallow_orders"]["count"] == 3
    assert control("POST", "/faults", {"name": "swallow_orders", "on": False}) == {"on": {}}
    control("POST", "/faults", {"name": "delay_ms", "ms": 5})
    assert control("DELETE", "/faults") == {"on": {}}
    control("POST", "/faults", {"name": "error", "code": 1234, "text": "hello"})
    assert client.news()[-1][3:5] == ("1234", "hello")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"name": 5}, 400),
        ({"name": "nothing"}, 404),
        ({"name": "nothing", "on": False}, 404),
        ({"name": "delay_ms"}, 400),
        ({"name": "error"}, 400),
        ({"name": "swallow_orders", "on": 1}, 400),
    ],
)
def test_wrong_faults_are_refused(control: Any, body: Any, status: int) -> None:
    assert status_of(control, "POST", "/faults", body) == status


def test_reset(control: Any, desk: Any, client: Any) -> None:
    desk.pin("189.99", "190.01")
    client.ask(*order_fields(1))
    assert control("POST", "/reset", {"starting_cash": "5000"}) == {"status": "ok"}
    state = control("GET", "/state")
    assert (state["orders"], state["executions"], state["accounts"][0]["cash"]) == ([], [], "5000.00")
    assert status_of(control, "POST", "/reset", {"starting_cash": "-1"}) == 400
    assert status_of(control, "POST", "/reset", {"cash": "1"}) == 400
    control("POST", "/reset")


def test_the_log_is_bounded_and_can_be_paged(control: Any, desk: Any) -> None:
    log, now = desk.gateway.log, desk.clock.now()
    for number in range(6000):
        log.add(now, number % 2, "in", b"49\x001\x00")
    messages = control("GET", "/log", limit="3")["messages"]
    assert [row["number"] for row in messages] == [5998, 5999, 6000]
    assert messages[0]["fields"] == ["49", "1"]
    assert [row["number"] for row in control("GET", "/log", after="5990", limit="2")["messages"]] == [5991, 5992]
    assert {row["client_id"] for row in control("GET", "/log", client_id="1", limit="5")["messages"]} == {1}
    assert len(control("GET", "/log", limit="10000")["messages"]) == 5000
    assert control("POST", "/log", {"clear": True}) == {"messages": [], "last": 6000}
    assert control("GET", "/log")["messages"] == []
    assert status_of(control, "POST", "/log", {"clear": False}) == 400
    assert status_of(control, "GET", "/log", limit="many") == 400


def test_unknown_paths_and_methods(control: Any) -> None:
    assert status_of(control, "GET", "/nothing") == 404
    assert status_of(control, "PUT", "/prices", {}) == 405


def test_orders_are_found_by_what_they_are(control: Any, desk: Any, client: Any) -> None:
    desk.pin("189.99", "190.01")
    client.ask(*order_fields(1, ref="mine"))
    client.ask(*order_fields(2, kind="LMT", limit="180"))
    filled, resting = control("GET", "/orders")["orders"]
    assert (filled["status"], resting["status"]) == ("Filled", "Submitted")
    for query, wanted in (
        ({"open": "true"}, [resting]),
        ({"open": "false"}, [filled]),
        ({"status": "Filled"}, [filled]),
        ({"order_ref": "mine"}, [filled]),
        ({"symbol": "AAPL"}, [filled, resting]),
        ({"symbol": "MSFT"}, []),
        ({"client_id": "2"}, []),
        ({"account": "DU1234567", "status": "Submitted"}, [resting]),
    ):
        assert control("GET", "/orders", **query)["orders"] == wanted
    one = control("GET", f"/orders/{filled['perm_id']}")
    assert [row["price"] for row in one["executions"]] == ["190.01"]
    assert status_of(control, "GET", "/orders/1") == 404
    assert status_of(control, "GET", "/orders/x") == 400
    assert status_of(control, "GET", "/orders", status="filled") == 400


def test_an_order_is_cancelled_from_outside_with_a_reason(control: Any, desk: Any, client: Any) -> None:
    client.ask(*order_fields(1, kind="LMT", limit="100"))
    client.news()
    perm_id = control("GET", "/orders")["orders"][0]["perm_id"]
    assert control("POST", f"/orders/{perm_id}/cancel", {"text": "halted"})["status"] == "Cancelled"
    status, error = client.news()
    assert (status[0], status[2]) == ("3", "Cancelled")
    assert error[2:5] == ("1", "202", "Order Canceled - reason:halted")
    assert status_of(control, "POST", f"/orders/{perm_id}/cancel") == 409
    assert status_of(control, "POST", "/orders/1/cancel") == 404
    assert status_of(control, "POST", f"/orders/{perm_id}/cancel", {"why": "x"}) == 400


def test_accounts_one_by_one(control: Any) -> None:
    assert control("GET", "/accounts/DU1234567") == control("GET", "/accounts")["accounts"][0]
    assert status_of(control, "GET", "/accounts/DU1") == 404


def test_clients_are_listed_and_dropped(control: Any, client: Any) -> None:
    assert [row["client_id"] for row in control("GET", "/clients")["clients"]] == [1]
    assert control("DELETE", "/clients/1") == {"dropped": 1}
    assert client.connection.closed
    assert status_of(control, "DELETE", "/clients/9") == 404
    assert status_of(control, "DELETE", "/clients") == 405


def test_export_and_import_over_the_control_port(control: Any, desk: Any, client: Any) -> None:
    desk.pin("189.99", "190.01")
    client.ask(*order_fields(1, ref="mine"))
    before = control("GET", "/state")
    saved = control("GET", "/state/export")
    control("POST", "/reset")
    assert control("POST", "/state/import", saved) == {"status": "ok"}
    after = control("GET", "/state")
    assert {**after, "clients": []} == {**before, "clients": []}
    assert status_of(control, "POST", "/state/import", {**saved, "format": 2}) == 422
    assert status_of(control, "POST", "/state/import", {"format": 1}) == 400
    assert status_of(control, "POST", "/state/import", []) == 400


def log_some(desk: Any) -> None:
    log, now = desk.gateway.log, desk.clock.now()
    log.add(now, None, "in", b"v157..178")
    log.add(now, None, "out", b"178\x0020261124 10:00:00 EST\x00")
    log.add(now, 1, "in", b"49\x001\x00")
    desk.pass_time(5)
    log.add(desk.clock.now(), 1, "out", b"49\x001\x001\x00")
    log.add(desk.clock.now(), 2, "in", b"999\x00")
    log.add(desk.clock.now(), 2, "out", b"998\x00")


def test_the_log_names_messages_and_filters_them(control: Any, desk: Any) -> None:
    log_some(desk)
    rows = control("GET", "/log")["messages"]
    names = ["handshake", "handshake", "req_current_time", "current_time", "request 999", "message 998"]
    assert [row["name"] for row in rows] == names
    for query, wanted in (
        ({"direction": "in"}, [1, 3, 5]),
        ({"name": "current_time,handshake"}, [1, 2, 4]),
        ({"name": "handshake", "limit": "1"}, [2]),
        ({"name": "handshake", "limit": "0"}, []),
        ({"direction": "out", "after": "2", "limit": "1"}, [4]),
        ({"since": desk.clock.now().isoformat()}, [4, 5, 6]),
        ({"client_id": "2", "direction": "out"}, [6]),
    ):
        assert [row["number"] for row in control("GET", "/log", **query)["messages"]] == wanted
    for query in ({"direction": "up"}, {"since": "now"}, {"wait": "61"}, {"wait": "x"}, {"names": "x"}):
        assert status_of(control, "GET", "/log", **query) == 400


def test_the_log_waits_for_a_message(desk: Any) -> None:
    api, log = ControlApi(desk.gateway), desk.gateway.log

    async def run() -> tuple[Any, Any]:
        loop = asyncio.get_running_loop()
        loop.call_later(0.02, log.add, desk.clock.now(), 1, "in", b"9\x00")
        loop.call_later(0.1, log.add, desk.clock.now(), 1, "in", b"49\x001\x00")
        query = {"name": "req_current_time", "wait": "5"}
        found = await api.answer(HttpRequest("GET", "/log", query))
        nothing = await api.answer(HttpRequest("GET", "/log", {"after": "2", "wait": "0.1"}))
        return found, nothing

    found, nothing = asyncio.run(run())
    assert [row["number"] for row in found["messages"]] == [2]
    assert nothing == {"messages": [], "last": 2}
