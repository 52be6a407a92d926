"""Named scenarios: bugs that users met and behaviours of the field guide, each a script of faults and actions."""

from typing import TYPE_CHECKING

from tws_simulator.faults.scenarios.flex import FLEX
from tws_simulator.faults.scenarios.guide_gateway import GUIDE_GATEWAY
from tws_simulator.faults.scenarios.guide_orders import GUIDE_ORDERS
from tws_simulator.faults.scenarios.scenario import Scenario, Steps
from tws_simulator.faults.scenarios.users_gateway import USERS_GATEWAY
from tws_simulator.faults.scenarios.users_orders import USERS_ORDERS
from tws_simulator.faults.spec import FaultError, Parameters

if TYPE_CHECKING:
    from tws_simulator.faults.timeline import Script
    from tws_simulator.gateway import Gateway

SCENARIOS: dict[str, Scenario] = {
    **USERS_ORDERS,
    **USERS_GATEWAY,
    **GUIDE_ORDERS,
    **GUIDE_GATEWAY,
    **FLEX,
}
TITLE = "scenario"


def build(name: str, given: Parameters) -> Steps:
    """The steps of a scenario. Raises FaultError."""
    scenario = SCENARIOS.get(name)
    if scenario is None:
        raise FaultError(f"no scenario named {name!r}")
    if scenario.steps is None:
        raise FaultError(f"{name}: this is how the simulator always behaves; there is nothing to start")
    return scenario.script(name, given)


def start(gateway: "Gateway", name: str, given: Parameters) -> "Script":
    """Check and start a scenario. Raises FaultError."""
    return gateway.scripts.start(gateway.scripts.read(build(name, given)), title(name))


def stop(gateway: "Gateway", name: str) -> "list[Script]":
    """Stop all runs of a scenario and undo what they did."""
    return gateway.scripts.stop_all(lambda script: script.title == title(name))


def title(name: str) -> str:
    """How a script of a scenario is called."""
    return f"{TITLE} {name}"
