"""How many messages a client may send, as a Gateway counts them."""

from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tws_simulator.session.session import Session

_SECOND = timedelta(seconds=1)
_START_API, _MATCHING_SYMBOLS = b"71\0", b"81\0"
_MAX_QUEUE = 10_000


class Pacer:
    """Counts one connection's messages, and loses or delays what is too much. All by the simulator's clock."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._recent: deque[datetime] = deque()
        self._queue: deque[bytes] = deque()
        self._strikes = 0
        self._struck_at: datetime | None = None
        self._last_search: datetime | None = None

    def admits(self, payload: bytes) -> bool:
        """Whether a message may be worked on now. If not, it is lost or will be worked on later."""
        limits = self._session.gateway.faults.find("enforce_pacing", self._session.client_id)
        if limits is None or payload.startswith(_START_API):
            return True
        now = self._session.gateway.clock.now()
        if self._queue or self._must_wait(payload, now):
            self._put_off(payload)
            return False
        if self._count(now) < limits["per_second"]:
            self._recent.append(now)
            return True
        if limits["mode"] == "queue":
            self._put_off(payload)
        else:
            self._strike(limits, now)
        return False

    def _count(self, now: datetime) -> int:
        while self._recent and self._recent[0] <= now - _SECOND:
            self._recent.popleft()
        return len(self._recent)

    def _must_wait(self, payload: bytes, now: datetime) -> bool:
        """Searches for symbols have a rule of their own: one a second, the others wait."""
        if not payload.startswith(_MATCHING_SYMBOLS):
            return False
        if self._last_search is not None and now < self._last_search + _SECOND:
            return True
        self._last_search = now
        return False

    def _strike(self, limits: dict[str, Any], now: datetime) -> None:
        """Tell of a violation; those within one second count as one. The last strike ends the connection."""
        allowed = limits["per_second"]
        self._session.error(
            -1, 100, f"Max rate of messages per second has been exceeded:max={allowed} rec={allowed + 1} (1)"
        )
        if self._struck_at is None or now >= self._struck_at + _SECOND:
            self._struck_at = now
            self._strikes += 1
        if self._strikes >= limits["strikes"]:
            self._session.connection.close()

    def _put_off(self, payload: bytes) -> None:
        if len(self._queue) >= _MAX_QUEUE:
            self._session.connection.close()
            return
        self._queue.append(payload)
        if len(self._queue) == 1:
            self._arrange()

    def _arrange(self) -> None:
        """Come back when the oldest message in the queue may go."""
        gateway, now = self._session.gateway, self._session.gateway.clock.now()
        free_at = self._recent[0] + _SECOND if self._recent else now
        if self._queue[0].startswith(_MATCHING_SYMBOLS) and self._last_search is not None:
            free_at = max(free_at, self._last_search + _SECOND)
        gateway.agenda.at(free_at, self._work_off)

    def _work_off(self) -> None:
        """Work on what waits, as far as the limits allow now."""
        faults, now = self._session.gateway.faults, self._session.gateway.clock.now()
        while self._queue and not self._session.closed:
            limits = faults.find("enforce_pacing", self._session.client_id)
            full = limits is not None and self._count(now) >= limits["per_second"]
            if full or (limits is not None and self._must_wait(self._queue[0], now)):
                self._arrange()
                return
            self._recent.append(now)
            self._session.work_off(self._queue.popleft())


def lines_allowed(session: "Session") -> int:
    """How many quotes a client may stream at once."""
    return _allowed(session, "lines", session.gateway.data.lines)


def depth_allowed(session: "Session") -> int:
    """How many order books a client may watch at once."""
    return _allowed(session, "depth", session.gateway.data.depth_requests)


def history_is_paced(session: "Session") -> bool:
    """Whether the rules for historical requests count for this client."""
    limits = session.gateway.faults.find("enforce_pacing", session.client_id)
    return limits is not None and bool(limits["history"])


def _allowed(session: "Session", name: str, login: int) -> int:
    """The limit of the login, or the one that is enforced if that is lower."""
    limits = session.gateway.faults.find("enforce_pacing", session.client_id)
    return login if limits is None else min(login, int(limits[name]))
