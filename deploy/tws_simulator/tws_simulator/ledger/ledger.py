"""All accounts together: what an order costs, what a fill does, what an account is worth now."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from tws_simulator.clock import trading_day
from tws_simulator.errors import BrokerError
from tws_simulator.exchange.instrument_book import InstrumentBook
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Quote
from tws_simulator.exchange.orders import Execution, Order
from tws_simulator.ledger import shorting
from tws_simulator.ledger.accounts import Account, AccountKind, Position
from tws_simulator.ledger.balances import Balances, balances_of
from tws_simulator.ledger.booking import FUTURES, OPTIONS, PAIRS, Effect, Trade, book, unit_value
from tws_simulator.ledger.commissions.schedule import Deal, Schedule
from tws_simulator.ledger.day import begin_day
from tws_simulator.ledger.expiry import deliver, end_position, is_expired
from tws_simulator.ledger.holdings import Holding
from tws_simulator.ledger.liquidation import Closing, closings, is_due
from tws_simulator.ledger.margin import MarginChange
from tws_simulator.ledger.margin_rates import REG_T
from tws_simulator.ledger.options import LedgerRules
from tws_simulator.ledger.rates import Rates
from tws_simulator.ledger.restate import restate
from tws_simulator.ledger.rules import Case, refusal
from tws_simulator.ledger.shorting import ShortState
from tws_simulator.model import ZERO


@dataclass(frozen=True, slots=True)
class Cost:
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


@dataclass(frozen=True, slots=True)
class Booked:
    """What a fill did. `commission` in `currency`; `realized` in the instrument's, None if it only opened or added."""

    commission: Decimal
    currency: str
    realized: Decimal | None


