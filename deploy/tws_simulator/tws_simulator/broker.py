"""The brokerage: accepts, refuses, matches, fills, expires and cancels orders, and keeps the accounts.

It knows neither sockets nor messages. What happens is told to listeners as events, in the order in which IB would
say it.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from tws_simulator.clock import Clock, trading_day, tws_time
from tws_simulator.errors import BrokerError
from tws_simulator.events import (
    CommissionReported,
    Event,
    ExecutionReported,
    OrderCancelled,
    OrderRefused,
    OrderUpdated,
    OrderWarned,
    PositionChanged,
)
from tws_simulator.exchange import checks
from tws_simulator.exchange.calendar import Calendar
from tws_simulator.exchange.instruments import Instrument, InstrumentBook, canonical_exchange
from tws_simulator.exchange.market import Market, Quote, slot_of
from tws_simulator.exchange.matching import (
    LIMITED,
    STOPPED,
    Match,
    is_marketable,
    match_print,
    match_shown,
    stop_is_hit,
)
from tws_simulator.exchange.orders import Execution, Order, OrderStatus
from tws_simulator.ledger.accounts import Account
from tws_simulator.ledger.ledger import Booked, Ledger
from tws_simulator.ledger.margin import Balances, MarginChange
from tws_simulator.model import ZERO, ContractSpec, OrderTicket
from tws_simulator.state import BrokerState, Store

CANCEL_TEXT = "Order Canceled - reason:"
KEPT = timedelta(days=7)
"""How long finished orders and fills are remembered; clients are only told today's."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The answer to a what-if order."""

    order: Order
    change: MarginChange
    commission: Decimal


@dataclass(slots=True)
class _Taken:
    """How much of a shown size has been taken; `key` names the showing."""

    key: tuple[int, int]
    quantity: Decimal


def default_commission_delay(_client_id: int) -> timedelta | None:
    """Commissions are reported at once."""
    return timedelta(0)


