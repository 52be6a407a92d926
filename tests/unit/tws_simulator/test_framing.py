"""Frames survive any way the network cuts them, and nothing else passes for a frame."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tws_simulator.wire.framing import FrameError, FrameReader, frame, join_fields, split_fields


def feed(reader: FrameReader, data: bytes) -> list[bytes]:
    return list(reader.feed(data))


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=6), st.lists(st.integers(1, 30), max_size=40))
def test_any_cut_gives_the_same_frames(payloads: list[bytes], cuts: list[int]) -> None:
    stream = b"API\0" + b"".join(frame(payload) for payload in payloads)
    reader, found, start = FrameReader(), [], 0
    for cut in [*cuts, len(stream)]:
        found += feed(reader, stream[start : start + cut])
        start += cut
    assert found == payloads


def test_a_stream_without_the_prefix_is_cut_off() -> None:
    with pytest.raises(FrameError):
        feed(FrameReader(), b"GET / HTTP/1.1\r\n")


def test_the_prefix_may_come_byte_by_byte() -> None:
    reader = FrameReader()
    assert [feed(reader, bytes([byte])) for byte in b"API\0"] == [[]] * 4
    assert feed(reader, frame(b"v157..176")) == [b"v157..176"]


@pytest.mark.parametrize("length", [0, (1 << 20) + 1, 0xFFFFFFFF])
def test_an_absurd_length_is_refused(length: int) -> None:
    with pytest.raises(FrameError):
        feed(FrameReader(), b"API\0" + length.to_bytes(4, "big"))


def test_fields_end_with_nul_and_keep_empty_ones() -> None:
    assert join_fields(["3", "", "x"]) == b"3\0\0x\0"
    assert split_fields(b"3\0\0x\0") == ["3", "", "x"]
    assert split_fields(b"3\0\xff\0") == ["3", "�"]
