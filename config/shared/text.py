"""How numbers, times and ids are spelled: plain decimal strings, ISO 8601 in UTC with a Z, UUIDs."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal


def decimal_text(value: Decimal | None) -> str | None:
    """`Decimal("1.500")` → `"1.5"`, never an exponent; None stays None."""
    if value is None:
        return None
    if value == 0:
        return "0"  # normalize() would keep a negative zero
    return f"{value.normalize():f}"


def time_text(value: datetime | None) -> str | None:
    """An aware time as `2026-01-05T14:30:00.123456Z`; None stays None."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def uuid_of(text: str) -> uuid.UUID | None:
    """The UUID that a text of somebody else's is, dashes or not; None when it is none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
