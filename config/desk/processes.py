"""The table of processes: what a desk on one machine consists of, in which order, and how each shows it is ready."""

import shutil
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from config.desk import probes
from config.desk.embedded_postgres import EmbeddedPostgres
from config.desk.embedded_redis import EmbeddedRedis
from config.desk.environment import LOOPBACK, Embedded, gateways_of, port_of
from config.desk.home import DeskHome, private_directory
from config.desk.process_spec import ProcessSpec
from config.desk.spawn import bound_to_parent
from config.desk.static_files import are_current

# a simulator of ours connects in a moment; a real IB Gateway may be logged out for hours
_SIMULATOR_PATIENCE, _IB_PATIENCE = 60.0, 10.0


def desk_processes(home: DeskHome, env: Mapping[str, str], embedded: Embedded) -> list[ProcessSpec]:
    """All rows; `env` is the complete environment from `desk_environment`."""
    rows = []
    if embedded.postgres:
        rows.append(_postgres(home))
    if embedded.redis:
        rows.append(_redis(home))
    if embedded.simulator:
        rows.append(_simulator(home, env))
    if not are_current(home):
        rows.append(_one_shot("static", ["desk", "static"], env))
    rows.append(_one_shot("database", ["desk", "database"], env, needs=("postgres",)))
    names = ["gateway", *(f"gateway-{number}" for number in range(2, gateways_of(env) + 1))]
    rows += [_gateway(name, env, embedded) for name in names]
    rows += [_worker(env), _beat(home, env), _web(env)]
    return _with_known_needs(rows)


def _with_known_needs(rows: list[ProcessSpec]) -> list[ProcessSpec]:
    """Nobody waits for what is not started here: a server elsewhere, assets that are up to date."""
    known = {row.name for row in rows}
    return [_replace_needs(row, tuple(name for name in row.needs if name in known)) for row in rows]


def _replace_needs(row: ProcessSpec, needs: tuple[str, ...]) -> ProcessSpec:
    return ProcessSpec(**{**row.__dict__, "needs": needs})


def _postgres(home: DeskHome) -> ProcessSpec:
    server = EmbeddedPostgres(home)
    return ProcessSpec(
        name="postgres",
        command=server.command,
        environment=server.environment,
        prepare=server.prepare,
        ready=probes.server_answers(server.check_ready),
        stop_signal=server.stop_signal,
        stop_timeout=60,
        echo=False,
    )


def _redis(home: DeskHome) -> ProcessSpec:
    server = EmbeddedRedis(home)
    return ProcessSpec(
        name="redis",
        command=server.command,
        environment=server.environment,
        prepare=server.prepare,
        ready=probes.server_answers(server.check_ready),
        stop_signal=server.stop_signal,
        echo=False,
    )


def _simulator(home: DeskHome, env: Mapping[str, str]) -> ProcessSpec:
    port, control = port_of(env, "SIMULATOR_PORT"), port_of(env, "SIMULATOR_CONTROL_PORT")
    options = ["--port", str(port), "--control-port", str(control), "--state-file", str(home.simulator / "state.json")]
    if seed := env.get("SIMULATOR_SEED"):
        options += ["--seed", seed]
    kept = ("PATH", "PYTHONPATH", "PYTHONUNBUFFERED", "HOME", "LANG", "TZ", "LOG_LEVEL")
    return ProcessSpec(
        name="simulator",
        command=_python("-m", "tws_simulator", *options, death_signal=signal.SIGTERM),
        environment={name: value for name, value in env.items() if name in kept or name.startswith("COVERAGE_")},
        ready=probes.http_answers(control, "/health"),
    )


def _one_shot(name: str, arguments: list[str], env: Mapping[str, str], needs: tuple[str, ...] = ()) -> ProcessSpec:
    return ProcessSpec(
        name=name, command=_manage(*arguments), environment=_named(env, name), needs=needs, one_shot=True
    )


def _gateway(name: str, env: Mapping[str, str], embedded: Embedded) -> ProcessSpec:
    patience = _SIMULATOR_PATIENCE if embedded.simulator else _IB_PATIENCE
    return ProcessSpec(
        name=name,
        command=_manage("run_gateway"),
        environment=_named(env, name),
        needs=("database", "redis", "simulator"),
        ready=probes.gateway_in_sync(env["DATABASE_URL"], patience=patience),
        ready_timeout=patience + 30,
    )


def _worker(env: Mapping[str, str]) -> ProcessSpec:
    # two desks may share one Redis
    node = f"desk-{port_of(env, 'DESK_HTTP_PORT')}@{socket.gethostname() or 'localhost'}"
    options = ["worker", "--hostname", node, "--concurrency", "2", "--without-gossip", "--without-mingle"]
    return ProcessSpec(
        name="worker",
        command=_python("-m", "celery", "-A", "config", "--quiet", *options),
        environment=_named(env, "worker"),
        needs=("database", "redis"),
        ready=probes.worker_answers(env["REDIS_URL"], node),
        stop_timeout=30,
    )


def _beat(home: DeskHome, env: Mapping[str, str]) -> ProcessSpec:
    pid_file = home.root / "run" / "beat.pid"
    return ProcessSpec(
        name="beat",
        command=_python("-m", "celery", "-A", "config", "--quiet", "beat", "--pidfile", str(pid_file)),
        environment=_named(env, "beat"),
        needs=("database", "redis"),
        prepare=_removing(pid_file),
        ready=probes.pid_file_written(pid_file),
    )


def _web(env: Mapping[str, str]) -> ProcessSpec:
    port = port_of(env, "DESK_HTTP_PORT")
    listen = ["-b", LOOPBACK, "-p", str(port), "-v", "0"]
    return ProcessSpec(
        name="web",
        command=_python("-m", "config.web_server", *listen, "config.asgi:application"),
        environment=_named(env, "web"),
        needs=("database", "redis", "static"),
        ready=probes.http_answers(port, "/health/live"),
    )


def _manage(*arguments: str) -> Callable[[], list[str]]:
    return _python("manage.py", *arguments)


def _python(*arguments: str, death_signal: signal.Signals = signal.SIGKILL) -> Callable[[], list[str]]:
    """Our own processes survive a kill by design, and a polite end could hang on a database that is gone as well."""
    return lambda: bound_to_parent([sys.executable, *arguments], death_signal=death_signal)


def _named(env: Mapping[str, str], name: str) -> dict[str, str]:
    return {**env, "DESK_PROCESS": name}


def _removing(path: Path) -> Callable[[], Awaitable[None]]:
    async def prepare() -> None:
        path.unlink(missing_ok=True)

    return prepare


def empty_metrics(home: DeskHome) -> None:
    """Wipe what the processes of an earlier start counted (stack.md, trap 9)."""
    shutil.rmtree(home.metrics, ignore_errors=True)
    private_directory(home.metrics)
