"""The supervisor with small real processes: order, readiness, restarts, stopping."""

import asyncio
import io
import json
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from config.desk import managed_process
from config.desk.console import Console
from config.desk.home import DeskHome
from config.desk.operating_system import identity
from config.desk.probes import NotReady, Probe, Running
from config.desk.process_spec import ProcessSpec
from config.desk.supervisor import Supervisor

FOREVER = "import time; print('working', flush=True); time.sleep(600)"
Script = Callable[["Stage"], Awaitable[None]]


class Stage:
    """A supervisor with what it printed, and a script of what happens while it runs."""

    def __init__(self, directory: Path, specs: list[ProcessSpec]) -> None:
        self.home = DeskHome(directory / "home")
        self.home.create()
        self.stream = io.StringIO()
        self.console = Console(self.stream)
        self.ready = asyncio.Event()
        self.logs = directory / "logs"
        self.supervisor = Supervisor(
            home=self.home,
            specs=specs,
            console=self.console,
            log_dir=self.logs,
            url="http://127.0.0.1:1",
            on_ready=self.ready.set,
        )

    async def play(self, script: Script | None = None) -> int:
        """Run until the script has ended the desk, or until it fails by itself."""
        run = asyncio.create_task(self.supervisor.run())
        try:
            if script is not None:
                await asyncio.wait_for(script(self), 30)
            return await asyncio.wait_for(run, 30)
        finally:
            self.console.close()

    @property
    def output(self) -> str:
        return self.stream.getvalue()

    def status(self, name: str) -> dict[str, Any]:
        rows = json.loads(self.home.status_file.read_text())["processes"]
        return next(row for row in rows if row["name"] == name)

    async def until(self, check: Callable[[], Any]) -> None:
        until = time.monotonic() + 15
        while not check():
            assert time.monotonic() < until, self.output
            await asyncio.sleep(0.02)


@pytest.fixture(autouse=True)
def quick_back_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(managed_process, "_FIRST_DELAY", 0.05)


def spec(name: str, code: str = FOREVER, **more: Any) -> ProcessSpec:
    environment = {"PATH": os.environ["PATH"]}
    return ProcessSpec(name=name, command=lambda: [sys.executable, "-u", "-c", code], environment=environment, **more)


def stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


async def test_starts_in_the_order_of_needs_and_stops_in_reverse(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    code = (
        "import signal, sys, time, pathlib\n"
        f"trace = pathlib.Path({str(trace)!r}).open('a')\n"
        "def end(*_):\n    trace.write('-' + NAME + '\\n'); trace.flush(); time.sleep(0.1); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "trace.write('+' + NAME + '\\n'); trace.flush()\n"
        "time.sleep(600)\n"
    )

    def traced(name: str, needs: tuple[str, ...] = ()) -> ProcessSpec:
        async def ready(_running: Running) -> str:
            if not trace.exists() or f"+{name}\n" not in trace.read_text():
                raise NotReady("no trace yet")
            return ""

        return spec(name, f"NAME = {name!r}\n{code}", needs=needs, ready=ready)

    stage = Stage(tmp_path, [traced("web", ("database",)), traced("database", ("disk",)), traced("disk")])

    async def script(stage: Stage) -> None:
        await stage.ready.wait()
        stop()

    assert await stage.play(script) == 0
    assert trace.read_text().split() == ["+disk", "+database", "+web", "-web", "-database", "-disk"]


async def test_a_killed_process_is_restarted_and_said(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [spec("web")])

    async def script(stage: Stage) -> None:
        await stage.ready.wait()
        first = stage.status("web")["pid"]
        os.kill(first, signal.SIGKILL)
        await stage.until(lambda: stage.status("web")["restarts"] == 1 and stage.status("web")["state"] == "ready")
        assert stage.status("web")["pid"] != first
        stop()

    assert await stage.play(script) == 0
    assert "web was killed by SIGKILL; starting it again in 0.1 s" in stage.output
    assert "web ready again" in stage.output


async def test_what_a_killed_process_started_goes_with_it(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {FOREVER!r}])\n"
        "print('child', child.pid)\n"
        "time.sleep(600)\n"
    )
    stage = Stage(tmp_path, [spec("web", code)])
    grandchildren: list[int] = []

    async def script(stage: Stage) -> None:
        await stage.until(lambda: "child" in stage.output and "working" in stage.output)
        grandchildren.append(int(stage.output.split("child ")[1].split()[0]))
        os.kill(stage.status("web")["pid"], signal.SIGKILL)
        await stage.until(lambda: identity(grandchildren[0]) is None)
        stop()

    assert await stage.play(script) == 0


async def test_a_process_that_cannot_start_ends_the_desk_with_its_last_words(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [spec("web"), spec("worker", "print('no such broker'); raise SystemExit(4)", ready=never)])
    assert await stage.play() == 1
    assert "desk: worker ended with code 4; its last words:" in stage.output
    assert "    no such broker" in stage.output
    assert stage.status("web")["pid"] is None


async def never(_running: Running) -> str:
    raise NotReady("the door is closed")


async def test_what_never_becomes_ready_is_said_with_what_was_missing(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [spec("web", ready=never, ready_timeout=0.3)])
    assert await stage.play() == 1
    assert "was not ready within 0 s: the door is closed" in stage.output


