"""What faults do with orders, changes, previews and cancels as they arrive."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tws_simulator.broker import CANCEL_TEXT
from tws_simulator.errors import BrokerError
from tws_simulator.exchange.orders import Order, OrderStatus
from tws_simulator.faults.codes import CODES, Kind
from tws_simulator.messages.orders import Figures
from tws_simulator.messages.requests import Request
from tws_simulator.model import ZERO, OrderTicket
from tws_simulator.session.order_errors import error_text, is_in

if TYPE_CHECKING:
    from tws_simulator.session.session import Session

ORDER_FAULTS = frozenset(
    {
        "swallow_orders",
        "swallow_cancels",
        "reject_orders",
        "lose_acknowledgement",
        "slow_cancel",
        "stuck_pending_submit",
        "held_for_locate",
        "split_modify",
        "error_on_order",
        "what_if_unset_first",
        "what_if_unanswered",
        "what_if_refused",
    }
)
_CANCEL_SECONDS = 1.0
"""How long a cancel takes during which an error comes."""
Facts = dict[str, Any]


def facts_of(session: "Session", request: Request, ticket: OrderTicket) -> Facts:
    """By what a fault of an order may be narrowed."""
    instrument = session.gateway.broker.book.get(request["con_id"] or 0)
    symbol = instrument.symbol if instrument is not None else request["symbol"]
    return {"order_id": request["order_id"], "order_ref": ticket.order_ref, "symbol": symbol}


def meet_order(session: "Session", request: Request, ticket: OrderTicket) -> bool:
    """Let the faults have a new order or a change. Returns whether it is done with."""
    faults, client_id = session.gateway.faults, session.client_id
    facts = facts_of(session, request, ticket)
    if faults.use("swallow_orders", client_id, **facts) is not None:
        return True
    refusal = faults.take(
        "reject_orders",
        lambda row: not row["opposite_only"] or _is_opposed(session, request, ticket),
        client_id,
        **facts,
    )
    if refusal is not None:
        refuse(session, request, ticket, refusal["code"], refusal["text"], inactive=refusal["inactive"])
        return True
    order = session.gateway.broker.find(client_id or 0, request["order_id"])
    if order is None:
        return _meet_new(session, request, ticket, facts)
    return _meet_change(session, order, ticket, facts)


def meet_cancel(session: "Session", order_id: int) -> bool:
    """Let the faults have a cancel. Returns whether it is done with. Raises BrokerError as a cancel does."""
    gateway, client_id = session.gateway, session.client_id
    order = gateway.broker.find(client_id or 0, order_id)
    facts = _facts_of_order(session, order) if order is not None else {"order_id": order_id}
    if gateway.faults.use("swallow_cancels", client_id, **facts) is not None:
        return True
    if order is None or order.is_done:
        return _refused(session, "cancel", order, facts) if order is not None else False
    if _refused(session, "cancel", order, facts):
        return True
    slow = gateway.faults.use("slow_cancel", client_id, **facts)
    if slow is None and not order.is_halted and not _waits_in_cancel(session, facts):
        return False
    gateway.broker.begin_cancel(client_id=client_id or 0, order_id=order_id)
    if slow is not None or not order.is_halted:
        end_later(session, order, slow["seconds"] if slow is not None else _CANCEL_SECONDS)
    return True


def refuse(session: "Session", request: Request, ticket: OrderTicket, code: int, text: str, *, inactive: bool) -> None:
    """Refuse an order: with `inactive` it is taken in first. Raises BrokerError."""
    known = session.gateway.broker.find(session.client_id or 0, request["order_id"])
    if not inactive or known is not None:
        raise BrokerError(code, text)
    session.gateway.broker.refuse_new(
        client_id=session.client_id or 0,
        order_id=request["order_id"],
        contract=request.contract,
        ticket=ticket,
        code=code,
        text=text,
    )


def end_later(session: "Session", order: Order, seconds: float) -> None:
    """Finish a cancel that was begun, if the order is still there by then."""
    gateway = session.gateway

    def end() -> None:
        if order.status is OrderStatus.PENDING_CANCEL:
            gateway.broker.end(order, CANCEL_TEXT)

    gateway.agenda.at(gateway.clock.now() + timedelta(seconds=seconds), end)


def hold_back(session: "Session", order: Order, facts: Facts) -> None:
    """Keep a new order from working, if a fault wants it. Called before its owner hears of it."""
    faults, client_id = session.gateway.faults, session.client_id
    stuck = faults.use("stuck_pending_submit", client_id, **facts)
    if stuck is not None:
        order.is_halted, order.status = True, OrderStatus.PENDING_SUBMIT
        session.gateway.broker.store.order(order)
        _free_later(session, order, stuck["seconds"])
        return
    located = faults.use("held_for_locate", client_id, **facts)
    if located is not None:
        order.is_halted, order.shown, order.why_held = True, OrderStatus.INACTIVE, "locate"
        session.gateway.broker.store.order(order)
        session.gateway.after_news(lambda: session.error(order.order_id, 404, CODES[404].text))
        _free_later(session, order, located["seconds"])


def _free_later(session: "Session", order: Order, seconds: float | None) -> None:
    gateway = session.gateway

    def free() -> None:
        if not order.is_halted or order.is_done:
            return
        order.is_halted, order.shown, order.why_held = False, "", ""
        if order.status is OrderStatus.PENDING_CANCEL:
            gateway.broker.end(order, CANCEL_TEXT)
            return
        gateway.broker.mishaps.set_status(order, OrderStatus.PRE_SUBMITTED)
        gateway.broker.work_instrument(order.con_id)

    if seconds is not None:
        gateway.agenda.at(gateway.clock.now() + timedelta(seconds=seconds), free)


def _facts_of_order(session: "Session", order: Order) -> Facts:
    symbol = session.gateway.broker.instrument(order.con_id).symbol
    return {"order_id": order.order_id, "order_ref": order.ticket.order_ref, "symbol": symbol}


def _meet_new(session: "Session", request: Request, ticket: OrderTicket, facts: Facts) -> bool:
    """An error that strikes before the order is acknowledged."""
    given = session.gateway.faults.take(
        "error_on_order", lambda row: row["state"] == "pending" and row["about"] == "state", session.client_id, **facts
    )
    if given is None:
        return False
    kind, text = CODES[given["code"]].kind, error_text(given, None)
    if kind is Kind.REJECT:
        refuse(session, request, ticket, given["code"], text, inactive=True)
        return True
    session.error(request["order_id"], given["code"], text)
    # A refused request was not taken in; whatever is said of changes and cancels does not touch a new order.
    return kind is Kind.REQUEST_REFUSED


def _meet_change(session: "Session", order: Order, ticket: OrderTicket, facts: Facts) -> bool:
    if _refused(session, "modify", order, facts):
        return True
    if order.is_done or session.gateway.faults.use("split_modify", session.client_id, **facts) is None:
        return False
    session.gateway.broker.mishaps.split(order, ticket)
    return True


def _refused(session: "Session", request: str, order: Order, facts: Facts) -> bool:
    """Whether an error refuses this change or cancel of an order in this state."""
    given = session.gateway.faults.take(
        "error_on_order",
        lambda row: row["about"] == request and is_in(order, row["state"]),
        session.client_id,
        **facts,
    )
    if given is not None:
        session.error(order.order_id, given["code"], error_text(given, order))
    return given is not None and CODES[given["code"]].kind is not Kind.WARNING


def _is_opposed(session: "Session", request: Request, ticket: OrderTicket) -> bool:
    """Whether an order of the other side is open in the same contract and account."""
    broker = session.gateway.broker
    con_id = broker.book.resolve(request.contract).con_id
    return any(
        row.con_id == con_id and row.ticket.is_buy != ticket.is_buy and ticket.account in {"", row.ticket.account}
        for row in broker.open_orders()
    )


def _waits_in_cancel(session: "Session", facts: Facts) -> bool:
    """Whether an error is to come while a cancel is pending, so that it must be pending for a while."""
    given = session.gateway.faults.find("error_on_order", session.client_id, **facts)
    return given is not None and (given["state"], given["about"]) == ("pending_cancel", "state")


def answer_preview(
    session: "Session", request: Request, ticket: OrderTicket, figures: Figures, answer: Callable[[Figures], None]
) -> None:
    """Answer a what-if order, as the faults want it."""
    faults, client_id = session.gateway.faults, session.client_id
    facts = facts_of(session, request, ticket)
    if faults.use("what_if_unanswered", client_id, **facts) is not None:
        return
    unset = faults.use("what_if_unset_first", client_id, **facts)
    if unset is not None:
        answer(Figures(warning=unset["warning"]))
        session.delivery.after(unset["seconds"], lambda: answer(figures))
        return
    answer(figures)
    refusal = faults.use("what_if_refused", client_id, **facts)
    if refusal is not None:
        session.error(request["order_id"], refusal["code"], refusal["text"])


def stale_orders(session: "Session", client_id: int | None) -> list[Order]:
    """Orders that have ended, as they were while they worked, for queries that are behind."""
    gateway = session.gateway
    given = gateway.faults.use("stale_open_orders", session.client_id)
    if given is None:
        return []
    since = gateway.clock.now() - timedelta(seconds=given["seconds"])
    return [
        replace(row, status=OrderStatus.SUBMITTED, filled=ZERO, value=ZERO)
        for row in gateway.broker.completed_orders()
        if client_id in {None, row.client_id} and row.completed_at is not None and row.completed_at >= since
    ]
