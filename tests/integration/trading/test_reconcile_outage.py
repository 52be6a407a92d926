"""`manage.py reconcile` while IB, or the gateway process, is away."""

from tests.fixtures.gateway import LiveDesk
from tests.fixtures.reconcile import reconcile
from tests.fixtures.simulator import SimulatorProcess
from trading.models import ReconciliationRun


def test_without_ib_nothing_is_called_balanced(own_desk: LiveDesk, simulator: SimulatorProcess) -> None:
    own_desk.gateway.start()
    simulator.kill()
    own_desk.gateway.wait_for("disconnected")
    answer = reconcile(own_desk)
    assert answer.returncode == 4
    assert "IB_CONNECTION_FAILED" in answer.stderr
    own_desk.gateway.stop()
    answer = reconcile(own_desk)
    assert answer.returncode == 4
    assert ReconciliationRun.objects.filter(status="failed").count() == 2
