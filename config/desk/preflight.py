"""Checks before anything is started: a clear sentence instead of a half-started desk."""

import importlib
import json
import os
from collections.abc import Mapping

import psycopg
import redis
from django.core.exceptions import ImproperlyConfigured

from config.desk.embedded_redis import is_free
from config.desk.environment import Embedded, port_of
from config.desk.errors import DeskStartError
from config.desk.home import DeskHome
from config.desk.operating_system import end_processes

_CONNECT_SECONDS = 5


def check_ports(env: Mapping[str, str], embedded: Embedded) -> None:
    """Raise DeskStartError naming each port that is taken and the variable that changes it."""
    names = ["DESK_HTTP_PORT"]
    if embedded.simulator:
        names += ["SIMULATOR_PORT", "SIMULATOR_CONTROL_PORT"]
    ports = {name: port_of(env, name) for name in names}
    if len(set(ports.values())) < len(ports):
        raise DeskStartError(f"{' and '.join(ports)} must be different ports")
    taken = [
        f"port {port} is taken by another program: set {name}" for name, port in ports.items() if not is_free(port)
    ]
    if taken:
        raise DeskStartError("; ".join(taken))


def check_servers(env: Mapping[str, str], embedded: Embedded) -> None:
    """Raise DeskStartError naming the server, given from outside, that does not answer."""
    try:
        if not embedded.postgres:
            psycopg.connect(env["DATABASE_URL"], connect_timeout=_CONNECT_SECONDS).close()
    except psycopg.Error as error:
        raise DeskStartError(f"DATABASE_URL: {str(error).strip()}") from error
    try:
        if not embedded.redis:
            with redis.Redis.from_url(env["REDIS_URL"], socket_connect_timeout=_CONNECT_SECONDS) as client:
                client.ping()
    except (redis.RedisError, ValueError) as error:
        raise DeskStartError(f"REDIS_URL: {error}") from error


def check_settings(env: Mapping[str, str]) -> None:
    """Load the settings as every process will; raises DeskStartError with what they refuse."""
    os.environ.update(env)
    try:
        importlib.import_module("config.settings")
    except ImproperlyConfigured as error:
        raise DeskStartError(str(error)) from error


def end_leftovers(home: DeskHome) -> list[int]:
    """End processes of an earlier desk in this home that outlived it; the lock must be held. Returns their numbers."""
    try:
        rows = json.loads(home.status_file.read_text("utf-8"))["processes"]
        known = [(int(row["pid"]), str(row["identity"])) for row in rows if row["pid"] and row["identity"]]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return []
    return end_processes(known)
