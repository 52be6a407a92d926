"""Cash, positions, profit and margin."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from tws_simulator.ledger.accounts import Account
from tws_simulator.ledger.commissions import next_commission, order_commission
from tws_simulator.ledger.margin import balances_of, margin_change
from tws_simulator.ledger.tags import ledger_rows, summary_rows, update_rows

D = Decimal
ONE = D(1)


def account() -> Account:
    made = Account("DU1", D(100_000))
    made.begin_day(date(2026, 11, 24), {})
    return made


def fill(made: Account, side: str, quantity: str, price: str, commission: str = "0") -> Decimal | None:
    return made.apply_fill(
        con_id=1, is_buy=side == "BUY", quantity=D(quantity), price=D(price), commission=D(commission)
    )


def test_buying_costs_price_and_commission() -> None:
    made = account()
    assert fill(made, "BUY", "100", "10", "1") is None
    held = made.position(1)
    assert (made.cash, held.quantity, held.average_cost) == (D(98_999), D(100), D("10.01"))


def test_selling_part_realises_part() -> None:
    made = account()
    fill(made, "BUY", "100", "10", "1")
    assert fill(made, "SELL", "40", "12", "1") == D("78.60")  # 40 x (12 - 10.01) - 1
    assert (made.position(1).quantity, made.position(1).average_cost) == (D(60), D("10.01"))
    assert made.realized_today == D("78.60")


def test_a_fill_through_zero_closes_and_opens() -> None:
    made = account()
    fill(made, "BUY", "100", "10")
    realized = fill(made, "SELL", "150", "12", "3")
    assert realized == D(200) - D(2)
    held = made.position(1)
    assert held.quantity == -50
    assert held.average_cost == D(12) - D(1) / 50  # a short's commission lowers what it was sold for


def test_closing_flat_forgets_the_cost() -> None:
    made = account()
    fill(made, "SELL", "10", "10")
    assert fill(made, "BUY", "10", "9") == D(10)
    assert made.position(1).average_cost == 0
    assert made.open_positions() == []


fills = st.lists(
    st.tuples(st.sampled_from(["BUY", "SELL"]), st.integers(1, 500), st.integers(100, 9999), st.integers(0, 300)),
    max_size=25,
)


@given(fills, st.integers(100, 9999))
def test_profit_explains_all_of_the_equity(rows: list[tuple[str, int, int, int]], cents: int) -> None:
    """Equity - starting cash = realised + unrealised profit, whatever was traded."""
    made, mark = account(), D(cents) / 100
    for side, quantity, price, commission in rows:
        fill(made, side, str(quantity), str(D(price) / 100), str(D(commission) / 100))
    held = made.position(1)
    gain = made.net_liquidation({1: mark}) - D(100_000)
    assert abs(gain - made.realized_today - held.unrealized_pnl(mark)) < D("0.000001")
    assert abs(gain - held.daily_pnl(mark)) < D("0.000001")


@given(fills)
def test_a_new_day_starts_from_its_marks(rows: list[tuple[str, int, int, int]]) -> None:
    made = account()
    for side, quantity, price, _ in rows:
        fill(made, side, str(quantity), str(D(price) / 100))
    made.begin_day(date(2026, 11, 25), {1: D(20)})
    assert made.realized_today == 0
    assert all(held.daily_pnl(D(20)) == 0 for _, held in made.open_positions())
    assert made.day_equity == made.net_liquidation({1: D(20)})


def test_commission_has_a_minimum_and_a_maximum() -> None:
    assert order_commission(D(100), D(19_000)) == ONE
    assert order_commission(D(1_000), D(190_000)) == D(5)
    assert order_commission(D(10), D(2)) == D("0.02")  # one per cent is below the minimum


def test_partial_fills_pay_together_what_one_would() -> None:
    charged = quantity = value = D(0)
    for part in (50, 50, 1000):
        quantity, value = quantity + part, value + part * 190
        charged += next_commission(quantity=quantity, value=value, charged=charged)
    assert charged == order_commission(D(1100), D(1100 * 190))


def test_margin_and_buying_power() -> None:
    made = account()
    fill(made, "BUY", "1000", "100")
    balances = balances_of(made, {1: D(100)})
    assert (balances.net_liquidation, balances.margin) == (D(100_000), D(25_000))
    assert (balances.available_funds, balances.buying_power) == (D(75_000), D(300_000))
    assert balances.reg_t_margin == D(50_000)


def test_a_short_position_needs_more() -> None:
    made = account()
    fill(made, "SELL", "1000", "100")
    balances = balances_of(made, {1: D(100)})
    assert (balances.net_liquidation, balances.margin, balances.cash) == (D(100_000), D(30_000), D(200_000))


def test_what_frees_margin_is_always_affordable() -> None:
    made = account()
    fill(made, "BUY", "5000", "100")
    balances = balances_of(made, {1: D(70)})  # equity 350,000 - 400,000 = -50,000
    sell = margin_change(balances, held=D(5000), change=D(-100), mark=D(70), price=D(70), commission=ONE)
    buy = margin_change(balances, held=D(5000), change=D(100), mark=D(70), price=D(70), commission=ONE)
    assert sell.is_affordable
    assert not buy.is_affordable


def test_account_tags() -> None:
    balances = balances_of(account(), {})
    rows = {(tag, currency): value for tag, value, currency in update_rows("DU1", balances)}
    assert rows["NetLiquidation", "USD"] == rows["NetLiquidation-S", "USD"] == "100000.00"
    assert rows["AccountReady", ""] == "true"
    assert rows["CashBalance", "BASE"] == "100000.00"
    assert {tag: value for tag, value, _ in update_rows("DU1", balances, ready=False)}["AccountReady"] == "false"
    asked = summary_rows(balances, ["BuyingPower", "Leverage", "NoSuchTag", "$LEDGER:USD"])
    assert asked[:2] == [("BuyingPower", "400000.00", "USD"), ("Leverage", "0.00", "")]
    assert {currency for _, _, currency in asked[2:]} == {"USD"}
    assert {currency for _, _, currency in ledger_rows(balances)} == {"USD", "BASE"}
