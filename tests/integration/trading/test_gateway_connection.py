"""The connection keeper against the simulator's real wire: every state is true, and nobody stays silent unnoticed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from config.shared.errors import DeskError, ErrorCode
from config.shared.redis import redis_client
from tests.fixtures.gateway import CLIENT_ID, GatewayProcess, LiveDesk, wait_status
from tests.fixtures.waiting import eventually
from trading.models import GatewayCommand, GatewayStandby, GatewayState
from trading.representations import gateway_json
from trading.selectors import gateway_state, gateways_standing_by

pytestmark = pytest.mark.alone
NOTICED_WITHIN = 10.0


@pytest.fixture(scope="module")
def db(shared_desk: LiveDesk) -> None:
    """pytest-django builds the test database for tests that use a fixture of this name; here no test rolls back."""


@pytest.fixture
def desk(db: None, calm_desk: LiveDesk) -> Iterator[LiveDesk]:
    """AAPL at 189.99 to 190.01, in sync before and after."""
    calm_desk.gateway.wait_for("ready", within=60)
    calm_desk.pin("AAPL", "189.99", "190.01", size="50000", replenish=True)
    calm_desk.instrument("AAPL")
    yield calm_desk
    calm_desk.no_faults()
    if calm_desk.simulator.control.get("/lifecycle")["state"] == "login_required":
        calm_desk.simulator.control.post("/login")
    calm_desk.gateway.wait_for("ready", within=60)


def shown() -> dict[str, Any]:
    """The gateway as every client sees it."""
    return gateway_json(gateway_state(), gateways_standing_by())


@contextmanager
def noticed(words: str, *, within: float = NOTICED_WITHIN) -> Iterator[None]:
    """What happens inside is told with these words in the reason, in time."""
    began = time.monotonic()
    yield
    eventually(lambda: words in GatewayState.objects.get().reason, within=within + 2, every=0.02)
    assert time.monotonic() - began <= within


# A silent socket, in every state ----------------------------------------------------------------------------------


def test_silence_in_the_handshake(desk: LiveDesk) -> None:
    desk.fault("stall_handshake")
    desk.fault("drop_connections", client_id=CLIENT_ID)
    desk.gateway.wait_for("connecting", within=10)
    with noticed("did not answer the handshake"):
        assert shown()["state"] == "connecting"


def test_silence_while_coming_in_sync(desk: LiveDesk) -> None:
    desk.fault("lose_end_markers", names=["open_orders"])
    desk.fault("drop_connections", client_id=CLIENT_ID)
    desk.gateway.wait_for("syncing", within=15)
    with noticed("silent"):
        desk.fault("stall")


def test_silence_when_ready(desk: LiveDesk) -> None:
    with noticed("silent"):
        desk.fault("stall")


def test_silence_while_the_link_is_down(desk: LiveDesk) -> None:
    desk.fault("link_down")
    desk.gateway.wait_for("degraded", within=10)
    with noticed("silent"):
        desk.fault("stall")
    desk.fault("link_up")


# Waiting for a login ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shows", ["accept_then_eof", "no_handshake", "no_ids"])
def test_a_gateway_that_waits_for_its_second_factor_is_told_apart(desk: LiveDesk, shows: str) -> None:
    desk.simulator.control.post("/lifecycle", {"action": "require_login", "shows": shows})
    state = desk.gateway.wait_for("waiting_for_login", within=45)
    assert "second factor" in state.reason
    with pytest.raises(DeskError) as refused:
        desk.submit("AAPL", 1, "180.00")
    assert refused.value.code == ErrorCode.IB_CONNECTION_FAILED
    assert refused.value.details["state"] == "waiting_for_login"
    # silence is noticed here as well: each attempt is given up in time and says so anew
    since = state.since
    desk.simulator.control.post("/login")
    desk.gateway.wait_for("ready", within=NOTICED_WITHIN + 10)
    assert GatewayState.objects.get().since > since


# The client id ----------------------------------------------------------------------------------------------------


def test_a_client_id_in_use_is_waited_for_and_no_other_is_tried(desk: LiveDesk) -> None:
    desk.simulator.control.post("/log", {"clear": True})
    desk.fault("lingering_client_id", seconds=12.0, client_id=CLIENT_ID)
    desk.fault("drop_connections", client_id=CLIENT_ID)
    eventually(lambda: "326" in GatewayState.objects.get().reason, within=12, every=0.02)
    assert f"waiting until id {CLIENT_ID} is free" in GatewayState.objects.get().reason
    desk.gateway.wait_for("ready", within=30)
    asked = desk.simulator.control.get("/log?direction=in&name=start_api&limit=100")["messages"]
    assert len(asked) >= 2
    assert {row["fields"][2] for row in asked} == {str(CLIENT_ID)}


# Storms -----------------------------------------------------------------------------------------------------------


def test_rapid_drops_make_one_attempt_at_a_time_with_growing_pauses(desk: LiveDesk) -> None:
    desk.simulator.control.post("/log", {"clear": True})
    until, most = time.monotonic() + 20, 0
    while time.monotonic() < until:
        desk.fault("drop_connections", reset=True)
        most = max(most, len(desk.simulator.control.get("/state")["clients"]))
        time.sleep(0.05)
    attempts = desk.simulator.control.get("/log?direction=in&name=start_api&limit=1000")["messages"]
    assert most <= 1
    assert 2 <= len(attempts) <= 8  # pauses of 0.5, 1, 2, 4, 5 s, each within a fifth


# A second process -------------------------------------------------------------------------------------------------


def test_a_process_that_stands_by_is_seen_and_leaves_the_line(desk: LiveDesk) -> None:
    second = GatewayProcess(desk.gateway.log_file.parent, desk.simulator)
    second.log_file = second.log_file.with_name("standby.log")
    second.launch()
    try:
        row = eventually(lambda: shown()["standbys"], within=20)[0]
        assert (row["state"], row["pid"]) == ("standby", second.pid)
        assert f"Process {desk.gateway.pid} on" in row["reason"]
        before = row["heartbeat_at"]
        eventually(lambda: shown()["standbys"][0]["heartbeat_at"] > before, within=3)
        assert shown()["state"] == "ready"
        assert second.stop() == 0
        assert shown()["standbys"] == []
        assert not GatewayStandby.objects.exists()
    finally:
        second.kill()


def test_a_process_that_stood_by_and_was_killed_is_not_shown_for_long(desk: LiveDesk) -> None:
    second = GatewayProcess(desk.gateway.log_file.parent, desk.simulator)
    second.log_file = second.log_file.with_name("standby.log")
    second.launch()
    try:
        eventually(lambda: shown()["standbys"], within=20)
    finally:
        second.kill()
    eventually(lambda: not shown()["standbys"], within=8)
    GatewayStandby.objects.all().delete()


# Pacing -----------------------------------------------------------------------------------------------------------


def test_two_hundred_waiting_questions_delay_no_order_and_ibs_limit_holds(desk: LiveDesk) -> None:
    control = desk.simulator.control
    symbols = [row["symbol"] for row in control.get("/instruments")["instruments"] if row["sec_type"] == "STK"][:40]
    con_ids = [desk.instrument(symbol).con_id for symbol in symbols]
    control.post("/log", {"clear": True})
    desk.fault("enforce_pacing", mode="reject", per_second=50, history=False)
    expires = time.time() + 30
    questions = [
        f'{{"id":"pace-{number}","kind":"{kind}","params":{params},"expires_at":{expires}}}'
        for number in range(100)
        for kind, params in (
            ("instrument_details", f'{{"con_id":{con_ids[number % len(con_ids)]}}}'),
            ("search_instruments", '{"pattern":"AA"}'),
        )
    ]
    redis_client().lpush("desk:gateway:requests", *questions)
    redis_client().zadd("desk:quotes:interest", {str(con_id): expires for con_id in con_ids})
    orders = [desk.submit("AAPL", 1, "180.00") for _ in range(20)]
    for order in orders:
        wait_status(order, "working", within=20)
    sent = [row["at"] for row in control.get("/log?direction=in&limit=5000")["messages"]]
    assert len(sent) > 60
    assert most_in_one_second(sent) <= 50
    errors = control.get("/log?direction=out&name=error&limit=5000")["messages"]
    assert not [row for row in errors if "100" in row["fields"][:4]]
    arrived = {
        int(row["fields"][1]): datetime.fromisoformat(row["at"])
        for row in control.get("/log?direction=in&name=place_order&limit=1000")["messages"]
    }
    claimed = GatewayCommand.objects.filter(order__in=orders).values_list("ib_order_id", "sent_at")
    delays = [(arrived[ib_order_id] - sent_at).total_seconds() for ib_order_id, sent_at in claimed]
    assert len(delays) == 20
    assert max(delays) < 0.8  # a message that had to wait for its second would take longer
    redis_client().delete("desk:gateway:requests")


def most_in_one_second(texts: list[str]) -> int:
    """The fullest second that begins with a message."""
    times = sorted(datetime.fromisoformat(text) for text in texts)
    return max(sum(1 for at in times if start <= at < start + timedelta(seconds=1)) for start in times)
