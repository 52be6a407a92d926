"""The board: which settings strike, when, and for whom."""

from collections.abc import Callable
from typing import Any

import pytest
from tws_simulator import snapshot
from tws_simulator.faults import FaultBoard, FaultError


def strikes(board: FaultBoard, name: str, times: int, client_id: int | None = None, **facts: Any) -> list[bool]:
    return [board.use(name, client_id, **facts) is not None for _ in range(times)]


def test_a_fault_may_be_on_for_two_clients_at_once() -> None:
    board = FaultBoard()
    board.switch_on("slow_cancel", {"seconds": 1.0, "client_id": 1})
    board.switch_on("slow_cancel", {"seconds": 2.0, "client_id": 2})
    assert [board.use("slow_cancel", number) for number in (1, 2, 3)] == [{"seconds": 1.0}, {"seconds": 2.0}, None]
    assert board.describe()["slow_cancel"]["also"] == [{"seconds": 1.0, "client_id": 1, "count": None}]


def test_a_new_setting_for_the_same_client_replaces_the_old() -> None:
    board = FaultBoard()
    board.switch_on("slow_cancel", {"seconds": 1.0})
    board.switch_on("slow_cancel", {"seconds": 2.0})
    assert board.describe() == {"slow_cancel": {"seconds": 2.0, "client_id": None, "count": None}}


def test_after_and_count_choose_which_uses_strike() -> None:
    board = FaultBoard()
    board.switch_on("swallow_orders", {"after": 2, "count": 3})
    assert strikes(board, "swallow_orders", 7) == [False, False, True, True, True, False, False]
    assert board.describe() == {}


def test_a_chance_is_the_same_for_the_same_seed() -> None:
    def run(seed: int) -> list[bool]:
        board = FaultBoard()
        board.switch_on("swallow_orders", {"chance": 0.5, "seed": seed})
        return strikes(board, "swallow_orders", 200)

    assert run(7) == run(7)
    assert run(7) != run(8)
    assert 70 < sum(run(7)) < 130


def test_a_fault_is_narrowed_to_an_order() -> None:
    board = FaultBoard()
    board.switch_on("swallow_orders", {"order_ref": "mine", "symbol": "aapl"})
    assert strikes(board, "swallow_orders", 1, 1, order_ref="mine", symbol="AAPL") == [True]
    assert strikes(board, "swallow_orders", 1, 1, order_ref="mine", symbol="MSFT") == [False]
    assert strikes(board, "swallow_orders", 1, 1) == [False]


def test_what_a_source_switched_on_goes_with_it() -> None:
    board = FaultBoard()
    board.switch_on("swallow_orders", {})
    board.switch_on("swallow_orders", {"client_id": 2}, source="scenario x #1.0")
    board.clear(source="scenario x #1")
    assert board.describe() == {"swallow_orders": {"client_id": None, "count": None}}
    board.clear(source="scenario")
    assert board.on("swallow_orders", 5)


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        ("stall", {"count": 1}, "cannot be counted"),
        ("refuse_connections", {"client_id": 1}, "cannot be narrowed by client_id"),
        ("no_next_valid_id", {"symbol": "AAPL"}, "cannot be narrowed by symbol"),
        ("swallow_orders", {"chance": 0}, "chance above 0"),
        ("swallow_orders", {"chance": 1.5}, "chance above 0"),
        ("swallow_orders", {"after": -1}, "after"),
        ("lose_messages", {"messages": ["5"]}, "must be of type int"),
        ("lose_end_markers", {"names": ["nothing"]}, "must be of"),
        ("enforce_pacing", {"mode": "sometimes"}, "must be of reject, queue"),
        ("error_on_order", {"code": 9999}, "those listed"),
        ("error_on_order", {"code": 201, "state": "lost"}, "must be of pending"),
        ("slow_cancel", {"seconds": None}, "must not be null"),
    ],
)
def test_what_makes_no_sense_is_refused(name: str, given: dict[str, Any], reason: str) -> None:
    with pytest.raises(FaultError, match=reason):
        FaultBoard().switch_on(name, given)


def test_settings_survive_saving_and_loading_but_scenarios_end(make_desk: Callable[..., Any]) -> None:
    desk = make_desk()
    faults = desk.gateway.faults
    faults.switch_on("lose_messages", {"messages": [62], "client_id": 3, "after": 1, "chance": 0.5, "seed": 9})
    faults.switch_on("lose_messages", {"messages": [53]})
    before = faults.describe()
    faults.switch_on("lose_messages", {"messages": [55]}, source="scenario x #1.0")
    document = snapshot.take(desk.gateway)
    desk.gateway.clear_faults()
    snapshot.restore(desk.gateway, document)
    assert faults.describe() == before
