"""Accounts: cash by currency and positions. What trades do to them is in `booking`."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from tws_simulator.model import ZERO

BASE = "USD"
"""The base currency of an account for which none is given."""


class AccountKind(StrEnum):
    """Whether an account may borrow money and shares."""

    MARGIN = "margin"
    CASH = "cash"


class Plan(StrEnum):
    """IB's two price lists."""

    FIXED = "fixed"
    TIERED = "tiered"


@dataclass(slots=True)
class PositionStart:
    """A position as it was before the fills that can still be told apart, the last `fills` of its instrument."""

    quantity: Decimal = ZERO
    average_cost: Decimal = ZERO
    settled_value: Decimal = ZERO
    realized_pnl: Decimal = ZERO
    fills: int = 0

    def copy(self) -> "PositionStart":
        """One like it, to be changed freely."""
        return PositionStart(self.quantity, self.average_cost, self.settled_value, self.realized_pnl, self.fills)


@dataclass(slots=True)
class Position:
    """Units of one instrument. Money in the instrument's currency, values per unit with the multiplier in them.

    `average_cost` includes commissions, as IB gives it. `settled_value` of a future is what the position was worth
    when its gains were last paid into cash; a future is worth the difference to it. The `day_` fields remember where
    the trading day began, so that the day's profit can be told.
    """

    con_id: int
    quantity: Decimal = ZERO
    average_cost: Decimal = ZERO
    realized_pnl: Decimal = ZERO
    day_quantity: Decimal = ZERO
    day_mark: Decimal = ZERO
    day_cash: Decimal = ZERO
    settled_value: Decimal = ZERO
    opened_last: bool = False
    """Whether the last fill of today opened or added: closing it now makes a day trade."""
    start: PositionStart | None = None

    def market_value(self, mark: Decimal) -> Decimal:
        """Value at a value per unit; negative when short."""
        return self.quantity * mark

    def unrealized_pnl(self, mark: Decimal) -> Decimal:
        """Gain not yet taken at a value per unit."""
        return self.quantity * (mark - self.average_cost)

    def daily_pnl(self, mark: Decimal) -> Decimal:
        """Gain since the trading day began, commissions included."""
        return self.quantity * mark - self.day_quantity * self.day_mark + self.day_cash

    def copy(self) -> "Position":
        """One like it, to be changed freely."""
        start = self.start
        return Position(
            self.con_id, self.quantity, self.average_cost, self.realized_pnl, self.day_quantity, self.day_mark,
            self.day_cash, self.settled_value, self.opened_last, None if start is None else start.copy(),
        )  # fmt: skip

    def rebase(self) -> None:
        """Make the position as it is now the start of the fills that follow."""
        self.start = PositionStart(self.quantity, self.average_cost, self.settled_value, self.realized_pnl)


@dataclass(slots=True)
class Locate:
    """Shares looked for by an account, since when, and how many it may sell short today."""

    asked_at: datetime
    found: Decimal = ZERO


@dataclass(slots=True)
class Account:
    """One brokerage account. `cash` by currency, negative is a loan; everything without a currency is in `base`."""

    name: str
    cash: dict[str, Decimal]
    base: str = BASE
    kind: AccountKind = AccountKind.MARGIN
    plan: Plan = Plan.FIXED
    positions: dict[int, Position] = field(default_factory=dict)
    realized: dict[str, Decimal] = field(default_factory=dict)
    """Profit taken today, by currency."""
    day: date | None = None
    day_equity: Decimal = ZERO
    """Net liquidation value when the trading day began, and what was paid in since."""
    previous_equity: Decimal | None = None
    """Equity with loan value when the trading day began, and what was paid in since."""
    sma: Decimal | None = None
    """The special memorandum account: kept at the day's turn, moved by trades and payments."""
    month: str = ""
    month_volume: dict[str, Decimal] = field(default_factory=dict)
    """Units traded this month by kind of instrument, for the tiers of commissions."""
    day_trades: dict[str, int] = field(default_factory=dict)
    """Day trades by ISO date."""
    locates: dict[int, Locate] = field(default_factory=dict)
    accrued: dict[str, Decimal] = field(default_factory=dict)
    """Interest earned (owed when negative) and not yet paid, by currency."""
    deficit_since: datetime | None = None
    """Since when maintenance margin is lacking."""
    exercises: dict[int, Decimal] = field(default_factory=dict)
    """Option contracts to exercise at the next turn of the day, 0 to let them lapse, by contract id."""

    @classmethod
    def upgraded(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Saved data as this version has it: early versions knew US dollars only."""
        data = dict(data)
        if not isinstance(data.get("cash"), dict):
            data["cash"] = {BASE: data.get("cash", "0")}
        if "realized_today" in data:
            data["realized"] = {BASE: data.pop("realized_today")}
        return data

    def sketch(self, con_id: int) -> "Account":
        """A copy in which a trade of one instrument may be booked: all that a trade does not change is shared."""
        held = self.positions.get(con_id)
        return Account(
            name=self.name,
            cash=self.cash.copy(),
            base=self.base,
            kind=self.kind,
            plan=self.plan,
            positions={**self.positions, con_id: Position(con_id) if held is None else held.copy()},
            realized=self.realized.copy(),
            day=self.day,
            day_equity=self.day_equity,
            previous_equity=self.previous_equity,
            sma=self.sma,
            month=self.month,
            month_volume=self.month_volume,
            day_trades=self.day_trades,
            locates=self.locates,
            accrued=self.accrued,
            deficit_since=self.deficit_since,
            exercises=self.exercises,
        )

    def position(self, con_id: int) -> Position:
        """The position in an instrument, made if there is none."""
        held = self.positions.get(con_id)
        if held is None:
            held = self.positions[con_id] = Position(con_id)
        return held

    def quantity(self, con_id: int) -> Decimal:
        """Units held, zero if none."""
        held = self.positions.get(con_id)
        return held.quantity if held else ZERO

    def open_positions(self) -> list[tuple[int, Position]]:
        """Positions that are not flat, by contract id."""
        return [(key, held) for key, held in sorted(self.positions.items()) if held.quantity]

    def add_cash(self, currency: str, amount: Decimal) -> None:
        """Move the cash of one currency."""
        self.cash[currency] = self.cash.get(currency, ZERO) + amount

    def add_realized(self, currency: str, amount: Decimal) -> None:
        """Count profit taken today."""
        self.realized[currency] = self.realized.get(currency, ZERO) + amount
