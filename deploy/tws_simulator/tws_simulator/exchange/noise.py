"""Random numbers that are a pure function of their key, and a price path made of them."""

import hashlib
import math
from functools import lru_cache
from statistics import NormalDist

_SECONDS_PER_YEAR = 365.25 * 86_400
_FINEST = 4.0  # seconds
_OCTAVES = 23  # 4 s doubled 22 times is about 190 days
_NORMAL = NormalDist()
_EPS = 1e-12
# Makes the variance of the change over a time t equal to t, measured for t from a minute to twenty days.
_CALIBRATION = 0.46
# Frequency and size of each wave, the finest first.
_WAVES = [
    (1 / (_FINEST * 2**octave), math.sqrt(_FINEST * 2**octave / _SECONDS_PER_YEAR) * _CALIBRATION)
    for octave in range(_OCTAVES)
]


def unit(*key: object) -> float:
    """A number in [0, 1) that depends on the key alone."""
    digest = hashlib.blake2b(repr(key).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


@lru_cache(maxsize=32_768)
def _knot(seed: int, con_id: int, octave: int, index: int) -> float:
    return _NORMAL.inv_cdf(min(max(unit(seed, con_id, octave, index), _EPS), 1 - _EPS))


def log_return(seed: int, con_id: int, volatility: float, seconds: float) -> float:
    """Logarithm of price over reference price at a moment (seconds since the epoch).

    The path is a sum of smooth random waves of doubling length whose size grows with the square root of their
    length, which looks like a Brownian path of the given yearly volatility from seconds to months, yet stays near
    its reference over years and can be asked at any moment in any order.
    """
    stretches = _stretches(seed, con_id)
    total = 0.0
    for octave, (frequency, weight) in enumerate(_WAVES):
        position = seconds * frequency
        index = math.floor(position)
        known = stretches[octave]
        if known[0] != index:
            left, right = _knot(seed, con_id, octave, index), _knot(seed, con_id, octave, index + 1)
            known = stretches[octave] = (index, left * weight, (right - left) * weight)
        blend = position - index
        total += known[1] + known[2] * blend * blend * (3 - 2 * blend)
    return total * volatility


@lru_cache(maxsize=4096)
def _stretches(seed: int, con_id: int) -> list[tuple[int, float, float]]:
    """The last used stretch of each wave: its number, value at its start, and rise. Only a cache."""
    return [(-1, 0.0, 0.0)] * _OCTAVES
