"""What `/health` adds to its four words."""

from collections import namedtuple

import pytest

from config.api import health_notes
from config.shared.clock import StepWatch

Usage = namedtuple("Usage", "total used free")


def test_a_disk_with_little_room_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    ask, free = health_notes._Disk(), [health_notes.LITTLE_ROOM]
    monkeypatch.setattr(health_notes.shutil, "disk_usage", lambda _path: Usage(10**9, 0, free[0]))
    assert ask() == []
    free[0] = 5 * 1024**2
    (note,) = ask()
    assert (note["kind"], "only 5 MB left" in note["text"]) == ("disk", True)
    assert ask()[0]["since"] == note["since"]
    free[0] = 10**9
    assert ask() == []


def test_a_step_of_the_web_servers_clock_is_said() -> None:
    ask, wall = health_notes._Clock(), [1_800_000_000.0]
    ask._watch = StepWatch(wall=lambda: wall[0], elapsed=lambda: 100.0)
    assert ask() == []
    wall[0] -= 7200
    (note,) = ask()
    assert note["text"] == "The clock of the web server's machine was set back by 7200 s"
    assert note["since"]
    assert ask() == [note]
