"""Interest on cash and loans, by currency: simple, for each night, paid with the first turn of a month.

A loan costs the benchmark and 1.5 %; cash above 10,000 of its currency (a million in yen) earns the benchmark less
0.5 %, as in IB's price list for IBKR Pro. Benchmarks are round figures of 2026. A night from Friday to Monday counts as
three. Borrowed shares cost a fee on their value: 0.25 % a year, 8 % when hard to borrow. Off unless it is asked for,
because it lets the equity move overnight without a trade.
"""

from datetime import date
from decimal import Decimal

from tws_simulator.ledger.accounts import Account
from tws_simulator.ledger.holding import Holding
from tws_simulator.ledger.shorting import BORROWED
from tws_simulator.model import ZERO

BENCHMARKS: dict[str, Decimal] = {
    "USD": Decimal("0.0360"),
    "EUR": Decimal("0.0190"),
    "GBP": Decimal("0.0390"),
    "CHF": Decimal("0.0000"),
    "JPY": Decimal("0.0050"),
    "CAD": Decimal("0.0225"),
    "AUD": Decimal("0.0360"),
    "HKD": Decimal("0.0300"),
}
OTHER = Decimal("0.0400")
EASY_TO_BORROW, HARD_TO_BORROW = Decimal("0.0025"), Decimal("0.08")
LOAN, CASH = Decimal("0.015"), Decimal("0.005")
_YEAR = Decimal(360)


def nightly(currency: str, cash: Decimal) -> Decimal:
    """What one night adds to (or, owed, takes from) the accrued interest."""
    benchmark = BENCHMARKS.get(currency, OTHER)
    if cash < 0:
        return cash * (benchmark + LOAN) / _YEAR
    free = Decimal(1_000_000) if currency == "JPY" else Decimal(10_000)
    return max(cash - free, ZERO) * max(benchmark - CASH, ZERO) / _YEAR


def borrow_fee(holding: Holding) -> Decimal:
    """What one night of a short position costs, in its currency; zero when it is long or needs no borrowing."""
    if holding.position.quantity >= 0 or holding.instrument.sec_type not in BORROWED:
        return ZERO
    rate = HARD_TO_BORROW if holding.instrument.shortable == "hard" else EASY_TO_BORROW
    return -holding.value * rate / _YEAR


def accrue(account: Account, holdings: list[Holding], before: date, day: date) -> None:
    """Count the nights since the last trading day, and pay what was accrued when a month began."""
    nights = (day - before).days
    for currency, cash in account.cash.items():
        _add(account, currency, nightly(currency, cash) * nights)
    for holding in holdings:
        _add(account, holding.instrument.currency, -borrow_fee(holding) * nights)
    if (before.year, before.month) == (day.year, day.month):
        return
    for currency, amount in account.accrued.items():
        account.add_cash(currency, amount)
    account.accrued = {}


def _add(account: Account, currency: str, amount: Decimal) -> None:
    if amount:
        account.accrued[currency] = account.accrued.get(currency, ZERO) + amount
