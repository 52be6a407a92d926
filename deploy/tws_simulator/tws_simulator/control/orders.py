"""Orders, one by one: looking, and cancelling as the broker or an exchange does."""

from typing import Any

from tws_simulator.broker import CANCEL_TEXT
from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.control.routes import Route
from tws_simulator.control.schemas import array, flag, record, text, whole
from tws_simulator.control.views import EXECUTION, ORDER, STATUS, execution_row, order_row
from tws_simulator.exchange.orders import Order
from tws_simulator.gateway import Gateway

PERM_ID = {"perm_id": whole("IB's number of the order", minimum=1)}


def found_order(gateway: Gateway, perm_id: int) -> Order:
    """An order by its perm id. Raises HttpError 404."""
    order = gateway.broker.state.orders.get(perm_id)
    if order is None:
        raise HttpError(404, f"there is no order {perm_id}", field="perm_id")
    return order


def _orders(gateway: Gateway, request: HttpRequest) -> Any:
    wanted = request.params
    rows = [row for row in gateway.broker.state.orders.values() if _fits(gateway, row, wanted)]
    return {"orders": [order_row(gateway, row) for row in rows]}


def _fits(gateway: Gateway, order: Order, wanted: dict[str, Any]) -> bool:
    return (
        wanted.get("client_id") in {None, order.client_id}
        and wanted.get("status") in {None, order.status}
        and wanted.get("account") in {None, order.ticket.account}
        and wanted.get("order_ref") in {None, order.ticket.order_ref}
        and wanted.get("symbol") in {None, gateway.broker.instrument(order.con_id).symbol}
        and wanted.get("open") in {None, not order.is_done}
    )


def _order(gateway: Gateway, request: HttpRequest) -> Any:
    order = found_order(gateway, request.params["perm_id"])
    fills = [row for row in gateway.broker.state.executions if row.perm_id == order.perm_id]
    return {**order_row(gateway, order), "executions": [execution_row(gateway, row) for row in fills]}


def _cancel(gateway: Gateway, request: HttpRequest) -> Any:
    order = found_order(gateway, request.params["perm_id"])
    if order.is_done:
        raise HttpError(409, f"order {order.perm_id} is {order.status} already")
    gateway.broker.end(order, CANCEL_TEXT + request.body.get("text", ""))
    gateway.broker.store.commit()
    return order_row(gateway, order)


ROUTES = (
    Route(
        "GET",
        "/orders",
        "Orders of the last days, oldest first",
        _orders,
        record("Orders", needs=("orders",), orders=array(ORDER)),
        query={
            "open": flag("true: those that can still trade; false: those that are done"),
            "status": STATUS,
            "client_id": whole(),
            "account": text(),
            "symbol": text(),
            "order_ref": text(),
        },
    ),
    Route(
        "GET",
        "/orders/{perm_id}",
        "One order with its fills",
        _order,
        record(
            "OrderWithFills",
            ORDER["properties"],
            open=True,
            needs=("perm_id", "executions"),
            executions=array(EXECUTION),
        ),
        parameters=PERM_ID,
        errors=(404,),
    ),
    Route(
        "POST",
        "/orders/{perm_id}/cancel",
        "Cancel an order as the broker or an exchange does",
        _cancel,
        ORDER,
        description="Its owner is told Cancelled and 202 with the text after IB's `Order Canceled - reason:`.",
        parameters=PERM_ID,
        body=record(text=text("the reason", maxLength=400)),
        body_required=False,
        example={"text": "Cancelled by the exchange"},
        errors=(404, 409),
    ),
)
