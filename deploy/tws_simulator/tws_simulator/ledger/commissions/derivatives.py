"""Options and futures: so much a contract (IBKR, "Commissions - Options" and "- Futures", as published in 2025).

US options: USD 0.65 a contract, less for cheap premiums and large monthly volumes, at least USD 1.00 an order. The
Tiered plan adds clearing (0.025), the options regulatory fee (0.02295) and, on sales, FINRA's (0.00329) and the SEC's.
Options in other currencies: 1.00 a contract with a minimum of 1.50, one round figure.

US futures, Fixed: USD 0.85 a contract (0.25 for micro contracts) and the exchange's and NFA's fees; Tiered: less with
monthly volume. Other futures: 2.00 of their currency a contract, 4.00 for those of more than 100 a point, 400 in yen.
"""

from datetime import date
from decimal import Decimal

from tws_simulator.ledger.commissions.stocks import SEC_FEES
from tws_simulator.ledger.commissions.tiers import marginal, tiers
from tws_simulator.model import ZERO

D = Decimal
# By premium a share: dear (from 0.10), middle (from 0.05), cheap.
_DEAR = tiers((10_000, "0.65"), (50_000, "0.50"), (100_000, "0.25"), (None, "0.15"))
_MIDDLE = tiers((10_000, "0.50"), (50_000, "0.50"), (100_000, "0.25"), (None, "0.15"))
_CHEAP = tiers((10_000, "0.25"), (50_000, "0.25"), (100_000, "0.25"), (None, "0.15"))
OPTION_MINIMUM = D("1.00")
OPTION_CLEARING, OPTION_REGULATORY, OPTION_SALE = D("0.025"), D("0.02295"), D("0.00329")
_ABROAD, _ABROAD_MINIMUM = D("1.00"), D("1.50")

# Fees of the exchange and the regulator for one contract.
FUTURES_FEES: dict[str, Decimal] = {
    **dict.fromkeys(("ES", "NQ", "RTY", "YM"), D("1.40")),
    **dict.fromkeys(("MES", "MNQ", "M2K", "MYM"), D("0.37")),
    **dict.fromkeys(("CL", "GC", "SI", "NG", "HG"), D("1.52")),
    **dict.fromkeys(("MCL", "MGC"), D("0.52")),
    **dict.fromkeys(("ZN", "ZB", "ZF", "ZT"), D("0.82")),
    **dict.fromkeys(("ZC", "ZS", "ZW"), D("2.12")),
}
FUTURES_FEE = D("1.40")
MICRO = frozenset({"MES", "MNQ", "M2K", "MYM", "MCL", "MGC"})
_FUTURES = tiers((1_000, "0.85"), (10_000, "0.65"), (20_000, "0.45"), (None, "0.25"))
_MICROS = tiers((1_000, "0.25"), (10_000, "0.20"), (20_000, "0.15"), (None, "0.10"))


def options(currency: str, quantity: Decimal, premium: Decimal, volume: Decimal) -> Decimal:
    """IB's part for an order of option contracts at an average premium a share."""
    if not quantity:
        return ZERO
    if currency != "USD":
        return max(quantity * _ABROAD, _ABROAD_MINIMUM)
    rows = _DEAR if premium >= D("0.10") else _MIDDLE if premium >= D("0.05") else _CHEAP
    return max(marginal(rows, volume, quantity), OPTION_MINIMUM)


def option_fees(quantity: Decimal, value: Decimal, *, is_buy: bool, day: date) -> Decimal:
    """USD of others' fees for one fill in US options under the Tiered plan."""
    total = quantity * (OPTION_CLEARING + OPTION_REGULATORY)
    if is_buy:
        return total
    million = next(rate for since, rate in SEC_FEES if day >= since)
    return total + quantity * OPTION_SALE + value * million / 1_000_000


def futures(symbol: str, currency: str, quantity: Decimal, multiplier: Decimal, volume: Decimal | None) -> Decimal:
    """The commission of an order of futures with all fees. `volume` of this month in the Tiered plan, else None."""
    if currency != "USD":
        each = D(400) if currency == "JPY" else D("4.00") if multiplier > 100 else D("2.00")
        return quantity * each
    rows = _MICROS if symbol in MICRO else _FUTURES
    own = marginal(rows, volume or ZERO, quantity) if volume is not None else quantity * rows[0][1]
    return own + quantity * FUTURES_FEES.get(symbol, FUTURES_FEE)
