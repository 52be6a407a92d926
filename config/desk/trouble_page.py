"""How the supervisor tells the web process of trouble with its log files, on a disk that may be full.

One page of fixed size, allocated at the start and overwritten in place: that needs no new room, where a small file
written anew would.
"""

import contextlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from config.log_files import Trouble

ENVIRONMENT = "DESK_TROUBLE_PAGE"
_SIZE = 4096
_AT_MOST = 10


class TroublePage:
    """The supervisor's side."""

    def __init__(self, path: Path) -> None:
        """Allocate the page; without it the desk runs all the same, `/health` then says less."""
        self._path = path
        self._said: bytes | None = None
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b" " * _SIZE)

    def say(self, troubles: Iterable[Trouble]) -> None:
        """Replace what it says."""
        rows = [
            {
                "file": trouble.path.name,
                "directory": str(trouble.path.parent),
                "reason": trouble.reason,
                "since": trouble.since.isoformat(),
                "lost_lines": trouble.lost_lines,
            }
            for trouble in troubles
        ]
        text = json.dumps({"logs": sorted(rows, key=lambda row: str(row["since"]))[:_AT_MOST]}).encode()
        if len(text) > _SIZE:
            text = json.dumps({"logs": rows[:1]}).encode()
        page = text.ljust(_SIZE)
        if page == self._said or len(page) > _SIZE:
            return
        with contextlib.suppress(OSError):
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC)
            try:
                os.pwrite(descriptor, page, 0)
                self._said = page
            finally:
                os.close(descriptor)


def read_page(path: Path) -> list[dict[str, Any]]:
    """The troubles it tells of; none when there is no page or it is just being written."""
    try:
        told: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return []
    return list(told.get("logs", []))
