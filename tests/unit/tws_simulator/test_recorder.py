"""The recorder's parts: file, redaction, matching, and what is said about differences."""

import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tws_simulator.messages.orders import completed_order, open_order
from tws_simulator.recorder.file import (
    Event,
    RecordingError,
    Writer,
    message_event,
    read_recording,
)
from tws_simulator.recorder.frames import Cutter
from tws_simulator.recorder.kinds import Kind, kind_of
from tws_simulator.recorder.main import record, replay, show
from tws_simulator.recorder.matching import Translation, report
from tws_simulator.recorder.redaction import NoRedactor, Redactor
from tws_simulator.recorder.show import described
from tws_simulator.wire.fields import field_text
from tws_simulator.wire.framing import API_PREFIX, frame

from tests.unit.tws_simulator.test_broker import Trader
from tests.unit.tws_simulator.test_session import order_fields

EVENTS = [
    Event(1, 0.0, "open"),
    message_event(1, 0.1, "in", b"v157..178"),
    message_event(1, 0.2, "out", b"178\x0020260105 10:00:00 EST\x00"),
    message_event(1, 0.3, "in", b"71\x002\x001\x00\x00"),
    message_event(1, 0.4, "out", b"15\x001\x00DU1234567\x00"),
    Event(1, 0.5, "raw_in", raw=b"\x00\xff"),
    Event(1, 0.6, "close", by="client"),
]


def written(path: Path, events: list[Event] = EVENTS) -> Path:
    writer = Writer(path, {"recorder": "0"})
    for event in events:
        writer.add(event)
        writer.flush()
    writer.close()
    return path


# File --------------------------------------------------------------------------------------------------------------


def test_what_was_written_is_read(tmp_path: Path) -> None:
    recording = read_recording(written(tmp_path / "a.twsr"))
    assert (recording.events, recording.about, recording.torn) == (EVENTS, {"recorder": "0"}, False)
    assert recording.connections() == [1]
    assert recording.of(2) == []


@given(st.binary(min_size=1, max_size=200))
def test_every_message_can_be_restored_to_the_byte(payload: bytes) -> None:
    event = message_event(1, 0.0, "in", payload)
    fields = json.loads(json.dumps(list(event.fields)))
    assert Event(1, 0.0, "in", tuple(fields), event.terminated).payload == payload


def test_a_torn_end_is_left_out_and_said(tmp_path: Path) -> None:
    file = written(tmp_path / "a.twsr")
    whole = file.read_bytes()
    last = len(zlib.compress(b"")) + 40
    for cut in range(1, last, 7):
        file.write_bytes(whole[:-cut])
        recording = read_recording(file)
        assert recording.torn
        assert recording.events == EVENTS[: len(recording.events)]
        assert len(recording.events) >= 5
    damaged = bytearray(whole)
    damaged[-1] ^= 1
    file.write_bytes(damaged)
    assert read_recording(file).torn
    assert list(described(read_recording(file)))[-1].startswith("the end is missing")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is no recording"),
        (b"PK\x03\x04xx", "is no recording"),
        (b"TWSR\x02", "version 2, this program reads version 1"),
        (b"TWSR\x01", "does not begin with its description"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    file = tmp_path / "a.twsr"
    file.write_bytes(data)
    with pytest.raises(RecordingError, match=reason):
        read_recording(file)


def test_a_recording_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path / "a.twsr")
    before = file.read_bytes()
    assert record(["--listen", "0", "--to", "127.0.0.1:1", "--file", str(file)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert file.read_bytes() == before
    assert show([str(tmp_path / "none")]) == 2
    assert replay([str(tmp_path / "none"), "--port", "0"]) == 2
    with pytest.raises(SystemExit):
        record(["--listen", "x", "--to", "127.0.0.1:1", "--file", "x"])


# Frames ------------------------------------------------------------------------------------------------------------


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=5), st.integers(1, 7))
def test_messages_are_found_however_they_were_split(payloads: list[bytes], size: int) -> None:
    stream = API_PREFIX + b"".join(map(frame, payloads))
    cutter = Cutter(from_client=True)
    found = [part for at in range(0, len(stream), size) for part in cutter.feed(stream[at : at + size])]
    assert found == [(True, payload) for payload in payloads]


def test_what_is_no_stream_stays_bytes() -> None:
    cutter = Cutter(from_client=True)
    assert list(cutter.feed(b"GET / HTTP/1.1")) == [(False, b"GET / HTTP/1.1")]
    assert list(cutter.feed(b"\r\n")) == [(False, b"\r\n")]
    gateway = Cutter(from_client=False)
    big = b"19\x001\x00" + b"x" * (5 << 20) + b"\x00"
    assert list(gateway.feed(frame(big))) == [(True, big)]


