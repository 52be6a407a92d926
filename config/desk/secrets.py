"""Secrets the desk makes for itself: strong, kept in DESK_HOME, readable by their owner only, never logged."""

import json
import secrets as random_source
import stat
from pathlib import Path

from config.desk.errors import DeskStartError
from config.desk.files import file_lock, write_private
from config.desk.home import DeskHome, private_directory

NAMES = ("SECRET_KEY", "JWT_SIGNING_KEY", "DATABASE_PASSWORD", "REDIS_PASSWORD")


def keep_secrets(home: DeskHome) -> dict[str, str]:
    """The secrets of this DESK_HOME by name; those that do not exist yet are generated and stored."""
    private_directory(home.root, keep_mode=True)
    try:
        with file_lock(home.root / ".secrets.lock"):
            known = _read(home.secrets_file)
            # hexadecimal, because two of them travel inside URLs
            missing = {name: random_source.token_hex(32) for name in NAMES if name not in known}
            if missing:
                write_private(home.secrets_file, json.dumps(known | missing, indent=1) + "\n")
            return known | missing
    except OSError as error:
        raise DeskStartError(f"cannot read or write {error.filename}: {error.strerror}") from error


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        path.chmod(0o600)
    try:
        known: dict[str, str] = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise DeskStartError(f"{path} is damaged: restore it, or remove it together with {path.parent}") from error
    return known


def read_credentials(home: DeskHome) -> tuple[str, str] | None:
    """(user name, password) of the first superuser as generated here, or None."""
    try:
        lines = home.credentials_file.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return None
    fields = dict(line.split(": ", 1) for line in lines if ": " in line)
    if not {"username", "password"} <= fields.keys():
        raise DeskStartError(f"{home.credentials_file} is damaged: it needs the lines 'username: …' and 'password: …'")
    return fields["username"], fields["password"]


def generate_credentials(home: DeskHome, *, username: str) -> tuple[str, str]:
    """Make a password for `username` and store both; returns (user name, password)."""
    password = random_source.token_urlsafe(15)
    write_private(home.credentials_file, f"username: {username}\npassword: {password}\n")
    return username, password
