"""The brokerage as others use it; the work is done by its parts."""

from dataclasses import dataclass, field

from tws_simulator.broker.core import CANCEL_TEXT, Core
from tws_simulator.broker.fills import Fills
from tws_simulator.broker.intake import Intake, Preview
from tws_simulator.broker.mishaps import Mishaps
from tws_simulator.broker.timing import Timing
from tws_simulator.broker.working import Working
from tws_simulator.errors import BrokerError
from tws_simulator.events import OrderUpdated
from tws_simulator.exchange.orders import Order, OrderStatus
from tws_simulator.model import ContractSpec, OrderTicket


@dataclass
class Broker(Core):
    """One brokerage with its accounts, orders and market."""

    fills: Fills = field(init=False, repr=False)
    working: Working = field(init=False, repr=False)
    intake: Intake = field(init=False, repr=False)
    timing: Timing = field(init=False, repr=False)
    mishaps: Mishaps = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.fills = Fills(self)
        self.working = Working(self, self.fills)
        self.intake = Intake(self, self.working)
        self.timing = Timing(self, self.working, self.fills)
        self.mishaps = Mishaps(self, self.fills, self.intake)
        self.reload()

    def reload(self) -> None:
        """Rebuild the indexes after the state was loaded or reset."""
        self.index()
        self.working.reload()
        self.fills.reload()
        self.timing.turn_day(self.clock.now())

    def place(self, *, client_id: int, order_id: int, contract: ContractSpec, ticket: OrderTicket) -> None:
        """Take in a new order, or change one. Raises BrokerError with the code IB would answer."""
        self.intake.place(client_id, order_id, contract, ticket)

    def preview(self, *, client_id: int, order_id: int, contract: ContractSpec, ticket: OrderTicket) -> Preview:
        """Say what an order would cost without placing it. Raises BrokerError as `place` would."""
        return self.intake.preview(client_id, order_id, contract, ticket)

    def refuse_new(
        self, *, client_id: int, order_id: int, contract: ContractSpec, ticket: OrderTicket, code: int, text: str
    ) -> None:
        """Take an order in and refuse it at once, for a reason given from outside."""
        self.intake.refuse_new(client_id, order_id, contract, ticket, code, text)

    def cancel(self, *, client_id: int, order_id: int) -> None:
        """Cancel a client's own order. Raises BrokerError 10147 or 10148."""
        self.end(self._cancellable(client_id, order_id), CANCEL_TEXT)

    def cancel_all(self) -> None:
        """Cancel every open order of every client."""
        for order in list(self.open.values()):
            self.end(order, CANCEL_TEXT)

    def end(self, order: Order, text: str) -> None:
        """Take an order out of the market."""
        self.working.end(order, text)

    def begin_cancel(self, *, client_id: int, order_id: int) -> Order:
        """Mark an order as being cancelled, to be ended later. Raises BrokerError as `cancel` does."""
        order = self._cancellable(client_id, order_id)
        order.status = OrderStatus.PENDING_CANCEL
        self.store.order(order)
        self.tell(OrderUpdated(order))
        return order

    def use_order_id(self, client_id: int, order_id: int) -> None:
        """Count an order number as used."""
        self.intake.use_order_id(client_id, order_id)

    def forget_order_ids(self, client_id: int, first: int) -> None:
        """Let numbers from `first` on be used again by a client, as after a roll-back at IB."""
        self.by_client = {
            key: perm_id for key, perm_id in self.by_client.items() if key[0] != client_id or key[1] < first
        }
        self.store.counters(self.state)

    def tick(self) -> None:
        """Let time act: the day turns, held orders are released or expire, the market meets resting orders."""
        self.timing.tick(self.clock.now())

    def work_instrument(self, con_id: int) -> None:
        """Match the orders of one instrument now, after its market was moved by hand."""
        now = self.clock.now()
        for order in list(self.by_instrument.get(con_id, {}).values()):
            self.working.work(order, now)

    def _cancellable(self, client_id: int, order_id: int) -> Order:
        order = self.find(client_id, order_id)
        if order is None:
            raise BrokerError(10147, f"OrderId {order_id} that needs to be cancelled is not found.")
        if order.is_done:
            raise BrokerError(
                10148, f"OrderId {order_id} that needs to be cancelled cannot be cancelled, state: {order.status}."
            )
        return order
