"""Adjustable stops: once the market has gone far enough their way, they become another kind of stop."""

from dataclasses import replace

from tws_simulator.broker.core import Core
from tws_simulator.events import OrderUpdated
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Quote
from tws_simulator.exchange.orders import TRAILING, Order
from tws_simulator.exchange.triggers import crosses, method_of

_PERCENT = 100


def adjust(core: Core, order: Order, instrument: Instrument, quote: Quote) -> None:
    """Change a stop into what it is to become, if its trigger price is reached."""
    ticket = order.ticket
    if not ticket.adjusted_order_type or ticket.adjusted_trigger is None:
        return
    # The way the position gains: up for a stop that sells.
    up = not ticket.is_buy
    side = quote.bid if up else quote.ask
    if not crosses(method_of(ticket.trigger_method, instrument), quote, side, ticket.adjusted_trigger, up=up):
        return
    _become(order)
    core.store.order(order)
    core.tell(OrderUpdated(order))


def _become(order: Order) -> None:
    ticket = order.ticket
    kind, stop, limit = ticket.adjusted_order_type, ticket.adjusted_stop, ticket.adjusted_stop_limit
    changed = replace(ticket, order_type=kind, adjusted_order_type="")
    if kind in TRAILING:
        by_percent = ticket.adjusted_trail_unit == _PERCENT
        changed.trailing_percent = ticket.adjusted_trail if by_percent else None
        changed.stop_price = None if by_percent else ticket.adjusted_trail
        changed.trail_stop_price = stop
    else:
        changed.stop_price = stop
    if kind == "TRAIL LIMIT" and stop is not None and limit is not None:
        changed.limit_offset = limit - stop if ticket.is_buy else stop - limit
    if kind == "STP LMT":
        changed.limit_price = limit
    order.ticket = changed
    order.stop_now = stop
    order.limit_now = limit if kind in {"STP LMT", "TRAIL LIMIT"} else None
