"""What the actions do to orders, fills and positions."""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from tws_simulator.broker.corrections import CorrectionError
from tws_simulator.errors import BrokerError
from tws_simulator.events import CommissionReported, ExecutionReported
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.orders import Execution, Order
from tws_simulator.faults.spec import FaultError
from tws_simulator.model import OrderTicket

if TYPE_CHECKING:
    from tws_simulator.gateway import Gateway


def _roll_back_order_ids(gateway: "Gateway", client_id: int, by: int) -> None:
    state = gateway.broker.state
    state.next_order_ids[client_id] = max(1, gateway.broker.next_order_id(client_id) - by)
    gateway.broker.forget_order_ids(client_id, state.next_order_ids[client_id])


def _forget_orders(gateway: "Gateway", client_id: int, last: int) -> None:
    orders = gateway.broker.open_orders(client_id)
    if not 1 <= last <= len(orders):
        raise FaultError(f"forget_orders: client {client_id} has {len(orders)} working orders")
    for order in orders[-last:]:
        gateway.broker.mishaps.forget(order)


def _cancel_order(gateway: "Gateway", client_id: int, order_id: int, text: str, silent: bool) -> None:
    order = _order(gateway, "cancel_order", client_id, order_id)
    if order.is_done:
        raise FaultError(f"cancel_order: order {order_id} is {order.status}")
    with gateway.silence(silent):
        gateway.broker.end(order, text)


def _fill_order(gateway: "Gateway", client_id: int, order_id: int, quantity: str, price: str | None) -> None:
    order = _order(gateway, "fill_order", client_id, order_id)
    gateway.broker.mishaps.fill(order, _positive("fill_order", quantity), _price(gateway, order.con_id, price))


def _correct_execution(
    gateway: "Gateway",
    exec_id: str | None,
    client_id: int | None,
    order_id: int | None,
    quantity: str | None,
    price: str | None,
) -> None:
    if quantity is None and price is None:
        raise FaultError("correct_execution: give a quantity or a price")
    execution = _execution(gateway, "correct_execution", exec_id, client_id, order_id)
    try:
        gateway.broker.correct_execution(
            execution.exec_id,
            quantity=None if quantity is None else Decimal(quantity),
            price=None if price is None else Decimal(price),
        )
    except CorrectionError as error:
        raise FaultError(f"correct_execution: {error}") from None


def _repeat_execution(gateway: "Gateway", exec_id: str | None, client_id: int | None, order_id: int | None) -> None:
    execution = _execution(gateway, "repeat_execution", exec_id, client_id, order_id)
    gateway.on_event(ExecutionReported(execution))
    order = gateway.broker.state.orders.get(execution.perm_id)
    if order is not None:
        gateway.on_event(CommissionReported(execution, order))


def _liquidate(gateway: "Gateway", symbol: str, quantity: str | None, account: str | None) -> None:
    instrument, name = _instrument(gateway, symbol), _account(gateway, "liquidate", account)
    held = gateway.broker.account(name).quantity(instrument.con_id)
    change = -held if quantity is None else Decimal(quantity)
    if not held or not change or held * change > 0 or abs(change) > abs(held):
        raise FaultError(f"liquidate: {name} holds {held} {symbol}, which {change} does not close")
    gateway.broker.mishaps.liquidate(name, instrument, change)


def _execution(
    gateway: "Gateway", fault: str, exec_id: str | None, client_id: int | None, order_id: int | None
) -> Execution:
    """The newest execution that fits and has not been replaced."""
    for row in reversed(gateway.broker.state.executions):
        fits = exec_id in {None, row.exec_id} and client_id in {None, row.client_id}
        if fits and order_id in {None, row.order_id} and not row.replaced_by:
            return row
    raise FaultError(f"{fault}: there is no such execution")


def _account(gateway: "Gateway", fault: str, account: str | None) -> str:
    name = account or gateway.broker.accounts[0]
    if name not in gateway.broker.accounts:
        raise FaultError(f"{fault}: no account {name}")
    return name


def _external_order(
    gateway: "Gateway",
    symbol: str,
    side: str,
    quantity: str,
    limit_price: str | None,
    account: str | None,
    order_ref: str,
    client_id: int,
    order_id: int,
) -> None:
    instrument = _instrument(gateway, symbol)
    limit = _positive("external_order", limit_price) if limit_price is not None else None
    ticket = OrderTicket(
        action=side,
        quantity=_positive("external_order", quantity),
        order_type="LMT" if limit is not None else "MKT",
        limit_price=limit,
        account=account or gateway.broker.accounts[0],
        order_ref=order_ref,
    )
    try:
        gateway.broker.mishaps.place_external(instrument, ticket, client_id=client_id, order_id=order_id)
    except BrokerError as refused:
        raise FaultError(f"external_order: {refused.code} {refused.text}") from None


def _position_jump(
    gateway: "Gateway", symbol: str, quantity: str, price: str | None, account: str | None, silent: bool
) -> None:
    instrument = _instrument(gateway, symbol)
    by = Decimal(quantity)
    paid = _price(gateway, instrument.con_id, price)
    name = _account(gateway, "position_jump", account)
    with gateway.silence(silent):
        gateway.broker.mishaps.move_position(name, instrument, by, paid)


def _order(gateway: "Gateway", fault: str, client_id: int, order_id: int) -> Order:
    order = gateway.broker.find(client_id, order_id)
    if order is None:
        raise FaultError(f"{fault}: client {client_id} has no order {order_id}")
    return order


def _instrument(gateway: "Gateway", symbol: str) -> Instrument:
    found = gateway.broker.book.by_symbol(symbol)
    if found is None:
        raise FaultError(f"no instrument {symbol!r}")
    return found


def _price(gateway: "Gateway", con_id: int, price: str | None) -> Decimal:
    return gateway.broker.mark(con_id) if price is None else Decimal(price)


def _positive(fault: str, text: str) -> Decimal:
    number = Decimal(text)
    if number <= 0:
        raise FaultError(f"{fault}: {text} must be above 0")
    return number


ORDER_ACTS: dict[str, Callable[..., None]] = {
    "roll_back_order_ids": _roll_back_order_ids,
    "forget_orders": _forget_orders,
    "cancel_order": _cancel_order,
    "fill_order": _fill_order,
    "correct_execution": _correct_execution,
    "repeat_execution": _repeat_execution,
    "liquidate": _liquidate,
    "external_order": _external_order,
    "position_jump": _position_jump,
}
