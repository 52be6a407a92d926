"""JSON taken strictly: what two readers could understand differently is refused."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

MAX_DEPTH = 20


class StrictJSONParser(BaseParser):
    """One JSON object of at most `DATA_UPLOAD_MAX_MEMORY_SIZE` bytes.

    Refused: NaN and Infinity, a key given twice, more than `MAX_DEPTH` levels, NUL characters and lone
    surrogates. Numbers with a fraction arrive as exact Decimals. Raises ParseError (400).
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The object in the body."""
        return parse_object(_read(stream))


def _read(stream: IO[Any]) -> bytes:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body: bytes = stream.read(limit + 1)
    if len(body) > limit:
        raise ParseError(f"The body is larger than {limit} bytes")
    return body


def parse_object(body: bytes | str) -> dict[str, Any]:
    """The one JSON object in `body`; raises ParseError with the reason."""
    try:
        text = body.decode("utf-8") if isinstance(body, bytes) else body
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_decimal)
    except UnicodeDecodeError as error:
        raise ParseError("The body is not UTF-8") from error
    except RecursionError as error:
        raise ParseError(f"The body is nested deeper than {MAX_DEPTH} levels") from error
    except ValueError as error:  # json.JSONDecodeError among them
        raise ParseError(f"The body is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise ParseError("The body must be a JSON object")
    _check(value, 1)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ParseError(f"The key {key[:60]!r} is given twice")
        found[key] = value
    return found


def _refuse_constant(name: str) -> Any:
    raise ParseError(f"{name} is not a number in JSON")


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ParseError("A number is out of range") from error


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ParseError(f"The body is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_text(key)
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise ParseError("NUL characters are not allowed")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ParseError("Half a surrogate pair is no character")
