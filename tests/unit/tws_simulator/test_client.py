"""The Python client of the control port against a simulator in a process of its own."""

import asyncio
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import tws_simulator
from tws_simulator import ControlError, SimulatorControl, SimulatorFailed, TwsSimulator, Unreachable, running_simulator
from tws_simulator.client.transport import COVERED
from tws_simulator.control.api import SUBJECTS
from tws_simulator.control.http import HttpError


@pytest.fixture(scope="module")
def shared() -> Iterator[Any]:
    with running_simulator(seed=7, accounts=["DU1234567", "DU7654321"]) as simulator:
        yield simulator


@pytest.fixture
def control(shared: Any) -> SimulatorControl:
    shared.control.clear_faults()
    shared.control.reset()
    found: SimulatorControl = shared.control
    return found


def refused(status: int, call: Any, *arguments: Any, **named: Any) -> ControlError:
    with pytest.raises(ControlError) as error:
        call(*arguments, **named)
    assert error.value.status == status
    return error.value


def test_looking(control: SimulatorControl) -> None:
    assert control.health()["status"] == "ok"
    assert control.state()["seed"] == 7
    assert "GET /health" in control.routes()
    assert control.openapi()["openapi"] == "3.1.0"
    assert [row["account"] for row in control.accounts()] == ["DU1234567", "DU7654321"]
    assert control.account("DU7654321")["cash"] == "1000000.00"
    assert (control.orders(open=True, symbol="AAPL"), control.executions(), control.clients()) == ([], [], [])
    assert any(row["symbol"] == "AAPL" for row in control.instruments())


def test_prices(control: SimulatorControl) -> None:
    row = control.set_price("AAPL", Decimal("190.00"), size=500, replenish=False)
    assert (row["bid"], row["ask"], row["bid_size"], row["frozen"]) == ("189.99", "190.01", "500", True)
    assert control.price("AAPL") == row
    assert not control.release_price("AAPL")["frozen"]
    assert [row["last"] for row in control.set_prices([{"symbol": "MSFT", "price": "400"}])] == ["400"]
    assert len(control.prices()) == len(control.instruments())
    assert refused(404, control.price, "NOSUCH").field == "symbol"
    assert refused(400, control.set_price, "AAPL", "abc").field == "price"


def test_markets(control: SimulatorControl) -> None:
    control.set_process("AAPL", "constant", price="180")
    assert [row["symbol"] for row in control.processes()] == ["AAPL"]
    assert control.process("AAPL")["kind"] == "constant"
    control.end_process("AAPL")
    control.end_processes()
    assert control.processes() == []
    assert control.set_liquidity(0.5, "AAPL") == control.liquidity()
    control.set_liquidity(1)
    rights = control.data_rights()
    control.set_data_rights(default="delayed")
    assert control.data_rights() != rights
    control.set_data_rights(default="live")


def test_faults(control: SimulatorControl) -> None:
    assert control.switch_on("swallow_orders", count=2, client_id=1)["swallow_orders"]["count"] == 2
    assert "swallow_orders" in control.faults()["on"]
    assert control.switch_off("swallow_orders") == {}
    assert control.act("error", code=1234) == {}
    refused(404, control.switch_on, "nothing")
    assert control.scenarios()
    assert control.timelines()
    assert control.chaos()


def test_orders_and_clients_that_are_not_there(control: SimulatorControl) -> None:
    refused(404, control.order, 1)
    refused(404, control.cancel_order, 1, "why")
    refused(404, control.drop_client, 77)
    refused(404, control.account, "DU/1")


def test_orders_by_hand_and_executions(control: SimulatorControl) -> None:
    control.set_price("AAPL", "190")
    order = control.enter_order("AAPL", "BUY", 100, account="DU1234567")
    assert (order["status"], order["symbol"]) == ("Filled", "AAPL")
    (fill,) = control.order(order["perm_id"])["executions"]
    assert control.correct_execution(fill["exec_id"], price=Decimal("189.50"))["price"] == "189.50"
    newest = control.executions()[-1]
    assert control.bust_execution(newest["exec_id"])["quantity"] == "0"
    assert "0000/0000" in refused(409, control.bust_execution, "0000/0000").message
    resting = control.enter_order("AAPL", "BUY", 1, account="DU1234567", order_type="LMT", limit_price="100")
    assert control.cancel_order(resting["perm_id"], "enough")["status"] == "Cancelled"


def test_rules_of_orders(control: SimulatorControl) -> None:
    before = control.order_rules()
    assert control.set_order_rules(fill_model="queue", max_open_orders=3) == {
        "fill_model": "queue",
        "max_open_orders": 3,
    }
    saved = control.export_state()
    assert control.set_order_rules(**before) == before
    control.import_state(saved)
    assert control.order_rules()["fill_model"] == "queue"
    control.set_order_rules(**before)


def test_accounts_are_changed_by_hand(control: SimulatorControl) -> None:
    assert control.pay_cash("DU1234567", "USD", -1000)["cash"] == "999000.00"
    held = control.set_position("DU1234567", "AAPL", 50, average_cost=100)["positions"]
    assert [row["quantity"] for row in held] == ["50"]
    assert control.act_on_position("DU1234567", "dividend", "AAPL", "0.24")["cash"] == "999012.00"
    control.set_locate("DU1234567", "MSFT", 500)
    refused(404, control.exercise, "DU1234567", "exercise", "NOSUCH", 1)


