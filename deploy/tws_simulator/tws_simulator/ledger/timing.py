"""What time does to accounts: the day's turn, expiry and exercise, liquidation."""

from datetime import date, datetime
from decimal import Decimal

from tws_simulator.clock import trading_day
from tws_simulator.errors import BrokerError
from tws_simulator.ledger.accounts import Account
from tws_simulator.ledger.balances import balances_of
from tws_simulator.ledger.books import Books
from tws_simulator.ledger.day import begin_day
from tws_simulator.ledger.expiry import deliver, end_position, is_expired
from tws_simulator.ledger.holding import Holding
from tws_simulator.ledger.liquidation import Closing, closings, is_due
from tws_simulator.model import ZERO


class TimedBooks(Books):
    """Accounts on which time acts."""

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
        holding = self.holding(account.position(con_id))
        return deliver(account, holding, -contracts, self.underlying(holding.instrument))

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

    def _end(self, account: Account, holding: Holding, today: date) -> list[int]:
        """Settle a position if it has expired or is to be exercised."""
        underlying = self.underlying(holding.instrument)
        if is_expired(holding.instrument, today):
            return end_position(account, holding, underlying)
        wanted = min(account.exercises.get(holding.instrument.con_id, ZERO), holding.position.quantity)
        return deliver(account, holding, wanted, underlying) if wanted > 0 else []
