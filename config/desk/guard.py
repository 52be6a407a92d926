"""Run a command that may not outlive its parent, where `setpriv --pdeathsig` does not exist.

Used as a script: `python -I -S guard.py SIGNAL command…`. Standard library only; Linux asks the kernel,
other systems watch the parent.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.5
_PATIENCE_SECONDS = 8.0


def main(death_signal: int, command: list[str]) -> int:
    """Become the command (Linux) or stand between it and its parent; returns its exit code."""
    parent = os.getppid()
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:
            return 1
        os.execvp(command[0], command)  # noqa: S606  replacing this process is the purpose
    return _watch(parent, death_signal, command)


def _watch(parent: int, death_signal: int, command: list[str]) -> int:
    child = subprocess.Popen(command)  # noqa: S603  the supervisor's own command
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: child.send_signal(received))
    killed_at = None
    while (code := child.poll()) is None:
        if killed_at is None and os.getppid() != parent:
            child.send_signal(death_signal)
            killed_at = time.monotonic()
        elif killed_at is not None and time.monotonic() - killed_at > _PATIENCE_SECONDS:
            child.kill()
        time.sleep(_POLL_SECONDS)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