# Redaction ---------------------------------------------------------------------------------------------------------


def redacted(redactor: Redactor, kind: str, *fields: Any, version: int | None = 178) -> list[str]:
    return list(redactor.redact(Event(1, 0.0, kind, tuple(map(str, fields))), version).fields)


def test_account_numbers_are_replaced_everywhere_in_the_same_way() -> None:
    redactor = Redactor()
    assert redacted(redactor, "out", 15, 1, "DU1234567,U7654321,DU1234567A") == [
        "15", "1", "DU0000001,U0000002,X000000003",
    ]  # fmt: skip
    assert redacted(redactor, "out", 61, 3, "U7654321", 265598)[2] == "U0000002"
    assert redacted(redactor, "out", 5, 1, "7.0/DU1234567/100")[2] == "7.0/DU0000001/100"
    assert redacted(redactor, "out", 4, 2, 1, 201, "account DU1234567A, or U7654321.")[4] == (
        "account X000000003, or U0000002."
    )
    assert redacted(redactor, "in", 6, 2, 1, "DU9999999")[3] == "DU0000004"
    assert redactor.redact(Event(1, 0, "raw_in", raw=b"DU1234567!"), None).raw == b"DU0000001!"


def test_nothing_else_is_taken_for_an_account() -> None:
    plain = ["AAPL", "US0378331005", "0000e0d5.5f5e1001.01.01", "1234567", "ES", "DUK", "AAPL  261218C00190000", "F"]
    assert redacted(Redactor(), "out", 4, *plain)[1:] == plain


def test_references_and_models_of_orders_are_replaced() -> None:
    redactor = Redactor()
    first = redacted(redactor, "in", *order_fields(1, ref="my strategy"))
    assert "my strategy" not in first
    assert "text-1" in first
    assert redacted(redactor, "in", *order_fields(2, ref="my strategy")).count("text-1") == 1
    assert "" in redacted(redactor, "in", *order_fields(3, ref=""))
    assert redacted(redactor, "in", 62, 1, 5, "All", "NetLiquidation")[3] == "All"
    assert redacted(redactor, "out", 16, 1, 1, "<secret/>")[3] == "text-2"


def test_replies_of_the_simulator_are_redacted(desk: Any, client: Any) -> None:
    desk.pin("189.99", "190.01")
    replies = client.ask(*order_fields(1, ref="my strategy"))
    replies += client.ask(*order_fields(2, ref="my strategy", kind="LMT", limit="100"))
    redactor = Redactor()
    text = json.dumps([redacted(redactor, "out", *reply) for reply in replies])
    assert "my strategy" not in text
    assert "DU1234567" not in text
    assert "text-1" in text
    assert "DU0000001" in text


@pytest.mark.parametrize("version", [176, 178])
def test_models_are_replaced_wherever_orders_are_told(desk: Any, version: int) -> None:
    desk.pin("189.99", "190.01")
    trader = Trader(desk)
    trader.place(order_ref="my strategy", model_code="my model")
    (order,) = desk.broker.state.orders.values()
    instrument = desk.broker.instrument(order.con_id)
    told = [
        open_order(order, instrument, version=version),
        completed_order(order, instrument, completed_at="20261124 10:00:00 US/Eastern", version=version),
    ]
    for message in told:
        fields = [field_text(value) for value in message]
        assert {"my strategy", "my model"} <= set(fields)
        found = redacted(Redactor(), "out", *fields, version=version)
        assert {"text-1", "text-2"} <= set(found)
        assert not {"my strategy", "my model"} & set(found)
        assert sum(old != new for old, new in zip(fields, found, strict=True)) == 2 + "".join(fields).count("DU1234567")


def test_without_redaction_everything_stays() -> None:
    assert redacted(NoRedactor(), "out", 15, 1, "DU1234567") == ["15", "1", "DU1234567"]


# Matching ----------------------------------------------------------------------------------------------------------


def fields(*values: Any) -> list[str]:
    return [str(value) for value in values]


