"""A Python client of the control port; standard library only, and nothing of the simulator itself.

control = SimulatorControl("http://127.0.0.1:4003")
control.set_price("AAPL", bid="189.99", ask="190.01")
control.switch_on("swallow_orders", count=1)
"""

from tws_simulator.client.control import SimulatorControl
from tws_simulator.client.transport import ControlError, Unreachable

__all__ = ["ControlError", "SimulatorControl", "Unreachable"]
