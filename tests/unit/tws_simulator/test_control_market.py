"""Processes, liquidity and data rights through the control port."""

from typing import Any

import pytest

from tests.unit.tws_simulator.test_control import control, status_of  # noqa: F401  (a fixture)
from tests.unit.tws_simulator.test_session import order_fields

STEPS = {"symbol": "AAPL", "kind": "steps", "steps": [{"after": 0, "price": "100"}, {"after": 2, "price": 90.5}]}


def test_a_script_is_started_listed_and_ended(control: Any, desk: Any) -> None:  # noqa: F811
    (row,) = control("POST", "/market/processes", STEPS)["processes"]
    assert (row["symbol"], row["kind"], row["con_id"]) == ("AAPL", "steps", 265598)
    assert control("GET", "/prices", symbol="AAPL")["prices"][0]["last"] == "100"
    desk.pass_time(2)
    assert control("GET", "/prices", symbol="AAPL")["prices"][0]["bid"] == "90.49"
    listed = control("GET", "/market/processes")
    assert [row["symbol"] for row in listed["processes"]] == ["AAPL"]
    assert set(listed["kinds"]) == {"seeded", "constant", "steps", "bars", "quotes"}
    assert control("DELETE", "/market/processes")["processes"] == []
    assert 90 < float(control("GET", "/prices", symbol="AAPL")["prices"][0]["last"]) < 91


def test_what_is_listed_starts_the_same_again(control: Any, desk: Any) -> None:  # noqa: F811
    control("POST", "/market/processes", STEPS)
    saved = control("POST", "/market/processes", STEPS)["processes"][0]
    again = {key: value for key, value in saved.items() if key not in {"con_id", "since"}}
    assert control("POST", "/market/processes", again)["processes"] == [saved]


def test_orders_meet_a_script_at_once(control: Any, desk: Any, client: Any) -> None:  # noqa: F811
    desk.pin("150.00", "150.02")
    client.ask(*order_fields(1, order_type="LMT", limit=120.0))
    control("POST", "/market/processes", {"symbol": "AAPL", "kind": "constant", "bid": "110", "ask": "110.05"})
    assert any(row[0] == "11" for row in client.news())


def test_of_several_processes_all_start_or_none(control: Any) -> None:  # noqa: F811
    crossed = {"symbol": "MSFT", "kind": "constant", "bid": "10", "ask": "9"}
    assert status_of(control, "POST", "/market/processes", {"processes": [STEPS, crossed]}) == 400
    assert control("GET", "/market/processes")["processes"] == []
    assert status_of(control, "POST", "/market/processes", {**STEPS, "symbol": "NOSUCH"}) == 404
    assert status_of(control, "POST", "/market/processes", {"kind": "constant"}) == 400
    assert status_of(control, "DELETE", "/market/processes/MSFT") == 404
    assert status_of(control, "POST", "/market/processes", {**STEPS, "steps": [{"after": 1, "price": "1.001"}]}) == 400


def test_one_process_is_told_whole_and_ended(control: Any, desk: Any) -> None:  # noqa: F811
    rows = "\n".join(f"{1_700_000_000 + index},10,11,9,10,500" for index in range(50))
    text = f"time,open,high,low,close,volume\n{rows}\n"
    (row,) = control("POST", "/market/processes", {"symbol": "AAPL", "kind": "bars", "text": text})["processes"]
    assert len(row["text"]) < len(text)
    api = desk.gateway.broker.market.process(desk.broker.instrument(265598))
    assert api.describe()["text"] == text
    desk.gateway.reset()
    assert control("GET", "/market/processes")["processes"] == []


def test_liquidity_thins_the_book(control: Any, desk: Any) -> None:  # noqa: F811
    before = int(control("GET", "/prices", symbol="AAPL")["prices"][0]["ask_size"])
    assert control("POST", "/market/liquidity", {"symbol": "AAPL", "factor": 3})["liquidity"] == {"AAPL": 3}
    assert int(control("GET", "/prices", symbol="AAPL")["prices"][0]["ask_size"]) == 3 * before
    assert len(control("POST", "/market/liquidity", {"factor": 0})["liquidity"]) > 50
    assert control("POST", "/market/liquidity", {"factor": 1})["liquidity"] == {}
    assert status_of(control, "POST", "/market/liquidity", {"factor": -1}) == 400


def test_data_rights_are_set_for_all_and_for_one(control: Any) -> None:  # noqa: F811
    told = control("POST", "/market/data", {"default": "delayed", "single": {"AAPL": "none"}, "lines": 5})
    assert (told["default"], told["single"], told["lines"]) == ("delayed", {"265598": "none"}, 5)
    assert control("POST", "/market/data", {"single": {"AAPL": None}})["single"] == {}
    assert status_of(control, "POST", "/market/data", {"default": "all"}) == 400


@pytest.mark.parametrize(
    ("bids", "fits"),
    [([["149.98", "300"], ["149.90", "500"]], True), ([["150.00", "300"]], False), ([["149.981", "300"]], False)],
)
def test_a_held_market_may_have_depth(control: Any, desk: Any, bids: Any, fits: bool) -> None:  # noqa: F811
    levels = [{"price": price, "size": size} for price, size in bids]
    body = {"symbol": "AAPL", "bid": "149.99", "ask": "150.01", "bids": levels}
    if not fits:
        assert status_of(control, "POST", "/prices", body) == 400
        return
    control("POST", "/prices", body)
    book = desk.broker.market.levels(desk.broker.instrument(265598), desk.clock.now(), 10)
    assert [str(row.price) for row in book[0]] == ["149.99", "149.98", "149.90"]


def test_halts_are_set_and_ended(control: Any, desk: Any, client: Any) -> None:  # noqa: F811
    desk.pin("150.00", "150.02")
    client.ask(*order_fields(1, kind="LMT", limit=140.0))
    client.news()
    assert control("POST", "/market/halts", {"symbol": "AAPL", "kind": 1})["halted"] == {"AAPL": 1}
    desk.pin("130.00", "130.02")
    assert not any(row[0] == "11" for row in client.news())
    assert control("POST", "/market/halts", {"symbol": "AAPL", "kind": 0})["halted"] == {}
    assert any(row[0] == "11" for row in client.news())
    assert status_of(control, "POST", "/market/halts", {"symbol": "AAPL", "kind": 5}) == 400
