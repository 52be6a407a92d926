"""Every route of the control port as a method."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from tws_simulator.client.market import MarketCalls
from tws_simulator.client.rows import Execution, Message
from tws_simulator.client.trading import TradingCalls
from tws_simulator.client.transport import covers, given
from tws_simulator.client.trouble import TroubleCalls

Number = Decimal | str | int | float
_FOLLOW_SECONDS = 20


class SimulatorControl(TradingCalls, MarketCalls, TroubleCalls):
    """Asks and tells a running simulator over its control port.

    `url` is that of the environment variable TWS_SIMULATOR_CONTROL or http://127.0.0.1:4003 unless given. Every
    method raises ControlError when the simulator refuses and Unreachable when nobody answers.
    """

    # Looking -----------------------------------------------------------------------------------------------------

    @covers("GET", "/")
    def routes(self) -> list[str]:
        """What the control port offers."""
        found: list[str] = self.request("GET", "/")["routes"]
        return found

    @covers("GET", "/openapi.json")
    def openapi(self) -> dict[str, Any]:
        """The description of the control port in OpenAPI 3.1."""
        found: dict[str, Any] = self.request("GET", "/openapi.json")
        return found

    @covers("GET", "/health")
    def health(self) -> dict[str, Any]:
        """Whether it is up, its time, connected clients, link, market open or not."""
        found: dict[str, Any] = self.request("GET", "/health")
        return found

    @covers("GET", "/state")
    def state(self) -> dict[str, Any]:
        """Everything at one glance."""
        found: dict[str, Any] = self.request("GET", "/state")
        return found

    def executions(self) -> list[Execution]:
        """All fills of the last days, oldest first."""
        found: list[Execution] = self.state()["executions"]
        return found

    # State -------------------------------------------------------------------------------------------------------

    @covers("GET", "/state/export")
    def export_state(self) -> dict[str, Any]:
        """The whole state as one document."""
        found: dict[str, Any] = self.request("GET", "/state/export")
        return found

    @covers("POST", "/state/import")
    def import_state(self, document: dict[str, Any]) -> None:
        """Put an exported document in place of the present state; clients are dropped."""
        self.request("POST", "/state/import", document)

    @covers("POST", "/reset")
    def reset(self, starting_cash: Number | None = None) -> None:
        """Begin again without orders, fills, positions and faults."""
        self.request("POST", "/reset", given(starting_cash=starting_cash))

    # The log -----------------------------------------------------------------------------------------------------

    @covers("GET", "/log")
    def log(
        self,
        *,
        after: int | None = None,
        limit: int | None = None,
        client_id: int | None = None,
        direction: str | None = None,
        name: str | list[str] | None = None,
        since: datetime | None = None,
        wait: float = 0.0,
    ) -> list[Message]:
        """The last messages in and out, oldest first; waits up to `wait` seconds if there is none."""
        query = given(
            after=after,
            limit=limit,
            client_id=client_id,
            direction=direction,
            name=name,
            since=since,
            wait=wait or None,
        )
        found: list[Message] = self.request("GET", "/log", query=query, wait=wait)["messages"]
        return found

    def follow_log(self, *, after: int | None = None, **wanted: Any) -> Iterator[Message]:
        """Messages as they come, without end; from the newest on, or above `after`."""
        last = self.request("GET", "/log", query={"limit": 0})["last"] if after is None else after
        while True:
            for message in self.log(after=last, wait=_FOLLOW_SECONDS, **wanted) if last else self._first(wanted):
                last = message["number"]
                yield message

    def _first(self, wanted: dict[str, Any]) -> list[Message]:
        return self.log(wait=_FOLLOW_SECONDS, **wanted)

    @covers("POST", "/log")
    def clear_log(self) -> None:
        """Forget the messages so far."""
        self.request("POST", "/log", {"clear": True})
