"""What keeps an order from working: its parent, the clock, conditions, a search for shares, its trigger price."""

from datetime import datetime
from enum import Enum

from tws_simulator.broker.adjusting import adjust
from tws_simulator.broker.core import Core
from tws_simulator.broker.facts import BrokerFacts
from tws_simulator.broker.lanes import Phase
from tws_simulator.exchange.conditions import are_met
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.kinds import KINDS
from tws_simulator.exchange.market import Quote
from tws_simulator.exchange.orders import Order
from tws_simulator.exchange.triggers import needs_two, reaches, trail
from tws_simulator.ledger.shorting import ShortState


class Hold(Enum):
    """Why an order waits."""

    AUCTION = "auction"
    CHILD = "child"
    LOCATE = "locate"
    TRIGGER = "trigger"
    TIME = "time"
    CONDITION = "condition"
    CLOSED = "closed"

    @property
    def word(self) -> str:
        """What clients are told in orderStatus; most reasons are not told."""
        return self._value_ if self is Hold.CHILD or self is Hold.LOCATE or self is Hold.TRIGGER else ""


class Holds:
    """Tells whether an order waits, and for what."""

    def __init__(self, core: Core, facts: BrokerFacts) -> None:
        self._core = core
        self._facts = facts

    def reason(self, order: Order, quote: Quote, phase: Phase, now: datetime, *, fresh: bool) -> Hold | None:
        """The first thing that holds an order, None if it may work. Moves trailing stops and counts triggers.

        `fresh` tells that the order has not seen this quote yet.
        """
        held = self._outer(order, now)
        if held is not None:
            return held
        if not phase.admits(order):
            return Hold.CLOSED
        instrument = self._core.instrument(order.con_id)
        if not KINDS[order.ticket.order_type].held_by_stop or order.triggered:
            return None
        return None if self._is_triggered(order, instrument, quote, fresh=fresh) else Hold.TRIGGER

    def lasting(self, order: Order, now: datetime) -> Hold | None:
        """What holds an order whatever the market does, for its first status."""
        held = self._outer(order, now)
        if held is None and KINDS[order.ticket.order_type].held_by_stop and not order.triggered:
            return Hold.TRIGGER
        return held

    def _outer(self, order: Order, now: datetime) -> Hold | None:
        if order.auction_at is not None:
            return Hold.AUCTION
        if order.parent_perm_id and self._core.allowance(order) <= 0:
            return Hold.CHILD
        if not order.located and not self._is_located(order):
            return Hold.LOCATE
        if order.active_from is not None and now < order.active_from:
            return Hold.TIME
        if order.ticket.conditions and not order.ticket.conditions_cancel and not self._conditions_met(order, now):
            return Hold.CONDITION
        return None

    def cancels_itself(self, order: Order, now: datetime) -> bool:
        """Whether the conditions under which an order wants to be cancelled have come."""
        ticket = order.ticket
        return bool(ticket.conditions) and ticket.conditions_cancel and self._conditions_met(order, now)

    def _is_located(self, order: Order) -> bool:
        instrument = self._core.instrument(order.con_id)
        state = self._core.ledger.short_state(order.ticket.account, instrument, order.remaining)
        order.located = state is not ShortState.LOCATING
        return order.located

    def _conditions_met(self, order: Order, now: datetime) -> bool:
        if order.conditions_met:
            return True
        if not order.ticket.conditions_ignore_rth:
            calendar = self._core.calendar_of(order.con_id)
            if not calendar.is_open(now, regular=True):
                return False
        order.conditions_met = are_met(order.ticket, order.created_at, self._facts)
        return order.conditions_met

    def _is_triggered(self, order: Order, instrument: Instrument, quote: Quote, *, fresh: bool) -> bool:
        adjust(self._core, order, instrument, quote)
        kind = KINDS[order.ticket.order_type]
        if order.is_trailing and trail(order, instrument, quote):
            self._core.store.order(order)
            # A stop made of this quote cannot have been reached by it.
            return False
        if not reaches(order, instrument, quote, touched=kind.touched):
            order.trigger_hits = 0
            return False
        order.trigger_hits += fresh
        if needs_two(order, instrument) and order.trigger_hits < 2:
            return False
        order.triggered = True
        return True
