"""Which price process an instrument has had since when."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tws_simulator.exchange.processes.base import Process

MAX_SEGMENTS = 200


@dataclass(frozen=True, slots=True)
class Segment:
    """A process from a moment on (seconds since the epoch). `chosen` tells those that somebody asked for."""

    since: float
    process: Process
    chosen: bool


@dataclass(slots=True)
class Timeline:
    """The processes of one instrument: its own one (`base`), then those that took over, in order of time."""

    base: Process
    segments: list[Segment] = field(default_factory=list)

    @property
    def running(self) -> Process:
        """The newest process."""
        return self.segments[-1].process if self.segments else self.base

    @property
    def chosen(self) -> Process | None:
        """The newest process if somebody asked for it."""
        return self.segments[-1].process if self.segments and self.segments[-1].chosen else None

    def at(self, seconds: float) -> Process:
        """The process at a moment."""
        for segment in reversed(self.segments):
            if segment.since <= seconds:
                return segment.process
        return self.base

    def add(self, since: float, process: Process, *, chosen: bool) -> None:
        """Let a process take over. One that would begin at the same moment is replaced."""
        self.segments = [row for row in self.segments if row.since < since][-MAX_SEGMENTS:]
        self.segments.append(Segment(since, process, chosen))

    def pieces(self, start: float, end: float) -> Iterator[tuple[Process, float, float]]:
        """The processes between two moments, each with its part of the time."""
        at, process = start, self.at(start)
        for segment in self.segments:
            if start < segment.since < end:
                yield process, at, segment.since
                at, process = segment.since, segment.process
        yield process, at, end
