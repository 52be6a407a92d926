"""Every route of the control port as a method."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from tws_simulator.client.market import MarketCalls
from tws_simulator.client.rows import Account, Client, Execution, Message, Order
from tws_simulator.client.transport import covers, given, segment
from tws_simulator.client.trouble import TroubleCalls

Number = Decimal | str | int | float
_FOLLOW_SECONDS = 20


class SimulatorControl(MarketCalls, TroubleCalls):
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

    # Orders and accounts -----------------------------------------------------------------------------------------

    @covers("GET", "/orders")
    def orders(
        self,
        *,
        open: bool | None = None,
        status: str | None = None,
        client_id: int | None = None,
        account: str | None = None,
        symbol: str | None = None,
        order_ref: str | None = None,
    ) -> list[Order]:
        """Orders that are as given, oldest first."""
        query = given(
            open=open, status=status, client_id=client_id, account=account, symbol=symbol, order_ref=order_ref
        )
        found: list[Order] = self.request("GET", "/orders", query=query)["orders"]
        return found

    @covers("GET", "/orders/{perm_id}")
    def order(self, perm_id: int) -> Order:
        """One order with its `executions`."""
        found: Order = self.request("GET", f"/orders/{perm_id}")
        return found

    @covers("POST", "/orders/{perm_id}/cancel")
    def cancel_order(self, perm_id: int, text: str = "") -> Order:
        """Cancel an order as the broker or an exchange does, with the reason its owner is told."""
        found: Order = self.request("POST", f"/orders/{perm_id}/cancel", {"text": text})
        return found

    @covers("GET", "/accounts")
    def accounts(self) -> list[Account]:
        """All accounts with balances and positions."""
        found: list[Account] = self.request("GET", "/accounts")["accounts"]
        return found

    @covers("GET", "/accounts/{account}")
    def account(self, account: str) -> Account:
        """One account with balances and positions."""
        found: Account = self.request("GET", f"/accounts/{segment(account)}")
        return found

    # Clients -----------------------------------------------------------------------------------------------------

    @covers("GET", "/clients")
    def clients(self) -> list[Client]:
        """Connected clients."""
        found: list[Client] = self.request("GET", "/clients")["clients"]
        return found

    @covers("DELETE", "/clients/{client_id}")
    def drop_client(self, client_id: int) -> None:
        """Cut the connection of a client."""
        self.request("DELETE", f"/clients/{client_id}")

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
