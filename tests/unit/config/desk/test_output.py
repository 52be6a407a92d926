"""What people and log files get to see of the processes."""

import io
import json
import threading
from pathlib import Path

import pytest

from config.desk import console as console_module
from config.desk import log_files
from config.desk.console import Console, readable
from config.desk.errors import DeskStartError
from config.desk.log_files import LogFile


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


LINE = json.dumps(
    {"timestamp": "2026-01-05T14:30:00.123Z", "level": "info", "logger": "x", "message": "order sent", "order_id": 7}
)


def test_programs_get_lines_as_they_are_behind_the_name_of_the_process() -> None:
    stream = io.StringIO()
    console = Console(stream)
    console.child("web", LINE)
    console.line("desk ready: http://127.0.0.1:8000")
    console.close()
    assert stream.getvalue() == f"web       | {LINE}\ndesk ready: http://127.0.0.1:8000\n"


def test_people_get_json_lines_in_words() -> None:
    stream = Terminal()
    console = Console(stream)
    console.child("gateway", LINE)
    console.close()
    assert stream.getvalue() == "gateway   | 14:30:00 INFO    order sent order_id=7\n"


@pytest.mark.parametrize("line", ["plain words", "{broken", '{"message": "no time"}', "{}"])
def test_other_lines_are_left_alone(line: str) -> None:
    assert readable(line) == line


def test_a_paused_terminal_loses_lines_but_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console_module, "_QUEUE_LINES", 10)
    may_write = threading.Event()

    class Paused(io.StringIO):
        def write(self, text: str) -> int:
            may_write.wait(10)
            return super().write(text)

    stream = Paused()
    console = Console(stream)
    for number in range(100):
        console.line(f"line {number}")
    may_write.set()
    while not console._lines.empty():
        pass
    console.line("after")
    console.close()
    assert "lines not shown" in stream.getvalue()
    assert stream.getvalue().endswith("after\n")


def test_a_reader_that_went_away_is_no_fault() -> None:
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    console = Console(Broken())
    console.line("nobody reads this")
    console.close()
    assert not console._writer.is_alive()


def test_log_files_are_turned_and_old_ones_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files, "MAX_BYTES", 1000)
    log = LogFile(tmp_path, "web")
    for number in range(700):
        log.write(f"line {number:04}")
    log.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["web.log", *(f"web.log.{number}" for number in range(1, 6))]
    assert max(path.stat().st_size for path in tmp_path.iterdir()) <= 1000
    assert log.tail[-1] == "line 0699"


def test_the_supervisors_own_events_have_the_shape_of_all_logs(tmp_path: Path) -> None:
    log = LogFile(tmp_path, "desk")
    log.event("web ready", level="warning", seconds=1.5)
    log.close()
    event = json.loads((tmp_path / "desk.log").read_text())
    assert list(event)[:6] == ["timestamp", "level", "logger", "message", "request_id", "correlation_id"]
    assert event["timestamp"].endswith("Z")
    assert (event["level"], event["seconds"]) == ("warning", 1.5)


def test_a_log_directory_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DeskStartError, match="Set LOG_DIR"):
        LogFile(tmp_path / "file" / "logs", "web")
