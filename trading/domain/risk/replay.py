"""Counterfactual: a recorded request judged again, by today's rules, in its recorded surroundings."""

import types
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from datetime import datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any, TypeVar, get_args, get_type_hints

from trading.domain.orders import OrderTicket
from trading.domain.risk.rules import RULE_NAMES, Limits, Surroundings, check_order

_T = TypeVar("_T")


class Difference(StrEnum):
    """How a verdict would change."""

    SAME = "same"
    BLOCKED = "blocked"
    LET_THROUGH = "let_through"
    UNKNOWN = "unknown"


def difference(
    *,
    was_allowed: bool,
    rules_broken: Iterable[str],
    request: Mapping[str, Any],
    surroundings: Mapping[str, Any],
    limits: Limits,
    initial_margin_rate: Decimal | None = None,
) -> tuple[Difference, str]:
    """What `limits` would have made of a recorded request, and the first rule's sentence when it blocks.

    A denial by something that is no rule of ours (a kill switch) stays a denial; a record that lacks what the rules
    need is unknown.
    """
    try:
        ticket = rebuilt(OrderTicket, request)
        extra = {} if initial_margin_rate is None else {"initial_margin_rate": str(initial_margin_rate)}
        around = rebuilt(Surroundings, {**surroundings, **extra})
    except (ArithmeticError, KeyError, TypeError, ValueError):
        return Difference.UNKNOWN, "the record lacks what the rules need"
    if not was_allowed and not set(rules_broken) <= RULE_NAMES:
        return Difference.SAME, ""
    breaches = check_order(ticket, limits, around)
    if was_allowed and breaches:
        return Difference.BLOCKED, breaches[0].message
    if not was_allowed and not breaches:
        return Difference.LET_THROUGH, ""
    return Difference.SAME, ""


def rebuilt(kind: type[_T], recorded: Mapping[str, Any]) -> _T:
    """A dataclass from its JSON. Raises KeyError for what is missing, ValueError for what makes no sense."""
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        if field.name in recorded:
            values[field.name] = _value(hints[field.name], recorded[field.name])
        elif field.default is MISSING and field.default_factory is MISSING:
            raise KeyError(field.name)
    return kind(**values)


def _value(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    kinds = [kind for kind in get_args(hint) if kind is not type(None)] if isinstance(hint, types.UnionType) else [hint]
    kind = kinds[0]
    if kind is Decimal:
        return Decimal(str(value))
    if kind is datetime:
        return datetime.fromisoformat(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    return value
