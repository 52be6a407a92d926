"""The brokerage as others use it; the work is done by its parts."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tws_simulator.broker.acceptance import Acceptance
from tws_simulator.broker.core import CANCEL_TEXT, Core
from tws_simulator.broker.corrections import Corrections
from tws_simulator.broker.facts import BrokerFacts
from tws_simulator.broker.fills import Fills
from tws_simulator.broker.groups import Groups
from tws_simulator.broker.holds import Holds
from tws_simulator.broker.intake import Intake, Preview
from tws_simulator.broker.lanes import Taken
from tws_simulator.broker.liquidations import Liquidations
from tws_simulator.broker.manual import Binding
from tws_simulator.broker.mishaps import Mishaps
from tws_simulator.broker.timing import Timing
from tws_simulator.broker.trading import Trading
from tws_simulator.broker.working import Working
from tws_simulator.errors import BrokerError
from tws_simulator.events import OrderUpdated, OrderWarned
from tws_simulator.exchange.fill_models import MODELS
from tws_simulator.exchange.orders import Execution, Order, OrderStatus
from tws_simulator.model import ContractSpec, OrderTicket

DISCARDED = "Order was discarded"


@dataclass
class Broker(Core):
    """One brokerage with its accounts, orders and market."""

    fill_model: str = "touch"
    """How resting orders are filled by others' trades, a name of MODELS."""

    def __post_init__(self) -> None:
        facts = BrokerFacts(self)
        self._fills = Fills(self)
        self._trading = Trading(self, self._fills, MODELS[self.fill_model]())
        holds = Holds(self, facts)
        self._working = Working(self, holds, self._trading)
        self._groups = Groups(self, self._working)
        self._intake = Intake(self, Acceptance(self, facts), holds, self._groups, self._working)
        liquidations = Liquidations(self, self._fills)
        self._timing = Timing(self, self._working, self._fills, liquidations)
        self._corrections = Corrections(self)
        self.binding = Binding(self)
        self.mishaps = Mishaps(self, self._fills, self._intake, self.binding, liquidations)
        self._trading.end = self._working.end
        self._fills.after.append(self._groups.filled)
        self.when_complete.append(self._working.forget)
        self.when_ended.append(self._groups.ended)
        self.when_pass_ended.append(self._groups.pass_ended)
        self.reload()

    def reload(self) -> None:
        """Rebuild the indexes after the state was loaded or reset."""
        self.index()
        self._working.reload()
        self._groups.reload()
        self._fills.reload()
        self._timing.turn_day(self.clock.now())

    # Orders ----------------------------------------------------------------------------------------------------

    def place(self, *, client_id: int, order_id: int, contract: ContractSpec, ticket: OrderTicket) -> None:
        """Take in a new order, or change one. Raises BrokerError with the code IB would answer."""
        self._intake.place(client_id, order_id, contract, ticket)

    def place_manual(self, *, contract: ContractSpec, ticket: OrderTicket) -> Order:
        """Enter an order by hand, as at a TWS. Raises BrokerError with the code TWS would show."""
        return self._intake.place_manual(contract, ticket, self.binding)

    def preview(self, *, client_id: int, order_id: int, contract: ContractSpec, ticket: OrderTicket) -> Preview:
        """Say what an order would cost without placing it. Raises BrokerError as `place` would."""
        return self._intake.preview(client_id, order_id, contract, ticket)

    def refuse_new(
        self, *, client_id: int, order_id: int, contract: ContractSpec, ticket: OrderTicket, code: int, text: str
    ) -> None:
        """Take an order in and refuse it at once, for a reason given from outside."""
        self._intake.refuse_new(client_id, order_id, contract, ticket, code, text)

    def cancel(self, *, client_id: int, order_id: int) -> None:
        """Cancel a client's own order. Raises BrokerError 10147 or 10148."""
        order = self._cancellable(client_id, order_id)
        if order.status is OrderStatus.API_PENDING:
            self._discard(order)
        else:
            self.end(order, CANCEL_TEXT)

    def cancel_all(self) -> None:
        """Cancel every open order of every client, and those entered by hand."""
        for order in list(self.open.values()):
            if order.status is OrderStatus.API_PENDING:
                self._discard(order)
            else:
                self.end(order, CANCEL_TEXT)

    def end(self, order: Order, text: str) -> None:
        """Take an order out of the market."""
        self._working.end(order, text)
        self._working.settle(self.clock.now())

    def begin_cancel(self, *, client_id: int, order_id: int) -> Order:
        """Mark an order as being cancelled, to be ended later. Raises BrokerError as `cancel` does."""
        order = self._cancellable(client_id, order_id)
        order.status = OrderStatus.PENDING_CANCEL
        self.store.order(order)
        self.tell(OrderUpdated(order))
        return order

    def use_order_id(self, client_id: int, order_id: int) -> None:
        """Count an order number as used."""
        self._intake.use_order_id(client_id, order_id)

    def forget_order_ids(self, client_id: int, first: int) -> None:
        """Let numbers from `first` on be used again by a client, as after a roll-back at IB."""
        self.by_client = {
            key: perm_id for key, perm_id in self.by_client.items() if key[0] != client_id or key[1] < first
        }
        self.store.counters(self.state)

    # Executions ------------------------------------------------------------------------------------------------

    def correct_execution(
        self, exec_id: str, *, quantity: Decimal | None = None, price: Decimal | None = None
    ) -> Execution:
        """Replace an execution by one of another quantity or price. Raises CorrectionError."""
        return self._corrections.correct(exec_id, quantity, price)

    def bust(self, exec_id: str) -> Execution:
        """Take an execution back: it is corrected to a quantity of zero. Raises CorrectionError."""
        return self._corrections.correct(exec_id, Decimal(0), None)

    # Market and time -------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Let time act: the day turns, held orders are released or expire, the market meets resting orders."""
        self._timing.tick(self.clock.now())

    def next_due(self, now: datetime) -> datetime | None:
        """When `tick` can next do anything besides turning the day; `now` if at any moment, None if never."""
        return self._timing.next_due(now)

    def work_instrument(self, con_id: int) -> None:
        """Match the orders of one instrument now, after its market was moved by hand."""
        self._working.work_instrument(con_id, self.clock.now())

    def use_fill_model(self, name: str) -> None:
        """Fill resting orders by another model from now on. Raises KeyError."""
        self._trading.model = MODELS[name]()
        self.fill_model = name

    def taken(self) -> dict[int, Taken]:
        """What has been taken of the sizes that are shown, by contract id."""
        return self._working.taken()

    def take_back(self, taken: dict[int, Taken]) -> None:
        """Remember what had been taken when a state was saved."""
        self._working.take_back(taken)

    def halt(self, con_id: int, kind: int = 1) -> None:
        """Halt trading in an instrument (2: by volatility): new orders are refused (154), working ones wait."""
        self.market.halt(self.instrument(con_id), kind)
        self._working.phase_changed()

    def resume(self, con_id: int) -> None:
        """Let an instrument trade again."""
        self.market.halt(self.instrument(con_id), 0)
        self._working.phase_changed()
        self.work_instrument(con_id)

    def _cancellable(self, client_id: int, order_id: int) -> Order:
        order = self.find(client_id, order_id)
        if order is None:
            raise BrokerError(10147, f"OrderId {order_id} that needs to be cancelled is not found.")
        if order.is_done or order.status is OrderStatus.PENDING_CANCEL:
            raise BrokerError(
                10148, f"OrderId {order_id} that needs to be cancelled cannot be cancelled, state: {order.status}."
            )
        return order

    def drop_untransmitted(self) -> None:
        """Forget orders that were never transmitted, as a Gateway that ends does. Nobody is told."""
        dropped = [row for row in self.open.values() if row.status is OrderStatus.API_PENDING]
        for order in dropped:
            self.complete(order, OrderStatus.CANCELLED, DISCARDED)
            del self.state.orders[order.perm_id]
            self.by_client.pop((order.client_id, order.order_id), None)
        if dropped:
            self.store.rewrite(self.state)

    def _discard(self, order: Order) -> None:
        """Throw an untransmitted order away; clients never saw a status of it, and see none now."""
        self.complete(order, OrderStatus.CANCELLED, DISCARDED)
        del self.state.orders[order.perm_id]
        self.tell(OrderWarned(order, 202, DISCARDED))
        text = f"Cancel attempted when order is not in a cancellable state. Order permId = {order.perm_id}"
        self.tell(OrderWarned(order, 161, text))
        self.ended(order)
