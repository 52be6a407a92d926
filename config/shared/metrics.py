"""How the processes of a desk share one directory of counters (prometheus_client's multiprocess mode)."""

import os
import socket
from pathlib import Path

from prometheus_client import values

_HOST = socket.gethostname().replace("_", "-")


def name_processes() -> None:
    """Name the counter files after host and process, before the first metric is made.

    prometheus_client names them by process id alone, and containers that share a volume all have the same ids.
    """
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        values.ValueClass = values.MultiProcessValue(process_identifier=process_name)


def process_name() -> str:
    """This process, unlike any other that shares the directory; prometheus_client allows no underscore."""
    return f"{_HOST}-{os.getpid()}"


def forget_dead_processes(directory: Path) -> None:
    """Delete the `live` gauges of processes of this host that are gone: nobody else will set them to zero."""
    for path in directory.glob(f"gauge_live*_{_HOST}-*.db"):
        pid = path.stem.rpartition("-")[2]
        if pid.isdigit() and not _is_running(int(pid)):
            path.unlink(missing_ok=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
