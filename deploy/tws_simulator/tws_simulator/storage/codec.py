"""Dataclasses to JSON and back, by their type hints."""

import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import lru_cache, partial
from types import NoneType
from typing import Any, TypeVar

T = TypeVar("T")


class CodecError(ValueError):
    """Data that is not of the type wanted; `path` says where, like `orders.7.ticket.quantity`."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path or 'the whole'}: {reason}")
        self.path = path
        self.reason = reason


def dump(value: Any) -> Any:
    """Turn a value into what JSON can hold."""
    return _DUMPERS.get(type(value), _dump_other)(value)


def _dump_other(value: Any) -> Any:
    """Find out how values of a type are dumped, and remember it."""
    kind = type(value)
    if is_dataclass(value):
        _DUMPERS[kind] = partial(_dump_fields, tuple(item.name for item in fields(value)))
    else:
        bases = (row for row in _BY_BASE if isinstance(value, row))
        _DUMPERS[kind] = _BY_BASE[next(bases, object)]
    return _DUMPERS[kind](value)


def _dump_fields(names: tuple[str, ...], value: Any) -> dict[str, Any]:
    dumped = {}
    for name in names:
        item = getattr(value, name)
        kind = type(item)
        dumped[name] = item if kind in _AS_IT_IS else _DUMPERS.get(kind, _dump_other)(item)
    return dumped


def _same(value: Any) -> Any:
    return value


_AS_IT_IS: frozenset[type] = frozenset({str, int, bool, float, NoneType})
_BY_BASE: dict[type, Callable[[Any], Any]] = {
    Enum: lambda value: value.value,
    Decimal: str,
    datetime: datetime.isoformat,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: timedelta.total_seconds,
    dict: lambda value: {str(key): dump(item) for key, item in value.items()},
    list: lambda value: [dump(item) for item in value],
    tuple: lambda value: [dump(item) for item in value],
    set: lambda value: sorted(dump(item) for item in value),
    frozenset: lambda value: sorted(dump(item) for item in value),
    object: _same,
}
_DUMPERS: dict[type, Callable[[Any], Any]] = dict.fromkeys(_AS_IT_IS, _same)
"""By exact type, found out when one is met."""


def load(kind: type[T], data: Any, path: str = "") -> T:
    """Build a value of this type. Raises CodecError when the data does not fit."""
    return typing.cast(T, load_hint(kind, data, path))


def load_hint(kind: Any, data: Any, path: str = "") -> Any:
    """Build a value of any type hint. Raises CodecError when the data does not fit."""
    origin = typing.get_origin(kind)
    if origin in {typing.Union, types.UnionType}:
        return _load_union(kind, data, path)
    if origin in {list, tuple, set, frozenset}:
        return _load_items(origin, typing.get_args(kind), data, path)
    if origin is dict:
        return _load_dict(typing.get_args(kind), data, path)
    if is_dataclass(kind):
        return _load_dataclass(typing.cast(type, kind), data, path)
    if kind is timedelta:
        return _load_span(data, path)
    if kind in _PLAIN:
        return _load_plain(kind, data, path)
    if kind in _READ or (isinstance(kind, type) and issubclass(kind, Enum)):
        return _load_text(kind, data, path)
    return data


@lru_cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


_PLAIN: dict[Any, tuple[type, ...]] = {int: (int,), float: (float, int), str: (str,), bool: (bool,)}
_READ: dict[Any, Any] = {
    Decimal: Decimal,
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    time: time.fromisoformat,
}


def _load_plain(kind: Any, data: Any, path: str) -> Any:
    if not isinstance(data, _PLAIN[kind]) or (isinstance(data, bool) and kind is not bool):
        raise CodecError(path, f"{data!r:.60} is no {kind.__name__}")
    return data


def _load_span(data: Any, path: str) -> timedelta:
    seconds = load(float, data, path)
    try:
        return timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        raise CodecError(path, f"{data!r:.60} is no time in seconds") from None


def _load_text(kind: Any, data: Any, path: str) -> Any:
    if kind in _READ and not isinstance(data, str):
        raise CodecError(path, f"{data!r:.60} is no {kind.__name__} in a string")
    try:
        return _READ.get(kind, kind)(data)
    except (ValueError, InvalidOperation):
        raise CodecError(path, f"{data!r:.60} is no {kind.__name__}") from None


def _load_union(kind: Any, data: Any, path: str) -> Any:
    choices = typing.get_args(kind)
    if data is None and type(None) in choices:
        return None
    return load_hint(next(item for item in choices if item is not type(None)), data, path)


def _load_items(origin: type, kinds: tuple[Any, ...], data: Any, path: str) -> Any:
    if not isinstance(data, list):
        raise CodecError(path, f"{data!r:.60} is no list")
    if origin is tuple and Ellipsis not in kinds:
        if len(data) != len(kinds):
            raise CodecError(path, f"needs {len(kinds)} values")
        return tuple(
            load_hint(kind, item, f"{path}[{at}]") for at, (kind, item) in enumerate(zip(kinds, data, strict=True))
        )
    return origin(load_hint(kinds[0], item, f"{path}[{at}]") for at, item in enumerate(data))


def _load_dict(kinds: tuple[Any, ...], data: Any, path: str) -> dict[Any, Any]:
    if not isinstance(data, dict):
        raise CodecError(path, f"{data!r:.60} is no object")
    found = {}
    for key, item in data.items():
        try:
            name = kinds[0](key)
        except (ValueError, InvalidOperation):
            raise CodecError(_joined(path, key), f"the key is no {kinds[0].__name__}") from None
        found[name] = load_hint(kinds[1], item, _joined(path, key))
    return found


def _load_dataclass(kind: type, data: Any, path: str) -> Any:
    if not isinstance(data, dict):
        raise CodecError(path, f"{data!r:.60} is no object")
    upgrade = getattr(kind, "upgraded", None)  # data saved by an earlier version
    data = upgrade(data) if upgrade is not None else data
    hints, given = _hints(kind), {}
    for item in fields(kind):
        if item.name in data and item.init:
            given[item.name] = load_hint(hints[item.name], data[item.name], _joined(path, item.name))
        elif item.init and item.default is MISSING and item.default_factory is MISSING:
            raise CodecError(_joined(path, item.name), "is missing")
    return kind(**given)


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
