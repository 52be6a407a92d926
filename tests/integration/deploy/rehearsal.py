"""The services of docker-compose.yml without docker: their own commands, environment and health checks, as processes.

Only what a container changes is changed: host names and ports, directories, the name of the Python program. PostgreSQL
and Valkey are the embedded binaries, set up by the compose file's own role script and command.
"""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from config.desk import embedded_postgres
from config.desk.embedded_postgres import EmbeddedPostgres, find_binary
from config.desk.embedded_redis import find_binary as find_valkey
from config.desk.home import REPOSITORY, DeskHome
from config.desk.secrets import keep_secrets
from tests.fixtures.ports import free_ports
from tests.fixtures.waiting import eventually
from tests.unit.deploy.compose import MADE, compose

DESK_SERVICES = ("web", "gateway", "worker", "beat")


class Rehearsal:
    """A desk made of the compose file's services."""

    def __init__(self, root: Path) -> None:
        self.root = root
        ports = free_ports(5)
        self.postgres_port, self.redis_port, self.web_port, self.simulator_port, self.control_port = ports
        # hexadecimal, as deploy/make-env makes them
        self.secrets = {name: os.urandom(32).hex() for name in MADE}
        self.services: dict[str, Any] = compose(**self.secrets)["services"]
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("metrics", "home", "redis", "logs"):
            (root / name).mkdir()

    def up(self) -> "Rehearsal":
        """Everything, in the order compose would keep."""
        self._start_postgres()
        self._start_redis()
        self._collect_static()
        self.run_once("migrate")
        self._start_simulator()
        for name in DESK_SERVICES:
            self._start(name, self.command(name), self.environment(name))
        for name in DESK_SERVICES[:3]:  # beat shows itself after minutes
            eventually(lambda name=name: self.is_healthy(name), within=120, every=0.5)
        return self

    def down(self) -> None:
        """End everything, servers last."""
        servers = ("redis", "postgres")
        self._end([name for name in self.running if name not in servers])
        self._end([name for name in servers if name in self.running])

    def _end(self, names: list[str]) -> None:
        for name in names:
            self.running[name].send_signal(signal.SIGINT if name == "postgres" else signal.SIGTERM)
        for name in names:
            try:
                self.running[name].wait(30)
            except subprocess.TimeoutExpired:
                self.running[name].kill()

    def environment(self, name: str) -> dict[str, str]:
        """Of a service, with the addresses of this machine."""
        addresses = {
            "@postgres:5432/": f"@127.0.0.1:{self.postgres_port}/",
            "@redis:6379/": f"@127.0.0.1:{self.redis_port}/",
            "/run/desk-metrics": str(self.root / "metrics"),
        }
        given = {key: "" if value is None else str(value) for key, value in self.services[name]["environment"].items()}
        for old, new in addresses.items():
            given = {key: value.replace(old, new) for key, value in given.items()}
        ours = {
            "IB_HOST": "127.0.0.1",
            "IB_PORT": str(self.simulator_port),
            "DESK_HTTP_PORT": str(self.web_port),
            "DESK_HOME": str(self.root / "home"),
        }
        image = {"PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "config.settings", "PATH": os.environ["PATH"]}
        measured = {key: value for key, value in os.environ.items() if key.startswith("COVERAGE_")}
        return image | measured | given | ours

    def command(self, name: str) -> list[str]:
        """Of a service, or of its image."""
        words = [str(word) for word in self.services[name].get("command") or _image_command("deploy/web/Dockerfile")]
        here = {"python": sys.executable, "0.0.0.0": "127.0.0.1", "8000": str(self.web_port)}
        return ["deploy/web/entrypoint", *(here.get(word, word) for word in words)]

    def is_healthy(self, name: str) -> bool:
        """The service's own health check; raises AssertionError when the process has ended."""
        assert self.running[name].poll() is None, self.log(name)
        return self.check(name).returncode == 0

    def check(self, name: str) -> "subprocess.CompletedProcess[str]":
        """Run the service's health check."""
        kind, *words = self.services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        command = [sys.executable if word == "python" else word for word in words]
        return subprocess.run(
            command, cwd=REPOSITORY, env=self.environment(name), capture_output=True, text=True, check=False
        )

    def run_once(self, name: str) -> str:
        """A service that ends by itself; returns what it said."""
        done = subprocess.run(
            self.command(name), cwd=REPOSITORY, env=self.environment(name), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def sql(self, statement: str, *, user: str = "desk", database: str = "desk") -> list[Any]:
        """Run one statement as one of the two roles."""
        password = self.secrets["DESK_DB_PASSWORD" if user == "desk" else "DESK_DB_OWNER_PASSWORD"]
        url = f"postgresql://{user}:{password}@127.0.0.1:{self.postgres_port}/{database}"
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def as_superuser(self, program: str, *arguments: str) -> str:
        """A client program of PostgreSQL, as in `docker compose exec postgres`; raises AssertionError when it fails."""
        known = {name: self.secrets[name] for name in ("DESK_DB_OWNER_PASSWORD", "DESK_DB_PASSWORD")}
        env = {"PGPASSWORD": self._superuser_password, "PATH": os.environ["PATH"], **known}
        server = ["-h", "127.0.0.1", "-p", str(self.postgres_port), "-U", "postgres", "--no-password"]
        command = [str(find_binary(program)), *server, *arguments]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def log(self, name: str) -> str:
        """What a process printed."""
        return (self.root / "logs" / name).read_text(errors="replace")[-6000:]

    def _start(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        with (self.root / "logs" / name).open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, cwd=REPOSITORY, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def _start_postgres(self) -> None:
        home = DeskHome(self.root / "pg")
        home.create()
        settings = {"listen_addresses": "127.0.0.1", "port": str(self.postgres_port), "fsync": "off"}
        server = EmbeddedPostgres(home, settings=settings)
        with pytest.MonkeyPatch.context() as patch:
            # the image's superuser; `desk` is a role the script makes
            patch.setattr(embedded_postgres, "DATABASE_USER", "postgres")
            asyncio.run(server.prepare())
        self._start("postgres", server.command(), server.environment)
        self._superuser_password = keep_secrets(home)["DATABASE_PASSWORD"]
        eventually(lambda: self.as_superuser("psql", "-d", "postgres", "-c", "SELECT 1"), within=60, every=0.2)
        script = REPOSITORY / "deploy" / "postgres" / "roles.sql"
        # as the image runs what lies in docker-entrypoint-initdb.d
        self.as_superuser("psql", "-v", "ON_ERROR_STOP=1", "--no-psqlrc", "-d", "postgres", "-f", str(script))

    def _start_redis(self) -> None:
        shell, option, script = self.services["redis"]["command"]
        # compose's way to write one dollar
        script = script.replace("$$", "$").replace("/data", str(self.root / "redis"))
        script = script.replace("valkey-server - ", f"valkey-server - --bind 127.0.0.1 --port {self.redis_port} ")
        path = f"{find_valkey().parent}{os.pathsep}{os.environ['PATH']}"
        password = self.services["redis"]["environment"]["REDIS_PASSWORD"]
        self._start("redis", [shell, option, script], {"PATH": path, "REDIS_PASSWORD": password})
        eventually(lambda: _is_listening(self.redis_port))

    def _start_simulator(self) -> None:
        words = [str(word) for word in self.services["simulator"]["command"]]
        ports = {"4002": str(self.simulator_port), "4003": str(self.control_port)}
        source = str(REPOSITORY / "deploy" / "tws_simulator")
        environment = {"PYTHONPATH": source, "PATH": os.environ["PATH"]}
        command = [sys.executable, "-m", "tws_simulator", *(ports.get(word, word) for word in words)]
        self._start("simulator", command, environment)
        eventually(lambda: _is_listening(self.control_port))

    def _collect_static(self) -> None:
        """As the image's build does: settings with made-up addresses, and no server."""
        build = {
            "DATABASE_URL": "postgresql://build@localhost/build",
            "REDIS_URL": "redis://localhost",
            "SECRET_KEY": os.urandom(32).hex(),
            "JWT_SIGNING_KEY": os.urandom(32).hex(),
            "DESK_HOME": str(self.root / "home"),
            "PATH": os.environ["PATH"],
        }
        command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
        subprocess.run(command, cwd=REPOSITORY, env=build, check=True)
        assert list((self.root / "home").iterdir()) == [self.root / "home" / "static"]


def _image_command(dockerfile: str) -> list[str]:
    words = re.findall(r"^CMD (\[.*\])$", (REPOSITORY / dockerfile).read_text("utf-8"), re.MULTILINE)
    found: list[str] = json.loads(words[-1])
    return found


def _is_listening(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
