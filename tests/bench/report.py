"""One result a line, and all of them in `docs/results/bench.json`."""

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "results" / "bench.json"


@dataclass(frozen=True)
class Result:
    """A figure beside the floor that was measured with it; `ratio` is value by floor."""

    name: str
    value: float
    unit: str
    floor: float
    ratio: float

    @classmethod
    def of(cls, name: str, value: float, unit: str, floor: float) -> "Result":
        """Rounded to what such a measurement can tell."""
        return cls(name, round(value, 4), unit, round(floor, 4), round(value / floor, 2))


def milliseconds(job: Callable[[], object], *, times: int, warm_up: int = 5) -> float:
    """Median of one call, in milliseconds."""
    for _ in range(warm_up):
        job()
    samples = []
    for _ in range(times):
        began = time.perf_counter()
        job()
        samples.append((time.perf_counter() - began) * 1000)
    return statistics.median(samples)


def write(results: list[Result]) -> None:
    """Print and keep."""
    for result in results:
        print(json.dumps(asdict(result)), flush=True)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    rows = ",\n".join(f"  {json.dumps(asdict(result))}" for result in results)
    RESULTS.write_text(f"[\n{rows}\n]\n")
