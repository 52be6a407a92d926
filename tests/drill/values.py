"""Figures of both sides compared as numbers, whatever their spelling."""

import hashlib
import json
from decimal import Decimal
from typing import Any


def equal(left: str | None, right: str | None) -> bool:
    """Whether two figures are the same number, or both are missing."""
    return left == right if left is None or right is None else Decimal(left) == Decimal(right)


def digest(channel: str, event: str, data: Any) -> str:
    """What an event says, in a few bytes: the same for the table's row and for what a client got."""
    text = json.dumps([channel, event, data], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
