"""Margin of short options: naked, covered by stock, or one leg of a spread.

A short option is covered by the cheapest thing at hand: stock for a call, else a long option on the same underlying
with the same right that does not expire before it; together they need what they can lose, the difference of strikes
where it goes against the account. What covers one option covers no other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.ledger import margin_rates as rates
from tws_simulator.ledger.accounts import AccountKind
from tws_simulator.ledger.holding import Holding
from tws_simulator.model import ZERO


@dataclass(slots=True)
class Cover:
    """What is left of an account's long positions to cover its short options: units by contract id."""

    units: dict[int, Decimal] = field(default_factory=dict)
    options: list[Instrument] = field(default_factory=list)

    @classmethod
    def of(cls, holdings: Iterable[Holding]) -> "Cover":
        """Everything that is held long."""
        rows = [row for row in holdings if row.position.quantity > 0]
        return cls(
            {row.instrument.con_id: row.position.quantity for row in rows},
            [row.instrument for row in rows if row.is_option],
        )

    def take(self, con_id: int, wanted: Decimal, each: Decimal = Decimal(1)) -> Decimal:
        """Use up to `wanted` times `each` units; how many times there were enough."""
        held = self.units.get(con_id, ZERO)
        taken = min(wanted, held // each)
        if taken:
            self.units[con_id] = held - taken * each
        return taken


def option_margin(holding: Holding, kind: AccountKind, cover: Cover) -> Decimal:
    """What a position in an option must hold, in its currency."""
    instrument, quantity = holding.instrument, holding.position.quantity
    if quantity > 0:
        return ZERO
    contracts = -quantity
    if instrument.right == "C":
        contracts -= cover.take(instrument.underlying, contracts, instrument.multiplier)
    if kind is AccountKind.CASH and instrument.right == "P":
        return contracts * _money(instrument, instrument.strike)
    naked = holding.mark + _naked(holding)
    spreads, contracts = _spreads(instrument, contracts, cover, naked)
    return spreads + contracts * naked


def _spreads(instrument: Instrument, contracts: Decimal, cover: Cover, naked: Decimal) -> tuple[Decimal, Decimal]:
    """Cover contracts by long options, the best first. What the spreads need, and the contracts that are left."""
    legs = [(_loss(instrument, row), row.con_id) for row in cover.options if contracts and _covers(row, instrument)]
    needed = ZERO
    for loss, con_id in sorted(legs):
        if loss < naked:
            taken = cover.take(con_id, contracts)
            needed += taken * loss
            contracts -= taken
    return needed, contracts


def _covers(long: Instrument, short: Instrument) -> bool:
    return (
        long.underlying == short.underlying
        and long.right == short.right
        and long.multiplier == short.multiplier
        and long.expiry >= short.expiry
    )


def _loss(short: Instrument, long: Instrument) -> Decimal:
    """What one spread can lose at most, not counting what was paid for it."""
    against = long.strike - short.strike if short.right == "C" else short.strike - long.strike
    return _money(short, max(against, ZERO))


def _naked(holding: Holding) -> Decimal:
    """What one short contract needs besides its price."""
    instrument = holding.instrument
    spot = holding.underlying or instrument.strike
    call = instrument.right == "C"
    out_of_the_money = max(instrument.strike - spot if call else spot - instrument.strike, ZERO)
    least = (spot if call else instrument.strike) * rates.OPTION_LEAST
    return _money(instrument, max(spot * rates.OPTION_SHARE - out_of_the_money, least))


def _money(instrument: Instrument, price: Decimal) -> Decimal:
    """A quoted price of one contract."""
    return price * instrument.multiplier / instrument.price_magnifier
