"""What the supervisor must know of one process: how to start and stop it, and when it is ready."""

import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from config.desk.probes import Probe, lives


async def nothing() -> None:
    """No preparation."""


@dataclass(frozen=True)
class ProcessSpec:
    """One row of the table of processes. Times are in seconds."""

    name: str
    command: Callable[[], list[str]]
    environment: Mapping[str, str]
    needs: tuple[str, ...] = ()
    prepare: Callable[[], Awaitable[None]] = nothing
    ready: Probe = lives
    ready_timeout: float = 60.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout: float = 15.0
    one_shot: bool = False
    echo: bool = True
