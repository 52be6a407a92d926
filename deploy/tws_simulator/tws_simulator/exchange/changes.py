"""Why a change of an order is refused, in IB's codes and words."""

from tws_simulator.errors import BrokerError
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.orders import Order, OrderStatus
from tws_simulator.model import OrderTicket


def check_modification(order: Order, instrument: Instrument, ticket: OrderTicket, *, parent_is_open: bool) -> None:
    """Raise BrokerError if the existing order may not be changed into this one."""
    _check_state(order)
    before = order.ticket
    same = order.con_id == instrument.con_id and before.action == ticket.action and before.account == ticket.account
    if not same:
        raise BrokerError(105, "Order being modified does not match original order.")
    if order.status is OrderStatus.API_PENDING:
        return
    if before.order_type != ticket.order_type:
        raise BrokerError(329, "Order modify failed. Cannot change to the new order type.")
    # Once the parent is done, clients may leave its number away.
    if before.parent_id != ticket.parent_id and (parent_is_open or ticket.parent_id):
        raise BrokerError(105, "Order being modified does not match original order.")
    if ticket.oca_group not in {before.oca_group, order.family}:
        raise BrokerError(10326, "OCA group revision is not allowed.")
    if ticket.oca_type and before.oca_group and ticket.oca_type != (before.oca_type or 3):
        raise BrokerError(10327, "OCA type revision is not allowed.")
    if ticket.quantity < order.filled:
        raise BrokerError(134, "Modify order failed: the new size is below the quantity already filled.")


def keeps_place(before: OrderTicket, after: OrderTicket) -> bool:
    """Whether a changed order keeps its place in the queue: its price is the same and its size has not grown."""
    same_price = before.limit_price == after.limit_price and before.stop_price == after.stop_price
    return same_price and after.quantity <= before.quantity


def _check_state(order: Order) -> None:
    if order.status is OrderStatus.FILLED:
        raise BrokerError(104, "Cannot modify a filled order.")
    if order.is_done:
        raise BrokerError(103, "Duplicate order id")
    if order.status is OrderStatus.PENDING_CANCEL:
        raise BrokerError(2102, "Unable to modify this order as it is still being processed.")
