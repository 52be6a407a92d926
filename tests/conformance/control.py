"""Talks to the simulator's control port; standard library only, as it runs in every client's environment."""

import json
import urllib.request


class Control:
    """The control port of a running simulator."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"

    def get(self, path: str) -> dict:
        """The JSON at a path."""
        with urllib.request.urlopen(self._base + path, timeout=10) as answer:
            return json.load(answer)

    def post(self, path: str, **body: object) -> dict:
        """Send JSON to a path."""
        request = urllib.request.Request(
            self._base + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def pin(self, symbol: str, bid: str, ask: str, size: str = "1000", *, replenish: bool = False) -> None:
        """Hold a market at these prices; the size is there once."""
        self.post(
            "/prices", symbol=symbol, bid=bid, ask=ask, bid_size=size, ask_size=size, frozen=True, replenish=replenish
        )
