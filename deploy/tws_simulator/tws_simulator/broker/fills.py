"""From a match to an execution, its bookings, and what is said about it."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from tws_simulator.broker.core import Core
from tws_simulator.events import CommissionReported, ExecutionReported, OrderUpdated, PositionChanged
from tws_simulator.exchange.market import slot_of
from tws_simulator.exchange.matching import Match
from tws_simulator.exchange.orders import Execution, Order, OrderStatus
from tws_simulator.ledger.ledger import Booked


class Fills:
    """Books fills and reports their commissions, at once or later."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._late: list[Execution] = []
        self.after: list[Callable[[Order, Decimal], None]] = []
        """Called with the order and the quantity of each fill once it has been told."""

    def reload(self) -> None:
        """Find the commissions that are still to be reported."""
        now = self._core.clock.now()
        executions = self._core.state.executions
        self._late = [row for row in executions if row.commission_due_at and row.commission_due_at > now]

    def fill(self, order: Order, match: Match, now: datetime) -> Execution:
        """Let an order trade."""
        booked = self._core.ledger.book_fill(order, match.quantity, match.price, adds=match.added_liquidity)
        order.filled += match.quantity
        order.value += match.quantity * match.price
        order.last_fill_price = match.price
        order.commission += booked.commission
        execution = self._execution(order, match, now, booked)
        self._book(order, execution, now)
        for call in self.after:
            call(order, match.quantity)
        return execution

    def liquidate(self, order: Order, match: Match, now: datetime) -> Execution:
        """Book a fill for which there is no order; the order only says what it is."""
        booked = self._core.ledger.book_fill(order, match.quantity, match.price)
        order.filled, order.value = match.quantity, match.quantity * match.price
        order.commission, order.status = booked.commission, OrderStatus.FILLED
        execution = self._execution(order, match, now, booked)
        execution.liquidation, execution.commission_due_at = 1, now
        core = self._core
        core.state.executions.append(execution)
        core.store.execution(execution)
        core.store.account(core.account(execution.account))
        core.store.counters(core.state)
        core.tell(ExecutionReported(execution))
        core.tell(CommissionReported(execution, order))
        core.tell(PositionChanged(execution.account, execution.con_id))
        return execution

    def report_late(self, now: datetime) -> None:
        """Report the commissions that have become due."""
        if not self._late:
            return
        due = [row for row in self._late if row.commission_due_at is not None and row.commission_due_at <= now]
        for execution in due:
            self._late.remove(execution)
            self._core.tell(CommissionReported(execution, self._core.state.orders[execution.perm_id]))

    def next_due(self) -> datetime | None:
        """When the next commission is to be reported."""
        return min((row.commission_due_at for row in self._late if row.commission_due_at is not None), default=None)

    def _execution(self, order: Order, match: Match, now: datetime, booked: Booked) -> Execution:
        ticket = order.ticket
        return Execution(
            exec_id=self._exec_id(),
            perm_id=order.perm_id,
            client_id=order.client_id,
            order_id=order.order_id,
            con_id=order.con_id,
            account=ticket.account,
            is_buy=ticket.is_buy,
            quantity=match.quantity,
            price=match.price,
            at=now,
            venue=self._venue(order, match, now),
            cumulative=order.filled,
            average_price=order.average_price,
            order_ref=ticket.order_ref,
            added_liquidity=match.added_liquidity,
            commission=booked.commission,
            realized_pnl=booked.realized,
            currency=booked.currency,
            model_code=ticket.model_code,
        )

    def _venue(self, order: Order, match: Match, now: datetime) -> str:
        if order.ticket.exchange not in {"", "SMART"}:
            return order.ticket.exchange
        return match.venue or self._core.market.venue(self._core.instrument(order.con_id), slot_of(now))

    def _book(self, order: Order, execution: Execution, now: datetime) -> None:
        core = self._core
        account = core.account(order.ticket.account)
        if order.is_done:
            # A fill that comes too late or is too much changes nothing about the order's end.
            core.store.order(order)
        elif order.remaining > 0:
            order.status = order.status if order.status is OrderStatus.PENDING_CANCEL else OrderStatus.SUBMITTED
            core.store.order(order)
        else:
            core.complete(order, OrderStatus.FILLED, f"Filled Size: {order.filled}")
        core.state.executions.append(execution)
        core.store.account(account)
        core.tell(ExecutionReported(execution))
        core.tell(OrderUpdated(order))
        self._report_commission(order, execution, now)
        core.store.execution(execution)
        core.tell(PositionChanged(account.name, order.con_id))

    def _report_commission(self, order: Order, execution: Execution, now: datetime) -> None:
        delay = self._core.commission_delay(order.client_id)
        if delay is None:
            return
        execution.commission_due_at = now + delay
        if delay <= timedelta(0):
            self._core.tell(CommissionReported(execution, order))
        else:
            self._late.append(execution)

    def _exec_id(self) -> str:
        """An id of IB's form, different for every fill of every run."""
        state = self._core.state
        state.last_execution += 1
        self._core.store.counters(state)
        return f"{_exec_head(self._core.seed, state.epoch)}{state.last_execution:04x}.01.01"


@lru_cache(maxsize=8)
def _exec_head(seed: int, epoch: int) -> str:
    """What the ids of all fills of one run begin with."""
    head = hashlib.blake2b(f"{seed} {epoch}".encode(), digest_size=4).hexdigest()
    return f"0000{head[:4]}.{int(head[4:], 16):04x}"
