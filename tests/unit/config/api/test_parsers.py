"""What counts as a request body: one JSON object that every reader understands alike."""

import io
import json
from contextlib import suppress
from decimal import Decimal as D
from typing import Any

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError

from config.api.parsers import MAX_DEPTH, StrictJSONParser


def parse(body: bytes) -> dict[str, Any]:
    return StrictJSONParser().parse(io.BytesIO(body))


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


def test_an_object_arrives_with_exact_numbers() -> None:
    body = parse(b'{"symbol": "AAPL", "quantity": 100, "limit_price": 190.10, "outside_rth": true, "account": null}')
    assert body == {
        "symbol": "AAPL",
        "quantity": 100,
        "limit_price": D("190.10"),
        "outside_rth": True,
        "account": None,
    }
    assert str(body["limit_price"]) == "190.10"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"{",
        b'{"a": 1',
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": 1} {"b": 2}',
        b'{"a": 01}',
        b'{"a": +1}',
        b'{"a": .5}',
        b'{"a": 0x10}',
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": "\xff\xfe"}',
        b'{"a": "line\nbreak"}',
    ],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse(body)


@pytest.mark.parametrize("body", [b"[]", b'[{"a": 1}]', b'"text"', b"7", b"null", b"true"])
def test_json_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError, match="object"):
        parse(body)


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"-Infinity"])
def test_numbers_that_are_none_are_refused(word: bytes) -> None:
    with pytest.raises(ParseError, match="not a number"):
        parse(b'{"quantity": ' + word + b"}")


def test_a_key_that_is_given_twice_is_refused_at_any_depth() -> None:
    for body in (b'{"quantity": 1, "quantity": 100}', b'{"a": [{"b": 1, "b": 2}]}'):
        with pytest.raises(ParseError, match="twice"):
            parse(body)


@pytest.mark.parametrize("body", [b'{"symbol": "AA\\u0000PL"}', b'{"a\\u0000": 1}', b'{"a": [{"b": "\\u0000"}]}'])
def test_nul_characters_are_refused_because_postgresql_cannot_hold_them(body: bytes) -> None:
    with pytest.raises(ParseError, match="NUL"):
        parse(body)


def test_half_a_surrogate_pair_is_refused_and_a_whole_one_is_a_character() -> None:
    with pytest.raises(ParseError, match="surrogate"):
        parse(b'{"a": "\\ud83d"}')
    assert parse(b'{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}


def test_depth_is_limited_before_it_hurts() -> None:
    assert parse(nested(MAX_DEPTH - 1))
    for levels in (MAX_DEPTH + 1, 40_000):
        with pytest.raises(ParseError, match="nested"):
            parse(nested(levels))


def test_a_body_may_be_as_large_as_the_limit_and_not_a_byte_larger() -> None:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body = b'{"a": "' + b"x" * (limit - 9) + b'"}'
    assert len(body) == limit
    assert len(parse(body)["a"]) == limit - 9
    with pytest.raises(ParseError, match="larger"):
        parse(body[:-2] + b'x"}')


@pytest.mark.parametrize("body", [b'{"a": ' + b"9" * 5000 + b"}", b'{"a": -' + b"9" * 5000 + b"}"])
def test_a_number_of_thousands_of_digits_is_refused_instead_of_being_computed(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse(body)


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=20).filter(lambda t: "\0" not in t),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text("abcdef", max_size=5), children, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.text("abcdef", max_size=5), plain, max_size=5))
def test_whatever_an_ordinary_client_encodes_arrives_unchanged(body: dict[str, Any]) -> None:
    assert parse(json.dumps(body).encode()) == body


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_an_object_or_a_refusal_and_never_a_crash(body: bytes) -> None:
    with suppress(ParseError):
        assert isinstance(parse(body), dict)
