"""What a client may say over the socket."""

import re
from dataclasses import dataclass, field
from typing import Any

import orjson

from config.shared.errors import DeskError, ErrorCode
from trading.publish import CHANNELS

QUOTES_PREFIX = "quotes:"
MAX_CHANNELS = 250
_QUOTES = re.compile(r"quotes:[A-Za-z0-9][A-Za-z0-9 .\-/]{0,39}", re.ASCII)
_KEYS = {"subscribe": {"type", "channels", "after"}, "unsubscribe": {"type", "channels"}, "ping": {"type", "id"}}


@dataclass(frozen=True, slots=True)
class ClientMessage:
    """A checked message: `subscribe`, `unsubscribe` or `ping`."""

    type: str
    channels: list[str] = field(default_factory=list)
    after: int | None = None


def read_message(data: str | bytes) -> ClientMessage:
    """The message in `data`. Raises DeskError VALIDATION_ERROR that says what is wrong."""
    try:
        message = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise _bad("The message is not valid JSON") from error
    if not isinstance(message, dict):
        raise _bad("A message is a JSON object")
    kind = message.get("type")
    if not isinstance(kind, str) or kind not in _KEYS:
        raise _bad("The type of a message is subscribe, unsubscribe or ping", type=["is not known"])
    if unknown := sorted(set(message) - _KEYS[kind]):
        raise _bad("The message has unknown fields", **{name[:60]: ["is not a known field"] for name in unknown[:20]})
    if kind == "ping":
        return ClientMessage(kind)
    return ClientMessage(kind, _channels(message.get("channels")), _after(message.get("after")))


def _channels(value: Any) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(name, str) for name in value):
        raise _bad("channels is a list of names", channels=["must be a list of names"])
    if len(value) > MAX_CHANNELS:
        raise _bad("Too many channels", channels=[f"at most {MAX_CHANNELS} at once"])
    if wrong := [name[:60] for name in value if name not in CHANNELS and not _QUOTES.fullmatch(name)]:
        known = ", ".join((*CHANNELS, "quotes:SYMBOL"))
        raise _bad(f"There is no channel {wrong[0]!r}", channels=[f"{name!r} is not one of {known}" for name in wrong])
    spelled = (name if name in CHANNELS else QUOTES_PREFIX + name.removeprefix(QUOTES_PREFIX).upper() for name in value)
    return list(dict.fromkeys(spelled))


def _after(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise _bad("after is the seq of the last event you have", after=["must be a whole number from 0"])
    return value


def _bad(text: str, **details: list[str]) -> DeskError:
    return DeskError(ErrorCode.VALIDATION_ERROR, text, details)
