"""What an account is worth and what it is bound to hold, in its base currency and by currency."""

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from tws_simulator.ledger import margin_rates as rates
from tws_simulator.ledger.accounts import Account, AccountKind
from tws_simulator.ledger.holding import Holding
from tws_simulator.ledger.requirements import Margin, margins
from tws_simulator.model import ZERO

Rate = Callable[[str, str], Decimal]
"""Units of the second currency for one unit of the first."""


class CurrencyRow(NamedTuple):
    """The part of an account that is in one currency. `rate`: base currency for one unit."""

    currency: str
    rate: Decimal
    cash: Decimal = ZERO
    accrued: Decimal = ZERO
    stock_value: Decimal = ZERO
    option_value: Decimal = ZERO
    futures_pnl: Decimal = ZERO
    unrealized_pnl: Decimal = ZERO
    realized_pnl: Decimal = ZERO
    gross_value: Decimal = ZERO

    @property
    def net_liquidation(self) -> Decimal:
        """Everything together."""
        return self.cash + self.accrued + self.stock_value + self.option_value + self.futures_pnl


class Balances(NamedTuple):
    """All balances of an account. Amounts in its base currency; `rows` are in their own."""

    base: str
    kind: AccountKind
    rows: tuple[CurrencyRow, ...]
    total: CurrencyRow
    securities: Margin
    futures: Margin
    previous_equity: Decimal
    day_equity: Decimal
    sma_line: Decimal
    day_trades_left: int
    """Day trades that are still allowed, -1 for any number."""

    @property
    def cash(self) -> Decimal:
        """Cash of all currencies."""
        return self.total.cash

    @property
    def stock_value(self) -> Decimal:
        """Stocks, short ones negative."""
        return self.total.stock_value

    @property
    def gross_value(self) -> Decimal:
        """Stocks and options, without sign; futures are not in it."""
        return self.total.gross_value

    @property
    def unrealized_pnl(self) -> Decimal:
        """Gain not yet taken."""
        return self.total.unrealized_pnl

    @property
    def realized_pnl(self) -> Decimal:
        """Profit taken today."""
        return self.total.realized_pnl

    @property
    def daily_pnl(self) -> Decimal:
        """Gain since the trading day began."""
        return self.total.net_liquidation - self.day_equity

    @property
    def net_liquidation(self) -> Decimal:
        """Cash and positions together."""
        return self.total.net_liquidation

    @property
    def equity_with_loan(self) -> Decimal:
        """What margin is measured against: cash, stock and gains of futures, but not options."""
        return self.total.cash + self.total.stock_value + self.total.futures_pnl

    @property
    def margin(self) -> Decimal:
        """Initial requirement."""
        return self.securities.initial + self.futures.initial

    @property
    def maintenance(self) -> Decimal:
        """Maintenance requirement."""
        return self.securities.maintenance + self.futures.maintenance

    @property
    def available_funds(self) -> Decimal:
        """Equity not bound as initial margin."""
        return self.equity_with_loan - self.margin

    @property
    def excess_liquidity(self) -> Decimal:
        """Equity above the maintenance margin; below zero positions are liquidated."""
        return self.equity_with_loan - self.maintenance

    @property
    def buying_power(self) -> Decimal:
        """The largest value of stock that could still be bought."""
        free = max(min(self.equity_with_loan, self.previous_equity) - self.margin, ZERO)
        return free if self.kind is AccountKind.CASH else free * rates.LEVERAGE

    @property
    def reg_t_margin(self) -> Decimal:
        """What Reg-T asks for at the end of the day."""
        return self.securities.reg_t

    @property
    def reg_t_equity(self) -> Decimal:
        """Equity of the securities segment."""
        return self.equity_with_loan - self.commodity_cash - self.total.futures_pnl

    @property
    def sma(self) -> Decimal:
        """Special memorandum account: the line kept, or the equity above Reg-T's margin if that is more."""
        return max(self.sma_line, self.reg_t_equity - self.reg_t_margin)

    @property
    def commodity_cash(self) -> Decimal:
        """Cash swept to the commodities segment: what its positions need."""
        return max(self.futures.initial - self.total.futures_pnl, ZERO) if self.futures.initial else ZERO


def balances_of(account: Account, holdings: list[Holding], rate: Rate) -> Balances:
    """The balances of an account that holds this, at rates of the present moment."""
    rows = _rows(account, holdings, rate)
    securities, futures = _margins(account, holdings, rate, rows)
    total = _total(account.base, rows)
    equity = total.cash + total.stock_value + total.futures_pnl
    previous = account.previous_equity if account.previous_equity is not None else account.day_equity
    return Balances(
        base=account.base,
        kind=account.kind,
        rows=tuple(rows),
        total=total,
        securities=securities,
        futures=futures,
        previous_equity=previous,
        day_equity=account.day_equity,
        sma_line=account.sma if account.sma is not None else equity - securities.reg_t,
        day_trades_left=_day_trades_left(account, previous * rate(account.base, "USD")),
    )


