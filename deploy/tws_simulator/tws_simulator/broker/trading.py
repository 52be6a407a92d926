"""Trades: what orders take from the market and from each other, and what others' trading gives them."""

from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal

from tws_simulator.broker.core import CANCEL_TEXT, Core
from tws_simulator.broker.fills import Fills
from tws_simulator.broker.lanes import Lane, Phase
from tws_simulator.events import OrderUpdated
from tws_simulator.exchange.fill_models import FillModel, Moment
from tws_simulator.exchange.kinds import FLOATING
from tws_simulator.exchange.market import Print, Quote, slot_of
from tws_simulator.exchange.matching import Match, Offer, best_first, is_enough, level_offers, take
from tws_simulator.exchange.orders import Order, OrderStatus
from tws_simulator.exchange.pricing import accepts, reaching_price
from tws_simulator.exchange.quote import Level
from tws_simulator.model import ZERO

_ROWS = 10
_AT_ONCE = {"IOC", "FOK"}


class Trading:
    """Matches the orders of a lane. `end` takes an order out of the market."""

    def __init__(self, core: Core, fills: Fills, model: FillModel) -> None:
        self._core = core
        self._fills = fills
        self.model = model
        self.end: Callable[[Order, str], None] = lambda order, text: None

    def arrive(self, lane: Lane, order: Order, quote: Quote, now: datetime) -> None:
        """An order comes to the market: it takes what it can get, then rests or ends."""
        self._take(lane, order, quote, now)
        if order.is_done:
            return
        if order.ticket.time_in_force in _AT_ONCE:
            self.end(order, CANCEL_TEXT)
            return
        self._leave_rest(lane, order, quote, now)

    def joined(self, lane: Lane, order: Order, quote: Quote, now: datetime) -> None:
        """An order stands at a new price."""
        price = lane.book.price(order.perm_id)
        if price is not None:
            self.model.joined(order, price, self._moment(order.con_id, quote, now))

    def meet(self, lane: Lane, quote: Quote, phase: Phase, now: datetime) -> None:
        """The market moved: orders it has reached trade with it, others with what is traded at their prices."""
        for is_buy in (True, False):
            far = quote.ask if is_buy else quote.bid
            for perm_id in lane.book.in_order(is_buy=is_buy):
                order = lane.active.get(perm_id)
                if order is None or not order.is_live or not phase.admits(order):
                    continue
                reach = reaching_price(order, lane.book.price(perm_id))
                if not accepts(is_buy, reach, far):
                    if order.perm_id in lane.floating and self._makers(lane, order, reach, now):
                        self._take(lane, order, quote, now)
                    if lane.reaching or lane.floating:
                        continue
                    break
                self._take(lane, order, quote, now)
                if not order.is_done:
                    lane.patient = False
        self._passive(lane, quote, phase, now)

    # Taking ----------------------------------------------------------------------------------------------------

    def _take(self, lane: Lane, order: Order, quote: Quote, now: datetime) -> None:
        is_buy = order.ticket.is_buy
        price = lane.book.price(order.perm_id)
        limit = reaching_price(order, price)
        wanted = min(self._core.allowance(order), order.remaining)
        offers = self._offers(lane, order, quote, limit, wanted, now)
        got = take(offers, wanted, limit, is_buy=is_buy)
        if not is_enough(order, sum((offer.size for offer in got), ZERO)):
            return
        # One that was resting when the market came to it trades at its own price, as the price-time rule gives it.
        rests = order.resting and price is not None and order.ticket.order_type not in FLOATING
        for offer in got:
            if order.is_done:
                return
            own = rests and offer.maker is None and accepts(is_buy, price, offer.price)
            self._trade(lane, order, offer, price if own else None, now)

    def _trade(self, lane: Lane, order: Order, offer: Offer, own_price: Decimal | None, now: datetime) -> None:
        maker, size = offer.maker, min(offer.size, order.remaining)
        if maker is not None:
            size = min(size, maker.remaining)
            if maker.is_done or size <= 0:
                return
        if maker is None:
            side = lane.already_taken(self._showing(order.con_id, now))[order.ticket.is_buy]
            side[offer.price] = side.get(offer.price, ZERO) + size
        price = own_price if own_price is not None else offer.price
        self._fills.fill(order, Match(size, price, own_price is not None, offer.venue), now)
        if maker is not None and not maker.is_done:
            self._fills.fill(maker, Match(size, price, True, offer.venue), now)

    def _offers(
        self, lane: Lane, order: Order, quote: Quote, limit: Decimal | None, wanted: Decimal, now: datetime
    ) -> list[Offer]:
        is_buy = order.ticket.is_buy
        makers = self._makers(lane, order, limit, now)
        far = quote.ask if is_buy else quote.bid
        if not accepts(is_buy, limit, far):
            return makers
        taken = lane.already_taken(self._showing(order.con_id, now))[is_buy]
        size = quote.ask_size if is_buy else quote.bid_size
        levels: tuple[Level, ...] = (Level(far, size, ""),)
        if size - taken.get(far, ZERO) < wanted:
            instrument = self._core.instrument(order.con_id)
            levels = self._core.market.levels(instrument, now, _ROWS)[1 if is_buy else 0]
        return best_first(level_offers(levels, taken), makers, is_buy=is_buy)

    def _makers(self, lane: Lane, order: Order, limit: Decimal | None, now: datetime) -> list[Offer]:
        """Resting orders of other accounts against which it can trade, the best first."""
        makers: list[Offer] = []
        for perm_id in lane.book.in_order(is_buy=not order.ticket.is_buy):
            price, maker = lane.book.price(perm_id), lane.active.get(perm_id)
            if price is not None and not accepts(order.ticket.is_buy, limit, price):
                break
            fits = (
                maker is not None and maker.resting and maker.is_live and maker.ticket.account != order.ticket.account
            )
            if price is None or maker is None or not fits or not self._core.may_trade(maker, now):
                continue
            size = min(maker.remaining, self._core.allowance(maker))
            if size > 0:
                makers.append(Offer(price, size, "", maker))
        return makers

    def _showing(self, con_id: int, now: datetime) -> tuple[int, int]:
        return self._core.market.shown(self._core.instrument(con_id), slot_of(now))

    # Resting ---------------------------------------------------------------------------------------------------

    def _leave_rest(self, lane: Lane, order: Order, quote: Quote, now: datetime) -> None:
        if order.ticket.order_type == "MTL" and order.limit_now is None:
            order.limit_now = order.last_fill_price or (quote.ask if order.ticket.is_buy else quote.bid)
            lane.stand(order, order.limit_now)
        price = lane.book.price(order.perm_id)
        far = quote.ask if order.ticket.is_buy else quote.bid
        if accepts(order.ticket.is_buy, reaching_price(order, price), far):
            lane.patient = False
        if price is not None and not order.resting and not accepts(order.ticket.is_buy, price, far):
            order.resting = True
            order.shown_left = self._chunk(order)
            self.joined(lane, order, quote, now)
        told = order.status is not OrderStatus.PRE_SUBMITTED
        if not told:
            order.status = OrderStatus.SUBMITTED
        self._core.store.order(order)
        if not told:
            self._core.tell(OrderUpdated(order))

    def _passive(self, lane: Lane, quote: Quote, phase: Phase, now: datetime) -> None:
        """Give resting orders their shares of what others trade in this slot."""
        slot = slot_of(now)
        if not lane.active or lane.trade_slot == slot:
            return
        if self.model.every_slot:
            lane.patient = False
        lane.trade_slot = slot
        reached = lane.book.reached_by(quote.bid, is_buy=True) + lane.book.reached_by(quote.ask, is_buy=False)
        if not reached:
            return
        con_id = next(iter(lane.active.values())).con_id
        moment = self._moment(con_id, quote, now, self._core.market.print_in(self._core.instrument(con_id), slot))
        lane.trade_left = moment.trade.size if moment.trade is not None else ZERO
        for perm_id in reached:
            order = lane.active.get(perm_id)
            ready = order is not None and order.resting and order.is_live and phase.admits(order)
            if order is not None and ready and self._give(lane, order, moment, now):
                reached.append(perm_id)  # it shows its next part, behind all others

    def _give(self, lane: Lane, order: Order, moment: Moment, now: datetime) -> bool:
        """Let a resting order have its share. Returns whether an iceberg order has shown its next part."""
        price = lane.book.price(order.perm_id)
        if price is None:
            return False
        share = self.model.share(order, price, moment, lane.trade_left)
        visible = order.shown_left if order.shown_left is not None else order.remaining
        quantity = min(share, visible, order.remaining, self._core.allowance(order))
        if quantity != order.remaining:
            quantity = quantity.to_integral_value(ROUND_FLOOR)
        if quantity <= 0 or not is_enough(order, quantity):
            return False
        lane.trade_left = max(lane.trade_left - quantity, ZERO)
        self._fills.fill(order, Match(quantity, price, True), now)
        return (
            order.shown_left is not None
            and not order.is_done
            and self._shows_more(lane, order, quantity, price, moment)
        )

    def _shows_more(self, lane: Lane, order: Order, quantity: Decimal, price: Decimal, moment: Moment) -> bool:
        """The next part of an iceberg order goes to the back of the queue."""
        assert order.shown_left is not None
        order.shown_left -= quantity
        if order.shown_left > 0:
            return False
        order.shown_left = self._chunk(order)
        order.priority = self._core.next_priority()
        lane.stand(order, price)
        self.model.joined(order, price, moment)
        return True

    def _chunk(self, order: Order) -> Decimal | None:
        size = order.ticket.display_size
        return min(Decimal(size), order.remaining) if size else None

    def _moment(self, con_id: int, quote: Quote, now: datetime, trade: Print | None = None) -> Moment:
        instrument, slot = self._core.instrument(con_id), slot_of(now)
        market = self._core.market
        return Moment(
            seed=self._core.seed,
            slot=slot,
            instrument=instrument,
            quote=quote,
            trade=trade,
            depth=lambda is_buy: market.levels(instrument, now, _ROWS)[0 if is_buy else 1],
        )
