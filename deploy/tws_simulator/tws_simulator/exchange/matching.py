"""What an order that takes can get, and from whom. Pure functions."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from tws_simulator.exchange.orders import Order
from tws_simulator.exchange.pricing import accepts
from tws_simulator.exchange.quote import Level
from tws_simulator.model import ZERO


class Match(NamedTuple):
    """A fill to be made. `venue` is empty if any may be named."""

    quantity: Decimal
    price: Decimal
    added_liquidity: bool
    venue: str = ""


class Offer(NamedTuple):
    """Something to trade with: a level of the market, or the resting order of another client."""

    price: Decimal
    size: Decimal
    venue: str = ""
    maker: Order | None = None


def best_first(levels: Iterable[Offer], makers: Iterable[Offer], *, is_buy: bool) -> list[Offer]:
    """Offers by price; at one price the market's size stood there first."""
    both = [(offer.price if is_buy else -offer.price, 0, index, offer) for index, offer in enumerate(levels)]
    both += [(offer.price if is_buy else -offer.price, 1, index, offer) for index, offer in enumerate(makers)]
    return [row[3] for row in sorted(both, key=lambda row: row[:3])]


def level_offers(levels: Iterable[Level], taken: dict[Decimal, Decimal]) -> list[Offer]:
    """What is left of the shown levels."""
    return [
        Offer(level.price, left, level.venue)
        for level in levels
        if (left := level.size - taken.get(level.price, ZERO)) > 0
    ]


def take(offers: Iterable[Offer], quantity: Decimal, limit: Decimal | None, *, is_buy: bool) -> list[Offer]:
    """The offers, cut to size, that an order gets: as many as its limit and size allow.

    The order of a maker that wants all or nothing is passed over unless all of it is taken.
    """
    got: list[Offer] = []
    for offer in offers:
        if quantity <= 0 or not accepts(is_buy, limit, offer.price):
            break
        size = min(offer.size, quantity)
        if offer.maker is not None and offer.maker.ticket.all_or_none and size < offer.maker.remaining:
            continue
        got.append(Offer(offer.price, size, offer.venue, offer.maker))
        quantity -= size
    return got


def is_enough(order: Order, total: Decimal) -> bool:
    """Whether an order may trade this much at once: for those that want all, or a first part of some size."""
    ticket = order.ticket
    if ticket.all_or_none or ticket.time_in_force == "FOK":
        return total >= order.remaining
    if ticket.minimum_quantity and not order.filled:
        return total >= min(Decimal(ticket.minimum_quantity), order.remaining)
    return total > 0
