"""Scalars on the wire: how numbers, booleans and "not set" are written and read."""

import math
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from types import NoneType
from typing import Any

from tws_simulator.wire.framing import join_fields

UNSET_DOUBLE = "1.7976931348623157E308"  # Java's spelling of Double.MAX_VALUE
UNSET_INTEGER = "2147483647"
UNSET_LONG = "9223372036854775807"
_UNSET_INTEGER = 2**31 - 1
_AMOUNT_PRECISION = Decimal("0.00000001")
_UNSET_LIMIT = Decimal("1.79e308")
FLAGS = {"": False, "0": False, "1": True}
_INFINITIES = {"infinite", "infinity", "inf"}

Scalar = str | int | float | bool | Decimal | None


class FieldError(Exception):
    """A request is too short, or a field is not of its type."""


def field_text(value: Scalar) -> str:
    """Write one scalar as TWS does: booleans 1/0, None empty, decimals without exponent."""
    if value is None:
        return ""
    if type(value) is int:
        return str(value)
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return _decimal_text(value)
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and math.isinf(value):
        return "Infinity"
    return str(value)


def encode_fields(fields: tuple[Scalar, ...] | list[Scalar]) -> bytes:
    """Encode scalars as the payload of one frame."""
    return join_fields(
        [value if type(value) is str else _WRITERS.get(type(value), field_text)(value) for value in fields]
    )


def pack(fields: tuple[Scalar, ...]) -> str:
    """Join scalars to one text that stands for them all in `encode_fields`, to be kept for the next time."""
    return "\0".join([field_text(value) for value in fields])


def price_text(value: Decimal) -> str:
    """Write a price with at least one decimal, as Java prints a double."""
    text = str(value)
    if "E" in text:
        text = format(value, "f")
    if "." not in text:
        return text + ".0"
    if text[-1] != "0":
        return text
    text = text.rstrip("0")
    return text + "0" if text[-1] == "." else text


def amount_text(value: Decimal) -> str:
    """Write an amount of money, which a division may have given many digits, with eight decimals at most."""
    return price_text(
        value if value == value.to_integral_value() else value.quantize(_AMOUNT_PRECISION, ROUND_HALF_EVEN)
    )


def escape_text(text: str) -> str:
    """Escape free text that clients of server version 153 and later read as unicode-escape."""
    return text.encode("unicode_escape").decode("ascii")


def _decimal_text(value: Decimal) -> str:
    text = str(value)
    if "E" in text:
        text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


# By exact type; `field_text` knows the rest.
_WRITERS: dict[type, Callable[[Any], str]] = {
    int: str,
    bool: lambda value: "1" if value else "0",
    Decimal: _decimal_text,
    NoneType: lambda value: "",
}


class FieldReader:
    """Reads typed fields one after another. Every method raises FieldError at the end or on a bad value."""

    def __init__(self, fields: list[str]) -> None:
        self._fields = fields
        self._next = 0

    @property
    def remaining(self) -> int:
        """How many fields have not been read."""
        return len(self._fields) - self._next

    def text(self) -> str:
        """Read a text as it stands."""
        if self._next >= len(self._fields):
            raise FieldError(f"the message ended after {len(self._fields)} fields")
        value = self._fields[self._next]
        self._next += 1
        return value

    def rest(self) -> list[str]:
        """The texts that have not been read; they stay unread."""
        return self._fields[self._next :]

    def skip(self) -> None:
        """Count everything as read."""
        self._next = len(self._fields)

    def take(self, names: tuple[str, ...]) -> list[str]:
        """Read as many texts as there are names, which say what is missing."""
        end = self._next + len(names)
        if end > len(self._fields):
            missing = names[len(self._fields) - self._next]
            raise FieldError(f"{missing}: the message ended after {len(self._fields)} fields")
        texts = self._fields[self._next : end]
        self._next = end
        return texts

    def integer(self) -> int | None:
        """Read an integer; empty and 2147483647 mean not set (None); a whole `0.0` is accepted."""
        text = self.text()
        if text.isdecimal() and text.isascii() and len(text) < 20:  # nearly always
            whole = int(text)
            return None if whole == _UNSET_INTEGER else whole
        number = _number(text)
        if number is None or number == _UNSET_INTEGER:
            return None
        if number != number.to_integral_value():
            raise FieldError(f"{number} is not an integer")
        return int(number)

    def decimal(self) -> Decimal | None:
        """Read a decimal; empty and Double.MAX_VALUE mean not set (None). Infinity stays infinite."""
        return _number(self.text())

    def boolean(self) -> bool:
        """Read a flag; empty means false."""
        text = self.text()
        known = FLAGS.get(text)
        if known is not None:
            return known
        text = text.strip().lower()
        if text in {"", "0", "false", "0.0"}:
            return False
        if text in {"1", "true", "1.0"}:
            return True
        raise FieldError(f"{text!r} is not a boolean")


def _number(text: str) -> Decimal | None:
    text = text.strip()
    if not text or text == "None":
        return None
    if text.lower() in _INFINITIES:
        return Decimal("Infinity")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise FieldError(f'For input string: "{text}"') from None
    if not number.is_finite():
        raise FieldError(f'For input string: "{text}"')
    if not number:
        return abs(number)  # there is no negative zero in prices
    return None if number >= _UNSET_LIMIT else number
