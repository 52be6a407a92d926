"""When a difference between the fills and IB's position counts, and what never does."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import hypothesis.strategies as st
from hypothesis import given

from trading.domain.fills import better_figure
from trading.domain.position_check import GRACE, Figures, Openings, Suspicion, Verdict, judge, opening_quantities

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def looks(*steps: tuple[float, str, str, float | None]) -> list[Verdict]:
    """Verdicts of looks at (second, IB's figure, the ledger's, second at which the latest answer was asked for)."""
    before: Suspicion | None = None
    verdicts = []
    for second, ib, ledger, answered in steps:
        verdict, before = judge(
            before,
            Figures(ib=D(ib), ledger=D(ledger)),
            now=NOON + timedelta(seconds=second),
            answered=None if answered is None else NOON + timedelta(seconds=answered),
        )
        verdicts.append(verdict)
    return verdicts


def test_two_reports_of_one_trade_may_come_apart() -> None:
    assert looks((0, "10", "0", None), (1, "10", "10", None)) == [Verdict.WAIT, Verdict.AGREES]


def test_a_difference_counts_after_a_complete_answer_that_was_asked_for_late_enough() -> None:
    wait, ask, differs = Verdict.WAIT, Verdict.ASK, Verdict.DIFFERS
    assert looks((0, "10", "0", 0), (5, "10", "0", 0), (6, "10", "0", 3), (7, "10", "0", 5)) == [
        wait,
        ask,
        ask,
        differs,
    ]


def test_another_amount_has_to_stand_still_anew() -> None:
    assert looks((0, "10", "0", 0), (5, "20", "0", 5), (6, "20", "0", 5))[-1] is Verdict.WAIT


@given(st.lists(st.tuples(st.floats(0.01, 3.9), st.integers(-3, 3), st.integers(-3, 3)), max_size=30))
def test_nobody_is_called_while_figures_move_within_the_grace(moves: list[tuple[float, int, int]]) -> None:
    before, now = None, NOON
    last: tuple[int, int] | None = None
    since = NOON
    for seconds, ib, ledger in moves:
        now += timedelta(seconds=seconds)
        if last is None or ib - ledger != last[0] - last[1]:
            since = now
        last = (ib, ledger)
        verdict, before = judge(before, Figures(ib=D(ib), ledger=D(ledger)), now=now, answered=now)
        if now - since < GRACE:
            assert verdict in (Verdict.AGREES, Verdict.WAIT)
        assert (verdict is Verdict.AGREES) == (ib == ledger)


@given(st.permutations([None, D(0), D("1.25"), None, D(0)]))
def test_any_order_of_placeholders_and_the_figure_ends_at_the_figure(told: list[D | None]) -> None:
    best: D | None = None
    for figure in told:
        best = better_figure(best, figure)
    assert best == D("1.25")


def test_an_opening_is_believed_when_two_answers_say_the_same() -> None:
    openings = Openings()
    assert openings.learn("DU1", {1: D(50)}, {1: D(10), 2: D(5)}) is None
    # the execution that made 50 arrives: what was held before it is another figure
    assert openings.learn("DU1", {1: D(50)}, {1: D(50), 2: D(5)}) is None
    assert openings.learn("DU1", {1: D(60)}, {1: D(60), 2: D(5)}) == {2: D(-5)}


@given(st.dictionaries(st.integers(1, 4), st.integers(-9, 9)), st.dictionaries(st.integers(1, 4), st.integers(-9, 9)))
def test_openings_and_fills_make_the_positions(ib: dict[int, int], fills: dict[int, int]) -> None:
    held = opening_quantities({k: D(v) for k, v in ib.items()}, {k: D(v) for k, v in fills.items()})
    for con_id in ib.keys() | fills.keys():
        assert held.get(con_id, D(0)) + fills.get(con_id, 0) == ib.get(con_id, 0)
