"""What is to happen later, by the simulator's clock."""

import heapq
import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

log = logging.getLogger("tws_simulator.agenda")


@dataclass(slots=True, order=True)
class Appointment:
    """One thing to do at a moment; those of the same moment happen in the order in which they were made."""

    at: datetime
    number: int
    work: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Do not do it."""
        self.cancelled = True


class Agenda:
    """Appointments, kept by whoever turns the clock."""

    def __init__(self) -> None:
        self._queue: list[Appointment] = []
        self._numbers = itertools.count()

    def at(self, moment: datetime, work: Callable[[], None]) -> Appointment:
        """Do something once the clock reads `moment` or later."""
        appointment = Appointment(moment, next(self._numbers), work)
        heapq.heappush(self._queue, appointment)
        return appointment

    def run(self, now: datetime) -> None:
        """Do all that is due, the earliest first, also what was added meanwhile."""
        while self._queue and self._queue[0].at <= now:
            appointment = heapq.heappop(self._queue)
            if not appointment.cancelled:
                self._do(appointment)

    def next_at(self) -> datetime | None:
        """When the next thing is due."""
        while self._queue and self._queue[0].cancelled:
            heapq.heappop(self._queue)
        return self._queue[0].at if self._queue else None

    def clear(self) -> None:
        """Forget everything."""
        for appointment in self._queue:
            appointment.cancel()
        self._queue.clear()

    def _do(self, appointment: Appointment) -> None:
        try:
            appointment.work()
        except Exception:
            # One appointment that fails must not lose the others.
            log.exception("an appointment failed")
