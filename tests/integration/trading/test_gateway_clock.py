"""The wall clock is set by hours, forwards and back, under a running gateway: nothing fires late, nothing is lost.

The gateway process reads its wall clock through `tests/fixtures/stepped_clock.py`, this process (in the role of web)
through the same file; PostgreSQL and the simulator keep the true time, as other machines would.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import F
from django.utils import timezone

from tests.fixtures import stepped_clock
from tests.fixtures.gateway import LiveDesk, stays, wait_status
from tests.fixtures.waiting import eventually
from trading.models import GatewayCommand, GatewayLease, GatewayState

pytestmark = pytest.mark.django_db(transaction=True)
Step = Callable[[float], None]


@pytest.fixture
def step(own_desk: LiveDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Step:
    """Set the clock of the gateway and of this process by so many seconds."""
    file, ahead = tmp_path / "offset", [0.0]
    own_desk.gateway.command = [sys.executable, stepped_clock.__file__, str(file), "manage.py", "run_gateway"]
    monkeypatch.setattr(timezone, "now", lambda: datetime.now(UTC) + timedelta(seconds=ahead[0]))

    def set_by(seconds: float) -> None:
        ahead[0] += seconds
        file.write_text(str(ahead[0]))

    set_by(0)
    return set_by


@pytest.mark.parametrize("seconds", [7200.0, -7200.0])
def test_a_step_is_said_and_trading_goes_on(own_desk: LiveDesk, step: Step, seconds: float) -> None:
    own_desk.gateway.start()
    own_desk.pin("AAPL", "189.99", "190.01")
    before = wait_status(own_desk.submit("AAPL", 1, "180.00"), "working")
    lease = GatewayLease.objects.get().epoch
    step(seconds)
    words = f"set {'forward' if seconds > 0 else 'back'} by 7200 s"
    told = GatewayState.objects.filter(clock_note__contains=words)
    side = "ahead of" if seconds > 0 else "behind"
    state = eventually(lambda: told.filter(clock_note__contains=f"{side} the database's").first(), within=10)
    assert state.clock_since is not None
    after = wait_status(own_desk.submit("AAPL", 2, "181.00"), "working")
    own_desk.cancel(before)
    wait_status(before, "cancelled")
    filled = wait_status(own_desk.submit("AAPL", 1, "195.00"), "filled")
    assert {order.reject_code for order in (after, filled)} == {""}
    state.refresh_from_db()
    assert state.is_ready
    assert GatewayLease.objects.get().epoch == lease
    step(-seconds)
    eventually(lambda: "database's" not in GatewayState.objects.get().clock_note, within=10)


@pytest.mark.parametrize("machine", ["same", "other"])
def test_what_waited_too_long_is_not_sent_though_the_clock_says_it_is_early(
    own_desk: LiveDesk, step: Step, machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "IB_COMMAND_DEADLINE", timedelta(seconds=2))
    own_desk.gateway.environment["IB_COMMAND_DEADLINE_SECONDS"] = "2"
    own_desk.gateway.start()
    own_desk.pin("AAPL", "189.99", "190.01")
    own_desk.instrument("AAPL")
    os.kill(own_desk.gateway.pid, signal.SIGSTOP)
    try:
        order = own_desk.submit("AAPL", 5, "195.00")
        step(-7200)
        # of two times of one clock only the difference counts: this is a database whose clock was set back
        GatewayCommand.objects.update(deadline_at=F("deadline_at") + timedelta(hours=2))
        if machine == "other":
            GatewayCommand.objects.update(boot_id="asked for on another machine")
        time.sleep(2.5)
    finally:
        os.kill(own_desk.gateway.pid, signal.SIGCONT)
    refused = wait_status(order, "rejected")
    assert "deadline" in refused.reject_reason if machine == "same" else "nobody can tell" in refused.reject_reason
    assert stays(lambda: own_desk.simulator.control.get("/state")["orders"] == [], for_seconds=1.5)


def test_what_is_in_time_is_sent_though_the_clock_says_it_is_late(own_desk: LiveDesk, step: Step) -> None:
    own_desk.gateway.start()
    own_desk.pin("AAPL", "189.99", "190.01")
    own_desk.instrument("AAPL")
    os.kill(own_desk.gateway.pid, signal.SIGSTOP)
    try:
        order = own_desk.submit("AAPL", 5, "195.00")
        step(7200)
    finally:
        os.kill(own_desk.gateway.pid, signal.SIGCONT)
    wait_status(order, "filled")


def test_an_order_without_an_answer_is_asked_about_though_its_time_seems_not_to_have_come(
    own_desk: LiveDesk, step: Step
) -> None:
    own_desk.gateway.start()
    own_desk.pin("AAPL", "189.99", "190.01")
    own_desk.fault("swallow_orders")
    order = own_desk.submit("AAPL", 5, "180.00")
    eventually(lambda: GatewayCommand.objects.filter(status="sent").exists(), within=5)
    step(-7200)
    wait_status(order, "unknown", "rejected", within=20)
