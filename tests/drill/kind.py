"""What a kind of fault is, and how its parameters are drawn."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Parameters = dict[str, Any]
Draw = Callable[[random.Random], Parameters]

STATUS, ERROR, OPEN_ORDER, EXECUTION, COMMISSION, COMPLETED = 3, 4, 5, 11, 59, 101
OPEN_ORDER_END, EXECUTIONS_END, COMPLETED_END, POSITIONS_END = 53, 55, 102, 62
CLIENT_ID = 7  # of a desk that was not told another
SYMBOLS = ("AAPL", "MSFT", "SPY", "KO", "INTC")
MOVED = ("QQQ", "IWM")
"""Never traded: their positions change without an execution, as by a transfer."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. `how` names the method of the striker that carries it out, `target` what it is done to.

    `lasts` is the range of seconds until it is taken back; (0, 0) for what is over at once. `breaks` says that the
    gateway cannot stay ready through it, so that the time to notice it can be measured.
    """

    name: str
    how: str
    target: str
    lasts: tuple[float, float] = (0.0, 0.0)
    draw: Draw = lambda dice: {}
    weight: int = 1
    breaks: bool = False


def fixed(**parameters: Any) -> Draw:
    """The same each time."""
    return lambda dice: dict(parameters)


def count(most: int, **parameters: Any) -> Draw:
    """A switch that hits the next one to `most` messages or orders."""
    return lambda dice: {"count": dice.randint(1, most), **parameters}


def seconds(least: float, longest: float, **parameters: Any) -> Draw:
    """A parameter `seconds` of this range."""
    return lambda dice: {"seconds": round(dice.uniform(least, longest), 1), **parameters}


def one_order(**parameters: Any) -> Draw:
    """One of IB's orders or executions: `pick` from 0 to 1 chooses among those there are when it strikes."""
    return lambda dice: {"pick": round(dice.random(), 4), **parameters}
