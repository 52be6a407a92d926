"""What stands in an order book behind the best prices."""

from decimal import Decimal

from tws_simulator.exchange.instruments import VENUES, Instrument
from tws_simulator.exchange.noise import unit
from tws_simulator.exchange.quote import Level

_SLOTS = 4  # sizes behind the quote change once a second
_GROWTH = 0.45  # how much more each further level shows, as a share of the typical size at the touch
_LOTS = {"STK": 100, "CASH": 100_000}


def lot_of(instrument: Instrument) -> int:
    """The units in which others show and trade: shares, contracts or units of a currency."""
    return _LOTS.get(instrument.sec_type, 1)


def ladder(
    seed: int, instrument: Instrument, best: Level, slot: int, rows: int, *, side: str, factor: float
) -> tuple[Level, ...]:
    """The levels of one side, the given best one first; each a tick or more further away and, on average, larger.

    `side` is `bid` or `ask`. A function of its arguments alone. Fewer levels come back where prices end.
    """
    levels = [best]
    direction = -1 if side == "bid" else 1
    typical = _typical_lots(instrument)
    price = best.price
    for row in range(1, rows):
        draw = unit(seed, instrument.con_id, slot // _SLOTS, side, row)
        tick = instrument.tick_at(price)
        price += direction * tick * (1 + int(draw * draw * 3))
        if price <= 0:
            break
        lots = 1 + int(typical * (1 + _GROWTH * row) * (0.6 + 0.8 * draw))
        size = Decimal(int(lots * lot_of(instrument) * factor))
        levels.append(Level(price, size, _venue(seed, instrument, slot, side, row)))
    return tuple(levels)


def _typical_lots(instrument: Instrument) -> int:
    return max(2, int((instrument.daily_volume / lot_of(instrument) / 10_000) ** 0.5))


def _venue(seed: int, instrument: Instrument, slot: int, side: str, row: int) -> str:
    if instrument.sec_type != "STK":
        return instrument.primary_exchange
    return VENUES[int(unit(seed, instrument.con_id, slot // _SLOTS, side, row, "venue") * len(VENUES))]
