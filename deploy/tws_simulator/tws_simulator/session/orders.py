"""Orders, executions and what clients hear of them."""

from typing import TYPE_CHECKING

from tws_simulator.audience import MANUAL_CLIENT
from tws_simulator.clock import tws_time
from tws_simulator.errors import BrokerError
from tws_simulator.events import (
    AccountNotice,
    CommissionReported,
    Event,
    ExecutionReported,
    OrderBound,
    OrderCancelled,
    OrderRefused,
    OrderUpdated,
    OrderWarned,
    PositionChanged,
)
from tws_simulator.exchange.bars import parse_time
from tws_simulator.exchange.orders import Execution, Order, OrderStatus
from tws_simulator.ledger.ledger import Cost
from tws_simulator.messages import orders as order_messages
from tws_simulator.messages import replies
from tws_simulator.messages.orders import Figures
from tws_simulator.messages.requests import Request
from tws_simulator.messages.tickets import ticket_of
from tws_simulator.model import OrderTicket
from tws_simulator.session.orders_met import answer_preview, facts_of, hold_back, meet_cancel, meet_order, stale_orders

if TYPE_CHECKING:
    from tws_simulator.session.session import Session

MAX_ORDER_ID = 2**31 - 1
_SIDES = {"BUY": True, "BOT": True, "SELL": False, "SLD": False, "SSHORT": False}


def place_order(session: "Session", request: Request) -> None:
    """Place, change or preview an order."""
    gateway, order_id = session.gateway, request["order_id"]
    client_id = session.client_id or 0
    bound = order_id is not None and order_id < 0 and gateway.broker.find(client_id, order_id) is not None
    if order_id is None or not (bound or 0 < order_id <= MAX_ORDER_ID):
        raise BrokerError(320, f"Error reading request. Unable to parse data. Invalid order id {order_id}")
    ticket = ticket_of(request)
    if ticket.what_if:
        _send_preview(session, request, ticket)
        return
    if not gateway.meddles_with_orders:
        gateway.broker.place(client_id=client_id, order_id=order_id, contract=request.contract, ticket=ticket)
        return
    if meet_order(session, request, ticket):
        return
    facts = facts_of(session, request, ticket)
    gateway.mute_next = gateway.faults.use("lose_acknowledgement", client_id, **facts) is not None
    gateway.hold_next = lambda order: hold_back(session, order, facts)
    try:
        gateway.broker.place(client_id=client_id, order_id=order_id, contract=request.contract, ticket=ticket)
    finally:
        gateway.mute_next, gateway.hold_next = False, None


def cancel_order(session: "Session", request: Request) -> None:
    """Cancel one of this client's orders."""
    gateway, client_id, order_id = session.gateway, session.client_id or 0, request["order_id"] or 0
    order = gateway.broker.find(client_id, order_id)
    troubled = gateway.meddles_with_orders or (order is not None and order.is_halted)
    if not troubled or not meet_cancel(session, order_id):
        gateway.broker.cancel(client_id=client_id, order_id=order_id)


def req_global_cancel(session: "Session", request: Request) -> None:
    """Cancel everything of everybody."""
    session.gateway.broker.cancel_all()


def req_open_orders(session: "Session", request: Request) -> None:
    """This client's open orders; client 0 takes over those entered by hand."""
    if session.client_id == MANUAL_CLIENT:
        session.gateway.broker.binding.bind_all()
    send_open_orders(session, session.client_id)
    session.send(replies.open_order_end())


def req_all_open_orders(session: "Session", request: Request) -> None:
    """Everybody's open orders, once."""
    send_open_orders(session, None)
    session.send(replies.open_order_end())


def req_auto_open_orders(session: "Session", request: Request) -> None:
    """Bind orders that will be entered by hand, or no longer; only client 0 may ask."""
    if session.client_id != MANUAL_CLIENT:
        raise BrokerError(327, "Only the default client (i.e 0) can auto bind orders.")
    session.gateway.broker.binding.automatic = request["auto_bind"]


def req_completed_orders(session: "Session", request: Request) -> None:
    """Orders of today that are done."""
    broker = session.gateway.broker
    for order in broker.completed_orders():
        if request["api_only"] and order.manual:
            continue
        assert order.completed_at is not None
        session.send(
            order_messages.completed_order(
                order,
                broker.instrument(order.con_id),
                completed_at=tws_time(order.completed_at),
                version=session.version,
            )
        )
    session.send(replies.completed_orders_end())


def req_executions(session: "Session", request: Request) -> None:
    """Fills of today that pass the filter, each with its commission if that is known."""
    gateway, req_id = session.gateway, request["req_id"]
    now = gateway.clock.now()
    for execution in gateway.broker.executions_today():
        if _passes(session, execution, request):
            _send_execution(session, execution, req_id)
            due = execution.commission_due_at
            if due is not None and due <= now:
                session.send(replies.commission_report(execution))
    session.send(replies.exec_details_end(req_id))


