"""Measuring and writing down."""

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from config.desk.home import REPOSITORY

RESULTS = REPOSITORY / "docs" / "results" / "bench.json"


@dataclass(frozen=True)
class Result:
    """One benchmark. `floor` is the least the same work could cost here, in the same unit."""

    name: str
    value: float
    unit: str
    floor: float
    ratio: float


def result(name: str, value: float, floor: float, *, unit: str = "ms") -> Result:
    """Round to what the clock can tell."""
    return Result(name, round(value, 3), unit, round(floor, 3), round(value / floor, 2))


def median_ms(work: Callable[[], object], *, times: int, warm_up: int = 20) -> float:
    """Median milliseconds of one call."""
    for _ in range(warm_up):
        work()
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return statistics.median(spent) * 1000


def write(results: list[Result], path: Path = RESULTS) -> None:
    """One JSON object a line to stdout, all of them to docs/results/bench.json."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(row) for row in results], indent=1) + "\n")


def show(row: Result) -> Result:
    """Print one."""
    print(json.dumps(asdict(row)), flush=True)
    return row
