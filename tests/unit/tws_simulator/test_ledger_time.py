"""Busts and corrections, expiry and exercise, locates and liquidation."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tws_simulator.errors import BrokerError
from tws_simulator.ledger.accounts import Account
from tws_simulator.ledger.options import LedgerRules
from tws_simulator.ledger.restate import trade_of
from tws_simulator.ledger.shorting import ShortState

from tests.unit.tws_simulator.ledger_books import (
    EURO_STOCK,
    FUTURE,
    HARD,
    NEVER,
    OPTION,
    PAIR,
    PUT,
    STOCK,
    Bench,
    D,
)

# Busts and corrections -------------------------------------------------------------------------------------------

trades = st.lists(
    st.tuples(
        st.sampled_from([STOCK, EURO_STOCK, FUTURE, OPTION, PAIR]),
        st.sampled_from(["BUY", "SELL"]),
        st.integers(1, 300),
        st.integers(100, 20_000),
    ),
    min_size=1,
    max_size=8,
)


def state_of(bench: Bench) -> dict[str, object]:
    account = bench.account
    return {
        "cash": {key: round(amount, 8) for key, amount in account.cash.items() if round(amount, 8)},
        "realized": {key: round(amount, 8) for key, amount in account.realized.items() if round(amount, 8)},
        "positions": {
            key: (held.quantity, round(held.average_cost, 8), round(held.settled_value, 8), round(held.realized_pnl, 8))
            for key, held in account.open_positions()
        },
        "daily": {key: round(held.daily_pnl(D(100)), 8) for key, held in account.open_positions()},
    }


@settings(max_examples=60)
@given(trades, trades, st.integers(0, 100))
def test_a_busted_fill_is_as_if_it_had_never_been(
    yesterday: list[tuple[object, ...]], today: list[tuple[object, ...]], which: int
) -> None:
    with_it, without_it = Bench(), Bench()
    which %= len(today)
    for bench in (with_it, without_it):
        for row in yesterday:
            bench.fill(row[0], row[1], row[2], D(row[3]) / 100)  # type: ignore[arg-type]
        bench.turn()
    for number, row in enumerate(today):
        execution = with_it.fill(row[0], row[1], row[2], D(row[3]) / 100)  # type: ignore[arg-type]
        if number == which:
            busted = execution
        else:
            without_it.fill(row[0], row[1], row[2], D(row[3]) / 100)  # type: ignore[arg-type]
    with_it.ledger.reverse(busted)
    assert state_of(with_it) == state_of(without_it)


def test_a_corrected_price_is_booked_in_the_place_of_the_old() -> None:
    bench, right = Bench(), Bench()
    wrong = bench.fill(STOCK, "BUY", 100, 90)
    bench.fill(STOCK, "SELL", 40, 100)
    right.fill(STOCK, "BUY", 100, 95)
    right.fill(STOCK, "SELL", 40, 100)
    new = replace(wrong, exec_id=wrong.exec_id[:-1] + "2", price=D(95))
    booked = bench.ledger.restate(wrong, new)
    assert (booked.commission, booked.realized) == (D(1), None)
    assert state_of(bench) == state_of(right)
    wrong.replaced_by = new.exec_id
    bench.executions.append(new)
    bench.ledger.reverse(new)
    assert bench.account.quantity(1) == -40


@settings(max_examples=60)
@given(trades, st.lists(st.tuples(st.integers(0, 100), st.integers(0, 300), st.integers(100, 20_000)), max_size=4))
def test_many_corrections_are_as_if_all_had_been_right_at_once(
    rows: list[tuple[object, ...]], corrections: list[tuple[int, int, int]]
) -> None:
    bench, right = Bench(), Bench()
    chains = [[bench.fill(row[0], row[1], row[2], D(row[3]) / 100)] for row in rows]  # type: ignore[arg-type]
    for which, quantity, cents in corrections:
        chain = chains[which % len(chains)]
        old = chain[-1]
        if not old.quantity:
            continue
        revision = f"{old.exec_id[:-2]}{len(chain) + 1:02d}"
        commission = old.commission if quantity else D(0)
        new = replace(old, exec_id=revision, quantity=D(quantity), price=D(cents) / 100, commission=commission)
        bench.ledger.restate(old, new)
        old.replaced_by = new.exec_id
        bench.executions.append(new)
        chain.append(new)
    for (first, *_), row in zip(chains, rows, strict=True):
        last = next(link[-1] for link in chains if link[0] is first)
        if last.quantity:
            trade = trade_of(row[0], last)  # type: ignore[arg-type]
            right.ledger.trade(right.account, row[0], trade)  # type: ignore[arg-type]
    assert state_of(bench) == state_of(right)


def test_a_fill_of_an_earlier_day_is_taken_back_by_an_opposite_trade() -> None:
    bench = Bench()
    old = bench.fill(STOCK, "BUY", 100, 90)
    bench.turn()
    bench.ledger.reverse(old)
    assert (bench.account.cash["USD"], bench.account.open_positions()) == (D(100_000), [])


# Expiry ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", [OPTION, PUT])
def test_an_option_out_of_the_money_ends_worthless(what: object) -> None:
    bench = Bench()
    bench.marks.update({1: D(100), what.con_id: D(0)})  # type: ignore[attr-defined]
    bench.fill(what, "BUY", 2, 1)  # type: ignore[arg-type]
    cash = bench.account.cash["USD"]
    assert bench.turn(3) == []  # its last trading day
    assert bench.turn(1) == [("DU1", what.con_id)]  # type: ignore[attr-defined]
    assert (bench.account.open_positions(), bench.account.cash["USD"]) == ([], cash)


@pytest.mark.parametrize(
    ("what", "side", "spot", "shares", "cost"),
    [
        (OPTION, "BUY", 110, 200, "103"),
        (OPTION, "SELL", 110, -200, "103"),
        (PUT, "BUY", 90, -200, "97"),
        (PUT, "SELL", 90, 200, "97"),
    ],
)
def test_an_option_in_the_money_becomes_stock_at_the_strike(
    what: object, side: str, spot: int, shares: int, cost: str
) -> None:
    """The stock's average cost takes the premium over; nothing is realised and the equity does not jump."""
    bench = Bench(Account("DU1", {"USD": D(1_000_000)}))
    bench.fill(what, side, 2, 3)  # type: ignore[arg-type]
    premium = (bench.account.position(what.con_id).average_cost) / 100  # type: ignore[attr-defined]
    bench.marks.update({1: D(spot), what.con_id: D(10)})  # type: ignore[attr-defined]
    bench.turn(3)
    before = bench.balances
    assert bench.turn(1) == [("DU1", what.con_id), ("DU1", 1)]  # type: ignore[attr-defined]
    held = bench.account.position(1)
    assert held.quantity == shares
    assert held.average_cost == D(cost) + (premium - 3 if what is OPTION else 3 - premium)
    after = bench.balances
    assert (after.net_liquidation, after.unrealized_pnl) == (before.net_liquidation, before.unrealized_pnl)


