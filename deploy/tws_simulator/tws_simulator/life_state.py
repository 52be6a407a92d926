"""Where a Gateway is in its life, as it is saved with the whole state and taken up again."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from tws_simulator.life_plan import RESET_DATA, WAITING_SHOWS, WEEKDAYS, LifePlan, Outage
from tws_simulator.storage.codec import CodecError


class Phase(StrEnum):
    """Where a Gateway is in its life."""

    RUNNING = "running"
    RESETTING = "resetting"
    RESTARTING = "restarting"
    LOGIN_REQUIRED = "login_required"
    LOGGED_OFF = "logged_off"


@dataclass(frozen=True, slots=True)
class ComingOutage:
    """A loss of the link that is drawn already."""

    at: datetime
    outage: Outage


@dataclass(frozen=True, slots=True)
class LifeState:
    """What must be known to go on. An outage under way is not kept: it ends with the state it was in."""

    plan: LifePlan
    phase: Phase
    since: datetime
    login_expired: bool
    shows: str | None
    ends_at: datetime | None = None
    """When a restart ends, or somebody confirms the second factor by himself."""
    outages: list[ComingOutage] = field(default_factory=list)

    def check(self, path: str) -> None:
        """Raise CodecError for what no Gateway can be in."""
        plan = self.plan
        if plan.weekly_login is not None and not 0 <= plan.weekly_login.weekday < len(WEEKDAYS):
            raise CodecError(f"{path}.plan.weekly_login.weekday", "is 0 to 6")
        if plan.reset_data not in RESET_DATA:
            raise CodecError(f"{path}.plan.reset_data", f"is none of {', '.join(RESET_DATA)}")
        for name, shows in (("plan.login_shows", plan.login_shows), ("shows", self.shows)):
            if shows not in {None, *WAITING_SHOWS}:
                raise CodecError(f"{path}.{name}", f"is none of {', '.join(WAITING_SHOWS)}")
        if self.phase is Phase.LOGIN_REQUIRED and self.shows is None:
            raise CodecError(f"{path}.shows", "is missing")
        if self.phase is Phase.RESTARTING and self.ends_at is None:
            raise CodecError(f"{path}.ends_at", "is missing")
        moments = [self.since, *(row.at for row in self.outages), *([self.ends_at] if self.ends_at else [])]
        if any(moment.tzinfo is None for moment in moments):
            raise CodecError(path, "times need their offset")
