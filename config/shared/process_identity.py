"""Which process is which: a name that survives the reuse of numbers."""

import subprocess
import sys
from pathlib import Path


def identity(pid: int) -> str | None:
    """A text that names this very process, not a later one with its number; None when it is gone or a zombie."""
    if sys.platform.startswith("linux"):
        return _linux_identity(pid)
    ps = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    state, _, started = ps.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else started.strip()


def _linux_identity(pid: int) -> str | None:
    try:
        # the second field is the name in parentheses and may hold anything, spaces too
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    return None if fields[0] in "ZX" else f"{boot}:{fields[19]}"
