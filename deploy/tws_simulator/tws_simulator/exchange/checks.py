"""Why an order or a change of one is refused, in IB's codes and words."""

from decimal import Decimal

from tws_simulator.errors import BrokerError
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.matching import LIMITED, STOPPED
from tws_simulator.exchange.orders import Order, OrderStatus
from tws_simulator.model import OrderTicket

ORDER_TYPES = {"MKT", "LMT", "STP", "STP LMT"}
TIMES_IN_FORCE = {"DAY", "GTC", "IOC"}
MAX_QUANTITY = Decimal(10_000_000)
_INVALID = "Error validating request.-'bT' : cause - "


def check_ticket(ticket: OrderTicket, instrument: Instrument) -> None:
    """Raise BrokerError if the order could not be accepted whatever the account holds."""
    _check_kind(ticket)
    _check_quantity(ticket)
    _check_prices(ticket, instrument)
    _check_attributes(ticket)


def check_modification(order: Order, instrument: Instrument, ticket: OrderTicket) -> None:
    """Raise BrokerError if the existing order may not be changed into this one."""
    if order.status is OrderStatus.FILLED:
        raise BrokerError(104, "Cannot modify a filled order.")
    if order.is_done:
        raise BrokerError(103, "Duplicate order id")
    before = order.ticket
    same = (
        order.con_id == instrument.con_id
        and before.action == ticket.action
        and before.account == ticket.account
        and before.parent_id == ticket.parent_id
    )
    if not same:
        raise BrokerError(105, "Order being modified does not match original order.")
    if before.order_type != ticket.order_type:
        raise BrokerError(329, "Order modify failed. Cannot change to the new order type.")
    if ticket.quantity < order.filled:
        raise BrokerError(134, "Modify order failed: the new size is below the quantity already filled.")


def _check_kind(ticket: OrderTicket) -> None:
    if ticket.action not in {"BUY", "SELL"}:
        raise BrokerError(321, f"{_INVALID}Invalid order action: {ticket.action[:20]}")
    if ticket.order_type not in ORDER_TYPES:
        raise BrokerError(387, "Unsupported order type for this exchange and security type.")
    if ticket.time_in_force not in TIMES_IN_FORCE:
        raise BrokerError(111, "The TIF (time in force) and the order type are incompatible.")
    if ticket.time_in_force == "IOC" and ticket.order_type in STOPPED:
        raise BrokerError(111, "The TIF (time in force) and the order type are incompatible.")


def _check_quantity(ticket: OrderTicket) -> None:
    quantity = ticket.quantity
    if quantity == 0:
        raise BrokerError(434, "The order size cannot be zero.")
    if not quantity.is_finite() or quantity < 0:
        raise BrokerError(321, f"{_INVALID}The order size must be positive.")
    if quantity != quantity.to_integral_value():
        raise BrokerError(10243, "Fractional-sized order cannot be placed via API.")
    if quantity > MAX_QUANTITY:
        raise BrokerError(383, "The size value exceeds the size limit.")


def _check_prices(ticket: OrderTicket, instrument: Instrument) -> None:
    if ticket.order_type in LIMITED:
        _check_price(ticket.limit_price, instrument, "limit")
    if ticket.order_type in STOPPED:
        _check_price(ticket.stop_price, instrument, "stop")


def _check_price(price: Decimal | None, instrument: Instrument, kind: str) -> None:
    if price is None or not price.is_finite() or price <= 0:
        code = 403 if kind == "stop" else 321
        text = "Invalid stop price." if kind == "stop" else f"{_INVALID}Please enter a valid limit price."
        raise BrokerError(code, text)
    if not instrument.is_on_tick(price):
        raise BrokerError(110, "The price does not conform to the minimum price variation for this contract.")


def _check_attributes(ticket: OrderTicket) -> None:
    unsupported = list(ticket.unsupported)
    if ticket.parent_id:
        unsupported.append("parent_id")
    if ticket.oca_group:
        unsupported.append("oca_group")
    if ticket.all_or_none:
        unsupported.append("all_or_none")
    if ticket.minimum_quantity:
        unsupported.append("min_quantity")
    if ticket.good_after or ticket.good_till:
        unsupported.append("good_after or good_till")
    if unsupported:
        raise BrokerError(
            321, f"{_INVALID}this simulator does not carry out the order attribute {', '.join(unsupported)}"
        )
