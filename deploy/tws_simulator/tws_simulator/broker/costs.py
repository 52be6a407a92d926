"""What an order would cost, by the same sum for a preview and for its acceptance."""

from tws_simulator.broker.core import Core
from tws_simulator.exchange.matching import LIMITED, is_marketable
from tws_simulator.exchange.orders import Order
from tws_simulator.ledger.ledger import Cost


def cost_of(core: Core, order: Order) -> Cost:
    """What the rest of an order would do to its account at the market as it is."""
    ticket, quote = order.ticket, core.quote(order.con_id)
    shown = quote.ask if ticket.is_buy else quote.bid
    limit = ticket.limit_price if ticket.order_type in LIMITED else None
    price = limit if limit is not None else shown
    takes = is_marketable(ticket, quote)
    # A limit far from the market trades no worse than the market.
    worst = min(price, shown) if ticket.is_buy else max(price, shown)
    return core.ledger.cost(order, price=worst if takes else price, takes=takes)