def _rows(account: Account, holdings: list[Holding], rate: Rate) -> list[CurrencyRow]:
    """One row for each currency with anything in it, the base currency first."""
    parts: dict[str, list[Holding]] = {account.base: []}
    names = {*account.cash, *account.realized, *account.accrued}
    if len(names) > 1 or account.base not in names:
        parts |= {name: [] for name in sorted(names) if name != account.base}
    for holding in holdings:
        if not holding.is_pair:
            parts.setdefault(holding.instrument.currency, []).append(holding)
    return [_row(account, name, rate(name, account.base), held) for name, held in parts.items()]


def _row(account: Account, currency: str, rate: Decimal, holdings: list[Holding]) -> CurrencyRow:
    stock = option = futures = unrealized = gross = ZERO
    for row in holdings:
        unrealized += row.position.unrealized_pnl(row.mark)
        if row.is_future:
            futures += row.futures_pnl
            continue
        value = row.value
        gross += abs(value)
        if row.is_option:
            option += value
        else:
            stock += value
    return CurrencyRow(
        currency=currency,
        rate=rate,
        cash=account.cash.get(currency, ZERO),
        accrued=account.accrued.get(currency, ZERO),
        stock_value=stock,
        option_value=option,
        futures_pnl=futures,
        unrealized_pnl=unrealized,
        realized_pnl=account.realized.get(currency, ZERO),
        gross_value=gross,
    )


def _total(base: str, rows: list[CurrencyRow]) -> CurrencyRow:
    """All rows in the base currency."""
    if len(rows) == 1:
        return rows[0]
    return CurrencyRow(
        currency=base,
        rate=Decimal(1),
        cash=sum((row.cash * row.rate for row in rows), ZERO),
        accrued=sum((row.accrued * row.rate for row in rows), ZERO),
        stock_value=sum((row.stock_value * row.rate for row in rows), ZERO),
        option_value=sum((row.option_value * row.rate for row in rows), ZERO),
        futures_pnl=sum((row.futures_pnl * row.rate for row in rows), ZERO),
        unrealized_pnl=sum((row.unrealized_pnl * row.rate for row in rows), ZERO),
        realized_pnl=sum((row.realized_pnl * row.rate for row in rows), ZERO),
        gross_value=sum((row.gross_value * row.rate for row in rows), ZERO),
    )


def _margins(account: Account, holdings: list[Holding], rate: Rate, rows: list[CurrencyRow]) -> tuple[Margin, Margin]:
    """Margin of securities and currencies, and of futures, in the base currency."""
    loans, base = _loan_margin(account, rows), account.base
    sums = {False: Margin(loans, loans), True: Margin()}
    for holding, margin in margins(holdings, account.kind, lambda currency: rate(currency, "USD")):
        currency, is_future = holding.instrument.currency, holding.is_future
        scaled = margin if currency == base else margin.scaled(rate(currency, base))
        before = sums[is_future]
        sums[is_future] = Margin(
            before.initial + scaled.initial, before.maintenance + scaled.maintenance, before.reg_t + scaled.reg_t
        )
    return sums[False], sums[True]


def _loan_margin(account: Account, rows: list[CurrencyRow]) -> Decimal:
    """What is held against loans in one currency that cash in others backs."""
    if len(rows) == 1:
        return ZERO
    foreign = [row for row in rows if row.currency != account.base and row.cash]
    needed = sum((-row.cash * row.rate * _haircut(row.currency) for row in foreign if row.cash < 0), ZERO)
    base_loan = max(-account.cash.get(account.base, ZERO), ZERO)
    backing = [row for row in foreign if row.cash > 0]
    if base_loan and backing:
        backed = min(base_loan, sum((row.cash * row.rate for row in backing), ZERO))
        needed += backed * max(_haircut(row.currency) for row in backing)
    return needed


def _haircut(currency: str) -> Decimal:
    return rates.HAIRCUTS.get(currency, rates.HAIRCUT)


def _day_trades_left(account: Account, equity_in_dollars: Decimal) -> int:
    if account.kind is AccountKind.CASH or equity_in_dollars >= rates.DAY_TRADER_EQUITY:
        return -1
    return max(rates.DAY_TRADES - sum(account.day_trades.values()), 0)
