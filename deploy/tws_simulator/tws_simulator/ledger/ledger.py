"""All accounts together: what an order costs, what a fill does, what an account is worth now."""

import bisect
from decimal import Decimal
from functools import cache, partial
from typing import NamedTuple

from tws_simulator.clock import trading_day
from tws_simulator.errors import BrokerError
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.orders import Execution, Order
from tws_simulator.ledger import shorting
from tws_simulator.ledger.accounts import Account, AccountKind, Plan, Position
from tws_simulator.ledger.balances import balances_of
from tws_simulator.ledger.booking import FUTURES, OPTIONS, PAIRS, Effect, Trade, book, unit_value
from tws_simulator.ledger.commissions.schedule import Deal
from tws_simulator.ledger.holding import Holding
from tws_simulator.ledger.margin import MarginChange
from tws_simulator.ledger.margin_rates import REG_T
from tws_simulator.ledger.restate import restate
from tws_simulator.ledger.rules import Case, refusal
from tws_simulator.ledger.shorting import ShortState
from tws_simulator.ledger.timing import TimedBooks
from tws_simulator.ledger.transfers import Transfers
from tws_simulator.model import ZERO


class Cost(NamedTuple):
    """What an order would do to its account.

    Commissions in `currency`; `minimum` and `maximum` are set when it depends on how the order trades. `refusal` is
    what IB would answer if the order were sent, None if it would be accepted.
    """

    change: MarginChange
    commission: Decimal
    currency: str
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    refusal: BrokerError | None = None


class Booked(NamedTuple):
    """What a fill did, in `currency`. `realized` is None if it only opened or added."""

    commission: Decimal
    currency: str
    realized: Decimal | None


