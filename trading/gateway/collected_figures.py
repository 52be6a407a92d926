"""What IB has said of the accounts since the last write, and for how long that has waited."""

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Key = tuple[str, int]
"""Account and con_id."""
Pnl = tuple[float, float, float]
# the end marker may come before the values: others wait for 2.5 s (field guide §4.2)
VALUES_AFTER_THE_END = 10.0
Kind = Literal["values", "positions", "pnl", "position_pnl"]


class PositionPnlFigures(NamedTuple):
    """A position's profit and loss, and the quantity that was held when IB said so."""

    daily: float
    unrealized: float
    realized: float
    market_value: float
    quantity: float | None


@dataclass
class Download:
    """One complete answer of an account's values: what of it was heard, and when its end marker came."""

    heard: set[tuple[str, str]] = field(default_factory=set)
    ended_at: float | None = None

    def is_settled(self, now: float) -> bool:
        """Whether the values that come behind their end marker have come too."""
        return self.ended_at is not None and now - self.ended_at >= VALUES_AFTER_THE_END

    @property
    def is_whole(self) -> bool:
        """Whether it names what every account has: the values may be empty at first."""
        return any(tag == "NetLiquidation" for tag, _ in self.heard)


@dataclass
class CollectedFigures:
    """What has changed since the last write."""

    values: dict[str, dict[tuple[str, str], str]] = field(default_factory=lambda: defaultdict(dict))
    positions: dict[Key, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    pnl: dict[str, Pnl] = field(default_factory=dict)
    position_pnl: dict[Key, PositionPnlFigures] = field(default_factory=dict)
    complete: dict[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    """Accounts that IB has told in full: these tags and currencies, and no others."""
    since: dict[Kind, float] = field(default_factory=dict)
    """When the oldest of each kind came."""

    def __bool__(self) -> bool:
        return bool(self.values or self.positions or self.pnl or self.position_pnl or self.complete)

    def note(self, kind: Kind) -> None:
        """Something of this kind came."""
        self.since.setdefault(kind, time.monotonic())

    def hand_over(self, kind: Kind, to: "CollectedFigures") -> None:
        """Leave what there is of a kind to a collection that has nothing of it yet."""
        mine, others = getattr(self, kind), getattr(to, kind)
        setattr(self, kind, others)
        setattr(to, kind, mine)
        if kind in self.since:
            to.since[kind] = self.since.pop(kind)

    def waits_since(self, kind: Kind) -> float | None:
        """When the oldest of what there is of a kind came."""
        return self.since.get(kind) if getattr(self, kind) else None

    def take_back(self, older: "CollectedFigures", held: Mapping[Key, float]) -> None:
        """Keep what was not written where nothing newer has replaced it.

        What another quantity was worth, or has earned, is replaced by the quantity alone.
        """
        for code, values in older.values.items():
            self.values[code] = values | self.values[code]
        for key, row in older.positions.items():
            newer = self.positions.get(key)
            if not newer:
                self.positions[key] = row
            elif newer["quantity"] == row["quantity"]:
                self.positions[key] = row | newer
        self.complete = older.complete | self.complete
        self.pnl = older.pnl | self.pnl
        still_held = {key: pnl for key, pnl in older.position_pnl.items() if held.get(key) in (None, pnl.quantity)}
        self.position_pnl = still_held | self.position_pnl
        for kind, since in older.since.items():
            self.since[kind] = min(since, self.since.get(kind, since))
