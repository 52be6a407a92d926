"""What both sides have on record after a drill, and what a comparison can find."""

from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]


@dataclass(slots=True)
class Findings:
    """What does not agree, by kind; every list but the last must be empty."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong_state: list[str] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)
    fills_lost: list[str] = field(default_factory=list)
    fills_doubled: list[str] = field(default_factory=list)
    fills_wrong: list[str] = field(default_factory=list)
    positions_wrong: list[str] = field(default_factory=list)
    stream_gaps: list[str] = field(default_factory=list)
    stream_wrong: list[str] = field(default_factory=list)
    answers_wrong: list[str] = field(default_factory=list)
    incidents_open: list[str] = field(default_factory=list)
    honest_unknowns: list[str] = field(default_factory=list)
    """Unknown at the desk, and IB has no trace of it: nobody can settle these but a person. Not a failure."""

    def failures(self) -> dict[str, list[str]]:
        """Everything that makes a drill fail."""
        names = (name for name in self.__slots__ if name != "honest_unknowns")
        return {name: getattr(self, name) for name in names if getattr(self, name)}


@dataclass(frozen=True, slots=True)
class Books:
    """What both sides have on record: the desk's REST answers and tables, and the simulator's state."""

    orders: list[Row]
    fills: list[Row]
    positions: list[Row]
    ib: Row
    stream: dict[int, str]
    """Events that a client subscribed since the start should have seen: number and digest of each."""
    incidents: list[Row] = field(default_factory=list)
    """Open ones: kind, order (its id or None) and subject."""
    lies: frozenset[str] = frozenset()
    """Commissions that the simulator was told to report against its own books."""