class Ledger:
    """The accounts, at the market and time of the moment it is asked."""

    def __init__(
        self,
        accounts: dict[str, Account],
        *,
        instruments: InstrumentBook,
        quote: Callable[[int], Quote],
        now: Callable[[], datetime],
        open_orders: Callable[[], Iterable[Order]] = tuple,
        executions: Callable[[], list[Execution]] = list,
        rules: LedgerRules | None = None,
    ) -> None:
        self.accounts = accounts
        self.rules = rules or LedgerRules()
        self.rates = Rates(instruments, quote)
        self._instruments = instruments
        self._quote = quote
        self._now = now
        self._open_orders = open_orders
        self._executions = executions

    # Reading -----------------------------------------------------------------------------------------------------

    def account(self, name: str) -> Account:
        """An account by number; empty means the only one. Raises BrokerError 321 when there is none or several."""
        if not name and len(self.accounts) == 1:
            return next(iter(self.accounts.values()))
        found = self.accounts.get(name)
        if found is None:
            raise BrokerError(321, f"Error validating request.-'bB' : cause - Invalid account code '{name}'.")
        return found

    def mark(self, con_id: int) -> Decimal:
        """The mark price now, as quoted."""
        return self._quote(con_id).mark

    def unit(self, con_id: int) -> Decimal:
        """What one share, contract or unit is worth now, in the instrument's currency."""
        return unit_value(self._instrument(con_id), self.mark(con_id))

    def balances(self, name: str) -> Balances:
        """Balances of an account at market prices now."""
        return self._balances(self.account(name))

    def holdings(self, account: Account) -> list[Holding]:
        """Open positions with their values now, by contract id."""
        return [self._holding(held) for _, held in account.open_positions()]

    def schedule(self, account: Account) -> Schedule:
        """The price lists of an account."""
        return Schedule(account, self.rates.between)

    def commission_currency(self, account: str, con_id: int) -> str:
        """What commissions on an instrument are charged in."""
        return self.schedule(self.account(account)).currency(self._instrument(con_id))

    def short_state(self, account: str, instrument: Instrument, quantity: Decimal) -> ShortState:
        """Whether an account may sell `quantity` now; shares that are hard to borrow are looked for from then on."""
        return shorting.short_state(self.account(account), instrument, quantity, self._now(), self.rules)

    # Orders ------------------------------------------------------------------------------------------------------

    def cost(self, order: Order, *, price: Decimal, takes: bool) -> Cost:
        """What the rest of an order would do, and whether it would be accepted.

        `price` is what it would trade at in the worst case; `takes` says whether it would trade at once. An order that
        would not is looked at as if it traded at the mark, so that its distance from the market is no gain or loss.
        """
        ticket, instrument = order.ticket, self._instrument(order.con_id)
        account = self.account(ticket.account)
        deal = Deal(
            instrument,
            ticket.is_buy,
            order.remaining,
            price,
            trading_day(self._now()),
            done=order.filled,
            value=order.value,
        )
        schedule = self.schedule(account)
        taking, adding = schedule.charge(deal), schedule.charge(replace(deal, adds=True))
        signed = order.remaining if ticket.is_buy else -order.remaining
        at = price if takes else self.mark(order.con_id)
        trade = Trade(signed, unit_value(instrument, at), taking, schedule.currency(instrument))
        before, after = self._balances(account), self._balances(_traded(account, instrument, trade))
        case = self._case(order, account, trade, price, before, after)
        return Cost(
            MarginChange.between(before, after),
            taking,
            trade.commission_currency,
            minimum=min(taking, adding) if taking != adding else None,
            maximum=max(taking, adding) if taking != adding else None,
            refusal=refusal(case, self.rules),
        )

    def book_fill(self, order: Order, quantity: Decimal, price: Decimal, *, adds: bool = False) -> Booked:
        """Book a fill of an order, which has not counted it yet. `adds` liquidity or takes it."""
        instrument, account = self._instrument(order.con_id), self.account(order.ticket.account)
        schedule = self.schedule(account)
        today = trading_day(self._now())
        deal = Deal(instrument, order.ticket.is_buy, quantity, price, today, order.filled, order.value, adds)
        commission = schedule.charge(deal)
        signed = quantity if order.ticket.is_buy else -quantity
        trade = Trade(signed, unit_value(instrument, price), commission, schedule.currency(instrument))
        effect = self.trade(account, instrument, trade)
        key = schedule.volume_key(instrument)
        account.month_volume[key] = account.month_volume.get(key, ZERO) + schedule.volume_of(instrument, quantity)
        return Booked(commission, trade.commission_currency, effect.realized)

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
        instrument, account = self._instrument(old.con_id), self.account(old.account)
        before = account.quantity(old.con_id)
        realized = restate(account, instrument, self._executions(), old, new)
        self._move_sma(account, instrument, before, unit_value(instrument, (new or old).price))
        key = self.schedule(account).volume_key(instrument)
        change = (new.quantity if new is not None else ZERO) - old.quantity
        account.month_volume[key] = max(account.month_volume.get(key, ZERO) + change, ZERO)
        commission = new.commission if new is not None else ZERO
        return Booked(commission, old.currency, realized)

    def reverse(self, execution: Execution) -> None:
        """Take an execution back, as after a bust: cash, position and profits are as if it had not been."""
        self.restate(execution, None)

    def adjust(self, name: str, instrument: Instrument, by: Decimal, price: Decimal) -> Effect:
        """Change a position by `by` units at a quoted price without an execution, paying for it from cash."""
        account = self.account(name)
        trade = Trade(by, unit_value(instrument, price), ZERO, instrument.currency)
        effect = book(account, instrument, trade)
        account.position(instrument.con_id).rebase()
        return effect

    # Time --------------------------------------------------------------------------------------------------------

    def turn_day(self, now: datetime) -> list[Account]:
        """Begin a new trading day where one is due; returns the accounts for which it began."""
        today = trading_day(now)
        turned = [account for account in self.accounts.values() if account.day != today]
        for account in turned:
            begin_day(self, account, today)
        return turned

    def expire(self, now: datetime) -> list[tuple[str, int]]:
        """Settle what expired before today, and exercise as told, where a new day is due.

        To be called before `turn_day`. Returns account and contract id of each position that changed.
        """
        today = trading_day(now)
        changed: list[tuple[str, int]] = []
        for account in self.accounts.values():
            if account.day == today:
                continue
            for holding in self.holdings(account):
                changed += [(account.name, con_id) for con_id in self._end(account, holding, today)]
            account.exercises = {}
        return changed

    def exercise(self, name: str, con_id: int, contracts: Decimal) -> None:
        """Have long options exercised at the next turn of the day, none of them (0) even if in the money.

        Raises BrokerError 322 when there are not so many.
        """
        account = self.account(name)
        if account.quantity(con_id) < max(contracts, Decimal(1)):
            text = f"No unlapsed position exists in this option in account {account.name}."
            raise BrokerError(322, f"Error processing request.-'bH' : cause - {text}")
        account.exercises[con_id] = contracts

    def assign(self, name: str, con_id: int, contracts: Decimal) -> list[int]:
        """Assign short options now. Returns the contract ids whose positions changed; none if there are not so many."""
        account = self.account(name)
        if account.quantity(con_id) > -contracts:
            return []
        holding = self._holding(account.position(con_id))
        return deliver(account, holding, -contracts, self._underlying(holding.instrument))

    def liquidation(self, now: datetime) -> list[Closing]:
        """The trades IB makes now for accounts that lack maintenance margin, by account."""
        if self.rules.liquidation_grace is None:
            return []
        found: list[Closing] = []
        for account in self.accounts.values():
            holdings = self.holdings(account)
            balances = balances_of(account, holdings, self.rates.between)
            if is_due(account, balances, now, self.rules):
                found += closings(account, holdings, balances, self.rates.between)
        return found

    # Inside ------------------------------------------------------------------------------------------------------

    def _instrument(self, con_id: int) -> Instrument:
        found = self._instruments.get(con_id)
        assert found is not None, con_id
        return found

    def _underlying(self, instrument: Instrument) -> Instrument | None:
        return self._instruments.get(instrument.underlying) if instrument.underlying else None

    def _end(self, account: Account, holding: Holding, today: date) -> list[int]:
        """Settle a position if it has expired or is to be exercised."""
        underlying = self._underlying(holding.instrument)
        if is_expired(holding.instrument, today):
            return end_position(account, holding, underlying)
        wanted = min(account.exercises.get(holding.instrument.con_id, ZERO), holding.position.quantity)
        return deliver(account, holding, wanted, underlying) if wanted > 0 else []

    def _move_sma(self, account: Account, instrument: Instrument, before: Decimal, unit: Decimal) -> None:
        """Let opened stock use the SMA line, and closed stock free it, by Reg-T's share of the value."""
        if account.sma is None or instrument.sec_type in PAIRS | FUTURES | OPTIONS:
            return
        opened = abs(account.quantity(instrument.con_id)) - abs(before)
        account.sma -= opened * unit * REG_T * self.rates.between(instrument.currency, account.base)

    def _holding(self, held: Position) -> Holding:
        instrument = self._instrument(held.con_id)
        underlying = ZERO
        if instrument.sec_type in OPTIONS and instrument.underlying:
            underlying = self.mark(instrument.underlying)
        return Holding(instrument, held, unit_value(instrument, self.mark(held.con_id)), underlying)

    def _balances(self, account: Account) -> Balances:
        return balances_of(account, self.holdings(account), self.rates.between)

    def _case(
        self, order: Order, account: Account, trade: Trade, price: Decimal, before: Balances, after: Balances
    ) -> Case:
        instrument = self._instrument(order.con_id)
        reserved = selling = ZERO
        if account.kind is AccountKind.CASH:
            reserved, selling = self._reserved(account, order)
        return Case(
            account,
            instrument,
            trade.quantity,
            before,
            after,
            dollars=self.rates.between(account.base, "USD"),
            to_base=self.rates.between(instrument.currency, account.base),
            needs=max(trade.quantity, ZERO) * unit_value(instrument, price) + trade.commission,
            reserved=reserved,
            selling=selling,
        )

    def _reserved(self, account: Account, order: Order) -> tuple[Decimal, Decimal]:
        """What the account's other open orders need: cash of this currency, units of this instrument."""
        instrument = self._instrument(order.con_id)
        cash = units = ZERO
        for other in self._open_orders():
            if other.ticket.account != account.name or other.perm_id == order.perm_id or not other.ticket.transmit:
                continue
            traded = self._instrument(other.con_id)
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
    held = replace(account.positions.get(instrument.con_id) or Position(instrument.con_id))
    copy = replace(
        account,
        cash=dict(account.cash),
        realized=dict(account.realized),
        positions={**account.positions, instrument.con_id: held},
    )
    if held.start is not None:
        held.start = replace(held.start)
    book(copy, instrument, trade)
    return copy
