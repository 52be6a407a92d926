"""Seconds that neither a stepped clock, a frozen process nor a suspended machine can hide."""

import time

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def steady() -> float:
    """Of a clock that runs on while the machine is suspended, where the system has one (Linux)."""
    return time.clock_gettime(_CLOCK)
