"""New orders and changes of old ones: checked, refused or taken in."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from tws_simulator.broker.acceptance import OUTSIDE_RTH_IGNORED, Acceptance, Verdict
from tws_simulator.broker.core import Core
from tws_simulator.broker.costs import cost_of
from tws_simulator.broker.groups import Groups
from tws_simulator.broker.holds import Hold, Holds
from tws_simulator.broker.manual import Binding
from tws_simulator.broker.working import Working
from tws_simulator.clock import tws_time
from tws_simulator.errors import BrokerError
from tws_simulator.events import OrderRefused, OrderUpdated, OrderWarned
from tws_simulator.exchange.changes import check_modification, keeps_place
from tws_simulator.exchange.instruments import Instrument, canonical_exchange
from tws_simulator.exchange.kinds import limit_of
from tws_simulator.exchange.lifetimes import AT_ONCE, Lifetime
from tws_simulator.exchange.orders import Order, OrderStatus
from tws_simulator.ledger.ledger import Cost
from tws_simulator.model import ContractSpec, OrderTicket


@dataclass(frozen=True, slots=True)
class Preview:
    """The answer to a what-if order. `warning` says why it would be refused or held, empty if it would not."""

    order: Order
    cost: Cost
    warning: str = ""


class Intake:
    """Takes orders in."""

    def __init__(self, core: Core, acceptance: Acceptance, holds: Holds, groups: Groups, working: Working) -> None:
        self._core = core
        self._acceptance = acceptance
        self._holds = holds
        self._groups = groups
        self._working = working

    def place(self, client_id: int, order_id: int, contract: ContractSpec, ticket: OrderTicket) -> None:
        """Take in a new order, or change one."""
        existing = self._core.find(client_id, order_id)
        instrument = self._named(contract, ticket)
        if existing is not None:
            self._modify(existing, instrument, ticket)
            return
        if order_id < self._core.next_order_id(client_id):
            raise BrokerError(103, "Duplicate order id")
        parent = self._groups.parent_for(client_id, ticket)
        life = self._acceptance.check(ticket, instrument)
        self.accept(self.new_order(client_id, order_id, instrument, ticket, life, parent))

    def place_manual(self, contract: ContractSpec, ticket: OrderTicket, binding: Binding) -> Order:
        """Take in an order entered by hand at a TWS: client 0, order number 0 until it is bound."""
        instrument = self._named(contract, ticket)
        life = self._acceptance.check(ticket, instrument)
        order = self.new_order(0, 0, instrument, ticket, life)
        order.manual = True
        self._core.keep(order)
        if binding.automatic:
            binding.bind(order)
        self.accept(order)
        return order

    def preview(self, client_id: int, order_id: int, contract: ContractSpec, ticket: OrderTicket) -> Preview:
        """Say what an order would cost without placing it."""
        instrument = self._named(contract, ticket)
        if not ticket.transmit:
            raise BrokerError(413, "What-if order should have the transmit flag set to true.")
        parent = self._groups.parent_for(client_id, ticket)
        life = self._acceptance.check(ticket, instrument)
        order = self._built(0, client_id, order_id, instrument, ticket, life, parent)
        self.use_order_id(client_id, order_id)
        cost = cost_of(self._core, order)
        verdict = self._acceptance.judge(order, cost=cost)
        return Preview(order, cost, verdict.refusal or verdict.remarks_text)

    def refuse_new(
        self, client_id: int, order_id: int, contract: ContractSpec, ticket: OrderTicket, code: int, text: str
    ) -> None:
        """Take an order in and refuse it at once."""
        instrument = self._named(contract, ticket)
        order = self.new_order(client_id, order_id, instrument, ticket)
        self._core.keep(order)
        self._refuse(order, text, code)

    def use_order_id(self, client_id: int, order_id: int) -> None:
        """Count an order number as used."""
        state = self._core.state
        state.next_order_ids[client_id] = max(self._core.next_order_id(client_id), order_id + 1)
        self._core.store.counters(state)

    # New orders ------------------------------------------------------------------------------------------------

    def _named(self, contract: ContractSpec, ticket: OrderTicket) -> Instrument:
        """The instrument meant; account and exchange of the ticket are written out."""
        instrument = self._core.book.tradable(contract)
        if not ticket.account and len(self._core.state.accounts) > 1:
            raise BrokerError(435, "You must specify an account.")
        ticket.account = self._core.account(ticket.account).name
        ticket.exchange = canonical_exchange(contract.exchange)
        return instrument

    def new_order(
        self,
        client_id: int,
        order_id: int,
        instrument: Instrument,
        ticket: OrderTicket,
        life: Lifetime = AT_ONCE,
        parent: Order | None = None,
    ) -> Order:
        """Make an order with a perm id of its own. It is not taken in yet."""
        self._core.state.last_perm_id += 1
        self._core.store.counters(self._core.state)  # also for an order without an order id, as from elsewhere
        perm_id = self._core.state.last_perm_id
        order = self._built(perm_id, client_id, order_id, instrument, ticket, life, parent)
        if order_id > 0:
            self.use_order_id(client_id, order_id)
        return order

    def _built(
        self,
        perm_id: int,
        client_id: int,
        order_id: int,
        instrument: Instrument,
        ticket: OrderTicket,
        life: Lifetime,
        parent: Order | None,
    ) -> Order:
        order = Order(
            perm_id=perm_id,
            client_id=client_id,
            order_id=order_id,
            con_id=instrument.con_id,
            ticket=ticket,
            status=OrderStatus.PRE_SUBMITTED,
            created_at=self._core.clock.now(),
            parent_perm_id=parent.perm_id if parent is not None else 0,
        )
        self._set_terms(order, life)
        return order

    @staticmethod
    def _set_terms(order: Order, life: Lifetime) -> None:
        """Prices and times as the ticket has them now."""
        ticket = order.ticket
        order.active_from, order.expires_at, order.auction_at = life.start, life.end, life.auction
        order.limit_now = limit_of(ticket)
        if not order.is_trailing:
            order.stop_now = ticket.stop_price
            return
        stop = ticket.trail_stop_price
        if order.ticket.order_type == "TRAIL LIMIT" and stop is not None:
            if ticket.limit_offset is None and ticket.limit_price:
                distance = ticket.limit_price - stop
                order.ticket = ticket = replace(ticket, limit_offset=distance if ticket.is_buy else -distance)
            offset = ticket.limit_offset or Decimal(0)
            order.limit_now = stop + offset if ticket.is_buy else stop - offset
        order.stop_now = ticket.trail_stop_price

    def accept(self, order: Order) -> None:
        """Take a new order in."""
        self._core.keep(order)
        self._core.list_open(order)
        order.status = OrderStatus.API_PENDING
        if order.ticket.transmit:
            self._transmit(self._groups.family_of(order))

    def _transmit(self, orders: list[Order]) -> None:
        """Send orders to IB, parents before their children."""
        now = self._core.clock.now()
        sent: list[tuple[Order, Verdict]] = []
        for order in orders:
            if order.is_done:
                continue
            order.ticket.transmit = True
            self._groups.name_family(order)
            verdict = self._acceptance.judge(order)
            if verdict.refusal:
                self._refuse(order, verdict.refusal, verdict.code)
                continue
            if any(code == OUTSIDE_RTH_IGNORED for code, _ in verdict.remarks):
                order.ticket.outside_rth = False
            held = self._holds.lasting(order, now)
            order.located = verdict.located
            order.status = OrderStatus.PRE_SUBMITTED
            order.why_held = Hold.LOCATE.word if not order.located else held.word if held is not None else ""
            self._core.store.order(order)
            self._core.tell(OrderUpdated(order))
            sent.append((order, verdict))
        for order, verdict in sent:
            self._remark(order, verdict, now)
            self._working.enter(order)
        self._working.settle(now)

    def _remark(self, order: Order, verdict: Verdict, now: datetime) -> None:
        """What IB remarks on an accepted order."""
        for code, text in verdict.remarks:
            self._core.tell(OrderWarned(order, code, text))
        starts = max(order.active_from, now) if order.active_from else now
        waits = order.auction_at is not None or order.parent_perm_id or starts > now
        if not waits and not self._core.may_trade(order, now):
            self._warn_closed(order, now)

    def _refuse(self, order: Order, text: str, code: int = 201) -> None:
        order.reject_text = text
        self._core.complete(order, OrderStatus.INACTIVE, text)
        self._core.tell(OrderRefused(order, code, text))
        self._core.ended(order)

    def _warn_closed(self, order: Order, now: datetime) -> None:
        instrument, ticket = self._core.instrument(order.con_id), order.ticket
        opens = self._core.calendar_of(order.con_id).next_open(now, regular=not ticket.outside_rth)
        venue = (
            f"{instrument.primary_exchange}.NMS" if instrument.trading_class == "NMS" else instrument.primary_exchange
        )
        text = (
            f"Order Message:\n{ticket.action} {ticket.quantity} {instrument.symbol} {venue}\n"
            f"Warning: Your order will not be placed at the exchange until {tws_time(opens)}."
        )
        self._core.tell(OrderWarned(order, 399, text))

    # Changes ---------------------------------------------------------------------------------------------------

    def _modify(self, order: Order, instrument: Instrument, ticket: OrderTicket) -> None:
        parent = self._core.parent_of(order)
        check_modification(order, instrument, ticket, parent_is_open=parent is not None and not parent.is_done)
        life = self._acceptance.check(ticket, instrument, order)
        before, terms = order.ticket, (order.active_from, order.expires_at, order.auction_at)
        prices = (order.limit_now, order.stop_now)
        order.ticket = ticket
        self._set_terms(order, life)
        if order.status is OrderStatus.API_PENDING:
            self._change_untransmitted(order)
            return
        verdict = self._acceptance.judge(order, changed=True)
        if verdict.refusal:
            order.ticket = before
            order.active_from, order.expires_at, order.auction_at = terms
            order.limit_now, order.stop_now = prices
            raise BrokerError(verdict.code, verdict.refusal)
        ticket.transmit = True
        self._keep_what_moved(order, before, prices)
        self._restate(order, before)

    def _change_untransmitted(self, order: Order) -> None:
        self._core.join_group(order)
        if order.ticket.transmit:
            self._transmit(self._groups.family_of(order))

    @staticmethod
    def _keep_what_moved(order: Order, before: OrderTicket, prices: tuple[Decimal | None, Decimal | None]) -> None:
        """A change of something else does not set a trailing stop back, nor an activated order to its trigger."""
        ticket = order.ticket
        if ticket.conditions != before.conditions:
            order.conditions_met = False
        same_trail = (
            ticket.stop_price == before.stop_price
            and ticket.trailing_percent == before.trailing_percent
            and ticket.trail_stop_price in {before.trail_stop_price, prices[1]}
        )
        if order.is_trailing and same_trail:
            order.limit_now, order.stop_now = prices
        if ticket.order_type in {"MTL", "MKT PRT", "STP PRT"} and order.limit_now is None:
            order.limit_now = prices[0]

    def _restate(self, order: Order, before: OrderTicket) -> None:
        now = self._core.clock.now()
        if not keeps_place(before, order.ticket):
            order.resting = False
            order.priority = 0
        self._core.store.order(order)
        if not order.remaining:
            self._core.complete(order, OrderStatus.FILLED, f"Filled Size: {order.filled}")
        self._core.tell(OrderUpdated(order))
        if not order.is_done:
            self._working.work(order, now)
