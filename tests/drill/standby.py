"""A second gateway process that stands by, as on another machine: the supervisor of the desk knows nothing of it."""

import asyncio
import contextlib
import signal
import subprocess
import sys

from config.desk.home import REPOSITORY
from tests.fixtures.desk import RunningDesk

_PAUSE = 1.5


class Standby:
    """Started again whenever it ends, until closed."""

    def __init__(self, desk: RunningDesk) -> None:
        self._desk = desk
        self._process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    @property
    def pid(self) -> int | None:
        """Of the process, None while there is none."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    async def run(self) -> None:
        """Keep one alive until cancelled."""
        try:
            while True:
                if self.pid is None:
                    self._start()
                await asyncio.sleep(_PAUSE)
        finally:
            self.close()

    def _start(self) -> None:
        with (self._desk.home.parent / "standby.out").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "run_gateway"],
                cwd=REPOSITORY,
                env={**self._desk.environment, "DESK_PROCESS": "standby"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.starts += 1

    def close(self) -> None:
        """End it."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=10)
            return
        self._process.kill()
        self._process.wait(timeout=10)