def test_ids_may_differ_if_they_differ_consistently() -> None:
    words = Translation(178)
    assert words.differences(fields(71, 2, 1, ""), fields(71, 2, 9, "")) == []
    assert words.differences(fields(62, 1, 5, "All", "X"), fields(62, 1, 7, "All", "X")) == []
    assert words.differences(fields(63, 1, 5), fields(63, 1, 7)) == []
    (wrong,) = words.differences(fields(63, 1, 5), fields(63, 1, 8))
    assert (wrong.name, wrong.expected, wrong.got) == ("req_id", "5", "8")
    assert [row.name for row in words.differences(fields(63, 1, 6), fields(63, 1, 7))] == ["req_id"]
    assert words.differences(fields(63, 1, 6), fields(63, 1, "x"))
    assert words.reply(fields(64, 1, 5)) == fields(64, 1, 7)
    assert words.reply(fields(64, 1, 99)) == fields(64, 1, 99)
    assert words.reply(fields(10, 5, "AAPL")) == fields(10, 7, "AAPL")
    assert words.reply(fields(3, 5, "Filled", 100, 0, "190.0", 77, 0, "190.0", 1, "", "0.0")) == fields(
        3, 7, "Filled", 100, 0, "190.0", 77, 0, "190.0", 9, "", "0.0"
    )
    assert Translation(157, ids={"5": "7"}).reply(fields(10, 8, 5, "AAPL")) == fields(10, 8, 7, "AAPL")


def test_accounts_and_redacted_words_are_translated_back() -> None:
    words = Translation(178)
    before = fields(*order_fields(1, ref="text-1"))
    now = fields(*order_fields(1, ref="mine"))
    assert words.differences(before, now) == []
    assert words.differences(fields(6, 2, 1, "DU0000001"), fields(6, 2, 1, "DU1234567")) == []
    assert words.reply(fields(54, 1, "DU0000001")) == fields(54, 1, "DU1234567")
    assert words.reply(fields(5, 1, "7.0/DU0000001/1", "text-1"))[2:] == ["7.0/DU1234567/1", "mine"]
    assert words.differences(fields(6, 2, 1, "DU0000001"), fields(6, 2, 1, "DU7777777"))


def test_times_and_ways_to_write_a_number_may_differ() -> None:
    words = Translation(178)
    before = fields(*order_fields(1, kind="LMT", limit="180"))
    assert words.differences(before, fields(*order_fields(1, kind="LMT", limit="180.0"))) == []
    (row,) = words.differences(before, fields(*order_fields(1, kind="LMT", limit="180.01")))
    assert (row.name, row.expected, row.got) == ("limit_price", "180", "180.01")


def test_the_greeting_fits_if_it_offers_the_version() -> None:
    words = Translation(176)
    assert words.differences(["v157..176"], ["v100..178"]) == []
    assert words.differences(["v157..176"], ["v176"]) == []
    assert words.differences(["v157..176"], ["v157..175"])
    assert words.differences(["v157..176"], ["hello"])


def test_a_report_names_the_fields() -> None:
    words = Translation(178)
    before, now = fields(*order_fields(1)), fields(*order_fields(1, quantity=200))
    text = report(before, now, words.differences(before, now))
    assert text.splitlines()[0] == "expected place_order"
    assert "quantity  '100'     '200'" in text
    other = report(before, fields(61, 1), words.differences(before, fields(61, 1)))
    assert "got      req_positions" in other
    short = words.differences(fields(62, 1, 5, "All", "X"), fields(62, 1, 5, "All"))
    assert "(no such field)" in report(fields(62, 1), fields(62, 1), short)


# Kinds -------------------------------------------------------------------------------------------------------------


def test_kinds_of_replies() -> None:
    assert kind_of(fields(4, 2, 5, 200, "No security"), 178) == Kind("5", "error 200")
    assert kind_of(fields(4, 2, -1, 2104, "farm"), 178) is None
    assert kind_of(fields(3, 5, "Filled"), 178) == Kind("5", "order_status Filled")
    assert kind_of(fields(10, 5, "AAPL"), 178) == Kind("5", "contract_data")
    assert kind_of(fields(10, 8, 5, "AAPL"), 157) == Kind("5", "contract_data")
    assert kind_of(fields(11, -1, 7), 178) == Kind("7", "execution_data")
    assert kind_of(fields(11, 3, 7), 178) == Kind("3", "execution_data")
    assert kind_of(fields(62, 1), 178) == Kind("", "position_end")


def test_a_recording_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path / "a.twsr")
    assert show([str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("1 open")
    assert lines[1].endswith("1 -> handshake v157..178")
    assert lines[3].endswith("1 -> start_api version='2' client_id='1'")
    assert lines[4].endswith("<- managed_accounts version='1' accounts='DU1234567'")
    assert lines[5].endswith("raw_in 2 bytes")
    assert lines[6].endswith("closed by client")
    assert show([str(file), "--connection", "2"]) == 0
    assert capsys.readouterr().out == ""
