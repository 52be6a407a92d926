"""IB's data farms: which are broken and since when, told from its messages (field guide §3.1). Plain Python."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FarmKind(StrEnum):
    """What a farm serves."""

    QUOTES = "quotes"
    HISTORY = "history"
    CONTRACTS = "contracts"


BROKEN = {2103: FarmKind.QUOTES, 2105: FarmKind.HISTORY, 2157: FarmKind.CONTRACTS}
# 2107 and 2108: asleep, wakes on demand
WELL = {
    2104: FarmKind.QUOTES,
    2106: FarmKind.HISTORY,
    2158: FarmKind.CONTRACTS,
    2107: FarmKind.HISTORY,
    2108: FarmKind.QUOTES,
}
CONNECTING = frozenset({2119})
CODES = frozenset(BROKEN) | frozenset(WELL) | CONNECTING
_NAME = re.compile(r"[:.]\s*([A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]+)*)\s*$")


@dataclass(frozen=True, slots=True)
class Farm:
    """One farm by IB's name for it."""

    kind: FarmKind
    name: str


def farm_named_in(text: str) -> str:
    """The farm at the end of IB's sentence, or the sentence when it names none."""
    match = _NAME.search(text)
    return match[1] if match else text.strip()


class Farms:
    """Which farms are broken on this connection."""

    def __init__(self) -> None:
        self._down: dict[Farm, datetime] = {}

    def hear(self, code: int, text: str, now: datetime) -> bool:
        """Take in a message; returns whether anything has changed. A farm that breaks twice is down since the first."""
        if (kind := BROKEN.get(code)) is not None:
            farm = Farm(kind, farm_named_in(text))
            is_news = farm not in self._down
            self._down.setdefault(farm, now)
            return is_news
        if (kind := WELL.get(code)) is not None:
            return self._down.pop(Farm(kind, farm_named_in(text)), None) is not None
        return False

    def forget(self) -> bool:
        """The connection has ended: a new one is told anew. Returns whether anything has changed."""
        had_any = bool(self._down)
        self._down.clear()
        return had_any

    def down(self) -> list[tuple[Farm, datetime]]:
        """The broken ones, the longest first."""
        return sorted(self._down.items(), key=lambda item: item[1])

    def quotes_down(self) -> list[Farm]:
        """The broken ones that serve quotes."""
        return [farm for farm, _ in self.down() if farm.kind is FarmKind.QUOTES]