def send_open_orders(session: "Session", client_id: int | None) -> None:
    """Tell of open orders: the order, then where it stands."""
    for order in session.gateway.broker.open_orders(client_id):
        unseen = order.status is OrderStatus.API_PENDING or (client_id is not None and order.is_unbound)
        if not unseen:
            _send_order(session, order)
    if session.gateway.faults.has("stale_open_orders"):
        for order in stale_orders(session, client_id):
            _send_order(session, order)


def on_event(session: "Session", event: Event, *, owns: bool = True) -> None:
    """Say what happened in the order in which a real TWS does; errors go to the owner of an order alone."""
    if isinstance(event, OrderUpdated):
        _send_order(session, event.order)
    elif isinstance(event, ExecutionReported):
        _send_execution(session, event.execution, -1)
    elif isinstance(event, CommissionReported):
        _send_commission(session, event)
    elif isinstance(event, OrderBound):
        session.send(order_messages.order_bound(event.order))
    elif isinstance(event, (OrderCancelled, OrderRefused, OrderWarned)):
        _send_trouble(session, event, owns=owns)
    else:
        assert isinstance(event, (PositionChanged, AccountNotice))


def _send_trouble(session: "Session", event: OrderCancelled | OrderRefused | OrderWarned, *, owns: bool) -> None:
    code = 202
    if isinstance(event, OrderCancelled):
        session.send(order_messages.order_status(event.order))
    else:
        code = event.code
        if isinstance(event, OrderRefused):
            _send_order(session, event.order)
    if owns:
        session.error(event.order.order_id, code, event.text)


def _send_commission(session: "Session", event: CommissionReported) -> None:
    if not event.execution.liquidation:
        figures = Figures(commission=event.order.commission, currency=event.execution.currency)
        _send_order(session, event.order, figures)
    session.send(replies.commission_report(event.execution))


def _send_order(session: "Session", order: Order, figures: Figures | None = None) -> None:
    instrument = session.gateway.broker.instrument(order.con_id)
    packed = not session.is_meddled_with
    session.send(order_messages.open_order(order, instrument, version=session.version, figures=figures, packed=packed))
    session.send(order_messages.order_status(order))


def _send_execution(session: "Session", execution: Execution, req_id: int) -> None:
    instrument = session.gateway.broker.instrument(execution.con_id)
    session.send(
        replies.exec_details(
            req_id,
            execution,
            instrument,
            at=tws_time(execution.at),
            order_id=execution.order_id,
            client_id=execution.client_id,
            version=session.version,
        )
    )


def _send_preview(session: "Session", request: Request, ticket: OrderTicket) -> None:
    broker = session.gateway.broker
    preview = broker.preview(
        client_id=session.client_id or 0, order_id=request["order_id"], contract=request.contract, ticket=ticket
    )
    figures = _preview_figures(preview.cost, preview.warning)
    instrument = broker.instrument(preview.order.con_id)

    def answer(shown: Figures) -> None:
        session.send(order_messages.open_order(preview.order, instrument, version=session.version, figures=shown))

    if session.gateway.meddles_with_orders:
        answer_preview(session, request, ticket, figures, answer)
    else:
        answer(figures)


def _preview_figures(cost: Cost, warning: str) -> Figures:
    """The figures of a what-if: one commission, or the least and the most if it depends on how the order trades."""
    varies = cost.minimum is not None
    return Figures(
        cost.change,
        None if varies else cost.commission,
        cost.currency,
        minimum=cost.minimum,
        maximum=cost.maximum,
        warning=warning,
    )


def _passes(session: "Session", execution: Execution, request: Request) -> bool:
    instrument = session.gateway.broker.instrument(execution.con_id)
    side = _SIDES.get(request["side"].upper())
    return (
        request["client_id"] in {None, 0, execution.client_id}
        and request["account"] in {"", execution.account}
        and request["symbol"].upper() in {"", instrument.symbol}
        and request["sec_type"].upper() in {"", instrument.sec_type}
        and request["exchange"].upper() in {"", "SMART", execution.venue}
        and (not request["side"] or side == execution.is_buy)
        and (not request["time"].strip() or execution.at >= parse_time(request["time"]))
    )


HANDLERS = {
    "place_order": place_order,
    "cancel_order": cancel_order,
    "req_global_cancel": req_global_cancel,
    "req_open_orders": req_open_orders,
    "req_all_open_orders": req_all_open_orders,
    "req_auto_open_orders": req_auto_open_orders,
    "req_completed_orders": req_completed_orders,
    "req_executions": req_executions,
}
