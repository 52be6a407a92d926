"""The rules by which IB counts requests for small bars: too many and it answers with a pacing violation."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

TEN_MINUTES, MOST_IN_TEN_MINUTES = timedelta(minutes=10), 60
IDENTICAL = timedelta(seconds=15)
BURST, MOST_IN_BURST = timedelta(seconds=2), 5
_TWICE = "BID_ASK"

VIOLATION = "Historical data request pacing violation"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: everything about it (`whole`), and what it is about (contract, exchange and kind)."""

    at: datetime
    whole: tuple[object, ...]
    about: tuple[object, ...]
    weight: int


class HistoryPacer:
    """Counts the requests of one client. Those that violate a rule count as well."""

    def __init__(self) -> None:
        self._asked: deque[Asked] = deque()

    def admits(self, now: datetime, *, con_id: int, exchange: str, kind: str, rest: tuple[object, ...]) -> bool:
        """Whether a request keeps the rules: 60 in ten minutes, none twice in 15 seconds, five of a kind in two."""
        while self._asked and self._asked[0].at <= now - TEN_MINUTES:
            self._asked.popleft()
        about = (con_id, exchange, kind)
        asked = Asked(now, (*about, *rest), about, 2 if kind == _TWICE else 1)
        keeps = self._keeps(asked)
        self._asked.append(asked)
        return keeps

    def _keeps(self, asked: Asked) -> bool:
        total = sum(row.weight for row in self._asked) + asked.weight
        repeated = any(row.whole == asked.whole and row.at > asked.at - IDENTICAL for row in self._asked)
        alike = sum(row.about == asked.about and row.at > asked.at - BURST for row in self._asked)
        return total <= MOST_IN_TEN_MINUTES and not repeated and alike < MOST_IN_BURST
