"""Whether the collected assets in DESK_HOME are those of this checkout and these packages."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from config.desk.files import write_private
from config.desk.home import REPOSITORY, DeskHome

_SOURCES = ("frontend/dist", "config/static", "trading/static", "accounts/static", "market_data/static")


def are_current(home: DeskHome) -> bool:
    """True when `collectstatic` would change nothing."""
    try:
        return _stamp(home).read_text() == _fingerprint()
    except FileNotFoundError:
        return False


def remember_current(home: DeskHome) -> None:
    """Call after collecting."""
    write_private(_stamp(home), _fingerprint())


def _stamp(home: DeskHome) -> Path:
    return home.static / ".collected"


def _fingerprint() -> str:
    """Names, sizes and times of our assets, and the locked packages that bring the rest."""
    digest = hashlib.sha256()
    for path in _files():
        found = path.stat()
        digest.update(f"{path}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _files() -> Iterator[Path]:
    for name in ("requirements.lock", "config/settings.py"):
        if (REPOSITORY / name).is_file():
            yield REPOSITORY / name
    for source in _SOURCES:
        yield from sorted(path for path in (REPOSITORY / source).rglob("*") if path.is_file())
