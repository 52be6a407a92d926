"""What accounts must hold, and which orders they may carry."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tws_simulator.ledger.accounts import Account, AccountKind
from tws_simulator.ledger.options import LedgerRules

from tests.unit.tws_simulator.ledger_books import (
    EARLIER_PUT,
    EURO_STOCK,
    FUTURE,
    HARD,
    LATER_PUT,
    NEVER,
    OPTION,
    PAIR,
    PUT,
    STOCK,
    Bench,
    D,
)


def poor(cash: object = 1_900, **settings: object) -> Bench:
    return Bench(Account("DU1", {"USD": D(str(cash))}, **settings))  # type: ignore[arg-type]


def cash_account(**cash: object) -> Bench:
    amounts = {name: D(str(amount)) for name, amount in (cash or {"USD": 100_000}).items()}
    return Bench(Account("DU1", amounts, kind=AccountKind.CASH))


# Requirements ----------------------------------------------------------------------------------------------------


def test_stock_binds_a_quarter_and_half_at_the_end_of_the_day() -> None:
    bench = Bench()
    bench.fill(STOCK, "BUY", 1000, 100)
    balances = bench.balances
    assert (balances.margin, balances.maintenance, balances.reg_t_margin) == (D(25_000), D(25_000), D(50_000))
    assert balances.net_liquidation == D(100_000) - 5
    assert balances.available_funds == D(75_000) - 5
    assert balances.buying_power == balances.available_funds * 4


@pytest.mark.parametrize(
    ("price", "a_share"), [("100", "30"), ("16.60", "5"), ("5.01", "5"), ("4", "4"), ("2", "2.50")]
)
def test_a_short_share_of_low_price_binds_more(price: str, a_share: str) -> None:
    bench = Bench()
    bench.marks[1] = D(price)
    bench.fill(STOCK, "SELL", 100, price)
    assert bench.balances.margin == 100 * D(a_share)


def test_a_long_option_is_paid_for_and_binds_nothing() -> None:
    bench = Bench()
    bench.fill(OPTION, "BUY", 2, "3")
    bench.marks[4] = D(3)
    balances = bench.balances
    assert (balances.margin, balances.total.option_value, balances.gross_value) == (D(0), D(600), D(600))
    assert balances.equity_with_loan == balances.net_liquidation - 600


@pytest.mark.parametrize(
    ("what", "spot", "a_share"),
    [
        (OPTION, "100", "20"),  # 20 % of the underlying
        (OPTION, "90", "9"),  # 18 less 10 out of the money, but at least 10 % of the underlying
        (PUT, "105", "16"),  # 21 less 5 out of the money
        (PUT, "120", "10"),  # 24 less 20, but at least 10 % of the strike
    ],
)
def test_a_short_option_binds_its_price_and_a_share_of_the_underlying(what: object, spot: str, a_share: str) -> None:
    bench = Bench()
    bench.marks.update({1: D(spot), what.con_id: D(3)})  # type: ignore[attr-defined]
    bench.fill(what, "SELL", 1, 3)  # type: ignore[arg-type]
    assert bench.balances.margin == (D(3) + D(a_share)) * 100


def test_a_call_covered_by_stock_binds_nothing_more() -> None:
    bench = Bench()
    bench.marks[4] = D(3)
    bench.fill(STOCK, "BUY", 100, 100)
    bench.fill(OPTION, "SELL", 1, 3)
    assert bench.balances.margin == D(2_500)
    bench.fill(OPTION, "SELL", 1, 3)
    assert bench.balances.margin == D(2_500) + D(2_300)


def test_a_spread_binds_what_it_can_lose() -> None:
    bench = Bench()
    bench.marks.update({PUT.con_id: D(3), LATER_PUT.con_id: D(1), EARLIER_PUT.con_id: D(2)})
    bench.fill(PUT, "SELL", 2, 3)
    naked = (D(3) + D(20)) * 100
    assert bench.balances.margin == 2 * naked
    bench.fill(LATER_PUT, "BUY", 1, 1)
    assert bench.balances.margin == naked + 1_000
    bench.fill(EARLIER_PUT, "BUY", 5, 2)  # gone before what it would cover
    assert bench.balances.margin == naked + 1_000
    bench.fill(LATER_PUT, "BUY", 5, 1)
    assert bench.balances.margin == 2_000
    bench.fill(PUT, "BUY", 4, 3)
    bench.fill(LATER_PUT, "SELL", 8, 1)
    assert bench.balances.margin == 2 * (D(1) + D(10)) * 100  # the long put is gone first
    bench.fill(EARLIER_PUT, "SELL", 7, 2)  # the long strike is above the short one: nothing can be lost
    assert bench.balances.margin == 2 * (D(1) + D(10)) * 100


def test_a_future_binds_an_amount_a_contract_in_its_own_segment() -> None:
    bench = Bench()
    bench.fill(FUTURE, "BUY", 2, 100)
    balances = bench.balances
    assert (balances.futures.initial, balances.securities.initial) == (D(35_000), D(0))
    assert balances.maintenance == D(35_000) * D("0.909")
    assert (balances.commodity_cash, balances.reg_t_equity) == (D(35_000), balances.equity_with_loan - 35_000)


def test_a_loan_in_one_currency_against_cash_in_another_binds_a_haircut() -> None:
    bench = Bench()
    bench.fill(PAIR, "SELL", 40_000)
    assert bench.account.cash["EUR"] == -40_000
    assert bench.balances.margin == 40_000 * D("1.25") * D("0.025")
    bench.fill(PAIR, "BUY", 160_000)
    assert bench.account.cash["EUR"] == 120_000  # 150,000 of 100,000 dollars
    assert bench.balances.margin == -bench.account.cash["USD"] * D("0.025")


def test_balances_are_in_the_base_currency() -> None:
    bench = Bench(Account("DU1", {"EUR": D(10_000), "USD": D(5_000)}, base="EUR"))
    bench.fill(STOCK, "BUY", 100, 100)
    balances = bench.balances
    assert balances.base == "EUR"
    assert balances.cash == D(10_000) + (D(5_000) - 10_001) / D("1.25")
    assert balances.net_liquidation == D(10_000) + D(5_000 - 1) / D("1.25")
    assert balances.securities.reg_t >= D(5_000) / D("1.25")


def test_the_sma_line_keeps_what_was_gained() -> None:
    bench = Bench()
    bench.fill(STOCK, "BUY", 1000, 100)
    assert bench.balances.sma == D(50_000)
    bench.marks[1] = D(120)
    bench.turn()
    gained = bench.balances.sma
    assert gained == bench.balances.equity_with_loan - 60_000
    bench.marks[1] = D(100)
    assert bench.balances.sma == gained


# Orders ----------------------------------------------------------------------------------------------------------


def test_too_large_an_order_is_refused_in_the_words_for_its_kind() -> None:
    bench = Bench()
    assert bench.refusal(STOCK, "BUY", 1000) == ""
    text = bench.refusal(STOCK, "BUY", 5000)
    assert text.startswith("201 Order rejected - reason:YOUR ORDER IS NOT ACCEPTED.")
    assert "EQUITY WITH LOAN VALUE [99975.00 USD] MUST EXCEED THE INITIAL MARGIN [125000.00 USD]" in text
    assert "Available Funds are in sufficient" in bench.refusal(FUTURE, "BUY", 10)
    assert "new total Initial Margin of [" in bench.refusal(PAIR, "SELL", 100_000_000)
    assert "Available Funds are in sufficient" in bench.refusal(OPTION, "BUY", 20, 100)


def test_equity_of_the_day_before_limits_what_today_may_carry() -> None:
    bench = Bench()
    bench.fill(STOCK, "BUY", 1000, 100)
    bench.marks[1] = D(1000)
    text = bench.refusal(STOCK, "BUY", 100)
    assert "PREVIOUS DAY EQUITY WITH LOAN VALUE [100000.00 USD] MUST EXCEED THE INITIAL MARGIN [275000.00 USD]" in text


def test_closing_is_accepted_however_poor_the_account_is() -> None:
    bench = Bench()
    bench.fill(STOCK, "BUY", 3500, 100)
    bench.marks[1] = D(70)
    assert bench.balances.excess_liquidity < 0
    assert bench.refusal(STOCK, "SELL", 100) == ""
    assert "MUST EXCEED" in bench.refusal(STOCK, "BUY", 1)


def test_a_small_account_may_not_borrow() -> None:
    bench = poor()
    assert bench.refusal(STOCK, "BUY", 18) == ""
    assert "MINIMUM OF 2000 USD" in bench.refusal(STOCK, "BUY", 20)
    assert "MINIMUM OF 2000 USD" in bench.refusal(STOCK, "SELL", 1)


def test_day_trades_of_a_small_account_are_counted_and_refused_if_wanted() -> None:
    bench = Bench(Account("DU1", {"USD": D(20_000)}), rules=LedgerRules(refuses_day_traders=True))
    assert bench.balances.day_trades_left == 3
    for _ in range(3):
        assert bench.refusal(STOCK, "BUY", 10) == ""
        bench.fill(STOCK, "BUY", 10)
        bench.fill(STOCK, "SELL", 10)
    assert bench.balances.day_trades_left == 0
    assert "DAY TRADES LEFT: 0" in bench.refusal(STOCK, "BUY", 10)
    bench.turn(8)
    assert bench.balances.day_trades_left == 3


def test_a_large_account_may_trade_within_the_day() -> None:
    assert Bench().balances.day_trades_left == -1


def test_what_cannot_be_borrowed_is_not_sold_short() -> None:
    bench = Bench()
    assert (
        bench.refusal(NEVER, "SELL", 1) == "201 Order rejected - reason:The contract is not available for short sale."
    )
    bench.fill(NEVER, "BUY", 10)
    assert bench.refusal(NEVER, "SELL", 10) == ""
    assert bench.refusal(NEVER, "SELL", 11).startswith("201")


# Cash accounts ---------------------------------------------------------------------------------------------------


def test_a_cash_account_pays_for_all_it_buys_in_the_currency_of_it() -> None:
    bench = cash_account(USD=10_000)
    assert bench.refusal(STOCK, "BUY", 99) == ""
    assert bench.refusal(STOCK, "BUY", 100) == (
        "201 Order rejected - reason:Available settled cash converted to base: 10000.00 USD "
        "Cash needed for this order and other pending orders: <br>10001.00 USD"
    )
    assert "settled cash converted to base: 0.00 USD" in bench.refusal(EURO_STOCK, "BUY", 1)
    assert bench.balances.buying_power == D(10_000)


def test_a_cash_account_keeps_cash_for_its_other_orders() -> None:
    bench = cash_account(USD=10_000)
    bench.open.append(bench.order(STOCK, "BUY", 60, limit=90))
    assert bench.refusal(STOCK, "BUY", 45) == ""
    assert "pending orders: <br>10001.00 USD" in bench.refusal(STOCK, "BUY", 46)
    bench.fill(STOCK, "BUY", 10)
    bench.open = [bench.order(STOCK, "SELL", 6, limit=110)]
    assert bench.refusal(STOCK, "SELL", 4) == ""
    assert bench.refusal(STOCK, "SELL", 5) == "426 None of the accounts have enough shares."


def test_a_cash_account_does_not_lever_currencies_or_write_uncovered_calls() -> None:
    bench = cash_account(USD=10_000)
    assert "currency leverage" in bench.refusal(PAIR, "BUY", 9_000)
    assert bench.refusal(PAIR, "BUY", 7_000) == ""
    assert "currency leverage" in bench.refusal(PAIR, "SELL", 1)
    assert "Uncovered option" in bench.refusal(OPTION, "SELL", 1, 3)
    bench.fill(STOCK, "BUY", 90)
    assert "Uncovered option" in bench.refusal(OPTION, "SELL", 1, 3)


def test_a_put_written_in_a_cash_account_is_backed_by_its_strike() -> None:
    bench = cash_account(USD=10_500)
    bench.marks[7] = D(3)
    assert bench.refusal(PUT, "SELL", 1, 3) == ""
    assert bench.refusal(PUT, "SELL", 2, 3).startswith("201")
    bench.fill(PUT, "SELL", 1, 3)
    assert bench.balances.margin == D(10_000)


# Preview ---------------------------------------------------------------------------------------------------------

trades = st.tuples(
    st.sampled_from([STOCK, EURO_STOCK, FUTURE, OPTION, PUT, PAIR, HARD]),
    st.sampled_from(["BUY", "SELL"]),
    st.integers(1, 300),
    st.integers(100, 20_000),
)


@settings(max_examples=60)
@given(st.lists(trades, max_size=6), trades)
def test_a_preview_says_what_the_fill_then_does(before: list[tuple[object, ...]], last: tuple[object, ...]) -> None:
    bench = Bench()
    for what, side, quantity, cents in before:
        bench.fill(what, side, quantity, D(cents) / 100)  # type: ignore[arg-type]
    what, side, quantity, cents = last
    cost = bench.cost(what, side, quantity, D(cents) / 100)  # type: ignore[arg-type]
    assert cost.change.equity_before == bench.balances.equity_with_loan
    assert cost.change.margin_before == bench.balances.margin
    execution = bench.fill(what, side, quantity, D(cents) / 100)  # type: ignore[arg-type]
    balances = bench.balances
    assert cost.commission == execution.commission
    assert cost.change.equity_after == balances.equity_with_loan
    assert (cost.change.margin_after, cost.change.maintenance_after) == (balances.margin, balances.maintenance)


@given(trades)
def test_a_fill_at_the_mark_costs_its_commission_only(last: tuple[object, ...]) -> None:
    bench = Bench()
    what, side, quantity, cents = last
    price = bench.marks[what.con_id] = D(cents) / 100 if what is not PAIR else D("1.25")  # type: ignore[attr-defined,operator]
    before = bench.balances.net_liquidation
    execution = bench.fill(what, side, quantity, price)  # type: ignore[arg-type]
    paid = execution.commission * bench.ledger.rates.between(execution.currency, "USD")
    assert abs(bench.balances.net_liquidation - before + paid) < Decimal("0.000001")


def test_looking_at_an_order_leaves_the_account_as_it_is() -> None:
    bench = Bench()
    bench.fill(STOCK, "BUY", 10)
    before = repr(bench.account)
    bench.cost(STOCK, "SELL", 30)
    bench.cost(EURO_STOCK, "BUY", 30)
    assert repr(bench.account) == before
