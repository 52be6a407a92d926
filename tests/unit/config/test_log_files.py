"""Log files on disks that fill up: the limit on file sizes (RLIMIT_FSIZE) stands for the disk, with a real kernel."""

import json
import logging
import multiprocessing
import os
import resource
from pathlib import Path

import pytest

from config import log_files
from config.desk.trouble_page import TroublePage, read_page
from config.log_files import RollingFile
from config.logs import LogFileHandler, own_log_trouble


@pytest.fixture(autouse=True)
def _ask_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files, "RETRY_SECONDS", 0.0)


@pytest.fixture
def no_room_beyond(request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]
    """Limits the size of every file of this process; the kernel refuses what is beyond, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size: int | None) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft if size is None else size, hard))

    yield limit
    limit(None)


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_a_full_disk_costs_lines_and_nothing_else(tmp_path: Path, no_room_beyond) -> None:  # type: ignore[no-untyped-def]
    file = RollingFile(tmp_path / "web.log")
    file.write("before")
    no_room_beyond(30)
    for number in range(10):
        file.write(f"a line that is too long for what is left {number}")
    trouble = file.trouble
    assert trouble is not None
    assert trouble.lost_lines == 10
    no_room_beyond(None)
    assert "File too large" in trouble.reason
    file.write("after")
    assert file.trouble is None
    written = lines_of(tmp_path / "web.log")
    assert (written[0], written[-1]) == ("before", "after")
    resumed = json.loads(written[-2])
    assert (resumed["message"], resumed["lost_lines"], resumed["level"]) == ("log_file_resumed", 10, "warning")


def test_the_end_of_the_trouble_is_noticed_without_a_line(tmp_path: Path) -> None:
    path = tmp_path / "web.log"
    path.symlink_to("/dev/full")
    file = RollingFile(path)
    file.write("lost")
    assert file.trouble is not None
    assert "No space left" in file.trouble.reason
    file.retry()
    assert file.trouble is not None
    path.unlink()
    file.retry()
    assert file.trouble is None
    assert json.loads(path.read_text())["lost_lines"] == 1


def test_a_directory_that_was_removed_is_made_again(tmp_path: Path) -> None:
    file = RollingFile(tmp_path / "logs" / "web.log")
    file.write("one")
    (tmp_path / "logs" / "web.log").unlink()
    (tmp_path / "logs").rmdir()
    file.write("two")
    assert lines_of(tmp_path / "logs" / "web.log") == ["two"]


def test_a_file_that_was_moved_away_is_left_alone(tmp_path: Path) -> None:
    """As logrotate does it."""
    file = RollingFile(tmp_path / "web.log")
    file.write("one")
    (tmp_path / "web.log").rename(tmp_path / "web.log.old")
    file.write("two")
    assert (lines_of(tmp_path / "web.log.old"), lines_of(tmp_path / "web.log")) == (["one"], ["two"])


def _write_many(path: Path, name: str) -> None:
    file = RollingFile(path, max_bytes=20_000, kept=50)
    for number in range(500):
        file.write(f"{name} {number:04} {'x' * 40}")


def test_two_processes_turn_one_file_and_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "manage.log"
    writers = [multiprocessing.get_context("fork").Process(target=_write_many, args=(path, name)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    found = [line for file in tmp_path.iterdir() for line in lines_of(file)]
    assert sorted(line[:6] for line in found) == sorted(f"{name} {number:04}" for name in "ab" for number in range(500))
    assert len(list(tmp_path.iterdir())) > 1
    # a turn that another process is just making is not waited for: a file may be longer by what is written meanwhile
    assert max(file.stat().st_size for file in tmp_path.iterdir()) < 60_000


def test_logging_into_a_full_disk_raises_nothing_and_is_known(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "web.log").symlink_to("/dev/full")
    handler = LogFileHandler(str(tmp_path / "web.log"))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        logging.getLogger("test").warning("not written")
        trouble = own_log_trouble()
        assert trouble is not None
        assert trouble.path == tmp_path / "web.log"
        assert "Traceback" not in capfd.readouterr().err
        (tmp_path / "web.log").unlink()
        assert own_log_trouble() is None
    finally:
        root.removeHandler(handler)
        handler.close()


def test_the_page_is_overwritten_in_place(tmp_path: Path) -> None:
    path = tmp_path / "run" / "trouble.page"
    page = TroublePage(path)
    before = path.stat()
    (tmp_path / "web.log").symlink_to("/dev/full")
    file = RollingFile(tmp_path / "web.log")
    file.write("lost")
    assert file.trouble is not None
    page.say([file.trouble])
    (row,) = read_page(path)
    assert (row["file"], row["directory"], row["lost_lines"]) == ("web.log", str(tmp_path), 1)
    page.say([])
    assert read_page(path) == []
    after = path.stat()
    assert (after.st_ino, after.st_size) == (before.st_ino, before.st_size)


def test_a_page_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    assert read_page(tmp_path / "none") == []
    os.makedirs(tmp_path / "run")
    (tmp_path / "run" / "trouble.page").write_bytes(b" " * 4096)
    assert read_page(tmp_path / "run" / "trouble.page") == []
