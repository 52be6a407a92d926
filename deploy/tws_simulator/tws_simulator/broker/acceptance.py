"""Whether an order may be accepted; the same for placing, changing and previewing."""

from typing import NamedTuple

from tws_simulator.broker.core import Core
from tws_simulator.broker.costs import refusal_of
from tws_simulator.broker.facts import BrokerFacts
from tws_simulator.clock import trading_day
from tws_simulator.errors import BrokerError
from tws_simulator.exchange import checks, conditions
from tws_simulator.exchange.attributes import ignores_outside_rth
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.lifetimes import Lifetime, lifetime_of
from tws_simulator.exchange.orders import Order, OrderStatus
from tws_simulator.ledger.ledger import Cost
from tws_simulator.ledger.shorting import ShortState
from tws_simulator.model import OrderTicket

OUTSIDE_RTH_IGNORED = 2109
_RTH_TEXT = (
    "Order Event Warning:Attribute 'Outside Regular Trading Hours' is ignored based on the order type and "
    "destination. PlaceOrder is now being processed."
)
_ODD_LOT = 25_000
_LOCATE_TEXT = (
    "Order Message:\nShares for this order are not immediately available for short sale. The order will be held while "
    "we attempt to locate the shares."
)
_BOTH_SIDES = (
    "Order rejected - reason:Cannot have open orders on both sides of the same US Option contract in the same account "
    "or group of accounts."
)


class Verdict(NamedTuple):
    """What is to be said to an order. `refusal` is empty if it is accepted; `remarks` are codes and texts."""

    code: int = 0
    refusal: str = ""
    remarks: tuple[tuple[int, str], ...] = ()
    located: bool = True

    @property
    def remarks_text(self) -> str:
        """All remarks in one text."""
        return "\n".join(text for _, text in self.remarks)


class Acceptance:
    """Checks orders."""

    def __init__(self, core: Core, facts: BrokerFacts) -> None:
        self._core = core
        self._facts = facts

    def check(self, ticket: OrderTicket, instrument: Instrument, order: Order | None = None) -> Lifetime:
        """When an order with this ticket would work. Raises BrokerError if it is impossible by itself.

        `order` is the order that is being changed, if one is.
        """
        now = self._core.clock.now()
        checks.check_ticket(ticket, instrument, trading_day(now))
        conditions.check(ticket, self._facts)
        if instrument.con_id in self._core.market.halted and order is None:
            raise BrokerError(154, "Orders cannot be transmitted for a halted security.")
        calendar = self._core.calendar.of(instrument.hours)
        return lifetime_of(ticket, calendar, now)

    def judge(self, order: Order, *, changed: bool = False, cost: Cost | None = None) -> Verdict:
        """Whether the account may have this order. `cost` is what it would cost, if that is known already."""
        instrument = self._core.instrument(order.con_id)
        remarks = self._remarks(order, instrument)
        crowded = "" if changed else self._crowded(order) or self._both_sides(order, instrument)
        if crowded:
            return Verdict(201, crowded, remarks)
        # A child is paid for by its parent.
        if order.parent_perm_id:
            return Verdict(remarks=remarks)
        refusal = cost.refusal if cost is not None else refusal_of(self._core, order)
        if refusal is not None:
            return Verdict(refusal.code, refusal.text, remarks)
        if self._is_located(order, instrument):
            return Verdict(remarks=remarks)
        return Verdict(remarks=(*remarks, (404, _LOCATE_TEXT)), located=False)

    def _is_located(self, order: Order, instrument: Instrument) -> bool:
        if order.ticket.is_buy or not order.perm_id:
            return True
        state = self._core.ledger.short_state(order.ticket.account, instrument, order.remaining)
        return state is not ShortState.LOCATING

    def _remarks(self, order: Order, instrument: Instrument) -> tuple[tuple[int, str], ...]:
        remarks: list[tuple[int, str]] = []
        if ignores_outside_rth(order.ticket, instrument):
            remarks.append((OUTSIDE_RTH_IGNORED, _RTH_TEXT))
        if instrument.sec_type == "CASH" and order.ticket.quantity < _ODD_LOT:
            text = (
                f"Order Message:\n{order.ticket.action} {order.ticket.quantity:,f} {instrument.symbol}."
                f"{instrument.currency} Forex\nWarning: Your order size is below the {instrument.symbol} {_ODD_LOT} "
                "IdealPro minimum and will be routed as an odd lot order."
            )
            remarks.append((399, text))
        return tuple(remarks)

    def _crowded(self, order: Order) -> str:
        """Too many working orders on one side of one contract."""
        limit = self._core.max_open_orders
        if not limit:
            return ""
        rows = self._core.by_instrument.get(order.con_id, {}).values()
        working = sum(
            1
            for row in rows
            if row.ticket.account == order.ticket.account
            and row.ticket.is_buy == order.ticket.is_buy
            and row.status is not OrderStatus.API_PENDING
        )
        if working < limit:
            return ""
        side = order.ticket.action
        return (
            f"Order rejected - reason:The maximum of {limit} working {side} orders for this contract and account has "
            "been reached."
        )

    def _both_sides(self, order: Order, instrument: Instrument) -> str:
        """IB lets nobody buy and sell one US option at the same time."""
        if instrument.sec_type != "OPT" or instrument.currency != "USD" or order.parent_perm_id:
            return ""
        rows = self._core.by_instrument.get(order.con_id, {}).values()
        opposite = any(
            row.ticket.account == order.ticket.account
            and row.ticket.is_buy != order.ticket.is_buy
            and not row.parent_perm_id
            and row.status is not OrderStatus.API_PENDING
            for row in rows
        )
        return _BOTH_SIDES if opposite else ""
