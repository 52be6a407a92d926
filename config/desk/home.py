"""DESK_HOME: where one desk keeps its state, and the paths of everything in it."""

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.desk.errors import DeskStartError

REPOSITORY = Path(__file__).resolve().parents[2]
# sun_path holds 108 bytes with its closing NUL; PostgreSQL appends this name to the directory
_SOCKET_PATH_BYTES = 107
_MEMORY = Path("/dev/shm")  # noqa: S108  private_directory proves whose it is
_SOCKET_NAME = ".s.PGSQL.5432.lock"


@dataclass(frozen=True)
class DeskHome:
    """The paths of one desk. Building it touches nothing; `create` makes the directories."""

    root: Path

    @classmethod
    def of(cls, env: Mapping[str, str]) -> "DeskHome":
        """DESK_HOME of an environment; `.desk` in the repository when unset. Relative paths count from the cwd."""
        return cls(Path(env.get("DESK_HOME") or REPOSITORY / ".desk").expanduser().resolve())

    @property
    def secrets_file(self) -> Path:
        """Generated keys and server passwords, JSON, readable by the owner only."""
        return self.root / "secrets.json"

    @property
    def credentials_file(self) -> Path:
        """User name and password of the first superuser, when the desk generated them."""
        return self.root / "credentials"

    @property
    def lock_file(self) -> Path:
        """Held exclusively by the running supervisor; its text says who that is."""
        return self.root / "desk.lock"

    @property
    def status_file(self) -> Path:
        """What the supervisor last said of its processes."""
        return self.root / "run" / "status.json"

    @property
    def postgres(self) -> Path:
        """Everything of the embedded PostgreSQL but its sockets."""
        return self.root / "postgres"

    @property
    def redis(self) -> Path:
        """Everything of the embedded Valkey."""
        return self.root / "redis"

    @property
    def simulator(self) -> Path:
        """The simulator's saved state."""
        return self.root / "simulator"

    @property
    def metrics(self) -> Path:
        """PROMETHEUS_MULTIPROC_DIR: emptied at every start.

        In memory where there is such a place: the files are mapped, and a process that touches a new page of one on a
        full disk is killed by SIGBUS.
        """
        if os.access(_MEMORY, os.W_OK | os.X_OK):
            return _MEMORY / f"desk-{os.getuid()}-{self._digest}"
        return self.root / "run" / "metrics"

    @property
    def trouble_page(self) -> Path:
        """Where the supervisor says that it cannot write logs."""
        return self.root / "run" / "trouble.page"

    @property
    def static(self) -> Path:
        """STATIC_ROOT: collected, hashed assets."""
        return self.root / "static"

    @property
    def sockets(self) -> Path:
        """A directory short enough for a Unix socket: inside DESK_HOME if that fits, else under /tmp."""
        inside = self.root / "run" / "s"
        if len(os.fsencode(inside / _SOCKET_NAME)) <= _SOCKET_PATH_BYTES:
            return inside
        return Path("/tmp") / f"desk-{os.getuid()}-{self._digest}"  # noqa: S108  private_directory proves whose it is

    @property
    def _digest(self) -> str:
        return hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]

    def create(self) -> None:
        """Make DESK_HOME and its private directories; raises DeskStartError when that is refused."""
        for directory in (self.root, self.root / "run", self.sockets, self.postgres, self.redis, self.simulator):
            private_directory(directory, keep_mode=directory == self.root)


def private_directory(path: Path, *, keep_mode: bool = False) -> Path:
    """Make `path` a directory only its owner may enter; raises DeskStartError if somebody else owns it.

    With `keep_mode` a directory that was already there keeps its permissions: a person chose them.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) and not path.is_dir():
            raise DeskStartError(f"{path} is not a directory")
        if stat.S_ISLNK(found.st_mode) and not keep_mode:
            raise DeskStartError(f"{path} is a symbolic link: remove it, the desk makes this directory itself")
        if not keep_mode and found.st_uid != os.getuid() == 0:
            os.chown(path, 0, 0)  # where root must run the server as somebody else, the next start begins here
        elif not keep_mode and found.st_uid != os.getuid():
            raise DeskStartError(f"{path} belongs to user {found.st_uid}: remove it or choose another DESK_HOME")
        if not keep_mode and stat.S_IMODE(found.st_mode) != 0o700:
            path.chmod(0o700)
    except OSError as error:
        raise DeskStartError(f"cannot use {path}: {error.strerror}. Set DESK_HOME to a directory of yours") from error
    return path
