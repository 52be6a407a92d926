"""Working orders: from waiting to active, and the passes in which they meet the market."""

from datetime import datetime

from tws_simulator.broker.core import CANCEL_TEXT, Core
from tws_simulator.broker.holds import Hold, Holds
from tws_simulator.broker.lanes import Lane, Phase, Taken
from tws_simulator.broker.trading import Trading
from tws_simulator.events import OrderCancelled, OrderUpdated
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.kinds import FLOATING, KINDS
from tws_simulator.exchange.market import Quote, slot_of
from tws_simulator.exchange.orders import Order, OrderStatus
from tws_simulator.exchange.pricing import protected_price, standing_price

_PASSES = 50  # more than any chain of orders that set each other free


class Working:
    """Lets orders meet the market."""

    def __init__(self, core: Core, holds: Holds, trading: Trading) -> None:
        self._core = core
        self._holds = holds
        self._trading = trading
        self._lanes: dict[int, Lane] = {}
        self._phases: tuple[int, dict[int, Phase]] = (-1, {})
        self._entered: dict[int, Order] = {}
        """Orders that have just come or been let free and have not looked at the market yet."""
        self._busy = False

    def taken(self) -> dict[int, Taken]:
        """What has been taken of the sizes that are shown, by contract id."""
        return {
            con_id: Taken(lane.taken_key, dict(lane.taken[True]), dict(lane.taken[False]))
            for con_id, lane in sorted(self._lanes.items())
            if lane.taken[True] or lane.taken[False]
        }

    def take_back(self, taken: dict[int, Taken]) -> None:
        """Remember what had been taken when a state was saved."""
        for con_id, row in taken.items():
            lane = self._lane(con_id)
            lane.taken_key, lane.taken = row.showing, {True: dict(row.by_buyers), False: dict(row.by_sellers)}

    def reload(self) -> None:
        """Put the open orders of the state in their places."""
        self._lanes.clear()
        self._entered.clear()
        self._phases = (-1, {})
        for order in self._core.open.values():
            if order.status is not OrderStatus.API_PENDING:
                self._lane(order.con_id).wait(order)

    # Coming and going ------------------------------------------------------------------------------------------

    def enter(self, order: Order) -> None:
        """Let a transmitted or changed order, or one set free, look at the market anew."""
        self._lane(order.con_id).wait(order)
        self._entered[order.perm_id] = order

    def forget(self, order: Order) -> None:
        """Take a finished order out of its place."""
        self._lane(order.con_id).remove(order)
        self._entered.pop(order.perm_id, None)

    def end(self, order: Order, text: str, completed: str = "Cancelled by Trader") -> None:
        """Take an order out of the market."""
        if order.is_done:
            return
        self._core.complete(order, OrderStatus.CANCELLED, completed)
        self._core.tell(OrderCancelled(order, text))
        self._core.ended(order)

    # Passes ----------------------------------------------------------------------------------------------------

    def work(self, order: Order, now: datetime) -> None:
        """Let one order enter, and all that follows from it."""
        self.enter(order)
        self.settle(now)

    def settle(self, now: datetime) -> None:
        """Let all orders that have entered look at the market, until none is left."""
        if self._busy:
            return
        self._busy = True
        try:
            for _ in range(_PASSES):
                entered, self._entered = list(self._entered.values()), {}
                for order in entered:
                    self._first_look(order, now)
                self._core.pass_ended()
                if not self._entered:
                    return
        finally:
            self._busy = False

    def work_instrument(self, con_id: int, now: datetime) -> None:
        """Let the orders of one instrument meet its market as it is now, if anything about it changed."""
        lane = self._lanes.get(con_id)
        if lane is None or not (lane.active or lane.waiting):
            return
        phase = self._phase(con_id, now)
        quote = self._core.quote(con_id)
        fresh = lane.seen is None or lane.seen[0] is not quote
        if lane.patient and not fresh and lane.seen == (quote, phase):
            return
        lane.seen = (quote, phase)
        lane.patient = True
        instrument = self._core.instrument(con_id)
        for order in list(lane.waiting.values()):
            self._reconsider(lane, order, quote, phase, now, fresh=fresh)
        if phase.extended:
            self._meet(lane, instrument, quote, phase, now)
        self.settle(now)

    def _first_look(self, order: Order, now: datetime) -> None:
        lane = self._lane(order.con_id)
        if not order.is_live or order.perm_id not in lane.waiting:
            return
        quote, phase = self._core.quote(order.con_id), self._phase(order.con_id, now)
        if lane.seen is None:
            lane.seen = (quote, phase)
        self._look(lane, order, quote, phase, now, fresh=True)

    def _reconsider(self, lane: Lane, order: Order, quote: Quote, phase: Phase, now: datetime, *, fresh: bool) -> None:
        if order.perm_id not in lane.waiting or order.perm_id in self._entered:
            return
        if not order.is_live:
            lane.patient = False
            return
        self._look(lane, order, quote, phase, now, fresh=fresh)

    def _look(self, lane: Lane, order: Order, quote: Quote, phase: Phase, now: datetime, *, fresh: bool) -> None:
        """Let a waiting order go to the market if nothing holds it any more."""
        if self._holds.cancels_itself(order, now):
            self.end(order, CANCEL_TEXT + "Condition met")
            return
        held = self._holds.reason(order, quote, phase, now, fresh=fresh)
        if held is None:
            self._activate(lane, order, quote, now)
        else:
            self._remark(lane, order, held)

    def _remark(self, lane: Lane, order: Order, held: Hold) -> None:
        """Note what an order waits for, and say so if it is something else than before."""
        if held is Hold.TRIGGER and order.why_held == "trigger" and not order.ticket.conditions_cancel:
            return
        if held is Hold.TIME or held is Hold.CONDITION or held is Hold.LOCATE or order.ticket.conditions_cancel:
            lane.patient = False
        if held is not Hold.CLOSED and order.why_held != held.word:
            order.why_held = held.word
            self._core.store.order(order)
            self._core.tell(OrderUpdated(order))

    def _activate(self, lane: Lane, order: Order, quote: Quote, now: datetime) -> None:
        """Let an order go to the market."""
        was_held = KINDS[order.ticket.order_type].held_by_stop and order.why_held == Hold.TRIGGER.word
        order.why_held = ""
        instrument = self._core.instrument(order.con_id)
        if order.ticket.order_type.endswith("PRT") and order.limit_now is None:
            order.limit_now = protected_price(order.ticket.is_buy, instrument, quote)
        if not order.priority:
            order.priority = self._core.next_priority()
        if was_held:
            order.status = OrderStatus.SUBMITTED if order.status is OrderStatus.PRE_SUBMITTED else order.status
            self._core.store.order(order)
            self._core.tell(OrderUpdated(order))
        if order.ticket.order_type in FLOATING:
            lane.floating[order.perm_id] = order
        lane.stand(order, standing_price(order, instrument, quote))
        if order.ticket.conditions_cancel:
            lane.patient = False
        self._trading.arrive(lane, order, quote, now)

    def _meet(self, lane: Lane, instrument: Instrument, quote: Quote, phase: Phase, now: datetime) -> None:
        """Let the active orders of a lane meet the market."""
        for order in list(lane.floating.values()):
            price = standing_price(order, instrument, quote)
            if price != lane.book.price(order.perm_id):
                order.priority = self._core.next_priority()
                lane.stand(order, price)
                self._trading.joined(lane, order, quote, now)
        some = [row for row in lane.active.values() if row.perm_id in lane.cancelling] if lane.cancelling else []
        for order in some:
            lane.patient = False
            if self._holds.cancels_itself(order, now):
                self.end(order, CANCEL_TEXT + "Condition met")
        self._trading.meet(lane, quote, phase, now)

    # Places ----------------------------------------------------------------------------------------------------

    def lane(self, con_id: int) -> Lane:
        """The orders of one instrument."""
        return self._lane(con_id)

    def _lane(self, con_id: int) -> Lane:
        found = self._lanes.get(con_id)
        if found is None:
            found = self._lanes[con_id] = Lane()
        return found

    def _phase(self, con_id: int, now: datetime) -> Phase:
        """Which trading goes on in an instrument; the same for a whole slot."""
        slot = slot_of(now)
        if self._phases[0] != slot:
            self._phases = (slot, {})
        known = self._phases[1].get(con_id)
        if known is None:
            known = self._phases[1][con_id] = self._find_phase(con_id, now)
        return known

    def _find_phase(self, con_id: int, now: datetime) -> Phase:
        if con_id in self._core.market.halted:
            return Phase(regular=False, extended=False)
        calendar = self._core.calendar_of(con_id)
        return Phase(calendar.is_open(now, regular=True), calendar.is_open(now, regular=False))

    def phase_changed(self) -> None:
        """Look at trading hours and halts anew."""
        self._phases = (-1, {})
