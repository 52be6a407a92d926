"""A simulated Interactive Brokers Gateway that speaks the TWS wire protocol."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tws_simulator.client import ControlError, SimulatorControl, Unreachable
    from tws_simulator.embed import TwsSimulator
    from tws_simulator.process import RunningSimulator, SimulatorFailed, running_simulator, start_simulator

__version__ = "0.1.0"
__all__ = [
    "ControlError",
    "RunningSimulator",
    "SimulatorControl",
    "SimulatorFailed",
    "TwsSimulator",
    "Unreachable",
    "__version__",
    "running_simulator",
    "start_simulator",
]
_PLACES = {
    "client": ("ControlError", "SimulatorControl", "Unreachable"),
    "embed": ("TwsSimulator",),
    "process": ("RunningSimulator", "SimulatorFailed", "running_simulator", "start_simulator"),
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: the program itself starts without its helpers."""
    from importlib import import_module

    for place, names in _PLACES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{place}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
