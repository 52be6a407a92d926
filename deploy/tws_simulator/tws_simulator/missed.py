"""What happened while the Gateway had no link to IB, to be told afterwards."""

from collections.abc import Callable, Iterable

from tws_simulator.events import Event, OrderCancelled, OrderUpdated, PositionChanged

MOST = 10_000


class Missed:
    """Keeps events while `keeping`; what an order or a position went through in between is not told, only the last."""

    def __init__(self) -> None:
        self.keeping = False
        self._events: list[Event] = []

    def note(self, event: Event) -> None:
        """Remember an event nobody was told of."""
        if self.keeping and len(self._events) < MOST:
            self._events.append(event)

    def tell(self, listener: Callable[[Event], None]) -> None:
        """Tell it all now, in the order in which it happened."""
        events, self._events = self._events, []
        self.keeping = False
        for event in _newest(events):
            listener(event)

    def forget(self) -> None:
        """Nobody is ever told."""
        self._events.clear()
        self.keeping = False


def _newest(events: Iterable[Event]) -> list[Event]:
    """All fills, commissions and refusals, and of each order and position the last word."""
    kept: list[Event] = []
    known: set[object] = set()
    for event in reversed(list(events)):
        key = _subject(event)
        if key is None or key not in known:
            known.add(key)
            kept.append(event)
    return kept[::-1]


def _subject(event: Event) -> object:
    if isinstance(event, PositionChanged):
        return event.account, event.con_id
    if isinstance(event, (OrderUpdated, OrderCancelled)):
        return event.order.perm_id
    return None
