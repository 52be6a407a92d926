"""Taking a fill back, or replacing it, as if it had never been booked otherwise.

Average costs depend on the order of fills, so what a fill did cannot simply be subtracted: the fills of the position
since its start (the day's turn, or a change by hand) are booked again without it, and the account gets the difference.
A fill from before the start is taken back by an opposite trade.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.orders import Execution
from tws_simulator.ledger.accounts import Account, Position, PositionStart
from tws_simulator.ledger.booking import PAIRS, Trade, book, move, started, unit_value
from tws_simulator.model import ZERO


@dataclass(slots=True)
class _Replay:
    """A position after some fills, the cash they moved, and what each realised."""

    position: Position
    cash: dict[str, Decimal] = field(default_factory=dict)
    realized: dict[str, Decimal | None] = field(default_factory=dict)

    @property
    def profit(self) -> Decimal:
        """Everything realised."""
        return sum((row for row in self.realized.values() if row is not None), ZERO)


def restate(
    account: Account,
    instrument: Instrument,
    executions: Sequence[Execution],
    old: Execution,
    new: Execution | None,
) -> Decimal | None:
    """Put `new` in the place of `old` (None: nothing). Returns the profit that `new` realised.

    `executions` are all of the state, `old` among them and neither replaced nor busted yet.
    """
    held = account.position(old.con_id)
    start = held.start or PositionStart()
    fills = _since_start(executions, old, start.fills)
    if all(row.exec_id != old.exec_id for row in fills):
        return _opposite(account, instrument, old, new)
    if new is not None and not new.quantity:
        new = None
    replaced = [new if row.exec_id == old.exec_id else row for row in fills]
    before = _replay(instrument, start, fills)
    after = _replay(instrument, start, [row for row in replaced if row is not None])
    _apply(account, instrument, held, before, after)
    start.fills -= new is None
    return after.realized.get(new.exec_id) if new is not None else None


def trade_of(instrument: Instrument, execution: Execution, sign: int = 1) -> Trade:
    """What an execution booked, or with sign -1 what undoes it."""
    signed = execution.quantity if execution.is_buy else -execution.quantity
    unit = unit_value(instrument, execution.price)
    return Trade(signed * sign, unit, execution.commission * sign, execution.currency)


def _since_start(executions: Sequence[Execution], like: Execution, count: int) -> list[Execution]:
    """The last `count` fills of a position that stand, each in the place of the one it corrects."""
    standing: dict[str, Execution] = {}
    for row in executions:
        if row.con_id == like.con_id and row.account == like.account:
            root = row.exec_id.rpartition(".")[0]
            standing[root] = row if root not in standing or not row.replaced_by else standing[root]
    rows = [row for row in standing.values() if not row.replaced_by and row.quantity]
    return rows[-count:] if count else []


def _replay(instrument: Instrument, start: PositionStart, fills: list[Execution]) -> _Replay:
    replay = _Replay(started(instrument.con_id, start))
    for row in fills:
        effect = move(replay.position, instrument, trade_of(instrument, row))
        replay.realized[row.exec_id] = effect.realized
        for currency, amount in effect.cash.items():
            replay.cash[currency] = replay.cash.get(currency, ZERO) + amount
    return replay


def _apply(account: Account, instrument: Instrument, held: Position, before: _Replay, after: _Replay) -> None:
    """Give the account the difference of two replays."""
    for currency in {**before.cash, **after.cash}:
        account.add_cash(currency, after.cash.get(currency, ZERO) - before.cash.get(currency, ZERO))
    if instrument.sec_type not in PAIRS:
        account.add_realized(instrument.currency, after.profit - before.profit)
    held.day_cash += after.position.day_cash - before.position.day_cash
    for name in ("quantity", "average_cost", "settled_value", "realized_pnl"):
        setattr(held, name, getattr(after.position, name))


def _opposite(account: Account, instrument: Instrument, old: Execution, new: Execution | None) -> Decimal | None:
    book(account, instrument, trade_of(instrument, old, -1))
    realized = book(account, instrument, trade_of(instrument, new)).realized if new is not None else None
    account.position(instrument.con_id).rebase()
    return realized
