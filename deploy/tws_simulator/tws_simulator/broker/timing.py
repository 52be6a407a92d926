"""What time does to orders and accounts: expiry, auctions, the turn of the day, and forgetting."""

from datetime import datetime, timedelta

from tws_simulator.broker.core import CANCEL_TEXT, Core
from tws_simulator.broker.fills import Fills
from tws_simulator.broker.liquidations import Liquidations
from tws_simulator.broker.working import Working
from tws_simulator.events import PositionChanged
from tws_simulator.exchange.kinds import FLOATING
from tws_simulator.exchange.market import SLOT_SECONDS
from tws_simulator.exchange.matching import Match
from tws_simulator.exchange.orders import Order, OrderStatus
from tws_simulator.exchange.pricing import accepts

KEPT = timedelta(days=7)
"""How long finished orders and fills are remembered; clients are only told today's."""
_SLOT = timedelta(seconds=SLOT_SECONDS)


class Timing:
    """Lets time act."""

    def __init__(self, core: Core, working: Working, fills: Fills, liquidations: Liquidations) -> None:
        self._core = core
        self._working = working
        self._fills = fills
        self._liquidations = liquidations

    def tick(self, now: datetime) -> None:
        """The day turns, orders expire or meet their auction, the market meets the others, commissions come."""
        self.turn_day(now)
        for order in list(self._core.open.values()):
            if order.expires_at is not None and now >= order.expires_at:
                self._working.end(order, CANCEL_TEXT + "Order expired", "Expired")
            elif order.auction_at is not None and now >= order.auction_at:
                self._auction(order, now)
        for con_id in list(self._core.by_instrument):
            self._working.work_instrument(con_id, now)
        self._working.settle(now)
        self._liquidations.work(now)
        self._fills.report_late(now)

    def next_due(self, now: datetime) -> datetime | None:
        """When `tick` can next do anything besides turning the day; `now` if at any moment, None if never."""
        core = self._core
        if core.rules.liquidation_grace is not None and any(row.positions for row in core.state.accounts.values()):
            return now
        moments = [self._fills.next_due()]
        for order in core.open.values():
            opens = self._next_trading(order, now)
            if opens <= now or order.ticket.conditions or not order.located:
                return now
            if order.active_from is not None and order.active_from > now:
                moments.append(order.active_from)
            moments += [opens, order.expires_at, order.auction_at]
        return min((moment for moment in moments if moment is not None), default=None)

    def _next_trading(self, order: Order, now: datetime) -> datetime:
        """When the market of an order next moves as far as it is concerned; a floating price is always moved along."""
        regular = not order.ticket.outside_rth and order.ticket.order_type not in FLOATING
        return self._core.hours.next_trading(self._core.instrument(order.con_id).hours, now, regular=regular)

    def turn_day(self, now: datetime) -> None:
        """Begin a new trading day where one is due."""
        core = self._core
        begun = any(account.day is not None for account in core.state.accounts.values())
        expired = core.ledger.expire(now)
        turned = core.ledger.turn_day(now)
        if turned and begun:
            self._forget_old(now)
        for account in turned:
            core.store.account(account)
        for name, con_id in expired:
            core.tell(PositionChanged(name, con_id))

    def _auction(self, order: Order, now: datetime) -> None:
        """Trade in the opening or closing auction, at the one price at which all trade in it."""
        if not order.is_live or order.auction_at is None or order.con_id in self._core.market.halted:
            self._working.end(order, CANCEL_TEXT)
            return
        is_close = order.ticket.time_in_force != "OPG"
        instrument = self._core.instrument(order.con_id)
        quote = self._core.market.quote(instrument, order.auction_at - _SLOT if is_close else order.auction_at)
        price = quote.last if is_close else quote.mark
        waits = order.parent_perm_id and self._core.allowance(order) < order.remaining
        if waits or not accepts(order.ticket.is_buy, order.limit_now, price):
            self._working.end(order, CANCEL_TEXT)
            return
        order.status = OrderStatus.SUBMITTED
        self._fills.fill(order, Match(order.remaining, price, False, instrument.primary_exchange), now)

    def _forget_old(self, now: datetime) -> None:
        """Drop what nobody can ask for any more, so that the state does not grow from week to week."""
        oldest = now - KEPT
        state = self._core.state
        state.executions = [row for row in state.executions if row.at >= oldest]
        gone = [row for row in state.orders.values() if row.completed_at is not None and row.completed_at < oldest]
        for order in gone:
            del state.orders[order.perm_id]
            self._core.by_client.pop((order.client_id, order.order_id), None)
        for con_id in [key for key, rows in self._core.by_instrument.items() if not rows]:
            del self._core.by_instrument[con_id]
        self._core.store.rewrite(state)
