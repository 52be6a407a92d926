"""The accounts and what can be read of them at the market and time of the moment."""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal

from tws_simulator.errors import BrokerError
from tws_simulator.exchange.instrument_book import InstrumentBook
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.market import Quote
from tws_simulator.exchange.orders import Execution, Order
from tws_simulator.ledger.accounts import Account, Position
from tws_simulator.ledger.balances import Balances, balances_of
from tws_simulator.ledger.booking import OPTIONS, unit_value
from tws_simulator.ledger.commissions.schedule import Schedule
from tws_simulator.ledger.holding import Holding
from tws_simulator.ledger.options import LedgerRules
from tws_simulator.ledger.rates import Rates
from tws_simulator.model import ZERO


class Books:
    """Accounts, valued. `quote` gives the quote of a contract id now."""

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
        return unit_value(self.instrument(con_id), self.mark(con_id))

    def balances(self, name: str) -> Balances:
        """Balances of an account at market prices now."""
        return self.balances_now(self.account(name))

    def holdings(self, account: Account) -> list[Holding]:
        """Open positions with their values now, by contract id."""
        return [self.holding(held) for _, held in account.open_positions()]

    def schedule(self, account: Account) -> Schedule:
        """The price lists of an account."""
        return Schedule(account, self.rates.between)

    def commission_currency(self, account: str, con_id: int) -> str:
        """What commissions on an instrument are charged in."""
        return self.schedule(self.account(account)).currency(self.instrument(con_id))

    def instrument(self, con_id: int) -> Instrument:
        """A known instrument."""
        found = self._instruments.listed.get(con_id) or self._instruments.get(con_id)
        assert found is not None, con_id
        return found

    def underlying(self, instrument: Instrument) -> Instrument | None:
        """What a derivative is priced from, None if that is unknown."""
        return self._instruments.get(instrument.underlying) if instrument.underlying else None

    def holding(self, held: Position) -> Holding:
        """A position with its value now."""
        instrument = self.instrument(held.con_id)
        underlying = ZERO
        if instrument.sec_type in OPTIONS and instrument.underlying:
            underlying = self.mark(instrument.underlying)
        return Holding(instrument, held, unit_value(instrument, self.mark(held.con_id)), underlying)

    def balances_now(self, account: Account) -> Balances:
        """Balances of an account, or of what it would be, at market prices now."""
        return balances_of(account, self.holdings(account), self.rates.between)
