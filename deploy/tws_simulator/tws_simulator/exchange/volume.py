"""How much is usually traded."""

import math
from collections.abc import Iterator

from tws_simulator.exchange.depth import lot_of
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.noise import unit

_HOUR = 3600.0
_ALL_DAY, _REGULAR_DAY = 86_400.0, 23_400.0
_OPTIONS = {"OPT", "FOP"}


def daily_volume(seed: int, instrument: Instrument) -> int:
    """Units traded on a usual day; for options without a figure of their own it is drawn."""
    if instrument.daily_volume or instrument.sec_type not in _OPTIONS:
        return instrument.daily_volume
    return int(20 * math.exp(5.5 * unit(seed, instrument.con_id, "daily volume")))


def open_interest(seed: int, instrument: Instrument) -> int:
    """Contracts of a derivative that are open: some days of its volume."""
    return int(daily_volume(seed, instrument) * (2 + 10 * unit(seed, instrument.con_id, "open interest")))


def usual_volume(seed: int, instrument: Instrument, start: float, end: float, *, always_open: bool) -> float:
    """Units traded between two moments (seconds since the epoch), more in some hours than in others.

    Parts add up to the whole.
    """
    rate = daily_volume(seed, instrument) / (_ALL_DAY if always_open else _REGULAR_DAY)
    return sum(
        rate * (upto - since) * (0.6 + 0.8 * unit(seed, instrument.con_id, hour, "volume"))
        for hour, since, upto in _hours(start, end)
    )


def in_lots(instrument: Instrument, volume: float) -> int:
    """Rounded down to round lots."""
    lot = lot_of(instrument)
    return int(volume / lot) * lot


def _hours(start: float, end: float) -> Iterator[tuple[int, float, float]]:
    at = start
    while at < end:
        hour = int(at // _HOUR)
        upto = min(end, (hour + 1) * _HOUR)
        yield hour, at, upto
        at = upto
