"""Does what the fills add up to agree with what IB says an account holds? Pure rules, no clock, no database.

The two reports of one trade, its execution and the new position, come at slightly different moments. A difference
therefore counts only when it stands still: the same amount for a while, and still there after an answer of IB that
is complete and was asked for after it was first seen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from trading.domain.fills import COMBINATION
from trading.domain.orders import ZERO

GRACE = timedelta(seconds=4)
# IB keeps currency as cash, and a combination only as its legs: neither is a position to compare.
NO_POSITION = frozenset({"CASH", COMBINATION})

Key = tuple[str, int]
"""Account and con id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What both sides say now; signed quantities."""

    ib: Decimal
    ledger: Decimal

    @property
    def difference(self) -> Decimal:
        """How much more IB holds than the fills explain."""
        return self.ib - self.ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """A difference that may still be on its way to agreement; `stands` once IB has confirmed it."""

    difference: Decimal
    since: datetime
    stands: bool = False


class Verdict(Enum):
    """What to think of one position now."""

    AGREES = "agrees"
    WAIT = "wait"
    ASK = "ask"
    DIFFERS = "differs"


def judge(
    before: Suspicion | None, figures: Figures, *, now: datetime, answered: datetime | None
) -> tuple[Verdict, Suspicion | None]:
    """The verdict, and what to remember for the next look.

    `answered` is when IB's latest complete answer about executions and positions was asked for.
    """
    if figures.difference == 0:
        return Verdict.AGREES, None
    if before is None or before.difference != figures.difference:
        # another amount: something is still moving, so it has to stand still anew
        return Verdict.WAIT, Suspicion(difference=figures.difference, since=now)
    if before.stands:
        return Verdict.DIFFERS, before
    if now - before.since < GRACE:
        return Verdict.WAIT, before
    if answered is None or answered < before.since + GRACE:
        return Verdict.ASK, before
    return Verdict.DIFFERS, Suspicion(difference=before.difference, since=before.since, stands=True)


class Openings:
    """What accounts held before the first fill of the ledger: believed when two complete answers say the same.

    A trade whose execution is still on its way makes the two differ; then a third answer is compared with the second.
    """

    def __init__(self) -> None:
        self._candidates: dict[str, dict[int, Decimal]] = {}

    def learn(self, account: str, ib: Mapping[int, Decimal], fills: Mapping[int, Decimal]) -> dict[int, Decimal] | None:
        """IB's complete positions and what the fills add up to → the openings by con id, or None: ask again."""
        now = opening_quantities(ib, fills)
        if self._candidates.get(account) == now:
            del self._candidates[account]
            return now
        self._candidates[account] = now
        return None


def opening_quantities(ib: Mapping[int, Decimal], fills: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """What must have been held before these fills to make these positions; nothing where that is zero."""
    con_ids: Iterable[int] = ib.keys() | fills.keys()
    held = {con_id: ib.get(con_id, ZERO) - fills.get(con_id, ZERO) for con_id in con_ids}
    return {con_id: quantity for con_id, quantity in held.items() if quantity}
