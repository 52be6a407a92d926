"""Figures of a drill: spreads, what a fault cost, and the table of scorecards in the page."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from tests.drill.api_client import ApiClient
from tests.drill.monitor import Monitor, spread
from tests.drill.report import BEGIN, END, render_page
from tests.drill.strikes import Struck


def card(**changes: Any) -> dict[str, Any]:
    return {
        "seed": 7,
        "minutes": 60.0,
        "commit": "abc1234",
        "finished_at": "2026-11-24T21:00:00+00:00",
        "faults": {"struck": 1200, "kinds": 100, "by_kind": {"kill_gateway": 30, "kill_redis": 12}},
        "traffic": {"requests": 9000, "orders accepted": 1500},
        "stream": {"events seen": 20_000},
        "recovery": {"seconds not ready": {"count": 9, "median": 3.1, "p95": 9.0, "max": 20.0}},
        "result": {"lost": 0, "honest_unknowns": 3},
        "failures": {},
        **changes,
    }


def page_of(tmp_path: Path, *cards: dict[str, Any]) -> str:
    for row in cards:
        (tmp_path / f"drill-{row['seed']}.json").write_text(json.dumps(row))
    page = tmp_path / "drill.md"
    page.write_text(f"before\n{BEGIN}\nold table\n{END}\nafter\n")
    render_page(tmp_path, page)
    return page.read_text()


def test_the_table_stands_between_its_marks(tmp_path: Path) -> None:
    text = page_of(tmp_path, card(), card(seed=8, failures={"lost": ["one", "two"]}))
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old table" not in text
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(lines) == 4
    assert "nothing lost, doubled or wrong" in next(line for line in lines if line.startswith("| 7 "))
    assert "lost 2" in next(line for line in lines if line.startswith("| 8 "))
    assert "`kill -9` of gateway 30, web 0, worker 0, postgres 0, redis 12" in text


def test_the_table_can_be_written_again(tmp_path: Path) -> None:
    first = page_of(tmp_path, card())
    render_page(tmp_path, tmp_path / "drill.md")
    assert (tmp_path / "drill.md").read_text() == first


def test_a_page_without_marks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "drill.md").write_text("nothing here\n")
    with pytest.raises(ValueError, match="no place"):
        render_page(tmp_path, tmp_path / "drill.md")


def test_a_spread() -> None:
    assert spread([]) == {"count": 0, "median": None, "p95": None, "max": None}
    assert spread([float(number) for number in range(1, 101)]) == {
        "count": 100,
        "median": 50.5,
        "p95": 95.0,
        "max": 100.0,
    }


def test_what_a_fault_cost_is_counted_from_the_strike() -> None:
    monitor = Monitor(cast(ApiClient, None))
    monitor.changes = [(0.0, True), (11.0, False), (14.0, True), (40.0, False), (45.0, True)]
    struck = [
        Struck("kill_gateway", 10.0, 10.0, done=True),
        Struck("kill_redis", 10.0, 10.0, done=True),  # may go unnoticed
        Struck("kill_gateway", 12.0, 12.0, done=True),  # it was down already
        Struck("drop_connections", 15.0, 15.0, done=False),
    ]
    recovery = monitor.recovery(struck)
    assert recovery.outages == [3.0, 5.0]
    assert recovery.detected == [1.0]
    assert {name: (row.detected, row.ready) for name, row in recovery.by_kind.items()} == {
        "kill_gateway": ([1.0], [4.0])
    }
