"""Cash and positions: what trades do to them, in any currency and any kind of instrument."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.ledger.booking import Trade, unit_value

from tests.unit.tws_simulator.ledger_books import (
    ALL,
    EURO_STOCK,
    FUTURE,
    OPTION,
    PAIR,
    PENCE,
    STOCK,
    Books,
    D,
    rate,
)


def test_buying_costs_price_and_commission() -> None:
    books = Books()
    assert books.fill(STOCK, "BUY", 100, 10, 1) is None
    held = books.account.position(1)
    assert (books.account.cash["USD"], held.quantity, held.average_cost) == (D(98_999), D(100), D("10.01"))


def test_selling_part_realises_part() -> None:
    books = Books()
    books.fill(STOCK, "BUY", 100, 10, 1)
    assert books.fill(STOCK, "SELL", 40, 12, 1) == D("78.60")  # 40 x (12 - 10.01) - 1
    held = books.account.position(1)
    assert (held.quantity, held.average_cost, books.account.realized) == (D(60), D("10.01"), {"USD": D("78.60")})


def test_a_fill_through_zero_closes_and_opens() -> None:
    books = Books()
    books.fill(STOCK, "BUY", 100, 10)
    assert books.fill(STOCK, "SELL", 150, 12, 3) == D(200) - D(2)
    held = books.account.position(1)
    assert held.quantity == -50
    assert held.average_cost == D(12) - D(1) / 50  # a short's commission lowers what it was sold for


def test_closing_flat_forgets_the_cost() -> None:
    books = Books()
    books.fill(STOCK, "SELL", 10, 10)
    assert books.fill(STOCK, "BUY", 10, 9) == D(10)
    assert books.account.position(1).average_cost == 0
    assert books.account.open_positions() == []


def test_a_stock_in_euros_moves_euros_and_makes_a_loan() -> None:
    books = Books()
    books.fill(EURO_STOCK, "BUY", 100, 80, 4)
    assert books.account.cash == {"USD": D(100_000), "EUR": D(-8_004)}
    books.marks[2] = D(90)
    euros = next(row for row in books.balances.rows if row.currency == "EUR")
    assert (euros.stock_value, euros.unrealized_pnl, euros.net_liquidation) == (D(9_000), D(996), D(996))
    assert books.balances.net_liquidation == D(100_000) + D(996) * D("1.25")
    assert books.balances.unrealized_pnl == D(996) * D("1.25")


def test_a_price_in_pence_is_a_hundredth() -> None:
    books = Books()
    books.fill(PENCE, "BUY", 100, 250)
    assert (books.account.cash["EUR"], books.account.position(6).average_cost) == (D(-250), D("2.5"))


def test_a_future_costs_only_its_commission_until_it_is_settled() -> None:
    books = Books()
    books.fill(FUTURE, "BUY", 2, 100, "4.50")
    held = books.account.position(3)
    assert books.account.cash["USD"] == D("99995.50")
    assert held.average_cost == D("5002.25")  # per contract, with the multiplier and the commission
    books.marks[3] = D(103)
    balances = books.balances
    assert (balances.total.futures_pnl, balances.unrealized_pnl) == (D(300), D("295.50"))
    assert balances.gross_value == 0
    books.turn(date(2026, 11, 25))
    assert (books.account.cash["USD"], books.balances.total.futures_pnl) == (D("100295.50"), D(0))
    assert books.fill(FUTURE, "SELL", 1, 104, "2.25") == D("5200") - D("5002.25") - D("2.25")
    assert books.account.cash["USD"] == D("100295.50") + D(50) - D("2.25")


def test_an_option_is_paid_for_and_worth_its_multiplier() -> None:
    books = Books()
    books.fill(OPTION, "BUY", 3, "2.50", "1.95")
    assert books.account.cash["USD"] == D(100_000) - D("751.95")
    assert books.account.position(4).average_cost == D("250.65")
    books.marks[4] = D(3)
    balances = books.balances
    assert (balances.total.option_value, balances.unrealized_pnl) == (D(900), D("148.05"))
    assert balances.equity_with_loan == balances.net_liquidation - 900


def test_a_currency_trade_moves_both_currencies_and_leaves_a_virtual_position() -> None:
    books = Books()
    books.fill(PAIR, "BUY", 20_000, "1.25", 2)
    assert books.account.cash == {"USD": D(74_998), "EUR": D(20_000)}
    assert books.balances.net_liquidation == D(99_998)
    held = books.account.position(5)
    assert (held.quantity, held.average_cost) == (D(20_000), D("1.25"))
    assert books.balances.gross_value == books.balances.unrealized_pnl == 0


def test_a_day_trade_is_an_opening_and_the_closing_after_it(desk: Any) -> None:
    """Counted by changes of direction: several closing fills after one opening are one day trade."""
    ledger, account = desk.broker.ledger, desk.broker.account("")
    aapl = desk.broker.book.by_symbol("AAPL")
    for quantity in (100, 100, -50, -150, 100, -100):
        ledger.trade(account, aapl, Trade(D(quantity), D(10), D(0), "USD"))
    assert sum(account.day_trades.values()) == 2


kinds = st.sampled_from([STOCK, EURO_STOCK, FUTURE, OPTION, PENCE])
fills = st.lists(
    st.tuples(
        kinds, st.sampled_from(["BUY", "SELL"]), st.integers(1, 500), st.integers(100, 9999), st.integers(-50, 300)
    ),
    max_size=25,
)


def trade_all(books: Books, rows: list[tuple[Instrument, str, int, int, int]]) -> None:
    for what, side, quantity, price, commission in rows:
        books.fill(what, side, quantity, D(price) / 100, D(commission) / 100)


@given(fills, st.integers(100, 9999))
def test_profit_explains_all_of_the_equity(rows: list[tuple[Instrument, str, int, int, int]], cents: int) -> None:
    """Equity - starting cash = realised + unrealised profit, whatever was traded in whatever currency."""
    books = Books()
    trade_all(books, rows)
    books.marks = {key: D(cents) / 100 for key in ALL}
    balances = books.balances
    gain = balances.net_liquidation - D(100_000)
    assert abs(gain - balances.realized_pnl - balances.unrealized_pnl) < D("0.000001")
    assert abs(gain - balances.daily_pnl) < D("0.000001")
    by_position = sum(
        (
            held.daily_pnl(unit_value(ALL[key], books.marks[key])) * rate(ALL[key].currency, "USD")
            for key, held in books.account.positions.items()
        ),
        D(0),
    )
    assert abs(gain - by_position) < D("0.000001")


@given(fills)
def test_cash_and_cost_explain_each_currency(rows: list[tuple[Instrument, str, int, int, int]]) -> None:
    """Cash + positions at cost - realised profit = what was there at the start, currency by currency."""
    books = Books()
    trade_all(books, rows)
    for currency in ("USD", "EUR"):
        cost = sum(
            (
                held.quantity * held.average_cost - held.settled_value
                for key, held in books.account.positions.items()
                if ALL[key].currency == currency
            ),
            D(0),
        )
        # A future's cost is not paid in cash: what it was settled at is taken out again.
        paid = books.account.cash.get(currency, D(0)) + cost
        start = D(100_000) if currency == "USD" else D(0)
        assert abs(paid - books.account.realized.get(currency, D(0)) - start) < D("0.000001")


@given(fills, st.integers(100, 9999))
def test_the_day_turns_without_a_jump(rows: list[tuple[Instrument, str, int, int, int]], cents: int) -> None:
    books = Books()
    trade_all(books, rows)
    books.marks = {key: D(cents) / 100 for key in ALL}
    before = books.balances
    books.turn(date(2026, 11, 25))
    after = books.balances
    assert abs(after.net_liquidation - before.net_liquidation) < D("0.000001")
    assert abs(after.unrealized_pnl - before.unrealized_pnl) < D("0.000001")
    assert abs(after.equity_with_loan - before.equity_with_loan) < D("0.000001")
    assert (after.realized_pnl, after.daily_pnl, after.total.futures_pnl) == (0, 0, 0)
    assert all(row.position.daily_pnl(row.mark) == 0 for row in books.holdings(books.account))


def test_closing_a_future_after_settlement_pays_only_what_is_new() -> None:
    books = Books()
    books.fill(FUTURE, "SELL", 3, 100)
    books.marks[3] = D(98)
    books.turn(date(2026, 11, 25))
    books.fill(FUTURE, "BUY", 5, 99)  # closes three short at a loss of one since yesterday, opens two
    assert books.account.cash["USD"] == D(100_000) + 3 * 2 * 50 - 3 * 1 * 50
    assert books.account.position(3).settled_value == 2 * 99 * 50
