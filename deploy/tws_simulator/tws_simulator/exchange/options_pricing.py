"""Black and Scholes: prices, greeks and implied volatility of European options."""

import math
from dataclasses import dataclass

_SQRT_TWO = math.sqrt(2)
_SQRT_TWO_PI = math.sqrt(2 * math.pi)
_LOWEST, _HIGHEST = 1e-4, 10.0
_ROUNDS = 100


@dataclass(frozen=True, slots=True)
class OptionTerms:
    """What an option is. `years` to its expiry, `rate` and `dividend_yield` yearly and continuous."""

    is_call: bool
    strike: float
    years: float
    rate: float
    dividend_yield: float


@dataclass(frozen=True, slots=True)
class Greeks:
    """Sensitivities of one option on one unit: vega for one point of volatility, theta for one day."""

    price: float
    delta: float
    gamma: float
    vega: float
    theta: float


def option_price(terms: OptionTerms, spot: float, volatility: float) -> float:
    """The value of an option on one unit. At and after its expiry it is what exercise would bring."""
    return greeks(terms, spot, volatility).price


def greeks(terms: OptionTerms, spot: float, volatility: float) -> Greeks:
    """Price and sensitivities."""
    sign = 1.0 if terms.is_call else -1.0
    if terms.years <= 0 or volatility <= 0 or spot <= 0:
        return _settled(terms, spot, sign)
    root = math.sqrt(terms.years)
    carried = spot * math.exp(-terms.dividend_yield * terms.years)
    discounted = terms.strike * math.exp(-terms.rate * terms.years)
    first = math.log(carried / discounted) / (volatility * root) + volatility * root / 2
    second = first - volatility * root
    density = math.exp(-first * first / 2) / _SQRT_TWO_PI
    in_spot, in_strike = _normal(sign * first), _normal(sign * second)
    decay = -carried * density * volatility / (2 * root)
    carry = sign * (terms.dividend_yield * carried * in_spot - terms.rate * discounted * in_strike)
    return Greeks(
        price=max(0.0, sign * (carried * in_spot - discounted * in_strike)),
        delta=sign * carried / spot * in_spot,
        gamma=carried / spot * density / (spot * volatility * root),
        vega=carried * density * root / 100,
        theta=(decay + carry) / 365,
    )


def implied_volatility(terms: OptionTerms, spot: float, price: float) -> float | None:
    """The volatility at which an option has this price, None when there is none between 0.01% and 1000%."""
    if terms.years <= 0 or spot <= 0 or not math.isfinite(price):
        return None
    low, high = _LOWEST, _HIGHEST
    if not option_price(terms, spot, low) <= price <= option_price(terms, spot, high):
        return None
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        if option_price(terms, spot, middle) < price:
            low = middle
        else:
            high = middle
        if high - low < 1e-9:
            break
    return (low + high) / 2


def _settled(terms: OptionTerms, spot: float, sign: float) -> Greeks:
    worth = sign * (spot - terms.strike)
    return Greeks(price=max(0.0, worth), delta=sign if worth > 0 else 0.0, gamma=0.0, vega=0.0, theta=0.0)


def _normal(value: float) -> float:
    """The standard normal distribution function."""
    return math.erfc(-value / _SQRT_TWO) / 2
