"""A drill's plan: the seed decides everything, and nothing else does."""

from collections import Counter

import pytest

from tests.drill.kinds import KINDS
from tests.drill.plan import Plan, make_plan
from tests.drill.traffic import PRICES, order_body


def plan(seed: int = 1, seconds: float = 3600) -> Plan:
    return make_plan(seed=seed, seconds=seconds, strikes_per_minute=20, moves_per_minute=60)


def test_the_same_seed_repeats_the_same_plan() -> None:
    assert plan(7) == plan(7)


def test_another_seed_brings_another_plan() -> None:
    assert plan(7).strikes != plan(8).strikes
    assert plan(7).moves != plan(8).moves


def test_a_longer_drill_begins_like_a_shorter_one() -> None:
    short, long = plan(3, 300), plan(3, 3600)
    assert long.strikes[: len(short.strikes)] == short.strikes
    assert long.moves[: len(short.moves)] == short.moves


@pytest.mark.parametrize("seed", range(1, 8))
def test_an_hour_has_well_over_a_thousand_faults_of_every_kind(seed: int) -> None:
    strikes = plan(seed).strikes
    assert len(strikes) > 1200
    assert Counter(row.kind for row in strikes).keys() == {kind.name for kind in KINDS}


def test_sometimes_two_strike_at_the_same_instant() -> None:
    instants = Counter(row.at for row in plan().strikes)
    pairs = sum(count == 2 for count in instants.values())
    assert max(instants.values()) == 2
    assert 0.1 < pairs / len(instants) < 0.2


def test_all_kinds_of_requests_come() -> None:
    whats = Counter(move.what for move in plan().moves)
    assert whats.keys() == {"place", "modify", "cancel", "repeat", "conflict", "preview", "refused", "cancel_all"}
    assert whats["place"] > sum(whats.values()) / 3


def test_every_kind_comes_before_any_comes_twice() -> None:
    first = [row.kind for row in plan(5).strikes[: len(KINDS)]]
    assert len(set(first)) == len(KINDS)


def test_changes_are_of_orders_that_were_placed_before() -> None:
    placed = 0
    for move in plan().moves:
        if move.what == "place":
            placed += 1
        elif move.what in {"modify", "cancel", "repeat", "conflict"}:
            assert 0 <= move.target < placed


def test_kinds_are_told_apart_by_name() -> None:
    names = [kind.name for kind in KINDS]
    assert len(set(names)) == len(names) >= 25


@pytest.mark.parametrize(
    ("ticket", "field", "price"),
    [
        ({"side": "BUY", "order_type": "LMT", "offset": "20"}, "limit_price", "190.20"),
        ({"side": "SELL", "order_type": "LMT", "offset": "20"}, "limit_price", "189.80"),
        ({"side": "BUY", "order_type": "STP", "offset": "-60"}, "stop_price", "190.60"),
        ({"side": "SELL", "order_type": "STP", "offset": "5"}, "stop_price", "189.95"),
    ],
)
def test_an_offset_becomes_a_price_around_the_pinned_market(ticket: dict[str, str], field: str, price: str) -> None:
    body = order_body({"symbol": "AAPL", "quantity": "1", **ticket})
    assert body[field] == price
    assert "offset" not in body


def test_every_symbol_of_the_traffic_is_pinned() -> None:
    assert {move.ticket["symbol"] for move in plan().moves if move.what == "place"} == set(PRICES)
