"""Planned interruptions on the real wire: refused in time, reported as planned, and compared afterwards."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from config.shared.errors import DeskError, ErrorCode
from tests.fixtures.gateway import LiveDesk, stays, wait_status
from tests.fixtures.waiting import eventually
from trading.domain.planned_windows import RESTART, plan_of
from trading.models import GatewayState, Order, StreamEvent
from trading.representations import gateway_json
from trading.selectors import gateway_state
from trading.services.cancel_all import cancel_all

NEW_YORK = ZoneInfo("America/New_York")
NOTICE, LASTS = 4, 8


def plan_a_restart(desk: LiveDesk, settings: Any, *, ahead: float) -> datetime:
    """Both the gateway and this process know of a restart so many seconds from now; returns when it starts."""
    at = (timezone.now() + timedelta(seconds=ahead)).replace(microsecond=0)
    text = f"{at.astimezone(NEW_YORK):%H:%M:%S}"
    desk.gateway.environment |= {
        "IB_RESTART_TIME": text,
        "IB_RESTART_ZONE": "America/New_York",
        "IB_RESTART_SECONDS": str(LASTS),
        "IB_RESTART_NOTICE_SECONDS": str(NOTICE),
        "IB_COMMAND_DEADLINE_SECONDS": "3",
    }
    settings.IB_PLAN = plan_of(
        restart_time=text,
        restart_lasts=timedelta(seconds=LASTS),
        windows="",
        zone="America/New_York",
        notice=timedelta(seconds=NOTICE),
    )
    return at


def until(moment: datetime) -> None:
    eventually(lambda: timezone.now() >= moment, within=60, every=0.02)


def shown() -> dict[str, object]:
    return gateway_json(gateway_state())


def ready_desk(desk: LiveDesk, settings: Any) -> datetime:
    at = plan_a_restart(desk, settings, ahead=22)
    desk.gateway.start()
    desk.pin("AAPL", "189.99", "190.01")
    assert timezone.now() < at - timedelta(seconds=NOTICE + 2), "the machine is too slow for this test"
    return at


def test_before_a_restart_only_cancels_go_and_after_it_everything_is_compared(
    own_desk: LiveDesk, settings: Any
) -> None:
    desk, at = own_desk, ready_desk(own_desk, settings)
    before = shown()
    assert (before["state"], before["ready"], before["planned_until"]) == ("ready", True, None)
    assert (before["next_restart"], before["next_restart_name"]) == (f"{at:%Y-%m-%dT%H:%M:%S}Z", RESTART)
    first = wait_status(desk.submit("AAPL", 10, "180.00"), "working")
    second = wait_status(desk.submit("AAPL", 11, "180.00"), "working")

    until(at - timedelta(seconds=NOTICE))
    placed = Order.objects.count()
    with pytest.raises(DeskError) as refused:
        desk.submit("AAPL", 12, "180.00")
    with pytest.raises(DeskError) as not_changed:
        desk.modify(first, limit_price="181.00")
    ends = f"{at + timedelta(seconds=LASTS):%H:%M:%S} UTC"
    for error in (refused.value, not_changed.value):
        assert error.code == ErrorCode.IB_CONNECTION_FAILED
        assert ends in error.message
        assert error.details["planned_until"] == f"{at + timedelta(seconds=LASTS):%Y-%m-%dT%H:%M:%S}Z"
    assert Order.objects.count() == placed
    assert (shown()["state"], shown()["ready"], shown()["takes_cancels"]) == ("degraded", False, True)
    wait_status(desk.cancel(first), "cancelled", within=3)
    assert [order.pk for order in cancel_all(user=desk.user).orders] == [second.pk]
    wait_status(second, "cancelled", within=3)
    told = StreamEvent.objects.filter(channel="gateway", data__planned_until__startswith=f"{at:%Y-%m-%d}")
    eventually(lambda: told.exists(), within=2)

    until(at)
    desk.simulator.control.post("/lifecycle", {"action": "restart", "seconds": 3})
    eventually(lambda: shown()["state"] == "disconnected", within=3)
    assert str(shown()["reason"]).startswith(f"Planned: {RESTART} until {ends}")

    until(at + timedelta(seconds=LASTS))
    state = eventually(lambda: row if (row := GatewayState.objects.get()).is_ready else None, within=20)
    assert state.synced_at is not None
    assert state.synced_at >= at + timedelta(seconds=LASTS)
    wait_status(desk.submit("AAPL", 13, "180.00"), "working")


def test_a_restart_that_did_not_come_still_ends_in_a_full_comparison(own_desk: LiveDesk, settings: Any) -> None:
    desk, at = own_desk, ready_desk(own_desk, settings)
    row = GatewayState.objects.get()
    over = at + timedelta(seconds=LASTS)
    until(over - timedelta(seconds=1))
    assert not GatewayState.objects.get().is_ready
    # no moment between the end of the window and the comparison in which an order is let through
    while (state := GatewayState.objects.get()).synced_at == row.synced_at:
        assert not state.is_ready
        assert datetime.now(UTC) < over + timedelta(seconds=10)
    eventually(lambda: GatewayState.objects.get().is_ready, within=10)
    state = GatewayState.objects.get()
    assert (state.session, state.reconnects) == (row.session, 0)
    assert state.synced_at is not None
    assert state.synced_at >= over
    assert stays(lambda: GatewayState.objects.get().is_ready, for_seconds=1)
    wait_status(desk.submit("AAPL", 10, "180.00"), "working")
