"""What an order would cost, by the same sum for a preview and for its acceptance."""

from decimal import Decimal

from tws_simulator.broker.core import Core
from tws_simulator.errors import BrokerError
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.kinds import KINDS
from tws_simulator.exchange.market import Quote
from tws_simulator.exchange.orders import Order
from tws_simulator.exchange.pricing import accepts, standing_price
from tws_simulator.ledger.ledger import Cost


def cost_of(core: Core, order: Order) -> Cost:
    """What the rest of an order would do to its account at the market as it is."""
    price, takes = _worst(core, order)
    return core.ledger.cost(order, price=price, takes=takes)


def refusal_of(core: Core, order: Order) -> BrokerError | None:
    """Why the account may not carry an order at the market as it is; None if it may."""
    price, takes = _worst(core, order)
    return core.ledger.refusal(order, price=price, takes=takes)


def _worst(core: Core, order: Order) -> tuple[Decimal, bool]:
    """The worst price at which an order would trade, and whether it would trade at once."""
    ticket, quote = order.ticket, core.quote(order.con_id)
    limit = _limit(order, core.instrument(order.con_id), quote)
    shown = quote.ask if ticket.is_buy else quote.bid
    price = limit if limit is not None else shown
    if not accepts(ticket.is_buy, limit, shown):
        return price, False
    # A limit far from the market trades no worse than the market.
    return min(price, shown) if ticket.is_buy else max(price, shown), True


def _limit(order: Order, instrument: Instrument, quote: Quote) -> Decimal | None:
    if KINDS[order.ticket.order_type].held_by_stop and not order.triggered:
        return order.limit_now
    return standing_price(order, instrument, quote)
