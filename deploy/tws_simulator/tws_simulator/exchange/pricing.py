"""The price at which a working order stands now. Pure functions."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Quote
from tws_simulator.exchange.orders import Order
from tws_simulator.model import ZERO, OrderTicket

_PROTECTION = Decimal("0.005")  # how far from the touch a protected market order may trade, as a share of the price


def standing_price(order: Order, instrument: Instrument, quote: Quote) -> Decimal | None:
    """The worst price at which an active order trades now; None if it takes any price."""
    ticket = order.ticket
    kind = ticket.order_type
    if kind == "REL":
        return _capped(ticket, _rounded(instrument, ticket, _relative(ticket, quote)))
    if kind == "PEG MKT":
        far, offset = (quote.ask if ticket.is_buy else quote.bid), ticket.stop_price or ZERO
        return _rounded(instrument, ticket, far - offset if ticket.is_buy else far + offset)
    if kind in {"MIDPRICE", "PEG MID"}:
        return _capped(ticket, _midpoint(ticket, instrument, quote))
    if kind == "PEG BEST":
        return _capped(ticket, _competing(ticket, instrument, quote))
    return order.limit_now


def protected_price(is_buy: bool, instrument: Instrument, quote: Quote) -> Decimal:
    """The limit a market order with protection gets when it reaches the market."""
    far = quote.ask if is_buy else quote.bid
    price = far * (1 + _PROTECTION) if is_buy else far * (1 - _PROTECTION)
    tick = instrument.tick_at(far)
    return (price / tick).to_integral_value(ROUND_FLOOR if is_buy else ROUND_CEILING) * tick


def reaching_price(order: Order, price: Decimal | None) -> Decimal | None:
    """Up to which price it takes what is offered: a discretionary amount goes beyond the price it stands at."""
    amount = order.ticket.discretionary_amount
    if price is None or not amount:
        return price
    return price + amount if order.ticket.is_buy else price - amount


def accepts(is_buy: bool, limit: Decimal | None, price: Decimal) -> bool:
    """Whether a price is no worse than a limit."""
    if limit is None:
        return True
    return price <= limit if is_buy else price >= limit


def _relative(ticket: OrderTicket, quote: Quote) -> Decimal:
    near = quote.bid if ticket.is_buy else quote.ask
    offset = near * ticket.percent_offset if ticket.percent_offset else ticket.stop_price or ZERO
    return near + offset if ticket.is_buy else near - offset


def _midpoint(ticket: OrderTicket, instrument: Instrument, quote: Quote) -> Decimal:
    middle = (quote.bid + quote.ask) / 2
    tick = instrument.tick_at(middle)
    offset = ticket.mid_offset_whole if (quote.ask - quote.bid) % (2 * tick) == 0 else ticket.mid_offset_half
    return middle - (offset or ZERO) if ticket.is_buy else middle + (offset or ZERO)


def _competing(ticket: OrderTicket, instrument: Instrument, quote: Quote) -> Decimal:
    """Better than the best of its side by the offset, never beyond the midpoint."""
    middle = (quote.bid + quote.ask) / 2
    offset = ticket.compete_offset
    if offset is None or not offset.is_finite():
        return middle
    wanted = quote.bid + offset if ticket.is_buy else quote.ask - offset
    wanted = _rounded(instrument, ticket, wanted)
    return min(wanted, middle) if ticket.is_buy else max(wanted, middle)


def _rounded(instrument: Instrument, ticket: OrderTicket, price: Decimal) -> Decimal:
    tick = instrument.tick_at(price)
    return (price / tick).to_integral_value(ROUND_FLOOR if ticket.is_buy else ROUND_CEILING) * tick


def _capped(ticket: OrderTicket, price: Decimal) -> Decimal:
    """Not beyond the limit, if there is one."""
    cap = ticket.limit_price
    if not cap:
        return price
    return min(price, cap) if ticket.is_buy else max(price, cap)
