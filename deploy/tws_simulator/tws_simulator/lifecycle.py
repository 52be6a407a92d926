"""What a Gateway goes through over days: restarts, server resets, the weekly login, a login elsewhere.

Everything happens by the simulator's clock, planned (see `life_plan`) or when told. The exchange does not notice:
orders work on, and fills happen, whether the Gateway is up or not.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from tws_simulator.faults.agenda import Agenda, Appointment
from tws_simulator.life_plan import LifePlan, Outage, next_daily, next_weekly, next_window, outage, outages
from tws_simulator.life_state import ComingOutage, LifeState, Phase
from tws_simulator.session.system import greet_late

if TYPE_CHECKING:
    from tws_simulator.gateway import Gateway

_SOURCE = "server reset"
_AGAIN = "1100 again"


class LifecycleError(Exception):
    """Not in this state."""


_AWAY = {Phase.RESTARTING, Phase.LOGIN_REQUIRED, Phase.LOGGED_OFF}


class Lifecycle:
    """The life of one gateway."""

    def __init__(self, gateway: "Gateway", plan: LifePlan) -> None:
        self._gateway = gateway
        self.plan = plan
        self.phase = Phase.RUNNING
        self.since = gateway.clock.now()
        self.login_expired = False
        self.shows: str | None = None
        """What a client meets that connects now; None when all is well."""
        self._outage: Outage | None = None
        self._report = True
        self._unlinked = False
        self._agenda = Agenda()
        self._planned: dict[str, Appointment] = {}
        self._drawn: dict[str, ComingOutage] = {}
        self._number = 0
        self.plan_ahead()

    # Looking -----------------------------------------------------------------------------------------------------

    @property
    def hides_ids(self) -> bool:
        """Whether clients are told neither accounts nor order ids."""
        return self.shows == "no_ids"

    def next_due(self) -> datetime | None:
        """When the next thing happens by itself."""
        return self._agenda.next_at()

    def describe(self) -> dict[str, Any]:
        """For the control port."""
        coming = sorted(
            (row.at, row.number, name) for name, row in self._planned.items() if not name.startswith(_AGAIN)
        )
        return {
            "state": self.phase.value,
            "since": self.since.isoformat(),
            "login_expired": self.login_expired,
            "shows": self.shows,
            "next": [{"event": name, "at": at.isoformat()} for at, _, name in coming],
        }

    # Time --------------------------------------------------------------------------------------------------------

    def tick(self, now: datetime) -> bool:
        """Do what is due; returns whether anything was."""
        due = self._agenda.next_at()
        if due is None or due > now:
            return False
        self._agenda.run(now)
        return True

    def plan_ahead(self) -> None:
        """Plan everything anew from now on, as after the clock was set."""
        for name in list(self._planned):
            self._cancel(name)
        now, plan = self._gateway.clock.now(), self.plan
        if plan.restart_at is not None:
            self._arrange("restart", next_daily(plan.restart_at, now), self._nightly_restart)
        if plan.weekly_login is not None:
            self._arrange("login_expires", next_weekly(plan.weekly_login, now), self._expire_login)
        self._plan_window(now)

    def _plan_window(self, now: datetime) -> None:
        if self.plan.reset_window is not None:
            start, end = next_window(self.plan.reset_window, now)
            self._arrange("reset_window", start, partial(self._open_window, start, end))

    def _open_window(self, start: datetime, end: datetime) -> None:
        seed = self._gateway.broker.seed
        for begins, found in outages(seed, start, end, self.plan.reset_data):
            self._foresee(ComingOutage(begins, found))
        self._plan_window(start)

    def _foresee(self, coming: ComingOutage) -> None:
        self._number += 1
        name = f"outage {self._number}"
        self._drawn = {key: row for key, row in self._drawn.items() if key in self._planned}
        self._drawn[name] = coming
        self._arrange(name, coming.at, partial(self._begin_outage, coming.outage, True))

    def _nightly_restart(self) -> None:
        assert self.plan.restart_at is not None
        self._arrange("restart", next_daily(self.plan.restart_at, self._now()), self._nightly_restart)
        if self.phase not in _AWAY:
            self.restart(self.plan.restart_seconds)

    def _expire_login(self) -> None:
        assert self.plan.weekly_login is not None
        self._arrange("login_expires", next_weekly(self.plan.weekly_login, self._now()), self._expire_login)
        self.login_expired = True
        if self.plan.restart_at is None and self.phase not in _AWAY:
            # Without a nightly restart the Gateway logs itself off: one of the two must happen.
            self.require_login()

    # Acts --------------------------------------------------------------------------------------------------------

    def restart(self, seconds: float) -> None:
        """Close every socket and the port for a while. Raises LifecycleError unless the Gateway is up."""
        self._must_be_up("restart")
        self._leave(Phase.RESTARTING, "refused")
        self._after("restart_ends", seconds, self._end_restart)

    def require_login(self, shows: str | None = None) -> None:
        """Wait for a second factor. Raises LifecycleError when the Gateway is logged off already."""
        if self.phase in {Phase.LOGIN_REQUIRED, Phase.LOGGED_OFF}:
            raise LifecycleError(f"the Gateway is {self.phase.value} already")
        self._cancel("restart_ends")
        self.login_expired = True
        self._leave(Phase.LOGIN_REQUIRED, shows or self.plan.login_shows)
        if self.plan.auto_login_after is not None:
            self._after("login", self.plan.auto_login_after, self.login)

    def login(self) -> None:
        """Somebody confirmed the second factor, or logged in again. Raises LifecycleError when nobody has to."""
        if self.phase not in {Phase.LOGIN_REQUIRED, Phase.LOGGED_OFF}:
            raise LifecycleError(f"the Gateway is {self.phase.value}: nobody has to log in")
        self._cancel("login")
        self.login_expired = False
        self._come_up()

    def logoff(self, *, keep_sockets: bool, shows: str | None = None) -> None:
        """The user logged in elsewhere: this session ends, and nothing reconnects by itself.

        With `keep_sockets` clients see 1100 and stay connected. Raises LifecycleError unless the Gateway is up.
        """
        self._must_be_up("be logged off")
        if keep_sockets:
            self._end_outage_silently()
            self._enter(Phase.LOGGED_OFF)
            if self._gateway.link_is_up or self._unlinked:
                self._gateway.act("link_down", {})
                self._unlinked = True
        else:
            self._leave(Phase.LOGGED_OFF, shows or self.plan.login_shows)

    def reset(self, seconds: float, *, data: str, report_missed: bool) -> None:
        """Lose the link to IB now, for a while. Raises LifecycleError unless the Gateway is up."""
        self._must_be_up("lose its link")
        if not self._gateway.link_is_up:
            raise LifecycleError("the link to IB is down already")
        key = f"told {self._now().isoformat()}"
        self._begin_outage(outage(self._gateway.broker.seed, seconds, data, key), report_missed)

    def on_reset(self) -> None:
        """The simulator begins again: an outage is over."""
        self._end_outage_silently()

    def begin_anew(self) -> None:
        """Be up and running, whatever was going on, and plan from now on, as after a state was loaded."""
        self._end_outage_silently()
        for name in ("restart_ends", "login"):
            self._cancel(name)
        self.login_expired = False
        if self.phase is not Phase.RUNNING:
            self._come_up()
        self.plan_ahead()

    def saved(self) -> LifeState:
        """What `resume` needs to go on from here."""
        ends = self._planned.get("restart_ends" if self.phase is Phase.RESTARTING else "login")
        coming = [row for name, row in self._drawn.items() if name in self._planned]
        return LifeState(
            self.plan, self.phase, self.since, self.login_expired, self.shows, ends.at if ends else None, coming
        )

    def resume(self, state: LifeState) -> None:
        """Go on where another Gateway was. To be called while up and running."""
        self.plan = state.plan
        self.plan_ahead()
        for coming in state.outages:
            self._foresee(coming)
        if state.phase is Phase.LOGGED_OFF and state.shows is None:
            self.logoff(keep_sockets=True)
        elif state.phase in _AWAY:
            self._leave(state.phase, state.shows or self.plan.login_shows)
        if state.ends_at is not None and state.phase is Phase.RESTARTING:
            self._arrange("restart_ends", state.ends_at, self._end_restart)
        elif state.ends_at is not None and state.phase is Phase.LOGIN_REQUIRED:
            self._arrange("login", state.ends_at, self.login)
        self.login_expired = state.login_expired
        if state.phase is self.phase:
            self.since = state.since

    # Coming and going --------------------------------------------------------------------------------------------

    def _must_be_up(self, what: str) -> None:
        if self.phase in _AWAY:
            raise LifecycleError(f"the Gateway is {self.phase.value} and cannot {what}")

    def _leave(self, phase: Phase, shows: str) -> None:
        """Nobody is connected any more; who connects meets what `shows` says."""
        gateway = self._gateway
        self._enter(phase)
        self.shows = shows
        if gateway.door is not None:
            if shows == "refused":
                gateway.door.shut()
            else:
                gateway.door.open()
        gateway.hang_up()
        gateway.broker.drop_untransmitted()
        gateway.muted.clear()
        gateway.lingering.clear()
        self._unlink()

    def _end_restart(self) -> None:
        if self.login_expired:
            self.require_login()
        else:
            self._come_up()

    def _come_up(self) -> None:
        gateway, shown = self._gateway, self.shows
        kept_sockets = self.phase is Phase.LOGGED_OFF and shown is None
        self._enter(Phase.RUNNING if self._outage is None else Phase.RESETTING)
        self.shows = None
        if shown == "no_ids":
            self._link(told=False)
            for session in gateway.chosen(None):
                greet_late(session)
        else:
            if not kept_sockets:
                gateway.hang_up()  # those who were let wait without an answer
            self._link(told=kept_sockets)
        if gateway.door is not None:
            gateway.door.open()

    def _unlink(self) -> None:
        """Be without IB, unless something else has cut the link already."""
        if self._gateway.link_is_up:
            self._gateway.link_is_up, self._unlinked = False, True

    def _link(self, *, told: bool) -> None:
        """Find IB again, if it was this that had lost it."""
        gateway = self._gateway
        if not self._unlinked:
            return
        self._unlinked = False
        if told:
            gateway.act("link_up", {"data_lost": True})
        gateway.link_is_up = True
        held, gateway.held = gateway.held, []
        for session, request in held:
            session.perform(request)

    # Outages -----------------------------------------------------------------------------------------------------

    def _begin_outage(self, found: Outage, report: bool) -> None:
        gateway = self._gateway
        if self.phase is not Phase.RUNNING or not gateway.link_is_up:
            return
        self._outage, self._report = found, report
        self._enter(Phase.RESETTING)
        gateway.missed.keeping = report
        gateway.act("link_down", {})
        gateway.faults.switch_on("account_not_ready", {}, source=_SOURCE)
        for number, seconds in enumerate(found.repeats):
            self._after(f"{_AGAIN} {number}", seconds, self._repeat)
        self._after("reset_ends", found.seconds, self._end_outage)

    def _repeat(self) -> None:
        if not self._gateway.link_is_up:
            self._gateway.act("link_down", {})

    def _end_outage(self) -> None:
        gateway, found = self._gateway, self._outage
        if found is None:
            return
        self._outage = None
        gateway.faults.clear(source=_SOURCE)
        if self.phase is not Phase.RESETTING:
            gateway.missed.forget()
            self._unlinked = True  # the link comes back with the Gateway
            return
        self._enter(Phase.RUNNING)
        if not gateway.link_is_up:
            held, gateway.held = gateway.held, []
            gateway.act("link_up", {"data_lost": found.data_lost})
            gateway.missed.tell(gateway.on_event)
            for session, request in held:
                session.perform(request)
        gateway.missed.forget()

    def _end_outage_silently(self) -> None:
        for name in [row for row in self._planned if row == "reset_ends" or row.startswith(_AGAIN)]:
            self._cancel(name)
        if self._outage is not None:
            self._outage = None
            self._unlinked = self._unlinked or not self._gateway.link_is_up
            self._gateway.faults.clear(source=_SOURCE)
            if self.phase is Phase.RESETTING:
                self._enter(Phase.RUNNING)
        self._gateway.missed.forget()

    # Inside --------------------------------------------------------------------------------------------------------

    def _now(self) -> datetime:
        return self._gateway.clock.now()

    def _enter(self, phase: Phase) -> None:
        self.phase, self.since = phase, self._now()

    def _after(self, name: str, seconds: float, work: Callable[[], None]) -> None:
        self._arrange(name, self._now() + timedelta(seconds=seconds), work)

    def _arrange(self, name: str, moment: datetime, work: Callable[[], None]) -> None:
        self._cancel(name)
        self._planned[name] = self._agenda.at(moment, partial(self._do, name, work))

    def _do(self, name: str, work: Callable[[], None]) -> None:
        self._planned.pop(name, None)
        work()

    def _cancel(self, name: str) -> None:
        appointment = self._planned.pop(name, None)
        if appointment is not None:
            appointment.cancel()
