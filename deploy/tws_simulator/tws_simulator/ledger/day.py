"""The turn of the trading day: gains of futures are paid, and the day's figures begin anew."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol

from tws_simulator.ledger.accounts import Account
from tws_simulator.ledger.balances import balances_of
from tws_simulator.ledger.booking import settle
from tws_simulator.ledger.holding import Holding
from tws_simulator.ledger.interest import accrue
from tws_simulator.ledger.options import LedgerRules
from tws_simulator.ledger.rates import Rates
from tws_simulator.model import ZERO

_DAY_TRADES_COUNT = timedelta(days=7)
"""Five trading days, holidays not looked at."""


class Valuer(Protocol):
    """What the day's turn asks the ledger for."""

    rates: Rates
    rules: LedgerRules

    def holdings(self, account: Account) -> list[Holding]:
        """Open positions with their values now."""


def begin_day(ledger: Valuer, account: Account, day: date) -> None:
    """Turn an account to a new trading day: futures are settled, the day's figures start from the prices of now."""
    account.positions = {key: held for key, held in account.positions.items() if held.quantity}
    holdings = ledger.holdings(account)
    if ledger.rules.pays_interest and account.day is not None:
        accrue(account, holdings, account.day, day)
    for holding in holdings:
        if holding.is_future:
            settle(account, holding.instrument, holding.mark)
        _start_position(holding)
    balances = balances_of(account, holdings, ledger.rates.between)
    account.sma = balances.sma
    account.day_equity = balances.net_liquidation
    account.previous_equity = balances.equity_with_loan
    account.day = day
    account.realized = {}
    account.locates = {}
    _forget_counters(account, day)


def _start_position(holding: Holding) -> None:
    held = holding.position
    held.realized_pnl = ZERO
    held.day_quantity = held.quantity
    held.day_mark = holding.mark
    held.day_cash = ZERO
    held.opened_last = False
    held.rebase()


def _forget_counters(account: Account, day: date) -> None:
    oldest = (day - _DAY_TRADES_COUNT).isoformat()
    account.day_trades = {key: count for key, count in account.day_trades.items() if key > oldest}
    month = f"{day:%Y-%m}"
    if account.month != month:
        account.month = month
        account.month_volume = dict[str, Decimal]()
