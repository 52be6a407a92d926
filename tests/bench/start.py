"""How long a start takes."""

import time

from tests.bench.measure import Result, result
from tests.fixtures.desk import RunningDesk
from tests.fixtures.embedded import EmbeddedServers


def warm_start(desk: RunningDesk, floor_seconds: float) -> Result:
    """From the command to the ready line, beside the embedded servers alone."""
    desk.stop()
    desk.start()
    return result("warm_start", desk.seconds_to_ready, floor_seconds, unit="s")


def servers_alone(servers: EmbeddedServers) -> float:
    """Seconds to start PostgreSQL and Redis on existing data."""
    servers.start()
    servers.stop()
    began = time.perf_counter()
    again = EmbeddedServers(servers.home).start()
    spent = time.perf_counter() - began
    again.stop()
    return spent
