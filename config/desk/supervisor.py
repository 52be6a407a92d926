"""Start the processes of a desk in the order of their needs, watch them, and stop them in reverse."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.desk.console import Console
from config.desk.errors import DeskStartError
from config.desk.files import write_private
from config.desk.home import DeskHome
from config.desk.log_files import LogFile
from config.desk.managed_process import ManagedProcess
from config.desk.process_spec import ProcessSpec
from config.desk.trouble_page import TroublePage
from config.log_files import Trouble

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# `make` and the terminal may both pass on one Ctrl-C; only a later signal is a person losing patience
_IMPATIENCE_SECONDS = 1.0
_PARENT_POLL_SECONDS = 1.0
_LOGS_EVERY_SECONDS = 1.0


class Supervisor:
    """Runs one desk. `run` returns the exit code of the command."""

    def __init__(
        self,
        *,
        home: DeskHome,
        specs: Sequence[ProcessSpec],
        console: Console,
        log_dir: Path,
        url: str,
        on_ready: Callable[[], None],
        stop_with_parent: bool = False,
    ) -> None:
        """`on_ready` is called once, when every process is up; with `stop_with_parent` our parent's end is ours."""
        self._home, self._console, self._url, self._on_ready = home, console, url, on_ready
        self._parent = os.getppid() if stop_with_parent else None
        self._log = LogFile(log_dir, "desk")
        self._began = time.monotonic()
        self._started_at = datetime.now(UTC)
        self._stop = asyncio.Event()
        self._signalled_at: float | None = None
        self._ready = False
        self._status_is_old = False
        self._page = TroublePage(home.trouble_page)
        self._processes = {
            spec.name: ManagedProcess(
                spec, log=LogFile(log_dir, spec.name), console=console, say=self.say, changed=self.write_status
            )
            for spec in specs
        }

    def say(self, text: str, *, level: str = "info") -> None:
        """Tell the console, with the seconds since the start, and the desk's log."""
        self._log.event(text, level=level)
        self._console.child("desk", f"[{time.monotonic() - self._began:5.1f} s] {text}")

    async def run(self) -> int:
        """Bring everything up, stay until asked to stop or unable to start, bring everything down."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._asked_to_stop, number)
        lives = [asyncio.create_task(self._live(process)) for process in self._processes.values()]
        watchers = [
            asyncio.create_task(watching)
            for watching in (self._announce_ready(), self._watch_parent(), self._watch_logs())
        ]
        try:
            return await self._stay(lives)
        finally:
            await self._stop_all()
            for task in (*lives, *watchers):
                task.cancel()
            await asyncio.gather(*lives, *watchers, return_exceptions=True)
            self.write_status()
            self.say("stopped")
            self._close()

    def write_status(self) -> None:
        """Keep the file that `desk status` reads and the next start sweeps by. A full disk must not end the desk."""
        try:
            write_private(self._home.status_file, json.dumps(self.describe()), durable=False)
            self._status_is_old = False
        except OSError:
            self._status_is_old = True  # `_watch_logs` tries again

    def describe(self) -> dict[str, Any]:
        """The whole status, JSON-ready."""
        return {
            "ready": self._ready and all(process.is_up for process in self._processes.values()),
            "pid": os.getpid(),
            "url": self._url,
            "home": str(self._home.root),
            "started_at": self._started_at.isoformat(),
            "processes": [process.describe() for process in self._processes.values()],
        }

    async def _live(self, process: ManagedProcess) -> None:
        for name in process.spec.needs:
            await self._processes[name].is_ready.wait()
        if not self._stop.is_set():
            await process.live()

    async def _stay(self, lives: list["asyncio.Task[None]"]) -> int:
        """Wait for a signal or a process that cannot be started."""
        stop = asyncio.create_task(self._stop.wait())
        try:
            waiting: set[asyncio.Task[Any]] = {stop, *lives}
            while not stop.done():
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done - {stop}:
                    task.result()
            return 0
        except DeskStartError as error:
            self._log.event(str(error), level="error")
            self._console.line(f"desk: {error}")
            return 1
        finally:
            stop.cancel()

    async def _announce_ready(self) -> None:
        await asyncio.gather(*(process.is_ready.wait() for process in self._processes.values()))
        self._ready = True
        self.write_status()
        self._log.event("desk ready", url=self._url, seconds=round(time.monotonic() - self._began, 1))
        self._on_ready()

    async def _watch_parent(self) -> None:
        while self._parent is not None and not self._stop.is_set():
            if os.getppid() != self._parent:
                self.say("the process that started the desk has ended: stopping", level="warning")
                self._stop.set()
            await asyncio.sleep(_PARENT_POLL_SECONDS)

    async def _watch_logs(self) -> None:
        """Tell `/health` of logs that cannot be written, and notice that they can again though nobody says a word."""
        in_trouble = False
        while True:
            for log in self._logs():
                log.retry()
            troubles = [log.trouble for log in self._logs() if log.trouble is not None]
            self._page.say(troubles)
            if bool(troubles) != in_trouble:
                in_trouble = bool(troubles)
                self.say(_about_logs(troubles), level="error" if in_trouble else "warning")
            if self._status_is_old:
                self.write_status()
            await asyncio.sleep(_LOGS_EVERY_SECONDS)

    def _logs(self) -> list[LogFile]:
        return [self._log, *(process.log for process in self._processes.values())]

    def _asked_to_stop(self, number: signal.Signals) -> None:
        now = time.monotonic()
        if self._signalled_at is None:
            self._signalled_at = now
            self.say(f"{signal.Signals(number).name}: stopping (once more to kill)")
            self._stop.set()
        elif now - self._signalled_at > _IMPATIENCE_SECONDS:
            self.say("killing what is left", level="warning")
            for process in self._processes.values():
                process.kill()

    async def _stop_all(self) -> None:
        """Each process once those that need it are gone."""
        self._stop.set()
        self._ready = False
        gone = {name: asyncio.Event() for name in self._processes}

        async def stop_one(process: ManagedProcess) -> None:
            users = [name for name, other in self._processes.items() if process.spec.name in other.spec.needs]
            for name in users:
                await gone[name].wait()
            await process.stop()
            gone[process.spec.name].set()

        await asyncio.gather(*(stop_one(process) for process in self._processes.values()))

    def _close(self) -> None:
        for log in self._logs():
            log.close()


def _about_logs(troubles: Sequence[Trouble]) -> str:
    if not troubles:
        return "logs are written again"
    first = troubles[0]
    return f"cannot write {first.path}: {first.reason}; the desk goes on without"
