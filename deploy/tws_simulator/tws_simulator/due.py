"""When time can next do anything, so that a virtual clock need not visit every slot of a quiet night.

The rule is one-sided: a moment that is too early costs time, one that is too late changes what clients see. So
everything not known to be quiet is due now.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from tws_simulator.clock import NEW_YORK, new_york

if TYPE_CHECKING:
    from tws_simulator.gateway import Gateway


class Due:
    """Asks all parts of a gateway when they next have something to do."""

    def __init__(self, gateway: "Gateway") -> None:
        self._gateway = gateway
        self._midnight: datetime | None = None

    def forget(self) -> None:
        """Time has jumped."""
        self._midnight = None

    def next(self, now: datetime) -> datetime:
        """The earliest moment at which a tick can do anything; `now` means every slot."""
        if self._gateway.stirred:
            return now
        earliest = self._turn_of_day(now)
        for moment in self._moments(now):
            if moment is None:
                continue
            if moment <= now:
                return now
            earliest = min(earliest, moment)
        return earliest

    def _moments(self, now: datetime) -> Iterable[datetime | None]:
        yield self._gateway.agenda.next_at()
        yield self._gateway.lifecycle.next_due()
        yield self._gateway.broker.next_due(now)
        if self._gateway.link_is_up:
            for session in self._gateway.sessions.values():
                yield session.next_due(now)

    def _turn_of_day(self, now: datetime) -> datetime:
        if self._midnight is None or self._midnight <= now:
            tomorrow = new_york(now).date() + timedelta(days=1)
            self._midnight = datetime.combine(tomorrow, time(0), NEW_YORK).astimezone(now.tzinfo)
        return self._midnight
