"""What `/health` says beside its four words: disks and clocks, each with a sentence and since when."""

import os
import shutil
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from config.desk.trouble_page import ENVIRONMENT, read_page
from config.logs import own_log_trouble
from config.shared.clock import StepWatch, step_in_words
from config.shared.text import time_text
from trading.models import GatewayState

Note = dict[str, Any]
STEP_TOLD_FOR = 600.0
LITTLE_ROOM = 32 * 1024 * 1024
"""Bytes below which DESK_HOME counts as full: PostgreSQL takes 16 MB at a time for its journal."""


def notes(gateway: GatewayState | None) -> list[Note]:
    """All there is to say now, `gateway` being what that process last said; each makes the desk `degraded`."""
    return [note for ask in _OF_THIS_MACHINE for note in ask()] + _gateway_clock(gateway)


def _logs() -> list[Note]:
    """By directory, however many files in it are concerned: of the supervisor's files and of our own."""
    rows = read_page(Path(os.environ[ENVIRONMENT])) if ENVIRONMENT in os.environ else []
    found: dict[str, Note] = {}
    for row in rows:
        _add(found, row["directory"], row["reason"], datetime.fromisoformat(row["since"]), row["lost_lines"])
    if (own := own_log_trouble()) is not None:
        _add(found, str(own.path.parent), own.reason, own.since, own.lost_lines)
    return list(found.values())


def _add(found: dict[str, Note], directory: str, reason: str, since: datetime, lost: int) -> None:
    note = found.setdefault(
        directory,
        {
            "kind": "logs",
            "directory": directory,
            "text": f"Log files in {directory} cannot be written: {reason}. Nothing else waits for them",
            "since": time_text(since),
            "lost_lines": 0,
        },
    )
    note["lost_lines"] += lost
    note["since"] = min(note["since"], time_text(since))


class _Disk:
    """The disk of DESK_HOME, where PostgreSQL of a desk on one machine keeps its data."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: datetime | None = None

    def __call__(self) -> list[Note]:
        try:
            free = shutil.disk_usage(settings.DESK_HOME).free
        except OSError:
            return []  # no such directory: the desk keeps nothing here
        with self._lock:
            if free >= LITTLE_ROOM:
                self._since = None
                return []
            self._since = self._since or timezone.now()
            since = self._since
        text = f"The disk of {settings.DESK_HOME} has only {free // 1024**2} MB left: make room"
        return [{"kind": "disk", "directory": str(settings.DESK_HOME), "text": text, "since": time_text(since)}]


class _Clock:
    """Steps of this machine's clock, as this process noticed them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watch = StepWatch()
        self._since: datetime | None = None

    def __call__(self) -> list[Note]:
        with self._lock:
            if self._watch.look() is not None:
                self._since = timezone.now()
            step = self._watch.recent(within=STEP_TOLD_FOR)
            since = self._since
        if step is None:
            return []
        text = f"The clock of the web server's machine was {step_in_words(step.seconds)}"
        return [{"kind": "clock", "text": text, "since": time_text(since)}]


def _gateway_clock(state: GatewayState | None) -> list[Note]:
    """What the gateway says of its clocks."""
    if state is None or not state.clock_note or not state.is_alive:
        return []
    return [{"kind": "clock", "text": state.clock_note, "since": time_text(state.clock_since)}]


_OF_THIS_MACHINE: tuple[Callable[[], list[Note]], ...] = (_logs, _Disk(), _Clock())
