"""JSON Schema, in the small part of it that the control port uses: helpers to write schemas, and one reader.

The same schemas check what comes in, describe the routes in `GET /openapi.json`, and check in the tests what goes
out. Beyond JSON Schema, `format: decimal` is a number written as a string (or as a JSON number), and its limits
count for the string too.
"""

import math
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

Schema = dict[str, Any]
_MAX_DECIMAL_TEXT = 40
_MAX_EXPONENT = 18


class Invalid(ValueError):
    """A value that does not fit its schema; `field` says which, like `prices[0].bid`."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field or 'the body'} {reason}")
        self.field = field


# Writing -----------------------------------------------------------------------------------------------------------


def text(description: str = "", **more: Any) -> Schema:
    """A string."""
    return _described({"type": "string", **more}, description)


def choice(*values: str, description: str = "", **more: Any) -> Schema:
    """One of these words."""
    return _described({"type": "string", "enum": list(values), **more}, description)


def whole(description: str = "", **more: Any) -> Schema:
    """An integer."""
    return _described({"type": "integer", **more}, description)


def number(description: str = "", **more: Any) -> Schema:
    """A number that need not be exact, like seconds."""
    return _described({"type": "number", **more}, description)


def flag(description: str = "", **more: Any) -> Schema:
    """True or false."""
    return _described({"type": "boolean", **more}, description)


def decimal(description: str = "", **more: Any) -> Schema:
    """An exact number: money, a price or a quantity. Read as `Decimal`."""
    return _described({"type": ["string", "number"], "format": "decimal", **more}, description)


def moment(description: str = "", **more: Any) -> Schema:
    """A time in ISO 8601 with its offset. Read as an aware `datetime`."""
    return _described({"type": "string", "format": "date-time", **more}, description)


def array(items: Schema, description: str = "", **more: Any) -> Schema:
    """A list."""
    return _described({"type": "array", "items": items, **more}, description)


def record(
    title: str = "",
    known: dict[str, Schema] | None = None,
    /,
    *,
    needs: tuple[str, ...] = (),
    open: bool = False,
    **more: Schema,
) -> Schema:
    """An object; keys that are neither `known` nor `more` are refused unless it is `open`.

    A titled one gets a name in OpenAPI.
    """
    schema: Schema = {"type": "object", "properties": {**(known or {}), **more}, "additionalProperties": open}
    if title:
        schema["title"] = title
    if needs:
        schema["required"] = list(needs)
    return schema


def table(values: Schema, description: str = "") -> Schema:
    """An object with any keys and values of one kind."""
    return _described({"type": "object", "additionalProperties": values}, description)


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    widened = {**schema, "type": [*kinds, "null"]}
    if "enum" in schema:
        widened["enum"] = [*schema["enum"], None]
    return widened


def _described(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description} if description else schema


# Reading -----------------------------------------------------------------------------------------------------------


def read(schema: Schema, value: Any, field: str = "") -> Any:
    """The value as the program uses it: decimals and times converted, defaults filled in. Raises Invalid."""
    kinds = schema.get("type")
    if kinds is not None:
        allowed = kinds if isinstance(kinds, list) else [kinds]
        if not any(_IS[kind](value) for kind in allowed):
            raise Invalid(field, f"must be {_words(schema, allowed)}")
    if "enum" in schema and value not in schema["enum"]:
        raise Invalid(field, f"must be one of {', '.join(str(item) for item in schema['enum'])}")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return _read_object(schema, value, field)
    if isinstance(value, list):
        return _read_array(schema, value, field)
    if isinstance(value, str):
        return _read_text(schema, value, field)
    return _read_number(schema, value, field)


def _read_object(schema: Schema, value: dict[str, Any], field: str) -> dict[str, Any]:
    prefix = f"{field}." if field else ""
    for name in schema.get("required", ()):
        if name not in value:
            raise Invalid(prefix + name, "is missing")
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    found: dict[str, Any] = {}
    for name, item in value.items():
        if name in properties:
            found[name] = read(properties[name], item, prefix + name)
        elif isinstance(others, dict):
            found[name] = read(others, item, prefix + name)
        elif others:
            found[name] = item
        else:
            raise Invalid(prefix + name[:60], f"is not known here; known: {', '.join(properties) or 'nothing'}")
    for name, inner in properties.items():
        if name not in found and "default" in inner:
            found[name] = inner["default"]
    return found


def _read_array(schema: Schema, value: list[Any], field: str) -> list[Any]:
    if len(value) < schema.get("minItems", 0):
        raise Invalid(field, f"needs at least {schema['minItems']} items")
    if len(value) > schema.get("maxItems", len(value)):
        raise Invalid(field, f"may have at most {schema['maxItems']} items")
    items = schema.get("items", {})
    return [read(items, item, f"{field}[{index}]") for index, item in enumerate(value)]


def _read_text(schema: Schema, value: str, field: str) -> Any:
    if len(value) < schema.get("minLength", 0):
        raise Invalid(field, "must not be empty" if not value else f"needs {schema['minLength']} characters")
    if len(value) > schema.get("maxLength", len(value)):
        raise Invalid(field, f"may have at most {schema['maxLength']} characters")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        raise Invalid(field, f"must match {schema['pattern']}")
    if schema.get("format") == "decimal":
        return _read_decimal(schema, value, field)
    if schema.get("format") == "date-time":
        return _read_moment(value, field)
    return value


def _read_number(schema: Schema, value: int | float, field: str) -> Any:
    if schema.get("format") == "decimal":
        return _read_decimal(schema, str(value), field)
    if not math.isfinite(value):
        raise Invalid(field, "must be finite")
    _check_limits(schema, value, field)
    return value


def _read_decimal(schema: Schema, value: str, field: str) -> Decimal:
    try:
        found = Decimal(value.strip()) if len(value) <= _MAX_DECIMAL_TEXT else None
    except InvalidOperation:
        found = None
    if found is None:
        raise Invalid(field, "must be a number in a string, like 190.01")
    if not found.is_finite():
        raise Invalid(field, "must be finite")
    if abs(found.adjusted()) > _MAX_EXPONENT:
        raise Invalid(field, "is out of range")
    _check_limits(schema, found, field)
    return found


def _read_moment(value: str, field: str) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Invalid(field, "must be a time with its offset, like 2026-01-05T09:30:00-05:00")
    return found


def _check_limits(schema: Schema, value: Any, field: str) -> None:
    if "minimum" in schema and value < schema["minimum"]:
        raise Invalid(field, f"must be at least {schema['minimum']}")
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        raise Invalid(field, f"must be more than {schema['exclusiveMinimum']}")
    if "maximum" in schema and value > schema["maximum"]:
        raise Invalid(field, f"must be at most {schema['maximum']}")


_IS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}
_WORDS = {"string": "a string", "integer": "a whole number", "number": "a number", "boolean": "true or false",
          "object": "an object", "array": "a list", "null": "null"}  # fmt: skip


def _words(schema: Schema, kinds: list[str]) -> str:
    if schema.get("format") == "decimal":
        return "a number in a string, like 190.01"
    return " or ".join(_WORDS[kind] for kind in kinds)


# Words of a query string -------------------------------------------------------------------------------------------


def read_word(schema: Schema, word: str, field: str) -> Any:
    """A value that came as text in a path or query. Raises Invalid."""
    kinds = schema.get("type", "string")
    if kinds == "integer":
        if not re.fullmatch(r"-?\d{1,18}", word, re.ASCII):
            raise Invalid(field, "must be a whole number")
        return read(schema, int(word), field)
    if kinds == "number":
        if not re.fullmatch(r"-?\d{1,18}(\.\d{1,18})?", word, re.ASCII):
            raise Invalid(field, "must be a number")
        return read(schema, float(word), field)
    if kinds == "boolean":
        if word.lower() not in {"true", "false", "1", "0"}:
            raise Invalid(field, "must be true or false")
        return word.lower() in {"true", "1"}
    if kinds == "array":
        return [read_word(schema["items"], item, field) for item in word.split(",") if item]
    return read(schema, word, field)


def with_defaults(schemas: dict[str, Schema], given: dict[str, Any]) -> dict[str, Any]:
    """Parameters completed by their defaults."""
    return {name: row["default"] for name, row in schemas.items() if "default" in row} | given
