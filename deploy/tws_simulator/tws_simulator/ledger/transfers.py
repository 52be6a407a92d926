"""What moves an account without a trade: payments, positions from elsewhere, dividends."""

from decimal import Decimal

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.ledger.accounts import Account
from tws_simulator.ledger.booking import FUTURES, OPTIONS, PAIRS, Effect, Trade, book, unit_value
from tws_simulator.ledger.books import Books
from tws_simulator.model import ZERO


class Transfers(Books):
    """Accounts into which something is transferred. What comes in is no profit of the day."""

    def deposit(self, name: str, currency: str, amount: Decimal) -> None:
        """Pay cash in, or out when negative. Raises KeyError for a currency without a rate."""
        if not self.rates.knows(currency):
            raise KeyError(currency)
        account = self.account(name)
        account.add_cash(currency, amount)
        self._came_in(account, amount, currency, is_equity=True)

    def set_position(
        self, name: str, instrument: Instrument, quantity: Decimal, average_cost: Decimal | None = None
    ) -> None:
        """Make a position this large, without cash. `average_cost` a unit as IB gives it; without one, the mark."""
        account, unit = self.account(name), self.unit(instrument.con_id)
        held = account.position(instrument.con_id)
        change = (quantity - held.quantity) * unit
        is_future = instrument.sec_type in FUTURES
        held.settled_value = held.settled_value + change if is_future else ZERO
        held.quantity = quantity
        held.average_cost = ZERO if not quantity else unit if average_cost is None else average_cost
        held.day_cash -= change
        held.rebase()
        if instrument.sec_type not in PAIRS | FUTURES:
            self._came_in(account, change, instrument.currency, is_equity=instrument.sec_type not in OPTIONS)

    def pay_dividend(self, name: str, instrument: Instrument, per_share: Decimal) -> Decimal:
        """Pay a dividend on what is held, or charge it on what is short. Returns the amount."""
        account = self.account(name)
        amount = account.quantity(instrument.con_id) * per_share
        if amount:
            account.add_cash(instrument.currency, amount)
            account.position(instrument.con_id).day_cash += amount
        return amount

    def adjust(self, name: str, instrument: Instrument, by: Decimal, price: Decimal) -> Effect:
        """Change a position by `by` units at a quoted price without an execution, paying for it from cash."""
        account = self.account(name)
        trade = Trade(by, unit_value(instrument, price), ZERO, instrument.currency)
        effect = book(account, instrument, trade)
        account.position(instrument.con_id).rebase()
        return effect

    def _came_in(self, account: Account, amount: Decimal, currency: str, *, is_equity: bool) -> None:
        """Count what came in as if it had been there when the day began."""
        value = amount * self.rates.between(currency, account.base)
        account.day_equity += value
        if not is_equity:
            return
        if account.previous_equity is not None:
            account.previous_equity += value
        if account.sma is not None:
            account.sma += value