def test_life_and_clock(control: SimulatorControl) -> None:
    assert control.clock()["kind"] == "real"
    refused(409, control.step_clock, 60)
    refused(409, control.login)
    assert control.lifecycle()["state"] == "running"
    assert control.change_life("logoff")["state"] == "logged_off"
    assert control.login()["state"] == "running"
    assert control.halt("AAPL") == {"halted": {"AAPL": 1}}
    assert control.halt("AAPL", 0) == control.halts() == {"halted": {}}
    refused(409, control.start_flood, 10)  # nobody has subscribed
    control.stop_flood()


def test_a_virtual_clock_is_steered() -> None:
    with running_simulator(clock="virtual", paused=True, start=datetime(2026, 1, 5, 14, 0, tzinfo=UTC)) as simulator:
        control = simulator.control
        assert control.step_clock(60)["now"] == "2026-01-05T14:01:00+00:00"
        assert control.advance_clock("next_open")["reached"]
        assert control.run_clock(100)["paused"] is False
        assert control.pause_clock()["paused"] is True
        saved = control.export_state()
        control.step_clock(3600)
        control.import_state(saved)
        assert control.clock()["now"] == saved["time"]


def test_state_is_saved_and_loaded(control: SimulatorControl) -> None:
    control.reset(starting_cash=Decimal("5000"))
    saved = control.export_state()
    control.reset()
    control.import_state(saved)
    assert control.account("DU1234567")["cash"] == "5000.00"
    assert "reads format" in refused(422, control.import_state, {**saved, "format": 9}).message


def test_the_log_is_followed(control: SimulatorControl, shared: Any) -> None:
    control.clear_log()
    found: list[Any] = []

    def follow() -> None:
        for message in control.follow_log(name="handshake"):
            found.append(message)
            if len(found) == 2:
                return

    thread = threading.Thread(target=follow)
    thread.start()
    time.sleep(0.1)
    asyncio.run(greet(shared.port))
    thread.join(5)
    assert [row["direction"] for row in found] == ["in", "out"]
    assert [row["direction"] for row in control.log(name=["handshake"], since=datetime(2020, 1, 1, tzinfo=UTC))][
        -2:
    ] == ["in", "out"]
    assert control.log(direction="in", after=10**9, wait=0.01) == []


async def greet(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"API\0\0\0\0\x09v157..178")
    answer = await reader.readexactly(8)
    writer.close()
    return answer


def test_a_client_that_nobody_answers(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="no simulator answers at"):
        SimulatorControl("http://127.0.0.1:1").health()
    with pytest.raises(ValueError, match="no address"):
        SimulatorControl(f"file://{tmp_path}")


def test_the_address_can_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert SimulatorControl().url == "http://127.0.0.1:4003"
    monkeypatch.setenv("TWS_SIMULATOR_CONTROL", "http://127.0.0.1:5003/")
    assert SimulatorControl().url == "http://127.0.0.1:5003"


def test_a_simulator_that_cannot_start_says_why() -> None:
    with pytest.raises(SimulatorFailed, match="--seed"):
        tws_simulator.start_simulator(seed="many")


def test_a_process_keeps_its_state_file(tmp_path: Path) -> None:
    file = tmp_path / "state.jsonl"
    with running_simulator(state_file=file, starting_cash=77) as first:
        assert first.is_running
    assert not first.is_running
    with running_simulator(state_file=file) as second:
        assert second.control.accounts()[0]["cash"] == "77.00"
        second.kill()


def test_a_simulator_inside_a_program() -> None:
    async def run() -> None:
        async with TwsSimulator(seed=7, accounts=("DU1",)) as simulator:
            assert (await greet(simulator.port))[4:7] == b"178"
            answer = await simulator.request("POST", "/prices", {"symbol": "AAPL", "price": Decimal(190)})
            assert answer["prices"][0]["last"] == "190"
            assert (await simulator.request("GET", "/log?wait=1&direction=in"))["messages"]
            with pytest.raises(HttpError):
                await simulator.request("GET", "/accounts/DU2")
            control = SimulatorControl(simulator.control_url)
            assert (await asyncio.to_thread(control.health))["status"] == "ok"

    asyncio.run(run())


def test_every_route_has_a_method() -> None:
    routes = {(row.method, row.path) for module in SUBJECTS for row in module.ROUTES}
    for_programs_of_ib = {row for row in routes if row[1].startswith("/AccountManagement/")}
    assert routes - COVERED - for_programs_of_ib == set(), "add a method to tws_simulator/client, by @covers"
    assert COVERED - routes == {("GET", "/"), ("GET", "/openapi.json")}


def test_the_package_offers_what_it_lists() -> None:
    for name in tws_simulator.__all__:
        assert getattr(tws_simulator, name) is not None
    with pytest.raises(AttributeError):
        tws_simulator.nothing  # noqa: B018