async def test_a_probe_that_breaks_is_asked_again_and_takes_nobody_down(tmp_path: Path) -> None:
    """Found by the drill: Redis was killed while the worker's probe waited for its answer, and the desk ended."""
    calls: list[int] = []

    async def breaks_once(_running: Running) -> str:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("the server it asked has gone")
        return ""

    stage = Stage(tmp_path, [spec("worker", ready=breaks_once), spec("web")])

    async def script(stage: Stage) -> None:
        await stage.ready.wait()
        stop()

    assert await stage.play(script) == 0
    assert len(calls) == 2


async def test_what_cannot_be_prepared_again_is_tried_until_it_can(tmp_path: Path) -> None:
    times: list[int] = []

    async def prepare() -> None:
        times.append(1)
        if len(times) == 2:
            raise OSError(28, "No space left on device")

    stage = Stage(tmp_path, [spec("postgres", prepare=prepare), spec("web")])

    async def script(stage: Stage) -> None:
        await stage.ready.wait()
        os.kill(stage.status("postgres")["pid"], signal.SIGKILL)
        await stage.until(lambda: stage.status("postgres")["restarts"] == 2 and stage.status("postgres")["pid"])
        stop()

    assert await stage.play(script) == 0
    assert "postgres cannot start: [Errno 28] No space left on device; starting it again" in stage.output


async def test_a_failed_step_stops_the_start_at_once(tmp_path: Path) -> None:
    started = tmp_path / "started"
    later = spec("web", f"open({str(started)!r}, 'w').close()", needs=("database",))
    stage = Stage(tmp_path, [spec("database", "raise SystemExit('no space left')", one_shot=True), later])
    assert await stage.play() == 1
    assert "database ended with code 1" in stage.output
    assert not started.exists()


async def test_a_step_is_done_once_and_lets_the_others_go_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [spec("database", "print('migrated')", one_shot=True), spec("web", needs=("database",))])

    async def script(stage: Stage) -> None:
        await stage.ready.wait()
        assert stage.status("database")["state"] == "done"
        assert json.loads(stage.home.status_file.read_text())["ready"] is True
        stop()

    assert await stage.play(script) == 0
    assert stage.output.count("migrated") == 1


async def test_a_process_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    stage = Stage(tmp_path, [spec("web", deaf, stop_timeout=0.3)])

    async def script(stage: Stage) -> None:
        await stage.until(lambda: "deaf" in stage.output)
        stop()

    assert await stage.play(script) == 0
    assert "web does not stop, killing it" in stage.output


async def test_a_second_impatient_signal_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.desk.supervisor._IMPATIENCE_SECONDS", 0.1)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    stage = Stage(tmp_path, [spec("web", deaf, stop_timeout=60)])

    async def script(stage: Stage) -> None:
        await stage.until(lambda: "deaf" in stage.output)
        stop()
        await asyncio.sleep(0.3)
        stop()

    assert await stage.play(script) == 0
    assert "killing what is left" in stage.output


async def test_a_refused_preparation_after_the_start_is_tried_again(tmp_path: Path) -> None:
    attempts: list[int] = []

    async def prepare() -> None:
        attempts.append(1)
        if len(attempts) == 2:
            raise managed_process.DeskStartError("the disk is full")

    stage = Stage(tmp_path, [spec("web", prepare=prepare)])

    async def script(stage: Stage) -> None:
        await stage.ready.wait()
        os.kill(stage.status("web")["pid"], signal.SIGKILL)
        await stage.until(lambda: len(attempts) == 3 and stage.status("web")["state"] == "ready")
        stop()

    assert await stage.play(script) == 0
    assert "web cannot start: the disk is full" in stage.output


async def test_a_program_that_does_not_exist_is_a_clear_error(tmp_path: Path) -> None:
    missing = ProcessSpec(name="web", command=lambda: ["/no/such/program"], environment={})
    stage = Stage(tmp_path, [missing])
    assert await stage.play() == 1
    assert "desk: cannot start web: [Errno 2]" in stage.output


async def test_lines_of_any_length_and_bytes_of_any_kind_pass(tmp_path: Path) -> None:
    code = "import os; os.write(1, b'x' * 300_000 + b'\\nd\\xe9j\\xe0\\nlast words')"
    stage = Stage(tmp_path, [spec("step", code, one_shot=True)])

    async def script(stage: Stage) -> None:
        await stage.ready.wait()
        stop()

    assert await stage.play(script) == 0
    log = (stage.logs / "step.log").read_text()
    assert log.count("x") == 300_000
    assert log.endswith("d\N{REPLACEMENT CHARACTER}j\N{REPLACEMENT CHARACTER}\nlast words\n")


async def test_a_remark_of_a_probe_is_said(tmp_path: Path) -> None:
    async def remark(_running: Running) -> str:
        return "not connected to IB"

    probe: Probe = remark
    stage = Stage(tmp_path, [spec("gateway", ready=probe)])

    async def script(stage: Stage) -> None:
        await stage.ready.wait()
        stop()

    assert await stage.play(script) == 0
    assert "gateway ready in 0.0 s: not connected to IB" in stage.output or ": not connected to IB" in stage.output
