"""New orders and changes of old ones: checked, refused or taken in."""

from dataclasses import dataclass
from datetime import datetime

from tws_simulator.broker.core import Core
from tws_simulator.broker.costs import cost_of
from tws_simulator.broker.working import Working
from tws_simulator.clock import tws_time
from tws_simulator.errors import BrokerError
from tws_simulator.events import OrderRefused, OrderUpdated, OrderWarned
from tws_simulator.exchange import checks
from tws_simulator.exchange.instruments import Instrument, canonical_exchange
from tws_simulator.exchange.matching import STOPPED
from tws_simulator.exchange.orders import Order, OrderStatus
from tws_simulator.ledger.ledger import Cost
from tws_simulator.model import ContractSpec, OrderTicket


@dataclass(frozen=True, slots=True)
class Preview:
    """The answer to a what-if order."""

    order: Order
    cost: Cost


class Intake:
    """Takes orders in."""

    def __init__(self, core: Core, working: Working) -> None:
        self._core = core
        self._working = working

    def place(self, client_id: int, order_id: int, contract: ContractSpec, ticket: OrderTicket) -> None:
        """Take in a new order, or change one."""
        existing = self._core.find(client_id, order_id)
        instrument = self._checked_instrument(contract, ticket)
        if existing is not None:
            self._modify(existing, instrument, ticket)
            return
        if order_id < self._core.next_order_id(client_id):
            raise BrokerError(103, "Duplicate order id")
        checks.check_ticket(ticket, instrument)
        self.accept(self.new_order(client_id, order_id, instrument, ticket))

    def preview(self, client_id: int, order_id: int, contract: ContractSpec, ticket: OrderTicket) -> Preview:
        """Say what an order would cost without placing it."""
        instrument = self._checked_instrument(contract, ticket)
        checks.check_ticket(ticket, instrument)
        order = Order(
            perm_id=0,
            client_id=client_id,
            order_id=order_id,
            con_id=instrument.con_id,
            ticket=ticket,
            status=OrderStatus.PRE_SUBMITTED,
            created_at=self._core.clock.now(),
        )
        self.use_order_id(client_id, order_id)
        return Preview(order, cost_of(self._core, order))

    def refuse_new(
        self, client_id: int, order_id: int, contract: ContractSpec, ticket: OrderTicket, code: int, text: str
    ) -> None:
        """Take an order in and refuse it at once."""
        instrument = self._checked_instrument(contract, ticket)
        order = self.new_order(client_id, order_id, instrument, ticket)
        self._core.keep(order)
        self._refuse(order, text, code)

    def use_order_id(self, client_id: int, order_id: int) -> None:
        """Count an order number as used."""
        state = self._core.state
        state.next_order_ids[client_id] = max(self._core.next_order_id(client_id), order_id + 1)
        self._core.store.counters(state)

    def _checked_instrument(self, contract: ContractSpec, ticket: OrderTicket) -> Instrument:
        instrument = self._core.book.tradable(contract)
        if not ticket.account and len(self._core.state.accounts) > 1:
            raise BrokerError(435, "You must specify an account.")
        ticket.account = self._core.account(ticket.account).name
        ticket.exchange = canonical_exchange(contract.exchange)
        return instrument

    def new_order(self, client_id: int, order_id: int, instrument: Instrument, ticket: OrderTicket) -> Order:
        """Make an order with a perm id of its own. It is not taken in yet."""
        now = self._core.clock.now()
        self._core.state.last_perm_id += 1
        order = Order(
            perm_id=self._core.state.last_perm_id,
            client_id=client_id,
            order_id=order_id,
            con_id=instrument.con_id,
            ticket=ticket,
            status=OrderStatus.PRE_SUBMITTED,
            created_at=now,
            expires_at=self._expiry(instrument, ticket, now),
        )
        self.use_order_id(client_id, order_id)
        return order

    def _expiry(self, instrument: Instrument, ticket: OrderTicket, now: datetime) -> datetime | None:
        if ticket.time_in_force == "GTC":
            return None
        return self._core.calendar.of(instrument.hours).close_of(now, regular=not ticket.outside_rth)

    def accept(self, order: Order) -> None:
        """Take a new order in."""
        self._core.keep(order)
        self._core.list_open(order)
        if not order.ticket.transmit:
            order.status = OrderStatus.API_PENDING
            self._core.store.order(order)
            return
        self._transmit(order)

    def _transmit(self, order: Order) -> None:
        refusal = cost_of(self._core, order).refusal
        if refusal is not None:
            self._refuse(order, refusal.text, refusal.code)
            return
        order.status = OrderStatus.PRE_SUBMITTED
        order.why_held = "trigger" if order.ticket.order_type in STOPPED else ""
        self._core.store.order(order)
        self._core.tell(OrderUpdated(order))
        now = self._core.clock.now()
        if not self._core.may_trade(order, now):
            self._warn_closed(order, now)
            return
        self._working.work(order, now)

    def _refuse(self, order: Order, text: str, code: int = 201) -> None:
        order.reject_text = text
        self._core.complete(order, OrderStatus.INACTIVE, text)
        self._core.tell(OrderRefused(order, code, text))

    def _warn_closed(self, order: Order, now: datetime) -> None:
        instrument, ticket = self._core.instrument(order.con_id), order.ticket
        opens = self._core.calendar_of(order.con_id).next_open(now, regular=not ticket.outside_rth)
        venue = (
            f"{instrument.primary_exchange}.NMS" if instrument.trading_class == "NMS" else instrument.primary_exchange
        )
        text = (
            f"Order Message:\n{ticket.action} {ticket.quantity} {instrument.symbol} {venue}\n"
            f"Warning: Your order will not be placed at the exchange until {tws_time(opens)}."
        )
        self._core.tell(OrderWarned(order, 399, text))

    def _modify(self, order: Order, instrument: Instrument, ticket: OrderTicket) -> None:
        checks.check_modification(order, instrument, ticket)
        checks.check_ticket(ticket, instrument)
        before, held = order.ticket, order.status is OrderStatus.API_PENDING
        order.ticket = ticket
        refusal = cost_of(self._core, order).refusal
        if refusal is not None:
            order.ticket = before
            raise refusal
        if before.limit_price != ticket.limit_price or ticket.quantity > before.quantity:
            order.resting = False
        order.expires_at = self._expiry(instrument, ticket, self._core.clock.now())
        if held:
            if ticket.transmit:
                self._transmit(order)
            return
        self._restate(order)

    def _restate(self, order: Order) -> None:
        now = self._core.clock.now()
        self._core.store.order(order)
        if not order.remaining:
            self._core.complete(order, OrderStatus.FILLED, f"Filled Size: {order.filled}")
        self._core.tell(OrderUpdated(order))
        if not order.is_done:
            self._working.work(order, now)
