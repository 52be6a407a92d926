"""Faults, scenarios, timelines, random trouble, and time."""

from datetime import datetime
from typing import Any

from tws_simulator.client.rows import Faults
from tws_simulator.client.transport import Transport, covers, given, segment

_STEP_SECONDS = 600.0
"""How long a step of the clock may take of real time."""


class TroubleCalls(Transport):
    """The part of the control port that makes trouble and time."""

    @covers("GET", "/faults")
    def faults(self) -> dict[str, Any]:
        """Which faults are `on`, and all `switches` and `actions` there are."""
        found: dict[str, Any] = self.request("GET", "/faults")
        return found

    @covers("POST", "/faults")
    def switch_on(
        self, name: str, *, client_id: int | None = None, count: int | None = None, **parameters: Any
    ) -> Faults:
        """Switch a fault on, for one client or the next few times if wished. Returns the faults that are on."""
        body = {"name": name, **given(client_id=client_id, count=count), **parameters}
        found: Faults = self.request("POST", "/faults", body)["on"]
        return found

    def switch_off(self, name: str) -> Faults:
        """Switch a fault off. Returns the faults that are on."""
        found: Faults = self.request("POST", "/faults", {"name": name, "on": False})["on"]
        return found

    def act(self, name: str, **parameters: Any) -> Faults:
        """Do a one-time fault, like `link_down`. Returns the faults that are on."""
        found: Faults = self.request("POST", "/faults", {"name": name, **parameters})["on"]
        return found

    @covers("DELETE", "/faults")
    def clear_faults(self) -> None:
        """Switch all faults off."""
        self.request("DELETE", "/faults")

    @covers("GET", "/scenarios")
    def scenarios(self) -> dict[str, Any]:
        """All scenarios, and which have been started."""
        found: dict[str, Any] = self.request("GET", "/scenarios")
        return found

    @covers("POST", "/scenarios/{name}")
    def start_scenario(self, name: str, **parameters: Any) -> dict[str, Any]:
        """Start a scenario."""
        found: dict[str, Any] = self.request("POST", f"/scenarios/{segment(name)}", parameters)
        return found

    @covers("DELETE", "/scenarios/{name}")
    def stop_scenario(self, name: str) -> dict[str, Any]:
        """Stop a scenario and undo what it switched."""
        found: dict[str, Any] = self.request("DELETE", f"/scenarios/{segment(name)}")
        return found

    @covers("GET", "/timeline")
    def timelines(self) -> dict[str, Any]:
        """All timelines."""
        found: dict[str, Any] = self.request("GET", "/timeline")
        return found

    @covers("GET", "/timeline/{id}")
    def timeline(self, id: str | int) -> dict[str, Any]:
        """One timeline."""
        found: dict[str, Any] = self.request("GET", f"/timeline/{segment(id)}")
        return found

    @covers("POST", "/timeline")
    def run_timeline(self, steps: list[dict[str, Any]]) -> dict[str, Any]:
        """Run steps by the simulator's clock; all are checked before the first is done."""
        found: dict[str, Any] = self.request("POST", "/timeline", {"steps": steps})
        return found

    @covers("DELETE", "/timeline/{id}")
    def stop_timeline(self, id: str | int) -> dict[str, Any]:
        """Stop a timeline and undo what it switched."""
        found: dict[str, Any] = self.request("DELETE", f"/timeline/{segment(id)}")
        return found

    @covers("DELETE", "/timeline")
    def stop_timelines(self) -> dict[str, Any]:
        """Stop all timelines and undo what they switched."""
        found: dict[str, Any] = self.request("DELETE", "/timeline")
        return found

    @covers("GET", "/chaos")
    def chaos(self) -> dict[str, Any]:
        """What random fault has struck, and what is planned next."""
        found: dict[str, Any] = self.request("GET", "/chaos")
        return found

    @covers("POST", "/chaos")
    def start_chaos(self, **wanted: Any) -> dict[str, Any]:
        """Let random faults strike: `seed`, `rate_per_minute`, `kinds`, `seconds`."""
        found: dict[str, Any] = self.request("POST", "/chaos", wanted)
        return found

    @covers("DELETE", "/chaos")
    def stop_chaos(self) -> dict[str, Any]:
        """End random faults and undo what is still on."""
        found: dict[str, Any] = self.request("DELETE", "/chaos")
        return found

    @covers("GET", "/clock")
    def clock(self) -> dict[str, Any]:
        """What the simulator's clock reads, and how fast it goes."""
        found: dict[str, Any] = self.request("GET", "/clock")
        return found

    @covers("POST", "/clock")
    def steer_clock(self, **wanted: Any) -> dict[str, Any]:
        """Steer a virtual clock by the words of `POST /clock`."""
        found: dict[str, Any] = self.request("POST", "/clock", wanted, wait=_STEP_SECONDS)
        return found

    def step_clock(self, seconds: float) -> dict[str, Any]:
        """Let a virtual clock go forward as fast as possible; returns when it has arrived."""
        return self.steer_clock(step_seconds=seconds)

    def advance_clock(self, to: datetime | str) -> dict[str, Any]:
        """Go to a moment (or `next_open`, `next_close`) as fast as possible; returns when it has arrived."""
        return self.steer_clock(advance_to=to)

    def run_clock(self, speed: float = 1.0, *, until: datetime | str | None = None) -> dict[str, Any]:
        """Let a virtual clock run at so many of its seconds per real one."""
        return self.steer_clock(speed=speed, **given(until=until))

    def pause_clock(self) -> dict[str, Any]:
        """Stop a virtual clock where it is."""
        return self.steer_clock(paused=True)

    @covers("GET", "/lifecycle")
    def lifecycle(self) -> dict[str, Any]:
        """Where the Gateway is in its life, and what comes next."""
        found: dict[str, Any] = self.request("GET", "/lifecycle")
        return found

    @covers("POST", "/lifecycle")
    def change_life(self, action: str, **wanted: Any) -> dict[str, Any]:
        """Restart, reset, log off or require a login, by the words of `POST /lifecycle`."""
        found: dict[str, Any] = self.request("POST", "/lifecycle", {"action": action, **wanted})
        return found

    @covers("POST", "/login")
    def login(self) -> dict[str, Any]:
        """Confirm the second factor."""
        found: dict[str, Any] = self.request("POST", "/login")
        return found
