"""Serializers and fields that take what is meant and nothing else."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

_AMOUNT = re.compile(r"-?\d{1,18}(\.\d{1,18})?", re.ASCII)
MAX_DIGITS = 18
TRADING_MODES = ["paper", "live"]
MAX_PLACES = 8


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know: a misspelt field must not be ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """The known fields; raises ValidationError that names every unknown one."""
        if isinstance(data, Mapping):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise ValidationError({name[:60]: ["is not a field of this request"] for name in unknown[:20]})
        return super().to_internal_value(data)


@extend_schema_field(
    {
        "oneOf": [{"type": "string", "pattern": r"^-?\d{1,18}(\.\d{1,8})?$", "example": "100"}, {"type": "number"}],
        "description": "A decimal string, or an exact JSON number",
    }
)
class AmountField(serializers.Field[Decimal, Any, str, Any]):
    """A quantity or price. No booleans, no exponents, at most 18 digits, of them 8 after the point."""

    default_error_messages = {
        "type": 'must be a decimal string such as "100.5"',
        "format": "must be a plain decimal number without exponent",
        "digits": f"must have at most {MAX_DIGITS} digits, {MAX_PLACES} of them after the point",
    }

    def to_internal_value(self, data: Any) -> Decimal:
        """An exact Decimal."""
        if isinstance(data, bool) or not isinstance(data, (str, int, Decimal)):
            self.fail("type")
        if isinstance(data, Decimal) and (not data.is_finite() or data.as_tuple().exponent > 0):  # type: ignore[operator]
            self.fail("format")
        if isinstance(data, int) and abs(data) >= 10**MAX_DIGITS:
            self.fail("digits")
        text = f"{data:f}" if isinstance(data, Decimal) else str(data)
        if len(text) > 40 or not _AMOUNT.fullmatch(text):
            self.fail("format" if isinstance(data, str) and not _AMOUNT.fullmatch(text[:40]) else "digits")
        number = Decimal(text)
        whole, _, places = text.lstrip("-").partition(".")
        if len(places.rstrip("0")) > MAX_PLACES or len(whole.lstrip("0")) + len(places.rstrip("0")) > MAX_DIGITS:
            self.fail("digits")
        return number

    def to_representation(self, value: Decimal) -> str:
        """A plain decimal string."""
        return f"{value:f}"


class WordField(serializers.CharField):
    """Text that is text: a number or a boolean is refused instead of being spelled out."""

    def to_internal_value(self, data: Any) -> str:
        """The text."""
        if not isinstance(data, str):
            raise ValidationError("must be a string")
        return super().to_internal_value(data)


class WholeField(serializers.IntegerField):
    """A whole number: no text, no boolean, no fraction."""

    def to_internal_value(self, data: Any) -> int:
        """The number."""
        if isinstance(data, bool) or not isinstance(data, int):
            raise ValidationError("must be a whole number")
        return super().to_internal_value(data)


class FlagField(serializers.BooleanField):
    """true or false, and nothing that looks like it."""

    def to_internal_value(self, data: Any) -> bool:
        """The truth."""
        if not isinstance(data, bool):
            raise ValidationError("must be true or false")
        return data


_ZONED_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})", re.ASCII)


@extend_schema_field({"type": "string", "format": "date-time", "example": "2026-12-31T21:00:00Z"})
class ZonedTimeField(serializers.Field[datetime, Any, str, Any]):
    """A moment, to the second: ISO 8601 with its zone, because a time without one would be guessed."""

    def to_internal_value(self, data: Any) -> datetime:
        """The moment in UTC."""
        if not isinstance(data, str) or not _ZONED_TIME.fullmatch(data):
            raise ValidationError("must be a time such as 2026-12-31T21:00:00Z: to the second, with its zone")
        try:
            return datetime.fromisoformat(data).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValidationError("is not a time that exists") from None

    def to_representation(self, value: datetime) -> str:
        """The same text."""
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class ChoiceWordField(serializers.ChoiceField):
    """One word of a list, spelled exactly so."""

    def to_internal_value(self, data: Any) -> Any:
        """The word."""
        if not isinstance(data, str):
            raise ValidationError("must be a string")
        return super().to_internal_value(data)


SYMBOL_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9 .\-/]{0,39}$"


class SymbolField(WordField):
    """A ticker symbol as IB spells it; capitals do not matter."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """The symbol in capitals."""
        text = super().to_internal_value(data)
        if not re.fullmatch(SYMBOL_PATTERN, text, re.ASCII):
            raise ValidationError("is not a symbol: letters, digits, space, dot, dash and slash")
        return text.upper()


MAX_CON_ID = 2**31 - 1

_Query = TypeVar("_Query", bound="QuerySerializer")


class QuerySerializer(StrictSerializer):
    """The parameters of a list; a misspelt filter is refused, because ignoring it would show the wrong rows."""

    def to_internal_value(self, data: Any) -> Any:
        """Text from the address; paging is somebody else's business."""
        plain: dict[str, Any] = {name: data[name] for name in data if name not in _PAGING}
        for name in plain:
            if hasattr(data, "getlist") and len(data.getlist(name)) > 1:
                raise ValidationError({name: ["is given twice"]})
        return super().to_internal_value({name: value for name, value in plain.items() if value != ""})


_PAGING = frozenset({"cursor", "page_size"})


def read_query(serializer: type[_Query], request: Request) -> dict[str, Any]:
    """The checked parameters of a request's address; raises ValidationError."""
    checked = serializer(data=request.query_params)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def read_body(serializer: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """The checked body of a request; raises ValidationError."""
    checked = serializer(data=request.data)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


class NoFields(StrictSerializer):
    """A request without content."""


class DecimalText(serializers.CharField):
    """In answers: a plain decimal string."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "Decimal string")
        super().__init__(**kwargs)
