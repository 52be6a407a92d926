"""The ring of the last messages."""

from datetime import UTC, datetime

from tws_simulator.wire.log import MessageLog

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_messages_are_read_as_fields_and_numbered() -> None:
    log = MessageLog()
    log.add(NOW, 7, "in", b"49\x001\0")
    entry = log.entries()[0]
    assert (entry.number, entry.client_id, entry.direction, entry.fields) == (1, 7, "in", ("49", "1"))


def test_many_messages_are_numbered_one_by_one() -> None:
    log = MessageLog()
    log.add_all(NOW, 7, "out", [b"1\0", b"2\0", b"3\0"])
    log.add(NOW, 8, "in", b"4\0")
    assert [(row.number, row.fields) for row in log.entries()] == [(1, ("1",)), (2, ("2",)), (3, ("3",)), (4, ("4",))]
    assert [row.number for row in log.entries(after=1, limit=2)] == [2, 3]
    assert [row.number for row in log.entries(client_id=8)] == [4]


def test_the_oldest_fall_out_and_numbers_go_on_after_clearing() -> None:
    log = MessageLog(capacity=2)
    log.add_all(NOW, 7, "out", [b"1\0", b"2\0", b"3\0"])
    assert [row.number for row in log.entries()] == [2, 3]
    log.clear()
    log.add(NOW, 7, "out", b"4\0")
    assert [row.number for row in log.entries()] == [4]


def test_a_huge_message_does_not_fill_the_memory() -> None:
    log = MessageLog()
    log.add(NOW, 7, "out", b"19\0" + b"x" * 1_000_000 + b"\0")
    assert log.entries()[0].fields == ("19", "x" * 200)
