"""Commands bound to the life of their parent, and stripped of root's rights where a server refuses those."""

import functools
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from config.desk.errors import DeskStartError

GUARD = Path(__file__).with_name("guard.py")
# inside a user namespace of its own PostgreSQL sees this number instead of 0
_NAMESPACE_ID = "1000"
_NOBODY = 65534


def bound_to_parent(command: list[str], *, death_signal: signal.Signals) -> list[str]:
    """`command` so wrapped that the kernel sends it `death_signal` when the process that starts it dies."""
    if setpriv := _setpriv():
        return [setpriv, "--pdeathsig", death_signal.name.removeprefix("SIG"), *command]
    return [sys.executable, "-I", "-S", str(GUARD), str(int(death_signal)), *command]


def without_root(command: list[str], *, owned: tuple[Path, ...], reachable: Path) -> list[str]:
    """`command` so wrapped that it does not see itself as root; unchanged for a normal user.

    `owned` are the directories it writes; `reachable` is the program. Raises DeskStartError when no way is open.
    """
    if os.geteuid() != 0:
        return command
    if unshare := _unshare():
        _give(owned, uid=0, gid=0)
        return [unshare, "--user", f"--map-user={_NAMESPACE_ID}", f"--map-group={_NAMESPACE_ID}", *command]
    setpriv = _setpriv()
    if setpriv is None:
        raise DeskStartError(
            "PostgreSQL refuses to run as root and neither unshare nor setpriv (util-linux) works here"
        )
    uid, gid = _lesser_user()
    for path in (*owned, reachable):
        _open_way(path, uid)
    _give(owned, uid=uid, gid=gid)
    return [setpriv, "--reuid", str(uid), "--regid", str(gid), "--clear-groups", *command]


def _lesser_user() -> tuple[int, int]:
    """Who called sudo, else nobody."""
    uid, gid = int(os.environ.get("SUDO_UID") or 0), int(os.environ.get("SUDO_GID") or 0)
    return (uid, gid) if uid else (_NOBODY, _NOBODY)


def _give(paths: tuple[Path, ...], *, uid: int, gid: int) -> None:
    """Make everything below `paths` belong to the user the server runs as."""
    for path in paths:
        if path.stat().st_uid == uid:
            continue
        os.chown(path, uid, gid)
        for directory, names, files in os.walk(path):
            for name in (*names, *files):
                os.chown(Path(directory) / name, uid, gid, follow_symlinks=False)


def _open_way(path: Path, uid: int) -> None:
    """Let `uid` pass through our own private directories; say which foreign one stands in the way."""
    for directory in reversed(path.parents):
        found = directory.stat()
        if found.st_mode & 0o001 or found.st_uid == uid:
            continue
        if found.st_uid != os.geteuid() or directory == Path.home():
            raise DeskStartError(
                f"as root, PostgreSQL runs as user {uid}, who may not enter {directory}. "
                "Run the desk as a normal user, or put the checkout and DESK_HOME elsewhere (such as /srv)"
            )
        directory.chmod(found.st_mode | 0o011)


@functools.cache
def _setpriv() -> str | None:
    path = shutil.which("setpriv")
    return path if path and _works([path, "--pdeathsig", "TERM", "true"]) else None


@functools.cache
def _unshare() -> str | None:
    path = shutil.which("unshare")
    wanted = ["--user", f"--map-user={_NAMESPACE_ID}", f"--map-group={_NAMESPACE_ID}", "true"]
    return path if path and _works([path, *wanted]) else None


def _works(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0  # noqa: S603