@dataclass(slots=True)
class Broker:
    """One brokerage with its accounts, orders and market."""

    clock: Clock
    calendar: Calendar
    market: Market
    book: InstrumentBook
    state: BrokerState
    store: Store
    seed: int
    commission_delay: Callable[[int], timedelta | None] = default_commission_delay
    """Time from a client's fill to its commission report; None means it never comes."""
    listeners: list[Callable[[Event], None]] = field(default_factory=list)
    _taken: dict[tuple[int, bool], _Taken] = field(default_factory=dict)
    _by_client: dict[tuple[int, int], int] = field(default_factory=dict)
    _open: dict[int, Order] = field(default_factory=dict)
    _late: list[Execution] = field(default_factory=list)
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.reload()

    def reload(self) -> None:
        """Rebuild the indexes after the state was loaded or reset."""
        self._taken.clear()
        self.ledger = Ledger(self.state.accounts, self.instrument, self.quote)
        self._by_client = {(row.client_id, row.order_id): row.perm_id for row in self.state.orders.values()}
        self._open = {key: row for key, row in sorted(self.state.orders.items()) if not row.is_done}
        now = self.clock.now()
        self._late = [row for row in self.state.executions if row.commission_due_at and row.commission_due_at > now]
        self._turn_day(now)

    # Reading ---------------------------------------------------------------------------------------------------

    @property
    def accounts(self) -> list[str]:
        """Account numbers in order."""
        return list(self.state.accounts)

    def instrument(self, con_id: int) -> Instrument:
        """A known instrument."""
        found = self.book.get(con_id)
        assert found is not None, con_id
        return found

    def quote(self, con_id: int) -> Quote:
        """The quote now."""
        return self.market.quote(self.instrument(con_id), self.clock.now())

    def mark(self, con_id: int) -> Decimal:
        """The mark price now."""
        return self.quote(con_id).mark

    def account(self, name: str) -> Account:
        """An account by number; empty means the only one. Raises BrokerError 321 when there is none or several."""
        return self.ledger.account(name)

    def balances(self, name: str) -> Balances:
        """Balances of an account at market prices now."""
        return self.ledger.balances(name)

    def find(self, client_id: int, order_id: int) -> Order | None:
        """A client's order by its own number."""
        perm_id = self._by_client.get((client_id, order_id))
        return self.state.orders.get(perm_id) if perm_id is not None else None

    def open_orders(self, client_id: int | None = None) -> list[Order]:
        """Orders that can still trade, of one client or of all, oldest first."""
        return [row for row in self._open.values() if client_id is None or row.client_id == client_id]

    def completed_orders(self) -> list[Order]:
        """Orders of this trading day that are done, oldest first."""
        today = trading_day(self.clock.now())
        return [
            row
            for row in self.state.orders.values()
            if row.is_done and row.completed_at is not None and trading_day(row.completed_at) == today
        ]

    def executions_today(self) -> list[Execution]:
        """Fills since midnight in New York, as a Gateway keeps them."""
        today = trading_day(self.clock.now())
        return [row for row in self.state.executions if trading_day(row.at) == today]

    def next_order_id(self, client_id: int) -> int:
        """The first order number this client has not used."""
        return self.state.next_order_ids.get(client_id, 1)

    # Orders ----------------------------------------------------------------------------------------------------

    def place(self, *, client_id: int, order_id: int, contract: ContractSpec, ticket: OrderTicket) -> None:
        """Take in a new order, or change one. Raises BrokerError with the code IB would answer."""
        existing = self.find(client_id, order_id)
        instrument = self._checked_instrument(contract, ticket)
        if existing is not None:
            self._modify(existing, instrument, ticket)
            return
        if order_id < self.next_order_id(client_id):
            raise BrokerError(103, "Duplicate order id")
        checks.check_ticket(ticket, instrument)
        self._accept(self._new_order(client_id, order_id, instrument, ticket))

    def preview(self, *, client_id: int, order_id: int, contract: ContractSpec, ticket: OrderTicket) -> Preview:
        """Say what an order would cost without placing it. Raises BrokerError as `place` would."""
        instrument = self._checked_instrument(contract, ticket)
        checks.check_ticket(ticket, instrument)
        order = Order(
            perm_id=0,
            client_id=client_id,
            order_id=order_id,
            con_id=instrument.con_id,
            ticket=ticket,
            status=OrderStatus.PRE_SUBMITTED,
            created_at=self.clock.now(),
        )
        self.use_order_id(client_id, order_id)
        change, commission = self._cost(order)
        return Preview(order, change, commission)

    def refuse_new(
        self, *, client_id: int, order_id: int, contract: ContractSpec, ticket: OrderTicket, code: int, text: str
    ) -> None:
        """Take an order in and refuse it at once, for a reason given from outside."""
        instrument = self._checked_instrument(contract, ticket)
        order = self._new_order(client_id, order_id, instrument, ticket)
        self.state.orders[order.perm_id] = order
        self._by_client[(client_id, order_id)] = order.perm_id
        self._refuse(order, text, code)

    def cancel(self, *, client_id: int, order_id: int) -> None:
        """Cancel a client's own order. Raises BrokerError 10147 or 10148."""
        order = self.find(client_id, order_id)
        if order is None:
            raise BrokerError(10147, f"OrderId {order_id} that needs to be cancelled is not found.")
        if order.is_done:
            raise BrokerError(
                10148, f"OrderId {order_id} that needs to be cancelled cannot be cancelled, state: {order.status}."
            )
        self.end(order, CANCEL_TEXT)

    def cancel_all(self) -> None:
        """Cancel every open order of every client."""
        for order in list(self._open.values()):
            self.end(order, CANCEL_TEXT)

    def end(self, order: Order, text: str) -> None:
        """Take an order out of the market."""
        self._complete(order, OrderStatus.CANCELLED, "Cancelled by Trader")
        self._tell(OrderCancelled(order, text))

    def begin_cancel(self, *, client_id: int, order_id: int) -> Order:
        """Mark an order as being cancelled, to be ended later. Raises BrokerError as `cancel` does."""
        order = self.find(client_id, order_id)
        if order is None or order.is_done:
            self.cancel(client_id=client_id, order_id=order_id)
        assert order is not None
        order.status = OrderStatus.PENDING_CANCEL
        self.store.order(order)
        self._tell(OrderUpdated(order))
        return order

    def use_order_id(self, client_id: int, order_id: int) -> None:
        """Count an order number as used."""
        self.state.next_order_ids[client_id] = max(self.next_order_id(client_id), order_id + 1)
        self.store.counters(self.state)

    def forget_order_ids(self, client_id: int, first: int) -> None:
        """Let numbers from `first` on be used again by a client, as after a roll-back at IB."""
        self._by_client = {
            key: perm_id for key, perm_id in self._by_client.items() if key[0] != client_id or key[1] < first
        }
        self.store.counters(self.state)

    # Time ------------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Let time act: the day turns, held orders are released or expire, the market meets resting orders."""
        now = self.clock.now()
        self._turn_day(now)
        for order in list(self._open.values()):
            if order.expires_at is not None and now >= order.expires_at:
                self._complete(order, OrderStatus.CANCELLED, "Expired")
                self._tell(OrderCancelled(order, CANCEL_TEXT + "Order expired"))
            else:
                self._work(order, now)
        self._report_late(now)

    def work_instrument(self, con_id: int) -> None:
        """Match the orders of one instrument now, after its market was moved by hand."""
        now = self.clock.now()
        for order in [row for row in self._open.values() if row.con_id == con_id]:
            self._work(order, now)

    # Inside ----------------------------------------------------------------------------------------------------

    def _checked_instrument(self, contract: ContractSpec, ticket: OrderTicket) -> Instrument:
        instrument = self.book.resolve(contract)
        if not ticket.account and len(self.state.accounts) > 1:
            raise BrokerError(435, "You must specify an account.")
        ticket.account = self.account(ticket.account).name
        ticket.exchange = canonical_exchange(contract.exchange)
        return instrument

    def _new_order(self, client_id: int, order_id: int, instrument: Instrument, ticket: OrderTicket) -> Order:
        now = self.clock.now()
        self.state.last_perm_id += 1
        order = Order(
            perm_id=self.state.last_perm_id,
            client_id=client_id,
            order_id=order_id,
            con_id=instrument.con_id,
            ticket=ticket,
            status=OrderStatus.PRE_SUBMITTED,
            created_at=now,
            expires_at=self._expiry(ticket, now),
        )
        self.use_order_id(client_id, order_id)
        return order

    def _expiry(self, ticket: OrderTicket, now: datetime) -> datetime | None:
        if ticket.time_in_force == "GTC":
            return None
        return self.calendar.close_of(now, regular=not ticket.outside_rth)

    def _accept(self, order: Order) -> None:
        self.state.orders[order.perm_id] = order
        self._by_client[(order.client_id, order.order_id)] = order.perm_id
        self._open[order.perm_id] = order
        if not order.ticket.transmit:
            order.status = OrderStatus.API_PENDING
            self.store.order(order)
            return
        self._transmit(order)

    def _transmit(self, order: Order) -> None:
        change, _ = self._cost(order)
        if not change.is_affordable:
            self._refuse(order, checks.margin_text(change))
            return
        order.status = OrderStatus.PRE_SUBMITTED
        order.why_held = "trigger" if order.ticket.order_type in STOPPED else ""
        self.store.order(order)
        self._tell(OrderUpdated(order))
        now = self.clock.now()
        if not self._may_trade(order, now):
            self._warn_closed(order, now)
            return
        self._work(order, now)

    def _refuse(self, order: Order, text: str, code: int = 201) -> None:
        order.reject_text = text
        self._complete(order, OrderStatus.INACTIVE, text)
        self._tell(OrderRefused(order, code, text))

    def _warn_closed(self, order: Order, now: datetime) -> None:
        instrument, ticket = self.instrument(order.con_id), order.ticket
        opens = self.calendar.next_open(now, regular=not ticket.outside_rth)
        venue = (
            f"{instrument.primary_exchange}.NMS" if instrument.trading_class == "NMS" else instrument.primary_exchange
        )
        text = (
            f"Order Message:\n{ticket.action} {ticket.quantity} {instrument.symbol} {venue}\n"
            f"Warning: Your order will not be placed at the exchange until {tws_time(opens)}."
        )
        self._tell(OrderWarned(order, 399, text))

    def _modify(self, order: Order, instrument: Instrument, ticket: OrderTicket) -> None:
        checks.check_modification(order, instrument, ticket)
        checks.check_ticket(ticket, instrument)
        before, held = order.ticket, order.status is OrderStatus.API_PENDING
        order.ticket = ticket
        if not self._cost(order)[0].is_affordable:
            text = checks.margin_text(self._cost(order)[0])
            order.ticket = before
            raise BrokerError(201, text)
        if before.limit_price != ticket.limit_price or ticket.quantity > before.quantity:
            order.resting = False
        order.expires_at = self._expiry(ticket, self.clock.now())
        if held:
            if ticket.transmit:
                self._transmit(order)
            return
        self._restate(order)

    def _restate(self, order: Order) -> None:
        now = self.clock.now()
        self.store.order(order)
        if not order.remaining:
            self._complete(order, OrderStatus.FILLED, f"Filled Size: {order.filled}")
        self._tell(OrderUpdated(order))
        if not order.is_done:
            self._work(order, now)

    def _cost(self, order: Order) -> tuple[MarginChange, Decimal]:
        ticket, quote = order.ticket, self.quote(order.con_id)
        shown = quote.ask if ticket.is_buy else quote.bid
        limit = ticket.limit_price if ticket.order_type in LIMITED else None
        price = limit if limit is not None else shown
        takes = is_marketable(ticket, quote)
        # A limit far from the market trades no worse than the market.
        worst = min(price, shown) if ticket.is_buy else max(price, shown)
        cost = self.ledger.cost(order, price=worst if takes else price, takes=takes)
        return cost.change, cost.commission

    def _may_trade(self, order: Order, now: datetime) -> bool:
        return self.calendar.is_open(now, regular=not order.ticket.outside_rth)

    def _work(self, order: Order, now: datetime) -> None:
        """Match one order against the market as it is now."""
        if not order.is_live or not self._may_trade(order, now):
            return
        instrument = self.instrument(order.con_id)
        quote = self.market.quote(instrument, now)
        if order.ticket.order_type in STOPPED and not self._is_triggered(order, quote):
            return
        filled = self._take_shown(order, instrument, quote, now)
        if order.remaining and not filled:
            match = match_print(order, quote, self.market.print_in(instrument, slot_of(now)))
            if match is not None and not self._print_taken(order, slot_of(now), match):
                self._fill(order, match, now)
                filled = True
        self._settle(order, quote, filled=filled)

    def _settle(self, order: Order, quote: Quote, *, filled: bool) -> None:
        """After matching: cancel the rest of an IOC, or let the order stand in the book."""
        if order.is_done:
            return
        if order.ticket.time_in_force == "IOC":
            self.end(order, CANCEL_TEXT)
            return
        if not is_marketable(order.ticket, quote):
            order.resting = True
        if order.status is OrderStatus.PRE_SUBMITTED:
            order.status = OrderStatus.SUBMITTED
            self.store.order(order)
            if not filled:
                self._tell(OrderUpdated(order))

    def _is_triggered(self, order: Order, quote: Quote) -> bool:
        if not order.triggered and stop_is_hit(order.ticket, quote):
            order.triggered = True
            order.why_held = ""
            order.status = OrderStatus.SUBMITTED
            self.store.order(order)
            self._tell(OrderUpdated(order))
        return order.triggered

    def _take_shown(self, order: Order, instrument: Instrument, quote: Quote, now: datetime) -> bool:
        slot = slot_of(now)
        key = self.market.shown(instrument, slot)
        side = (instrument.con_id, order.ticket.is_buy)
        taken = self._taken.get(side)
        if taken is None or taken.key != key:
            taken = self._taken[side] = _Taken(key, ZERO)
        shown = quote.ask_size if order.ticket.is_buy else quote.bid_size
        match = match_shown(order, quote, shown - taken.quantity)
        if match is None:
            return False
        taken.quantity += match.quantity
        self._fill(order, match, now)
        return True

    def _print_taken(self, order: Order, slot: int, match: Match) -> bool:
        """Whether another resting order has had this print; if not, it is taken now."""
        side = (-order.con_id, order.ticket.is_buy)
        key = (1, slot)
        taken = self._taken.get(side)
        if taken is not None and taken.key == key:
            return True
        self._taken[side] = _Taken(key, match.quantity)
        return False

    def _fill(self, order: Order, match: Match, now: datetime) -> None:
        booked = self.ledger.book_fill(order, match.quantity, match.price)
        order.filled += match.quantity
        order.value += match.quantity * match.price
        order.last_fill_price = match.price
        order.commission += booked.commission
        self._book(order, self._execution(order, match, now, booked), now)

    def _execution(self, order: Order, match: Match, now: datetime, booked: Booked) -> Execution:
        instrument, ticket = self.instrument(order.con_id), order.ticket
        directed = ticket.exchange not in {"", "SMART"}
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
            venue=ticket.exchange if directed else self.market.venue(instrument, slot_of(now)),
            cumulative=order.filled,
            average_price=order.average_price,
            order_ref=ticket.order_ref,
            added_liquidity=match.added_liquidity,
            commission=booked.commission,
            realized_pnl=booked.realized,
            model_code=ticket.model_code,
        )

    def _book(self, order: Order, execution: Execution, now: datetime) -> None:
        account = self.account(order.ticket.account)
        if order.remaining:
            order.status = order.status if order.status is OrderStatus.PENDING_CANCEL else OrderStatus.SUBMITTED
            self.store.order(order)
        else:
            self._complete(order, OrderStatus.FILLED, f"Filled Size: {order.filled}")
        self.state.executions.append(execution)
        self.store.account(account)
        self._tell(ExecutionReported(execution))
        self._tell(OrderUpdated(order))
        delay = self.commission_delay(order.client_id)
        if delay is not None:
            execution.commission_due_at = now + delay
            if delay <= timedelta(0):
                self._tell(CommissionReported(execution, order))
            else:
                self._late.append(execution)
        self.store.execution(execution)
        self._tell(PositionChanged(account.name, order.con_id))

    def _complete(self, order: Order, status: OrderStatus, text: str) -> None:
        order.status = status
        order.why_held = ""
        order.completed_at = self.clock.now()
        order.completed_status = text
        self._open.pop(order.perm_id, None)
        self.store.order(order)

    def _exec_id(self) -> str:
        """An id of IB's form, different for every fill of every run."""
        self.state.last_execution += 1
        self.store.counters(self.state)
        head = hashlib.blake2b(f"{self.seed} {self.state.epoch}".encode(), digest_size=4).hexdigest()
        return f"0000{head[:4]}.{int(head[4:], 16):04x}{self.state.last_execution:04x}.01.01"

    def _report_late(self, now: datetime) -> None:
        due = [row for row in self._late if row.commission_due_at is not None and row.commission_due_at <= now]
        for execution in due:
            self._late.remove(execution)
            self._tell(CommissionReported(execution, self.state.orders[execution.perm_id]))

    def _turn_day(self, now: datetime) -> None:
        begun = any(account.day is not None for account in self.state.accounts.values())
        turned = self.ledger.turn_day(now)
        if turned and begun:
            self._forget_old(now)
        for account in turned:
            self.store.account(account)

    def _forget_old(self, now: datetime) -> None:
        """Drop what nobody can ask for any more, so that the state does not grow from week to week."""
        oldest = now - KEPT
        state = self.state
        state.executions = [row for row in state.executions if row.at >= oldest]
        gone = [row for row in state.orders.values() if row.completed_at is not None and row.completed_at < oldest]
        for order in gone:
            del state.orders[order.perm_id]
            self._by_client.pop((order.client_id, order.order_id), None)
        self.store.rewrite(state)

    def _tell(self, event: Event) -> None:
        for listener in self.listeners:
            listener(event)
