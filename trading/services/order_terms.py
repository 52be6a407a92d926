"""The terms of an order as JSON: in commands, in questions to the gateway, and back."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from config.shared.text import decimal_text, time_text
from trading.domain.orders import PRICE_NAMES, TERM_NAMES

CHANGEABLE = frozenset({"quantity", "outside_rth", *TERM_NAMES})
"""What of a working order can be changed; account, instrument, side, type and time in force make another order."""


def terms_text(terms: Mapping[str, Any]) -> dict[str, str | None]:
    """Terms by name; decimals and times as text."""
    return {
        name: time_text(value) if isinstance(value, datetime) else decimal_text(value) for name, value in terms.items()
    }


def special_terms_text(terms: Mapping[str, Any]) -> dict[str, str]:
    """Those that an order has besides limit and stop price."""
    texts = terms_text({name: value for name, value in terms.items() if name not in ("limit_price", "stop_price")})
    return {name: text for name, text in texts.items() if text is not None}


def changes_text(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changes of an order as a command carries them."""
    flags = {name: value for name, value in changes.items() if isinstance(value, bool)}
    return terms_text({name: value for name, value in changes.items() if name not in flags}) | flags


def changes_from_text(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The same back; what the payload carries besides, or as nothing, is left out."""
    changes: dict[str, Any] = {}
    for name in ("quantity", *PRICE_NAMES):
        if payload.get(name) is not None:
            changes[name] = Decimal(payload[name])
    if payload.get("good_till_date"):
        changes["good_till_date"] = datetime.fromisoformat(payload["good_till_date"])
    if isinstance(payload.get("outside_rth"), bool):
        changes["outside_rth"] = payload["outside_rth"]
    return changes
