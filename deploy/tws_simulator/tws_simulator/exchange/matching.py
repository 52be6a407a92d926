"""Whether and how an order trades against what the market shows. Pure functions."""

from dataclasses import dataclass
from decimal import Decimal

from tws_simulator.exchange.market import Print, Quote
from tws_simulator.exchange.orders import Order
from tws_simulator.model import OrderTicket

LIMITED = {"LMT", "STP LMT"}
STOPPED = {"STP", "STP LMT"}


@dataclass(frozen=True, slots=True)
class Match:
    """A fill to be made."""

    quantity: Decimal
    price: Decimal
    added_liquidity: bool


def stop_is_hit(ticket: OrderTicket, quote: Quote) -> bool:
    """Whether the last price has reached the stop (IB's default trigger for US stocks)."""
    if ticket.stop_price is None:
        return False
    return quote.last >= ticket.stop_price if ticket.is_buy else quote.last <= ticket.stop_price


def is_marketable(ticket: OrderTicket, quote: Quote) -> bool:
    """Whether the order could trade at once with the other side."""
    if ticket.order_type not in LIMITED or ticket.limit_price is None:
        return True
    return quote.ask <= ticket.limit_price if ticket.is_buy else quote.bid >= ticket.limit_price


def match_shown(order: Order, quote: Quote, available: Decimal) -> Match | None:
    """A fill against the shown size of the other side.

    An order that takes trades at the shown price. One that was resting when the market came to it trades at its
    own limit, as the price-time rule gives it.
    """
    quantity = min(order.remaining, available)
    if quantity <= 0 or not is_marketable(order.ticket, quote):
        return None
    price = quote.ask if order.ticket.is_buy else quote.bid
    rests = order.resting and order.ticket.limit_price is not None
    if rests and order.ticket.limit_price is not None:
        price = order.ticket.limit_price
    return Match(quantity, price, added_liquidity=rests)


def match_print(order: Order, quote: Quote, trade: Print | None) -> Match | None:
    """A fill of a resting order by another participant's trade that reached its price.

    An order at or inside the best price of its own side is first in the queue here; queue position is not modelled.
    """
    limit = order.ticket.limit_price
    if trade is None or not order.resting or limit is None or order.ticket.order_type not in LIMITED:
        return None
    if trade.hits_bid != order.ticket.is_buy:
        return None
    reached = limit >= quote.bid if order.ticket.is_buy else limit <= quote.ask
    if not reached:
        return None
    return Match(min(order.remaining, trade.size), limit, added_liquidity=True)
