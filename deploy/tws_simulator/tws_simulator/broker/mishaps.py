"""What should not happen at a broker and does: orders lost or split, fills out of place, positions that jump."""

from copy import copy
from dataclasses import replace
from decimal import Decimal

from tws_simulator.broker.core import Core
from tws_simulator.broker.fills import Fills
from tws_simulator.broker.intake import Intake
from tws_simulator.broker.liquidations import Liquidations
from tws_simulator.broker.manual import Binding
from tws_simulator.events import OrderRefused, OrderUpdated, PositionChanged
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.matching import Match
from tws_simulator.exchange.orders import Order, OrderStatus
from tws_simulator.ledger.liquidation import Closing
from tws_simulator.model import OrderTicket


class Mishaps:
    """Does to orders and positions what the rules of the market would not."""

    def __init__(self, core: Core, fills: Fills, intake: Intake, binding: Binding, liquidations: Liquidations) -> None:
        self._core = core
        self._fills = fills
        self._intake = intake
        self._binding = binding
        self._liquidations = liquidations

    def fill(self, order: Order, quantity: Decimal, price: Decimal) -> None:
        """Let an order trade, also beyond its quantity or after its end; what has ended stays so."""
        self._fills.fill(order, Match(quantity, price, added_liquidity=False), self._core.clock.now())

    def refuse(self, order: Order, code: int, text: str) -> None:
        """Refuse an order that was working."""
        order.reject_text = text
        self._core.complete(order, OrderStatus.INACTIVE, text)
        self._core.tell(OrderRefused(order, code, text))
        self._core.ended(order)

    def set_status(self, order: Order, status: OrderStatus, why_held: str = "") -> None:
        """Hold a working order back, or let it work again, and say so."""
        order.status, order.why_held = status, why_held
        self._core.store.order(order)
        self._core.tell(OrderUpdated(order))

    def split(self, order: Order, ticket: OrderTicket) -> Order:
        """Make a second working order with the same order id, as a modification sent over a failing link may."""
        ticket = replace(ticket, account=order.ticket.account, exchange=order.ticket.exchange)
        ticket.quantity -= order.filled
        return self._take_in(order.con_id, ticket, order.client_id, order.order_id)

    def place_external(self, instrument: Instrument, ticket: OrderTicket, *, client_id: int, order_id: int) -> Order:
        """Take in an order that did not come through a connection; several may have order id 0."""
        return self._take_in(instrument.con_id, ticket, client_id, order_id)

    def forget(self, order: Order) -> None:
        """Lose a working order as if it had never come; nobody is told."""
        core = self._core
        core.unlist(order)
        core.by_client.pop((order.client_id, order.order_id), None)
        core.state.orders.pop(order.perm_id, None)
        core.store.rewrite(core.state)

    def move_position(self, account: str, instrument: Instrument, by: Decimal, price: Decimal) -> None:
        """Change a position without order or execution. `price` per share."""
        self._core.ledger.adjust(account, instrument, by, price)
        self._core.store.account(self._core.account(account))
        self._core.tell(PositionChanged(account, instrument.con_id))

    def liquidate(self, account: str, instrument: Instrument, by: Decimal) -> None:
        """Close a position, or part of it, as IB does by itself; `by` is signed, positive buys."""
        self._liquidations.close(Closing(account, instrument.con_id, by), self._core.clock.now())

    def _take_in(self, con_id: int, ticket: OrderTicket, client_id: int, order_id: int) -> Order:
        instrument = self._core.instrument(con_id)
        before = copy(self._core.state.next_order_ids)
        order = self._intake.new_order(client_id, order_id, instrument, ticket)
        order.manual = (client_id, order_id) == (0, 0)
        if order.manual and self._binding.automatic:
            self._core.keep(order)
            self._binding.bind(order)
        self._core.state.next_order_ids = before
        self._intake.accept(order)
        return order
