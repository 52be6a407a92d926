"""What will happen in a drill: a function of the seed and the length alone."""

import random
from dataclasses import dataclass, field
from typing import Any

from tests.drill.kind import SYMBOLS, Kind
from tests.drill.kinds import KINDS

_QUANTITIES = (1, 5, 10, 25, 100, 300)
_WRONG: tuple[dict[str, str], ...] = (
    {"quantity": "-5"},
    {"quantity": "0"},
    {"quantity": "99999999"},
    {"side": "HOLD"},
    {"symbol": "NOSUCHSYMBOL"},
)
_FIRST_STRIKE = 3.0
_PAIRS = 0.15
"""How often a second fault strikes at the same instant."""
_MOVES = {
    "place": 60,
    "modify": 20,
    "cancel": 26,
    "repeat": 6,
    "conflict": 2,
    "preview": 4,
    "refused": 2,
    "cancel_all": 1,
}


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault. `at` in seconds from the start; `lasts` is 0 for what is over at once."""

    at: float
    kind: str
    parameters: dict[str, Any]
    lasts: float


@dataclass(frozen=True, slots=True)
class Move:
    """One request of the traffic; what changes, repeats or contradicts an order is about the `target`-th one placed.

    `repeat` posts the order once more, `conflict` another order under its client order id, `refused` one that no
    desk may take.
    """

    at: float
    what: str
    ticket: dict[str, str] = field(default_factory=dict)
    target: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole drill."""

    seed: int
    seconds: float
    strikes: tuple[Strike, ...]
    moves: tuple[Move, ...]


def make_plan(*, seed: int, seconds: float, strikes_per_minute: float, moves_per_minute: float) -> Plan:
    """The plan of this seed. Every kind of fault comes once before any comes twice."""
    strikes = _strikes(random.Random(f"strikes {seed}"), seconds, strikes_per_minute)
    moves = _moves(random.Random(f"moves {seed}"), seconds, moves_per_minute)
    return Plan(seed, seconds, tuple(strikes), tuple(moves))


def _strikes(dice: random.Random, seconds: float, per_minute: float) -> list[Strike]:
    strikes: list[Strike] = []
    bag: list[Kind] = []
    at = _FIRST_STRIKE
    while at < seconds:
        for _ in range(2 if dice.random() < _PAIRS else 1):
            if not bag:
                bag = [kind for kind in KINDS for _ in range(kind.weight if strikes else 1)]
                dice.shuffle(bag)
            kind = bag.pop()
            strikes.append(Strike(round(at, 3), kind.name, kind.draw(dice), round(dice.uniform(*kind.lasts), 2)))
        at += dice.expovariate(per_minute / 60)
    return strikes


def _moves(dice: random.Random, seconds: float, per_minute: float) -> list[Move]:
    moves: list[Move] = []
    placed, at = 0, 0.5
    while at < seconds:
        what = dice.choices(tuple(_MOVES), tuple(_MOVES.values()))[0] if placed else "place"
        # mostly young orders: old ones have ended
        target = max(0, placed - 1 - int(dice.expovariate(0.4)))
        moves.append(_move(round(at, 3), what, dice, target))
        placed += what == "place"
        at += dice.expovariate(per_minute / 60)
    return moves


def _move(at: float, what: str, dice: random.Random, target: int) -> Move:
    if what in {"place", "preview"}:
        return Move(at, what, _ticket(dice))
    if what == "refused":
        return Move(at, what, {**_ticket(dice), **dice.choice(_WRONG)})
    if what == "cancel_all":
        return Move(at, what, {"symbol": dice.choice(SYMBOLS)})
    return Move(at, what, {"quantity": str(dice.choice(_QUANTITIES))} if what == "modify" else {}, target)


def _ticket(dice: random.Random) -> dict[str, str]:
    """An order; `offset` (ticks from the market, into it when positive) becomes a price when it is sent."""
    ticket = {
        "symbol": dice.choice(SYMBOLS),
        "side": dice.choice(("BUY", "SELL")),
        "quantity": str(dice.choice(_QUANTITIES)),
        "order_type": dice.choices(("LMT", "MKT", "STP"), (7, 3, 1))[0],
        "time_in_force": dice.choices(("DAY", "GTC", "IOC"), (6, 3, 1))[0],
    }
    if ticket["order_type"] == "STP":
        ticket["time_in_force"] = "GTC"
    if ticket["order_type"] != "MKT":
        ticket["offset"] = str(dice.choice((-200, -60, -10, 5, 20)))
    return ticket
