"""The life of one process: start, probe, watch, restart with back-off, stop."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

from config.desk.console import Console
from config.desk.errors import DeskStartError
from config.desk.home import REPOSITORY
from config.desk.log_files import LogFile
from config.desk.operating_system import identity
from config.desk.probes import NotReady, Running
from config.desk.process_spec import ProcessSpec

_PROBE_EVERY = 0.1
_FIRST_DELAY, _LONGEST_DELAY = 0.5, 30.0
_CALM_SECONDS = 60.0
_ATTEMPTS_AT_START = 3
_LONGEST_LINE = 100_000


class Say(Protocol):
    """Tells people at the console and the desk's own log."""

    def __call__(self, text: str, *, level: str = "info") -> None:
        """One sentence."""


class State(StrEnum):
    """What `desk status` says of a process."""

    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    DONE = "done"
    BACKOFF = "backoff"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


class ManagedProcess:
    """One row of the table, alive."""

    def __init__(
        self, spec: ProcessSpec, *, log: LogFile, console: Console, say: Say, changed: Callable[[], None]
    ) -> None:
        """`say(text, level=…)` tells the people at the console; `changed()` is called at each change of state."""
        self.spec = spec
        self.log = log
        self.state = State.WAITING
        self.restarts = 0
        self.identity: str | None = None
        self.is_ready = asyncio.Event()
        self.has_ended = asyncio.Event()
        self._console = console
        self._say = say
        self._changed = changed
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False

    @property
    def pid(self) -> int | None:
        """Of the running process, or None."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def is_up(self) -> bool:
        """Whether it is as it should be now."""
        return self.state in (State.READY, State.DONE)

    def describe(self) -> dict[str, Any]:
        """The row of `desk status --json`."""
        return {
            "name": self.spec.name,
            "pid": self.pid,
            "state": str(self.state),
            "restarts": self.restarts,
            "identity": self.identity if self.pid else None,
        }

    async def live(self) -> None:
        """Run until stopped. Raises DeskStartError when it cannot be brought up for the first time."""
        delay, failures = _FIRST_DELAY, 0
        try:
            while not self._stopping:
                began = time.monotonic()
                ending = await self._attempt()
                if self._stopping or self.state is State.DONE:
                    return
                if not self.is_ready.is_set():
                    failures += 1
                    if self.spec.one_shot or failures >= _ATTEMPTS_AT_START:
                        self._enter(State.FAILED)
                        raise DeskStartError(self._failure(ending))
                delay = _FIRST_DELAY if time.monotonic() - began > _CALM_SECONDS else delay
                await self._back_off(ending, delay)
                delay = min(delay * 2, _LONGEST_DELAY)
        finally:
            self.has_ended.set()

    async def stop(self) -> None:
        """End it, gently within its time and then not; returns when it is gone."""
        self._stopping = True
        if self.pid is None:
            self._enter(State.STOPPED if self.state is not State.DONE else State.DONE)
            return
        self._enter(State.STOPPING)
        self._signal(self.spec.stop_signal)
        try:
            await asyncio.wait_for(self.has_ended.wait(), self.spec.stop_timeout)
        except TimeoutError:
            self._say(f"{self.spec.name} does not stop, killing it", level="warning")
            self.kill()
            await self.has_ended.wait()
        self._enter(State.STOPPED)

    def kill(self) -> None:
        """End it and all it started, at once."""
        if self._process is not None and self._process.returncode is None:
            _kill_group(self._process.pid)

    async def _attempt(self) -> str:
        """One life; returns how it ended. Once the desk has been up, nothing that fails here may take it down."""
        try:
            return await self._run_once()
        except Exception as error:
            if not self.is_ready.is_set():
                raise
            return f"cannot start: {error}"

    async def _run_once(self) -> str:
        """Prepare, start, probe and wait for the end; returns how it ended, empty for a success."""
        self._enter(State.STARTING)
        began = time.monotonic()
        await self.spec.prepare()
        if self._stopping:
            return ""
        process, output = await self._spawn()
        self._process, self.identity = process, identity(process.pid)
        self._enter(State.STARTING)
        reader = asyncio.create_task(self._read_output(output))
        ended = asyncio.create_task(process.wait())
        remark = ""
        try:
            if not self.spec.one_shot:
                remark = await self._become_ready(process, ended, began)
            await ended
        finally:
            ended.cancel()
            self.kill()
            _kill_group(process.pid)  # what a killed process may have left behind
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(reader), 2)
            reader.cancel()
        if self.spec.one_shot and process.returncode == 0:
            self._enter(State.DONE)
            self.is_ready.set()
            self._say(f"{self.spec.name} done in {time.monotonic() - began:.1f} s")
            return ""
        return remark or _how_it_ended(process.returncode)

    async def _spawn(self) -> tuple[asyncio.subprocess.Process, asyncio.StreamReader]:
        """Start it with a pipe of our own: asyncio's would hold back its end until its children have ended too."""
        read_end, write_end = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *self.spec.command(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write_end,
                stderr=write_end,
                env=dict(self.spec.environment),
                cwd=REPOSITORY,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops in order
            )
        except OSError as error:
            os.close(read_end)
            raise DeskStartError(f"cannot start {self.spec.name}: {error}") from error
        finally:
            os.close(write_end)
        output = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(output), os.fdopen(read_end, "rb", buffering=0)
        )
        return process, output

    async def _become_ready(self, process: asyncio.subprocess.Process, ended: "asyncio.Task[int]", began: float) -> str:
        """Probe until ready; returns why it never was, empty when it is or has ended by itself."""
        running = Running(pid=process.pid, started_at=datetime.now(UTC))
        missing = "no answer"
        while not ended.done() and not self._stopping:
            try:
                remark = await self.spec.ready(running)
            except NotReady as reason:
                missing = str(reason)
            except Exception as error:
                # what it asks may itself be down in a way no probe has thought of
                missing = f"the probe failed: {error!r}"
            else:
                if not ended.done():
                    self._came_up(time.monotonic() - began, remark)
                return ""
            if running.age > self.spec.ready_timeout:
                self.kill()
                return f"was not ready within {self.spec.ready_timeout:.0f} s: {missing}"
            await asyncio.wait([ended], timeout=_PROBE_EVERY)
        return ""

    def _came_up(self, seconds: float, remark: str) -> None:
        self._enter(State.READY)
        self.is_ready.set()
        again = " again" if self.restarts else ""
        self._say(f"{self.spec.name} ready{again} in {seconds:.1f} s{': ' + remark if remark else ''}")

    async def _back_off(self, ending: str, delay: float) -> None:
        self._enter(State.BACKOFF)
        self._say(f"{self.spec.name} {ending}; starting it again in {delay:.1f} s", level="error")
        until = time.monotonic() + delay
        while time.monotonic() < until and not self._stopping:
            await asyncio.sleep(0.05)
        self.restarts += 1

    async def _read_output(self, output: asyncio.StreamReader) -> None:
        """Pass lines on; a line of any length is cut, never refused."""
        rest = b""
        while chunk := await output.read(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > _LONGEST_LINE:
                lines, rest = [*lines, rest], b""
            for line in lines:
                self._pass_on(line)
        if rest:
            self._pass_on(rest)

    def _pass_on(self, raw: bytes) -> None:
        line = raw.decode("utf-8", "replace").rstrip("\r")
        self.log.write(line)
        if self.spec.echo:
            self._console.child(self.spec.name, line)

    def _failure(self, ending: str) -> str:
        tail = "\n".join(f"    {line}" for line in self.log.tail)
        return f"{self.spec.name} {ending or 'failed'}" + (f"; its last words:\n{tail}" if tail else "")

    def _enter(self, state: State) -> None:
        self.state = state
        self._changed()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _how_it_ended(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return f"was killed by {signal.Signals(-code).name}"
    return f"ended with code {code}"
