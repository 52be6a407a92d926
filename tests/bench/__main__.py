"""Measure a desk of its own and the simulator by itself, and write the results."""

import shutil
import sys
import tempfile
from pathlib import Path

from tests.bench.paths import measure
from tests.bench.report import write
from tests.bench.simulator import measure_simulator
from tests.bench.sockets import measure_sockets
from tests.fixtures.desk import RunningDesk


def main() -> int:
    """Exit code 0 when everything could be measured; how fast it was decides nothing."""
    root = Path(tempfile.mkdtemp(prefix="desk-bench-"))
    environment = {"API_RATE_USER": "100000/min", "API_RATE_ORDERS": "100000/min", "LOG_LEVEL": "WARNING"}
    desk = RunningDesk(root / "home", **environment)
    try:
        desk.start()
        results = [*measure(desk), *measure_sockets(desk)]
        desk.stop()
        write([*results, *measure_simulator()])
    finally:
        if desk.returncode is None:
            desk.stop()
        shutil.rmtree(root, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
