"""The simulator's own client of its control port, as scenarios use it in every client's environment."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "deploy" / "tws_simulator"))

from tws_simulator.client import SimulatorControl


class Control(SimulatorControl):
    """The control port of a running simulator."""

    def __init__(self, port: int) -> None:
        super().__init__(f"http://127.0.0.1:{port}")

    def get(self, path: str) -> dict:
        """The JSON at a path."""
        return self.request("GET", path)

    def post(self, path: str, **body: object) -> dict:
        """Send JSON to a path."""
        return self.request("POST", path, body)

    def pin(self, symbol: str, bid: str, ask: str, size: str = "1000", *, replenish: bool = False) -> None:
        """Hold a market at these prices; the size is there once."""
        self.set_price(symbol, bid=bid, ask=ask, size=size, frozen=True, replenish=replenish)
