"""Stocks and ETFs: the Fixed and Tiered price lists (IBKR, "Commissions - Stocks", as published in 2025 and 2026).

United States, Fixed: USD 0.005 a share, at least USD 1.00 an order, at most 1 % of the order's value; when the maximum
is below the minimum, the maximum is charged. Exchange and clearing fees are part of it; the small regulatory fees on
sales, which IB adds, are left out here.

United States, Tiered: USD 0.0035 a share down to 0.0005 by monthly volume, at least USD 0.35, at most 1 %. Added are
the exchange's fee for taking liquidity (USD 0.0030 a share) or its rebate for adding it (0.0020, so that a commission
can be negative), clearing (0.0002 a share), NYSE's and FINRA's shares of the commission, and on sales the SEC's fee
(USD 0.00 a million from 2025-05-14, 20.60 from 2026-04-04) and FINRA's trading activity fee (USD 0.000166 a share in
2025, at most 8.30; 0.000195 from 2026-01-01, at most 9.79). The exchange's part is one round figure for all venues.

Elsewhere: a percentage of the value with a minimum, both in the currency of the stock; Canada by the share.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tws_simulator.ledger.commissions.tiers import marginal, tiers
from tws_simulator.model import ZERO

D = Decimal
PER_SHARE, MINIMUM, MAXIMUM_SHARE = D("0.005"), D("1.00"), D("0.01")
TIERED = tiers(
    (300_000, "0.0035"),
    (3_000_000, "0.0020"),
    (20_000_000, "0.0015"),
    (100_000_000, "0.0010"),
    (None, "0.0005"),
)
TIERED_MINIMUM = D("0.35")
TAKING, ADDING, CLEARING = D("0.0030"), D("-0.0020"), D("0.00020")
PASSED_ON = D("0.000175") + D("0.000565")
SEC_FEES = ((date(2026, 4, 4), D("20.60")), (date(2025, 5, 14), ZERO), (date.min, D("27.80")))
"""US dollars a million of sales, from this date on."""
FINRA_FEES = ((date(2026, 1, 1), D("0.000195"), D("9.79")), (date.min, D("0.000166"), D("8.30")))
"""US dollars a share sold, and the most for one trade, from this date on."""
CANADA = tiers((300_000, "0.008"), (3_000_000, "0.005"), (20_000_000, "0.004"), (None, "0.003"))


@dataclass(frozen=True, slots=True)
class Percentage:
    """Share of the value and minimum of an order, Fixed and Tiered; `maximum` of the Tiered plan if there is one."""

    fixed: Decimal
    fixed_minimum: Decimal
    tiered: Decimal
    tiered_minimum: Decimal
    maximum: Decimal | None = None


ABROAD: dict[str, Percentage] = {
    "EUR": Percentage(D("0.0005"), D("3.00"), D("0.0005"), D("1.25"), D("29.00")),
    "GBP": Percentage(D("0.0005"), D("3.00"), D("0.0005"), D("1.00"), D("29.00")),
    "CHF": Percentage(D("0.0005"), D("5.00"), D("0.0005"), D("1.50"), D("49.00")),
    "SEK": Percentage(D("0.0005"), D("49.00"), D("0.0005"), D("10.00"), D("290.00")),
    "NOK": Percentage(D("0.0005"), D("49.00"), D("0.0005"), D("10.00"), D("290.00")),
    "DKK": Percentage(D("0.0005"), D("49.00"), D("0.0005"), D("10.00"), D("290.00")),
    "PLN": Percentage(D("0.0010"), D("15.00"), D("0.0012"), D("5.00"), D("290.00")),
    "JPY": Percentage(D("0.0008"), D("80"), D("0.0005"), D("80")),
    "HKD": Percentage(D("0.0008"), D("18.00"), D("0.0005"), D("18.00")),
    "AUD": Percentage(D("0.0008"), D("6.00"), D("0.0008"), D("5.00")),
    "SGD": Percentage(D("0.0008"), D("2.50"), D("0.0008"), D("2.50")),
}
ELSEWHERE = Percentage(D("0.0010"), D("3.00"), D("0.0010"), D("3.00"))


def fixed(quantity: Decimal, value: Decimal) -> Decimal:
    """USD for an order of US shares worth `value` in all."""
    if not quantity:
        return ZERO
    return min(max(quantity * PER_SHARE, MINIMUM), value * MAXIMUM_SHARE)


def tiered(quantity: Decimal, value: Decimal, volume: Decimal) -> Decimal:
    """USD IB itself takes for an order of US shares, after `volume` shares this month."""
    if not quantity:
        return ZERO
    return min(max(marginal(TIERED, volume, quantity), TIERED_MINIMUM), value * MAXIMUM_SHARE)


def fees(quantity: Decimal, value: Decimal, *, is_buy: bool, adds: bool, own: Decimal, day: date) -> Decimal:
    """USD of others' fees in the Tiered plan for one fill, negative when rebates are more. `own` is IB's part."""
    total = quantity * ((ADDING if adds else TAKING) + CLEARING) + max(own, ZERO) * PASSED_ON
    return total if is_buy else total + sale_fees(quantity, value, day)


def sale_fees(quantity: Decimal, value: Decimal, day: date) -> Decimal:
    """USD the SEC and FINRA take from a sale."""
    million = next(rate for since, rate in SEC_FEES if day >= since)
    a_share, most = next((rate, cap) for since, rate, cap in FINRA_FEES if day >= since)
    return value * million / 1_000_000 + min(quantity * a_share, most)


def abroad(currency: str, quantity: Decimal, value: Decimal, *, is_tiered: bool, volume: Decimal) -> Decimal:
    """The commission of an order of shares that are not from the US, in their currency."""
    if not quantity:
        return ZERO
    if currency == "CAD":
        charge = marginal(CANADA, volume, quantity) if is_tiered else quantity * D("0.01")
        return min(max(charge, MINIMUM), max(value * D("0.005"), MINIMUM))
    row = ABROAD.get(currency, ELSEWHERE)
    if not is_tiered:
        return max(value * row.fixed, row.fixed_minimum)
    charge = max(value * row.tiered, row.tiered_minimum)
    return charge if row.maximum is None else min(charge, row.maximum)
