"""Error codes injected when an order reaches a state, with what they mean for the order."""

from typing import TYPE_CHECKING, Any

from tws_simulator.events import Event, OrderCancelled, OrderUpdated
from tws_simulator.exchange.orders import Order, OrderStatus
from tws_simulator.faults.codes import CODES, Kind

if TYPE_CHECKING:
    from tws_simulator.gateway import Gateway

_PLAIN: dict[str, OrderStatus] = {
    "presubmitted": OrderStatus.PRE_SUBMITTED,
    "pending_cancel": OrderStatus.PENDING_CANCEL,
    "filled": OrderStatus.FILLED,
    "cancelled": OrderStatus.CANCELLED,
}
_ENDS_WITH_ID = (106, 135)


def is_in(order: Order, state: str) -> bool:
    """Whether an order stands in one of the states an error can be injected at."""
    if state in _PLAIN:
        return order.status is _PLAIN[state]
    if state == "pending":
        return order.status in {OrderStatus.API_PENDING, OrderStatus.PENDING_SUBMIT}
    return order.status is OrderStatus.SUBMITTED and bool(order.filled) == (state == "partially_filled")


def error_text(given: dict[str, Any], order: Order | None) -> str:
    """The text asked for, or IB's, completed by the id it ends with."""
    if given["text"] is not None:
        return str(given["text"])
    text = CODES[given["code"]].text
    if order is not None and given["code"] in _ENDS_WITH_ID:
        return f"{text} {order.order_id}"
    return f"{text}{order.perm_id}" if order is not None and given["code"] == 161 else text


def after_event(gateway: "Gateway", event: Event) -> None:
    """Inject what is to come at the state an order has reached now."""
    if not isinstance(event, (OrderUpdated, OrderCancelled)):
        return
    order = event.order
    symbol = gateway.broker.instrument(order.con_id).symbol
    given = gateway.faults.take(
        "error_on_order",
        lambda row: (
            row["about"] == "state"
            and is_in(order, row["state"])
            and (order.perm_id, row["state"], row["code"]) not in gateway.errors_injected
        ),
        order.client_id,
        order_id=order.order_id,
        order_ref=order.ticket.order_ref,
        symbol=symbol,
    )
    if given is not None:
        gateway.errors_injected.add((order.perm_id, given["state"], given["code"]))
        _inject(gateway, order, given)


def _inject(gateway: "Gateway", order: Order, given: dict[str, Any]) -> None:
    code, text, kind = given["code"], error_text(given, order), CODES[given["code"]].kind
    if kind is Kind.REJECT and not order.is_done:
        gateway.broker.mishaps.refuse(order, code, text)
        return
    owner = gateway.sessions.get(order.client_id)
    if owner is not None and gateway.link_is_up:
        owner.error(order.order_id, code, text)
    if kind is Kind.CANCEL_REFUSED and order.status is OrderStatus.PENDING_CANCEL:
        gateway.broker.mishaps.set_status(order, OrderStatus.SUBMITTED)
