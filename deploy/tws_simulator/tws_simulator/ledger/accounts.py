"""Cash and positions of an account, and what a fill does to them. Money in USD."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tws_simulator.model import ZERO


@dataclass(slots=True)
class Position:
    """Shares of one instrument. `average_cost` is per share and includes commissions, as IB gives it.

    The `day_` fields remember where the trading day began, so that the day's profit can be told.
    """

    con_id: int
    quantity: Decimal = ZERO
    average_cost: Decimal = ZERO
    realized_pnl: Decimal = ZERO
    day_quantity: Decimal = ZERO
    day_mark: Decimal = ZERO
    day_cash: Decimal = ZERO

    def market_value(self, mark: Decimal) -> Decimal:
        """Value at a price; negative when short."""
        return self.quantity * mark

    def unrealized_pnl(self, mark: Decimal) -> Decimal:
        """Gain not yet taken at a price."""
        return self.quantity * (mark - self.average_cost)

    def daily_pnl(self, mark: Decimal) -> Decimal:
        """Gain since the trading day began, commissions included."""
        return self.quantity * mark - self.day_quantity * self.day_mark + self.day_cash


@dataclass(slots=True)
class Account:
    """One brokerage account in US dollars."""

    name: str
    cash: Decimal
    positions: dict[int, Position] = field(default_factory=dict)
    realized_today: Decimal = ZERO
    day: date | None = None
    day_equity: Decimal = ZERO

    def position(self, con_id: int) -> Position:
        """The position in an instrument, made if there is none."""
        return self.positions.setdefault(con_id, Position(con_id))

    def quantity(self, con_id: int) -> Decimal:
        """Shares held, zero if none."""
        held = self.positions.get(con_id)
        return held.quantity if held else ZERO

    def net_liquidation(self, marks: dict[int, Decimal]) -> Decimal:
        """Cash and positions at the given prices by contract id."""
        return self.cash + sum((held.market_value(marks[key]) for key, held in self.open_positions()), ZERO)

    def open_positions(self) -> list[tuple[int, Position]]:
        """Positions that are not flat, by contract id."""
        return [(key, held) for key, held in sorted(self.positions.items()) if held.quantity]

    def apply_fill(
        self, *, con_id: int, is_buy: bool, quantity: Decimal, price: Decimal, commission: Decimal
    ) -> Decimal | None:
        """Book a fill. Returns the profit it realised, None if it only opened or added.

        A fill through zero is split: its first part closes, the rest opens, each with its share of the commission.
        """
        held = self.position(con_id)
        signed = quantity if is_buy else -quantity
        closes = min(quantity, abs(held.quantity)) if held.quantity * signed < 0 else ZERO
        opens = quantity - closes
        closing_commission = commission * closes / quantity
        realized = None
        if closes:
            direction = 1 if held.quantity > 0 else -1
            realized = (price - held.average_cost) * closes * direction - closing_commission
            held.realized_pnl += realized
            self.realized_today += realized
        self._open(held, signed, opens, price, commission - closing_commission)
        held.quantity += signed
        if not held.quantity:
            held.average_cost = ZERO
        self.cash -= signed * price + commission
        held.day_cash -= signed * price + commission
        return realized

    def begin_day(self, day: date, marks: dict[int, Decimal]) -> None:
        """Turn to a new trading day: the day's figures start from the given prices."""
        self.day = day
        self.realized_today = ZERO
        self.positions = {key: held for key, held in self.positions.items() if held.quantity}
        for key, held in self.positions.items():
            held.realized_pnl = ZERO
            held.day_quantity = held.quantity
            held.day_mark = marks[key]
            held.day_cash = ZERO
        self.day_equity = self.net_liquidation(marks)

    @staticmethod
    def _open(held: Position, signed: Decimal, opens: Decimal, price: Decimal, commission: Decimal) -> None:
        if not opens:
            return
        same_side = held.quantity * signed > 0
        before = abs(held.quantity) if same_side else ZERO
        cost = held.average_cost * before + price * opens + (commission if signed > 0 else -commission)
        held.average_cost = cost / (before + opens)
