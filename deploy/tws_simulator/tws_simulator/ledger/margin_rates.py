"""The rates margin is made of. Round figures close to what IB and the exchanges published in 2025 and 2026."""

from decimal import Decimal

LONG = Decimal("0.25")
SHORT = Decimal("0.30")
REG_T = Decimal("0.50")
LEVERAGE = Decimal(4)
# Short stock of low price: requirement in US dollars a share. Above the first edge 30 % of the value holds.
SHORT_EDGE = Decimal("16.67")
SHORT_MIDDLE_EDGE, SHORT_MIDDLE = Decimal(5), Decimal(5)
SHORT_LOWEST = Decimal("2.50")
# Short options on stocks: share of the underlying's value, and the least share of it (of the strike for a put).
OPTION_SHARE = Decimal("0.20")
OPTION_LEAST = Decimal("0.10")
MINIMUM_EQUITY = Decimal(2000)
"""US dollars an account must hold to borrow money or shares."""
DAY_TRADER_EQUITY = Decimal(25_000)
"""US dollars from which day trades are not counted (FINRA's pattern day trader rule)."""
DAY_TRADES = 3
"""Day trades within five trading days that a smaller account may make."""

# Futures by trading class or symbol: initial margin of one contract in its currency. Maintenance is a tenth less.
FUTURES: dict[str, Decimal] = {
    "ES": Decimal(17_500),
    "MES": Decimal(1_750),
    "NQ": Decimal(25_500),
    "MNQ": Decimal(2_550),
    "RTY": Decimal(8_400),
    "M2K": Decimal(840),
    "YM": Decimal(11_000),
    "MYM": Decimal(1_100),
    "CL": Decimal(6_600),
    "MCL": Decimal(660),
    "GC": Decimal(15_400),
    "MGC": Decimal(1_540),
    "SI": Decimal(14_300),
    "ZN": Decimal(2_200),
    "ZB": Decimal(4_400),
    "ZC": Decimal(1_200),
    "FDAX": Decimal(38_000),
    "FDXM": Decimal(7_600),
    "FDXS": Decimal(1_520),
    "FESX": Decimal(3_500),
    "Z": Decimal(4_200),
}
FUTURES_SHARE = Decimal("0.08")
"""Of the contract's value, for futures that are not in the table."""
MAINTENANCE = Decimal("0.909")
"""Of the initial margin of a future."""

# What is held against a loan of one currency backed by cash in another.
HAIRCUTS: dict[str, Decimal] = {
    "USD": Decimal("0.025"),
    "EUR": Decimal("0.025"),
    "CAD": Decimal("0.025"),
    "AUD": Decimal("0.03"),
    "NZD": Decimal("0.03"),
    "JPY": Decimal("0.03"),
    "GBP": Decimal("0.03"),
    "CHF": Decimal("0.03"),
    "DKK": Decimal("0.025"),
    "SEK": Decimal("0.03"),
    "NOK": Decimal("0.03"),
    "HKD": Decimal("0.05"),
    "SGD": Decimal("0.05"),
}
HAIRCUT = Decimal("0.10")
"""For every other currency."""
