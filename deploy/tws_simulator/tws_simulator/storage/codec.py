"""Dataclasses to JSON and back, by their type hints."""

import types
import typing
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar

T = TypeVar("T")


def dump(value: Any) -> Any:
    """Turn a value into what JSON can hold."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: dump(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): dump(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [dump(item) for item in value]
    return value


def load(kind: type[T], data: Any) -> T:
    """Build a value of this type. Raises KeyError, TypeError or ValueError when the data does not fit."""
    return typing.cast(T, _load(kind, data))


@lru_cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _load(kind: Any, data: Any) -> Any:
    origin = typing.get_origin(kind)
    if origin in {typing.Union, types.UnionType}:
        if data is None:
            return None
        return _load(next(item for item in typing.get_args(kind) if item is not type(None)), data)
    if origin is list:
        return [_load(typing.get_args(kind)[0], item) for item in data]
    if origin is dict:
        key_kind, item_kind = typing.get_args(kind)
        return {key_kind(key): _load(item_kind, item) for key, item in data.items()}
    if is_dataclass(kind):
        hints = _hints(typing.cast(type, kind))
        known = {item.name for item in fields(kind)}
        build = typing.cast(type, kind)
        return build(**{name: _load(hints[name], item) for name, item in data.items() if name in known})
    if kind is Decimal or (isinstance(kind, type) and issubclass(kind, Enum)):
        return kind(data)
    if kind in {datetime, date}:
        return kind.fromisoformat(data)
    return data