class Ledger(TimedBooks, Transfers):
    """The accounts, at the market and time of the moment it is asked."""

    # Reading -----------------------------------------------------------------------------------------------------

    def short_state(self, account: str, instrument: Instrument, quantity: Decimal) -> ShortState:
        """Whether an account may sell `quantity` now; shares that are hard to borrow are looked for from then on."""
        return shorting.short_state(self.account(account), instrument, quantity, self._now(), self.rules)

    # Orders ------------------------------------------------------------------------------------------------------

    def cost(self, order: Order, *, price: Decimal, takes: bool) -> Cost:
        """What the rest of an order would do, and whether it would be accepted.

        `price` is what it would trade at in the worst case; `takes` says whether it would trade at once. An order that
        would not is looked at as if it traded at the mark, so that its distance from the market is no gain or loss.
        """
        account, deal = self.account(order.ticket.account), self._deal(order, price)
        taking = adding = self.schedule(account).charge(deal)
        if account.plan is Plan.TIERED:
            adding = self.schedule(account).charge(deal._replace(adds=True))
        case = self._case(account, order, deal, taking, takes=takes)
        return Cost(
            MarginChange.between(case.before, case.after),
            taking,
            self.schedule(account).currency(deal.instrument),
            minimum=min(taking, adding) if taking != adding else None,
            maximum=max(taking, adding) if taking != adding else None,
            refusal=refusal(case, self.rules),
        )

    def refusal(self, order: Order, *, price: Decimal, takes: bool) -> BrokerError | None:
        """Why the rest of an order would not be accepted, None if it would: of `cost` only this."""
        account, deal = self.account(order.ticket.account), self._deal(order, price)
        case = self._case(account, order, deal, self.schedule(account).charge(deal), takes=takes)
        return refusal(case, self.rules)

    def book_fill(self, order: Order, quantity: Decimal, price: Decimal, *, adds: bool = False) -> Booked:
        """Book a fill of an order, which has not counted it yet. `adds` liquidity or takes it."""
        instrument, account = self.instrument(order.con_id), self.account(order.ticket.account)
        schedule = self.schedule(account)
        today = trading_day(self._now())
        deal = Deal(instrument, order.ticket.is_buy, quantity, price, today, order.filled, order.value, adds)
        commission = schedule.charge(deal)
        signed = quantity if order.ticket.is_buy else -quantity
        trade = Trade(signed, unit_value(instrument, price), commission, schedule.currency(instrument))
        effect = self.trade(account, instrument, trade)
        key = schedule.volume_key(instrument)
        account.month_volume[key] = account.month_volume.get(key, ZERO) + schedule.volume_of(instrument, quantity)
        currency = trade.commission_currency
        return Booked(commission, currency, self._in(currency, instrument, effect.realized))

    def trade(self, account: Account, instrument: Instrument, trade: Trade) -> Effect:
        """Book a trade and everything that hangs on it: the day trade counter and the SMA line."""
        before = account.quantity(instrument.con_id)
        effect = book(account, instrument, trade)
        self._count_day_trade(account, instrument, before, trade)
        self._move_sma(account, instrument, before, trade.unit)
        return effect

    def restate(self, old: Execution, new: Execution | None) -> Booked:
        """Put a corrected execution in the place of one, or take it back (None). Returns what `new` did.

        To be called while `old` is in the state and not marked as replaced. The commission of `new` is its own.
        """
        instrument, account = self.instrument(old.con_id), self.account(old.account)
        before = account.quantity(old.con_id)
        realized = restate(account, instrument, self._executions(), old, new)
        self._move_sma(account, instrument, before, unit_value(instrument, (new or old).price))
        key = self.schedule(account).volume_key(instrument)
        change = (new.quantity if new is not None else ZERO) - old.quantity
        account.month_volume[key] = max(account.month_volume.get(key, ZERO) + change, ZERO)
        commission = new.commission if new is not None else ZERO
        return Booked(commission, old.currency, self._in(old.currency, instrument, realized))

    def reverse(self, execution: Execution) -> None:
        """Take an execution back, as after a bust: cash, position and profits are as if it had not been."""
        self.restate(execution, None)

    # Time --------------------------------------------------------------------------------------------------------

    # Inside ------------------------------------------------------------------------------------------------------

    def _move_sma(self, account: Account, instrument: Instrument, before: Decimal, unit: Decimal) -> None:
        """Let opened stock use the SMA line, and closed stock free it, by Reg-T's share of the value."""
        if account.sma is None or instrument.sec_type in PAIRS | FUTURES | OPTIONS:
            return
        opened = abs(account.quantity(instrument.con_id)) - abs(before)
        account.sma -= opened * unit * REG_T * self.rates.between(instrument.currency, account.base)

    def _in(self, currency: str, instrument: Instrument, realized: Decimal | None) -> Decimal | None:
        """A profit in the currency of the commission, which for a currency pair is not the instrument's."""
        return None if realized is None else realized * self.rates.between(instrument.currency, currency)

    def _with(self, holdings: list[Holding], held: Position) -> list[Holding]:
        """Holdings with one position exchanged, still by contract id."""
        rows = [row for row in holdings if row.instrument.con_id != held.con_id]
        if held.quantity:
            bisect.insort(rows, self.holding(held), key=lambda row: row.instrument.con_id)
        return rows

    def _deal(self, order: Order, price: Decimal) -> Deal:
        """The rest of an order as one fill."""
        return Deal(
            self.instrument(order.con_id),
            order.ticket.is_buy,
            order.remaining,
            price,
            trading_day(self._now()),
            done=order.filled,
            value=order.value,
        )

    def _case(self, account: Account, order: Order, deal: Deal, commission: Decimal, *, takes: bool) -> Case:
        instrument, rate = deal.instrument, self.rates.between
        at = deal.price if takes else self.mark(order.con_id)
        signed = deal.quantity if deal.is_buy else -deal.quantity
        trade = Trade(signed, unit_value(instrument, at), commission, self.schedule(account).currency(instrument))
        holdings, traded = self.holdings(account), _traded(account, instrument, trade)
        reserved = selling = ZERO
        if account.kind is AccountKind.CASH:
            reserved, selling = self._reserved(account, order)
        return Case(
            account,
            instrument,
            signed,
            cache(partial(balances_of, account, holdings, rate)),
            balances_of(traded, self._with(holdings, traded.positions[order.con_id]), rate),
            dollars=rate(account.base, "USD"),
            to_base=rate(instrument.currency, account.base),
            needs=max(signed, ZERO) * unit_value(instrument, deal.price) + commission,
            reserved=reserved,
            selling=selling,
        )

    def _reserved(self, account: Account, order: Order) -> tuple[Decimal, Decimal]:
        """What the account's other open orders need: cash of this currency, units of this instrument."""
        instrument = self.instrument(order.con_id)
        cash = units = ZERO
        for other in self._open_orders():
            if other.ticket.account != account.name or other.perm_id == order.perm_id or not other.ticket.transmit:
                continue
            traded = self.instrument(other.con_id)
            if other.ticket.is_buy and traded.currency == instrument.currency and traded.sec_type not in FUTURES:
                price = other.ticket.limit_price or self.mark(other.con_id)
                cash += other.remaining * unit_value(traded, price)
            elif not other.ticket.is_buy and other.con_id == order.con_id:
                units += other.remaining
        return cash, units

    def _count_day_trade(self, account: Account, instrument: Instrument, before: Decimal, trade: Trade) -> None:
        """FINRA's count: a closing trade after an opening one of the same day, more closing ones after it are free."""
        if account.kind is AccountKind.CASH or instrument.sec_type in PAIRS | FUTURES:
            return
        held = account.position(instrument.con_id)
        if before * trade.quantity < 0 and held.opened_last:
            day = trading_day(self._now()).isoformat()
            account.day_trades[day] = account.day_trades.get(day, 0) + 1
        held.opened_last = before * trade.quantity >= 0 or abs(trade.quantity) > abs(before)


def _traded(account: Account, instrument: Instrument, trade: Trade) -> Account:
    """What the account would be after a trade; the account itself stays as it is."""
    other = account.sketch(instrument.con_id)
    book(other, instrument, trade)
    return other