def test_options_are_exercised_or_lapse_as_told() -> None:
    bench = Bench()
    bench.fill(OPTION, "BUY", 3, 3)
    with pytest.raises(BrokerError):
        bench.ledger.exercise("DU1", OPTION.con_id, D(4))
    bench.ledger.exercise("DU1", OPTION.con_id, D(1))
    bench.turn(1)
    assert (bench.account.quantity(OPTION.con_id), bench.account.quantity(1)) == (2, 100)
    bench.marks[1] = D(110)
    bench.turn(2)
    bench.ledger.exercise("DU1", OPTION.con_id, D(0))
    bench.turn(1)
    assert (bench.account.quantity(OPTION.con_id), bench.account.quantity(1)) == (0, 100)


def test_a_short_option_can_be_assigned_before_its_end() -> None:
    bench = Bench()
    bench.fill(PUT, "SELL", 2, 3)
    assert bench.ledger.assign("DU1", PUT.con_id, D(3)) == []
    assert bench.ledger.assign("DU1", PUT.con_id, D(1)) == [PUT.con_id, 1]
    assert (bench.account.quantity(PUT.con_id), bench.account.quantity(1)) == (-1, 100)


# Short selling ---------------------------------------------------------------------------------------------------


def test_shares_hard_to_borrow_are_found_after_a_while_or_by_hand() -> None:
    bench = Bench(rules=LedgerRules(locate_after=timedelta(seconds=30)))
    assert bench.ledger.short_state("DU1", STOCK, D(100)) is ShortState.AVAILABLE
    assert bench.ledger.short_state("DU1", NEVER, D(100)) is ShortState.NONE
    assert bench.ledger.short_state("DU1", OPTION, D(100)) is ShortState.LONG
    assert bench.ledger.short_state("DU1", HARD, D(100)) is ShortState.LOCATING
    bench.now += timedelta(seconds=29)
    assert bench.ledger.short_state("DU1", HARD, D(100)) is ShortState.LOCATING
    bench.now += timedelta(seconds=1)
    assert bench.ledger.short_state("DU1", HARD, D(100)) is ShortState.AVAILABLE
    bench.turn()
    assert bench.ledger.short_state("DU1", HARD, D(100)) is ShortState.LOCATING
    bench.account.locates[HARD.con_id].found = D(100)
    assert bench.ledger.short_state("DU1", HARD, D(100)) is ShortState.AVAILABLE
    bench.fill(HARD, "BUY", 50)
    assert bench.ledger.short_state("DU1", HARD, D(50)) is ShortState.LONG


