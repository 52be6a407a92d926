"""Price steps by price, as `reqMarketRule` tells them.

Numbers below 9,000 are IB's own, known from public records of its answers: 26 and 32 (a cent), 67 (a quarter point),
109 (options that trade in pennies below 3 dollars), 110 (index options), 239 and 240 (half pips). The others are
tables of the exchanges under numbers of ours, because IB's numbers for them are not known here.
"""

from decimal import Decimal

Rule = tuple[tuple[Decimal, Decimal], ...]
"""Rows of (low edge, increment), the lowest edge first."""

STOCK_MARKET_RULE = 26
PENNY_OPTIONS, NICKEL_OPTIONS, CENTS = 109, 110, 32
QUARTER_POINT, HALF_PIP, HALF_PIP_YEN = 67, 239, 240
TENTH_POINT, WHOLE_POINT, INDEX_CENT = 9001, 9002, 9003
EUROPE, EUROPE_LESS_LIQUID = 9010, 9011
TOKYO, HONG_KONG, HONG_KONG_FUNDS, SYDNEY, TORONTO = 9020, 9021, 9022, 9023, 9024


def _rule(text: str) -> Rule:
    """`0:0.01 3:0.05`."""
    rows = [row.split(":") for row in text.split()]
    return tuple((Decimal(edge), Decimal(step)) for edge, step in rows)


MARKET_RULES: dict[int, Rule] = {
    STOCK_MARKET_RULE: _rule("0:0.01"),
    CENTS: _rule("0:0.01"),
    QUARTER_POINT: _rule("0:0.25"),
    PENNY_OPTIONS: _rule("0:0.01 3:0.05"),
    NICKEL_OPTIONS: _rule("0:0.05 3:0.10"),
    HALF_PIP: _rule("0:0.00005"),
    HALF_PIP_YEN: _rule("0:0.005"),
    TENTH_POINT: _rule("0:0.1"),
    WHOLE_POINT: _rule("0:1"),
    INDEX_CENT: _rule("0:0.01"),
    # Delegated Regulation (EU) 2017/588, the two most liquid bands; London's prices are in pence, as its table is.
    EUROPE: _rule(
        "0:0.0001 1:0.0002 2:0.0005 5:0.001 10:0.002 20:0.005 50:0.01 100:0.02 200:0.05 500:0.1 1000:0.2 2000:0.5"
        " 5000:1 10000:2 20000:5 50000:10"
    ),
    EUROPE_LESS_LIQUID: _rule(
        "0:0.0001 0.5:0.0002 1:0.0005 2:0.001 5:0.002 10:0.005 20:0.01 50:0.02 100:0.05 200:0.1 500:0.2 1000:0.5"
        " 2000:1 5000:2 10000:5 20000:10 50000:20"
    ),
    # Tokyo's table for the liquid issues.
    TOKYO: _rule(
        "0:0.1 1000:0.5 3000:1 10000:5 30000:10 100000:50 300000:100 1000000:500 3000000:1000 10000000:5000"
        " 30000000:10000"
    ),
    # Spread tables A and D of the Hong Kong exchange.
    HONG_KONG: _rule("0:0.001 0.25:0.005 0.5:0.01 20:0.02 50:0.05 100:0.1 200:0.2 500:0.5 1000:1 2000:2 5000:5"),
    HONG_KONG_FUNDS: _rule("0:0.001 1:0.002 5:0.005 10:0.01 20:0.02 100:0.05 200:0.1 500:0.2 1000:0.5 2000:1"),
    SYDNEY: _rule("0:0.001 0.1:0.005 2:0.01"),
    TORONTO: _rule("0:0.005 0.5:0.01"),
}


def step_at(rule_id: int, price: Decimal) -> Decimal:
    """The price step of a rule at a price; the sign of the price does not matter. Raises KeyError."""
    size = abs(price)
    return next(step for edge, step in reversed(MARKET_RULES[rule_id]) if edge <= size)


def finest_step(rule_id: int) -> Decimal:
    """The smallest step of a rule. Raises KeyError."""
    return min(step for _, step in MARKET_RULES[rule_id])
