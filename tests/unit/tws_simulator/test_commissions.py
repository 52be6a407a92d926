"""Commissions by IB's price lists."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tws_simulator.ledger.accounts import Account, Plan
from tws_simulator.ledger.commissions.schedule import Deal, Schedule

from tests.unit.tws_simulator.ledger_books import EURO_STOCK, FUTURE, OPTION, PAIR, STOCK, D, instrument, rate

DAY = date(2026, 11, 24)


def charge(
    what: Any, quantity: object, price: object, *, side: str = "BUY", plan: str = "fixed", **more: Any
) -> Decimal:
    base, volume, day = more.pop("base", "USD"), more.pop("volume", {}), more.pop("day", DAY)
    account = Account("DU1", {}, base=base, plan=Plan(plan), month_volume=volume)
    deal = Deal(what, side == "BUY", D(str(quantity)), D(str(price)), day, **more)
    return Schedule(account, rate).charge(deal)


def test_fixed_has_a_minimum_and_a_maximum() -> None:
    assert charge(STOCK, 100, 190) == 1
    assert charge(STOCK, 1_000, 190) == 5
    assert charge(STOCK, 10, "0.2") == D("0.02")  # one per cent is below the minimum


@given(st.lists(st.integers(1, 2000), min_size=1, max_size=8))
def test_partial_fills_pay_together_what_one_would(parts: list[int]) -> None:
    done = value = paid = D(0)
    for part in parts:
        paid += charge(STOCK, part, 190, done=done, value=value)
        done, value = done + part, value + part * 190
    assert paid == charge(STOCK, done, 190)


def test_tiered_takes_fees_of_others_and_passes_rebates_on() -> None:
    own = D("0.35")  # the minimum
    taking = own + 100 * (D("0.0030") + D("0.0002")) + own * D("0.00074")
    assert charge(STOCK, 100, 10, plan="tiered") == taking.quantize(D("0.000001"))
    assert charge(STOCK, 100, 10, plan="tiered", adds=True) < charge(STOCK, 100, 10, plan="tiered")
    assert charge(STOCK, 100_000, 10, plan="tiered", volume={"STK": D(200_000_000)}, adds=True) < 0


def test_tiered_falls_with_the_months_volume() -> None:
    small = charge(STOCK, 10_000, 10, plan="tiered")
    large = charge(STOCK, 10_000, 10, plan="tiered", volume={"STK": D(5_000_000)})
    assert small - large == D("20") + D("20") * D("0.00074")  # 0.0035 - 0.0015 a share
    across = charge(STOCK, 10_000, 10, plan="tiered", volume={"STK": D(295_000)})
    assert small > across > large


@pytest.mark.parametrize(
    ("day", "sec", "finra"),
    [
        (date(2026, 11, 24), D("2.06"), D("0.195")),
        (date(2026, 3, 1), D(0), D("0.195")),
        (date(2025, 12, 1), D(0), D("0.166")),
    ],
)
def test_sales_pay_the_regulators_of_their_day(day: date, sec: Decimal, finra: Decimal) -> None:
    buy = charge(STOCK, 1_000, 100, plan="tiered", day=day)
    assert charge(STOCK, 1_000, 100, side="SELL", plan="tiered", day=day) - buy == sec + finra


def test_options_are_charged_by_contract_and_premium() -> None:
    assert charge(OPTION, 1, "2.50") == 1  # the minimum
    assert charge(OPTION, 10, "2.50") == D("6.50")
    assert charge(OPTION, 10, "0.07") == D("5.00")
    assert charge(OPTION, 10, "0.03") == D("2.50")
    assert charge(OPTION, 10, "2.50", volume={"OPT": D(60_000)}) == D("2.50")
    assert charge(OPTION, 10, "2.50", plan="tiered") == D("6.50") + 10 * D("0.04795")


def test_futures_are_charged_by_contract_with_the_exchange_fee() -> None:
    assert charge(FUTURE, 2, 6000) == D("4.50")
    micro = instrument(9, "FUT", symbol="MES", multiplier=D(5))
    assert charge(micro, 2, 6000) == D("1.24")
    assert charge(FUTURE, 2, 6000, plan="tiered", volume={"future": D(5_000)}) == D("4.10")


def test_currencies_are_charged_in_the_base_currency() -> None:
    assert charge(PAIR, 20_000, "1.25") == 2
    assert charge(PAIR, 1_000_000, "1.25") == 25
    assert charge(PAIR, 20_000, "1.25", base="EUR") == D("1.6")
    assert Schedule(Account("DU1", {}, base="EUR"), rate).currency(PAIR) == "EUR"


def test_stocks_abroad_pay_a_share_of_the_value_with_a_minimum() -> None:
    assert charge(EURO_STOCK, 10, 80) == 3
    assert charge(EURO_STOCK, 1_000, 80) == 40
    assert charge(EURO_STOCK, 10, 80, plan="tiered") == D("1.25")
    yen = instrument(8, currency="JPY")
    assert charge(yen, 100, 500) == 80
    canada = instrument(7, currency="CAD")
    assert charge(canada, 500, 20) == 5
    pence = instrument(6, currency="GBP", price_magnifier=100)
    assert charge(pence, 1_000, 1_000) == 5  # ten pounds each