# Interest --------------------------------------------------------------------------------------------------------


def test_loans_cost_and_cash_earns_overnight_if_wanted() -> None:
    bench = Bench(Account("DU1", {"USD": D(46_000), "EUR": D(-36_000)}), rules=LedgerRules(pays_interest=True))
    bench.turn(2)
    assert bench.account.accrued == {"USD": D(36_000) * D("0.031") / 360 * 2, "EUR": -D(36_000) * D("0.034") / 360 * 2}
    owed = dict(bench.account.accrued)
    bench.turn(5)  # into December: what was accrued is paid
    assert bench.account.accrued == {}
    assert bench.account.cash["USD"] == 46_000 + owed["USD"] * 7 / 2


def test_borrowed_shares_cost_a_fee() -> None:
    bench = Bench(Account("DU1", {"USD": D(10_000)}), rules=LedgerRules(pays_interest=True))
    bench.fill(HARD, "SELL", 36, 100)
    bench.fill(STOCK, "BUY", 36, 100)
    bench.turn()
    assert bench.account.accrued["USD"] == -36 * 100 * D("0.08") / 360


# Liquidation -----------------------------------------------------------------------------------------------------


def test_an_account_that_lacks_margin_is_liquidated_after_the_grace() -> None:
    bench = Bench(rules=LedgerRules(liquidation_grace=timedelta(seconds=10)))
    bench.fill(STOCK, "BUY", 3500, 100)
    assert bench.ledger.liquidation(bench.now) == []
    bench.marks[1] = D(90)
    assert bench.balances.excess_liquidity < 0
    assert bench.ledger.liquidation(bench.now) == []
    bench.now += timedelta(seconds=10)
    (closing,) = bench.ledger.liquidation(bench.now)
    assert (closing.account, closing.con_id) == ("DU1", 1)
    assert -3500 < closing.quantity < 0
    bench.fill(STOCK, "SELL", -closing.quantity)
    assert bench.balances.excess_liquidity > 0
    assert bench.ledger.liquidation(bench.now) == []


def test_a_short_position_is_bought_back() -> None:
    bench = Bench(rules=LedgerRules(liquidation_grace=timedelta(0)))
    bench.fill(STOCK, "SELL", 3000, 100)
    bench.marks[1] = D(130)
    (closing,) = bench.ledger.liquidation(bench.now)
    assert closing.quantity > 0


def test_nobody_is_liquidated_unless_it_is_wanted() -> None:
    bench = Bench()
    bench.fill(STOCK, "BUY", 3500, 100)
    bench.marks[1] = D(50)
    assert bench.ledger.liquidation(bench.now) == []
