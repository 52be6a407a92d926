"""Reads what clients send by the layouts of `requests`.

Clients say most of an order again and again, so what texts meant the last time is remembered.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tws_simulator.messages.requests import CONDITIONS, LAYOUTS, Field, Many, Request, Step, Tail, Values, When
from tws_simulator.model import ZERO
from tws_simulator.wire.fields import FLAGS, UNSET_DOUBLE, UNSET_INTEGER, FieldError, FieldReader

MAX_ROWS = 1000


class UnknownRequest(Exception):
    """No such message id."""


def decode_request(fields: list[str], version: int) -> Request:
    """Decode one message. Raises UnknownRequest or FieldError.

    Fields left over are accepted, except in orders: newer clients append fields.
    """
    reader = FieldReader(fields)
    number = reader.integer()
    layout = LAYOUTS.get(number if number is not None else -1)
    if layout is None:
        raise UnknownRequest(str(number))
    name, steps = layout
    values: Values = {}
    _read(steps, reader, version, values)
    if name == "place_order" and reader.remaining:
        raise FieldError(f"{reader.remaining} fields too many")
    return Request(name, values)


@dataclass(frozen=True, slots=True)
class _Run:
    """Fields that follow each other without a condition, of those a version has."""

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    usual: tuple[dict[str, Any] | None, ...]
    """What the usual texts of each field mean; None where a text stands for itself."""


@dataclass(frozen=True, slots=True)
class _Rest:
    """The end of an order, which is often the same as that of others. `given` names what it depends on."""

    parts: "tuple[_Part, ...]"
    given: tuple[str, ...] = ("sec_type", "order_type", "exchange")
    known: dict[tuple[str, ...], Values] = field(default_factory=dict, compare=False, repr=False)
    """What the last ones meant, by their texts."""


_Part = _Run | _Rest | When | Many | Tail


_MISSING = object()
_LAST_OWN = "order_ref"  # behind it orders differ seldom
_REMEMBERED, _REMEMBERED_TEXT = 200, 2000  # ends of orders, and characters in one
_USUAL: dict[str, dict[str, Any] | None] = {
    "text": None,
    "integer": {"": None, UNSET_INTEGER: None, **{str(number): number for number in range(-1, 100)}},
    "decimal": {"": None, "0": ZERO, "0.0": Decimal("0.0"), UNSET_DOUBLE: None},
    "boolean": FLAGS,
}
_compiled: dict[tuple[int, int], "tuple[_Part, ...]"] = {}
"""By the identity of a layout's steps, which live as long as the program, and the version."""


def _compile(steps: tuple[Step, ...], version: int) -> "tuple[_Part, ...]":
    """Join neighbouring fields, and leave out what this version does not have."""
    compiled: list[_Part] = []
    run: list[Field] = []
    for number, step in enumerate((*steps, None), 1):
        if isinstance(step, Field) and step.name != _LAST_OWN:
            if step.since <= version < step.before:
                run.append(step)
            continue
        if isinstance(step, Field):
            return (*compiled, _run([*run, step]), _Rest(_compile(steps[number:], version)))
        if run:
            compiled.append(_run(run))
            run = []
        if step is not None and not (isinstance(step, When) and version < step.since):
            compiled.append(step)
    return tuple(compiled)


def _run(fields: list[Field]) -> _Run:
    kinds = tuple(row.kind for row in fields)
    return _Run(tuple(row.name for row in fields), kinds, tuple(_USUAL[kind] for kind in kinds))


def _read(steps: tuple[Step, ...], reader: FieldReader, version: int, values: Values) -> None:
    key = (id(steps), version)
    compiled = _compiled.get(key)
    if compiled is None:
        compiled = _compiled[key] = _compile(steps, version)
    _read_parts(compiled, reader, version, values)


def _read_parts(parts: "tuple[_Part, ...]", reader: FieldReader, version: int, values: Values) -> None:
    for step in parts:
        if isinstance(step, _Run):
            _read_run(step, reader, values)
        elif isinstance(step, When):
            if step.condition(values):
                _read(step.steps, reader, version, values)
        elif isinstance(step, _Rest):
            _read_rest(step, reader, version, values)
        elif isinstance(step, Tail):
            values[step.name] = [reader.text() for _ in range(reader.remaining)]
        elif step.name != "conditions":
            values[step.name] = _read_rows(step, reader, version)
        else:
            values[step.name] = _read_conditions(reader, values)


def _read_rest(rest: _Rest, reader: FieldReader, version: int, values: Values) -> None:
    """Read the end of an order, or remember what it meant the last time."""
    key = (*[values[name] for name in rest.given], *reader.rest())
    known = rest.known.get(key)
    if known is not None:
        reader.skip()
        values.update(known)
        return
    before = set(values)
    _read_parts(rest.parts, reader, version, values)
    found = {name: value for name, value in values.items() if name not in before}
    has_rows = any(isinstance(value, list) and value for value in found.values())
    if not has_rows and not reader.remaining and sum(map(len, key)) <= _REMEMBERED_TEXT:
        if len(rest.known) >= _REMEMBERED:
            rest.known.clear()
        rest.known[key] = found


def _read_run(run: _Run, reader: FieldReader, values: Values) -> None:
    """Most fields of a message have one of a few texts, so these are looked up rather than parsed."""
    texts = reader.take(run.names)
    for name, kind, usual, text in zip(run.names, run.kinds, run.usual, texts, strict=True):
        if usual is None:
            values[name] = text
            continue
        value = usual.get(text, _MISSING)
        values[name] = _parsed(name, kind, text) if value is _MISSING else value


_READERS: dict[str, Callable[[FieldReader], Any]] = {
    "text": FieldReader.text,
    "integer": FieldReader.integer,
    "decimal": FieldReader.decimal,
    "boolean": FieldReader.boolean,
}


def _parsed(name: str, kind: str, text: str) -> Any:
    try:
        return _READERS[kind](FieldReader([text]))
    except FieldError as error:
        raise FieldError(f"{name}: {error}") from None


def _scalar(step: Field, reader: FieldReader) -> Any:
    return _parsed(step.name, step.kind, reader.take((step.name,))[0])


def _count(reader: FieldReader) -> int:
    count = reader.integer() or 0
    if not 0 <= count <= MAX_ROWS:
        raise FieldError(f"{count} rows")
    return count


def _read_rows(step: Many, reader: FieldReader, version: int) -> list[Values]:
    rows: list[Values] = []
    for _ in range(_count(reader)):
        row: Values = {}
        _read(step.steps, reader, version, row)
        rows.append(row)
    return rows


def _read_conditions(reader: FieldReader, values: Values) -> list[Values]:
    rows: list[Values] = []
    for _ in range(_count(reader)):
        kind = reader.integer() or 0
        if kind not in CONDITIONS:
            raise FieldError(f"condition type {kind}")
        row: Values = {"kind": kind, "joins_and": reader.text().strip().lower() != "o"}
        row.update({step.name: _scalar(step, reader) for step in CONDITIONS[kind]})
        rows.append(row)
    if rows:
        values["conditions_ignore_rth"] = reader.boolean()
        values["conditions_cancel"] = reader.boolean()
    return rows
