"""What tests of faults share."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.tws_simulator.test_session import CONTRACT, errors, kinds, order_fields

Messages = list[tuple[str, ...]]
__all__ = ["CONTRACT", "Trader", "errors", "executions", "kinds", "order_fields", "statuses", "trader"]
UNSET = "1.7976931348623157E308"
QUOTES = (1, 11, 9, *CONTRACT, 0, "", 0, 0, "")
EXECUTIONS = (7, 3, 50, 0, "", "", "", "", "", "")


def statuses(messages: Messages) -> list[str]:
    return [message[2] for message in messages if message[0] == "3"]


def executions(messages: Messages) -> Messages:
    return [message for message in messages if message[0] == "11"]


class Trader:
    """A client that trades AAPL at 189.99 to 190.01, and a hand on the faults."""

    def __init__(self, desk: Any, client: Any) -> None:
        self.desk = desk
        self.client = client
        desk.pin("189.99", "190.01", "100000")
        client.news()

    def on(self, name: str, **given: Any) -> None:
        self.desk.gateway.faults.switch_on(name, given)

    def act(self, name: str, **given: Any) -> None:
        self.desk.gateway.act(name, given)

    def off(self) -> None:
        self.desk.gateway.clear_faults()

    def ask(self, *fields: Any) -> Messages:
        return self.client.ask(*fields)

    def buy(self, order_id: int, quantity: str = "100", **more: Any) -> Messages:
        """A market order, or a limit order far away with `limit`."""
        return self.ask(*order_fields(order_id, "BUY", quantity, "LMT" if "limit" in more else "MKT", **more))

    def rest(self, order_id: int, **more: Any) -> Messages:
        """An order that waits."""
        return self.buy(order_id, limit="150", **more)

    def cancel(self, order_id: int) -> Messages:
        return self.ask(4, 1, order_id, "")

    def wait(self, seconds: float) -> Messages:
        """What is heard while time passes."""
        self.client.news()
        self.desk.pass_time(seconds)
        return self.client.news()

    def order(self, order_id: int) -> Any:
        """The order at the broker."""
        return self.desk.broker.find(self.client.client_id, order_id)

    @property
    def position(self) -> int:
        return int(self.desk.broker.account("").quantity(265598))


@pytest.fixture
def trader(desk: Any, make_client: Callable[..., Any]) -> Trader:
    return Trader(desk, make_client())
