"""The gateway on ib_async, the maintained successor of ib_insync; the two never share an environment (design §3)."""

import tempfile
from collections.abc import Iterator
from decimal import Decimal as D
from pathlib import Path

import pytest

from config.shared.gateway_queries import ask_gateway
from tests.conformance.conftest import HERE as CONFORMANCE
from tests.conformance.conftest import _environment
from tests.fixtures.gateway import (
    ACCOUNT,
    GatewayProcess,
    LiveDesk,
    anomalies_of,
    events_of,
    fills_of,
    wait_status,
)
from tests.fixtures.simulator import SimulatorProcess
from tests.fixtures.waiting import eventually
from trading.models import Fill, GatewayState, IbMessage

pytestmark = [pytest.mark.conformance, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(transactional_db: None, simulator: SimulatorProcess) -> Iterator[LiveDesk]:
    """A desk whose gateway finds ib_async, and its eventkit, before ib_insync's."""
    packages = next(
        _environment("ib_async", CONFORMANCE / "ib_async.lock").parents[1].glob("lib/python3*/site-packages")
    )
    with tempfile.TemporaryDirectory(prefix="desk-gateway-") as directory:
        gateway = GatewayProcess(Path(directory), simulator, IB_LIBRARY="ib_async", PYTHONPATH=str(packages))
        yield LiveDesk(gateway.start(), simulator)
        gateway.stop()


def test_the_whole_life_of_orders(desk: LiveDesk) -> None:
    assert GatewayState.objects.get().library.startswith("ib_async 2")
    desk.pin("AAPL", "189.99", "190.01", size="60")
    order = wait_status(desk.submit("AAPL", 100, "190.01"), "partially_filled")
    desk.modify(order, quantity=80)
    order = eventually(lambda: wait_status(order, "partially_filled").quantity == D(80) and order)
    desk.pin("AAPL", "189.98", "190.00")
    order = wait_status(order, "filled")
    assert fills_of(order) == [(D(60), D("190.01")), (D(20), D("190.00"))]
    assert eventually(lambda: Fill.objects.filter(order=order, commission__isnull=False).count() == 2)
    cancelled = wait_status(desk.submit("AAPL", 10, "180.00"), "working")
    desk.cancel(cancelled)
    wait_status(cancelled, "cancelled")
    desk.fault("reject_orders", code=201, text="no trading permission", count=1)
    rejected = wait_status(desk.submit("AAPL", 10, "180.00"), "rejected")
    assert rejected.reject_code == "SYMBOL_NOT_ALLOWED"
    for one in (order, cancelled, rejected):
        assert anomalies_of(one) == []
    assert not IbMessage.objects.filter(kind="unreadable").exists()


def test_nothing_is_missed_over_a_restart(desk: LiveDesk) -> None:
    desk.pin("AAPL", "189.99", "190.01")
    order = wait_status(desk.submit("AAPL", 10, "185.00"), "working")
    desk.gateway.kill()
    desk.pin("AAPL", "184.98", "184.99")
    desk.gateway.start()
    order = wait_status(order, "filled")
    assert events_of(order).count("order_filled") == 1


def test_questions(desk: LiveDesk) -> None:
    instrument = desk.instrument("AAPL")
    assert ask_gateway("search_instruments", pattern="appl")
    assert ask_gateway("historical_bars", con_id=instrument.con_id, duration="1 D", bar_size="1 hour", timeout=15)
    assert ask_gateway("broker_snapshot", account=ACCOUNT)["open_orders"] == []
    cost = ask_gateway(
        "what_if", account=ACCOUNT, con_id=instrument.con_id, side="BUY", quantity="10", order_type="MKT"
    )
    assert D(cost["init_margin_change"]) > 0
