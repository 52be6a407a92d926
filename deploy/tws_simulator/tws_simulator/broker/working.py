"""Working orders: triggers, matching against the market, and what becomes of the rest."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tws_simulator.broker.core import CANCEL_TEXT, Core
from tws_simulator.broker.fills import Fills
from tws_simulator.events import OrderCancelled, OrderUpdated
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Quote, slot_of
from tws_simulator.exchange.matching import STOPPED, Match, is_marketable, match_print, match_shown, stop_is_hit
from tws_simulator.exchange.orders import Order, OrderStatus
from tws_simulator.model import ZERO


@dataclass(slots=True)
class _Taken:
    """How much of a shown size has been taken; `key` names the showing."""

    key: tuple[int, int]
    quantity: Decimal


class Working:
    """Lets orders meet the market."""

    def __init__(self, core: Core, fills: Fills) -> None:
        self._core = core
        self._fills = fills
        self._taken: dict[tuple[int, bool], _Taken] = {}

    def reload(self) -> None:
        """Forget what has been taken of shown sizes."""
        self._taken.clear()

    def end(self, order: Order, text: str, completed: str = "Cancelled by Trader") -> None:
        """Take an order out of the market."""
        self._core.complete(order, OrderStatus.CANCELLED, completed)
        self._core.tell(OrderCancelled(order, text))

    def work(self, order: Order, now: datetime) -> None:
        """Match one order against the market as it is now."""
        if not order.is_live or not self._core.may_trade(order, now):
            return
        instrument = self._core.instrument(order.con_id)
        quote = self._core.market.quote(instrument, now)
        if order.ticket.order_type in STOPPED and not self._is_triggered(order, quote):
            return
        filled = self._take_shown(order, instrument, quote, now)
        if order.remaining and not filled:
            match = match_print(order, quote, self._core.market.print_in(instrument, slot_of(now)))
            if match is not None and not self._print_taken(order, slot_of(now), match):
                self._fills.fill(order, match, now)
                filled = True
        self._settle(order, quote, filled=filled)

    def _settle(self, order: Order, quote: Quote, *, filled: bool) -> None:
        """After matching: cancel the rest of an IOC, or let the order stand in the book."""
        if order.is_done:
            return
        if order.ticket.time_in_force == "IOC":
            self.end(order, CANCEL_TEXT)
            return
        if not is_marketable(order.ticket, quote):
            order.resting = True
        if order.status is OrderStatus.PRE_SUBMITTED:
            order.status = OrderStatus.SUBMITTED
            self._core.store.order(order)
            if not filled:
                self._core.tell(OrderUpdated(order))

    def _is_triggered(self, order: Order, quote: Quote) -> bool:
        if not order.triggered and stop_is_hit(order.ticket, quote):
            order.triggered = True
            order.why_held = ""
            order.status = OrderStatus.SUBMITTED
            self._core.store.order(order)
            self._core.tell(OrderUpdated(order))
        return order.triggered

    def _take_shown(self, order: Order, instrument: Instrument, quote: Quote, now: datetime) -> bool:
        slot = slot_of(now)
        key = self._core.market.shown(instrument, slot)
        side = (instrument.con_id, order.ticket.is_buy)
        taken = self._taken.get(side)
        if taken is None or taken.key != key:
            taken = self._taken[side] = _Taken(key, ZERO)
        shown = quote.ask_size if order.ticket.is_buy else quote.bid_size
        match = match_shown(order, quote, shown - taken.quantity)
        if match is None:
            return False
        taken.quantity += match.quantity
        self._fills.fill(order, match, now)
        return True

    def _print_taken(self, order: Order, slot: int, match: Match) -> bool:
        """Whether another resting order has had this print; if not, it is taken now."""
        side = (-order.con_id, order.ticket.is_buy)
        key = (1, slot)
        taken = self._taken.get(side)
        if taken is not None and taken.key == key:
            return True
        self._taken[side] = _Taken(key, match.quantity)
        return False
