"""What time does to orders and accounts: expiry, the turn of the day, and forgetting."""

from datetime import datetime, timedelta

from tws_simulator.broker.core import CANCEL_TEXT, Core
from tws_simulator.broker.fills import Fills
from tws_simulator.broker.working import Working
from tws_simulator.events import PositionChanged

KEPT = timedelta(days=7)
"""How long finished orders and fills are remembered; clients are only told today's."""


class Timing:
    """Lets time act."""

    def __init__(self, core: Core, working: Working, fills: Fills) -> None:
        self._core = core
        self._working = working
        self._fills = fills

    def tick(self, now: datetime) -> None:
        """The day turns, orders expire, the market meets the others, late commissions are reported."""
        self.turn_day(now)
        for order in list(self._core.open.values()):
            if order.expires_at is not None and now >= order.expires_at:
                self._working.end(order, CANCEL_TEXT + "Order expired", "Expired")
            else:
                self._working.work(order, now)
        self._fills.report_late(now)

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

    def _forget_old(self, now: datetime) -> None:
        """Drop what nobody can ask for any more, so that the state does not grow from week to week."""
        oldest = now - KEPT
        state = self._core.state
        state.executions = [row for row in state.executions if row.at >= oldest]
        gone = [row for row in state.orders.values() if row.completed_at is not None and row.completed_at < oldest]
        for order in gone:
            del state.orders[order.perm_id]
            self._core.by_client.pop((order.client_id, order.order_id), None)
        self._core.store.rewrite(state)
