"""Someone who places orders at a broker and keeps what the broker tells."""

from decimal import Decimal
from typing import Any

import pytest
from tws_simulator.errors import BrokerError
from tws_simulator.events import Event, ExecutionReported, OrderCancelled, OrderRefused, OrderUpdated, OrderWarned
from tws_simulator.exchange.orders import Execution, Order, OrderStatus
from tws_simulator.model import ContractSpec, OrderTicket

D = Decimal
S = OrderStatus
_PRICES = (
    "limit_price", "stop_price", "trail_stop_price", "trailing_percent", "limit_offset", "percent_offset",
    "discretionary_amount", "adjusted_trigger", "adjusted_stop", "adjusted_stop_limit", "adjusted_trail",
    "mid_offset_whole", "mid_offset_half", "compete_offset",
)  # fmt: skip


class Trader:
    """One client; `desk` has a broker, a clock and a hand on the prices."""

    def __init__(self, desk: Any, client_id: int = 1, account: str = "") -> None:
        self.desk = desk
        self.broker = desk.broker
        self.client_id = client_id
        self.account = account
        self.told: list[Event] = []
        self.words: list[tuple[Any, ...]] = []
        """Order events as they were when they were told: number, status, why held; or number, code."""
        self.broker.listeners.append(self._hear)
        self.next_id = 1

    def place(self, action: str = "BUY", quantity: str = "100", kind: str = "MKT", **more: Any) -> Order:
        order_id = more.pop("order_id", self.next_id)
        self.next_id = max(self.next_id, order_id + 1)
        contract = more.pop("contract", None) or ContractSpec(
            symbol=more.pop("symbol", "AAPL"), sec_type="STK", exchange=more.pop("exchange", "SMART"), currency="USD"
        )
        prices = {key: D(more.pop(key)) for key in _PRICES if isinstance(more.get(key), str)}
        more.setdefault("account", self.account)
        ticket = OrderTicket(action=action, quantity=D(quantity), order_type=kind, **prices, **more)
        self.broker.place(client_id=self.client_id, order_id=order_id, contract=contract, ticket=ticket)
        return self.order(order_id)

    def limit(self, action: str, price: str, quantity: str = "100", **more: Any) -> Order:
        return self.place(action, quantity, "LMT", limit_price=price, **more)

    def order(self, order_id: int) -> Order:
        found = self.broker.find(self.client_id, order_id)
        assert found is not None
        return found

    def cancel(self, order: Order) -> None:
        self.broker.cancel(client_id=self.client_id, order_id=order.order_id)

    def refusal(self, **order: Any) -> int:
        """The code with which an order is refused."""
        with pytest.raises(BrokerError) as refused:
            self.place(**order)
        return refused.value.code

    def executions(self) -> list[Execution]:
        return [row.execution for row in self.told if isinstance(row, ExecutionReported)]

    def fills(self) -> list[tuple[Decimal, Decimal]]:
        return [(row.quantity, row.price) for row in self.executions()]

    def warnings(self) -> list[int]:
        return [row.code for row in self.told if isinstance(row, OrderWarned)]

    def _hear(self, event: Event) -> None:
        self.told.append(event)
        if isinstance(event, OrderUpdated):
            self.words.append((event.order.order_id, str(event.order.status), event.order.why_held))
        elif isinstance(event, (OrderRefused, OrderWarned)):
            self.words.append((event.order.order_id, event.code))
        elif isinstance(event, OrderCancelled):
            self.words.append((event.order.order_id, "Cancelled", 202))
