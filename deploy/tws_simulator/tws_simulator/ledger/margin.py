"""Margin of a Reg-T account in liquid US stocks, simplified.

IB checks new orders in real time against rules close to 25 % of a long and 30 % of a short position, and Reg-T's
50 % at the end of the day. So are these: initial and maintenance requirement 25 % long, 30 % short; `RegTMargin`
50 %; buying power = (min(equity with loan, previous day's equity with loan) - initial requirement) x 4
(IBKR Campus, TWS API reference, account values). Concentration, house and portfolio margin rules are left out.
"""

from dataclasses import dataclass
from decimal import Decimal

from tws_simulator.ledger.accounts import Account
from tws_simulator.model import ZERO

LONG_RATE = Decimal("0.25")
SHORT_RATE = Decimal("0.30")
REG_T_RATE = Decimal("0.50")
LEVERAGE = Decimal(4)


@dataclass(frozen=True, slots=True)
class Balances:
    """What an account is worth and what it is bound to hold, in USD."""

    cash: Decimal
    stock_value: Decimal
    gross_value: Decimal
    margin: Decimal
    previous_equity: Decimal
    unrealized_pnl: Decimal
    realized_pnl: Decimal
    daily_pnl: Decimal

    @property
    def net_liquidation(self) -> Decimal:
        """Cash and positions together."""
        return self.cash + self.stock_value

    @property
    def available_funds(self) -> Decimal:
        """Equity not bound as margin."""
        return self.net_liquidation - self.margin

    @property
    def buying_power(self) -> Decimal:
        """The largest value of stock that could still be bought."""
        free = min(self.net_liquidation, self.previous_equity) - self.margin
        return max(free, ZERO) * LEVERAGE

    @property
    def reg_t_margin(self) -> Decimal:
        """Half of the gross value."""
        return self.gross_value * REG_T_RATE


@dataclass(frozen=True, slots=True)
class MarginChange:
    """Equity and requirement before and after an order, in USD."""

    equity_before: Decimal
    equity_after: Decimal
    margin_before: Decimal
    margin_after: Decimal

    @property
    def is_affordable(self) -> bool:
        """Whether the order may be accepted: it frees margin, or the equity afterwards covers it."""
        return self.margin_after <= self.margin_before or self.margin_after <= self.equity_after


def requirement(quantity: Decimal, mark: Decimal) -> Decimal:
    """Margin of one position."""
    return abs(quantity * mark) * (LONG_RATE if quantity > 0 else SHORT_RATE)


def balances_of(account: Account, marks: dict[int, Decimal]) -> Balances:
    """The balances of an account at the given prices by contract id."""
    held = account.open_positions()
    stock_value = sum((row.market_value(marks[key]) for key, row in held), ZERO)
    return Balances(
        cash=account.cash,
        stock_value=stock_value,
        gross_value=sum((abs(row.market_value(marks[key])) for key, row in held), ZERO),
        margin=sum((requirement(row.quantity, marks[key]) for key, row in held), ZERO),
        previous_equity=account.day_equity,
        unrealized_pnl=sum((row.unrealized_pnl(marks[key]) for key, row in held), ZERO),
        realized_pnl=account.realized_today,
        daily_pnl=account.cash + stock_value - account.day_equity,
    )


def margin_change(
    balances: Balances, *, held: Decimal, change: Decimal, mark: Decimal, price: Decimal, commission: Decimal
) -> MarginChange:
    """What trading `change` shares (signed) at `price` would do, with `held` shares now at `mark`."""
    margin_after = balances.margin - requirement(held, mark) + requirement(held + change, mark)
    slippage = change * (price - mark)
    return MarginChange(
        equity_before=balances.net_liquidation,
        equity_after=balances.net_liquidation - slippage - commission,
        margin_before=balances.margin,
        margin_after=margin_after,
    )
