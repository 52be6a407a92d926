"""One supervisor for one DESK_HOME."""

import os
from pathlib import Path

import pytest

from config.desk.errors import AlreadyRunningError
from config.desk.home import DeskHome
from config.desk.lock import Holder, HomeLock, holder_of


def test_the_second_is_told_who_was_first(tmp_path: Path) -> None:
    home = DeskHome(tmp_path)
    first = HomeLock(home, url="http://127.0.0.1:8000")
    with pytest.raises(AlreadyRunningError, match=f"process {os.getpid()}, http://127.0.0.1:8000"):
        HomeLock(home, url="http://127.0.0.1:9000")
    assert holder_of(home) == Holder(pid=os.getpid(), url="http://127.0.0.1:8000")
    first.close()


def test_a_lock_let_go_can_be_taken_whatever_its_file_says(tmp_path: Path) -> None:
    home = DeskHome(tmp_path)
    HomeLock(home, url="http://127.0.0.1:8000").close()
    assert holder_of(home) is None
    second = HomeLock(home, url="http://x:1")
    assert holder_of(home) == Holder(pid=os.getpid(), url="http://x:1")
    second.close()


def test_a_holder_that_has_not_introduced_itself_is_still_one(tmp_path: Path) -> None:
    home = DeskHome(tmp_path)
    lock = HomeLock(home, url="http://x:1")
    home.lock_file.write_text("")
    assert holder_of(home) == Holder(pid=0, url="")
    with pytest.raises(AlreadyRunningError, match=r"already running in [^(]*\. Stop it"):
        HomeLock(home, url="http://x:2")
    lock.close()


def test_a_home_that_was_never_used_has_no_holder(tmp_path: Path) -> None:
    assert holder_of(DeskHome(tmp_path)) is None
    assert not (tmp_path / "desk.lock").exists()
