"""Executions that are changed or taken back after they were reported."""

from dataclasses import replace
from decimal import Decimal

from tws_simulator.broker.core import Core
from tws_simulator.clock import trading_day
from tws_simulator.events import CommissionReported, ExecutionReported, OrderUpdated, PositionChanged
from tws_simulator.exchange.orders import Execution, Order
from tws_simulator.ledger.commissions.schedule import Deal
from tws_simulator.model import ZERO


class CorrectionError(ValueError):
    """There is no such execution, or it cannot be changed so."""


class Corrections:
    """Puts a corrected execution in the place of an earlier one."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def correct(self, exec_id: str, quantity: Decimal | None, price: Decimal | None) -> Execution:
        """Replace an execution by one of another quantity or price; its id ends in the next revision."""
        old = self._standing(exec_id)
        order = self._core.state.orders.get(old.perm_id)
        new = self._changed(old, order, old.quantity if quantity is None else quantity, price or old.price)
        booked = self._core.ledger.restate(old, new)
        new.realized_pnl = booked.realized
        old.replaced_by = new.exec_id
        self._core.state.executions.append(new)
        if order is not None:
            self._restate_order(order, old, new)
        self._save(old, new)
        self._tell(order, new)
        return new

    def _standing(self, exec_id: str) -> Execution:
        found = next((row for row in self._core.state.executions if row.exec_id == exec_id), None)
        if found is None:
            raise CorrectionError(f"there is no execution {exec_id}")
        if found.replaced_by:
            raise CorrectionError(f"execution {exec_id} was replaced by {found.replaced_by}")
        return found

    def _changed(self, old: Execution, order: Order | None, quantity: Decimal, price: Decimal) -> Execution:
        instrument = self._core.instrument(old.con_id)
        if quantity < 0 or price <= 0 or not instrument.is_on_tick(price):
            raise CorrectionError("an execution has a quantity of at least 0 and a price on the tick")
        filled = order.filled if order is not None else old.cumulative
        value = order.value if order is not None else old.average_price * old.cumulative
        done, value = filled - old.quantity, value - old.quantity * old.price
        cumulative = done + quantity
        new = replace(
            old,
            exec_id=next_revision(old.exec_id),
            quantity=quantity,
            price=price,
            at=self._core.clock.now(),
            cumulative=cumulative,
            average_price=(value + quantity * price) / cumulative if cumulative else ZERO,
            commission=ZERO,
            commission_due_at=self._core.clock.now(),
        )
        if quantity:
            account = self._core.account(old.account)
            day = trading_day(old.at)
            deal = Deal(instrument, old.is_buy, quantity, price, day, done, value, old.added_liquidity)
            new.commission = self._core.ledger.schedule(account).charge(deal)
        return new

    def _restate_order(self, order: Order, old: Execution, new: Execution) -> None:
        order.filled += new.quantity - old.quantity
        order.value += new.quantity * new.price - old.quantity * old.price
        order.commission += new.commission - old.commission
        if order.last_fill_price == old.price:
            order.last_fill_price = new.price if new.quantity else ZERO

    def _save(self, old: Execution, new: Execution) -> None:
        core = self._core
        core.store.execution(old)
        core.store.execution(new)
        core.store.account(core.account(new.account))

    def _tell(self, order: Order | None, new: Execution) -> None:
        core = self._core
        core.tell(ExecutionReported(new))
        if order is not None:
            core.store.order(order)
            core.tell(OrderUpdated(order))
            core.tell(CommissionReported(new, order))
        core.tell(PositionChanged(new.account, new.con_id))


def next_revision(exec_id: str) -> str:
    """The id of the execution that corrects this one: its last part is one higher."""
    root, _, revision = exec_id.rpartition(".")
    return f"{root}.{int(revision) + 1:02d}"
