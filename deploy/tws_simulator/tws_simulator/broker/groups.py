"""Orders that depend on each other: parents with their children, and one-cancels-all groups."""

from decimal import ROUND_FLOOR, Decimal

from tws_simulator.broker.core import CANCEL_TEXT, Core
from tws_simulator.broker.working import Working
from tws_simulator.errors import BrokerError
from tws_simulator.events import OrderUpdated
from tws_simulator.exchange.orders import Order, OrderStatus
from tws_simulator.model import OrderTicket

_CANCEL, _REDUCE_BLOCKED, _REDUCE = 1, 2, 3
_GROUP_MISSING = "Missing parent order."


class Groups:
    """Carries fills and ends of orders on to those that depend on them."""

    def __init__(self, core: Core, working: Working) -> None:
        self._core = core
        self._working = working
        self._later: list[tuple[Order, Decimal]] = []
        """Fills in groups that reduce without block: the others hear of them when all have had their turn."""

    def reload(self) -> None:
        """Forget what was to be passed on."""
        self._later.clear()

    # Parents ---------------------------------------------------------------------------------------------------

    def parent_for(self, client_id: int, ticket: OrderTicket) -> Order | None:
        """The order to which a new one is attached. Raises BrokerError 10006 or 201."""
        if not ticket.parent_id:
            return None
        parent = self._core.find(client_id, ticket.parent_id)
        if parent is None or parent.is_done or parent.ticket.account != ticket.account:
            raise BrokerError(10006, _GROUP_MISSING)
        if parent.status is OrderStatus.PENDING_CANCEL:
            raise BrokerError(201, "Order rejected - reason:Parent order is being cancelled.")
        return parent

    def family_of(self, order: Order) -> list[Order]:
        """An order's untransmitted relatives and itself, parents before children."""
        root = order
        while (parent := self._core.parent_of(root)) is not None and not parent.is_done:
            root = parent
        return [row for row in self._below(root) if row.status is OrderStatus.API_PENDING]

    def name_family(self, order: Order) -> None:
        """Let several children of one parent cancel each other, as at IB, without the client saying so."""
        parent = self._core.parent_of(order)
        if parent is None:
            return
        children = self._core.children_of(parent)
        if len(children) > 1:
            for child in children:
                if not child.group:
                    child.family = str(parent.perm_id)
                    self._core.join_group(child)

    def _below(self, order: Order) -> list[Order]:
        rows = [order]
        for child in self._core.children_of(order):
            rows += self._below(child)
        return rows

    # Fills -----------------------------------------------------------------------------------------------------

    def filled(self, order: Order, quantity: Decimal) -> None:
        """A fill was booked: children come alive, the rest of the group shrinks or goes."""
        for child in self._core.children_of(order):
            if child.status is not OrderStatus.API_PENDING:
                self._working.enter(child)
        if not order.group:
            return
        kind = order.ticket.oca_type or (_REDUCE_BLOCKED if not order.ticket.oca_group else _REDUCE)
        if kind == _CANCEL:
            self._cancel_others(order)
        elif kind == _REDUCE_BLOCKED:
            self._reduce_others(order, quantity)
        else:
            self._later.append((order, quantity))

    def pass_ended(self) -> None:
        """Carry out what waited until all orders had had their turn."""
        later, self._later = self._later, []
        for order, quantity in later:
            self._reduce_others(order, quantity)

    def _others(self, order: Order) -> list[Order]:
        group = self._core.groups.get((order.ticket.account, order.group), {})
        return [row for row in group.values() if row is not order and not row.is_done]

    def _cancel_others(self, order: Order) -> None:
        for other in self._others(order):
            self._working.end(other, CANCEL_TEXT)

    def _reduce_others(self, order: Order, quantity: Decimal) -> None:
        """Take the share of an order that was filled off what remains of the others."""
        if order.remaining <= 0:
            self._cancel_others(order)
            return
        share = quantity / (order.remaining + quantity)
        for other in self._others(order):
            left = (other.remaining * (1 - share)).to_integral_value(ROUND_FLOOR)
            if left <= 0:
                self._working.end(other, CANCEL_TEXT)
            elif left != other.remaining:
                other.reduced += other.remaining - left
                self._resize(other, other.filled + left)

    # Ends ------------------------------------------------------------------------------------------------------

    def ended(self, order: Order) -> None:
        """An order ended: its children lose what they were attached for."""
        for child in self._core.children_of(order):
            self._cut(child, order)
        parent = self._core.parent_of(order)
        if order.ticket.auto_cancel_parent and parent is not None and not parent.is_done:
            self._working.end(parent, CANCEL_TEXT)

    def _cut(self, child: Order, parent: Order) -> None:
        """Leave a child as much as belongs to the filled part of its parent."""
        size = self._core.share_of(child, parent)
        if child.status is OrderStatus.API_PENDING or size <= child.filled:
            self._working.end(child, CANCEL_TEXT)
        elif size < child.ticket.quantity:
            self._resize(child, size)
            self._working.enter(child)

    def _resize(self, order: Order, quantity: Decimal) -> None:
        order.ticket.quantity = quantity
        self._core.store.order(order)
        self._core.tell(OrderUpdated(order))
