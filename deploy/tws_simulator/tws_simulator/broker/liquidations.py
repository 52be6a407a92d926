"""Positions IB closes by itself when an account lacks margin."""

from datetime import datetime

from tws_simulator.broker.core import Core
from tws_simulator.broker.fills import Fills
from tws_simulator.events import AccountNotice
from tws_simulator.exchange.matching import Match
from tws_simulator.exchange.orders import Order, OrderStatus
from tws_simulator.ledger.liquidation import Closing
from tws_simulator.model import OrderTicket

NOTICE = 2148
LIQUIDATION_ID = -1
"""The order number of what nobody ordered."""


class Liquidations:
    """Turns what the ledger wants closed into executions without an order."""

    def __init__(self, core: Core, fills: Fills) -> None:
        self._core = core
        self._fills = fills

    def work(self, now: datetime) -> None:
        """Close what is to be closed, where the market is open."""
        for closing in self._core.ledger.liquidation(now):
            if closing.con_id not in self._core.market.halted and self._is_open(closing.con_id, now):
                self.close(closing, now)

    def _is_open(self, con_id: int, now: datetime) -> bool:
        return self._core.calendar_of(con_id).is_open(now, regular=True)

    def close(self, closing: Closing, now: datetime) -> None:
        """Close a position, or part of one, without an order."""
        core = self._core
        instrument, quote = core.instrument(closing.con_id), core.quote(closing.con_id)
        is_buy, size = closing.quantity > 0, abs(closing.quantity)
        action = "BUY" if is_buy else "SELL"
        text = (
            f"Account {closing.account} is subject to liquidation: {action} {size} {instrument.symbol} "
            f"{instrument.sec_type} to restore its margin."
        )
        core.tell(AccountNotice(closing.account, NOTICE, text))
        core.state.last_perm_id += 1
        order = Order(
            perm_id=core.state.last_perm_id,
            client_id=0,
            order_id=LIQUIDATION_ID,
            con_id=closing.con_id,
            ticket=OrderTicket(action, size, "MKT", account=closing.account),
            status=OrderStatus.SUBMITTED,
            created_at=now,
        )
        self._fills.liquidate(order, Match(size, quote.ask if is_buy else quote.bid, added_liquidity=False), now)
