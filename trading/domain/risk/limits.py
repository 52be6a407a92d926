"""Limits of several scopes made one, and limits as text: how they are recorded."""

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

from trading.domain.risk.rules import Limits


def strictest(first: Limits, *others: Limits) -> Limits:
    """What remains allowed when every one of them is kept: the smallest amounts, any halt, any block."""
    result = first
    for other in others:
        result = Limits(**{field.name: _stricter(field.name, result, other) for field in fields(Limits)})
    return result


def _stricter(name: str, one: Limits, other: Limits) -> Any:
    mine, theirs = getattr(one, name), getattr(other, name)
    if name == "allowed_symbols":
        return mine or theirs  # only an account's own limits carry a list
    if name == "blocked_symbols":
        return mine | theirs
    if name == "halt_reason":
        return mine if one.trading_halted else theirs
    if isinstance(mine, bool):
        return mine or theirs
    known = [value for value in (mine, theirs) if value is not None]
    return min(known) if known else None


def to_text(limits: Limits) -> dict[str, Any]:
    """JSON: decimals as text, lists sorted."""
    return {field.name: _text(getattr(limits, field.name)) for field in fields(Limits)}


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    return sorted(value) if isinstance(value, frozenset) else value


def from_text(recorded: Mapping[str, Any]) -> Limits:
    """The limits of a record; what it does not name limits nothing."""
    known = {field.name: field for field in fields(Limits)}
    given = {name: value for name, value in recorded.items() if name in known}
    return Limits(**{name: _value(known[name].type, value) for name, value in given.items()})


def _value(kind: Any, value: Any) -> Any:
    if isinstance(value, list):
        return frozenset(value)
    return Decimal(value) if isinstance(value, str) and "Decimal" in str(kind) else value
