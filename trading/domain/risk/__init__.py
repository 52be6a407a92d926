"""Pre-trade risk: the rules, the limits they read, and the replay of recorded requests."""

from trading.domain.risk.limits import from_text, strictest, to_text
from trading.domain.risk.replay import Difference, difference, rebuilt
from trading.domain.risk.rules import (
    RULES_VERSION,
    Breach,
    Limits,
    Surroundings,
    check_order,
    notional,
    opening_quantity,
    working_price,
    worst_position,
)
from trading.domain.risk.shape import SHAPES, validate_shape

__all__ = [
    "RULES_VERSION",
    "SHAPES",
    "Breach",
    "Difference",
    "Limits",
    "Surroundings",
    "check_order",
    "difference",
    "from_text",
    "notional",
    "opening_quantity",
    "rebuilt",
    "strictest",
    "to_text",
    "validate_shape",
    "working_price",
    "worst_position",
]
