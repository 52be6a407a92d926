"""What a fault is: its parameters, and what is checked before it is switched on."""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

Parameters = dict[str, Any]
FILTERS: dict[str, type] = {"client_id": int, "order_id": int, "order_ref": str, "symbol": str}
BY_CLIENT = ("client_id",)
BY_ORDER = ("client_id", "order_id", "order_ref", "symbol")
BY_SYMBOL = ("client_id", "symbol")
_SHOWN = 20
"""More choices than this are not listed in a message."""


class FaultError(ValueError):
    """No such fault, or a wrong parameter."""


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """One fault: what it does, and its parameters with their types; a parameter without default is required.

    `filters` are the facts by which it can be narrowed. A `lasting` fault is a state of things: it does not strike
    once and again, so it cannot be counted. `items` are the types of what is in list parameters, `choices` the only
    values of a parameter, or of what is in a list.
    """

    doc: str
    parameters: dict[str, type] = field(default_factory=dict)
    defaults: Parameters = field(default_factory=dict)
    filters: tuple[str, ...] = BY_CLIENT
    lasting: bool = False
    items: dict[str, type] = field(default_factory=dict)
    choices: dict[str, tuple[object, ...]] = field(default_factory=dict)
    numbers: tuple[str, ...] = ()
    """Parameters that are exact numbers written as text."""


def checked(spec: FaultSpec, given: Parameters, name: str) -> Parameters:
    """Parameters completed by their defaults. Raises FaultError for unknown, missing or wrongly typed ones."""
    unknown = set(given) - set(spec.parameters)
    if unknown:
        raise FaultError(f"{name}: unknown parameters {', '.join(sorted(unknown))}")
    parameters = {**spec.defaults, **given}
    missing = set(spec.parameters) - set(parameters)
    if missing:
        raise FaultError(f"{name}: missing parameters {', '.join(sorted(missing))}")
    stated = {key: value for key, value in parameters.items() if value is not None}
    _refuse_nothing(spec, parameters, name)
    check_types(spec.parameters, stated, name)
    _check_items(spec, stated, name)
    for key in spec.numbers:
        if key in stated:
            _check_number(name, key, stated[key])
    return parameters


def _check_number(name: str, key: str, text: str) -> None:
    try:
        finite = Decimal(text).is_finite()
    except InvalidOperation:
        finite = False
    if not finite:
        raise FaultError(f"{name}: {key} must be a number, not {text!r}")


def _refuse_nothing(spec: FaultSpec, parameters: Parameters, name: str) -> None:
    """A parameter may be null only if that is its default."""
    empty = [key for key, value in parameters.items() if value is None and spec.defaults.get(key, "") is not None]
    if empty:
        raise FaultError(f"{name}: {', '.join(sorted(empty))} must not be null")


def _check_items(spec: FaultSpec, given: Parameters, name: str) -> None:
    for key, kind in spec.items.items():
        for item in given.get(key, ()):
            check_types({key: kind}, {key: item}, name)
    for key, allowed in spec.choices.items():
        value = given.get(key)
        wrong = [item for item in (value if isinstance(value, list) else [value]) if item not in (None, *allowed)]
        if wrong:
            shown = ", ".join(map(str, allowed)) if len(allowed) <= _SHOWN else "those listed"
            raise FaultError(f"{name}: {key} must be of {shown}, not {wrong[0]}")


def check_types(types: dict[str, type], given: Parameters, name: str) -> None:
    for key, value in given.items():
        wanted = types[key]
        fits = isinstance(value, wanted) and not (wanted is int and isinstance(value, bool))
        if wanted is float:
            fits = isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
        if not fits:
            raise FaultError(f"{name}: {key} must be of type {wanted.__name__}")
