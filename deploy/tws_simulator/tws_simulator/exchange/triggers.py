"""When a stop or touch price counts as reached, by IB's trigger methods; and how a trailing stop moves.

Methods: 0 default, 1 double bid/ask, 2 last, 3 double last, 4 bid/ask, 7 last or bid/ask, 8 midpoint. The default
is the last price, and the double bid/ask for options.
"""

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Quote
from tws_simulator.exchange.orders import Order

METHODS = {0, 1, 2, 3, 4, 7, 8}
_BID_ASK = {1, 4}
_DOUBLE = {1, 3}
_LAST_OR_BID_ASK = 7
_MIDPOINT = 8
_HUNDRED = Decimal(100)


def method_of(chosen: int, instrument: Instrument) -> int:
    """The method that applies."""
    if chosen:
        return chosen
    return 1 if instrument.sec_type in {"OPT", "FOP"} else 2


def reaches(order: Order, instrument: Instrument, quote: Quote, *, touched: bool) -> bool:
    """Whether this quote reaches the order's stop price.

    A buy stop watches the bid and a sell stop the ask, so that a wide quote alone does not set it off; orders that
    wait for a better price watch the side they would trade with.
    """
    stop, is_buy = order.stop_now, order.ticket.is_buy
    if stop is None:
        return False
    up = is_buy != touched
    watched = quote.bid if up else quote.ask
    return crosses(method_of(order.ticket.trigger_method, instrument), quote, watched, stop, up=up)


def crosses(method: int, quote: Quote, side: Decimal, price: Decimal, *, up: bool) -> bool:
    """Whether the price a method looks at is at or beyond `price`, upwards or downwards."""
    beyond: Callable[[Decimal], bool] = (lambda seen: seen >= price) if up else (lambda seen: seen <= price)
    if method in _BID_ASK:
        return beyond(side)
    if method == _LAST_OR_BID_ASK:
        return beyond(quote.last) or beyond(side)
    if method == _MIDPOINT:
        return beyond((quote.bid + quote.ask) / 2)
    return beyond(quote.last)


def needs_two(order: Order, instrument: Instrument) -> bool:
    """Whether two quotes in a row have to reach the stop."""
    return method_of(order.ticket.trigger_method, instrument) in _DOUBLE


def trail(order: Order, instrument: Instrument, quote: Quote) -> bool:
    """Move the stop of a trailing order along. Returns whether it moved."""
    reference = _reference(order, instrument, quote)
    distance = trail_distance(order, reference)
    if distance is None:
        return False
    tick = instrument.tick_at(reference)
    is_buy = order.ticket.is_buy
    wanted = reference + distance if is_buy else reference - distance
    wanted = (wanted / tick).to_integral_value(ROUND_CEILING if is_buy else ROUND_FLOOR) * tick
    now = order.stop_now
    if now is not None and (wanted >= now if is_buy else wanted <= now):
        return False
    order.stop_now = wanted
    offset = order.ticket.limit_offset
    if order.ticket.order_type == "TRAIL LIMIT" and offset is not None:
        order.limit_now = wanted + offset if is_buy else wanted - offset
    return True


def trail_distance(order: Order, reference: Decimal) -> Decimal | None:
    """How far a trailing stop keeps from the market."""
    ticket = order.ticket
    if ticket.trailing_percent:
        return reference * ticket.trailing_percent / _HUNDRED
    return ticket.stop_price


def _reference(order: Order, instrument: Instrument, quote: Quote) -> Decimal:
    method = method_of(order.ticket.trigger_method, instrument)
    if method in _BID_ASK:
        return quote.bid if order.ticket.is_buy else quote.ask
    if method == _MIDPOINT:
        return (quote.bid + quote.ask) / 2
    return quote.last
