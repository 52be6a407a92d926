"""The environment of every process of the desk: what is set stays, what is unset is filled from DESK_HOME.

Addresses follow from DESK_HOME alone, so `manage.py shell` in another terminal finds the servers of the running desk.
"""

import os
import socket
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from urllib.parse import quote

from config.desk import trouble_page
from config.desk.errors import DeskStartError
from config.desk.files import file_lock, write_private
from config.desk.home import REPOSITORY, DeskHome, private_directory
from config.desk.secrets import keep_secrets

DATABASE_NAME = DATABASE_USER = "desk"
LOOPBACK = "127.0.0.1"
SIMULATOR_SOURCE = REPOSITORY / "deploy" / "tws_simulator"
DEFAULTS = {"DESK_HTTP_PORT": "8000", "SIMULATOR_PORT": "4002", "SIMULATOR_CONTROL_PORT": "4003"}
# each start would compile every package again (stack.md, trap 1)
_DROPPED = ("PYTHONDONTWRITEBYTECODE",)


@dataclass(frozen=True)
class Embedded:
    """Which parts the desk brings itself because no address of another one was given."""

    postgres: bool
    redis: bool
    simulator: bool


def embedded_parts(env: Mapping[str, str]) -> Embedded:
    """Decide by what is unset. An address that `apply_embedded_defaults` filled in counts as unset."""
    database, redis = env.get("DATABASE_URL", ""), env.get("REDIS_URL", "")
    return Embedded(
        postgres=not database or database == env.get("DESK_EMBEDDED_DATABASE_URL"),
        redis=not redis or redis == env.get("DESK_EMBEDDED_REDIS_URL"),
        simulator=not env.get("IB_HOST") and not env.get("IB_PORT"),
    )


def embedded_database_url(home: DeskHome) -> str:
    """Where the embedded PostgreSQL of this home listens, or will: a socket in a private directory."""
    password = keep_secrets(home)["DATABASE_PASSWORD"]
    return f"postgresql://{DATABASE_USER}:{password}@/{DATABASE_NAME}?host={quote(str(home.sockets), safe='')}"


def embedded_redis_url(home: DeskHome) -> str:
    """Where the embedded Valkey listens: loopback and a password, since no URL of a socket suits all its clients."""
    return f"redis://:{keep_secrets(home)['REDIS_PASSWORD']}@{LOOPBACK}:{redis_port(home)}/0"


def redis_port(home: DeskHome) -> int:
    """The port of this home's Valkey: chosen free once, then kept."""
    with file_lock(private_directory(home.redis) / ".port.lock"):
        try:
            return int((home.redis / "port").read_text())
        except (FileNotFoundError, ValueError):
            return _choose_redis_port(home)


def move_redis_port(home: DeskHome) -> int:
    """Give this home's Valkey another free port, because a stranger took the old one."""
    with file_lock(home.redis / ".port.lock"):
        return _choose_redis_port(home)


def _choose_redis_port(home: DeskHome) -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    write_private(home.redis / "port", f"{port}\n")
    return port


def apply_embedded_defaults(env: MutableMapping[str, str] = os.environ) -> None:
    """Fill in what is unset: called by the settings, so that every `manage.py` command finds the embedded servers.

    With DATABASE_URL given, SECRET_KEY and JWT_SIGNING_KEY are not made up: the settings refuse a missing one.
    """
    embedded, home = embedded_parts(env), DeskHome.of(env)
    if embedded.postgres:
        known = keep_secrets(home)
        env["DATABASE_URL"] = env["DESK_EMBEDDED_DATABASE_URL"] = embedded_database_url(home)
        for name in ("SECRET_KEY", "JWT_SIGNING_KEY"):
            if not env.get(name):
                env[name] = known[name]
    if embedded.redis:
        env["REDIS_URL"] = env["DESK_EMBEDDED_REDIS_URL"] = embedded_redis_url(home)


def desk_environment(base_env: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a child process; `base_env` wins wherever it says something."""
    env = {name: value for name, value in base_env.items() if name not in _DROPPED}
    for name, value in DEFAULTS.items():
        if not env.get(name):
            env[name] = value
    home, embedded = DeskHome.of(env), embedded_parts(env)
    env["DESK_HOME"] = str(home.root)
    apply_embedded_defaults(env)
    if not embedded.simulator:
        env["IB_HOST"], env["IB_PORT"] = env.get("IB_HOST") or LOOPBACK, _ib_port(env)
    env |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PROMETHEUS_MULTIPROC_DIR": str(home.metrics),
        trouble_page.ENVIRONMENT: str(home.trouble_page),
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": os.pathsep.join(_python_path(env)),
        # the supervisor writes and turns the log files; two writers would double every line
        "LOG_DIR": "",
    }
    return env


def _ib_port(env: Mapping[str, str]) -> str:
    """IB_HOST alone means IB Gateway's own ports: 4002 for paper, 4001 for live."""
    return env.get("IB_PORT") or ("4001" if env.get("IB_TRADING_MODE") == "live" else "4002")


def _python_path(env: Mapping[str, str]) -> list[str]:
    inherited = [entry for entry in env.get("PYTHONPATH", "").split(os.pathsep) if entry]
    ours = [str(REPOSITORY), str(SIMULATOR_SOURCE)]
    return ours + [entry for entry in inherited if entry not in ours]


def gateways_of(env: Mapping[str, str]) -> int:
    """How many gateway processes run: one is active, the others stand by and take over within seconds."""
    text = env.get("DESK_GATEWAYS") or "1"
    if text not in {"1", "2", "3"}:
        raise DeskStartError(f"DESK_GATEWAYS={text!r} must be 1, 2 or 3")
    return int(text)


def port_of(env: Mapping[str, str], name: str) -> int:
    """A port from the environment; raises DeskStartError naming the variable when it is none."""
    text = env.get(name) or DEFAULTS.get(name, "")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise DeskStartError(f"{name}={text!r} is not a port: a number from 1 to 65535 is needed")
    return int(text)
