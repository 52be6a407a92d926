"""What a trade does to a position and to cash.

Three kinds of instruments are paid for differently. Stocks and options are paid when traded. Futures are not: the
gain since the last settlement is paid at the day's turn, or when contracts are closed. A currency pair is an
exchange of cash; its position is virtual, as IB shows it: it remembers what was traded and is worth nothing itself.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.ledger.accounts import Account, Position, PositionStart
from tws_simulator.model import ZERO

FUTURES = frozenset({"FUT", "CONTFUT"})
OPTIONS = frozenset({"OPT", "FOP", "WAR", "IOPT"})
PAIRS = frozenset({"CASH"})


class Trade(NamedTuple):
    """Signed quantity at a value per unit (multiplier included). `commission` is charged in its own currency."""

    quantity: Decimal
    unit: Decimal
    commission: Decimal
    commission_currency: str


@dataclass(frozen=True, slots=True)
class Effect:
    """Cash that moved, by currency; and the profit it realised, None if it only opened or added."""

    cash: dict[str, Decimal] = field(default_factory=dict)
    realized: Decimal | None = None


def unit_value(instrument: Instrument, price: Decimal) -> Decimal:
    """What one share, contract or unit is worth at a quoted price, in the instrument's currency."""
    if instrument.multiplier == 1 and instrument.price_magnifier == 1:
        return price
    return price * instrument.multiplier / instrument.price_magnifier


def book(account: Account, instrument: Instrument, trade: Trade) -> Effect:
    """Book a trade: position, cash, profit of the day and of the position."""
    held = account.position(instrument.con_id)
    if held.start is None:
        held.rebase()
    assert held.start is not None
    held.start.fills += 1
    effect = move(held, instrument, trade)
    for currency, amount in effect.cash.items():
        account.add_cash(currency, amount)
    if effect.realized is not None and instrument.sec_type not in PAIRS:
        account.add_realized(instrument.currency, effect.realized)
    return effect


def move(held: Position, instrument: Instrument, trade: Trade) -> Effect:
    """Change a position by a trade, and say what cash that moves."""
    cost = ZERO if instrument.sec_type in PAIRS else trade.commission
    before = held.quantity
    realized = _average(held, trade, cost)
    held.day_cash -= trade.quantity * trade.unit + cost
    cash: dict[str, Decimal] = {trade.commission_currency: -trade.commission}
    if instrument.sec_type in FUTURES:
        _add(cash, instrument.currency, _settle_closed(held, before, trade))
    else:
        _add(cash, instrument.currency, -trade.quantity * trade.unit)
    if instrument.sec_type in PAIRS:
        _add(cash, instrument.symbol, trade.quantity)
    return Effect(cash, realized)


def settle(account: Account, instrument: Instrument, mark: Decimal) -> None:
    """Pay a future's gain since the last settlement into cash."""
    held = account.position(instrument.con_id)
    account.add_cash(instrument.currency, held.quantity * mark - held.settled_value)
    held.settled_value = held.quantity * mark


def started(con_id: int, start: PositionStart) -> Position:
    """A position as it was at its start."""
    return Position(
        con_id,
        quantity=start.quantity,
        average_cost=start.average_cost,
        settled_value=start.settled_value,
        realized_pnl=start.realized_pnl,
    )


def _average(held: Position, trade: Trade, commission: Decimal) -> Decimal | None:
    """Move quantity and average cost; the profit realised.

    A fill through zero is split: its first part closes, the rest opens, each with its share of the commission.
    """
    size = abs(trade.quantity)
    if not size:  # a preview of an order that is reduced to what is filled
        return None
    closes = min(size, abs(held.quantity)) if held.quantity * trade.quantity < 0 else ZERO
    closing_commission = commission * closes / size
    realized = None
    if closes:
        direction = 1 if held.quantity > 0 else -1
        realized = (trade.unit - held.average_cost) * closes * direction - closing_commission
        held.realized_pnl += realized
    _open(held, trade, size - closes, commission - closing_commission)
    held.quantity += trade.quantity
    if not held.quantity:
        held.average_cost = ZERO
    return realized


def _open(held: Position, trade: Trade, opens: Decimal, commission: Decimal) -> None:
    if not opens:
        return
    before = abs(held.quantity) if held.quantity * trade.quantity > 0 else ZERO
    cost = held.average_cost * before + trade.unit * opens + (commission if trade.quantity > 0 else -commission)
    held.average_cost = cost / (before + opens)


def _settle_closed(held: Position, before: Decimal, trade: Trade) -> Decimal:
    """Take the closed part of a future out of `settled_value`; its gain since the settlement is cash."""
    if before * trade.quantity >= 0:
        held.settled_value += trade.quantity * trade.unit
        return ZERO
    closed = before if abs(trade.quantity) >= abs(before) else -trade.quantity
    basis = held.settled_value * closed / before
    held.settled_value += (trade.quantity + closed) * trade.unit - basis
    return closed * trade.unit - basis


def _add(cash: dict[str, Decimal], currency: str, amount: Decimal) -> None:
    cash[currency] = cash.get(currency, ZERO) + amount
