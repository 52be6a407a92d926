"""How a resting order comes by a fill from what other participants trade: named models.

A model says where an order stands in the queue when it joins its price, and how much of a slot's trading it gets.
To add one, write a class with these two methods and name it in MODELS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Print, Quote
from tws_simulator.exchange.noise import unit
from tws_simulator.exchange.orders import Order
from tws_simulator.exchange.quote import Level
from tws_simulator.model import ZERO

_MID_CHANCE = 0.5


@dataclass(frozen=True, slots=True)
class Moment:
    """The market of one instrument in one slot. `depth` gives the levels of a side (True: bids), best first."""

    seed: int
    slot: int
    instrument: Instrument
    quote: Quote
    trade: Print | None
    depth: Callable[[bool], tuple[Level, ...]]


class FillModel(Protocol):
    """How orders that rest are filled. `every_slot`: also in slots in which the quote stands still."""

    every_slot: bool

    def joined(self, order: Order, price: Decimal, moment: Moment) -> None:
        """An order begins to rest at a price, or lost its place there."""

    def share(self, order: Order, price: Decimal, moment: Moment, left: Decimal) -> Decimal:
        """Shares the order gets in this slot. `left`: of the slot's trade, after better placed orders."""


class Touch:
    """An order at or inside the best price of its side is first in line for the next trade there."""

    every_slot = False

    def joined(self, order: Order, price: Decimal, moment: Moment) -> None:
        """Nothing is ahead of it."""
        order.queue_ahead = None

    def share(self, order: Order, price: Decimal, moment: Moment, left: Decimal) -> Decimal:
        """All that is left of a trade on its side."""
        return left if _is_reached(order, price, moment) else ZERO


class Queue:
    """An order waits until the size that stood at its price before it has traded or gone."""

    every_slot = False

    def joined(self, order: Order, price: Decimal, moment: Moment) -> None:
        """Everything shown at the price is ahead."""
        order.queue_ahead = _shown_at(price, moment.depth(order.ticket.is_buy), is_buy=order.ticket.is_buy)

    def share(self, order: Order, price: Decimal, moment: Moment, left: Decimal) -> Decimal:
        """What a trade at its price leaves after the size ahead."""
        if not _is_reached(order, price, moment):
            return ZERO
        best = moment.quote.bid if order.ticket.is_buy else moment.quote.ask
        size = moment.quote.bid_size if order.ticket.is_buy else moment.quote.ask_size
        ahead = min(order.queue_ahead or ZERO, size) if price == best else ZERO
        traded = min(ahead, left)
        order.queue_ahead = ahead - traded
        return left - traded


class Mid(Touch):
    """As Touch; besides, an order at the midpoint or better meets hidden orders every other slot."""

    every_slot = True

    def share(self, order: Order, price: Decimal, moment: Moment, left: Decimal) -> Decimal:
        """All that is left of a trade, or the size shown opposite, by a draw of the order and the slot."""
        quote, is_buy = moment.quote, order.ticket.is_buy
        middle = (quote.bid + quote.ask) / 2
        if price >= middle if is_buy else price <= middle:
            draw = unit(moment.seed, moment.instrument.con_id, moment.slot, order.priority, "mid")
            if draw < _MID_CHANCE:
                return quote.ask_size if is_buy else quote.bid_size
        return super().share(order, price, moment, left)


MODELS: dict[str, Callable[[], FillModel]] = {"touch": Touch, "queue": Queue, "mid": Mid}


def _is_reached(order: Order, price: Decimal, moment: Moment) -> bool:
    trade, quote = moment.trade, moment.quote
    if trade is None or trade.hits_bid != order.ticket.is_buy:
        return False
    return price >= quote.bid if order.ticket.is_buy else price <= quote.ask


def _shown_at(price: Decimal, levels: tuple[Level, ...], *, is_buy: bool) -> Decimal:
    """The size at a price: none inside the best price, the last known size beyond all levels."""
    for level in levels:
        if level.price == price:
            return level.size
        if level.price < price if is_buy else level.price > price:
            return ZERO
    return levels[-1].size if levels else ZERO
