"""Makes a price process out of its configuration, or says why it cannot be."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path as FilePath
from typing import Any

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.noise import log_return
from tws_simulator.exchange.processes.bars import PlayedBars
from tws_simulator.exchange.processes.base import Process, ProcessError
from tws_simulator.exchange.processes.path import PathProcess, Quoting
from tws_simulator.exchange.processes.reading import read_bars, read_quotes
from tws_simulator.exchange.processes.stepped import SteppedProcess
from tws_simulator.exchange.quote import Pinned, Quote, manual_quote

Spec = Mapping[str, Any]
_QUOTE_KEYS = ("bid", "ask", "last", "bid_size", "ask_size", "last_size")
MAX_FILE_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Start:
    """Where a process begins: whose it is, when (seconds since the epoch), and what the market showed then."""

    seed: int
    instrument: Instrument
    since: float
    quote: Quote
    middle: float
    volatility: float


def build(spec: Spec, start: Start) -> Process:
    """The process a configuration describes. Raises ProcessError with the reason for one that cannot be."""
    kind = spec.get("kind")
    builder = _BUILDERS.get(kind) if isinstance(kind, str) else None
    if builder is None:
        raise ProcessError(f"kind must be one of {', '.join(sorted(_BUILDERS))}")
    make, known = builder
    unknown = set(spec) - known - {"kind", "since"}
    if unknown:
        raise ProcessError(f"unknown keys {', '.join(sorted(unknown))}")
    return make(spec, start)


def held(pinned: Pinned, volatility: float) -> SteppedProcess:
    """What a pinned market showed, kept as a process of the past."""
    moments, quotes = zip(*pinned.history(), strict=True)
    steps = [{"after": at - moments[0], **_complete(quote)} for at, quote in zip(moments, quotes, strict=True)]
    spec = {"kind": "steps", "steps": steps, "since": moments[0]}
    return SteppedProcess(moments, quotes, [False] * len(moments), volatility, spec)


def kinds() -> dict[str, list[str]]:
    """What can be built, with the keys each takes."""
    return {kind: sorted(known) for kind, (_, known) in sorted(_BUILDERS.items())}


def _seeded(spec: Spec, start: Start) -> Process:
    seed, instrument, since = start.seed, start.instrument, start.since
    volatility = _positive(spec, "volatility", start.volatility, limit=10)
    level = _positive(spec, "price", start.middle, limit=1e9)
    begin = log_return(seed, instrument.con_id, volatility, since)

    def path(seconds: float) -> float:
        return level * math.exp(log_return(seed, instrument.con_id, volatility, seconds) - begin)

    quoting = _quoting(spec)
    kept = {"kind": "seeded", "price": repr(level), "volatility": volatility, "since": since}
    kept |= {"spread": quoting.spread, "size": quoting.size}
    return PathProcess(seed, instrument, path, since, volatility, quoting, kept)


def _constant(spec: Spec, start: Start) -> Process:
    row = {key: value for key, value in spec.items() if key not in {"kind", "since"}}
    process = _stepped({}, start, [(0.0, row)])
    process.spec = {"kind": "constant", **_complete(process.quotes[0]), "since": start.since}
    return process


def _steps(spec: Spec, start: Start) -> Process:
    steps = spec.get("steps")
    if not isinstance(steps, list) or not steps:
        raise ProcessError("steps must be a list that is not empty")
    rows: list[tuple[float, Mapping[str, Any]]] = []
    for number, step in enumerate(steps, start=1):
        if not isinstance(step, dict) or set(step) - {"after", "price", *_QUOTE_KEYS}:
            raise ProcessError(f"step {number}: an object with after and price, or any of {', '.join(_QUOTE_KEYS)}")
        after = _number(step.get("after"), f"step {number}: after")
        if after < 0 or (rows and after <= rows[-1][0]):
            raise ProcessError(f"step {number}: after must ascend from 0")
        rows.append((after, {key: value for key, value in step.items() if key != "after"}))
    if rows[0][0] > 0:
        rows.insert(0, (0.0, {}))  # what the market showed stays until the first step
    process = _stepped({}, start, rows)
    # The first step is kept complete, so that the script means the same when it is loaded elsewhere.
    first = {"after": 0, **_complete(process.quotes[0])}
    kept = [first, *({"after": after, **{key: str(value) for key, value in row.items()}} for after, row in rows[1:])]
    process.spec = {"kind": "steps", "steps": kept, "since": start.since}
    return process


def _quotes(spec: Spec, start: Start) -> Process:
    text, speed = _text(spec), _positive(spec, "speed", 1.0)
    recorded = read_quotes(text)
    rows = [((at - recorded[0][0]) / speed, values) for at, values in recorded]
    if not {"bid", "ask"} <= set(rows[0][1]):
        raise ProcessError("row 1: bid and ask are missing")
    kept = {"kind": "quotes", "text": text, "speed": speed, "since": start.since}
    return _stepped(kept, start, rows, recorded=True)


def _bars(spec: Spec, start: Start) -> Process:
    text, speed, quoting = _text(spec), _positive(spec, "speed", 1.0), _quoting(spec)
    played = PlayedBars(read_bars(text), start.since, speed)
    kept = {"kind": "bars", "text": text, "speed": speed, "since": start.since}
    kept |= {"spread": quoting.spread, "size": quoting.size}
    return PathProcess(
        start.seed, start.instrument, played.price, start.since, played.volatility(), quoting, kept, played
    )


def _stepped(
    spec: dict[str, Any], start: Start, rows: Sequence[tuple[float, Mapping[str, Any]]], *, recorded: bool = False
) -> SteppedProcess:
    """Steps after the start in seconds. The first one is what stands there already, unless it was recorded."""
    quote = start.quote
    unit_name = "row" if recorded else "step"
    quotes: list[Quote] = []
    trades: list[bool] = []
    for number, (after, row) in enumerate(rows, start=1):
        at = datetime.fromtimestamp(start.since + after, UTC)
        try:
            quote = manual_quote(quote, at, **_values(row, start.instrument, quote))
        except ValueError as error:
            raise ProcessError(f"{unit_name} {number}: {error}") from None
        if number == 1 and not recorded:
            quote = replace(quote, last_at=at)
        quotes.append(quote)
        trades.append(("last" in row or "price" in row) and (recorded or number > 1))
    moments = [start.since + after for after, _ in rows]
    return SteppedProcess(moments, quotes, trades, start.volatility, spec)


def _values(row: Mapping[str, Any], instrument: Instrument, before: Quote) -> dict[str, Decimal]:
    """The changed values of a step; a price alone means a tick around it, one side alone moves the other along."""
    given = {key: _price(row, key, instrument) for key in ("bid", "ask", "last") if key in row}
    sizes = {key: _size(row, key) for key in ("bid_size", "ask_size", "last_size") if key in row}
    if "price" in row:
        price = _price(row, "price", instrument)
        tick = instrument.tick_at(price)
        given = {"bid": price - tick, "ask": price + tick, "last": price, **given}
    width = before.ask - before.bid
    if "bid" in given and "ask" not in given:
        given["ask"] = given["bid"] + width
    elif "ask" in given and "bid" not in given:
        given["bid"] = given["ask"] - width
    return {**given, **sizes}


def _complete(quote: Quote) -> dict[str, str]:
    return {key: str(getattr(quote, key)) for key in _QUOTE_KEYS}


def _price(row: Spec, key: str, instrument: Instrument) -> Decimal:
    value = _decimal(row[key], key)
    if value <= 0:
        raise ProcessError(f"{key} must be positive")
    if not instrument.is_on_tick(value):
        raise ProcessError(f"{key} {value} is not a whole number of ticks of {instrument.tick_at(value)}")
    return value


def _size(row: Spec, key: str) -> Decimal:
    value = _decimal(row[key], key)
    if value < 0:
        raise ProcessError(f"{key} must not be negative")
    return value


def _decimal(value: object, name: str) -> Decimal:
    if isinstance(value, bool):
        raise ProcessError(f"{name} must be a number")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise ProcessError(f"{name} must be a number") from None
    if not number.is_finite():
        raise ProcessError(f"{name} must be finite")
    return number


def _number(value: object, name: str) -> float:
    return float(_decimal(value, name))


def _positive(spec: Spec, key: str, default: float, limit: float = 1e6) -> float:
    value = _number(spec[key], key) if key in spec else default
    if not 0 < value <= limit:
        raise ProcessError(f"{key} must be above 0 and at most {limit:g}")
    return value


def _quoting(spec: Spec) -> Quoting:
    return Quoting(_positive(spec, "spread", 1.0, limit=1000), _positive(spec, "size", 1.0))


def _text(spec: Spec) -> str:
    """The text of a configuration, or of the file it names."""
    if ("text" in spec) == ("file" in spec):
        raise ProcessError("either text or file must be given")
    if "text" in spec:
        if not isinstance(spec["text"], str):
            raise ProcessError("text must be a text")
        return spec["text"]
    path = FilePath(str(spec["file"]))
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ProcessError(f"the file is larger than {MAX_FILE_BYTES} bytes")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ProcessError("the file cannot be read as text") from None


_FILE_KEYS = {"text", "file", "speed"}
_BUILDERS: dict[str, tuple[Callable[[Spec, Start], Process], set[str]]] = {
    "seeded": (_seeded, {"price", "volatility", "spread", "size"}),
    "constant": (_constant, {"price", *_QUOTE_KEYS}),
    "steps": (_steps, {"steps"}),
    "bars": (_bars, {*_FILE_KEYS, "spread", "size"}),
    "quotes": (_quotes, _FILE_KEYS),
}
